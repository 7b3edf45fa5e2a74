"""Numbers of each neuron, coefficient or weight over time: a line for each of a few, the spread of many."""

from __future__ import annotations

from typing import Any, List

import numpy as np

from . import curves
from .data import Data, Variable, names, panel_titles
from .labels import long_label, short_label
from .page import Panel, line_entry, patch_entry
from .scales import Asked, Range, TimeAxis, fitting
from .style import colour

DIMENSIONS = ("neuron", "output", "input", "coefficient", "weight")
FEW = 24
ALL, HALF = "#D3E3EF", "#8FBBD9"


def has_components(variable: Variable) -> bool:
    return not variable.is_matrix and any(d in DIMENSIONS for d in variable.dims)


def panels(data: Data, name: str) -> List[Panel]:
    variable = data[name]
    own = [d for d in variable.dims if d in DIMENSIONS]
    count = int(np.prod([data.sizes[d] for d in own]))
    if count <= FEW:
        return curves.panels(data, name)
    axes = [a for a in data.varied(variable) if a.name not in DIMENSIONS]
    titles = panel_titles(axes)
    time = TimeAxis(data)
    table = data.over(name, names(axes, "time", own)).mean.reshape(len(titles), -1, count)[:, time.kept]
    asked = Asked.of(variable)
    ends = fitting(asked.shown(Range(table)), asked.decades(2))
    legend = [
        line_entry(f"median of {count}", color=colour(0), linewidth=1.4),
        patch_entry("the middle half", HALF),
        patch_entry("from the least to the most", ALL),
    ]

    def drawing(part: np.ndarray) -> Any:
        def draw(ax: Any) -> None:
            known = np.where(np.isfinite(part).any(-1, keepdims=True), part, 0)
            parts = np.where(np.isfinite(part).any(-1), np.nanquantile(known, [0, 0.25, 0.5, 0.75, 1], axis=-1), np.nan)
            ax.fill_between(time.x, parts[0], parts[4], color=ALL, linewidth=0)
            ax.fill_between(time.x, parts[1], parts[3], color=HALF, linewidth=0)
            ax.plot(time.x, parts[2], color=colour(0), linewidth=1.4, **time.marker)
            time.set(ax)
            ends.set(ax)
            ax.set_ylabel(short_label(variable))

        return draw

    # The other dynamics of a comparison need not have neurons.
    shown = [p for p in range(len(titles)) if len(titles) == 1 or np.isfinite(table[p]).any()]
    title = long_label(variable)
    return [Panel(f"{title}, {titles[p]}" if titles[p] else title, drawing(table[p]), legend, narrow=True) for p in shown]
