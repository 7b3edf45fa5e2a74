#!/usr/bin/python3
"""Two-layer networks narrower than the rank of the target, represented by Gram states or by A alone, against plain loops of weights
(descent), SciPy's integrator of weights (flow) and the least error of their rank."""

import warnings

import numpy as np
from harness import Skip, close, main, problem
from scipy.integrate import solve_ivp

import linnet

warnings.simplefilter("ignore")


def sizes(rng):
    """Outputs, inputs, and a width below both."""
    outputs, inputs = rng.integers(2, 7, size=2)
    return outputs, inputs, int(rng.integers(1, min(outputs, inputs)))


def random_task(rng, outputs, inputs):
    """A task and the gradient of its cost, of singular values near 1."""
    y = rng.normal(size=(outputs, inputs)) / np.sqrt(max(outputs, inputs))
    kind = rng.integers(3)
    if kind == 0:
        return linnet.tasks.target(y), lambda a: a - y
    if kind == 1:
        mask = (rng.random(y.shape) < 0.8).astype(float)
        mask[0, 0] = 1
        return linnet.tasks.completion(y, mask), lambda a: mask * (a - y)
    x = rng.normal(size=(40, inputs))
    t = x @ y.T + 0.3 * rng.normal(size=(40, outputs))
    covariance, both = x.T @ x / 40, t.T @ x / 40
    return linnet.tasks.regression(x, t), lambda a: a @ covariance - both


def layers(rng, outputs, inputs, width):
    scales = 10 ** rng.uniform(-2, -0.3, size=2)
    return scales[0] * rng.normal(size=(width, inputs)), scales[1] * rng.normal(size=(outputs, width))


def gram_state(rng, w1, w2):
    """The Gram state of these weights, made in one of several ways."""
    q = np.vstack([w1.T, w2])
    outputs, inputs = len(w2), w1.shape[1]
    kind = rng.integers(5)
    if kind == 0:
        return linnet.GramState.from_weights(w1, w2)
    if kind == 1:
        return linnet.GramState.from_gram(q @ q.T, outputs=outputs, inputs=inputs)
    if kind == 2:
        return linnet.GramState(w1.T @ w1, w2 @ w1, w2 @ w2.T)
    # Rotated and split neurons, up to more neurons than inputs and outputs.
    q = np.hstack([q, np.zeros((len(q), int(rng.integers(1, 2 * len(q)))))])
    q = q @ np.linalg.qr(rng.normal(size=(q.shape[1], q.shape[1])))[0]
    if kind == 3:
        return linnet.GramState.from_weights(q[:inputs].T, q[inputs:])
    return linnet.GramState.from_gram(q @ q.T, outputs=outputs, inputs=inputs)


def stepped(w1, w2, gradient, steps, count, order):
    for _ in range(count):
        r = gradient(w2 @ w1)
        new = w1 - steps[0] * w2.T @ r
        w2 = w2 - steps[1] * r @ (new if order == "sequential" else w1).T
        w1 = new
    return w2 @ w1


def flowed(weights, gradient, rates, t_end):
    """The end-to-end matrix of explicit weights, the first layer first, at t_end of the flow."""
    shapes = [w.shape for w in weights]
    cuts = np.cumsum([w.size for w in weights])[:-1]

    def split(state):
        return [part.reshape(shape) for part, shape in zip(np.split(state, cuts), shapes)]

    def product(parts, size):
        a = np.eye(size)
        for w in parts:
            a = w @ a
        return a

    def velocity(_, state):
        w = split(state)
        r = gradient(product(w, shapes[0][1]))
        return np.concatenate([
            (-eta * product(w[l + 1:], shapes[l][0]).T @ r @ product(w[:l], shapes[0][1]).T).ravel() for l, eta in enumerate(rates)
        ])

    end = solve_ivp(velocity, (0, t_end), np.concatenate([w.ravel() for w in weights]), method="DOP853", rtol=1e-11, atol=1e-13)
    return product(split(end.y[:, -1]), shapes[0][1])


@problem
def descent(rng):
    outputs, inputs, width = sizes(rng)
    task, gradient = random_task(rng, outputs, inputs)
    w1, w2 = layers(rng, outputs, inputs, width)
    steps, count = rng.uniform(0.02, 0.1, size=2), int(rng.integers(100, 3000))
    order = ["simultaneous", "sequential"][rng.integers(2)]
    end = stepped(w1, w2, gradient, steps, count, order)
    solver = linnet.GradientDescent(step=tuple(steps), max_steps=count, order=order)
    run = linnet.train(gram_state(rng, w1, w2), task, solver, record=["train_error"])
    close(run.final.end_to_end, end, 1e-7, "A")
    assert run.final.factor.shape[1] == width


@problem
def flow(rng):
    outputs, inputs, width = sizes(rng)
    task, gradient = random_task(rng, outputs, inputs)
    w1, w2 = layers(rng, outputs, inputs, width)
    rates, t_end = tuple(rng.uniform(0.5, 2, size=2)), rng.uniform(5, 80)
    run = linnet.train(gram_state(rng, w1, w2), task, linnet.GradientFlow(t_end=t_end, rates=rates, rtol=1e-10), record=["train_error"])
    close(run.final.end_to_end, flowed([w1, w2], gradient, rates, t_end), 1e-6, "A")


@problem
def balanced_flow(rng):
    outputs, inputs, rank = sizes(rng)
    task, gradient = random_task(rng, outputs, inputs)
    u = np.linalg.qr(rng.normal(size=(outputs, rank)))[0]
    v = np.linalg.qr(rng.normal(size=(inputs, rank)))[0]
    s = 10 ** rng.uniform(-1, 0, size=rank)
    depth, t_end = int(rng.integers(2, 4)), rng.uniform(5, 60)
    root = np.diag(s ** (1 / depth))
    weights = [root @ v.T] + [root] * (depth - 2) + [u @ root]
    a = u @ np.diag(s) @ v.T
    if depth == 2 and rng.integers(2):
        start, rates = linnet.SelfConsistent(a, 0), rng.uniform(0.5, 2, size=2)
        # Balanced at these rates: the layers W_l/√η_l are balanced.
        ratio = (rates[0] / rates[1]) ** 0.25
        weights = [ratio * weights[0], weights[1] / ratio]
    else:
        start, rates = linnet.DeepBalanced(a, depth), np.ones(depth)
    solver = linnet.GradientFlow(t_end=t_end, rates=1.0 if depth > 2 else tuple(rates), rtol=1e-10)
    run = linnet.train(start, task, solver, record=["train_error"])
    close(run.final.end_to_end, flowed(weights, gradient, rates, t_end), 1e-6, "A")


@problem
def least_error(rng):
    outputs, inputs, width = sizes(rng)
    modes = min(outputs, inputs)
    y = np.cumsum(rng.uniform(0.4, 1, size=modes))[::-1]
    u = np.linalg.qr(rng.normal(size=(outputs, outputs)))[0][:, :modes]
    v = np.linalg.qr(rng.normal(size=(inputs, inputs)))[0][:, :modes]
    task = linnet.tasks.target(u @ np.diag(y) @ v.T)
    least = np.sum(y[width:] ** 2) / (outputs * inputs)
    w1, w2 = 0.3 * rng.normal(size=(width, inputs)), 0.3 * rng.normal(size=(outputs, width))
    start = [gram_state(rng, w1, w2), linnet.SelfConsistent(w2 @ w1, 0), linnet.DeepBalanced(w2 @ w1, 2 + rng.random())][rng.integers(3)]
    solver = [linnet.GradientFlow(t_end=150), linnet.GradientDescent(step=0.1 / y[0], max_steps=int(1500 * y[0]))][rng.integers(2)]
    half = linnet.train(start, task, solver, record=["train_error"])
    run = linnet.train(half.final, task, solver, record=["train_error"])  # and on from its end
    for part in (half, run):
        assert part["train_error"][-1] >= (1 - 1e-12) * least, "below the least error of this rank"
        assert "a start of rank" in part.warning
    if np.linalg.svd(run.final.end_to_end, compute_uv=False)[width - 1] < y[width - 1] / 2:
        raise Skip  # still at a saddle
    close(run["train_error"][-1] / least, 1, 1e-6, "error over the least one")


@problem
def explicit_weights_of_low_rank(rng):
    """Layers that use fewer directions than they have neurons: told, unless the target needs no more."""
    depth = int(rng.integers(2, 5))
    sizes = [int(n) for n in rng.integers(3, 7, size=depth + 1)]
    rank = int(rng.integers(1, 3))
    frames = [np.eye(sizes[0])] + [np.linalg.qr(rng.normal(size=(n, n)))[0][:, : min(rank, n)] for n in sizes[1:-1]] + [np.eye(sizes[-1])]
    narrow = [10 ** rng.uniform(-3, 0) * rng.normal(size=(frames[l + 1].shape[1], frames[l].shape[1])) for l in range(depth)]
    low = [frames[l + 1] @ narrow[l] @ frames[l].T for l in range(depth)]
    y = rng.normal(size=(sizes[-1], sizes[0]))
    task = linnet.tasks.target(y)
    step = linnet.GradientDescent(step=1e-3, max_steps=1)
    warning = linnet.train(linnet.DeepLinear(low), task, step).warning
    assert f"a start of rank {rank} in a hidden layer of" in warning and "until rounding leaves" in warning, warning
    u, s, vt = np.linalg.svd(y)
    easy = linnet.tasks.target(u[:, :rank] @ np.diag(s[:rank]) @ vt[:rank])
    assert linnet.train(linnet.DeepLinear(low), easy, step).warning == ""
    full = [w + 1e-6 * np.linalg.norm(w) * rng.normal(size=w.shape) for w in low]
    warning = linnet.train(linnet.DeepLinear(full), task, step).warning
    assert "a start of rank" not in warning, warning
    if depth == 2:
        end = linnet.train(linnet.GramState.from_weights(*low), task, linnet.GradientFlow(t_end=20), record=["train_error"])
        close(end.final.end_to_end, linnet.train(linnet.Weights(*narrow), task, linnet.GradientFlow(t_end=20)).final.end_to_end, 1e-6, "A")


if __name__ == "__main__":
    main()
