"""Variables of two or three coordinates, from one to the other: weights of one neuron, or coefficients."""

from __future__ import annotations

from typing import Any, List, Optional

import numpy as np

from . import neuron_paths
from .curves import dynamics_entries, dynamics_of, series_entries
from .data import Data, Variable, names, nothing_to_plot, panel_titles, size, take, take_series
from .labels import long_label, lowered, plain
from .page import Entry, Panel, line_entry, points_entry
from .scales import linear_ticks
from .style import CONSERVED, GREY, darker, line_style, series_colour
from .surfaces import hyperbolas, surfaces

SAID = {"color": CONSERVED, "linewidth": 0.8, "linestyle": (0, (4, 3))}
RING = {"marker": "o", "markersize": 6, "markerfacecolor": "none", "markeredgewidth": 0.9}


def _coordinate(variable: Variable) -> str:
    return "weight" if "weight" in variable.dims else "coefficient"


def has_paths(data: Data, variable: Variable) -> bool:
    if neuron_paths.has_neuron_paths(data, variable):
        return True
    coordinate = _coordinate(variable)
    return "time" in variable.dims and coordinate in variable.dims and data.sizes[coordinate] in (2, 3)


def _labels(coordinate: str, n: int) -> List[str]:
    if coordinate == "coefficient":
        return [lowered("β", str(k + 1)) for k in range(n)]
    return ["w", "a"] if n == 2 else [lowered("w", "1"), lowered("w", "2"), "a"]


def _interpolators(paths: List[np.ndarray], low: np.ndarray, high: np.ndarray) -> Optional[np.ndarray]:
    """Two far points of the line through what is predicted, where it is one: all β that fit the data. Of the paths every
    second is a prediction."""
    if len(paths) < 2 or len(paths) % 2:
        return None  # some have no numbers
    ends = np.array([path[-1] for path in paths[1::2]])
    away = ends - ends[0]
    farthest = away[np.hypot(*away.T).argmax()]
    length, extent = np.hypot(*farthest), (high - low).max()
    if not length > 0.01 * extent:
        return None
    along = farthest / length
    if (np.abs(away[:, 0] * along[1] - away[:, 1] * along[0]) > 1e-3 * extent).any():
        return None
    return np.stack([ends[0] - 3 * extent * along, ends[0] + 3 * extent * along])


def panels(data: Data, name: str) -> List[Panel]:
    """Each series is a line from its start, ending in a dot; what it is compared with is dashed, ending in a ring."""
    variable = data[name]
    if neuron_paths.has_neuron_paths(data, variable):
        return neuron_paths.panels(data, name)
    coordinate = _coordinate(variable)
    n = data.sizes[coordinate]
    axes = [a for a in data.varied(variable) if a.name != coordinate]
    dynamics = take(axes, lambda a: a.name == "dynamics")
    # In space every δ has a surface of its own.
    on_surface = n == 3 and coordinate == "weight"
    series = take(axes, lambda a: a.name != "delta") if on_surface else take_series(axes)
    titles = panel_titles(axes)
    table = data.over(name, names(axes, series, dynamics, "time", coordinate)).mean
    table = table.reshape(len(titles), size(series), size(dynamics), -1, n)
    told = dynamics_of(data, variable)

    result = []
    still = True  # what is compared with does not move
    for p, title in enumerate(titles):
        paths, looks = [], []
        for s in range(size(series)):
            for c in range(size(dynamics)):
                path = table[p, s, c]
                path = path[np.isfinite(path).all(-1)]
                if len(path):
                    paths.append(path)
                    looks.append((series_colour(s, size(series)), c))
                    still = still and (c == 0 or bool((path[0] == path[-1]).all()))
        if not paths:
            raise nothing_to_plot("finite numbers along the run", "none")
        label = long_label(variable)
        panel = Panel(f"{label}, {title}" if title else label, lambda ax: None, series_entries(series), space=n == 3)
        every = np.concatenate(paths)
        low, high = every.min(0), every.max(0)
        below: List[np.ndarray] = []
        sheets: List[np.ndarray] = []
        if n == 2:
            room = np.where(high > low, 0.06 * (high - low), 1)
            low, high = low - room, high + room
        if n == 2 and coordinate == "weight":
            below = hyperbolas(data, paths, low, high)
            panel.notes.append(line_entry("hyperbola of each δ", **SAID))
        elif n == 2 and size(dynamics) == 2 and told[1] == "predicted":
            line = _interpolators(paths, low, high)
            if line is not None:
                below = [line.T]
                panel.notes.append(line_entry("all β that fit the data", **SAID))
        if on_surface:
            sheets = surfaces(data, paths)
            panel.notes.append(line_entry("the surface that δ conserves", color="#CCCCCC", linewidth=0.8))
            panel.aspect = 0.9
            for sheet in sheets:
                low, high = np.minimum(low, sheet.min((1, 2))), np.maximum(high, sheet.max((1, 2)))
        panel.draw = _drawing(paths, looks, size(dynamics), below, sheets, low, high, _labels(coordinate, n))
        result.append(panel)
    if size(dynamics) > 1:
        for panel in result:
            panel.notes += _compared(told, still)
    return result


def _compared(dynamics: List[str], still: bool) -> List[Entry]:
    if not still:
        return dynamics_entries(dynamics, len(dynamics))
    first = line_entry(plain(dynamics[0]), **line_style(GREY, 0, len(dynamics)))
    return [first, points_entry(plain(dynamics[1]), color=darker(GREY), **RING)]


def _drawing(
    paths: List[np.ndarray], looks: List[Any], dynamics: int, below: List[np.ndarray], sheets: List[np.ndarray],
    low: np.ndarray, high: np.ndarray, labels: List[str],
) -> Any:  # fmt: skip
    def draw(ax: Any) -> None:
        for sheet in sheets:
            ax.plot_wireframe(*sheet, color="#CCCCCC", linewidth=0.5, rstride=1, cstride=1)
        for line in below:
            ax.plot(*line, zorder=1, **SAID)
        for path, (one, c) in zip(paths, looks):
            ax.plot(*path.T, **line_style(one, c, dynamics))
        for path, (one, c) in zip(paths, looks):
            look = {"color": darker(one), **RING} if c else {"color": one, "marker": "o", "markersize": 3}
            ax.plot(*path[-1:].T, linestyle="none", zorder=3, **look)
        for letter, text, a, b in zip("xyz", labels, low, high):
            getattr(ax, f"set_{letter}lim")(a, b)
            getattr(ax, f"set_{letter}label")(text)
            linear_ticks(getattr(ax, f"{letter}axis"), 4 if len(labels) == 3 else 6)
        if len(labels) == 3:
            ax.view_init(25, -55)
            for axis in (ax.xaxis, ax.yaxis, ax.zaxis):
                axis.set_pane_color((1, 1, 1, 0))
                axis.set_rotate_label(False)
                axis.labelpad = -5
            ax.grid(False)
            ax.tick_params(pad=-2)
            ax.set_box_aspect((1, 1, 0.9), zoom=1.02)

    return draw
