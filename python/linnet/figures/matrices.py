"""Matrices over pairs of input items as small squares: a row for each value of an axis, a column a time."""

from __future__ import annotations

from typing import Any, List, Optional

import numpy as np
from matplotlib.colors import Normalize
from matplotlib.patches import Rectangle

from .data import Axis, Data, names, nothing_to_plot, panel_titles, size, take, take_series
from .labels import long_label, value_text, wrapped
from .lines import missing_text
from .page import Panel, patch_entry
from .scales import Range
from .style import DIVERGING, MISSING, SEQUENTIAL

# In sides of a square.
STEP = 1.12
HEADING = 0.3  # for the labels of the columns
LEAST_ACROSS = 5.5  # fewer squares grow no larger than so many in a row


def _chosen(axis: Optional[Axis], most: int) -> List[int]:
    """Evenly chosen indices, the ends among them, where there are more than fit."""
    count = size(axis)
    return list(range(count)) if count <= most else [k * (count - 1) // (most - 1) for k in range(most)]


def scaled(values: np.ndarray) -> np.ndarray:
    """Each square on its own scale, the largest entry 1: similarities grow by orders of magnitude, and what is compared
    is their pattern."""
    largest = np.abs(np.where(np.isfinite(values), values, 0)).max((-2, -1), keepdims=True)
    return values / np.where(largest > 0, largest, 1)


def panels(data: Data, name: str) -> List[Panel]:
    variable = data[name]
    items = data.sizes["input"]
    if items != data.sizes["input_2"]:
        raise nothing_to_plot("squares over the input items", "other matrices")
    axes = data.varied(variable)
    dynamics = take(axes, lambda a: a.name == "dynamics")

    def take_last() -> Optional[Axis]:
        nonlocal dynamics
        found = take_series(axes) or (axes.pop() if axes else None)
        if found is None:
            found, dynamics = dynamics, None
        return found

    if "time" in variable.dims:
        columns: Optional[Axis] = data.axis("time")
    elif dynamics is not None:
        columns, dynamics = dynamics, None
    else:
        columns = take_last()
    rows = take_last()
    axes += [dynamics] if dynamics is not None else []
    titles = panel_titles(axes)
    order = names(axes, rows, columns, "input", "input_2")
    table = scaled(data.over(name, order).mean.reshape(len(titles), size(rows), size(columns), items, items))
    shown_rows, shown_columns = _chosen(rows, 10), _chosen(columns, 6)
    across, down = STEP * len(shown_columns) - (STEP - 1), STEP * len(shown_rows) - (STEP - 1)
    width = max(across, LEAST_ACROSS)

    of = Range(table)
    both = of.least < 0 < of.most
    most = max(-of.least, of.most) if both else of.most if of.most > of.least else of.least + max(1e-9, 1e-3 * abs(of.least))
    least = -most if both else 0 if 0 <= of.least < 0.3 * of.most else of.least
    look = {"cmap": DIVERGING if both else SEQUENTIAL, "norm": Normalize(least, most)}

    def drawing(part: np.ndarray) -> Any:
        def draw(ax: Any) -> None:
            ax.axis("off")
            image = None
            for r, row in enumerate(shown_rows):
                for c, column in enumerate(shown_columns):
                    left, top = STEP * c, -STEP * r
                    # What no entry covers is grey.
                    ax.add_patch(Rectangle((left, top - 1), 1, 1, facecolor=MISSING, edgecolor="#8C8C8C", linewidth=0.5))
                    values = np.ma.masked_invalid(part[row, column])
                    place = {"extent": (left, left + 1, top - 1, top), "origin": "upper", "zorder": 2}
                    image = ax.imshow(values, interpolation="nearest", **place, **look)
            for r, row in enumerate(shown_rows if rows is not None else []):
                text = "\n".join(wrapped(value_text(rows, row), 0.75, 7))
                ax.text(-0.06, -0.5 - STEP * r, text, ha="right", va="center", fontsize=7)
            for c, column in enumerate(shown_columns if columns is not None else []):
                text = "\n".join(wrapped(value_text(columns, column), 0.85, 7))
                ax.text(STEP * c + 0.5, 0.06, text, ha="center", va="bottom", fontsize=7)
            about = f"in each square, rows and columns are the input items 1–{items}\nand values are relative to its largest"
            ax.text(across / 2, -down - 0.1, about, ha="center", va="top")
            left = -(width - across) / 2
            ax.set_xlim(left, left + width)
            ax.set_ylim(-down, HEADING)
            ax.set_aspect("auto")
            bar = ax.figure.colorbar(image, cax=ax.inset_axes([1.02, 0, 0.022, down / (down + HEADING)]))
            bar.set_label("relative value")
            bar.outline.set_linewidth(0.6)
            bar.ax.grid(False)

        return draw

    shown = table[:, shown_rows][:, :, shown_columns]
    notes = [] if np.isfinite(shown).all() else [patch_entry(missing_text(data), MISSING)]
    label = long_label(variable)
    aspect = (down + HEADING) / width
    return [Panel(f"{label}, {t}" if t else label, drawing(table[p]), notes=notes, aspect=aspect, sixths=6) for p, t in enumerate(titles)]
