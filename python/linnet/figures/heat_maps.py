"""Maps of a result over two axes of a sweep: exact cells, contours, regime lines; what failed is hatched."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, List, Optional, Tuple

import numpy as np
from matplotlib.collections import PolyCollection
from matplotlib.colors import LogNorm, Normalize

from . import contours
from .data import Axis, Data, names, nothing_to_plot, panel_titles, size, take
from .labels import long_label, lowered, number, plain, short_label
from .page import HALO, Entry, Panel, line_entry, patch_entry, points_entry
from .scales import Asked, Range, along, decade_ticks, tick_texts
from .style import INK, MISSING, SEQUENTIAL

HATCH = "/////"
STAR = {"color": "white", "marker": "*", "markersize": 9, "markeredgecolor": "black", "markeredgewidth": 0.8}
MOST_MAPS = 6  # of one variable


@dataclass
class Colours:
    """The scale of a map's colours."""

    least: float = 0
    most: float = 1
    logarithmic: bool = False
    zeros: bool = False  # drawn as the least positive value
    below: bool = False  # there are values beyond the ends
    above: bool = False

    @classmethod
    def of(cls, values: np.ndarray, asked: Asked) -> "Colours":
        whole, of = Range(values), asked.shown(Range(values))
        if of.empty:
            return cls()
        logarithmic = of.spans(asked.decades(1.7))
        zeros = logarithmic and whole.least <= 0
        least = of.least_positive if logarithmic else of.least
        # A map of one value has a colour too.
        most = of.most if of.most > least else least + max(1e-9, 1e-3 * abs(least))
        limited = asked.limits is not None
        return cls(least, most, logarithmic, zeros, limited and not zeros and whole.least < of.least, limited and whole.most > of.most)

    @property
    def norm(self) -> Normalize:
        return (LogNorm if self.logarithmic else Normalize)(self.least, self.most)

    def place(self, value: float) -> float:
        """From 0, the darkest colour, to 1, the lightest."""
        return float(self.norm(min(max(value, self.least), self.most)))

    def ink(self, value: float) -> str:
        """White on dark colours, black on light ones and on the grey of missing values."""
        return "#FFFFFF" if math.isfinite(value) and self.place(value) <= 0.62 else INK

    def bar(self, ax: Any, mesh: Any, label: str) -> None:
        extend = {(False, False): "neither", (True, False): "min", (False, True): "max", (True, True): "both"}[self.below, self.above]
        bar = ax.figure.colorbar(mesh, cax=ax.inset_axes([1.04, 0, 0.055, 1]), extend=extend)
        bar.set_label(label + (f", 0 shown as {number(self.least)}" if self.zeros else ""))
        bar.outline.set_linewidth(0.6)
        bar.ax.grid(False)
        if self.logarithmic:
            ticks = decade_ticks(self.least, self.most, 8)
            bar.set_ticks(ticks, labels=tick_texts(ticks))
            bar.minorticks_off()


def _regime_lines(data: Data, x: Axis, y: Axis, depth: float) -> List[Tuple[str, Any, Tuple[float, float, float]]]:
    """Text, dashes, and (a, b, c) of a x + b y = c, of the plane of variance and width at a depth."""
    kind = data.text("regime_lines")
    if kind not in ("mixed", "mixed_infinite", "deep") or {x.name, y.name} != {"variance_exponent", "width_exponent"}:
        return []
    variance, width = lowered("γ", "σ²"), lowered("γ", "w")
    at = "1" if depth == 2 else f"1/{depth / 2:g}" if depth % 2 == 0 else f"2/{depth:g}"
    lines: List[Tuple[str, Any, Tuple[float, float, float]]] = [
        (f"active/lazy: {variance} + {width} = {at}", "-", (1, 1, 2 / depth)),
    ]
    if kind != "deep":
        lines.append((f"infinite noise: 2{variance} + {width} = 0", (0, (6, 3)), (2, 1, 0)))
    dim, rank = data.number("dim"), data.number("task_rank")
    if kind == "mixed" and dim > 1 and rank >= 1:
        lines.append((f"underparameterized: w < k = {rank:g}", (0, (1.5, 2)), (0, 1, math.log(rank) / math.log(dim))))
    if x.name == "variance_exponent":
        return lines
    return [(text, dashes, (b, a, c)) for text, dashes, (a, b, c) in lines]


def _clipped(line: Tuple[float, float, float], x: np.ndarray, y: np.ndarray) -> Optional[Tuple[np.ndarray, np.ndarray]]:
    """Where a line crosses the frame."""
    a, b, c = line
    crossings = [(edge, (c - a * edge) / b) for edge in (x[0], x[-1]) if b]
    crossings += [((c - b * edge) / a, edge) for edge in (y[0], y[-1]) if a]
    ends: List[np.ndarray] = []
    for p in np.array(crossings):
        inside = x[0] - 1e-9 <= p[0] <= x[-1] + 1e-9 and y[0] - 1e-9 <= p[1] <= y[-1] + 1e-9
        if inside and not any(np.abs(p - q).sum() < 1e-7 for q in ends):
            ends.append(p)
    return (ends[0], ends[1]) if len(ends) == 2 else None


def _ridge(x: Axis, y: Axis, values: np.ndarray) -> Tuple[np.ndarray, np.ndarray, int]:
    """Where the value is least along y, for each x, and which of them is the least."""
    there = np.flatnonzero(np.isfinite(values).any(1))
    rows = np.nanargmin(values[there], 1)
    return x.places[there], y.places[rows], int(np.argmin(values[there, rows]))


def _gaps(data: Data, values: np.ndarray, failed: np.ndarray) -> List[Entry]:
    """Cells without a number, and means in which some values are missing."""
    known = np.isfinite(values)
    entries = []
    if (failed & known).any():
        entries.append(patch_entry("some seeds diverged or did not finish: the others' mean", "#FFFFFF", HATCH))
    if (failed & ~known).any():
        entries.append(patch_entry("no value: diverged or not finished", MISSING, HATCH))
    if (~failed & ~known).any():
        reason = data.text("missing")
        entries.append(patch_entry("no value" + (f": {plain(reason)}" if reason else ""), MISSING))
    return entries


def roles(axes: List[Axis]) -> Tuple[Axis, Axis, Optional[Axis]]:
    """Two axes of numbers, and perhaps one of texts or of few numbers, which are compared."""
    every = names(axes)
    compared = None
    if len(axes) == 3:
        shortest = min(axes, key=lambda a: a.size)
        compared = take(axes, lambda a: a.of_texts) or (take(axes, lambda a: a is shortest) if shortest.size <= MOST_MAPS else None)
    least = 2 if compared is None else 3  # two rows are compared better as lines
    if len(axes) != 2 or not all(not a.of_texts and a.size >= least and a.distinct for a in axes):
        raise nothing_to_plot("two axes of numbers for a heat map", ", ".join(every) or "none")
    x, y = axes
    return (y, x, compared) if (x.name, y.name) == ("width_exponent", "variance_exponent") else (x, y, compared)


def panels(data: Data, name: str) -> List[Panel]:
    variable = data[name]
    x, y, compared = roles(data.varied(variable))
    order = names(compared, x, y)
    (x, columns), (y, rows) = x.sorted(), y.sorted()
    shape = (size(compared), x.size, y.size)
    values = data.over(name, order).mean.reshape(shape)[:, columns][:, :, rows]
    failed = data.failed_over(name, order).reshape(shape)[:, columns][:, :, rows]
    titles = panel_titles([] if compared is None else [compared])
    if compared is not None and compared.name == "steps" and compared.values[0] == 0:  # the start, before the first step
        values, failed, titles = values[1:], failed[1:], titles[1:]
    colours = Colours.of(values, Asked.of(variable))

    def regimes_at(p: int) -> List[Tuple[str, Any, Any]]:
        depth = float(compared.values[p]) if compared is not None and compared.name == "depth" else 2.0
        lines = [(text, dashes, _clipped(line, x.edges(), y.edges())) for text, dashes, line in _regime_lines(data, x, y, depth)]
        return [line for line in lines if line[2] is not None]

    ridge = data.text("regime_lines") == "ridge"

    def drawing(part: np.ndarray, lost: np.ndarray, regimes: List[Tuple[str, Any, Any]]) -> Any:
        def draw(ax: Any) -> None:
            _map(ax, x, y, part, lost, colours, short_label(variable))
            xs, ys = x.edges(), y.edges()
            dots = [contours.segments(ends, xs, ys) for _, _, ends in regimes if ends]
            if np.isfinite(part).any() and min(part.shape) > 1:
                shown = np.log10(np.clip(part, colours.least, colours.most)) if colours.logarithmic else part
                lines = contours.Contours(x, y, shown)
                for level in contours.levels(name, colours.least, colours.most, colours.logarithmic):
                    at = math.log10(level) if colours.logarithmic else level
                    lines.draw(ax, at, number(level), colours.ink(level), np.concatenate(dots) if dots else np.zeros((0, 2)))
            for _, dashes, ends in regimes:
                ax.plot(*np.array(ends).T, color="black", linewidth=1.3, linestyle=dashes, path_effects=HALO, zorder=3)
            if ridge and np.isfinite(part).any():
                at_x, at_y, best = _ridge(x, y, part)
                ax.plot(at_x, at_y, color="black", linewidth=1.3, path_effects=HALO, zorder=3)
                ax.plot(at_x[best], at_y[best], linestyle="none", zorder=4, **STAR)

        return draw

    gaps = _gaps(data, values, failed)
    label = long_label(variable)
    result = []
    for p, title in enumerate(titles):
        text = f"{label}, {title}" if title else label
        regimes = regimes_at(p)
        notes = [line_entry(words, True, color="black", linewidth=1.3, linestyle=dashes) for words, dashes, _ in regimes]
        if ridge:
            notes.append(line_entry(f"least along {y.label}", True, color="black", linewidth=1.3))
            notes.append(points_entry("least of all", **STAR))
        result.append(Panel(text, drawing(values[p], failed[p], regimes), notes=notes + gaps, aspect=contours.ASPECT))
    return result


def _map(ax: Any, x: Axis, y: Axis, values: np.ndarray, failed: np.ndarray, colours: Colours, label: str) -> None:
    xs, ys = x.edges(), y.edges()
    along(x, ax, "x", xs, 2.1)
    along(y, ax, "y", ys, 1.9)
    ax.grid(False)
    for side in ("top", "right"):
        ax.spines[side].set_visible(True)
    ax.set_facecolor(MISSING)
    mesh = ax.pcolormesh(
        xs, ys, np.ma.masked_invalid(np.clip(values, colours.least, colours.most)).T,
        cmap=SEQUENTIAL, norm=colours.norm, rasterized=True, zorder=0,
    )  # fmt: skip
    # Hatched above the colour of the cell, in an ink that shows on it.
    for ink in ("#FFFFFF", INK):
        cells = [
            [(xs[i], ys[j]), (xs[i + 1], ys[j]), (xs[i + 1], ys[j + 1]), (xs[i], ys[j + 1])]
            for i, j in np.argwhere(failed)
            if colours.ink(values[i, j]) == ink
        ]
        if cells:
            ax.add_collection(PolyCollection(cells, facecolors="none", edgecolors=ink, linewidths=0, hatch=HATCH, zorder=1, label="failed"))
    colours.bar(ax, mesh, label)
