"""Results of a sweep along one axis: the others give colours, points against lines (for two texts), and panels."""

from __future__ import annotations

from typing import Any, List, Tuple

import numpy as np
from matplotlib.ticker import FixedLocator, FixedFormatter, NullLocator

from .curves import series_entries
from .data import Axis, Data, Values, Variable, names, panel_titles, size, take, take_series
from .labels import long_label, plain, short_label, wrapped
from .page import BAR, Entry, Panel, line_entry, patch_entry, points_entry
from .scales import Asked, Ends, Range, along, fitting
from .style import colour, series_colour
from .coincident_lines import coincident, turns

MARKERS = "os^vDp"  # filled, so that they can be distinguished without colour
TRAILING = ("mode", "task", "dynamics", "coefficient")
CROSS = {"color": "#555555", "marker": "x", "markersize": 3, "markeredgewidth": 1}


def roles(axes: List[Axis], asked: str) -> Tuple[Axis, Any, Any]:
    """x, the series and the comparison, taken from the axes; what is left makes panels. x is the axis asked for,
    otherwise the numeric one with the most points, an axis of the sweep before any other."""
    longest = max(axes, key=lambda a: (a.name == asked, not a.of_texts, a.name not in TRAILING, a.size))
    axes[:] = [a for a in axes if a is not longest]
    comparison = None
    if not longest.of_texts:  # over texts there are only points, distinguished by colour
        two = lambda a: a.of_texts and a.size == 2  # noqa: E731
        comparison = take(axes, lambda a: a.name == "dynamics" and two(a)) or take(axes, lambda a: a.name != "task" and two(a))
    series = take_series(axes) or take(axes, lambda a: True)
    return longest, series, comparison


def missing_text(data: Data) -> str:
    return "no value: " + plain(data.text("missing") or "diverged or not finished")


def spread_entry(data: Data, bars: bool, of_mean: bool, geometric: bool) -> Entry:
    what = "± one standard error" if of_mean else "± one standard deviation"
    if geometric:
        what = "logarithmic axes: geometric mean, × and ÷ one geometric standard deviation"
    text = f"{what} over {data.sizes['seed']} seeds" if "seed" in data.sizes else what
    if bars:
        return points_entry(text, color="#555555", marker=BAR, markersize=8, markeredgewidth=0.9)
    return patch_entry(text, "#CFDDE8")


def _bounds(values: Values) -> Range:
    """Of means and one deviation around them, but not across 0."""
    low, high = values.ends()
    return Range(values.mean, np.where((low > 0) | (values.mean < 0), low, np.nan), high)


def _values(data: Data, variable: Variable, order: List[str], asked: Asked, decades: float, adjust: Any) -> Tuple[Values, bool]:
    """Means with their spread, and whether the spread is the standard error that stands beside the result."""
    beside = variable.text("ancillary_variables")
    values = data.over(variable.name, order)
    if beside and beside != "status" and beside in data:
        spread = data.over(beside, order).mean
        return Values(values.mean, np.where(np.isfinite(spread), spread, 0)), True
    if not asked.own or asked.kind == "logarithmic":
        # A geometric mean where the axis is logarithmic; failed points are left out.
        each = Range(data.finite(variable.name))
        geometric = data.over(variable.name, order, geometric=True) if each.least > 0 else None
        if geometric is not None and adjust(_bounds(geometric)).spans(decades):
            return geometric, False
    return values, False


def panels(data: Data, name: str) -> List[Panel]:
    variable = data[name]
    axes = data.varied(variable)
    x, series, comparison = roles(axes, data.text("x_axis"))
    titles = panel_titles(axes)
    order = names(axes, series, comparison, x)
    asked = Asked.of(variable)
    # Over a logarithmic x axis a power is a straight line, if y is logarithmic too.
    decades = asked.decades(1 if x.logarithmic else 2)

    def adjust(of: Range) -> Range:
        if variable.is_share and asked.kind != "logarithmic":
            of.least_positive = 0
        return asked.shown(of)

    found, of_mean = _values(data, variable, order, asked, decades, adjust)
    shape = (len(titles), size(series), size(comparison), x.size)
    values = Values(found.mean.reshape(shape), found.spread.reshape(shape), found.geometric)
    if series is not None:
        # Trailing series without a number in any panel, such as modes that are never learned, have neither colour nor
        # legend.
        used = np.flatnonzero(np.isfinite(values.mean).any((0, 2, 3)))
        if used.size:
            series = series.first(used[-1] + 1)
            values = Values(values.mean[:, : series.size], values.spread[:, : series.size], values.geometric)
    has_spread = bool((values.spread > (1 if values.geometric else 0)).any())
    common = fitting(adjust(_bounds(values)), decades)
    missing = ~np.isfinite(values.mean[:, :, 0]).all(1)  # of what is compared, the first

    notes: List[Entry] = []
    if comparison is not None:
        grey = colour(0) if size(series) < 2 else "#555555"
        notes.append(points_entry(plain(comparison.texts[0]), color=grey, marker="o"))
        notes.append(line_entry(plain(comparison.texts[1]), color=grey, linewidth=1.3))
    if has_spread:
        notes.append(spread_entry(data, x.of_texts or comparison is not None, of_mean, values.geometric))
    if missing.any():
        notes.append(points_entry(missing_text(data), **CROSS))

    result = []
    for p, title in enumerate(titles):
        part = Values(values.mean[p], values.spread[p], values.geometric)
        ends = fitting(adjust(_bounds(part)), decades) if asked.own else common
        panel = Panel(long_label(variable) + (f", {title}" if title else ""), _drawing(x, part, ends, has_spread, missing[p]))
        panel.draw = _labelled(panel.draw, short_label(variable))
        panel.legend, panel.notes = series_entries(series), notes
        result.append(panel)
    return result


def _labelled(draw: Any, label: str) -> Any:
    def both(ax: Any) -> None:
        draw(ax)
        ax.set_ylabel(label)

    return both


def _drawing(x: Axis, part: Values, ends: Ends, has_spread: bool, missing: np.ndarray) -> Any:
    series, compared, points = part.mean.shape
    low, high = part.ends()
    same = coincident([part.mean[s, compared - 1] for s in range(series)], ends)
    order = np.argsort(x.places, kind="stable")

    def draw(ax: Any) -> None:
        _x(ax, x)
        ends.set(ax)
        for s in range(series):
            one = series_colour(s, series)
            marker = {"marker": MARKERS[s % len(MARKERS)], "markersize": 2.4 if points > 30 else 3.4}
            # Points above one text stand side by side.
            aside = min(0.1, 0.6 / series) * (s - 0.5 * (series - 1)) if x.of_texts else 0
            at = (x.places + aside)[order]
            for c in range(compared):
                y, down, up = part.mean[s, c][order], low[s, c][order], high[s, c][order]
                as_points = x.of_texts or (compared == 2 and c == 0)
                if has_spread and as_points:
                    known = np.isfinite(y)
                    error = [(y - down)[known], (up - y)[known]]
                    ax.errorbar(at[known], y[known], error, linestyle="none", color=one, elinewidth=0.7, capsize=1.5, capthick=0.7)
                elif has_spread and compared == 1:
                    ax.fill_between(at, down, up, color=one, alpha=0.18, linewidth=0)
                if as_points:
                    ax.plot(at, y, linestyle="none", color=one, zorder=3, **marker)
                    continue
                marked = compared == 1 and points <= 40
                # Of lines on each other each marks its share of the points.
                which, of = same[s]
                look = {"color": one, "linewidth": 1.3, **turns(same[s]), **(marker if marked else {})}
                ax.plot(at, y, markevery=(which, of) if of > 1 and marked else None, **look)
        if missing.any():
            foot = np.full(missing.sum(), 0.03)
            ax.plot(x.places[missing], foot, transform=ax.get_xaxis_transform(), linestyle="none", zorder=4, **CROSS)

    return draw


def _x(ax: Any, x: Axis) -> None:
    if not x.of_texts:
        along(x, ax, "x", values=True)
        return
    texts = ["\n".join(wrapped(plain(t), 2.3 / x.size, 7)) for t in x.texts]
    ax.set_xlabel(x.label)
    ax.set_xlim(0.5, x.size + 0.5)
    ax.xaxis.set_major_locator(FixedLocator(list(x.places)))
    ax.xaxis.set_major_formatter(FixedFormatter(texts))
    ax.xaxis.set_minor_locator(NullLocator())
