"""Pictures of results, by matplotlib, from the labelled data set alone.

    linnet.figures.draw(result)                    the fitting picture of a run, a comparison, a data set or a file
    linnet.figures.draw("phase.nc").savefig("phase.pdf")
    linnet.figures.curves(run, "test_error", ax=ax)          one kind of picture, in axes of your own

A picture is a matplotlib Figure that pyplot does not know of, so that nothing has to be closed. Labels, units, scales,
regime lines and theory beside the data come from the attributes of the data set. `style()` is the style sheet as a
context for figures of your own: `with linnet.figures.style(): ...`.
"""

from __future__ import annotations

from typing import Any, Sequence, Union

from . import choose
from .choose import KINDS
from .data import Data
from .labels import plain
from .output import save
from .page import show
from .style import SHEET, Picture, parameters, style

__all__ = [
    "KINDS", "SHEET", "Picture", "components", "curves", "draw", "entries", "heat_map", "lines", "matrices", "modes", "neuron_paths",
    "parameters", "partition", "paths", "plane", "save", "style",
]  # fmt: skip

Names = Union[str, Sequence[str]]


def draw(result: Any, kind: str = "auto", variables: Names = (), *, ax: Any = None, width_cm: float = 0) -> Any:
    """The fitting picture of a result.

    Args:
        result: a run, a comparison, an xarray.Dataset or the path of a result file.
        kind: "auto", "curves", "modes", "heat_map", "lines", "matrices", "entries", "plane",
            "paths" or "partition".
        variables: the variables to show; by default those that the data set's attribute "panels" names, else what fits.
        ax: matplotlib axes to draw in, as many as there are panels, and what is then returned; by default a new figure.
        width_cm: of a new figure; 0 for 8.5 cm a panel, a column of a journal.

    Raises:
        linnet.Error: for another kind, unknown variables, or nothing to plot.
    """
    data = Data.of(result)
    names = [variables] if isinstance(variables, str) else list(variables)
    panels, said = choose.panels(data, kind, names)
    return show(panels, ax, plain(data.text("title")), width_cm, said)


def curves(result: Any, names: Names = (), ax: Any = None) -> Any:
    """Observables over time: two dynamics in lockstep solid and dashed. A figure; or the given axes, one a panel."""
    return draw(result, "curves", names, ax=ax)


def modes(result: Any, names: Names = (), ax: Any = None) -> Any:
    """A per-mode observable over time: leading modes, the bulk shaded, the threshold κ."""
    return draw(result, "modes", names, ax=ax)


def heat_map(result: Any, names: Names = (), ax: Any = None) -> Any:
    """Results over two axes of a sweep, with contours and regime lines; points that failed are hatched."""
    return draw(result, "heat_map", names, ax=ax)


def lines(result: Any, names: Names = (), ax: Any = None) -> Any:
    """Results along one axis of a sweep, with the spread over seeds."""
    return draw(result, "lines", names, ax=ax)


def matrices(result: Any, names: Names = (), ax: Any = None) -> Any:
    """Matrices over pairs of input items, each square on its own scale."""
    return draw(result, "matrices", names, ax=ax)


def entries(result: Any, names: Names = (), ax: Any = None) -> Any:
    """The entries of matrices over time, a line each; of a symmetric one those of its upper half."""
    return draw(result, "entries", names, ax=ax)


def paths(result: Any, names: Names = (), ax: Any = None) -> Any:
    """Two or three weights or coefficients, from one to the other, with what is conserved."""
    return draw(result, "paths", names, ax=ax)


def partition(result: Any, ax: Any = None) -> Any:
    """A two-layer ReLU network of two inputs over the plane, at each record: the parts on which it is linear, and lines
    of its values. From `neuron_path` and `neuron_readout`."""
    return draw(result, "partition", ax=ax)


def plane(result: Any, ax: Any = None) -> Any:
    """The cost in the plane of three plateaus of a run, and the run projected to it."""
    return draw(result, "plane", ax=ax)


def components(result: Any, name: str, ax: Any = None) -> Any:
    """The numbers of each neuron, coefficient or weight over time: lines of a few, the spread of many."""
    return show(choose.components.panels(Data.of(result), name), ax)


def neuron_paths(result: Any, name: str = "neuron_path", ax: Any = None) -> Any:
    """The neurons of a layer in the plane of two inputs, beside those of their teacher."""
    return show(choose.neuron_paths.panels(Data.of(result), name), ax)
