"""Which network does what is wanted: scale, time and width from a known signal, a noisy matrix alone, or folds of data.

Nothing is trained: the test error of infinitely wide networks of two layers is a closed form of scale and time.
Source: docs/design.md.
"""

from __future__ import annotations

import math
import numbers
import warnings
from dataclasses import dataclass, field
from typing import Optional, Tuple, Union

import numpy as np
from numpy.typing import ArrayLike

from . import _linnet, tasks
from ._error import Error, shown, whole_number
from ._linnet import GramState, Task, TaskSpectrum
from ._types import Seed
from .modes import ModeFlow
from .starts import gaussian_gram, infinite_width

__all__ = ["Design", "Price", "Ridge", "SpectrumEstimate", "design", "estimate_spectrum"]


@dataclass(frozen=True, eq=False)
class SpectrumEstimate:
    """The signal in a noisy matrix, from its singular values alone; made by `linnet.estimate_spectrum`.

    Attributes:
        noise: sigma, the standard deviation of the noise of each entry, as given or estimated.
        noise_known: whether it was given.
        strengths: the singular values of the signal A*, one for each singular value of Y above the noise, falling.
        edge: the singular value of Y above which it counts as signal: noise alone exceeds it in one of a hundred draws.
        spectrum: of Y, with the overlaps that are expected: a `TaskSpectrum` for `linnet.ModeFlow`.
    """

    noise: float
    noise_known: bool
    strengths: np.ndarray = field(repr=False)
    edge: float
    spectrum: TaskSpectrum = field(repr=False)

    @property
    def rank(self) -> int:
        """How many singular values of Y show signal."""
        return len(self.strengths)


def estimate_spectrum(target: ArrayLike, noise: Optional[float] = None) -> SpectrumEstimate:
    """Noise, and strengths of the signal, of a matrix Y = A* + E of low rank and noise of independent entries.

    By the theory of spiked random matrices (Benaych-Georges & Nadakuditi 2012): a strength x of A* leaves a singular
    value y > x of Y whose singular vectors overlap with the signal's by a known amount. One SVD. The relative error of
    noise and strengths falls with the size of the matrix.

    Args:
        target: Y, outputs x inputs.
        noise: sigma, if it is known.

    Raises:
        linnet.Error: for a matrix that is 0 or not finite, and a negative noise.
    """
    return SpectrumEstimate(**_linnet.estimate_spectrum(target, noise))


@dataclass(frozen=True)
class Price:
    """The test error, relative to that of the design, off it by a factor of 2.

    Attributes:
        half_scale, twice_scale: at half and twice the scale, at the same time.
        half_scale_retimed, twice_scale_retimed: at half and twice the scale, at the best time there.
        half_time, twice_time: at half and twice the time.
    """

    half_scale: float
    twice_scale: float
    half_scale_retimed: float
    twice_scale_retimed: float
    half_time: float
    twice_time: float


@dataclass(frozen=True, eq=False)
class Ridge:
    """The best time of each scale that was looked at, and the test error there, as arrays."""

    scale: np.ndarray = field(repr=False)
    time: np.ndarray = field(repr=False)
    test_error: np.ndarray = field(repr=False)


@dataclass(frozen=True, eq=False)
class Design:
    """A network of two layers and the time of its training; made by `linnet.design`.

    Attributes:
        source: where the test error is from: "signal", the test of the task; "spectrum", the signal estimated from the
            singular values of the target; "folds", held-out samples or entries, whose noise it includes.
        scale: kappa: modes of A below it are lazy, above it active.
        balance: lambda = sigma_2^2 width - sigma_1^2 width. At infinite width A(t) and the kernel do not depend on it.
        time: t of gradient flow at `rate`; inf where training never ends to help.
        width: within the budget the least that loses at most 5 % of the test error; None: infinite.
        test_error: expected, at this width.
        error_bar: of the test error, at 95 %: of the estimate, of the folds by Student's law, of drawn networks. Folds share
            samples, so that theirs covers less than that of independent ones.
        width_loss: the part of the test error that an infinite width would not have.
        kernel_distance: of the neural tangent kernel at `time` from its start; nan where the inputs are not white.
        active: how many modes are active at `time`, at infinite width; so regime and kernel_distance.
        regime: "lazy", "mixed" or "active": none, some or all modes are active.
        bound: the least test error of any method that keeps the singular vectors of the target, the optimal shrinker;
            nan for folds.
        lazy_error, balanced_error: of early stopping in the limits of large and of small scale, each at its best time.
        start_error, final_error: without training, and trained to the end.
        price: of being off by a factor of 2.
        ridge: best times and test errors over all scales.
        estimate: noise and strengths, of the source "spectrum"; else None.
        rate: the learning rate that `time` counts by.
        warning: what to know before using it; most often empty.
    """

    source: str
    scale: float
    balance: float
    time: float
    width: Optional[int]
    test_error: float
    error_bar: float
    width_loss: float
    kernel_distance: float
    active: int
    regime: str
    bound: float
    lazy_error: float
    balanced_error: float
    start_error: float
    final_error: float
    price: Price
    ridge: Ridge = field(repr=False)
    estimate: Optional[SpectrumEstimate] = field(repr=False)
    rate: float
    warning: str
    _task: Task = field(repr=False)

    @property
    def scales(self) -> Tuple[float, float]:
        """(sigma_1^2 width, sigma_2^2 width), as `linnet.ModeFlow` and `linnet.infinite_width` take them."""
        return self.scale - self.balance / 2, self.scale + self.balance / 2

    @property
    def flow(self) -> ModeFlow:
        """The network in closed form, on the whole task at infinite width."""
        of = self._task if self.estimate is None else self.estimate.spectrum
        return ModeFlow(of, scales=self.scales, rates=self.rate)

    def network(self, width: Optional[int] = None, *, seed: Seed = 0) -> GramState:
        """The network before training: of `width`, or of the width of the design; infinitely wide where that is None."""
        w = self.width if width is None else whole_number(width, "width")
        if w is not None and w < 1:
            raise Error("width", "a whole number >= 1", str(w))
        if w is None:
            return infinite_width(self._task, scale=self.scales)
        return gaussian_gram(self._task, width=w, variance=(self.scales[0] / w, self.scales[1] / w), seed=seed)

    def steps(self, step: float) -> float:
        """How many steps of gradient descent of this size the time is, step of both layers; inf for ever."""
        if not isinstance(step, numbers.Real) or not 0 < step < math.inf:
            raise Error("step", "a number above 0", shown(step))
        return self.time * self.rate / step if math.isfinite(self.time) else math.inf


def design(
    task: Union[Task, ArrayLike],
    *,
    active: Optional[int] = None,
    kernel_distance: Optional[float] = None,
    scale: Optional[float] = None,
    stop_time: Optional[float] = None,
    time_limit: float = math.inf,
    width: Optional[int] = None,
    rate: float = 1.0,
    noise: Optional[float] = None,
    from_target: bool = False,
    folds: int = 0,
    seed: Seed = 0,
) -> Design:
    """The two-layer network of the smallest test error, and when to stop its training, in closed form.

    How the test error is known is the task's: from its signal or test data; of a matrix alone, from the noise and the
    signal that its singular values show; of samples without a test, from five folds. Each can be asked for.

    Args:
        task: squares on white inputs (`whiten=True`), or on inputs whose covariance shares its eigenvectors with the
            target; or a matrix Y alone, of a signal and noise.
        active: instead of the best of all, the best whose first modes, so many, are active at the best moment and the
            others lazy.
        kernel_distance: instead, the best whose tangent kernel has moved so far at the best moment; white inputs.
        scale, stop_time: kappa or t, where it is given already; the other is chosen.
        time_limit: the longest training.
        width: the largest width that may be used: scale, balance, time and width are then the best of drawn networks.
        rate: the learning rate of both layers; the unit of time.
        noise: the standard deviation of the noise, if it is known and the signal is not: of each entry of the target, or of
            each output of a sample. Then, and with `from_target`, the signal is estimated from the target's singular values,
            and of samples the test error is without the noise.
        from_target: take the signal for unknown although the task has a test.
        folds: K, to hold out samples, or random entries of a matrix; every fold is a closed form.
        seed: of folds, error bars and drawn networks.

    One SVD and some milliseconds: 11 ms for 200 x 200 on one core, 50 ms from the matrix alone. Folds take an SVD each, a
    width some dozens of flows of Gram states.
    Source: docs/design.md.

    Raises:
        linnet.Error: where no signal is above the noise, for a target of rank 0, for a regime, kernel distance or width
            that cannot be had, and for tasks without closed form.

    Warns:
        RuntimeWarning: where the best scale is at an end of those looked at, 1e-8 to 1e2 of the largest singular value; where
            folds show no signal; where a width loses more than 5 % of the test error.
    """
    if task is None or isinstance(task, str):
        raise Error("task", "a task, made by linnet.tasks, or a matrix", shown(task))
    of = task if isinstance(task, Task) else tasks.target(task)
    if not isinstance(from_target, (bool, np.bool_)):
        raise Error("from_target", "True or False", shown(from_target))
    made = _linnet.design(
        of,
        active=active,
        kernel_distance=kernel_distance,
        scale=scale,
        stop_time=stop_time,
        time_limit=time_limit,
        width=width,
        rate=rate,
        noise=noise,
        from_target=bool(from_target),
        folds=folds,
        seed=seed,
    )
    if made["warning"]:
        warnings.warn(made["warning"], RuntimeWarning, stacklevel=2)
    estimate = made.pop("estimate")
    price, ridge = Price(**made.pop("price")), Ridge(**made.pop("ridge"))
    return Design(**made, price=price, ridge=ridge, estimate=estimate and SpectrumEstimate(**estimate), rate=float(rate), _task=of)
