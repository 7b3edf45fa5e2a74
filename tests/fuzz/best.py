#!/usr/bin/python3
"""The moment of the smallest test error against dense scans of NumPy's own formulas and of SciPy's integrator."""

import numpy as np
from harness import Skip, close, main, problem
from scipy.integrate import solve_ivp

import linnet


def infinite_width(y, kappa, t):
    """a(t) from 0 along each singular value, times x modes: the Riccati equation of g = a + sqrt(kappa^2 + a^2)."""
    r = np.hypot(y, kappa)
    top, bottom = y + r, -(kappa / (y + r)) * kappa
    e = np.exp(-2 * np.outer(t, r))
    grown = (kappa - bottom) * -np.expm1(-2 * np.outer(t, r)) / (2 * r)
    g = (kappa * e + top * grown) / (e + grown)
    return np.where(g > 1e3 * kappa, (g - kappa * (kappa / g)) / 2, (g - kappa) * (1 + kappa / g) / 2)


def drawn_task(rng, largest):
    d = int(rng.integers(1, largest + 1))
    if rng.random() < 0.6:
        return linnet.tasks.low_rank_plus_noise(dim=d, rank=int(rng.integers(1, d + 1)), noise=float(rng.choice([0.1, 1, 3])), seed=int(rng.integers(2**31)))
    shape = (d, int(rng.integers(1, largest + 1)))
    target = rng.normal(size=shape) * 10 ** rng.uniform(-2, 2)
    signal = rng.normal(size=shape) * 10 ** rng.uniform(-2, 2)
    return linnet.tasks.target(target, signal=target * rng.choice([0.5, 1, -1]) + signal if rng.random() < 0.5 else signal)


def scan(task, kappa, count):
    """The smallest error of a dense scan, and its time."""
    u, y, vt = np.linalg.svd(task.target, full_matrices=False)
    signal = np.asarray(task.signal)
    overlap = np.einsum("oi,on,in->i", u, signal, vt)
    unseen = np.sum((signal - (u * overlap) @ vt) ** 2)
    reached = np.log1p(y / kappa) / (2 * np.hypot(y, kappa)) + 1 / np.hypot(y, kappa)
    t = np.unique(np.concatenate([np.geomspace(1e-4 * reached.min(), 40 * reached.max(), count),
                                  np.linspace(0, 2 * np.median(reached), count), np.linspace(0, 2 * reached[0], count)]))
    error = (unseen + np.sum((infinite_width(y, kappa, t) - overlap) ** 2, axis=1)) / signal.size
    return t[error.argmin()], error.min()


@problem
def of_modes(rng):
    task = drawn_task(rng, 100)
    kappa = 10 ** rng.uniform(-8, 2)
    flow = linnet.ModeFlow(task, scales=kappa)
    best = flow.best()
    _, least = scan(task, kappa, 1500)
    assert best.test_error <= least * (1 + 1e-9), f"{best}: a scan has {least}, {best.test_error / least - 1:.3g} less"
    close(flow.test_error(best.time), best.test_error, 1e-12, "error at the best time")


@problem
def of_modes_in_general(rng):
    task = drawn_task(rng, 12)
    kappa = 10 ** rng.uniform(-8, 2)
    best = linnet.ExactFlow(linnet.SelfConsistent(np.zeros(task.target.shape), kappa), task).best()
    _, least = scan(task, kappa, 2000)
    assert best.test_error <= least * (1 + 1e-9) + 1e-28, f"{best}: a scan has {least}, {best.test_error / least - 1:.3g} less"


@problem
def of_infinitely_wide_layers(rng):
    """Against a scan of times at which some mode has learned some part: late and abrupt dips are in it."""
    depth = int(rng.integers(2, 6))
    task = drawn_task(rng, 8 if depth < 5 else 4)
    scales = 10 ** rng.uniform(-2.5, 0.7) if rng.random() < 0.5 else tuple(10 ** rng.uniform(-2, 0.7, size=depth))
    try:
        flow = linnet.WideFlow(task, depth=depth, scales=scales, tolerance=1e-4)
    except linnet.Error:
        raise Skip from None  # a tolerance that cannot be met
    best = flow.best()
    parts = np.concatenate([np.geomspace(1e-6, 0.02, 8), np.linspace(0.03, 0.97, 48), 1 - np.geomspace(0.02, 1e-6, 8)])
    t = np.concatenate([[0, np.inf], *(flow.learning_times(float(part)) for part in parts)])
    errors = flow.test_error(t)
    least = errors.min()
    assert best.test_error <= least * (1 + 1e-9) + 1e-28, f"{best}: a scan has {least} at {t[errors.argmin()]}, {best.test_error / least - 1:.3g} less"
    close(flow.test_error(best.time), best.test_error, 1e-12, "error at the best time")


@problem
def of_weights(rng):
    outputs, inputs = (int(n) for n in rng.integers(1, 5, size=2))
    target, signal = rng.normal(size=(2, outputs, inputs))
    task = linnet.tasks.target(target, signal=signal)
    balance = float(rng.choice([0, 1, -1]) * 10 ** rng.uniform(-2, 1))
    size = 10 ** rng.uniform(-3, 0.5)
    width = (outputs if balance > 0 else inputs) if balance else int(rng.integers(1, 6))
    rank = min(width, outputs, inputs)
    start = linnet.balanced(linnet.random_end_to_end(task, rank=rank, scale=size, seed=int(rng.integers(2**31))), balance=balance, width=width)
    flow = linnet.ExactFlow(start, task)
    best = flow.best()
    split = width * inputs

    def velocity(_, w):
        w1, w2 = w[:split].reshape(width, inputs), w[split:].reshape(outputs, width)
        r = w2 @ w1 - target
        return np.concatenate([-(w2.T @ r).ravel(), -(r @ w1.T).ravel()])

    end = 60 / (1 + abs(balance))
    run = solve_ivp(velocity, (0, end), np.concatenate([start.w1.ravel(), start.w2.ravel()]), method="DOP853", rtol=1e-10, atol=1e-12, dense_output=True)
    t = np.unique(np.concatenate([np.geomspace(1e-4, end, 3000), np.linspace(0, end, 6000)]))
    w = run.sol(t)
    a = np.einsum("owt,wit->oit", w[split:].reshape(outputs, width, -1), w[:split].reshape(width, inputs, -1))
    least = np.mean((a - signal[:, :, None]) ** 2, axis=(0, 1)).min()
    assert best.test_error <= least * (1 + 1e-6) + 1e-12, f"{best}: the integrator has {least}, {best.test_error / least - 1:.3g} less"


if __name__ == "__main__":
    main()
