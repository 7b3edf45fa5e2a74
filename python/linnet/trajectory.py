"""Trajectories: what `linnet.train` and its like give back."""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Sequence, Union

import numpy as np

from . import _linnet
from ._error import Error
from ._linnet import Task
from .networks import Network

__all__ = ["Best", "Comparison", "EventHit", "Statistics", "Trajectory"]

TIME_CONVENTION = "t = k sqrt(step_1 step_2) at step k of descent; gradient flow's time at rates 1"
COST_NORMALISATION = {
    "completion": "C = |M * (A - Y)|^2 / 2; train error = 2C / seen entries",
    "regression": "C = |A X - T|^2 / (2 P); train error = 2C / outputs",
}
FULL_COST = "C = |A - Y|^2 / 2; train error = 2C / entries"


def names_of(record: Union[str, Sequence[Any]]) -> List[Any]:
    """A list of observables from one or several."""
    if isinstance(record, str) or (isinstance(record, tuple) and len(record) == 2 and not isinstance(record[1], str)):
        return [record]
    return list(record)


class EventHit(NamedTuple):
    """An event of gradient flow, located on the way."""

    name: str
    mode: int
    """Which singular value, from 0; -1 when the event is not about one."""
    time: float
    direction: int
    """+1 rising, -1 falling."""


class Statistics(NamedTuple):
    """What a run cost."""

    steps: int
    velocity_evaluations: int
    """Right-hand sides of a flow, gradient evaluations of descent."""
    error_test_failures: int
    seconds: float
    """Wall clock; the one number of a run that differs from one time to the next."""


class Best(NamedTuple):
    """The instant of the smallest test error of all steps, recorded or not."""

    step: int
    time: float
    train_error: float
    test_error: float
    values: Dict[str, float]
    """The observables asked for by `at_best`, measured there."""


class Trajectory(Mapping):
    """A run: times x observables, with how it ended and what it cost.

    `run["test_error"]` is an array over the records, `run["singular_values"]` one of records x modes; the names are
    those that were asked for. `len(run)` counts observables; `run.time` has one entry a record.
    """

    steps: np.ndarray
    """The step at each record; internal steps of the integrator for a flow."""
    time: np.ndarray
    """Gradient-flow time at each record: t = k sqrt(step_1 step_2) at step k of descent."""
    status: str
    """"completed", "stopped" (by a rule or an event), "diverged" or "interrupted"."""
    rule: str
    """Which stop rule or event ended the run; "" when none did."""
    final_step: int
    final_time: float
    threshold: float
    """kappa: a singular value below it is lazy, above it active."""
    best: Optional[Best]
    """Where the test error was smallest; None when the task has no test."""
    final: Optional[Network]
    """The network at the end, to look at or to train on."""
    events: List[EventHit]
    statistics: Statistics

    def __init__(self, parts: Dict[str, Any], task: Task, dynamics: str) -> None:
        self._series = parts["series"]
        self._task = task
        self.dynamics = dynamics
        self.steps = parts["steps"]
        self.time = parts["time"]
        self.status = parts["status"]
        self.rule = parts["rule"]
        self.final_step = parts["final_step"]
        self.final_time = parts["final_time"]
        self.threshold = parts["threshold"]
        self.best = None if parts["best"] is None else Best(*parts["best"])
        self.final = parts["final"]
        self.events = [EventHit(*e) for e in parts["events"]]
        self.statistics = Statistics(*parts["statistics"])

    @property
    def task(self) -> Task:
        """The task it was trained on."""
        return self._task

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self._series:
            near = get_close_matches(str(name), self._series, n=1, cutoff=0.0)
            raise _Missing(
                "trajectory",
                "the name of a recorded observable",
                f'"{name}"',
                f'did you mean "{near[0]}"?' if near else "nothing was recorded",
            )
        return self._series[name][0]

    def __iter__(self):
        return iter(self._series)

    def __len__(self) -> int:
        return len(self._series)

    def __contains__(self, name: object) -> bool:
        return name in self._series

    def __eq__(self, other: object) -> bool:  # a run is itself, not its numbers
        return self is other

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        how = f"{self.status} by {self.rule}" if self.rule else self.status
        return (
            f"<linnet.Trajectory of {self.dynamics}: {how} at step {self.final_step}, t = {self.final_time:.6g}; "
            f"{len(self.time)} records of {', '.join(self._series) or 'nothing'}>"
        )

    def to_xarray(self):
        """The run as an xarray.Dataset, labelled: coordinates `time` (and `step` along it) and `mode`, from 1.

        Long names, units and conventions are attributes; `run.to_xarray().to_netcdf(path)` keeps it all.
        """
        import xarray

        variables: Dict[str, Any] = {}
        for name, (values, long_name, units) in self._series.items():
            dims = ("time", "mode") if values.ndim == 2 else ("time",)
            variables[name] = (dims, values, {"long_name": long_name, "units": units})
        coordinates: Dict[str, Any] = {
            "time": ("time", self.time, {"long_name": "gradient-flow time t", "units": "1"}),
            "step": ("time", self.steps, {"long_name": "step", "units": "1"}),
        }
        if any(values.ndim == 2 for values, _, _ in self._series.values()):
            modes = np.arange(1, min(self._task.shape) + 1)
            coordinates["mode"] = ("mode", modes, {"long_name": "singular mode", "units": "1"})
        return xarray.Dataset(variables, coordinates, self._attributes())

    def _attributes(self) -> Dict[str, str]:
        attributes = {
            "title": f"{self.dynamics} on {self._task.name}",
            "kind": "run",
            "linnet_version": _linnet.version,
            "threshold": repr(self.threshold),
            "time_convention": TIME_CONVENTION,
            "cost_normalisation": COST_NORMALISATION.get(self._task.name, FULL_COST),
            "math_library": _linnet.math_library,
            "status": self.status,
            "rule": self.rule,
        }
        if self.best is not None:
            attributes["best_step"] = repr(self.best.step)
            attributes["best_time"] = repr(self.best.time)
            attributes["best_test_error"] = repr(self.best.test_error)
        return attributes

    def plot(self, names: Union[str, Sequence[str], None] = None, axes: Any = None):
        """Draw the run with matplotlib, over time: errors in one panel, each other observable in one of its own.

        Args:
            names: which observables; all that were recorded by default.
            axes: matplotlib axes to draw in, as many as there are panels; a new figure by default.

        Returns the matplotlib figure.
        """
        from .figures import plot_runs

        return plot_runs({self.dynamics: self}, names, axes)


class _Missing(Error, KeyError):
    """So that `run.get(name)` and `name in run` work as for any mapping."""

    __str__ = ValueError.__str__


_Missing.__name__ = _Missing.__qualname__ = "Error"
_Missing.__module__ = "linnet"


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two networks on one task by the same steps of descent, as `linnet.compare` gives."""

    first: Trajectory
    second: Trajectory
    distance: np.ndarray = field(repr=False)
    """|A - A'|_F at each record."""
    largest_distance: float
    """Over all steps, recorded or not."""

    def to_xarray(self):
        """Both runs as one xarray.Dataset, along a leading dimension `dynamics`, with `distance` over time."""
        import xarray

        names = [self.first.dynamics, self.second.dynamics]
        if names[0] == names[1]:
            names = ["first", "second"]
        both = xarray.concat(
            [self.first.to_xarray(), self.second.to_xarray()],
            dim=xarray.DataArray(names, dims="dynamics", name="dynamics"),
            combine_attrs="override",
        )
        both["distance"] = (
            ("time",),
            self.distance,
            {"long_name": f"distance between {names[0]} and {names[1]}", "units": "1"},
        )
        both.attrs["title"] = f"{names[0]} against {names[1]} on {self.first.task.name}"
        return both

    def plot(self, names: Union[str, Sequence[str], None] = None, axes: Any = None):
        """Draw both runs with matplotlib over each other, the second dashed. Returns the figure."""
        from .figures import plot_runs

        labels = [self.first.dynamics, self.second.dynamics]
        if labels[0] == labels[1]:
            labels = ["first", "second"]
        return plot_runs(dict(zip(labels, (self.first, self.second))), names, axes)
