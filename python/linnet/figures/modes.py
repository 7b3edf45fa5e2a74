"""A per-mode observable of a run: the leading modes as lines, the bulk shaded, the threshold κ."""

from __future__ import annotations

from typing import Any

import numpy as np

from .curves import leading, dynamics_entries, dynamics_of
from .data import Data
from .labels import long_label, number, short_label
from .page import Panel, line_entry, patch_entry
from .scales import Range, TimeAxis, fitting
from .style import BULK, colour, line_style

EDGE = "#8C8C8C"
THRESHOLD = {"color": "black", "linewidth": 1.2, "linestyle": (0, (6, 2, 1.5, 2))}


def panel(data: Data, name: str) -> Panel:
    variable = data[name]
    time = TimeAxis(data)
    dynamics = dynamics_of(data, variable)
    modes = data.sizes["mode"]
    order = leading(dynamics) + ["time", "mode"]
    table = data.over(name, order).mean.reshape(len(dynamics), -1, modes)[:, time.kept]
    # Without the task's rank, as many lines as can be distinguished.
    rank = data.number("task_rank")
    lines = int(rank) if 1 <= rank < modes else modes if modes <= 12 else 8
    bulk = np.ma.masked_invalid(table[:, :, lines:]) if lines < modes else None
    of = Range(table)

    wide = 1.9 if len(dynamics) > 1 else 1.4
    text = "the only mode" if modes == 1 else f"leading modes 1–{lines}" if bulk is not None else f"modes 1–{lines}"
    legend = [line_entry(text, color=colour(0), linewidth=wide)]
    if bulk is not None:
        legend.append(patch_entry(f"mode {modes}" if lines + 1 == modes else f"bulk: modes {lines + 1}–{modes}", BULK))
    threshold = data.number("threshold")
    has_threshold = name in ("singular_values", "mode_strengths") and np.isfinite(threshold) and threshold > 0
    # A lazy run stays far below; its modes would be squeezed to a line.
    shown = has_threshold and (of.empty or threshold < 2.5 * of.most)
    if has_threshold:
        legend.append(line_entry(f"threshold κ = {number(threshold)}" + ("" if shown else " (above the axes)"), **THRESHOLD))
    if shown:
        of.include(threshold)
    if of.least >= 0:
        of.include(0)
    of.least_positive = 0  # linear: the bulk reaches down to nearly 0
    ends = fitting(of)
    drawn = max([k + 1 for k in range(len(dynamics)) if np.isfinite(table[k]).any()], default=0)

    def draw(ax: Any) -> None:
        if bulk is not None:
            ax.fill_between(time.x, bulk[0].min(-1).filled(np.nan), bulk[0].max(-1).filled(np.nan), color=BULK, linewidth=0)
        for k in range(len(dynamics)):
            if bulk is not None:
                look = line_style(EDGE, k, len(dynamics)) if k else {"color": EDGE, "linewidth": 0.8}
                ax.plot(time.x, bulk[k].max(-1).filled(np.nan), **look, **time.marker)
            for m in range(lines):
                ax.plot(time.x, table[k, :, m], **line_style(colour(0), k, len(dynamics)), **time.marker)
        if shown:
            ax.axhline(threshold, **THRESHOLD)
        time.set(ax)
        ends.set(ax)
        ax.set_ylabel(short_label(variable))

    return Panel(long_label(variable), draw, legend, dynamics_entries(dynamics, drawn) if len(dynamics) > 1 else [])
