"""Matrices over time, a line for each entry; of a symmetric one for each pair of rows."""

from __future__ import annotations

from typing import Any, List

import numpy as np

from .coincident_lines import coincident, turns
from .curves import dynamics_entries, dynamics_of
from .data import Data, Variable, names, panel_titles, size, take
from .labels import long_label, short_label
from .page import Panel, line_entry
from .scales import Asked, Range, TimeAxis, fitting
from .style import GREY, line_style, series_colour

DIMENSIONS = ("output", "input", "output_2", "input_2")


def has_entries(variable: Variable) -> bool:
    return "time" in variable.dims and sum(d in DIMENSIONS for d in variable.dims) > 1


def panels(data: Data, name: str) -> List[Panel]:
    variable = data[name]
    own = [d for d in variable.dims if d in DIMENSIONS]
    axes = [a for a in data.varied(variable) if a.name not in DIMENSIONS]
    dynamics = take(axes, lambda a: a.name == "dynamics")
    titles = panel_titles(axes)
    time = TimeAxis(data)
    order = names(axes, dynamics, "time", own)
    table = data.over(name, order).mean[..., None].reshape(len(titles), size(dynamics), -1, int(np.prod([data.sizes[d] for d in own])))
    table = np.moveaxis(table[:, :, time.kept], 3, 2)  # panel, dynamics, entry, time
    # A pair of dimensions, such as input and input_2, makes the matrix symmetric: one line for both of its halves.
    half = len(own) // 2
    symmetric = [f"{d}_2" for d in own[:half]] == own[half:]
    if symmetric:
        rows = int(np.prod([data.sizes[d] for d in own[:half]]))
        table = table[:, :, np.flatnonzero(np.triu(np.ones((rows, rows), bool)))]
    count = table.shape[2]
    asked = Asked.of(variable)
    shown = lambda values: fitting(asked.shown(Range(values)), asked.decades(np.inf))  # noqa: E731
    common = shown(table)
    drawn = max([k + 1 for k in range(size(dynamics)) if np.isfinite(table[:, k]).any()], default=0)
    what = f"{count} entries i ≤ j" if symmetric else f"{count} entries"
    legend = [line_entry("one colour for each entry", color=GREY, linewidth=1.4)] if drawn < 2 else []

    def drawing(part: np.ndarray) -> Any:
        ends = shown(part) if asked.own else common
        same = coincident(list(part[0]), ends)

        def draw(ax: Any) -> None:
            for k in range(drawn):
                for i in range(count):
                    by_turns = turns(same[i]) if k == 0 else {}
                    ax.plot(time.x, part[k, i], **{**line_style(series_colour(i, count), k, size(dynamics)), **by_turns, **time.marker})
            time.set(ax)
            ends.set(ax)
            ax.set_ylabel(short_label(variable))

        return draw

    notes = dynamics_entries(dynamics_of(data, variable), drawn)
    label = f"{long_label(variable)}: {what}"
    return [Panel(f"{label}, {t}" if t else label, drawing(table[p]), legend, notes, narrow=True) for p, t in enumerate(titles)]
