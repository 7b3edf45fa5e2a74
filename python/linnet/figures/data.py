"""What pictures read from a labelled data set: variables, dimensions as axes, means over what is not shown."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

import numpy as np

from .._error import Error
from .labels import axis_label, in_words, plain, value_text

DIVERGED = 2  # of `status`: this and what is above has no final result


def nothing_to_plot(expected: str, got: str) -> Error:
    return Error("data", expected, got)


@dataclass
class Variable:
    name: str
    dims: Tuple[str, ...]
    values: np.ndarray
    attributes: Dict[str, Any]

    @property
    def is_text(self) -> bool:
        return self.values.dtype.kind not in "biuf"

    @property
    def is_matrix(self) -> bool:
        """A square over the input items, with itself."""
        return "input" in self.dims and "input_2" in self.dims and "output" not in self.dims

    @property
    def is_share(self) -> bool:
        """A part of 1: its axis is linear, whatever it spans."""
        return self.name.endswith("accuracy")

    def text(self, name: str) -> str:
        return as_text(self.attributes.get(name, ""))


def as_text(attribute: Any) -> str:
    return attribute if isinstance(attribute, str) else " ".join(str(x) for x in np.ravel(attribute))


class Data:
    """A data set as its parts, with the attributes that decide what is drawn."""

    def __init__(self, parts: Dict[str, Any]) -> None:
        self.sizes: Dict[str, int] = {}
        self.attributes: Dict[str, Any] = parts["attributes"]
        self.variables: Dict[str, Variable] = {}
        for name, dims, values, attributes in parts["variables"]:
            variable = Variable(name, tuple(dims), np.asarray(values), attributes)
            self.variables[name] = variable
            self.sizes.update(zip(variable.dims, variable.values.shape))

    @classmethod
    def of(cls, source: Any) -> "Data":
        """A run, a comparison, an xarray.Dataset, or the path of a result file."""
        if isinstance(source, Data):
            return source
        if isinstance(source, (str, os.PathLike)):
            from .. import _linnet

            return cls(_linnet.read_netcdf(os.path.expanduser(os.fspath(source))))
        from ..datasets import parts_of

        return cls(parts_of(source))

    def __contains__(self, name: str) -> bool:
        return name in self.variables

    def __getitem__(self, name: str) -> Variable:
        if name not in self.variables:
            raise nothing_to_plot(f'a variable "{name}"', "none")
        return self.variables[name]

    def text(self, name: str) -> str:
        return as_text(self.attributes.get(name, ""))

    def number(self, name: str) -> float:
        try:
            return float(self.text(name))
        except ValueError:
            return float("nan")

    def numbers(self, name: str) -> List[float]:
        found = []
        for word in self.text(name).split():
            try:
                found.append(float(word))
            except ValueError:
                return found
        return found

    @property
    def is_run(self) -> bool:
        """Of one run, over time; else of a sweep."""
        kind = self.text("kind")
        return kind == "run" if kind in ("run", "sweep") else "time" in self.sizes

    def drawable(self) -> List[str]:
        """The variables that are numbers over at least one dimension, none of length 0, and no coordinates."""
        return [v.name for v in self.variables.values() if not v.is_text and v.dims and v.values.size and v.name not in self.sizes]

    # Dimensions as axes

    def axis(self, dimension: str) -> "Axis":
        """By its coordinate variable; without one it counts from 1. With a value that is not finite it is of texts."""
        n = self.sizes[dimension]
        if dimension not in self.variables or self.variables[dimension].dims != (dimension,):
            return Axis(dimension, plain(in_words(dimension)), np.arange(1.0, n + 1))
        coordinate = self.variables[dimension]
        label = axis_label(coordinate)
        if coordinate.is_text:
            return Axis(dimension, label, None, [str(t) for t in coordinate.values])
        values = coordinate.values.astype(float)
        if not np.isfinite(values).all():
            return Axis(dimension, label, None, [f"{v:.4g}" for v in values])
        scale = coordinate.text("scale")
        sizes = np.abs(values[values != 0])
        unit = float(sizes.min()) if scale == "symmetric" and sizes.size else 0.0
        return Axis(dimension, label, values, None, scale == "logarithmic" and bool((values > 0).all()), unit)

    def varied(self, variable: Variable) -> List["Axis"]:
        """The dimensions that distinguish pictures of a variable: those of more than one value, but time, the input
        items of a matrix, and `seed`, unless it is the only one."""
        skipped = {"time", "seed"} | ({"input", "input_2"} if variable.is_matrix else set())
        axes = [self.axis(d) for d in variable.dims if self.sizes[d] > 1 and d not in skipped]
        seeds = "seed" in variable.dims and self.sizes["seed"] > 1
        return axes or ([self.axis("seed")] if seeds else [])

    # Values over chosen dimensions

    def failed(self, variable: Variable) -> np.ndarray:
        """Which of a variable's values are of points that failed; none of curves, which are kept as far as they go."""
        none = np.zeros(variable.values.shape, bool)
        status = self.variables.get("status")
        if status is None or status.is_text or variable.name == "status" or {"time", "steps"} & set(variable.dims):
            return none
        if not set(status.dims) <= set(variable.dims):
            return none
        order = sorted(range(len(status.dims)), key=lambda k: variable.dims.index(status.dims[k]))
        shape = [n if d in status.dims else 1 for d, n in zip(variable.dims, variable.values.shape)]
        return none | (status.values.transpose(order).reshape(shape) >= DIVERGED)

    def _table(self, name: str, dims: Sequence[str], values: np.ndarray) -> np.ndarray:
        variable = self[name]
        for d in dims:
            if d not in variable.dims:
                raise Error("variables", f"a variable over {d}", f'"{name}", which is not')
        if not values.size:
            raise Error("variables", "a variable with values", f'"{name}", which has none')
        order = [variable.dims.index(d) for d in dims]
        order += [k for k in range(len(variable.dims)) if k not in order]
        shown = tuple(self.sizes[d] for d in dims)
        return values.transpose(order).reshape(shown + (-1,))

    def finite(self, name: str) -> np.ndarray:
        """A variable's numbers; NaN what is not finite, too large for an axis with room around it, or of a point that failed."""
        values = self[name].values.astype(float)
        return np.where((np.abs(values) < 1e300) & ~self.failed(self[name]), values, np.nan)

    def over(self, name: str, dims: Sequence[str], geometric: bool = False) -> "Values":
        """A variable over `dims`: the mean over the others of what is finite, and its standard deviation."""
        table = self._table(name, dims, self.finite(name))
        if geometric:
            with np.errstate(invalid="ignore", divide="ignore"):
                table = np.log(table)
        known = np.isfinite(table)
        count = known.sum(-1)
        mean = np.where(known, table, 0).sum(-1) / np.where(count > 0, count, np.nan)
        squares = np.where(known, (table - mean[..., None]) ** 2, 0).sum(-1)
        spread = np.sqrt(np.where(count > 1, squares / np.maximum(count - 1, 1), 0))
        return Values(np.exp(mean), np.exp(spread), True) if geometric else Values(mean, spread)

    def failed_over(self, name: str, dims: Sequence[str]) -> np.ndarray:
        """Whether a point behind each of these means failed."""
        return self._table(name, dims, self.failed(self[name])).any(-1)


@dataclass
class Axis:
    """A dimension as an axis."""

    name: str
    label: str
    values: Optional[np.ndarray]  # None: of texts
    texts: Optional[List[str]] = None
    logarithmic: bool = False
    unit: float = 0  # symmetric if positive: linear up to here, logarithmic beyond, on both sides of 0
    places: np.ndarray = field(init=False)  # where the values are drawn

    def __post_init__(self) -> None:
        self.places = np.arange(1.0, self.size + 1) if self.values is None else self.place(self.values)

    @property
    def size(self) -> int:
        return len(self.texts if self.values is None else self.values)

    @property
    def of_texts(self) -> bool:
        return self.values is None

    @property
    def distinct(self) -> bool:
        """No two values at one place."""
        return len(np.unique(self.places)) == self.size

    def place(self, values: np.ndarray) -> np.ndarray:
        """The values themselves, but on a symmetric axis, where every decade beyond the unit is 1 wide."""
        if not self.unit:
            return values
        sizes = np.where(values == 0, self.unit, np.abs(values))
        return np.where(values == 0, 0, np.copysign(1 + np.log10(sizes / self.unit), values))

    def edges(self) -> np.ndarray:
        """Of cells around rising places: half-way between neighbours, on the axis's own scale."""
        at = np.log(self.places) if self.logarithmic else self.places
        inner = (at[1:] + at[:-1]) / 2
        edges = np.concatenate([[2 * at[0] - inner[0]], inner, [2 * at[-1] - inner[-1]]])
        return np.exp(edges) if self.logarithmic else edges

    def sorted(self) -> Tuple["Axis", np.ndarray]:
        """In rising order, and the indices of that order."""
        order = np.argsort(self.places, kind="stable")
        return Axis(self.name, self.label, self.values[order], None, self.logarithmic, self.unit), order

    def first(self, count: int) -> "Axis":
        values = None if self.values is None else self.values[:count]
        texts = None if self.texts is None else self.texts[:count]
        return Axis(self.name, self.label, values, texts, self.logarithmic, self.unit)


@dataclass
class Values:
    mean: np.ndarray  # NaN where nothing is finite
    spread: np.ndarray  # 0 where fewer than two are; of geometric means a factor, and 1
    geometric: bool = False

    def ends(self) -> Tuple[np.ndarray, np.ndarray]:
        """One standard deviation below and above."""
        if self.geometric:
            return self.mean / self.spread, self.mean * self.spread
        return self.mean - self.spread, self.mean + self.spread


# Which axis does what


def take(axes: List[Axis], is_it: Callable[[Axis], bool]) -> Optional[Axis]:
    """Remove and return the first such axis."""
    found = next((a for a in axes if is_it(a)), None)
    if found is not None:
        axes[:] = [a for a in axes if a is not found]
    return found


def take_series(axes: List[Axis]) -> Optional[Axis]:
    """The axis of the colours: modes or tasks, otherwise the last numeric axis."""
    found = take(axes, lambda a: a.name in ("mode", "task"))
    last = next((a for a in reversed(axes) if not a.of_texts), None)
    return found or take(axes, lambda a: a is last)


def names(*axes: Any) -> List[str]:
    """The names of axes, lists of them and None, in order."""
    found: List[str] = []
    for a in axes:
        found += names(*a) if isinstance(a, list) else [] if a is None else [a if isinstance(a, str) else a.name]
    return found


def size(axis: Optional[Axis]) -> int:
    return 1 if axis is None else axis.size


MOST_PANELS = 24


def panel_titles(axes: Sequence[Axis]) -> List[str]:
    """ "λ = 10, trained" for each combination of the axes' values, the last axis fastest; of none one empty text."""
    titles = [""]
    for axis in axes:
        titles = [f"{t}, {value_text(axis, i)}" if t else value_text(axis, i) for t in titles for i in range(axis.size)]
    return titles
