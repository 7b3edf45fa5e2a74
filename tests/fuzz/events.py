#!/usr/bin/python3
"""Events of gradient flow against SciPy's integrator and root finder."""

import numpy as np
from harness import Skip, close, main, problem
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

import linnet

CLEAR = 1e-5  # how far from a level a value must come to be on its other side for certain


def draw(rng):
    outputs, inputs = rng.integers(1, 4, size=2)
    modes = min(outputs, inputs)
    width = modes + rng.integers(0, 3)
    values = np.sort(rng.uniform(0.4, 3, size=modes))[::-1]
    if modes > 1 and rng.random() < 0.3:
        values[1] = values[0]  # a multiple one
    u, v = np.linalg.qr(rng.normal(size=(outputs, modes)))[0], np.linalg.qr(rng.normal(size=(inputs, modes)))[0]
    size = 10 ** rng.uniform(-2, 0)
    return u @ np.diag(values) @ v.T, values, size * rng.normal(size=(width, inputs)), size * rng.normal(size=(outputs, width))


def reference(y, w1, w2, t_end):
    """The singular values of A at any time."""
    shape1, shape2 = w1.shape, w2.shape

    def velocity(_, theta):
        a, b = theta[: w1.size].reshape(shape1), theta[w1.size :].reshape(shape2)
        r = b @ a - y
        return np.concatenate([-(b.T @ r).ravel(), -(r @ a.T).ravel()])

    path = solve_ivp(velocity, (0, t_end), np.concatenate([w1.ravel(), w2.ravel()]), method="DOP853", rtol=1e-11, atol=1e-13,
                     dense_output=True)

    def singular_values(t):
        theta = path.sol(t)
        return np.linalg.svd(theta[w1.size :].reshape(shape2) @ theta[: w1.size].reshape(shape1), compute_uv=False)

    return singular_values


def crossings(values_at, level, t_end):
    """(mode, time, direction) of each passage from clearly on one side of the level to clearly on the other."""
    times = np.concatenate([np.linspace(0, t_end, 3001), np.geomspace(1e-4, t_end, 1000)])
    times.sort()
    s = np.array([values_at(t) for t in times]) - level
    found = []
    for mode in range(s.shape[1]):
        side, since = np.sign(s[0, mode]), 0
        if abs(s[0, mode]) < CLEAR:
            raise Skip
        for k in range(1, len(times)):
            if abs(s[k, mode]) < CLEAR:
                continue
            if np.sign(s[k, mode]) != side:
                at = brentq(lambda t: values_at(t)[mode] - level, times[since], times[k], xtol=1e-13)
                found.append((mode, at, int(np.sign(s[k, mode]))))
                side = np.sign(s[k, mode])
            since = k
    return sorted(found, key=lambda e: e[1]), s


def compare(events, expected, values_at, level):
    assert sorted((e.mode, e.direction) for e in events) == sorted((m, d) for m, _, d in expected), (events, expected)
    for e in events:
        close(values_at(e.time)[e.mode], level, 2e-7, "the singular value at its event")
    assert list(e.time for e in events) == sorted(e.time for e in events)


def method(rng):
    return rng.choice(["adams", "bdf", "explicit_runge_kutta"])


@problem
def crossings_of_a_level(rng):
    y, values, w1, w2 = draw(rng)
    level = rng.uniform(0.1, 1.2) * values[rng.integers(len(values))]
    t_end = rng.uniform(2, 20)
    values_at = reference(y, w1, w2, t_end)
    expected, s = crossings(values_at, level, t_end)
    if np.min(np.abs(s[-1])) < CLEAR or np.min(np.abs(np.sort(values) - level)) < 1e-3:
        raise Skip
    # A value that turns back near the level may cross it or not, within the uncertainty.
    turns = (np.diff(np.sign(np.diff(s, axis=0)), axis=0) != 0) & (np.abs(s[1:-1]) < 1e-4)
    if turns.any():
        raise Skip
    solver = linnet.GradientFlow(t_end=t_end, method=method(rng), events=linnet.event.threshold_crossing(level))
    compare(linnet.train(linnet.Weights(w1, w2), linnet.tasks.target(y), solver, schedule=linnet.ends()).events, expected, values_at, level)


@problem
def levels_that_are_only_approached(rng):
    """The level is a singular value of the target: a mode that converges to it never crosses it."""
    y, values, w1, w2 = draw(rng)
    if rng.random() < 0.7:  # infinitely wide: each mode rises to its value, while others may pass it and come back
        (outputs, inputs), size = y.shape, np.exp(rng.uniform(-4, 0))
        w1 = size * np.vstack([np.eye(inputs), np.zeros((outputs, inputs))])
        w2 = size * np.hstack([np.zeros((outputs, inputs)), np.eye(outputs)])
    k = rng.integers(len(values))
    level, t_end = values[k], rng.uniform(30, 60)
    values_at = reference(y, w1, w2, t_end)
    expected, s = crossings(values_at, level, t_end)
    resting = np.abs(values - level) < 1e-12
    if np.abs(s[-1, : len(values)][resting]).max() > CLEAR or np.abs(s[:, resting]).min(initial=1) > CLEAR:
        raise Skip  # not there yet
    if (s[:, resting] > 1e-9).any():
        raise Skip  # it comes from above, or passes it and comes back
    solver = linnet.GradientFlow(t_end=t_end, method=method(rng), events=linnet.event.threshold_crossing(level))
    compare(linnet.train(linnet.Weights(w1, w2), linnet.tasks.target(y), solver, schedule=linnet.ends()).events, expected, values_at, level)


@problem
def costs_and_gradients(rng):
    """A falling cost passes each level once, and never passes a level that it only approaches."""
    inputs, outputs, samples = rng.integers(1, 4), rng.integers(1, 4), rng.integers(5, 9)
    x, t = rng.normal(size=(samples, inputs)), rng.normal(size=(samples, outputs))
    width = inputs + outputs
    w1, w2 = 0.3 * rng.normal(size=(width, inputs)), 0.3 * rng.normal(size=(outputs, width))
    best = np.linalg.lstsq(x, t, rcond=None)[0].T

    def cost(a):
        return np.sum((x @ a.T - t) ** 2) / (2 * samples)

    least, start = cost(best), cost(w2 @ w1)
    task, part = linnet.tasks.regression(x, t), rng.uniform(0.01, 0.9)
    kinds = [linnet.event.cost_below(least), linnet.event.cost_below(least + part * (start - least)), linnet.event.gradient_below(1e-6)]
    # A gradient of 1e-6 to three digits needs weights to more digits than those of the default rtol.
    solver = linnet.GradientFlow(t_end=300, rtol=1e-11, method=method(rng), events=kinds)
    run = linnet.train(linnet.Weights(w1, w2), task, solver, record=["cost", "gradient_norm"], schedule=linnet.ends())
    if run["gradient_norm"][-1] > 1e-8:
        raise Skip
    assert [e.name for e in run.events] == ["cost_below", "gradient_below"], run.events
    for event, name, level in zip(run.events, ["cost", "gradient_norm"], [least + part * (start - least), 1e-6]):
        there = linnet.train(linnet.Weights(w1, w2), task, linnet.GradientFlow(t_end=event.time, rtol=1e-11), record=[name], schedule=linnet.ends())
        close(there[name][-1] / level, 1, 1e-3 if name == "gradient_norm" else 1e-6, name)


@problem
def ends_of_a_flow_with_decay(rng):
    """Its end is no minimum of the cost alone, and cost and gradient that are approached there are not crossed again and again."""
    count = int(rng.integers(1, 4))
    y = np.sort(rng.uniform(0.5, 3, size=count))[::-1]
    decay, kappa, t_end = rng.uniform(0.02, 0.3), 10 ** rng.uniform(-3, 0), rng.uniform(60, 200)

    def velocity(t, a):
        return 2 * np.hypot(kappa * np.exp(-2 * decay * t), a) * (y - a) - 2 * decay * a

    path = solve_ivp(velocity, (0, t_end), np.zeros(count), method="DOP853", rtol=1e-12, atol=1e-14, dense_output=True)
    left = y[:, None] - path.sol(np.unique(np.concatenate([np.linspace(0, t_end, 20001), np.geomspace(1e-4, t_end, 2000)])))
    end = left[:, -1]
    kinds, expected = [], {}
    for name, event, values in [("cost_below", linnet.event.cost_below, np.sum(left**2, axis=0) / 2),
                                ("gradient_below", linnet.event.gradient_below, np.linalg.norm(left, axis=0))]:
        level = count * decay**2 / 2 if name == "cost_below" else np.sqrt(count) * decay
        if 1e-10 * level < level - values.min() < 1e-5 * level:
            raise Skip  # hardly below
        clear = values[np.abs(values - level) > 1e-6 * level]
        expected[name] = int(np.sum((clear[:-1] > level) & (clear[1:] < level)))
        kinds.append(event(level))
    if np.abs(end - decay).max() > 1e-9:
        raise Skip  # not there yet
    solver = linnet.GradientFlow(t_end=t_end, weight_decay=decay, method=method(rng), events=kinds)
    start = [linnet.infinite_width((count, count), scale=kappa), linnet.SelfConsistent(np.zeros((count, count)), kappa)][rng.integers(2)]
    run = linnet.train(start, linnet.tasks.target(np.diag(y)), solver, schedule=linnet.ends())
    found = {name: sum(e.name == name for e in run.events) for name in expected}
    assert found == expected, f"{found}, expected {expected}: {run.events}"


if __name__ == "__main__":
    main()
