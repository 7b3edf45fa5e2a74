"""What the weights of one neuron cannot leave: η_w a² − η_a|w|² is what it is at the start."""

from __future__ import annotations

from typing import List, Optional, Tuple

import numpy as np

from .data import Data


def rates(data: Data) -> Tuple[float, float]:
    found = data.numbers("neuron_rates")
    return (found[0], found[1]) if len(found) > 1 else (1.0, 1.0)


def hyperbolas(data: Data, paths: List[np.ndarray], low: np.ndarray, high: np.ndarray) -> List[np.ndarray]:
    """Of (w, a), one for each δ among the starts, as far as the picture reaches: two branches each."""
    first, second = rates(data)
    drawn: List[float] = []
    branches = []
    for w, a in (path[0] for path in paths):
        delta = first * a * a - second * w * w
        if any(abs(d - delta) <= 1e-9 * (first * a * a + second * w * w) for d in drawn):
            continue
        drawn.append(delta)
        # Along w where both branches are over all of it, else along a.
        k = 0 if delta >= 0 else 1
        at = np.linspace(low[k], high[k], 241)
        squares = (delta + second * at**2) / first if k == 0 else (first * at**2 - delta) / second
        other = np.sqrt(np.where(squares >= 0, squares, np.nan))
        for sign in (1, -1):
            branches.append(np.stack([at, sign * other] if k == 0 else [sign * other, at]))
    return branches


def conserved(data: Data, weights: np.ndarray) -> float:
    """delta of (w_1, w_2, a)."""
    first, second = rates(data)
    return float(first * weights[2] ** 2 - second * (weights[0] ** 2 + weights[1] ** 2))


def surfaces(data: Data, paths: List[np.ndarray]) -> List[np.ndarray]:
    """Of (w_1, w_2, a), sheet by sheet as a net of points (3 × along × around), as far as the paths go."""
    first, second = rates(data)
    delta = conserved(data, paths[0][0])
    every = np.concatenate(paths)
    radius = 1.05 * np.hypot(every[:, 0], every[:, 1]).max()
    low, high = every[:, 2].min(), every[:, 2].max()
    fine = 2 if data.numbers("cost_target") else 1  # shaded by the cost
    angle = np.linspace(0, 2 * np.pi, 36 * fine + 1)[None]
    part = np.linspace(0, 1, 12 * fine + 1)[:, None]
    sheets = []
    for sign in (1, -1):
        if delta < 0:  # of one sheet
            if sign < 0:
                continue
            height = low + part * (high - low)
            around = np.sqrt((first * height**2 - delta) / second)
        else:
            if sign * high <= 0 and sign * low <= 0:
                continue
            around = part * radius
            height = sign * np.sqrt((delta + second * around**2) / first)
        sheets.append(np.stack([around * np.cos(angle), around * np.sin(angle), height + 0 * angle]))
    return sheets


def loss(data: Data, weights: np.ndarray) -> Optional[np.ndarray]:
    """(beta - beta*)^T Sigma (beta - beta*) / 2 of beta = a w, weights along the first axis; None where the file has no such cost."""
    target, covariance = data.numbers("cost_target"), data.numbers("cost_covariance")
    if len(target) != 2 or len(covariance) != 4:
        return None
    away = weights[2] * weights[:2] - np.array(target).reshape((2,) + (1,) * (weights.ndim - 1))
    return np.einsum("i...,ij,j...->...", away, np.array(covariance).reshape(2, 2), away) / 2


def minima(data: Data, path: np.ndarray, extent: float) -> List[np.ndarray]:
    """Where the cost is least on the surface of a path, one curve (3 x points) for each sign of a: a point of each, or for
    inputs along one line a curve, up to |w_1|, |w_2|, |a| = extent."""
    target, covariance = data.numbers("cost_target"), data.numbers("cost_covariance")
    if len(target) != 2 or len(covariance) != 4:
        return []
    first, second = rates(data)
    delta = conserved(data, path[0])
    values, vectors = np.linalg.eigh(np.array(covariance).reshape(2, 2))
    beta = np.array(target)[:, None]
    if values[0] <= 1e-9 * values[1]:
        beta = beta + vectors[:, :1] * np.linspace(-1, 1, 401) * 2 * extent**2
    squares = (delta + np.sqrt(delta**2 + 4 * first * second * (beta**2).sum(0))) / (2 * first)
    found = []
    for sign in (1, -1):
        a_of = sign * np.sqrt(squares)
        with np.errstate(divide="ignore", invalid="ignore"):
            curve = np.concatenate([beta / a_of, a_of[None]])
        inside = np.isfinite(curve).all(0) & (np.abs(curve) <= extent).all(0)
        found.append(np.where(inside, curve, np.nan))
    return [curve for curve in found if np.isfinite(curve).any()]
