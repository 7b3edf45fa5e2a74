"""What gradient flow makes of a network, before it is trained, by the cheapest method that is exact.

Source: docs/exact.md, "Predict" and "Regimes of your own network".
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, List, Optional, Sequence, Union

import numpy as np
from numpy.typing import ArrayLike

from . import _linnet
from ._error import Error
from ._linnet import Perceptron, Task, Weights
from ._pickle import remember
from ._tasks import require_task
from ._types import Layerwise
from .exact import ExactFlow
from .modes import _over, _shaped, _time, _times
from .networks import Closure, EffectiveBalance, Network
from .trajectory import Trajectory, names_of, unless_raised

__all__ = ["Diagnosis", "Prediction", "diagnose", "predict"]


class Prediction:
    """Gradient flow of a network at any time in [0, inf]; made by `linnet.predict`.

    Closed forms are evaluated at t. Flows are integrated until they settle, which t = inf is; where one has not settled
    (`settled`), what is asked at inf is nan. t is gradient-flow time. Many times in one call take one integration.
    """

    def __init__(self, *_: Any, **__: Any) -> None:
        raise Error("Prediction", "linnet.predict(network, task)", "a call of the class")

    @classmethod
    def _of(cls, made: "_linnet.Prediction", task: Task, times: Any, record: Any, make: Any, *arguments: Any, **options: Any) -> "Prediction":
        self = cls.__new__(cls)
        self._prediction = made
        self._task = task
        self._times = None if times is None else np.array(_times(times), ndmin=1)
        self._record = record
        self._trajectory = None
        self._known = {}
        remember(self, make, *arguments, **options)
        return self

    @property
    def method(self) -> str:
        """The method: "mode_by_mode", "closed_form", "gram_flow", …, as `linnet.predict` takes them."""
        return self._prediction.method()

    @property
    def reason(self) -> str:
        """Why this method, in words."""
        return self._prediction.reason()

    @property
    def error(self) -> float:
        """Estimate of the largest error over all times, relative to the largest |A| or |Y|; nan where it is unknown."""
        return self._prediction.error()

    @property
    def threshold(self) -> float:
        """kappa: a mode is lazy while its singular value is below it and active above; nan where there is none."""
        return self._prediction.threshold()

    @property
    def warning(self) -> str:
        """What to know before trusting it; most often empty."""
        return self._prediction.warning()

    @property
    def settled(self) -> bool:
        """Whether what the flow tends to is known."""
        return self._prediction.settled()

    @property
    def shape(self) -> tuple:
        """(outputs, inputs)."""
        return self._prediction.shape()

    @property
    def target(self) -> np.ndarray:
        """y_i of the modes, falling: the singular values of Y, or of what a flow ends in where the cost does not determine Y."""
        return self._prediction.target()

    @property
    def closed_form(self) -> Optional[ExactFlow]:
        """The `ExactFlow` of a prediction that is one; else None."""
        flow = self._prediction.closed_form()
        return None if flow is None else ExactFlow._of(flow, self._task, _closed_form, self)

    def values(self, observable: Any, t: ArrayLike) -> Any:
        """An observable, by its name or as `linnet.train` records it, at t: its numbers along the last axis."""
        (one,) = names_of([observable])
        return _over(lambda times: self._prediction.values(one, times), t)

    def train_error(self, t: ArrayLike) -> Union[float, np.ndarray]:
        """The train error at t, in the shape of t."""
        return self._number("train_error", t)

    def test_error(self, t: ArrayLike) -> Union[float, np.ndarray]:
        """The test error at t, in the shape of t. Raises linnet.Error for a task without one."""
        return self._number("test_error", t)

    def kernel_distance(self, t: ArrayLike) -> Union[float, np.ndarray]:
        """1 - <K_0, K_t> / (|K_0| |K_t|) of the neural tangent kernel on the task's inputs, in the shape of t."""
        return self._number("kernel_distance", t)

    def _number(self, name: str, t: ArrayLike) -> Any:
        return _over(lambda times: self._prediction.values(name, times)[:, 0], t)

    def end_to_end(self, t: ArrayLike) -> np.ndarray:
        """A(t), outputs x inputs, after the axes of t."""
        times = _times(t)
        flat = self._prediction.values("end_to_end", times.ravel())
        return flat.reshape(times.shape + tuple(self.shape))

    def modes(self, t: ArrayLike) -> np.ndarray:
        """u_i^T A(t) v_i, the modes along the last axis."""
        return _over(self._prediction.modes, t)

    def singular_values(self, t: ArrayLike) -> np.ndarray:
        """The singular values of A(t), falling, along the last axis."""
        return _over(lambda times: self._prediction.values("singular_values", times), t)

    def network(self, t: float) -> Any:
        """The network at time t, from which to continue; None where nothing is predicted."""
        return self._prediction.network(_time(t))

    def learning_times(self, fraction: float = 0.5) -> np.ndarray:
        """The first time at which each mode passes this fraction, in (0, 1), of y_i; inf where it never does, nan where unknown."""
        return self._once(("learning_times", fraction), lambda: self._prediction.learning_times(fraction)).copy()

    def activation_times(self) -> np.ndarray:
        """The first time at which each mode passes kappa, from lazy to active; inf where never, nan where there is no kappa."""
        return self._once("activation_times", self._prediction.activation_times).copy()

    @property
    def regimes(self) -> List[Optional[str]]:
        """Of each mode: "lazy", "active", "delayed-rich" or "never"; None where it is not known (`Diagnosis.regimes`)."""
        return list(self._once("regimes", self._prediction.regimes))

    def _once(self, key: Any, compute: Any) -> Any:
        """What takes an integration, kept."""
        try:
            if key not in self._known:
                self._known[key] = compute()
        except TypeError:  # a key without a hash: an argument that is refused
            return compute()
        return self._known[key]

    @property
    def learned(self) -> np.ndarray:
        """Whether each mode is known to be learned."""
        return np.array([regime not in (None, "never") for regime in self.regimes], dtype=bool)

    @property
    def times(self) -> np.ndarray:
        """Those of `trajectory`: as given, or 0 and a hundred, evenly spaced in the logarithm, until everything is learned."""
        if self._times is None:
            self._times = self._prediction.default_times()
        return self._times

    @property
    def trajectory(self) -> Trajectory:
        """The prediction as a run at `times`, with the observables that `predict` was asked for; made when first asked for."""
        if self._trajectory is None:
            self._trajectory = self.trace(self.times, self._record)
        return self._trajectory

    def trace(self, times: ArrayLike, record: Union[str, Sequence[Any]] = ("train_error",), *, threshold: Optional[float] = None) -> Trajectory:
        """The prediction as a run at 0 and these times, in the form of a run of `linnet.train`, to compare with it.

        Raises linnet.Error for times that are negative or nan, and observables that network and task do not have.
        """
        parts, raised = _linnet.trace(self._prediction, np.array(_times(times), ndmin=1).ravel(), names_of(record), threshold)
        return unless_raised(Trajectory(parts, self._task, "prediction"), raised)

    def __repr__(self) -> str:
        outputs, inputs = self.shape
        error = "error not known" if np.isnan(self.error) else f"error {self.error:.2g}"
        return f"<linnet.Prediction, {outputs} x {inputs}, {self.method.replace('_', ' ')}: {self.reason}; {error}>"


def predict(
    network: Union[Network, Perceptron],
    task: Task,
    times: Optional[ArrayLike] = None,
    record: Union[str, Sequence[Any]] = ("train_error",),
    *,
    rates: Layerwise = 1.0,
    tolerance: Optional[float] = None,
    method: Optional[str] = None,
) -> Prediction:
    """What gradient flow makes of a network, by the cheapest method whose error is within the tolerance.

    Args:
        network: any network, with or without a closed form.
        task: any task that fits it.
        times: those of `prediction.trajectory`, inf included; by default until everything is learned. A prediction can
            be asked at any other time too.
        record: the observables of `prediction.trajectory`, as for `linnet.train`.
        rates: the learning rate of all layers or of each.
        tolerance: the largest error of A(t), relative to the largest |A| or |Y|, that is accepted; by default 1e-6, of a
            perceptron, whose flow has kinks, 1e-2.
        method: one method instead: "mode_by_mode" (infinite width), "closed_form" (`ExactFlow`), "nearest_closed_form",
            "gram_flow" (two layers of any width), "light_cone" (deep and wide), "flow" (all weights, or any other state),
            "self_consistent", "linearized" (the lazy limit of a perceptron).

    The estimates of flows come from a second integration to a looser tolerance; those of the nearest closed form are
    those of `diagnose`.
    Source: docs/exact.md, "Predict".

    Raises:
        linnet.Error: for a network that does not fit the task, bad options, a start that training cannot leave, and a
            method that does not apply.
        KeyboardInterrupt: on Ctrl-C, within a second.

    Warns:
        RuntimeWarning: where the prediction is not to be trusted, or has not settled: `prediction.warning`.
    """
    require_task(task)
    try:
        what = names_of(record)
    except TypeError:
        raise Error("record", "an observable or several", repr(record)) from None
    if times is not None:
        _require(times)
    made = _linnet.predict(network, task, rates, tolerance, method)
    _warn(made, 3)
    return Prediction._of(made, task, times, what, predict, network, task, times, record, rates=rates, tolerance=tolerance, method=method)


def _require(times: ArrayLike) -> None:
    array = _times(times)
    if array.size == 0 or not np.all(array >= 0):
        raise Error("times", "times >= 0, inf for the end", "none" if array.size == 0 else f"{array[~(array >= 0)].ravel()[0]}")


def _warn(made: "_linnet.Prediction", level: int) -> None:
    if made.warning():
        warnings.warn(made.warning(), RuntimeWarning, stacklevel=level)


def _closed_form(prediction: Prediction) -> Optional[ExactFlow]:
    return prediction.closed_form


@dataclass(frozen=True)
class Diagnosis:
    """Regime and predicted learning of a network, before training; made by `linnet.diagnose`.

    Attributes:
        balance: the lambda of the weights, and their distance from balanced weights.
        closure: the lambda and c^2 of the closest closure, and its residual: `fit_closure`.
        threshold: kappa of the prediction: modes below kappa are lazy, above it active. Where the closure does not
            hold, lambda and kappa of the prediction come from the traces of C_1 and C_2 (`prediction.closed_form.closure`).
        verdict: "exact" (in closed form), "approximate" (the nearest closed form; see `error`) or "integrated" (no closed
            form applies: a flow was integrated, and `reason` says why); None without a task.
        reason: the reason for the verdict, in words.
        condition: condition number of the inputs' covariance as given; inf where it is singular.
        error: estimate of the largest |A_predicted - A| / |Y| over all times; nan without a prediction.
        regimes: of each mode of the target, by how far the tangent kernel moves on it: "lazy" (the kernel is there from the
            start), "active" (it grows, y_i > kappa), "delayed-rich" (y_i <= kappa, and yet a layer turns to the mode
            first) or "never" (learned); None for a mode of which this is not known; empty without a task.
        prediction: the `Prediction`; None without a task.
    """

    balance: EffectiveBalance
    closure: Closure
    threshold: float
    verdict: Optional[str]
    reason: str
    condition: float
    error: float
    regimes: List[Optional[str]]
    prediction: Optional[Prediction]

    @property
    def ends_active(self) -> np.ndarray:
        """Whether each mode of the target ends active: regime active or delayed-rich."""
        if self.prediction is None:
            raise Error("task", "a task", "none")
        return np.isin([regime or "" for regime in self.regimes], ["active", "delayed-rich"])


def diagnose(weights: Weights, task: Optional[Task] = None, *, tolerance: float = 1e-8) -> Diagnosis:
    """Regime, predicted learning curve and its reliability, of given weights on a given task.

    Args:
        weights: the start.
        task: the task; without one only balance, closure and threshold are computed.
        tolerance: the largest closure residual that counts as exact.

    The error estimate of the nearest closed form is the largest distance between predictions that agree if the closure is
    satisfied. Where no closed form applies the prediction is that of `predict`.
    Source: docs/exact.md, "Regimes of your own network".

    Raises:
        linnet.Error: for weights that do not fit the task, and a tolerance that is not above 0.

    Warns:
        RuntimeWarning: where the start is at or near a saddle, as for `ExactFlow`, or a flow has not settled.
    """
    balance, closure, threshold, verdict, reason, condition, error, regimes, made = _linnet.diagnose(weights, task, tolerance)
    if made is not None:
        _warn(made, 3)
    return Diagnosis(
        balance=EffectiveBalance(*balance),
        closure=Closure(*closure),
        threshold=threshold,
        verdict=verdict,
        reason=reason,
        condition=condition,
        error=error,
        regimes=regimes,
        prediction=None if made is None else Prediction._of(made, task, None, ("train_error",), _diagnosed, weights, task, tolerance),
    )


def _diagnosed(weights: Weights, task: Task, tolerance: float) -> Optional[Prediction]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it was told when the first one was made
        return diagnose(weights, task, tolerance=tolerance).prediction
