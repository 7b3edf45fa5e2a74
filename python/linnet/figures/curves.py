"""Observables over time: those of one run in a panel for each family, those of a sweep in panels for its axes."""

from __future__ import annotations

from typing import Any, List, Sequence

import numpy as np

from .data import Data, Variable, names, panel_titles, size, take, take_series
from .labels import long_label, plain, short_label, value_text, width
from .page import Entry, Panel, line_entry
from .scales import Asked, Range, TimeAxis, fitting
from .style import GREY, colour, line_style, series_colour
from .coincident_lines import coincident, turns


def dynamics_of(data: Data, variable: Variable) -> List[str]:
    """What runs in lockstep; of one alone an empty text."""
    if "dynamics" not in variable.dims:
        return [""]
    axis = data.axis("dynamics")
    return list(axis.texts) if axis.of_texts else [value_text(axis, i) for i in range(axis.size)]


def dynamics_entries(dynamics: Sequence[str], drawn: int) -> List[Entry]:
    if drawn < 2:
        return []
    return [line_entry(plain(dynamics[k]), **line_style(GREY, k, len(dynamics))) for k in range(drawn)]


def series_entries(series: Any) -> List[Entry]:
    """Of a long ramp some are enough, its ends among them."""
    n = size(series)
    if n < 2:
        return []
    shown = range(n) if n <= 12 or series.of_texts else [k * (n - 1) // 5 for k in range(6)]
    return [line_entry(value_text(series, i), color=series_colour(i, n), linewidth=1.7) for i in shown]


def leading(dynamics: List[str]) -> List[str]:
    return ["dynamics"] if len(dynamics) > 1 else []


def _group_label(data: Data, group: Sequence[str]) -> str:
    """ "error" for several errors, otherwise the name of the variable."""
    if len(group) == 1:
        return short_label(data[group[0]])
    return next((word for word in ("error", "rank") if all(name.endswith(word) for name in group)), "value")


def _colour(name: str, i: int) -> str:
    return colour({"train_error": 0, "test_error": 1}.get(name, i))


def run_panel(data: Data, group: Sequence[str]) -> Panel:
    """Scalars of a run in one panel. Dynamics in lockstep: the first solid, the others dashed in the same colour."""
    time = TimeAxis(data)
    asked = Asked.of(data[group[0]])
    lines = []  # (values, colour, which of the dynamics, of how many)
    told: List[str] = []
    drawn = 0
    legend = []
    for v, name in enumerate(group):
        variable = data[name]
        dynamics = dynamics_of(data, variable)
        values = data.over(name, leading(dynamics) + ["time"]).mean.reshape(len(dynamics), -1)[:, time.kept]
        one = _colour(name, v)
        for k, line in enumerate(values):
            if np.isfinite(line).any():
                lines.append((line, one, k, len(dynamics)))
                if len(dynamics) > 1:
                    told, drawn = dynamics, max(drawn, k + 1)
        wide = 1.9 if len(dynamics) > 1 else 1.4
        if len(group) > 1 or long_label(variable) != short_label(variable):  # else the axis says it
            legend.append(line_entry(long_label(variable), color=one, linewidth=wide))
    ends = fitting(asked.shown(Range(*(line[0] for line in lines))), asked.decades(2))
    firsts = [i for i, line in enumerate(lines) if line[2] == 0]
    same = dict(zip(firsts, coincident([lines[i][0] for i in firsts], ends)))
    label = _group_label(data, group)

    def draw(ax: Any) -> None:
        for i, (values, one, which, of) in enumerate(lines):
            by_turns = turns(same[i]) if which == 0 else {}
            ax.plot(time.x, values, **{**line_style(one, which, of), **by_turns, **time.marker})
        time.set(ax)
        ends.set(ax)
        ax.set_ylabel(label)

    return Panel(label, draw, legend, dynamics_entries(told, drawn))


def panels(data: Data, name: str) -> List[Panel]:
    """A variable over time: a colour for each mode or task, or else for each value of the last numeric axis; panels for
    the other axes."""
    variable = data[name]
    time = TimeAxis(data)
    axes = data.varied(variable)
    dynamics = take(axes, lambda a: a.name == "dynamics")
    series = take_series(axes)
    if series is None and len(axes) == 1 and axes[0].size <= 6:  # few cases: colours, in one panel
        series = axes.pop()
    titles = panel_titles(axes)
    order = names(axes, dynamics, series, "time")
    table = data.over(name, order).mean.reshape(len(titles), size(dynamics), size(series), -1)[..., time.kept]
    averaged = data.sizes["seed"] if "seed" in variable.dims and "seed" not in order and data.sizes["seed"] > 1 else 0
    asked = Asked.of(variable)
    decades = asked.decades(2)

    def shown(values: np.ndarray) -> Range:
        of = Range(values)
        if asked.kind != "logarithmic":
            if series is not None and series.name == "mode" and of.least >= 0:
                of.include(0)
                of.least_positive = 0  # linear, as the spectrum of a run is
            if variable.is_share:
                of.least_positive = 0
        return asked.shown(of)

    label = long_label(variable)
    fits = width(label) < 1.26
    common = fitting(shown(table), decades)  # panels of one variable are compared with each other
    drawn = max([k + 1 for k in range(size(dynamics)) if np.isfinite(table[:, k]).any()], default=0)
    notes = dynamics_entries(dynamics_of(data, variable), drawn)

    def drawing(part: np.ndarray) -> Any:
        ends = fitting(shown(part), decades) if asked.own else common
        same = coincident(list(part[0]), ends)

        def draw(ax: Any) -> None:
            for k in range(size(dynamics)):
                for s in range(size(series)):
                    if k > 0 and not np.isfinite(part[k, s]).any():
                        continue
                    by_turns = turns(same[s]) if k == 0 else {}
                    look = line_style(series_colour(s, size(series)), k, size(dynamics))
                    ax.plot(time.x, part[k, s], **{**look, **by_turns, **time.marker})
            time.set(ax)
            ends.set(ax)
            ax.set_ylabel(label if fits else short_label(variable))

        return draw

    result = []
    for p, title in enumerate(titles):
        text = title or label
        if title and p == 0 and not fits:
            text = f"{label}, {title}"
        if averaged:
            text += f" (mean of {averaged} seeds)"
        result.append(Panel(text, drawing(table[p]), series_entries(series), notes, narrow=True))
    return result
