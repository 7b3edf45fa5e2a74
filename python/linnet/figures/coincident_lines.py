"""Lines that lie on each other are drawn by turns, so that each is seen."""

from __future__ import annotations

from typing import Any, Dict, List, Sequence, Tuple

import numpy as np

from .scales import Ends

THICKNESS = 0.01  # of a line, as a share of the axis


def _coincide(a: np.ndarray, b: np.ndarray) -> bool:
    """Wherever one of them is within the axes, but for a twentieth, they are closer than the thickness of a line."""
    with np.errstate(invalid="ignore"):
        seen = ((a >= 0) & (a <= 1)) | ((b >= 0) & (b <= 1))
        apart = ~(np.abs(a - b) <= THICKNESS) & seen
    return bool(seen.any()) and 20 * apart.sum() <= seen.sum()


def coincident(lines: Sequence[np.ndarray], ends: Ends) -> List[Tuple[int, int]]:
    """Of each line, given by its values at the same places along x: (which, of how many) that coincide."""
    heights = [ends.height(np.asarray(line, float)) for line in lines]
    result: List[Tuple[int, int]] = [(0, 1)] * len(lines)
    placed = [False] * len(lines)
    for i, height in enumerate(heights):
        if placed[i]:
            continue
        group = [i] + [k for k in range(i + 1, len(lines)) if not placed[k] and _coincide(height, heights[k])]
        for which, k in enumerate(group):
            result[k], placed[k] = (which, len(group)), True
    return result


def turns(twin: Tuple[int, int]) -> Dict[str, Any]:
    """The first is whole; the dashes of those above it leave it visible."""
    which, of = twin
    return {"linestyle": (0, (6 * (of - which), 6 * which))} if which else {}
