"""The neurons of a layer in the plane of two inputs, beside those of their teacher."""

from __future__ import annotations

from typing import Any, List

import numpy as np

from .data import Data, Variable, names, nothing_to_plot, panel_titles
from .labels import long_label, lowered
from .page import Panel, line_entry, points_entry
from .scales import linear_ticks

# Without the colours that distinguish settings in other panels of the page.
EXCITES, INHIBITS, UNKNOWN, START = "#E69F00", "#000000", "#444444", "#999999"


def has_neuron_paths(data: Data, variable: Variable) -> bool:
    return {"time", "neuron", "input"} <= set(variable.dims) and data.sizes["input"] == 2


def _colour(readout: float) -> str:
    return EXCITES if readout > 0 else INHIBITS if readout < 0 else UNKNOWN


def _teacher(data: Data) -> List[Any]:
    """Directions and signs of the teacher's neurons."""
    if "teacher_direction" not in data:
        return []
    readouts = data["teacher_readout"].values.astype(float).ravel()
    directions = data["teacher_direction"].values.astype(float).ravel()
    if directions.size != 2 * readouts.size:
        raise nothing_to_plot("two directions for each readout of a teacher", "others")
    return list(zip(directions.reshape(-1, 2), readouts))


def panels(data: Data, name: str) -> List[Panel]:
    """A line for each neuron from a grey dot to one in the colour of its a, in a square with the origin in its middle."""
    variable = data[name]
    axes = [a for a in data.varied(variable) if a.name not in ("neuron", "input")]
    titles = panel_titles(axes)
    order = names(axes, "neuron", "time", "input")
    table = data.over(name, order).mean.reshape(len(titles), data.sizes["neuron"], -1, 2)
    # The sign of each neuron's a at the end of its path, where the file has it.
    signed = "neuron_readout" in data
    readouts = data.over("neuron_readout", order[:-1]).mean.reshape(table.shape[:-1]) if signed else np.zeros(table.shape[:-1])
    teacher = _teacher(data)

    def drawing(paths: List[np.ndarray], signs: List[float], most: float) -> Any:
        def draw(ax: Any) -> None:
            for direction, readout in teacher:
                ray = 1.4 * most * direction / max(np.hypot(*direction), 1e-300)
                ax.plot([0, ray[0]], [0, ray[1]], color=_colour(readout), linewidth=1.6, linestyle=(0, (5, 3)), zorder=1)
            for path, sign in zip(paths, signs):
                ax.plot(*path.T, color=_colour(sign), linewidth=0.7)
            ax.plot(*np.array([path[0] for path in paths]).T, linestyle="none", marker="o", markersize=1.8, color=START, zorder=3)
            for path, sign in zip(paths, signs):
                ax.plot(*path[-1:].T, linestyle="none", marker="o", markersize=3, color=_colour(sign), zorder=4)
            for axis, label in ((ax.xaxis, "1"), (ax.yaxis, "2")):
                axis.set_label_text("|a| " + lowered("w", label))
                linear_ticks(axis, 4)
            ax.set_xlim(-most, most)
            ax.set_ylim(-most, most)

        return draw

    result = []
    for p, title in enumerate(titles):
        paths, signs = [], []
        for path, readout in zip(table[p], readouts[p]):
            known = np.isfinite(path).all(-1)
            if known.any():
                paths.append(path[known])
                signs.append(float(readout[known][-1]))
        if not paths:
            raise nothing_to_plot("finite numbers along the run", "none")
        most = 1.08 * max(float(np.abs(path).max()) for path in paths)
        notes = [
            line_entry(f"teacher, a {sign} 0", color=_colour(value), linewidth=1.6, linestyle=(0, (5, 3)))
            for sign, value in ((">", 1), ("<", -1))
            if any(readout * value > 0 for _, readout in teacher)
        ]
        notes += [
            points_entry(f"neuron, a {sign} 0, at the end", color=_colour(value), marker="o", markersize=3)
            for sign, value in (("<", -1), (">", 1))
            if any(s * value > 0 for s in signs)
        ]
        notes.append(points_entry("at the start", color=START, marker="o", markersize=2.4))
        result.append(Panel(title or long_label(variable), drawing(paths, signs, most), notes=notes, aspect=1))
    return result
