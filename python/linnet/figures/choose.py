"""Which pictures a data set has: its attributes, then the dimensions of each variable decide."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Callable, Dict, Iterable, List, Sequence, Tuple

import numpy as np

from .._error import Error
from . import components, curves, entries, heat_maps, lines, matrices, modes, neuron_paths, partitions, paths, planes
from .data import MOST_PANELS, Axis, Data, Variable, nothing_to_plot
from .page import Panel

KINDS = ("auto", "curves", "modes", "heat_map", "lines", "matrices", "entries", "plane", "paths", "partition")
EARLIER = {"heatmap": "heat_map", "spectrum": "modes", "slice": "plane"}  # what the attributes of older files say
OF_AXES = ("heat_map", "lines")  # results alone, no curves
FEW = 5
MOST_VARIABLES = 4  # of a sweep, unless asked for

_NEEDS = {
    "modes": "time and mode",
    "matrices": "input and input_2",
    "entries": "time and the entries of a matrix",
    "paths": "time and two or three coefficients or weights",
    "partition": "time, neuron and two inputs",
}


def needed(kind: str) -> str:
    """The dimensions of a variable that has this kind of picture over time."""
    return _NEEDS.get(kind, "time")


def nearest_of(word: str, known: Iterable[str]) -> str:
    return (get_close_matches(word, list(known), n=1, cutoff=0.0) or list(known))[0]


def nearest(word: str, known: Iterable[str]) -> str:
    near = get_close_matches(word, list(known), n=1)
    return f'did you mean "{near[0]}"?' if near else ""


def panels(data: Data, kind: str = "auto", variables: Sequence[str] = ()) -> Tuple[List[Panel], List[str]]:
    """The panels of a data set's picture, and what is to be said below them."""
    if kind not in KINDS:
        raise Error("kind", ", ".join(KINDS[:-1]) + " or " + KINDS[-1], f'"{kind}"', nearest(kind, KINDS))
    figure = EARLIER.get(data.text("figure"), data.text("figure"))
    # The attribute of the file is a hint: an attribute for a run need not apply to a sweep of it.
    if kind == "auto" and figure in KINDS:
        there = data.is_run and "slice_cost" in data if figure == "plane" else _sweep_has(data, figure)
        if there and (figure in ("curves", "modes", "entries", "plane", "paths", "partition") or not data.is_run):
            kind = figure
    page = Page(bool(variables))
    (_run if data.is_run else _sweep)(page, data, kind, list(variables))
    return page.panels, page.said


class Page:
    """Draws those of several variables that can be drawn: one that was not asked for by name and has no picture is left
    out, as long as others have one. Of one with very many panels the first are drawn."""

    def __init__(self, asked: bool) -> None:
        self.panels: List[Panel] = []
        self.said: List[str] = []
        self.asked = asked
        self.first_error: List[Error] = []

    def add(self, name: str, make: Callable[[], List[Panel]]) -> None:
        try:
            made = make()
        except Error as error:
            if self.asked:
                raise
            self.first_error.append(error)
            return
        if len(made) > MOST_PANELS:
            self.said.append(f'"{name}": the first {MOST_PANELS} of {len(made)} panels')
        self.panels += made[:MOST_PANELS]

    def require_something(self) -> None:
        if not self.panels and self.first_error:
            raise self.first_error[0]


def wanted(data: Data, variables: List[str]) -> List[str]:
    """Those asked for, or else those of the attribute `panels` that there are."""
    if not variables:
        return [name for name in data.text("panels").split() if name in data]
    known = data.drawable()
    for name in variables:
        if name not in known:
            raise Error("variables", "variables of the data set", f'"{name}"', nearest(name, known) if known else "it has none to plot")
    return variables


# Runs


def _family(name: str) -> str:
    """Scalars that share a panel: errors among themselves, ranks among themselves, anything else alone."""
    return next((end for end in ("error", "rank") if name.endswith(end)), name)


def _run_order(data: Data) -> List[str]:
    """What leads, then all else that was recorded."""
    every = data.drawable()
    over = lambda name, modes: "time" in data[name].dims and ("mode" in data[name].dims) == modes and not data[name].is_matrix  # noqa: E731
    first = [name for name in ("train_error", "test_error", "cost") if name in every]
    first += [name for name in every if name not in first + ["step", "path_x", "path_y"] and over(name, False)]
    first += [name for name in ("singular_values",) if name in every]
    first += [name for name in every if over(name, True) and name not in first]
    return first + [name for name in every if data[name].is_matrix]


def _run_kind(variable: Variable) -> str:
    if variable.is_matrix:
        return "matrices"
    return "" if "time" not in variable.dims else "modes" if "mode" in variable.dims else "curves"


def _run(page: Page, data: Data, kind: str, variables: List[str]) -> None:
    if kind in OF_AXES:
        raise Error("kind", "curves or modes for a run", kind)
    if kind == "plane":
        page.panels += planes.panels(data)
        return
    if kind == "partition":
        page.panels += partitions.panels(data)
        return
    if kind == "paths":
        for name in wanted(data, variables) if variables else data.drawable():
            if paths.has_paths(data, data[name]):
                page.add(name, lambda name=name: paths.panels(data, name))
            elif variables:
                raise Error("variables", f"variables over {needed(kind)}", f'"{name}", which is not')
        page.require_something()
        if not page.panels:
            raise nothing_to_plot(f"a variable over {needed(kind)}", "none")
        return
    names = wanted(data, variables)
    if kind == "entries" and not names:
        names = [name for name in data.drawable() if entries.has_entries(data[name])]
    groups: List[List[str]] = []
    others: List[str] = []
    for name in names or _run_order(data):
        own = _run_kind(data[name])
        if own and (kind == "entries" or (kind == "auto" and "output_2" in data[name].dims)) and entries.has_entries(data[name]):
            page.add(name, lambda name=name: entries.panels(data, name))
            continue
        if not own or kind not in ("auto", own, "entries"):
            if variables:
                what = "variables over time, or time and mode" if kind == "auto" else f"variables over {needed(kind)}"
                raise Error("variables", what, f'"{name}", which is not')
            continue
        if own != "curves":
            others.append(name)
            continue
        relative = next((g for g in groups if _related(data, g[0], name)), None)
        groups.append([name]) if relative is None else relative.append(name)
    for group in groups:
        page.add(group[0], lambda group=group: _run_curves(data, group, kind))
    for name in sorted(others, key=lambda name: data[name].is_matrix):
        page.add(name, lambda name=name: matrices.panels(data, name) if data[name].is_matrix else [modes.panel(data, name)])
    if kind == "auto" and "slice_cost" in data and not names:
        page.add("slice_cost", lambda: planes.panels(data))
    page.require_something()
    if not page.panels or data.sizes.get("time", 0) == 0:
        raise nothing_to_plot(f"a variable over {needed(kind)}", "none")


def _related(data: Data, one: str, other: str) -> bool:
    by_task = lambda name: "task" in data[name].dims  # noqa: E731
    alone = components.has_components(data[one]) or components.has_components(data[other])
    return not alone and by_task(one) == by_task(other) and _family(one) == _family(other)


def _run_curves(data: Data, group: List[str], kind: str) -> List[Panel]:
    first = data[group[0]]
    if kind == "auto" and neuron_paths.has_neuron_paths(data, first):
        return neuron_paths.panels(data, group[0])
    if components.has_components(first):
        return components.panels(data, group[0])
    if "task" in first.dims:
        return [panel for name in group for panel in curves.panels(data, name)]
    return [curves.run_panel(data, group)]


# Sweeps


def _fits(data: Data, variable: Variable, kind: str) -> bool:
    over_time = "time" in variable.dims and not variable.is_matrix
    known: Dict[str, bool] = {
        "matrices": variable.is_matrix,
        "entries": "time" in variable.dims,
        "paths": paths.has_paths(data, variable),
        "partition": partitions.has_partition(data, variable),
        "curves": over_time,
        "modes": over_time and "mode" in variable.dims,
        "auto": True,
    }
    return known.get(kind, not variable.is_matrix and not over_time)


def _sweep_has(data: Data, kind: str) -> bool:
    return any(_fits(data, data[name], kind) for name in data.drawable())


def _map_or_lines(data: Data, axes: List[Axis]) -> str:
    """Two long numeric axes make a map, one for each of a few values of a third axis; otherwise lines compare better."""
    numbers = [a for a in axes if not a.of_texts and a.name != "mode"]
    long = [a for a in numbers if a.size > FEW and a.distinct]
    count = 1
    for a in axes:
        count *= 1 if a in long else a.size
    asked = len(axes) == 2 and len(numbers) == 2 and bool(data.text("regime_lines"))
    return "heat_map" if asked or (len(long) == 2 and len(axes) <= 3 and count < FEW) else "lines"


def _sweep_kind(data: Data, name: str) -> str:
    variable = data[name]
    if variable.is_matrix:
        return "matrices"
    # Three coefficients compare better over time than in space.
    if paths.has_paths(data, variable) and ("coefficient" not in variable.dims or data.sizes["coefficient"] == 2):
        return "paths"
    if entries.has_entries(variable) and "output_2" in variable.dims:
        return "entries"
    return "curves" if "time" in variable.dims else _map_or_lines(data, data.varied(variable))


def _default_results(data: Data, kind: str) -> List[str]:
    """A result of each sort, the first of the names that there is."""
    results = [name for name in data.drawable() if _fits(data, data[name], "lines")]
    names: List[str] = []

    def take_first(*alternatives: str) -> None:
        there = [name for name in alternatives if name in results]
        # Without a test there is no test error at any point.
        valued = [name for name in there if np.isfinite(data[name].values).any()]
        names.extend((valued or there)[:1])

    take_first("best_test_error", "design_test_error", "final_test_error", "final_train_error")
    if kind == "heat_map" or (kind == "auto" and results and _sweep_kind(data, results[0]) == "heat_map"):
        take_first("best_rank", "best_stable_rank")
        take_first("best_step", "best_time", "final_step")
        take_first("log10_largest_distance", "largest_distance")
    return names or [name for name in results if name not in ("status", "rule")]


def _default_variables(data: Data, kind: str) -> List[str]:
    kept = [name for name in data.drawable() if not _fits(data, data[name], "lines") and _fits(data, data[name], kind)]
    errors = [name for name in kept if name in ("test_error", "train_error")]
    if kind != "modes" and errors:  # they stand for the rest of the curves
        kept = [name for name in kept if name in errors or data[name].is_matrix]
    return ((_default_results(data, kind) if kind in ("auto", *OF_AXES) else []) + kept)[:MOST_VARIABLES]


def _sweep(page: Page, data: Data, kind: str, variables: List[str]) -> None:
    keeps_curves = _sweep_has(data, "curves") or _sweep_has(data, "matrices")
    if kind != "auto" and kind not in OF_AXES and not keeps_curves:
        raise Error("kind", "heat_map or lines for a sweep", kind)
    names = wanted(data, variables)
    misfits = [name for name in names if not _fits(data, data[name], kind)]
    if variables and misfits:
        what = "the axes of the sweep alone" if kind in OF_AXES else needed(kind)
        raise Error("variables", f"variables over {what}", f'"{misfits[0]}", which is not')
    names = [name for name in names if name not in misfits] or _default_variables(data, kind)
    if not names:
        over_time = keeps_curves and kind not in OF_AXES
        raise nothing_to_plot(f"a variable over {needed(kind)}" if over_time else "a result over the sweep", "none")
    point = False
    makers = {
        "partition": lambda data, _: partitions.panels(data),
        "paths": paths.panels,
        "matrices": matrices.panels,
        "heat_map": heat_maps.panels,
        "lines": lines.panels,
    }
    for name in names:
        own = _sweep_kind(data, name) if kind == "auto" else kind
        if own in OF_AXES and not data.varied(data[name]):
            point = True
            continue
        make = makers.get(own, components.panels)
        if own == "entries":
            make = entries.panels if entries.has_entries(data[name]) else components.panels
        page.add(name, lambda name=name, make=make: make(data, name))
    page.require_something()
    # The results of a single point are numbers without a picture; its curves can be drawn.
    if point and (not page.panels or variables):
        raise nothing_to_plot("a sweep with an axis of more than one point", "a single point")
