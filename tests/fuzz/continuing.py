#!/usr/bin/python3
"""Runs cut anywhere and continued from their checkpoints, also through files: descent to the last bit."""

import tempfile
import warnings
from pathlib import Path

import numpy as np
from harness import Skip, main, problem

import linnet

warnings.simplefilter("ignore", UserWarning)
SLOW = ("minimum_distance", "minimum_distance_bound", "saddle_distance", "saddle_distance_bound", "hessian_index", "first_path_distance")


def some_network(rng, outputs, inputs):
    """A network and its depth; of one output, diagonal ones too."""

    def w(*shape):
        return 0.5 * rng.normal(size=shape)

    makers = [
        lambda: (linnet.Weights(w(3, inputs), w(outputs, 3)), 2),
        lambda: (linnet.DeepLinear([w(4, inputs), w(2, 4), w(outputs, 2)]), 3),
        lambda: (linnet.gaussian_gram((outputs, inputs), width=50, variance=0.02, seed=1), 2),
        lambda: (linnet.GramState.from_weights(w(1, inputs), w(outputs, 1)), 2),
        lambda: (linnet.SelfConsistent(w(outputs, inputs), (0.3, 0.5)), 2),
        lambda: (linnet.DeepLinearized(linnet.DeepLinear([w(3, inputs), w(outputs, 3)])), 2),
        lambda: (linnet.Perceptron([w(6, inputs), w(outputs, 6)], slope=0.1), 2),
        lambda: (linnet.Perceptron([w(6, inputs), w(outputs, 6)], activation="quadratic"), 2),
        lambda: (linnet.compress(linnet.DeepLinear([w(20, inputs), 0.4 * w(20, 20), w(outputs, 20)]), order=2), 3),
        lambda: (linnet.gaussian_deep((outputs, inputs), depth=3, width=10**6, gamma=1.0, order=2, seed=3), 3),
    ]
    if outputs == 1:
        makers += [lambda: (linnet.Diagonal(list(rng.normal(size=inputs)), 0.3), 2),
                   lambda: (linnet.DeepDiagonal([rng.normal(size=inputs) for _ in range(3)]), 3)]
    return makers[rng.integers(len(makers))]()


def some_task(rng, outputs, inputs, samples):
    x = rng.normal(size=(samples, inputs))
    return linnet.tasks.regression(x, rng.normal(size=(samples, outputs)), test_inputs=x[:2] + 0.1, test_targets=rng.normal(size=(2, outputs)))


def options(rng, depth, steps):
    o = {"step": [float(s) for s in 0.01 * np.exp(rng.uniform(-1, 1, size=depth))], "seed": int(rng.integers(99))}
    for key, value in (("momentum", 0.7), ("weight_decay", 0.3), ("label_noise", 0.5), ("batch", 2), ("replacement", True)):
        if rng.random() < 0.3:
            o[key] = value
    if "batch" not in o:
        o.pop("replacement", None)
    schedule = rng.integers(3)
    if schedule == 1:
        o.update(schedule="cosine", schedule_steps=steps, warmup=int(rng.integers(0, 3)))
    elif schedule == 2:
        o.update(schedule="steps", schedule_every=3, schedule_factor=0.7)
    return o


def carried(checkpoint, rng):
    """The checkpoint itself, or what a file makes of it."""
    if rng.random() < 0.5:
        return checkpoint
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / ("run.npz" if rng.random() < 0.5 else "run.nc")
        checkpoint.save(path)
        return linnet.load(path)


@problem
def descent(rng):
    outputs, inputs = (int(n) for n in rng.integers(1, 5, size=2))
    net, depth = some_network(rng, outputs, inputs)
    task = some_task(rng, outputs, inputs, int(rng.integers(3, 9)))
    steps, every = int(rng.integers(2, 20)), int(rng.integers(1, 5))
    o = options(rng, depth, steps)
    names = [n for n in linnet.observables.names(net, task) if n not in (*SLOW, "active")]

    def run(start, until):
        return linnet.train(start, task, linnet.GradientDescent(max_steps=until, **o), record=names, schedule=every)

    try:
        whole = run(net, steps)
    except linnet.Error:
        raise Skip from None  # an option that this network does not have
    if whole.status != "completed":
        raise Skip
    at = net
    for cut in sorted(rng.integers(0, steps + 1, size=rng.integers(1, 4))):
        at = carried(run(at, int(cut)).checkpoint, rng)
    rest = run(at, steps)
    begin = rest.steps[0]
    assert np.array_equal(rest.steps[1:], whole.steps[whole.steps > begin]), (begin, rest.steps, whole.steps)
    later = whole.steps > begin
    for name in [*names, "time"]:
        one, other = (np.asarray(r.time if name == "time" else r[name]) for r in (rest, whole))
        assert np.array_equal(one[1:], other[later], equal_nan=True), (name, one, other)
    if "batch" not in o:
        assert (rest.best.step, rest.best.test_error) == (whole.best.step, whole.best.test_error)
    else:  # the best of the records, where a test costs more than a step, and each cut adds one
        assert rest.best.test_error <= whole.best.test_error


@problem
def batches_from_the_final_network(rng):
    """Without momentum `first_batch` continues the batches and the label noise of a seed."""
    samples, inputs = int(rng.integers(3, 9)), 3
    task = some_task(rng, 2, inputs, samples)
    o = {"step": 0.02, "seed": int(rng.integers(99)), "label_noise": float(rng.choice([0, 0.3])), "replacement": bool(rng.integers(2)),
         "batch": int(rng.integers(1, samples + 1))}
    w1, w2 = rng.normal(size=(9, inputs)) * 0.3, rng.normal(size=(2, 9)) * 0.3
    net = [linnet.Weights(w1, w2), linnet.Perceptron([w1, w2], slope=0.3), linnet.GramState.from_weights(w1, w2)][rng.integers(3)]
    steps = int(rng.integers(2, 15))
    cut = int(rng.integers(1, steps))
    whole = linnet.train(net, task, linnet.GradientDescent(max_steps=steps, **o)).final
    first = linnet.train(net, task, linnet.GradientDescent(max_steps=cut, **o))
    rest = linnet.train(first.final, task, linnet.GradientDescent(max_steps=steps - cut, first_batch=first.final_step, **o)).final
    one, other = (n.gram if hasattr(n, "gram") else np.concatenate([np.ravel(w) for w in n.weights]) for n in (whole, rest))
    assert np.array_equal(one, other), (type(net), o, steps, cut)


@problem
def flows(rng):
    outputs, inputs = (int(n) for n in rng.integers(1, 5, size=2))
    net, depth = some_network(rng, outputs, inputs)
    if isinstance(net, linnet.Perceptron):
        raise Skip  # kinks
    task = some_task(rng, outputs, inputs, int(rng.integers(3, 9)))
    rates = [float(r) for r in np.exp(rng.uniform(-1, 1, size=depth))]
    cut = float(rng.uniform(0, 0.5))

    def run(start, end):
        at = [t for t in (0.2, 0.3) if t <= end]
        return linnet.train(start, task, linnet.GradientFlow(t_end=end, rates=rates, rtol=1e-10, atol=1e-13), record=["end_to_end", "train_error"], schedule=at)

    whole, rest = run(net, 0.5), run(carried(run(net, cut).checkpoint, rng), 0.5)
    assert np.array_equal(rest.time, sorted({cut, 0.5, *(t for t in (0.2, 0.3) if t > cut)})), rest.time
    for i, t in enumerate(rest.time):
        if t in whole.time:
            gap = np.abs(rest["end_to_end"][i] - whole["end_to_end"][list(whole.time).index(t)]).max()
            assert gap <= 1e-6 * (1 + np.abs(whole["end_to_end"]).max()), (t, gap)


if __name__ == "__main__":
    main()
