"""The cost in a plane through three plateaus of a run, with the run and the greedy paths projected to it."""

from __future__ import annotations

from typing import Any, Dict, List

import numpy as np

from . import heat_maps
from .data import Data, nothing_to_plot
from .page import HALO, Entry, Panel, line_entry, points_entry
from .style import colour

RUN = {"color": colour(1), "linewidth": 1.6}
PLATEAU = {"color": "black", "marker": "o", "markersize": 5, "markeredgecolor": "white", "markeredgewidth": 0.7}


def _points(data: Data, x: str, y: str) -> np.ndarray:
    xs, ys = data[x].values.astype(float).ravel(), data[y].values.astype(float).ravel()
    if xs.size != ys.size:
        raise nothing_to_plot(f"as many {x} as {y}", "others")
    return np.stack([xs, ys])


def _greedy(data: Data) -> Dict[str, np.ndarray]:
    """Paths of the greedy algorithm, paths x points each; none of files without."""
    names = ("greedy_time", "greedy_cost", "greedy_x", "greedy_y")
    return {name: data[name].values.astype(float) for name in names} if all(name in data for name in names) else {}


def _greedy_look(i: int) -> Dict[str, Any]:
    return {"color": colour(2 + i), "linewidth": 1.2, "linestyle": (0, (4, 2))}


def _greedy_entries(count: int) -> List[Entry]:
    return [line_entry(f"greedy path to rank {i + 1}", True, **_greedy_look(i)) for i in range(count)]


def panels(data: Data) -> List[Panel]:
    """The plane, and where the file has greedy paths the cost over time beside theirs."""
    greedy = _greedy(data)
    made = [panel(data)]
    if greedy and "cost" in data:
        made.append(_costs(data, greedy))
    return made


def _costs(data: Data, greedy: Dict[str, np.ndarray]) -> Panel:
    run = data.over("cost", [name for name in ("dynamics", "time") if name in data["cost"].dims]).mean
    run = run.reshape(-1, run.shape[-1])[0]
    time = data["time"].values.astype(float)
    ends = greedy["greedy_time"]
    last = min(time[-1], 1.1 * max(float(line[np.isfinite(line)][-1]) for line in ends))

    def draw(ax: Any) -> None:
        ax.plot(time, run, path_effects=HALO, zorder=3, **RUN)
        since = 0.0  # each path from the end of the one before
        for i, (t, cost) in enumerate(zip(ends, greedy["greedy_cost"])):
            ax.plot(t[t >= since], cost[t >= since], path_effects=HALO, zorder=4, **_greedy_look(i))
            fall = np.nanmax(cost) - np.nanmin(cost)
            since = float(t[np.argmax(cost <= np.nanmin(cost) + 0.01 * fall)])
        ax.set_xlim(0, last)
        ax.set_ylim(0, 1.05 * np.nanmax(run))
        ax.set_xlabel("gradient-flow time t")
        ax.set_ylabel("cost C")

    return Panel("cost C, path after path", draw, [line_entry("the run", True, **RUN)] + _greedy_entries(len(ends)))


def panel(data: Data) -> Panel:
    if "slice_cost" not in data:
        raise nothing_to_plot('a slice of the cost, of network.compare = "greedy" and record.slice > 0', "none")
    below = heat_maps.panels(data, "slice_cost")[0]
    greedy = _greedy(data)
    run, plateaus = _points(data, "path_x", "path_y"), _points(data, "plateau_x", "plateau_y")
    map_of_cost = below.draw

    def draw(ax: Any) -> None:
        map_of_cost(ax)
        ends = ax.get_xlim(), ax.get_ylim()
        ax.plot(*run, path_effects=HALO, zorder=3, **RUN)
        if greedy:
            for i, path in enumerate(zip(greedy["greedy_x"], greedy["greedy_y"])):
                ax.plot(*path, path_effects=HALO, zorder=3, **_greedy_look(i))
        ax.plot(*plateaus, linestyle="none", zorder=4, **PLATEAU)
        ax.set_xlim(ends[0])
        ax.set_ylim(ends[1])

    below.draw = draw
    below.title = "cost C, in the plane of the first three plateaus"
    below.legend = [line_entry("the run", True, **RUN), points_entry("plateaus of rank 0, 1, 2", **PLATEAU)]
    if greedy:
        below.legend += _greedy_entries(len(greedy["greedy_x"]))
    return below
