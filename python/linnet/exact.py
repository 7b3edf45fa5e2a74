"""Gradient flow of a two-layer network in closed form, for every start that satisfies the closure.

Nothing is integrated: the Gram state at any time in [0, inf] takes one or two factorizations and a few products.
Source: docs/exact.md.
"""

from __future__ import annotations

import warnings
from typing import Any, Optional, Sequence, Union

import numpy as np
from numpy.typing import ArrayLike

from . import _linnet
from ._linnet import GramState, Task, Weights
from ._pickle import remember
from ._tasks import require_task
from .modes import ModeBest, _over, _time, _times
from .networks import Closure, Network, PerLayer
from .schedules import ScheduleLike, or_automatic
from .trajectory import Trajectory, names_of, unless_raised

__all__ = ["ExactFlow"]


class ExactFlow:
    """The exact solution: lambda-balanced or zero-balanced weights of any width, one hidden neuron, infinite width.

    Args:
        start: Weights, a GramState or a SelfConsistent network; lambda and c^2 are fitted to it.
        task: a task without a mask, of whitened inputs, of inputs of covariance sigma^2 I, or of correlated ones whose
            covariance shares its eigenvectors with the right singular vectors of Y and with the start.
        rates: the learning rate of both layers or of each.
        tolerance: the largest residual of the closure, and distance of correlated inputs from aligned ones, that is
            accepted. With a larger tolerance the result is an approximation, and the residual measures its error.

    Set-up takes one SVD of the target and a factor of the start; each time then takes one or two Cholesky
    factorizations, or a QR factorization of an (n + r) x r matrix, n = inputs + outputs and r <= n the rank of the
    start. Many times in one call use all cores. The relative error of each block of G(t) is near 1e-14 at any time. t
    is gradient-flow time, in [0, inf].
    Source: docs/exact.md.

    Raises:
        linnet.Error: when entries are masked, when the inputs are neither white nor aligned with task and start, or no
            lambda and c^2 satisfy the closure within the tolerance. Then integrate: linnet.train with GradientFlow.

    Warns:
        RuntimeWarning: when the start is at a saddle up to rounding, so that late times cannot be trusted.
    """

    def __init__(self, start: Network, task: Task, *, rates: PerLayer = 1.0, tolerance: float = 1e-8) -> None:
        require_task(task)
        self._task = task
        self._flow = _linnet.ExactFlow(start, task, rates, tolerance)
        if self._flow.warning():
            warnings.warn(self._flow.warning(), RuntimeWarning, stacklevel=3)  # beyond the function that remembers the arguments

    @classmethod
    def _of(cls, flow: "_linnet.ExactFlow", task: Task, make: Any, *arguments: Any) -> "ExactFlow":
        made = cls.__new__(cls)
        made._task = task
        made._flow = flow
        remember(made, make, *arguments)
        return made

    @property
    def closure(self) -> Closure:
        """lambda, c^2 and the residual at the start, of the rescaled layers W_l / sqrt(rate_l)."""
        return Closure(*self._flow.closure())

    @property
    def threshold(self) -> float:
        """kappa: a mode is lazy while its singular value is below it and active above."""
        return self._flow.threshold()

    @property
    def warning(self) -> str:
        """Why late times may be wrong; empty when there is no such problem."""
        return self._flow.warning()

    @property
    def at_saddle(self) -> bool:
        """Whether the start has, up to rounding, no component in some learned direction, so that it ends at a saddle."""
        return self._flow.at_saddle()

    @property
    def learned(self) -> np.ndarray:
        """Whether each mode of Y is ever learned: whether the start has a component growing into it that larger modes leave."""
        return self._flow.learned()

    @property
    def rates(self) -> tuple:
        """The learning rates of both layers."""
        return self._flow.rates()

    @property
    def target(self) -> np.ndarray:
        """y_i, the singular values of Y, falling."""
        return self._flow.target()

    @property
    def shape(self) -> tuple:
        """(outputs, inputs)."""
        return self._flow.shape()

    def gram(self, t: ArrayLike) -> np.ndarray:
        """G(t) = [[C_1, A^T], [A, C_2]], after the axes of t."""
        times = _times(t)
        n = sum(self.shape)
        return self._flow.gram(times.ravel()).reshape(times.shape + (n, n))

    def state(self, t: float) -> GramState:
        """The Gram state at time t."""
        return self._flow.state(_time(t))

    def network(self, t: float) -> Union[Weights, GramState]:
        """The network at time t, from which to continue on another task, by `ExactFlow` or by `linnet.train`.

        For c = 0 weights, those of the flow up to one rotation of the hidden neurons, so that the rank is kept to the
        last bit. For c > 0 the Gram state.
        """
        return self._flow.network(_time(t))

    def end_to_end(self, t: ArrayLike) -> np.ndarray:
        """A(t), outputs x inputs, after the axes of t."""
        times = _times(t)
        outputs, inputs = self.shape
        flat = self._flow.end_to_end(times.ravel()).reshape(times.shape + (inputs, outputs))
        return np.swapaxes(flat, -1, -2)

    def input_representation(self, t: ArrayLike) -> np.ndarray:
        """C_1(t), inputs x inputs, after the axes of t."""
        inputs = self.shape[1]
        return self.gram(t)[..., :inputs, :inputs]

    def output_representation(self, t: ArrayLike) -> np.ndarray:
        """C_2(t), outputs x outputs, after the axes of t."""
        inputs = self.shape[1]
        return self.gram(t)[..., inputs:, inputs:]

    def factor(self, t: ArrayLike) -> np.ndarray:
        """Q(t) with G(t) = Q Q^T, inputs first, as many columns as the start has rank, after the axes of t.

        For balanced weights its rows are weights W_1^T and W_2, those of the flow up to one rotation of the hidden
        neurons.
        """
        times = _times(t)
        flat = self._flow.factor(times.ravel()).reshape(times.shape + (self._flow.columns(), sum(self.shape)))
        return np.swapaxes(flat, -1, -2)

    def modes(self, t: ArrayLike) -> np.ndarray:
        """u_i^T A(t) v_i along the singular vectors of Y, the modes along the last axis."""
        return _over(self._flow.modes, t)

    def singular_values(self, t: ArrayLike) -> np.ndarray:
        """The singular values of A(t), falling, along the last axis."""
        return _over(self._flow.singular_values, t)

    def cost(self, t: ArrayLike) -> Union[float, np.ndarray]:
        """C(A(t)), in the shape of t."""
        return _over(self._flow.cost, t)

    def train_error(self, t: ArrayLike) -> Union[float, np.ndarray]:
        """The train error at t, in the shape of t."""
        return _over(self._flow.train_error, t)

    def test_error(self, t: ArrayLike) -> Union[float, np.ndarray]:
        """The test error at t, in the shape of t. Raises linnet.Error for a task without one."""
        return _over(self._flow.test_error, t)

    def kernel_distance(self, t: ArrayLike) -> Union[float, np.ndarray]:
        """1 - <K_0, K_t> / (|K_0| |K_t|) of the neural tangent kernel over whitened inputs, in the shape of t."""
        return _over(self._flow.kernel_distance, t)

    def learning_times(self, fraction: float = 0.5) -> np.ndarray:
        """The first time at which each mode passes this fraction, in (0, 1), of its target; inf where it never does."""
        return self._flow.learning_times(fraction)

    def activation_times(self) -> np.ndarray:
        """The first time at which each mode passes kappa, from lazy to active; inf where never, or never learned."""
        return self._flow.activation_times()

    def best(self) -> ModeBest:
        """The time of the smallest test error, to about 1e-8 relative, and the error there.

        The time is inf when the error falls for ever. Some 300 evaluations. Raises linnet.Error for a task without a
        test.
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

        `schedule` defaults to 101 times. `run.best` is the optimum over all times, not over the records; it exists
        for a task with a test, and takes some 300 evaluations. Raises KeyboardInterrupt on Ctrl-C; its attribute
        `trajectory` has the records so far.
        """
        parts, raised = _linnet.trace(self._flow, t_end, names_of(record), or_automatic(schedule), threshold, names_of(at_best))
        return unless_raised(Trajectory(parts, self._task, "closed form"), raised)

    def __repr__(self) -> str:
        c = self.closure
        outputs, inputs = self.shape
        return f"<linnet.ExactFlow, {outputs} x {inputs}, lambda {c.balance:.6g}, c^2 {c.scale2:.6g}>"
