"""Ranges and scales of axes: linear or logarithmic as the numbers ask for it, with ticks that can be read."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, List, Optional, Tuple

import numpy as np
from matplotlib.ticker import FixedFormatter, FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullFormatter, NullLocator

from . import labels
from .data import Axis, Data, Variable


class Range:
    def __init__(self, *arrays: Any) -> None:
        self.least, self.most, self.least_positive, self.empty = 0.0, 0.0, 0.0, True
        for values in arrays:
            self.include(values)

    def include(self, values: Any) -> None:
        known = np.asarray(values, float).ravel()
        known = known[np.isfinite(known)]
        if known.size == 0:
            return
        least, most = float(known.min()), float(known.max())
        self.least, self.most = (least, most) if self.empty else (min(self.least, least), max(self.most, most))
        positive = known[known > 0]
        if positive.size:
            p = float(positive.min())
            self.least_positive = min(self.least_positive, p) if self.least_positive > 0 else p
        self.empty = False

    def spans(self, decades: float) -> bool:
        """Positive somewhere, negative nowhere, and more than so many decades from least to most."""
        return not self.empty and self.least >= 0 and self.least_positive > 0 and math.log10(self.most / self.least_positive) > decades


@dataclass
class Asked:
    """What the attribute `axis_scale` says: "linear", "logarithmic", "own" (a range for each panel), two limits."""

    kind: str = ""
    own: bool = False
    limits: Optional[Tuple[float, float]] = None

    @classmethod
    def of(cls, variable: Variable) -> "Asked":
        words = variable.text("axis_scale").split()
        kinds = [w for w in words if w in ("linear", "logarithmic")]
        numbers = []
        for word in words:
            try:
                numbers.append(float(word))
            except ValueError:
                continue
        limits = (numbers[0], numbers[1]) if len(numbers) == 2 and numbers[0] < numbers[1] else None
        return cls(kinds[-1] if kinds else "", "own" in words, limits)

    def decades(self, otherwise: float) -> float:
        """Over how many decades values lie on a logarithmic axis."""
        return 0 if self.kind == "logarithmic" else otherwise

    def shown(self, of: Range) -> Range:
        if of.empty:
            return of
        if self.limits:
            of.least, of.most = self.limits
            of.least_positive = max(self.limits[0], 0.0)
        if self.kind == "linear":
            of.least_positive = 0
        return of


@dataclass
class Ends:
    """Of a y axis."""

    least: float = 0
    most: float = 1
    logarithmic: bool = False

    def height(self, values: np.ndarray) -> np.ndarray:
        """From 0 at the foot to 1 at the top."""
        if not self.logarithmic:
            return (values - self.least) / (self.most - self.least)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.log(values / self.least) / math.log(self.most / self.least)

    def set(self, ax: Any) -> None:
        if self.logarithmic:
            ax.set_yscale("log")
        ax.set_ylim(self.least, self.most)
        if self.logarithmic:
            ticks_of_decades(ax.yaxis, self.least, self.most)
        else:
            linear_ticks(ax.yaxis)


def fitting(of: Range, decades: float = 2) -> Ends:
    """A logarithmic axis when the values span more than so many decades, else a linear one that starts at 0 if 0 is
    near. With a little room."""
    if of.empty or (of.least == 0 and of.most == 0):
        return Ends()
    if of.spans(decades):
        lowest = max(of.least_positive, 1e-16 * of.most)  # further below there is nothing but rounding
        if lowest < of.most:
            room = (of.most / lowest) ** 0.04
            return Ends(lowest / room, of.most * room, True)
    from_zero = of.least >= 0 and of.least < 0.3 * of.most
    constant = of.least == of.most
    extent = max(of.most - of.least, (10 if constant else 1e-3) * abs(of.most))
    return Ends(0 if from_zero else of.least - 0.05 * extent, of.most + 0.05 * extent)


def decade_ticks(least: float, most: float, most_ticks: int = 9) -> List[float]:
    """Powers of ten; 1, 2 and 5 times them where there would be one or two."""
    low, high = math.floor(math.log10(least)), math.ceil(math.log10(most))
    if most > 100 * least:
        stride = max(1, math.ceil((high - low) / most_ticks))
        ticks = [10.0**e for e in range(low, high + 1) if e % stride == 0]
    else:
        ticks = [d * 10.0**e for e in range(low, high + 1) for d in (1, 2, 5)]
    return [t for t in ticks if least * (1 - 1e-9) <= t <= most * (1 + 1e-9)]


def tick_texts(ticks: List[float]) -> List[str]:
    """All of a kind: powers of ten where one of them would be a long number."""
    if all(0.9e-3 <= t < 1e5 for t in ticks):
        return [labels.number(t) for t in ticks]
    texts = []
    for t in ticks:
        exponent = math.floor(math.log10(t) + 1e-9)
        factor = round(t / 10.0**exponent)
        texts.append(labels.raised("10" if factor == 1 else f"{factor}·10", str(exponent).replace("-", "−")))
    return texts


def ticks_of_decades(axis: Any, least: float, most: float, most_ticks: int = 9) -> None:
    ticks = decade_ticks(least, most, most_ticks)
    axis.set_major_locator(FixedLocator(ticks))
    axis.set_major_formatter(FixedFormatter(tick_texts(ticks)))
    # Marks between them, as long as they can be told apart.
    many = math.log10(most / least) > 8
    axis.set_minor_locator(NullLocator() if many else LogLocator(subs=range(2, 10), numticks=12))
    axis.set_minor_formatter(NullFormatter())


def _symmetric_ticks(axis: Axis, inches: float, upright: bool) -> Tuple[List[float], List[str], List[float]]:
    """0 and decades of the unit, as many named as there is room for."""
    least, most = float(axis.places.min()), float(axis.places.max())
    decades = math.floor(max(abs(least), abs(most)) + 1e-9)
    text = lambda p: labels.number(math.copysign(axis.unit * 10.0 ** (abs(p) - 1), p) if p else 0)  # noqa: E731
    extent = lambda p: 0.11 if upright else labels.width(text(p), 7)  # noqa: E731
    gap, decade = 0.05, inches / max(1.0, most - least)
    widest = max(extent(-decades), extent(-1 if least < 0 else 1))
    stride = max(1, math.ceil((widest + gap) / decade))
    named, bare = [], []
    for p in range(-decades, decades + 1):
        if not least - 1e-9 <= p <= most + 1e-9:
            continue
        beside_zero = abs(p) * decade < (extent(p) + extent(0)) / 2 + gap
        (named if p == 0 or ((decades - abs(p)) % stride == 0 and not beside_zero) else bare).append(float(p))
    return named, [text(int(p)) for p in named], bare


def _value_ticks(axis: Axis, inches: float) -> List[str]:
    """Names of the values of a logarithmic axis: the ends, and between them what has room."""
    order = np.argsort(axis.values)[::-1]
    texts = [labels.number(v, 4) for v in axis.values]
    span = math.log(axis.values.max() / axis.values.min()) or 1
    left, foot = math.inf, labels.width(texts[order[-1]], 7) / 2
    named = [""] * axis.size
    for k in order:
        at = inches * math.log(axis.values[k] / axis.values.min()) / span
        half, gap = labels.width(texts[k], 7) / 2, 0.05
        if k == order[0] or k == order[-1] or (at + half + gap <= left and at - half - gap >= foot):
            named[k], left = texts[k], at - half
    return named


def along(axis: Axis, ax: Any, which: str = "x", ends: Optional[np.ndarray] = None, inches: float = 2.3, values: bool = False) -> None:
    """Scale, ticks and label of x or y by a dimension. `ends` are those of cells; else there is a little room."""
    mine = ax.xaxis if which == "x" else ax.yaxis
    least, most = (float(axis.places.min()), float(axis.places.max())) if ends is None else (float(ends[0]), float(ends[-1]))
    (ax.set_xlabel if which == "x" else ax.set_ylabel)(axis.label)
    if axis.logarithmic:
        (ax.set_xscale if which == "x" else ax.set_yscale)("log")
        factor = (most / least) ** 0.04 if most > least else 2
        room = (least / factor, most * factor)
    else:
        margin = 0.03 * (most - least) if most > least else 1
        room = (least - margin, most + margin)
    (ax.set_xlim if which == "x" else ax.set_ylim)(*(room if ends is None else (least, most)))
    if axis.logarithmic and values and axis.size <= 8:
        mine.set_major_locator(FixedLocator(list(axis.values)))
        mine.set_major_formatter(FixedFormatter(_value_ticks(axis, inches)))
        mine.set_minor_locator(NullLocator())
    elif axis.logarithmic:
        ticks_of_decades(mine, *(room if ends is None else (least, most)))
    elif axis.unit:
        named, texts, bare = _symmetric_ticks(axis, inches, which == "y")
        mine.set_major_locator(FixedLocator(named))
        mine.set_major_formatter(FixedFormatter(texts))
        mine.set_minor_locator(FixedLocator(bare))
    else:
        linear_ticks(mine)


def linear_ticks(axis: Any, most: int = 7) -> None:
    axis.set_major_locator(MaxNLocator(most, steps=[1, 2, 5, 10]))
    axis.set_major_formatter(FuncFormatter(_number))


def _number(value: float, _: int) -> str:
    return labels.number(value, 6)


class TimeAxis:
    """Steps of gradient descent where the solver took steps, otherwise time; the label defines t."""

    def __init__(self, data: Data) -> None:
        time = data.axis("time")
        times = np.arange(1.0, time.size + 1) if time.of_texts else time.values
        self.label = ["gradient-flow time t"]
        self.values = times
        steps = data.variables.get("step")
        if data.is_run and data.text("solver") == "descent" and steps is not None and steps.dims == ("time",):
            self.values = steps.values.astype(float)
            self.label = ["step k of gradient descent"]
            if times.size > 1 and self.values[-1] > 0:
                self.label.append(f"gradient-flow time t = ηk, η = {labels.number(times[-1] / self.values[-1])}")
        elif data.is_run:
            self.label.append("(step size × steps of gradient descent)")
        of = Range(self.values)
        middle = self.values[len(self.values) // 2] if self.values.size else 0
        self.logarithmic = of.spans(1) and 0 < middle < 0.05 * of.most
        self.start = of.least_positive if self.logarithmic else of.least
        self.instant = not of.most > self.start
        self.end = self.start + 1 if self.instant else of.most
        rate = self.values[-1] / times[-1] if times.size and times[-1] else 1
        starts = [rate * t for t in data.numbers("tasks_start")]
        self.tasks = [t for t in starts if self.start < t < self.end]
        # A picture has fewer dots across than this; a long run is thinned.
        stride = len(self.values) // 4000 + 1
        self.kept = np.unique(np.append(np.arange(0, len(self.values), stride), len(self.values) - 1)) if self.values.size else np.arange(0)
        self.x = self.values[self.kept]
        # A single instant is a point.
        self.marker = {"marker": "o", "markersize": 3.5} if self.instant else {}

    def set(self, ax: Any) -> None:
        if self.logarithmic:
            ax.set_xscale("log")
        ax.set_xlim(self.start, self.end)
        if self.logarithmic:
            ticks_of_decades(ax.xaxis, self.start, self.end, 5)
        else:
            linear_ticks(ax.xaxis)
        ax.set_xlabel("\n".join(self.label))
        for t in self.tasks:
            ax.axvline(t, color="#8C8C8C", linewidth=0.7, zorder=1)
