"""The closed form, mode by mode: exact gradient flow of an infinitely wide or task-aligned two-layer network.

Nothing is integrated: each singular mode of the target has its own scalar solution, evaluated at any time in [0, inf]
by stable formulas. Source: docs/theory.md, "Mode by mode".
"""

from __future__ import annotations

import warnings
from typing import Any, Callable, NamedTuple, Optional, Sequence, Tuple, Union

import numpy as np
from numpy.typing import ArrayLike

from . import _convert, _linnet
from ._error import Error, shown
from ._linnet import GramState, Task, TaskSpectrum, Weights
from ._pickle import remember
from ._types import Seed
from .networks import Layerwise, PerLayer
from .schedules import ScheduleLike, or_automatic
from .trajectory import Trajectory, names_of, unless_raised

__all__ = ["DeepMode", "Mode", "ModeBest", "ModeFlow", "OneLayerFlow", "TaskSpectrum", "TiedFlow", "UnbalancedMode", "WideFlow", "limit_spectrum",
           "sample_spectrum"]


def _times(t: ArrayLike) -> np.ndarray:
    if np.ma.isMaskedArray(t):
        raise Error("t", "an array without a mask", shown(t), "t.compressed() has those that are not masked")
    if t is None:
        raise Error("t", "a time or an array of times", "None")
    try:
        return _convert.reals(t, "t").astype(float)
    except Error as error:
        raise Error("t", "a time or an array of times", shown(t), error.hint) from None


def _time(t: float) -> float:
    times = _times(t)
    if times.ndim != 0:
        raise Error("t", "one time", shown(t))
    return float(times)


def _shaped(values: np.ndarray, like: np.ndarray) -> Any:
    """Values at flat times, one row a time, in the shape of those times; a plain number for a single one."""
    values = values.reshape(like.shape + values.shape[1:])
    return float(values) if values.ndim == 0 else values


def _over(function: Callable[[np.ndarray], np.ndarray], t: ArrayLike) -> Any:
    """A function of flat times at t, in the shape of t."""
    times = _times(t)
    return _shaped(function(times.ravel()), times)


class Mode:
    """One singular mode in closed form: da/dt = 2 sqrt(threshold^2 + a^2) (target - a), a(0) = start.

    a is the singular value of A along a singular value `target` of Y. threshold -> 0 is the sigmoid of rate
    2 target of Saxe et al., threshold -> inf the exponential of a linear model. Time is gradient-flow time at rates 1.
    The relative error stays near 1e-15. With threshold 0 and start 0 the mode stays at the saddle a = 0.
    Source: docs/theory.md, "Mode by mode".
    """

    def __init__(self, target: float, threshold: float = 0.0, start: float = 0.0) -> None:
        self._mode = _linnet.Mode(target, threshold, start)
        self.target = float(target)
        self.threshold = float(threshold)
        self.start = float(start)

    def at(self, t: ArrayLike) -> Union[float, np.ndarray]:
        """a(t), for a time or an array of times in [0, inf]; the result has the shape of t."""
        return _over(self._mode.at, t)

    def residual(self, t: ArrayLike) -> Union[float, np.ndarray]:
        """target - a(t), to all digits however close a(t) is to the target."""
        return _over(self._mode.residual, t)

    def time_to(self, value: ArrayLike) -> Union[float, np.ndarray]:
        """The time at which a(t) = value, for values between start and target; inf at the target, nan outside."""
        return _over(self._mode.time_to, value)

    def speed(self, value: ArrayLike) -> Union[float, np.ndarray]:
        """da/dt where a(t) = value."""
        return _over(self._mode.speed, value)

    def __repr__(self) -> str:
        return f"linnet.Mode(target={self.target}, threshold={self.threshold}, start={self.start})"


class DeepMode:
    """One singular mode of balanced weights of any whole depth: ds/dt = -depth s^(2 - 2/depth) (s - target), s(0) = start.

    s is the singular value of A along a singular value `target` of Y, in a task-aligned network on whitened inputs.
    Depth 1 is an exponential, 2 the logistic function; deeper networks wait longer and end more abruptly. Time is
    gradient-flow time, all layers at `rate`. The relative error stays near 1e-14, or where a long wait ends abruptly
    that of the time itself. From depth 2 on the saddle s = 0 is never left.

    Raises:
        linnet.Error: for a depth below 1, a negative start or target, a rate that is not positive.
    """

    def __init__(self, depth: int, start: float, target: float, rate: float = 1.0) -> None:
        self._mode = _linnet.DeepMode(depth, start, target, rate)
        self.depth = int(depth)
        self.start = float(start)
        self.target = float(target)
        self.rate = float(rate)

    def at(self, t: ArrayLike) -> Union[float, np.ndarray]:
        """s(t), for a time or an array of times in [0, inf]; the result has the shape of t."""
        return _over(self._mode.at, t)

    def time(self, s: ArrayLike) -> Union[float, np.ndarray]:
        """The time at which s(t) = s, for values between start and target; inf at the target, nan outside."""
        return _over(self._mode.time, s)

    def __repr__(self) -> str:
        return f"linnet.DeepMode(depth={self.depth}, start={self.start}, target={self.target}, rate={self.rate})"


class UnbalancedMode:
    """One singular mode of layers balanced except for the first or the last: ds/dt = -rate mu(s) (s - target).

    mu = x^(2 (depth - 1)) + (depth - 1) x^(2 (depth - 2)) y^2, with x and y the singular values of the balanced layers
    and of the other: x^(depth - 1) y = s, and y^2 - x^2 = -balance for the first layer, balance for the last. The times
    are quadratures, their relative error near 1e-13. Without imbalance it is `DeepMode`; of two layers `Mode`,
    threshold |balance| / 2. s is the singular value of A along a singular value `target` of Y, in a task-aligned
    network on whitened inputs; time is gradient-flow time, all layers at `rate`.
    Source: docs/theory.md, "Layers out of balance".

    Raises:
        linnet.Error: for a depth below 2, a negative start or target, a rate that is not positive.
    """

    def __init__(
        self,
        depth: int,
        start: float,
        target: float,
        *,
        balance: float,
        layer: str = "first",
        rate: float = 1.0,
    ) -> None:
        self._mode = _linnet.UnbalancedMode(depth, start, target, balance, layer, rate)
        self.depth = int(depth)
        self.start = float(start)
        self.target = float(target)
        self.balance = float(balance)
        self.layer = layer
        self.rate = float(rate)

    def at(self, t: ArrayLike) -> Union[float, np.ndarray]:
        """s(t), for a time or an array of times in [0, inf]; the result has the shape of t."""
        return _over(self._mode.at, t)

    def time(self, s: ArrayLike) -> Union[float, np.ndarray]:
        """The time at which s(t) = s, for values between start and target; inf at the target, nan outside."""
        return _over(self._mode.time, s)

    def speed(self, s: ArrayLike) -> Union[float, np.ndarray]:
        """rate mu(s), with ds/dt = -rate mu(s) (s - target)."""
        return _over(self._mode.speed, s)

    def __repr__(self) -> str:
        return (
            f"linnet.UnbalancedMode(depth={self.depth}, start={self.start}, target={self.target}, "
            f"balance={self.balance}, layer={self.layer!r}, rate={self.rate})"
        )


class ModeBest(NamedTuple):
    """The instant of the smallest test error over all times; `time` is inf when the error falls for ever."""

    time: float
    test_error: float


def _with_spectrum(task: Union[Task, TaskSpectrum]) -> Tuple[Optional[Task], TaskSpectrum]:
    """The task, if it is one, and its spectrum."""
    if isinstance(task, Task):
        return task, sample_spectrum(task)
    if not isinstance(task, TaskSpectrum):
        raise Error("task", "a task or a spectrum", shown(task))
    return None, task


class _ByModes:
    """What the flows mode by mode share."""

    _task: Optional[Task]
    _flow: Any

    @property
    def spectrum(self) -> TaskSpectrum:
        """The singular values of the target and their overlaps with the signal."""
        return self._flow.spectrum

    def modes(self, t: ArrayLike) -> np.ndarray:
        """a_i(t), the modes along the last axis, after the axes of t."""
        return _over(self._flow.modes, t)

    def end_to_end(self, t: ArrayLike) -> np.ndarray:
        """A(t), outputs x inputs, after the axes of t."""
        times = _times(t)
        if times.ndim == 0:
            return self._flow.end_to_end(float(times))
        return np.array([self._flow.end_to_end(x) for x in times.ravel()]).reshape(times.shape + self._shape())

    def train_error(self, t: ArrayLike) -> Union[float, np.ndarray]:
        """The train error at t, in the shape of t."""
        return _over(self._flow.train_error, t)

    def test_error(self, t: ArrayLike) -> Union[float, np.ndarray]:
        """The test error at t, in the shape of t. Raises linnet.Error without a signal or test samples."""
        return _over(self._flow.test_error, t)

    def learning_times(self, fraction: float = 0.5) -> np.ndarray:
        """When each mode reaches this fraction, in (0, 1), of its target: 0 where it starts beyond, inf for never."""
        return self._flow.learning_times(fraction)

    def _shape(self) -> tuple:
        return self._flow.end_to_end(0.0).shape


class Slopes(NamedTuple):
    """Derivatives of the modes: da_i / d ln t and da_i / d ln kappa."""

    by_time: np.ndarray
    by_threshold: np.ndarray


class ModeFlow(_ByModes):
    """Gradient flow of a two-layer network in closed form, at any time.

    Args:
        task: a task without a mask, of whitened inputs or of correlated ones whose covariance shares its eigenvectors
            with the right singular vectors of Y; or a `TaskSpectrum`.
        scales: (a, b) or one number for both: the representations C_1 = aI, C_2 = bI at A = 0; variance * width of a
            wide Gaussian network (`gaussian_scales`).
        rates: the learning rate of both layers or of each.
        start: a_i(0) along the singular vectors of Y; zeros by default.

    Set-up takes one SVD of the target; then a time takes O(n) for the modes and O(n^3) for a matrix. Exact for an
    infinitely wide network and for task-aligned starts; for a Gaussian network of width w the error is O(sqrt(n / w)).
    Mode i moves in the time d_i t, d_i the variance of the inputs along v_i (`spectrum.variance`).
    Source: docs/theory.md, "Mode by mode" and "Correlated inputs".

    Raises:
        linnet.Error: when the modes of the task do not decouple (inputs neither white nor aligned, masked entries), a
            scale is negative or a rate not positive.
    """

    def __init__(
        self,
        task: Union[Task, TaskSpectrum],
        *,
        scales: PerLayer = 1.0,
        rates: PerLayer = 1.0,
        start: Optional[ArrayLike] = None,
    ) -> None:
        self._task, spectrum = _with_spectrum(task)
        self._flow = _linnet.ModeFlow(spectrum, scales, rates, start)

    @property
    def threshold(self) -> float:
        """kappa: a mode is lazy while a_i < kappa and active above."""
        return self._flow.threshold

    def kernel_distance(self, t: ArrayLike) -> Union[float, np.ndarray]:
        """1 - <K_0, K_t> / (|K_0| |K_t|) of the neural tangent kernel over whitened inputs, in the shape of t; O(n) a time.

        Raises linnet.Error for inputs that are not white, and for a limit spectrum.
        """
        return _over(self._flow.kernel_distance, t)

    def slopes(self, t: float) -> Slopes:
        """The derivatives of the modes in ln t and ln kappa at t, in closed form."""
        return Slopes(*self._flow.slopes(_time(t)))

    def gram(self, t: ArrayLike) -> np.ndarray:
        """G(t) = [[C_1, A^T], [A, C_2]], after the axes of t."""
        times = _times(t)
        if times.ndim == 0:
            return self.state(float(times)).gram
        n = sum(self._shape())
        return np.array([self.state(x).gram for x in times.ravel()]).reshape(times.shape + (n, n))

    def state(self, t: float) -> GramState:
        """The network at time t, from which training can continue."""
        return self._flow.gram_state(_time(t))

    def best(self) -> ModeBest:
        """The time of the smallest test error over all times, to 1e-9 relative, and the error there.

        Bounds on the error over intervals of time prove that it is the least, to 1e-11 of it. The time is inf where the
        error falls for ever.

        Raises linnet.Error without a signal.
        """
        return ModeBest(*self._flow.best())

    def trace(
        self,
        t_end: float,
        record: Union[str, Sequence[Any]] = ("train_error",),
        schedule: ScheduleLike = None,
        *,
        threshold: Optional[float] = None,
        at_best: Union[str, Sequence[Any]] = (),
    ) -> Trajectory:
        """The closed form as a run over [0, t_end], in the form of a run of `linnet.train`, to compare with it.

        `schedule` defaults to 101 times. `run.best` is the optimum over all times, not over the records.
        Raises linnet.Error when the flow was made from a spectrum alone, and KeyboardInterrupt on Ctrl-C; its attribute
        `trajectory` has the records so far.
        """
        if self._task is None:
            raise Error(
                "task", "a sampled task", "a spectrum without one", "make the ModeFlow from a task to trace it"
            )
        if self._flow.warning():
            warnings.warn(self._flow.warning(), RuntimeWarning, stacklevel=2)
        parts, raised = _linnet.trace(
            self._flow, self._task, t_end, names_of(record), or_automatic(schedule), threshold, names_of(at_best)
        )
        return unless_raised(Trajectory(parts, self._task, "closed form"), raised)

    def __repr__(self) -> str:
        return f"<linnet.ModeFlow, {len(self.spectrum.target)} modes, threshold {self.threshold:.6g}>"


def sample_spectrum(task: Task, *, tolerance: float = 1e-8) -> TaskSpectrum:
    """The spectrum of a task, by one SVD, or three for correlated inputs; keep it when many flows use the same task.

    Raises linnet.Error when entries are masked, or the inputs are correlated and their covariance is farther than
    `tolerance` from sharing its eigenvectors with the right singular vectors of Y.
    """
    return _linnet.sample_spectrum(task, tolerance)


def limit_spectrum(*, dim: int, rank: int = 5, noise: float = 1.0, nodes: int = 400) -> TaskSpectrum:
    """The limit of large dimension of `tasks.low_rank_plus_noise`: `rank` isolated singular values and a continuous bulk.

    The bulk is the quarter-circle law by Gauss-Chebyshev quadrature of `nodes` points.
    Source: docs/theory.md, "The limit of large matrices".

    Raises:
        linnet.Error: when no singular value of the signal leaves the bulk of the noise, dim / rank <= noise^2.
    """
    return _linnet.limit_spectrum(dim, rank, noise, nodes)


class WideFlow(_ByModes):
    """Gradient flow of an infinitely wide network of any depth, mode by mode, at any time.

    The limit of a Gaussian network whose layers have variance scales_l^2 / width: each singular mode of the target
    learns alone, on a light cone of its own. Small scales are rich, large ones lazy, unequal ones upstream or
    downstream. Two layers are those of `ModeFlow` at scales^2.
    Source: docs/theory.md, "Any width at any depth".

    Args:
        task: a task without a mask whose inputs are white or share the eigenvectors of their covariance with the target,
            or a `TaskSpectrum`.
        depth: L, the number of layers, from 2.
        scales: s_l = sigma_l sqrt(width), one number for all layers, or one a layer.
        rates: the learning rate of all layers or of each.
        tolerance: of every mode a_i(t), relative to its singular value, or of the time at which a_i has this value,
            relative to it; from 1e-12 to 0.1. Each mode has its own order.

    Attributes:
        order, estimate: the largest order of the modes, and the largest estimate of their errors.

    Set-up integrates each mode once, some milliseconds; then a time takes O(n) for the modes, O(n^3) for a matrix.

    Raises:
        linnet.Error: when the modes of the task do not decouple, a scale is negative or a rate not positive.
    """

    def __init__(
        self,
        task: Union[Task, TaskSpectrum],
        *,
        depth: int,
        scales: Layerwise,
        rates: Layerwise = 1.0,
        tolerance: float = 1e-6,
    ) -> None:
        self._task, spectrum = _with_spectrum(task)
        self._flow = _linnet.WideFlow(spectrum, depth, scales, rates, tolerance)
        if self._flow.warning():
            warnings.warn(self._flow.warning(), RuntimeWarning, stacklevel=2)

    @property
    def order(self) -> int:
        """The largest number of turns of the words of a mode."""
        return self._flow.order

    @property
    def estimate(self) -> float:
        """The largest change of a mode from the last order but one to the last, in the sense of the tolerance."""
        return self._flow.estimate

    def best(self) -> ModeBest:
        """The time of the smallest test error over all times, and the error there.

        Bounds on the error over intervals of time make it the least, to 1e-11 of it and to the tolerance of the modes.
        The time is inf where the error falls for ever.

        Raises linnet.Error without a signal.
        """
        return ModeBest(*self._flow.best())

    def trace(
        self,
        t_end: float,
        record: Union[str, Sequence[Any]] = ("train_error",),
        schedule: ScheduleLike = None,
        *,
        at_best: Union[str, Sequence[Any]] = (),
    ) -> Trajectory:
        """The flow as a run over [0, t_end], in the form of a run of `linnet.train`; observables are those of A.

        `schedule` defaults to 101 times. Raises linnet.Error when the flow was made from a spectrum alone.
        """
        if self._task is None:
            raise Error(
                "task", "a sampled task", "a spectrum without one", "make the WideFlow from a task to trace it"
            )
        parts, raised = _linnet.trace(
            self._flow, self._task, t_end, names_of(record), or_automatic(schedule), names_of(at_best)
        )
        return unless_raised(Trajectory(parts, self._task, "mode by mode"), raised)

    def __repr__(self) -> str:
        return f"<linnet.WideFlow, {len(self.spectrum.target)} modes, order {self.order}>"


class OneLayerFlow:
    """A one-layer (shallow) linear model on whitened inputs: A(t) = Y + exp(-rate t) (A_0 - Y).

    Inputs of covariance sigma^2 I learn at sigma^2 times the rate. With rate = 2 kappa it is the lazy limit of two
    layers: |lambda| of lambda-balanced weights whose larger layer has full rank, (variance_1 + variance_2) width of a
    wide Gaussian network. `start` is A_0, outputs x inputs.

    Without a rate `start` are lambda-balanced weights of two layers, and the flow is their limit of large |lambda|: the rate
    is |lambda|, and where the larger layer does not reach all directions it turns at the speeds y^2/|lambda| (delayed rich),
    A(t) = P(t) (Y + exp(-|lambda| t) (A_0 - Y)).
    Source: docs/theory.md, "The shallow limit".

    Raises:
        linnet.Error: when the shapes differ, the inputs are not white, the rate is negative, or weights have lambda = 0 or
            would end at a saddle.
    """

    def __init__(self, start: Union[ArrayLike, Weights], task: Task, *, rate: Optional[float] = None) -> None:
        self._flow = _linnet.OneLayerFlow(start, task, rate)
        self.task = task
        self.rate = self._flow.rate()

    def end_to_end(self, t: ArrayLike) -> np.ndarray:
        """A(t), outputs x inputs, after the axes of t, in [0, inf]."""
        times = _times(t)
        matrices = [self._flow.end_to_end(x) for x in times.ravel()]
        return np.array(matrices).reshape(times.shape + self.task.shape)

    def train_error(self, t: ArrayLike) -> Union[float, np.ndarray]:
        """The train error at a time or an array of times; the result has the shape of t."""
        return _over(self._flow.train_error, t)


class TiedFlow:
    """Gradient flow of tied embeddings, C(W) = |W^T W - M|^2 / 4, in closed form from any start W_0, width x n.

    M = sum_i values_i u_i u_i^T is symmetric and given by k eigenpairs, `vectors` with the u_i in columns, n x k; all other
    eigenvalues are 0. Nothing of size n x n is made: the start takes products of n k width, then a time about 4 (k + 2
    width) width^2 operations. Modes of negative eigenvalues decay to 0, which is no saddle. From a small start each positive
    one is nearly a sigmoid of rate 2 values_i (`alone`). Time is that of dW/dt = -W (W^T W - M), in [0, inf].
    Source: docs/theory.md, "Words".

    Raises:
        linnet.Error: for sizes that do not match, vectors that are not orthonormal to 1e-8, or numbers that are not finite.
    """

    def __init__(self, values: ArrayLike, vectors: ArrayLike, start: ArrayLike) -> None:
        self._flow = _linnet.TiedFlow(values, vectors, start)

    @classmethod
    def gaussian(cls, values: ArrayLike, *, words: int, width: int, variance: float = 1e-6, seed: Seed = 0) -> TiedFlow:
        """From a start of independent entries N(0, variance), width x words, drawn in law without its columns."""
        flow = cls.__new__(cls)
        number = _convert.seed(seed)
        flow._flow = _linnet.TiedFlow.gaussian(values, words, width, variance, number)
        remember(flow, cls.gaussian, values, words=words, width=width, variance=variance, seed=number)
        return flow

    @property
    def values(self) -> np.ndarray:
        """The eigenvalues of M, as given."""
        return self._flow.values()

    @property
    def width(self) -> int:
        """The rows of W."""
        return self._flow.width()

    def modes(self, t: ArrayLike) -> np.ndarray:
        """u_i^T W^T W u_i, in the order of the values, along the last axis, after the axes of t."""
        return _over(self._flow.modes, t)

    def singular_values(self, t: ArrayLike) -> np.ndarray:
        """Of W, falling, along the last axis, after the axes of t."""
        return _over(self._flow.singular_values, t)

    def embeddings(self, t: float) -> np.ndarray:
        """W(t), width x n, up to a rotation of its rows. Raises linnet.Error for a start drawn without its columns."""
        return self._flow.embeddings(_time(t))

    def cost(self, t: ArrayLike) -> Union[float, np.ndarray]:
        """|W^T W - M|^2 / 4 at t, in the shape of t."""
        return _over(self._flow.cost, t)

    def alone(self, i: int) -> Mode:
        """Mode i as if it were alone: a sigmoid from its size at the start, the limit of a small one."""
        return Mode(float(self.values[i]), 0.0, float(self.modes(0.0)[i]))

    def __repr__(self) -> str:
        return f"<linnet.TiedFlow, {len(self.values)} modes, width {self.width}>"
