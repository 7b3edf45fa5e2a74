"""The exact solution as a straightforward NumPy function: matrix exponentials and an inverse, as the formula is written.

    G(t) = e^{Ft} Q_0 (I + Q_0^T N(t) Q_0)^{-1} Q_0^T e^{Ft},  N(t) = F^{-1} (e^{2Ft} - I) / 2,  F = [[-l/2, Y^T], [Y, l/2]]

`compare` times it beside linnet.ExactFlow on the same weights and gives the difference: each G(t) a call of its own, and
many t, which linnet takes in one call.
"""

import time
import warnings

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


def reflected(a0):
    return np.vstack([-a0[:1], a0[1:]])


def seconds(f):
    began = time.perf_counter()
    f()
    return time.perf_counter() - began


def paired(naive, ours, rounds=15):
    """The medians of both in seconds, and that of their ratio, round by round: other work on the machine slows both."""

    def one():
        slow = seconds(naive)
        time.sleep(0.1)  # the threads of NumPy's BLAS go on spinning for a while, and would slow what comes next
        return slow, seconds(ours)

    times = np.array([one() for _ in range(rounds)])
    return *np.median(times, axis=0), np.median(times[:, 0] / times[:, 1])


def compare(linnet, dim, cases):
    """(what, NumPy's seconds, linnet's, multiple, relative difference of G) for lambda-balanced networks of width dim: each
    (lambda, t, at a saddle?) of `cases`, and lambda = 1 at many times. Square zero-balanced weights end in a saddle where
    det A_0 det Y < 0: with one row of A_0 reflected they do, or no longer do."""
    y = np.random.default_rng(1).normal(size=(dim, dim)) / np.sqrt(dim)
    free = linnet.random_end_to_end((dim, dim), rank=dim, scale=0.1, seed=1)
    if np.linalg.slogdet(free)[0] != np.linalg.slogdet(y)[0]:
        free = reflected(free)

    def prepared(balance, saddle=False):
        start = linnet.balanced(reflected(free) if saddle else free, balance=balance, width=dim)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # of the saddle
            flow = linnet.ExactFlow(start, linnet.tasks.target(y))
        assert flow.at_saddle == saddle
        q0 = np.vstack([start.w1.T, start.w2])
        return lambda t: gram(y, q0, balance, t), flow

    difference = lambda naive, exact: np.abs(naive - exact).max() / np.abs(exact).max()  # noqa: E731
    for balance, t, saddle in cases:
        naive, flow = prepared(balance, saddle)
        times = paired(lambda: naive(t), lambda: flow.state(t))
        yield f"λ = {balance:g}, t = {t:g}{', at a saddle' if saddle else ''}", *times, difference(naive(t), flow.gram(t))
    many = np.linspace(0.1, 2, 16)
    naive, flow = prepared(1.0)
    times = paired(lambda: np.array([naive(t) for t in many]), lambda: flow.gram(many), rounds=5)
    yield "λ = 1, 16 times up to 2, in one call", *times, difference(np.array([naive(t) for t in many]), flow.gram(many))
