#!/usr/bin/python3
"""Random instants and schedules: each requested instant is recorded, or refused by name."""

import numpy as np
from harness import main, problem

import linnet

TASK = linnet.tasks.target(np.diag([2.0, 1.0]))
NET = linnet.infinite_width(TASK, scale=0.3)
TEACHER = linnet.tasks.teacher(dim=3, samples=8, test_samples=4)
PERCEPTRON = linnet.spherical_pairs(3, width=4, alpha=1.0)


def got(run, field):
    """What the run records, or None when the schedule is refused by this name."""
    try:
        return run()
    except linnet.Error as error:
        assert error.field in field, error
        return None


def instants(rng, end, whole):
    count = rng.integers(0, 5)
    draw = rng.integers(0, 2 * end + 2, size=count).astype(float) if whole else rng.uniform(0, 1.3 * end, size=count)
    if whole and rng.random() < 0.3:
        draw = draw + rng.choice([0, 0.25], size=count)
    return list(rng.permutation(draw))


def network(rng):
    return (NET, TASK) if rng.random() < 0.6 else (PERCEPTRON, TEACHER)


@problem
def listed_times(rng):
    end = rng.uniform(0.05, 0.5)
    wanted = instants(rng, end, whole=False)
    if rng.random() < 0.3:
        wanted.append(end)
    kind = rng.integers(3)
    if kind == 0:
        time = got(lambda: linnet.ExactFlow(NET, TASK).trace(end, schedule=wanted).time, ["record.at"])
    else:
        net, task = network(rng)
        method, rtol = ("adams", 1e-7) if task is TASK else ("bdf", 1e-4)
        time = got(lambda: linnet.train(net, task, linnet.GradientFlow(t_end=end, method=method, rtol=rtol), schedule=wanted).time, ["record.at"])
    there = all(t <= end for t in wanted)
    assert (time is not None) == there, (wanted, end)
    if there:
        assert np.array_equal(time, sorted({0.0, end, *wanted})), (time, wanted)


@problem
def listed_steps(rng):
    end = int(rng.integers(0, 12))
    wanted = instants(rng, end, whole=True)
    net, task = network(rng)
    steps = got(lambda: linnet.train(net, task, linnet.GradientDescent(step=0.01, max_steps=end), schedule=wanted).steps, ["record.at"])
    there = all(k <= end and k == int(k) for k in wanted)
    assert (steps is not None) == there, (wanted, end)
    if there:
        assert np.array_equal(steps, sorted({0, end, *map(int, wanted)})), (steps, wanted)


@problem
def divided_times(rng):
    end, count = rng.uniform(0.05, 0.5), int(rng.integers(2, 9))
    net, task = network(rng)
    method, rtol = ("adams", 1e-7) if task is TASK else ("bdf", 1e-4)
    solver = linnet.GradientFlow(t_end=end, method=method, rtol=rtol)
    assert np.allclose(linnet.train(net, task, solver, schedule=linnet.linear(count)).time, np.linspace(0, end, count), rtol=1e-14)
    first = end * 10 ** rng.uniform(-3, 0.3)
    time = got(lambda: linnet.train(net, task, solver, schedule=linnet.logarithmic(first, count)).time, ["record.first"])
    assert (time is not None) == (first < end)
    if time is not None:
        assert np.allclose(time, [0, *np.geomspace(first, end, count)], rtol=1e-12)
    assert len(linnet.train(net, task, solver).time) == 101
    for steps in (3, linnet.every(3)):
        assert got(lambda: linnet.train(net, task, solver, schedule=steps).time, ["record.every"]) is None


@problem
def divided_steps(rng):
    end, count = int(rng.integers(1, 30)), int(rng.integers(2, 20))
    net, task = network(rng)
    solver = linnet.GradientDescent(step=0.01, max_steps=end)

    def steps(schedule, fields):
        return got(lambda: linnet.train(net, task, solver, schedule=schedule).steps, fields)

    even = steps(linnet.linear(count), ["record.count"])
    assert (even is not None) == (count <= end + 1)
    if even is not None:
        assert len(even) == count and np.max(np.abs(even - np.linspace(0, end, count))) <= 0.5
    first = float(rng.integers(1, 40))
    rising = steps(linnet.logarithmic(first, count), ["record.first", "record.count"])
    assert (rising is not None) == (first < end and count <= end - first + 1)
    if rising is not None:
        wanted = np.geomspace(first, end, count)
        assert rising[0] == 0 and all(np.min(np.abs(rising - w)) <= 0.5 + 1e-9 for w in wanted)
        assert all(np.min(np.abs(wanted - k)) <= 0.5 + 1e-9 for k in rising[1:])
    n = int(rng.integers(1, 12))
    assert np.array_equal(steps(n, []), sorted({*range(0, end + 1, n), end}))


CLOSED = [linnet.ExactFlow(linnet.balanced(1e-2 * np.eye(2), balance=0.3, width=2), TASK), linnet.ModeFlow(TASK, scales=0.1), linnet.WideFlow(TASK, depth=3, scales=0.5)]
PREDICTED = [linnet.predict(net, TASK) for net in (NET, linnet.balanced(1e-2 * np.eye(2), balance=0.3, width=2), linnet.DeepLinear([np.eye(2)] * 3))]


@problem
def traces(rng):
    flow, end = CLOSED[rng.integers(len(CLOSED))], float(np.exp(rng.uniform(-3, 3)))
    if rng.random() < 0.3:
        end = np.inf
    wanted = instants(rng, min(end, 9.0), whole=False)
    time = got(lambda: flow.trace(end, schedule=wanted).time, ["record.at"])
    there = all(t <= end for t in wanted)
    assert (time is not None) == there, (wanted, end)
    if there:
        assert np.array_equal(time, sorted({0.0, end, *wanted})), (time, wanted)


@problem
def predictions(rng):
    p = PREDICTED[rng.integers(len(PREDICTED))]
    times = list(np.exp(rng.uniform(-4, 4, size=rng.integers(1, 5)))) + [np.inf] * int(rng.integers(2))
    times = list(rng.permutation(times + times[:1]))
    assert np.array_equal(p.trace(times, record="train_error").time, sorted({0.0, *times})), times
    assert np.allclose(p.values("train_error", times)[:, 0], [p.train_error(t) for t in times], atol=1e-9)


@problem
def continued_descent(rng):
    net, task = network(rng)
    end, n = int(rng.integers(1, 30)), int(rng.integers(1, 12))
    cut = int(rng.integers(0, end + 1))
    first = linnet.train(net, task, linnet.GradientDescent(step=0.01, max_steps=cut), schedule=n)
    steps = linnet.train(first.checkpoint, task, linnet.GradientDescent(step=0.01, max_steps=end), schedule=n).steps
    assert np.array_equal(steps, sorted({cut, end, *(k for k in range(0, end + 1, n) if k >= cut)})), (cut, end, n, steps)


if __name__ == "__main__":
    main()
