"""Variables of two or three coordinates, from one to the other: weights of one neuron, or coefficients."""

from __future__ import annotations

import itertools
from typing import Any, List, Optional

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import to_hex

from . import neuron_paths
from .curves import dynamics_entries, dynamics_of, series_entries
from .data import Data, Variable, names, nothing_to_plot, panel_titles, size, take, take_series
from .labels import long_label, lowered, number, plain
from .page import Entry, Panel, line_entry, patch_entry, points_entry
from .scales import linear_ticks
from .style import CONSERVED, GREY, darker, line_style, series_colour
from .surfaces import conserved, hyperbolas, loss, minima, surfaces

SAID = {"color": CONSERVED, "linewidth": 0.8, "linestyle": (0, (4, 3))}
RING = {"marker": "o", "markersize": 6, "markerfacecolor": "none", "markeredgewidth": 0.9}


LEAST = {"color": "#CC0000", "marker": "*", "markersize": 7}
LEAST_LINE = {"color": "#CC0000", "linewidth": 1.4, "linestyle": (0, (4, 2))}
LEAST_SHOWN = 1e-3  # of the shades of a cost
SHADES = colormaps["Greys"]


def _is_point(curve: np.ndarray) -> bool:
    return int(np.isfinite(curve).all(0).sum()) == 1


def _by_surface(data: Data, starts: np.ndarray) -> List[List[int]]:
    """The indices of starts (w_1, w_2, a), grouped by the surface that they are on, up to 1 % of the weights."""
    groups: List[List[int]] = []
    for i, start in enumerate(starts):
        near = lambda j: abs(conserved(data, start) - conserved(data, starts[j])) <= 0.01 * float(start @ start)  # noqa: E731, B023
        own = next((group for group in groups if near(group[0])), None)
        if own is None:
            groups.append([i])
        else:
            own.append(i)
    return groups


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
    # Of starts listed by name, those of one δ share a panel.
    groups = _by_surface(data, table[0, :, 0, 0]) if on_surface and len(titles) == 1 and series is not None else [range(size(series))]
    for p, (title, group) in enumerate(itertools.product(titles, groups)):
        p //= len(groups)
        paths, looks = [], []
        for s in group:
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
        entries = series_entries(series)
        if len(groups) > 1:
            title = f"δ = {number(round(conserved(data, paths[0][0]), 1) + 0.0)}"
            entries = [entries[s] for s in group]
        panel = Panel(f"{label}, {title}" if title else label, lambda ax: None, entries, space=n == 3)
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
            if sheets and loss(data, sheets[0]) is not None:
                panel.notes.append(patch_entry("the surface that δ conserves, darker where the cost is less", to_hex(SHADES(0.5))))
            else:
                panel.notes.append(line_entry("the surface that δ conserves", color="#CCCCCC", linewidth=0.8))
            panel.aspect = 0.9
            for sheet in sheets:
                low, high = np.minimum(low, sheet.min((1, 2))), np.maximum(high, sheet.max((1, 2)))
        if sheets:
            room = 0.01 * (high - low)
            below = [
                np.where(((low - room)[:, None] <= curve).all(0) & (curve <= (high + room)[:, None]).all(0), curve, np.nan)
                for curve in minima(data, paths[0], 1.02 * float(max(np.abs(low).max(), np.abs(high).max())))
            ]
            below = [curve for curve in below if np.isfinite(curve).any()]
            if below:
                panel.notes.append(points_entry("least cost", **LEAST) if _is_point(below[0]) else line_entry("least cost", **LEAST_LINE))
        shading = [loss(data, sheet) for sheet in sheets]
        panel.draw = _drawing(paths, looks, size(dynamics), below, sheets, shading, low, high, _labels(coordinate, n))
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
    shading: List[Optional[np.ndarray]], low: np.ndarray, high: np.ndarray, labels: List[str],
) -> Any:  # fmt: skip
    def draw(ax: Any) -> None:
        shades = [np.log10(np.maximum(cost, LEAST_SHOWN)) for cost in shading if cost is not None]
        if shades:
            least, most = min(s.min() for s in shades), max(s.max() for s in shades)
            for sheet, shade in zip(sheets, shades):
                colours = SHADES(0.1 + 0.6 * (1 - (shade - least) / max(most - least, 1e-9)))
                colours[..., 3] = 0.6
                ax.plot_surface(*sheet, facecolors=colours, rstride=1, cstride=1, linewidth=0, antialiased=False, shade=False)
        for sheet in [] if shades else sheets:
            ax.plot_wireframe(*sheet, color="#CCCCCC", linewidth=0.5, rstride=1, cstride=1)
        for line in below:
            ax.plot(*line, zorder=2, **(SAID if len(line) == 2 else {**LEAST, "linestyle": "none"} if _is_point(line) else LEAST_LINE))
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
