"""The function of a two-layer ReLU network of two inputs over the plane, and the parts in which it is linear."""

from __future__ import annotations

from typing import Any, List

import numpy as np

from .data import Data, Variable, names, nothing_to_plot, panel_titles
from .labels import lowered, number
from .page import Panel, line_entry, patch_entry, points_entry
from .scales import linear_ticks
from .style import INK

PATH, READOUT = "neuron_path", "neuron_readout"
ODD = "#D9D9D9"
POSITIVE, NEGATIVE = "#D55E00", "#0072B2"
POINTS = 241  # of a side


def has_partition(data: Data, variable: Variable) -> bool:
    there = variable.name == PATH and {"time", "neuron", "input"} <= set(variable.dims) and data.sizes["input"] == 2
    return there and READOUT in data and data.text("activation") == "relu"


def function(path: np.ndarray, readout: np.ndarray, slope: float, x: np.ndarray) -> np.ndarray:
    """f at points x (... x 2): as sigma is homogeneous, f(x) = sum_k sgn(a_k) sigma(|a_k| w_k . x)."""
    h = x @ path.T
    return np.where(h > 0, h, slope * h) @ np.sign(readout)


def sectors(path: np.ndarray) -> List[np.ndarray]:
    """The parts of the plane in which an odd number of neurons is active, each as a triangle from 0 out."""
    normals = np.arctan2(path[:, 1], path[:, 0])
    edges = np.unique(np.mod(np.concatenate([normals + np.pi / 2, normals - np.pi / 2]), 2 * np.pi))
    edges = np.append(edges, edges[0] + 2 * np.pi)
    # No triangle is wider than a quarter, so that all reach beyond the frame.
    edges = np.unique(np.concatenate([edges, edges[0] + np.pi / 2 * np.arange(1, 4)]))
    middle = (edges[1:] + edges[:-1]) / 2
    active = np.stack([np.cos(middle), np.sin(middle)], -1) @ path.T > 0
    ray = np.stack([np.cos(edges), np.sin(edges)], -1)
    return [np.stack([0 * ray[i], ray[i], ray[i + 1]]) for i in np.flatnonzero(active.sum(-1) % 2)]


def panels(data: Data) -> List[Panel]:
    """One for each record: the parts by the parity of their number of active neurons, and lines of f = 0, ±1/2, ±1."""
    if PATH not in data or not has_partition(data, data[PATH]):
        raise nothing_to_plot(f"{PATH} and {READOUT} over time, of ReLU neurons of two inputs", "none")
    slope = data.number("slope")
    axes = [a for a in data.varied(data[PATH]) if a.name not in ("neuron", "input")]
    titles = panel_titles(axes)
    order = names(axes, "time", "neuron")
    paths = data.over(PATH, [*order, "input"]).mean.reshape(len(titles), -1, data.sizes["neuron"], 2)
    readouts = data.over(READOUT, order).mean.reshape(paths.shape[:-1])
    times = data["time"].values
    points = data["sample_point"].values.astype(float).reshape(-1, 2) if "sample_point" in data else np.zeros((0, 2))
    targets = data["sample_target"].values.astype(float).ravel() if "sample_target" in data else np.zeros(0)
    most = 1.15 * float(np.abs(points).max()) if len(points) else 1.5
    side = np.linspace(-most, most, POINTS)
    plane = np.stack(np.meshgrid(side, side), -1)

    def drawing(path: np.ndarray, readout: np.ndarray) -> Any:
        def draw(ax: Any) -> None:
            for corner in sectors(path):
                ax.fill(*(3 * most * corner).T, color=ODD, linewidth=0, zorder=0)
            f = function(path, readout, slope, plane)
            levels = [level for level in (-1.0, -0.5, 0.0, 0.5, 1.0) if f.min() < level < f.max()]
            if levels:
                colours = [NEGATIVE if level < 0 else POSITIVE if level > 0 else INK for level in levels]
                widths = [1.6 if level == 0 else 0.8 for level in levels]
                ax.contour(side, side, f, levels=levels, colors=colours, linewidths=widths)
            for sign, colour in ((1, POSITIVE), (-1, NEGATIVE)):
                look = {"marker": "o" if sign > 0 else "s", "markersize": 3, "color": colour, "markeredgecolor": "white", "markeredgewidth": 0.4}
                ax.plot(*points[targets * sign > 0].T, linestyle="none", **look)
            for axis, index in ((ax.xaxis, "1"), (ax.yaxis, "2")):
                axis.set_label_text(lowered("x", index))
                linear_ticks(axis, 4)
            ax.set_xlim(-most, most)
            ax.set_ylim(-most, most)
            ax.grid(False)

        return draw

    notes = [
        patch_entry("odd number of active neurons", ODD),
        line_entry("f = 0", color=INK, linewidth=1.6),
        line_entry("f = ½, 1", color=POSITIVE, linewidth=0.8),
        line_entry("f = −½, −1", color=NEGATIVE, linewidth=0.8),
    ]
    if len(points):
        notes += [
            points_entry("sample, y > 0", color=POSITIVE, marker="o", markersize=3),
            points_entry("sample, y < 0", color=NEGATIVE, marker="s", markersize=3),
        ]
    result = []
    for p, title in enumerate(titles):
        for t, time in enumerate(times):
            if not np.isfinite(paths[p, t]).all():
                continue
            at = f"t = {number(float(time))}"
            result.append(Panel(f"{title}, {at}" if title else at, drawing(paths[p, t], readouts[p, t]), notes=notes, aspect=1))
    if not result:
        raise nothing_to_plot("finite numbers along the run", "none")
    return result
