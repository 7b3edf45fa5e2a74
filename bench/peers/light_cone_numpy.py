"""Steps of descent on all weights of a wide deep network, in NumPy, and by linnet on its light cone; one process, in turn."""

import time

import numpy as np


def step(weights, target, size):
    """One step on ½‖W_L⋯W_1 − Y‖² by a backward pass, in place."""
    signals = [weights[0]]
    for w in weights[1:]:
        signals.append(w @ signals[-1])
    back = signals[-1] - target
    gradients = []
    for layer in range(len(weights) - 1, 0, -1):
        gradients.append(back @ signals[layer - 1].T)
        back = weights[layer].T @ back
    gradients.append(back)
    for w, gradient in zip(weights, reversed(gradients)):
        w -= size * gradient


def seconds_a_step(run, steps):
    began = time.perf_counter()
    run()
    return (time.perf_counter() - began) / steps


def compare(linnet, n, width, gamma, steps=120):
    """Of each order: sizes, seconds a step of NumPy and of linnet, and the largest distance of A over the run."""
    rng = np.random.default_rng(0)
    y = rng.normal(size=(n, n))
    y /= np.linalg.norm(y, 2)
    sizes = (n, width, width, width, n)
    weights = [width ** (-gamma / 2) * rng.normal(size=(b, a)) for a, b in zip(sizes, sizes[1:])]
    size = 0.1 / max(1.0, width ** (3 * (1 - gamma)))
    task = linnet.tasks.target(y)
    solver = linnet.GradientDescent(step=size, max_steps=steps)
    path = linnet.train(linnet.DeepLinear(weights), task, solver, record="end_to_end")["end_to_end"]

    def in_numpy():
        own = [w.copy() for w in weights]
        for _ in range(5):
            step(own, y, size)
        a = own[0]
        for w in own[1:]:
            a = w @ a
        assert np.abs(a - path[5]).max() < 1e-12

    for order in (1, 2, 3):
        cone = linnet.compress(weights, order=order)
        naive = min(seconds_a_step(in_numpy, 5) for _ in range(3))
        ours = min(seconds_a_step(lambda: linnet.train(cone, task, solver, record=[], schedule=linnet.ends()), steps) for _ in range(3))
        run = linnet.train(cone, task, solver, record="end_to_end")
        yield order, cone.sizes, naive, ours, np.abs(run["end_to_end"] - path).max()
