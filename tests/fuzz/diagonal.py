#!/usr/bin/python3
"""Diagonal networks against plain loops on their weights."""

import numpy as np
from harness import Skip, close, main, problem
from scipy.integrate import solve_ivp

import linnet


def draw(rng):
    inputs, samples = rng.integers(1, 12), rng.integers(1, 10)
    x, t = rng.normal(size=(samples, inputs)), rng.normal(size=samples)
    size = 10 ** rng.uniform(-2, 0.3)
    return x, t, size * rng.normal(size=inputs), size * rng.normal(size=inputs)


def gradient(x, t, s):
    return x.T @ (x @ s - t) / len(t)


@problem
def descent_of_the_weights(rng):
    x, t, w, a = draw(rng)
    steps = rng.uniform(0.01, 0.2, size=2) / max(1, np.linalg.norm(x.T @ x / len(t), 2))
    if rng.random() < 0.5:
        steps[1] = steps[0]
    order, count = rng.choice(["simultaneous", "sequential"]), int(rng.integers(1, 60))
    start = linnet.Diagonal.from_weights(w, a, rates=tuple(steps))
    for _ in range(count):
        g = gradient(x, t, w * a)
        moved = w - steps[0] * a * g
        a = a - steps[1] * (w if order == "simultaneous" else moved) * g
        w = moved
    solver = linnet.GradientDescent(step=tuple(steps), order=order, max_steps=count)
    run = linnet.train(start, linnet.tasks.regression(x, t[:, None]), solver, record=["mirror_potential", "cost"])
    if run.status != "completed":
        raise Skip
    kappa = np.sqrt(np.prod(steps)) * np.abs(a**2 / steps[1] - w**2 / steps[0]) / 2
    close(run.final.values, w * a, 1e-9, "s")
    close(run.final.thresholds, kappa, 1e-9, "kappa")
    s = w * a
    psi = np.sum(s * np.arcsinh(s / kappa) - np.hypot(kappa, s) + kappa) / 2
    close(run["mirror_potential"][-1], psi, 1e-8, "potential")


@problem
def one_threshold(rng):
    """s and κ determine the steps: all weights with the same s and κ take the same steps."""
    x, t, s, _ = draw(rng)
    kappa, step, count = np.exp(rng.uniform(-4, 1)), rng.uniform(0.01, 0.2) / max(1, np.linalg.norm(x.T @ x / len(t), 2)), 25
    larger = np.sqrt(np.hypot(kappa, s) + kappa)
    w, a = (larger, s / larger) if rng.random() < 0.5 else (s / larger, larger)
    for _ in range(count):
        g = gradient(x, t, w * a)
        w, a = w - step * a * g, a - step * w * g
    run = linnet.train(linnet.Diagonal(s, kappa), linnet.tasks.regression(x, t[:, None]), linnet.GradientDescent(step=step, max_steps=count))
    if run.status != "completed":
        raise Skip
    close(run.final.values, w * a, 1e-9, "s")
    close(run.final.thresholds, np.abs(a**2 - w**2) / 2, 1e-9, "kappa")


@problem
def flow_keeps_each_threshold(rng):
    x, t, w, a = draw(rng)
    rates, t_end = rng.uniform(0.3, 2, size=2), rng.uniform(0.1, 2)
    n = len(w)

    def velocity(_, q):
        g = gradient(x, t, q[:n] * q[n:])
        return np.concatenate([-rates[0] * q[n:] * g, -rates[1] * q[:n] * g])

    end = solve_ivp(velocity, (0, t_end), np.concatenate([w, a]), method="DOP853", rtol=1e-11, atol=1e-13).y[:, -1]
    start = linnet.Diagonal.from_weights(w, a, rates=tuple(rates))
    run = linnet.train(start, linnet.tasks.regression(x, t[:, None]), linnet.GradientFlow(t_end=t_end, rates=tuple(rates), rtol=1e-10, atol=1e-13),
                       schedule=linnet.ends())
    close(run.final.values, end[:n] * end[n:], 1e-6, "s")
    close(run.final.thresholds, start.thresholds, 0, "kappa")


if __name__ == "__main__":
    main()
