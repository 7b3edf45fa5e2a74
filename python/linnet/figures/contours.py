"""Contours of a map: their levels, and their labels where there is room."""

from __future__ import annotations

import math
from typing import Any, List, Optional, Tuple

import numpy as np
from contourpy import contour_generator
from matplotlib.ticker import MaxNLocator

from .data import Axis
from .labels import width

ASPECT = 0.9  # of the axes: distances are those seen


def levels(variable: str, least: float, most: float, logarithmic: bool) -> List[float]:
    if variable.endswith("test_error"):
        quarters = [q for q in (0.25, 0.5, 0.75) if least < q < most]
        if len(quarters) > 1:
            return quarters
    if not logarithmic:
        return [v for v in MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]).tick_values(least, most) if least < v < most]
    # Decades, or every second or third so that they stay few; 3, 30, … too when there are hardly any.
    decades = math.log10(most / least)
    stride = max(1, math.ceil(decades / 5))
    first = math.ceil(math.log10(1.2 * least) / stride) * stride - stride
    exponents = range(first, math.ceil(math.log10(most)) + 1, stride)
    candidates = [f * 10.0**e for e in exponents for f in ((1, 3) if decades < 3 else (1,))]
    return [v for v in candidates if 1.2 * least < v < most / 1.2]


def _at(axis: Axis, index: np.ndarray) -> np.ndarray:
    """The place on the axis at a fractional index."""
    places = np.log(axis.places) if axis.logarithmic else axis.places
    at = np.interp(index, np.arange(axis.size), places)
    return np.exp(at) if axis.logarithmic else at


class Contours:
    """Of values on a grid of x by y, linear between neighbours; none in cells with a hole at a corner."""

    def __init__(self, x: Axis, y: Axis, values: np.ndarray) -> None:
        self.x, self.y = x, y
        self.extent = np.array([x.size - 1, y.size - 1])
        self.small = min(x.size, y.size) < 8
        self.lines_at = contour_generator(z=np.ma.masked_invalid(values.T), corner_mask=False).lines
        self.taken: List[np.ndarray] = []  # where labels are

    def draw(self, ax: Any, level: float, text: str, ink: str, obstacles: np.ndarray) -> None:
        """The lines of a level, broken where the label is. Obstacles are in shares of the axes."""
        lines = [line for line in self.lines_at(level) if len(line) > 1]
        if not self.small:  # specks of noise are no lines
            lines = [line for line in lines if (np.ptp(line, axis=0) >= 2.5).any()]
        lines = [self._refined(line) for line in lines]
        if not lines:
            return
        half = np.array([0.2 * width(text) + 0.02, 0.028])
        label = self._roomiest(lines, half[0], obstacles)
        for line in lines:
            shown = line.copy()
            if label is not None:
                shown[(np.abs(self._paper(line) - self._paper(label)) < half).all(-1)] = np.nan
            ax.plot(_at(self.x, shown[:, 0]), _at(self.y, shown[:, 1]), color=ink, linewidth=0.7)
        if label is not None:
            self.taken.append(self._paper(label))
            ax.text(float(_at(self.x, label[0])), float(_at(self.y, label[1])), text, color=ink, fontsize=7, ha="center", va="center")

    def _paper(self, points: np.ndarray) -> np.ndarray:
        """In widths of the axes."""
        return points / self.extent * [1, ASPECT]

    def _refined(self, line: np.ndarray) -> np.ndarray:
        """Points close enough that the line can be broken where a label begins."""
        along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(self._paper(line), axis=0).T))])
        at = np.unique(np.concatenate([along, np.arange(0, along[-1], 0.008)]))
        return np.stack([np.interp(at, along, line[:, k]) for k in (0, 1)], -1)

    def _roomiest(self, lines: List[np.ndarray], half: float, obstacles: np.ndarray) -> Optional[np.ndarray]:
        """The point that is farthest from the frame, the other lines and labels; else where it touches none of them."""
        points = np.concatenate(lines)
        p = self._paper(points)
        edge = np.min([p[:, 0] - half, 1 - half - p[:, 0], p[:, 1] - 0.02, ASPECT - 0.02 - p[:, 1]], axis=0)
        labels, others = _nearest(p, np.array(self.taken)), _nearest(p, obstacles)
        strict = np.min([edge + 0.06, 0.8 * labels, others - 0.6 * half + 0.06], axis=0)
        middle = np.hypot(*(p - [0.5, 0.5 * ASPECT]).T)
        score = np.minimum(strict, 0.3) - 0.02 * middle
        if score.max() > 0.085:
            return points[score.argmax()]
        loose = np.min([edge + 0.02, 0.8 * labels - 0.07, np.where(others < 0.015, -1, others + 0.02)], axis=0)
        return points[loose.argmax()] if loose.max() > 0 else None


def _nearest(points: np.ndarray, others: np.ndarray) -> np.ndarray:
    if not others.size:
        return np.full(len(points), np.inf)
    return np.hypot(*(points[:, None] - others[None]).transpose(2, 0, 1)).min(1)




def segments(ends: Tuple[np.ndarray, np.ndarray], x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Dots along a straight line, in widths of the axes."""
    dots = np.linspace(ends[0], ends[1], 81)
    return np.stack([(dots[:, 0] - x[0]) / (x[-1] - x[0]), (dots[:, 1] - y[0]) / (y[-1] - y[0]) * ASPECT], -1)
