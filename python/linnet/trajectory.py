"""Trajectories: the results of `linnet.train` and of the closed forms."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Sequence, Union

import numpy as np
from numpy.typing import ArrayLike

from . import _convert, _linnet
from ._error import Error
from ._linnet import Checkpoint, Perceptron, Task
from .datasets import dataset_of
from .networks import Network
from .observables import Observable, is_named, observable

__all__ = ["Best", "Comparison", "EventHit", "Statistics", "Trajectory"]

WITH_OPTIONS = ("rank", "end_to_end", "new_property", "new_property_all_layers", "input_noise_error", "parameter_noise_error")
KEEP = "train(..., keep_networks=True)"
TIME_CONVENTION = "t = k (step_1 ... step_L)^(1/L) / (1 - momentum) at step k of descent; gradient flow's time at rates 1"


def names_of(record: Union[str, Sequence[Any]]) -> List[Any]:
    """A list of observables from one or several; functions become the observables of their names.

    Functions without a name, such as lambdas, are function_1, function_2, …
    """
    one = isinstance(record, (str, Observable)) or callable(record)
    if one or (isinstance(record, tuple) and record[:1] in [(name,) for name in WITH_OPTIONS] and _are_options(record[1:])):
        record = [record]
    unnamed = itertools.count(1)
    return [
        observable(one, name=None if is_named(one) else f"function_{next(unnamed)}")
        if callable(one) and not isinstance(one, Observable)
        else one
        for one in record
    ]


def _are_options(some: Sequence[Any]) -> bool:
    """Whether these are options of the observable before them, not observables of their own."""
    return bool(some) and not any(
        isinstance(one, (str, Observable)) or callable(one) or (isinstance(one, tuple) and one and isinstance(one[0], str))
        for one in some
    )


def unless_raised(result: Any, raised: Optional[BaseException]) -> Any:
    """The result; or raises what was raised while the result was made, with the result as its `trajectory`."""
    if raised is None:
        return result
    raised.trajectory = result  # type: ignore[attr-defined]
    raise raised


def _weights_apart(one: Any, two: Any) -> float:
    explicit = hasattr(one, "sizes") and hasattr(two, "sizes")  # also Diagonal has `weights`
    if not explicit or one.sizes != two.sizes:
        raise Error("of", "two networks with weights of the same sizes", f"{one!r} and {two!r}")
    return float(np.sqrt(sum(np.sum((v - w) ** 2) for v, w in zip(one.weights, two.weights))))


def _outputs_apart(one: Any, two: Any, task: Task) -> float:
    if hasattr(one, "end_to_end") and hasattr(two, "end_to_end"):
        return float(np.linalg.norm(one.end_to_end - two.end_to_end))
    inputs = task.inputs
    outputs = [n(inputs) if isinstance(n, Perceptron) else inputs @ n.end_to_end.T for n in (one, two)]
    return float(np.linalg.norm(outputs[0] - outputs[1]) / np.sqrt(len(inputs)))


def _add_task(data: Any, task: Task) -> None:
    """What `linnet.figures` draws of a task: the samples in the plane, and the neurons of a teacher of two layers and one output."""
    if task.shape == (1, 2) and task.inputs is not None and len(task.inputs) <= 1000:
        data["sample_point"] = (("sample", "input"), task.inputs, {"long_name": "inputs of the training samples", "units": "1"})
        data["sample_target"] = (("sample",), task.targets[:, 0], {"long_name": "targets of the training samples", "units": "1"})
    teacher = task.teacher
    if teacher is None or len(teacher.weights) != 2 or len(teacher.weights[1]) != 1:
        return
    directions, readouts = teacher.weights
    of = {"long_name": "w of the teacher's neurons", "units": "1"}
    data["teacher_direction"] = (("teacher_neuron", "input"), directions, of)
    data["teacher_readout"] = (("teacher_neuron",), readouts[0], {**of, "long_name": "a of the teacher's neurons"})


class EventHit(NamedTuple):
    """An event of a gradient flow.

    `mode` is the index of the singular value, from 0, or -1 for other events; `direction` is +1 rising, -1 falling.
    """

    name: str
    mode: int
    time: float
    direction: int


class Statistics(NamedTuple):
    """The work of a run.

    `velocity_evaluations` counts right-hand sides of a flow or gradient evaluations of descent; `seconds` of wall clock
    is the one number of a run that differs from one time to the next.
    """

    steps: int
    velocity_evaluations: int
    error_test_failures: int
    seconds: float


class Best(NamedTuple):
    """The instant of the smallest test error of all steps, recorded or not; with train(best="records") of the records.

    `time` is gradient-flow time; `values` has the observables of `at_best`, measured there.
    """

    step: int
    time: float
    train_error: float
    test_error: float
    values: Dict[str, float]


class Trajectory(Mapping):
    """A run: times x observables, with its status and statistics.

    `run["test_error"]` is an array over the records, `run["singular_values"]` one of records x modes (read-only views);
    the names are those of `record`. `len(run)` is the number of observables, `run.time` has one entry a record.

    Attributes:
        steps: the step at each record; internal steps of the integrator for a flow.
        time: gradient-flow time at each record; t = k step at step k of descent.
        status: "completed", "stopped" (by a rule or an event), "diverged" or "interrupted".
        rule: which stop rule or event ended the run; "" when none did.
        final_step, final_time: of the end of the run.
        warning: a reason for caution, or ""; `linnet.train` also issues it as a warning.
        best: a `Best`, where the test error was smallest; None when the task has no test, or, for a perceptron, when
            the run neither records nor stops by a quantity of the test.
        final: the network at the end (`final.end_to_end`, `final.gram`), from which training can continue; None when
            the run ended with numbers that are not finite or was interrupted within a step.
        events: a list of `EventHit`.
        statistics: a `Statistics`.
        dynamics: the kind of dynamics, in words.
        task: the task.
        networks: the network at every record, with train(keep_networks=True); else empty. `at(times)` picks some.
        order, estimate: of a start that is the light cone of a wide network, its order and, where training raised the
            order, the largest |A_k - A_(k-1)|_F at the records, relative to the largest |A|_F (0 where the cone is
            complete, nan where the order was given); None for other starts.
    """

    networks: List[Any]
    steps: np.ndarray
    time: np.ndarray
    status: str
    rule: str
    final_step: int
    final_time: float
    warning: str
    best: Optional[Best]
    final: Union[Network, Perceptron, None]
    events: List[EventHit]
    statistics: Statistics
    dynamics: str
    task: Task
    order: Optional[int]
    estimate: Optional[float]

    def __init__(self, parts: Dict[str, Any], task: Task, dynamics: str) -> None:
        self._run = parts["run"]
        self._series = parts["series"]
        self.task = task
        self.dynamics = dynamics
        self.steps = parts["steps"]
        self.time = parts["time"]
        self.status = parts["status"]
        self.rule = parts["rule"]
        self.final_step = parts["final_step"]
        self.final_time = parts["final_time"]
        self.warning = parts["warning"]
        self.best = None if parts["best"] is None else Best(*parts["best"])
        self.final = parts["final"]
        self.networks = parts["networks"]
        self.order = parts["order"]
        self.estimate = parts["estimate"]
        self.events = [EventHit(*e) for e in parts["events"]]
        self.statistics = Statistics(*parts["statistics"])

    @property
    def threshold(self) -> float:
        """kappa; a singular value below it is lazy, above it active; nan where there is none.

        Unless it was given, it is that of the start's best closure, computed when first read.
        """
        return self._run.threshold()

    @property
    def checkpoint(self) -> Checkpoint:
        """The run as it ended, to go on with `linnet.train(run.checkpoint, task, solver)`; it pickles, and `save` writes it.

        Raises linnet.Error for closed forms and for runs that diverged or were interrupted within a step.
        """
        return self._run.checkpoint()

    def at(self, times: ArrayLike) -> Any:
        """The network at a recorded time, or a list of those at several; needs train(keep_networks=True).

        Raises linnet.Error for a time that was not recorded, which names the nearest one that was.
        """
        if not self.networks:
            raise Error("keep_networks", "a run that kept its networks", "one that did not", KEEP)
        asked = _convert.reals(times, "times").astype(float)
        found = [self.networks[self._record_at(t)] for t in asked.ravel()]
        return found[0] if asked.ndim == 0 else found

    def _record_at(self, t: float) -> int:
        nearest = int(np.argmin(np.abs(self.time[: len(self.networks)] - t)))
        if abs(self.time[nearest] - t) <= 1e-9 * abs(t):
            return nearest
        near = f"the nearest one is {self.time[nearest]:.9g}"
        raise Error("times", "times at which the run recorded its network", f"{t:.9g}", near)

    def distance(self, other: Trajectory, of: str = "end_to_end") -> np.ndarray:
        """The distance of two runs at each record: |A - A'|_F, or of="weights" (sum_l |W_l - W'_l|^2)^(1/2).

        Of perceptrons the former is the root mean square over the task's samples of |f - f'|. Both runs must have kept
        their networks (keep_networks=True) at the same times; nan where one had none any more, as it diverged.
        """
        if of not in ("end_to_end", "weights"):
            raise Error("of", '"end_to_end" or "weights"', repr(of))
        if len(self.time) != len(other.time) or not np.allclose(self.time, other.time, rtol=1e-9, atol=0):
            found = f"{len(other.time)} records, not these {len(self.time)}"
            raise Error("other", "a run with the same recorded times", found)
        if not self.networks or not other.networks:
            raise Error("keep_networks", "runs that kept their networks", "one that did not", KEEP)
        apart = np.full(len(self.time), np.nan)
        for i, (one, two) in enumerate(zip(self.networks, other.networks)):
            apart[i] = _weights_apart(one, two) if of == "weights" else _outputs_apart(one, two, self.task)
        return apart

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self._series:
            near = get_close_matches(str(name), self._series, n=1)
            raise _Missing(
                "trajectory",
                "the name of a recorded observable",
                f'"{name}"',
                f'did you mean "{near[0]}"?' if near else f"recorded: {', '.join(self._series) or 'nothing'}",
            )
        return self._series[name][0]

    def __iter__(self):
        return iter(self._series)

    def __len__(self) -> int:
        return len(self._series)

    def __contains__(self, name: object) -> bool:
        return name in self._series

    def _parts(self) -> tuple:
        return self._run, self.task, self.dynamics

    @classmethod
    def _made_of(cls, run: Any, task: Task, dynamics: str) -> Trajectory:
        return cls(run.parts(), task, dynamics)

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
        """The run as an xarray.Dataset, labelled as in result files.

        Coordinates: `time` with `step` along it, `mode` from 1. Besides the observables it has the last A
        (`final_end_to_end`), the neurons of the task's teacher (`teacher_direction`, `teacher_readout`), and the events
        of a flow, their modes from 1 as well and 0 for none (`events` counts from 0, -1 for none). Long names, units and conventions are attributes. A run does not contain the seeds of its
        network and task; the caller can add the attribute `seed` of files.
        """
        data = dataset_of(self._run.dataset())
        data.attrs.update(
            title=f"{self.dynamics} on {self.task.name}",
            kind="run",
            linnet_version=_linnet.version,
            time_convention=TIME_CONVENTION,
            cost_normalisation=self.task.cost_normalisation,
            math_library=_linnet.math_library,
            backend=_linnet.backend,
        )
        if isinstance(self.final, Perceptron):
            data.attrs.update(activation=self.final.activation, slope=str(self.final.slope))
        _add_task(data, self.task)
        return data

    def plot(self, names: Union[str, Sequence[str]] = (), ax: Any = None):
        """Draw the run by matplotlib: errors in one panel, singular values with the threshold, all else that was recorded.

        Args:
            names: which observables; all that were recorded by default.
            ax: matplotlib axes to draw in, as many as there are panels, and what is then returned; by default a new figure.

        Returns the matplotlib figure, which `linnet.figures.save` writes.
        """
        from .figures import draw

        return draw(self, variables=names, ax=ax)


class _Missing(Error, KeyError):
    """So that `run.get(name)` and `name in run` work as for any mapping."""

    __str__ = ValueError.__str__


_Missing.__name__ = _Missing.__qualname__ = "Error"
_Missing.__module__ = "linnet"


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two networks trained on one task by the same steps of descent, the result of `linnet.compare`.

    Attributes:
        first, second: their trajectories.
        distance: |A - A'|_F at each record; of perceptrons the root mean square over the samples of |f - f'|.
        largest_distance: over all steps, recorded or not.
        of_outputs: whether the distance is that of outputs, not of A.
    """

    first: Trajectory
    second: Trajectory
    distance: np.ndarray = field(repr=False)
    largest_distance: float
    of_outputs: bool = field(default=False, repr=False)

    @property
    def weight_distance(self) -> np.ndarray:
        """(sum_l |W_l - W'_l|^2)^(1/2) at each record; needs compare(keep_networks=True) and weights of the same sizes."""
        return self.first.distance(self.second, of="weights")

    def _labels(self) -> List[str]:
        labels = [self.first.dynamics, self.second.dynamics]
        return ["first", "second"] if labels[0] == labels[1] else labels

    def to_xarray(self):
        """Both runs as one xarray.Dataset along a leading dimension `dynamics`.

        `distance` over time is |A - A'|_F / sqrt(outputs inputs), as in result files, or the distance of the outputs over
        sqrt(outputs): comparable with the root of an error.
        """
        import xarray

        names = self._labels()
        one, two = self.first.to_xarray(), self.second.to_xarray()
        shared = [name for name in one if name in two]  # the last A of one kind of network, the weights of another
        both = xarray.concat(
            [one[shared], two[shared]],
            dim=xarray.DataArray(names, dims="dynamics", name="dynamics", attrs={"long_name": "dynamics"}),
            combine_attrs="override",
        )
        outputs, inputs = self.first.task.shape
        root = np.sqrt(outputs if self.of_outputs else outputs * inputs)
        what = "|f - f'| / sqrt(n_L)" if self.of_outputs else "|A - A'|_F / sqrt(n_0 n_2)"
        both["distance"] = (
            ("time",),
            self.distance / root,
            {"long_name": f"distance {what} of the two dynamics", "units": "1"},
        )
        both.attrs["largest_distance"] = self.largest_distance / root
        both.attrs["title"] = f"{names[0]} against {names[1]} on {self.first.task.name}"
        return both

    def plot(self, names: Union[str, Sequence[str]] = (), ax: Any = None):
        """Draw both runs by matplotlib over each other, the second dashed; as `Trajectory.plot`."""
        from .figures import draw

        return draw(self, variables=names, ax=ax)
