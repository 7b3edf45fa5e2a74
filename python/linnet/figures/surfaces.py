"""What the weights of one neuron cannot leave: η_w a² − η_a|w|² is what it is at the start."""

from __future__ import annotations

from typing import List, Tuple

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


def surfaces(data: Data, paths: List[np.ndarray]) -> List[np.ndarray]:
    """Of (w_1, w_2, a), sheet by sheet as a net of points (3 × along × around), as far as the paths go."""
    first, second = rates(data)
    w1, w2, a = paths[0][0]
    delta = first * a * a - second * (w1 * w1 + w2 * w2)
    every = np.concatenate(paths)
    radius = 1.05 * np.hypot(every[:, 0], every[:, 1]).max()
    low, high = every[:, 2].min(), every[:, 2].max()
    angle = np.linspace(0, 2 * np.pi, 37)[None]
    part = np.linspace(0, 1, 13)[:, None]
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
