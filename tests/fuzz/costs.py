#!/usr/bin/python3
"""Costs and errors against exact sums of squared residuals."""

from fractions import Fraction

import mpmath
import numpy as np
from harness import main, problem

import linnet

epsilon = np.finfo(float).eps


def exact_mean_square(a, x, t):
    """(1/(P n_2)) sum of (A x - t)^2 over samples in rows, without rounding."""
    a, x, t = ([[Fraction(v) for v in row] for row in m.tolist()] for m in (a, x, t))
    total = sum((sum(w * v for w, v in zip(row, sample)) - y) ** 2 for sample, targets in zip(x, t) for row, y in zip(a, targets))
    return float(total / (len(x) * len(a)))


def agree(got, expected, size, what):
    """Equal up to the rounding of residuals that are sums of terms of this size."""
    assert got >= 0, f"{what}: {got} is below 0"
    rounding = epsilon * size
    assert abs(got - expected) <= 1e-13 * expected + rounding * (2 * np.sqrt(expected) + rounding), f"{what}: {got}, expected {expected}"


@problem
def regression(rng):
    samples, inputs, outputs = int(rng.integers(1, 9)), int(rng.integers(1, 16)), int(rng.integers(1, 4))
    x = rng.normal(size=(samples, inputs)) * 10 ** rng.uniform(-2, 2)
    t = rng.normal(size=(samples, outputs)) * 10 ** rng.uniform(-2, 2)
    task = linnet.tasks.regression(x, t)
    # A solution, with arbitrary components where no sample has any, and a small step away from it.
    fit = np.linalg.pinv(x) @ t
    unseen = np.eye(inputs) - np.linalg.pinv(x) @ x
    a = (fit + unseen @ rng.normal(size=fit.shape) * 10 ** rng.uniform(-3, 2) + rng.normal(size=fit.shape) * 10 ** rng.uniform(-16, 0)).T
    size = 40 * inputs * (np.abs(a).max() * np.abs(x).max() * np.linalg.cond(x) + np.abs(t).max())
    agree(task.train_error(a), exact_mean_square(a, x, t), size, "train error")


@problem
def cross_entropy(rng):
    samples, inputs, classes = int(rng.integers(1, 9)), int(rng.integers(1, 6)), int(rng.integers(2, 6))
    x = rng.normal(size=(samples, inputs))
    labels = rng.integers(classes, size=samples)
    labels[0] = classes - 1
    task = linnet.tasks.classification(x, labels)
    # Outputs from tiny to far beyond what an exponential holds, often in favour of the classes.
    a = rng.normal(size=task.shape) * 10 ** rng.uniform(-3, 3.5)
    if rng.random() < 0.5:
        signs = np.where(labels > 0, 1.0, -1.0)[:, None] if classes == 2 else np.eye(classes)[labels]
        a = (np.linalg.pinv(x) @ signs).T * 10 ** rng.uniform(0, 2.8)
    z = x @ a.T
    with mpmath.workdps(60):
        if classes == 2:
            z = np.column_stack([0 * z[:, 0], z[:, 0]])
        terms = [mpmath.log1p(mpmath.fsum(mpmath.exp(mpmath.mpf(v) - mpmath.mpf(row[own])) for k, v in enumerate(row) if k != own)) for row, own in zip(z.tolist(), labels)]
        expected = float(mpmath.fsum(terms) / samples)
    got = task.cost(a)
    # The rounding of an output is that of the sum it is; a cost follows its outputs absolutely and, when small, relatively.
    rounding = 8 * epsilon * (1 + inputs * np.abs(a).max() * np.abs(x).max())
    assert abs(got - expected) <= 1e-13 * expected + rounding * min(1.0, 2 * expected) + 1e-300, f"{got}, expected {expected}"
    assert np.isfinite(task.gradient(a)).all() and task.train_error(a) == got


@problem
def records_of_a_run(rng):
    samples, inputs = int(rng.integers(2, 6)), int(rng.integers(8, 20))
    task = linnet.tasks.regression(rng.normal(size=(samples, inputs)), rng.normal(size=(samples, 2)))
    start = linnet.gaussian_gram(task, width=30, variance=0.05, seed=int(rng.integers(2**31)))
    run = linnet.train(start, task, linnet.GradientFlow(t_end=40, rtol=1e-8, atol=1e-11), record=["train_error", "cost"])
    assert (run["train_error"] >= 0).all() and (run["cost"] >= 0).all(), "errors below 0"
    assert (np.diff(run["train_error"]) <= 1e-12).all(), "a flow whose error rises"


@problem
def of_modes(rng):
    d = int(rng.integers(1, 6))
    y, scale = np.diag(10 ** rng.uniform(-2, 1, size=d)), 10 ** rng.uniform(-6, 1)
    signal = y + np.diag(rng.normal(size=d)) * 10 ** rng.uniform(-20, 0)
    flow = linnet.ModeFlow(linnet.tasks.target(y, signal=signal), scales=scale)
    t = float(rng.uniform(0.01, 80) / max(np.hypot(np.diag(y), scale)))
    with mpmath.workdps(400):
        left, off = mpmath.mpf(0), mpmath.mpf(0)
        for target, seen in zip(np.diag(y).tolist(), np.diag(signal).tolist()):
            target, seen, kappa = mpmath.mpf(target), mpmath.mpf(seen), mpmath.mpf(scale)
            r = mpmath.hypot(target, kappa)
            g = target + r * mpmath.tanh(r * t + mpmath.atanh((kappa - target) / r))
            a = (g - kappa**2 / g) / 2
            left, off = left + (target - a) ** 2, off + (seen - a) ** 2
        left, off = float(left / d**2), float(off / d**2)
    exponent = 4 * np.hypot(np.diag(y), scale).max() * t  # of which a rounding is one of the error
    # The train error keeps all its digits; the part of the signal is accurate to the digits of y.
    assert abs(flow.train_error(t) - left) <= (1e-12 + 4 * epsilon * exponent) * left, f"train error {flow.train_error(t)}, expected {left}"
    agree(flow.test_error(t), off, 100 * np.max(y) * (1 + exponent), "test error")


if __name__ == "__main__":
    main()
