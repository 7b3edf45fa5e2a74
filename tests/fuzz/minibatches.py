#!/usr/bin/python3
"""Minibatch descent, split at any step, against plain loops."""

import numpy as np
from harness import Skip, close, main, problem

import linnet


def batch(k, samples, size, seed):
    """The samples of batch k: those whose columns a step from the identity-like start moves."""
    task = linnet.tasks.regression(np.eye(samples), np.ones((samples, 1)))
    solver = linnet.GradientDescent(step=0.1, batch=size, seed=seed, max_steps=1, first_batch=k)
    run = linnet.train(linnet.DeepLinear([np.zeros((1, samples))]), task, solver)
    return np.flatnonzero(run.final.end_to_end[0])


def draw(rng):
    samples, inputs, outputs = rng.integers(3, 12), rng.integers(1, 5), rng.integers(1, 4)
    size = int(rng.integers(1, samples + 1))
    return rng.normal(size=(samples, inputs)), rng.normal(size=(samples, outputs)), size, int(rng.integers(0, 2**31))


@problem
def order(rng):
    """Each pass takes each sample at most once, in full batches only."""
    samples = int(rng.integers(2, 12))
    size, seed = int(rng.integers(1, samples + 1)), int(rng.integers(0, 2**31))
    a_pass, which = samples // size, int(rng.integers(0, 1000))
    taken = np.concatenate([batch(which * a_pass + k, samples, size, seed) for k in range(a_pass)])
    assert len(taken) == a_pass * size == len(set(taken)), taken


@problem
def linear_networks(rng):
    x, t, size, seed = draw(rng)
    w1, w2 = 0.5 * rng.normal(size=(3, x.shape[1])), 0.5 * rng.normal(size=(t.shape[1], 3))
    step, momentum, count = 0.02, rng.choice([0.0, 0.8]), int(rng.integers(1, 25))
    cut = int(rng.integers(0, count + 1)) if momentum == 0 else count
    start, task = linnet.Weights(w1, w2), linnet.tasks.regression(x, t)

    def run(net, steps, first):
        return linnet.train(net, task, linnet.GradientDescent(step=step, momentum=momentum, batch=size, seed=seed, max_steps=steps, first_batch=first)).final

    first = run(start, cut, 0)
    end = run(first, count - cut, cut) if cut < count else first
    v1, v2 = np.zeros_like(w1), np.zeros_like(w2)
    for k in range(count):
        b = batch(k, len(x), size, seed)
        r = (x[b] @ (w2 @ w1).T - t[b]).T @ x[b] / len(b)
        v1, v2 = momentum * v1 - step * w2.T @ r, momentum * v2 - step * r @ w1.T
        w1, w2 = w1 + v1, w2 + v2
    close(end.end_to_end, w2 @ w1, 1e-11, "A")


@problem
def perceptrons(rng):
    x, t, size, seed = draw(rng)
    w1, w2 = rng.normal(size=(4, x.shape[1])), rng.normal(size=(t.shape[1], 4))
    step, count = 0.01, int(rng.integers(1, 20))
    cut = int(rng.integers(0, count + 1))
    task = linnet.tasks.regression(x, t, half=False)

    def run(net, steps, first):
        return linnet.train(net, task, linnet.GradientDescent(step=step, batch=size, seed=seed, max_steps=steps, first_batch=first)).final

    if not (x @ w1.T > 0).any():
        raise Skip  # no neuron is active, and none ever learns: refused
    first = run(linnet.Perceptron([w1, w2]), cut, 0)
    if not (x @ first.weights[0].T > 0).any():
        raise Skip  # nor does one that has died on the way
    end = run(first, count - cut, cut) if cut < count else first
    for k in range(count):
        b = batch(k, len(x), size, seed)
        h = x[b] @ w1.T
        r = 2 * (np.maximum(h, 0) @ w2.T - t[b]) / len(b)
        g1, g2 = (r @ w2 * (h > 0)).T @ x[b], r.T @ np.maximum(h, 0)
        w1, w2 = w1 - step * g1, w2 - step * g2
    close(end.weights[0], w1, 1e-10, "W_1")
    close(end.weights[1], w2, 1e-10, "W_2")


if __name__ == "__main__":
    main()
