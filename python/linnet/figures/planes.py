"""The cost in a plane through three plateaus of a run, with the run projected to it."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import heat_maps
from .data import Data, nothing_to_plot
from .page import HALO, Panel, line_entry, points_entry
from .style import colour

RUN = {"color": colour(1), "linewidth": 1.6}
PLATEAU = {"color": "black", "marker": "o", "markersize": 5, "markeredgecolor": "white", "markeredgewidth": 0.7}


def _points(data: Data, x: str, y: str) -> np.ndarray:
    xs, ys = data[x].values.astype(float).ravel(), data[y].values.astype(float).ravel()
    if xs.size != ys.size:
        raise nothing_to_plot(f"as many {x} as {y}", "others")
    return np.stack([xs, ys])


def panel(data: Data) -> Panel:
    if "slice_cost" not in data:
        raise nothing_to_plot('a slice of the cost, of network.compare = "greedy" and record.slice > 0', "none")
    below = heat_maps.panels(data, "slice_cost")[0]
    run, plateaus = _points(data, "path_x", "path_y"), _points(data, "plateau_x", "plateau_y")
    map_of_cost = below.draw

    def draw(ax: Any) -> None:
        map_of_cost(ax)
        ends = ax.get_xlim(), ax.get_ylim()
        ax.plot(*run, path_effects=HALO, zorder=3, **RUN)
        ax.plot(*plateaus, linestyle="none", zorder=4, **PLATEAU)
        ax.set_xlim(ends[0])
        ax.set_ylim(ends[1])

    below.draw = draw
    below.title = "cost C, in the plane of the first three plateaus"
    below.legend = [line_entry("the run, projected", True, **RUN), points_entry("plateaus of rank 0, 1, 2", **PLATEAU)]
    return below
