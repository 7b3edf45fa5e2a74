#!/usr/bin/python3
"""When modes are learned, at any size and rate, against integrals in many digits and SciPy's integrator."""

import warnings

import mpmath
import numpy as np
from harness import close, main, problem
from scipy.integrate import solve_ivp

import linnet

warnings.simplefilter("ignore", RuntimeWarning)  # of predictions that say what they do not know


def exponent(rng, largest=300):
    """A decimal exponent: mostly near 0, sometimes at the limits of floating point."""
    return rng.uniform(-largest, largest) if rng.random() < 0.3 else rng.uniform(-9, 3)


def relative(got, expected, tolerance, what):
    if expected > 1.7e308:
        assert got > 1e307, f"{what}: {got}, expected {expected}"
        return
    expected = float(expected)
    assert abs(got - expected) <= tolerance * expected, f"{what}: {got}, expected {expected}"


def coefficient_time(y, kappa, level):
    """From 0, by g = a + sqrt(kappa^2 + a^2): (g - g_-)/(g_+ - g) grows by e^{2rt}."""
    with mpmath.workdps(700):
        y, kappa, level = mpmath.mpf(y), mpmath.mpf(kappa), mpmath.mpf(level)
        r = mpmath.hypot(y, kappa)
        g = level + mpmath.hypot(level, kappa)
        return mpmath.log((g - y + r) / (kappa - y + r) * (y + r - kappa) / (y + r - g)) / (2 * r)


@problem
def coefficient(rng):
    y, kappa = 10 ** exponent(rng, 140), 10 ** exponent(rng, 140)
    part = float(rng.choice([1e-9, 0.1, 0.5, 0.9, 1 - 1e-6, 1 - 1e-12]))
    level = part * y
    expected = coefficient_time(y, kappa, level)
    relative(linnet.Mode(target=y, threshold=kappa).time_to(level), expected, 1e-12, "Mode.time_to")
    flow = linnet.ModeFlow(linnet.tasks.target(np.array([[y]])), scales=kappa)
    relative(flow.learning_times(part)[0], expected, 1e-12, "ModeFlow.learning_times")


@problem
def modes_of_a_diagonal_task(rng):
    count = int(rng.integers(1, 4))
    largest = rng.uniform(-2, 2)
    y = 10 ** np.sort(largest - np.concatenate([[0], rng.uniform(0, 9, size=count - 1)]))[::-1]
    kappa = 10 ** rng.uniform(-150 if rng.random() < 0.3 else -20, 2)
    fraction = rng.uniform(0.05, 0.95)
    flow = linnet.ExactFlow(linnet.SelfConsistent(np.zeros((count, count)), kappa), linnet.tasks.target(np.diag(y)))
    for got, target in zip(flow.learning_times(fraction), y):
        relative(got, coefficient_time(target, kappa, fraction * target), 1e-9, f"learning time of {target} among {y}")
    for got, target in zip(flow.activation_times(), y):
        if abs(kappa / target - 1) < 1e-6:
            continue
        expected = coefficient_time(target, kappa, kappa) if kappa < target else np.inf
        relative(got, expected, 1e-9, f"activation time of {target} among {y}, kappa {kappa}")


@problem
def slow_modes_that_are_predicted(rng):
    """Of a Gram state that is integrated: right, or not known, but not never."""
    y = np.array([1, 10 ** rng.uniform(-6, -0.3)])
    kappa = 10 ** rng.uniform(-13, -1)
    p = linnet.predict(linnet.infinite_width((2, 2), scale=kappa), linnet.tasks.target(np.diag(y)), method="gram_flow")
    for got, regime, target in zip(p.learning_times(0.5), p.regimes, y):
        expected = float(coefficient_time(target, kappa, target / 2))
        assert np.isnan(got) or abs(got / expected - 1) < 0.1, f"mode {target}, kappa {kappa}: {got}, expected {expected}; {p.warning}"
        assert regime != "never", f"mode {target}, kappa {kappa}"
    end = p.end_to_end(np.inf)
    assert np.isnan(end).all() or np.abs(end - np.diag(y)).max() < 1e-6, f"{end}, expected {y}; {p.warning}"


@problem
def infinitely_wide_layers(rng):
    """Modes of any depth at any size: against the integral of the waiting time for two layers, and scaling for more."""
    y, root = 10 ** rng.uniform(-3, 3), 10 ** rng.uniform(-6, 1)
    part = rng.uniform(0.05, 0.95)
    two = linnet.WideFlow(linnet.tasks.target([[y]]), depth=2, scales=root, tolerance=1e-9)
    relative(two.learning_times(part)[0], coefficient_time(y, root**2, part * y), 1e-7, "WideFlow of two layers")
    depth = int(rng.integers(3, 5))
    scale, factor = 10 ** rng.uniform(-2, 0.5), 10 ** rng.uniform(-3, 3)
    # Weights times f are A times f^L in a time over f^(2L - 2).
    one = linnet.WideFlow(linnet.tasks.target([[1.0]]), depth=depth, scales=scale, tolerance=1e-4)
    other = linnet.WideFlow(linnet.tasks.target([[factor**depth]]), depth=depth, scales=scale * factor, tolerance=1e-4)
    relative(other.learning_times(part)[0] * factor ** (2 * depth - 2), one.learning_times(part)[0], 1e-2, "WideFlow in other units")


@problem
def delayed_rich(rng):
    """Orthogonal layers of small or large balance whose inputs the modes of the target share: learned late, but learned."""
    outputs, inputs = int(rng.integers(1, 4)), int(rng.integers(3, 6))
    y = np.linalg.qr(rng.normal(size=(outputs, outputs)))[0] @ rng.normal(size=(outputs, inputs))
    task = linnet.tasks.target(y)
    balance = -(10 ** rng.uniform(1, 5))
    start = linnet.balanced(linnet.random_end_to_end(task, rank=outputs, scale=10 ** rng.uniform(-3, 0), seed=int(rng.integers(2**31))), balance=balance, width=int(rng.integers(outputs, inputs + 1)))
    flow = linnet.ExactFlow(start, task)
    times = flow.learning_times(0.5)
    ends = flow.modes(np.inf) / np.linalg.svd(y)[1]
    for i, t in enumerate(times):
        if ends[i] > 0.51:
            assert np.isfinite(t), f"mode {i} ends at {ends[i]} of its target, and is never at a half: {times}"
        if np.isfinite(t) and t > 0:
            close(flow.modes(t)[i] / np.linalg.svd(y)[1][i], 0.5, 1e-6, "the mode at its time")
            earlier = flow.modes(t * (1 - np.geomspace(1e-6, 1, 400)[:-1]))[:, i] / np.linalg.svd(y)[1][i]
            assert (earlier < 0.5 + 1e-9).all(), f"mode {i} was beyond a half before {t}"


@problem
def narrow(rng):
    """One or two neurons, whose modes can rise and fall again: first passages in runs by SciPy."""
    y = np.sort(rng.uniform(0.3, 3, size=3))[::-1]
    width = int(rng.integers(1, 3))
    size = 10 ** rng.uniform(-6, -1)
    task = linnet.tasks.target(np.diag(y))
    vector = rng.normal(size=(width, 3)) * 10 ** rng.uniform(-3, 0, size=3)
    q = np.linalg.qr(rng.normal(size=(width, width)))[0]
    w1, w2 = size * q @ vector, size * (q @ vector).T
    flow = linnet.ExactFlow(linnet.Weights(w1, w2), task)

    def velocity(_, w):
        a, b = w[: 3 * width].reshape(width, 3), w[3 * width :].reshape(3, width)
        r = b @ a - np.diag(y)
        return np.concatenate([-(b.T @ r).ravel(), -(r @ a.T).ravel()])

    fraction = rng.uniform(0.1, 0.8)
    level = fraction * y
    end = 3 * (np.log(1 / size) + 20) / np.min(np.abs(np.append(np.diff(y), y)))
    if end > 2000:
        end = 2000.0
    events = [lambda _, w, i=i: w[3 * width :].reshape(3, width)[i] @ w[: 3 * width].reshape(width, 3)[:, i] - level[i] for i in range(3)]
    for event in events:
        event.direction = 1
    run = solve_ivp(velocity, (0, end), np.concatenate([w1.ravel(), w2.ravel()]), method="DOP853", rtol=1e-11, atol=1e-18, events=events, max_step=0.2 / y[0])
    for i, (got, found) in enumerate(zip(flow.learning_times(fraction), run.t_events)):
        if len(found):
            close(got, found[0], 1e-5, f"first passage of mode {i}")
        else:
            assert not got < 0.9 * end, f"mode {i} passes at {got}; the integrator sees none to {end}"


def deep_time(depth, start, target, value):
    """The integral of ds/(L s^{2 - 2/L} (y - s)) over x = ln(s/(y - s)), in which it is smooth."""
    with mpmath.workdps(30):
        start, target, value = mpmath.mpf(start), mpmath.mpf(target), mpmath.mpf(value)
        low, high = (mpmath.log(s / (target - s)) for s in (start, value))
        power = 2 - mpmath.mpf(2) / depth

        def slowness(x):
            s = target / (1 + mpmath.exp(-x))
            return s ** (1 - power) / (depth * target)

        return mpmath.quad(slowness, mpmath.linspace(low, high, 4 + int((high - low) / 4)))


@problem
def deep(rng):
    depth, target = int(rng.integers(1, 7)), 10 ** rng.uniform(-3, 3)
    start = target * 10 ** -(rng.uniform(0, 250 / depth) if rng.random() < 0.3 else rng.uniform(0.1, 6))
    value = target * float(rng.choice([0.5, 0.9, 1 - 1e-9]))
    if value <= start:
        value = (start + target) / 2
    expected = deep_time(depth, start, target, value)
    relative(linnet.DeepMode(depth, start, target).time(value), expected, 1e-10, "DeepMode.time")
    if depth > 1:
        relative(linnet.UnbalancedMode(depth, start, target, balance=0.0).time(value), expected, 1e-10, "UnbalancedMode.time")


@problem
def neuron(rng):
    """A neuron that has to change its sign does so at the time of its equation."""
    y = 10 ** rng.uniform(-3, 2)
    w, a = -(10 ** rng.uniform(-6, 1)), 10 ** rng.uniform(-6, 1)
    if a >= -w * (1 - 1e-9):
        a = -w * rng.uniform(0.01, 0.99)
    flow = linnet.NeuronFlow(linnet.Weights(np.array([[w]]), np.array([[a]])), linnet.tasks.target(np.array([[y]])))
    t = flow.sign_change
    if np.isfinite(t):
        before, after = flow.a(t * (1 - 1e-6)), flow.a(t * (1 + 1e-6))
        assert before > 0 > after, f"a(t) does not change its sign at {t}"


if __name__ == "__main__":
    main()
