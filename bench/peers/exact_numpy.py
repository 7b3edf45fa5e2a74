"""The exact solution as a straightforward NumPy function: matrix exponentials and an inverse, as the formula stands.

    G(t) = e^{Ft} Q_0 (I + Q_0^T N(t) Q_0)^{-1} Q_0^T e^{Ft},  N(t) = F^{-1} (e^{2Ft} - I) / 2,  F = [[-l/2, Y^T], [Y, l/2]]

`compare` times it beside linnet.ExactFlow on the same weights and gives the difference: each G(t) a call of its own, and
many t, which linnet takes in one call.
"""

import time

import numpy as np


def expm(f):
    values, vectors = np.linalg.eigh(f)  # F is symmetric: the fastest exponential that NumPy has
    return (vectors * np.exp(values)) @ vectors.T


def gram(y, q0, balance, t):
    n2, n0 = y.shape
    f = np.block([[-balance / 2 * np.eye(n0), y.T], [y, balance / 2 * np.eye(n2)]])
    e = expm(f * t)
    n = np.linalg.solve(f, e @ e - np.eye(n0 + n2)) / 2
    moved = e @ q0
    return moved @ np.linalg.solve(np.eye(q0.shape[1]) + q0.T @ n @ q0, moved.T)


def least(f, repeats=5):
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        f()
        times.append(time.perf_counter() - began)
    return min(times)


def compare(linnet, dim, times):
    """(what, NumPy's seconds, linnet's, relative difference of G) for a lambda-balanced network of width dim."""
    rng = np.random.default_rng(1)
    y = rng.normal(size=(dim, dim)) / np.sqrt(dim)
    a0 = linnet.random_end_to_end((dim, dim), rank=dim, scale=0.1, seed=1)
    start = linnet.balanced(a0, balance=1.0, width=dim)
    q0 = np.vstack([start.w1.T, start.w2])
    flow = linnet.ExactFlow(start, linnet.tasks.target(y))
    for t in times:
        naive, exact = gram(y, q0, 1.0, t), flow.gram(t)
        difference = np.abs(naive - exact).max() / np.abs(exact).max()
        yield f"t = {t}", least(lambda: gram(y, q0, 1.0, t)), least(lambda: flow.state(t)), difference
    many = np.linspace(0.1, 2, 16)
    naive, exact = np.array([gram(y, q0, 1.0, t) for t in many]), flow.gram(many)
    difference = np.abs(naive - exact).max() / np.abs(exact).max()
    yield ("16 times up to 2, in one call", least(lambda: [gram(y, q0, 1.0, t) for t in many]),
           least(lambda: flow.gram(many)), difference)
