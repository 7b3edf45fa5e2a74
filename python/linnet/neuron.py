"""One hidden neuron, f(x) = a w^T x, in closed form.

Source: docs/theory.md, "One neuron", after Kunin et al. (2024), Get rich quick.
"""

from __future__ import annotations

from typing import Any, Tuple, Union

import numpy as np
from numpy.typing import ArrayLike

from . import _linnet
from ._error import Error, shown
from ._linnet import Task, Weights
from ._types import PerLayer
from .modes import _shaped, _time, _times
from .starts import neuron

__all__ = ["NeuronFlow", "neuron"]


class NeuronFlow:
    """Gradient flow of one hidden neuron in closed form: a(t) and w(t) themselves, signs included, at any t in [0, inf].

    Args:
        start: `Weights` of width 1 and one output, as `neuron` makes them.
        task: one of one output whose inputs are white on the space they span: `tasks.target`, a whitened regression,
            any single sample.
        rates: (eta_w, eta_a), or one number for both.

    Times may be numbers or arrays; results have their shape. Source: docs/theory.md, "One neuron".

    Raises:
        linnet.Error: for other networks, more outputs, inputs that are not white on their span.
    """

    def __init__(self, start: Weights, task: Task, *, rates: PerLayer = 1.0) -> None:
        if not isinstance(task, Task):
            raise Error("task", "a task, made by linnet.tasks", shown(task))
        self._flow = _linnet.NeuronFlow(start, task, rates)

    @property
    def balance(self) -> float:
        """delta = eta_w a^2 - eta_a |w|^2, conserved: above 0 upstream, below 0 downstream."""
        return self._flow.balance()

    @property
    def threshold(self) -> float:
        """kappa = |delta| / (2 sqrt(eta_a eta_w)): |beta| below it is lazy."""
        return self._flow.threshold()

    @property
    def rates(self) -> Tuple[float, float]:
        """(eta_w, eta_a)."""
        return self._flow.rates()

    @property
    def warning(self) -> str:
        """A warning for a start on, or near, the boundary between the basins of both signs of a; empty otherwise."""
        return self._flow.warning()

    @property
    def end_sign(self) -> int:
        """The sign of a at t = inf; 0 for a start that ends at the saddle."""
        return self._flow.end_sign()

    @property
    def sign_change(self) -> float:
        """The time at which a passes 0, which happens only for balance < 0; inf for never."""
        return self._flow.sign_change()

    @property
    def critical_alignment(self) -> float:
        """The alignment of the start, of a > 0, below which a changes sign; -1 or less where none does."""
        return self._flow.critical_alignment()

    def a(self, t: ArrayLike) -> Union[float, np.ndarray]:
        """The output weight."""
        return self._over(self._flow.a, t)

    def w(self, t: ArrayLike) -> np.ndarray:
        """The input weights, along the last axis."""
        return self._over(self._flow.w, t)

    def network(self, t: float) -> Weights:
        """The neuron at time t, from which training can continue."""
        return self._flow.network(_time(t))

    def coefficients(self, t: ArrayLike) -> np.ndarray:
        """beta = a w, along the last axis."""
        return self._over(self._flow.coefficients, t)

    def magnitude(self, t: ArrayLike) -> Union[float, np.ndarray]:
        """mu = a |w|."""
        return self._over(self._flow.magnitude, t)

    def alignment(self, t: ArrayLike) -> Union[float, np.ndarray]:
        """phi, the cosine between w and the target; nan where either is 0."""
        return self._over(self._flow.alignment, t)

    def warp(self, t: ArrayLike) -> Union[float, np.ndarray]:
        """tau(t), the time by which phi = tanh(tau + artanh phi_0): d tau = eta_w a |beta*| / |w| dt."""
        return self._over(self._flow.warp, t)

    def cost(self, t: ArrayLike) -> Union[float, np.ndarray]:
        """C(beta(t))."""
        return self._over(self._flow.cost, t)

    def train_error(self, t: ArrayLike) -> Union[float, np.ndarray]:
        """The train error, 2C."""
        return self._over(self._flow.train_error, t)

    def kernel_distance(self, t: ArrayLike) -> Union[float, np.ndarray]:
        """1 - <K_0, K_t> / (|K_0| |K_t|) of the tangent kernel over whitened inputs, at the rates."""
        return self._over(self._flow.kernel_distance, t)

    @staticmethod
    def _over(of: Any, t: ArrayLike) -> Any:
        times = _times(t)
        return _shaped(of(times.ravel()), times)

    def __repr__(self) -> str:
        return f"<linnet.NeuronFlow, balance {self.balance:.6g}>"
