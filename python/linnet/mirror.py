"""Mirror flows: the potentials that small networks minimize implicitly, and their limits.

    linnet.mirror.interpolator(start, task)      the end of gradient flow where many coefficients fit the data
    linnet.mirror.NeuronPotential(balance)       the potential of one neuron
    linnet.mirror.DeepPotential(depth)           that of balanced layers of one output
    linnet.mirror.HyperbolicEntropy(threshold)   that of a diagonal network, and of singular values

Source: docs/theory.md, "One neuron" and "Mirror flows".
"""

from __future__ import annotations

from typing import Any, Optional, Union

import numpy as np
from numpy.typing import ArrayLike

from . import _linnet
from ._linnet import DeepBalanced, DeepLinear, Diagonal, Task, Weights
from ._tasks import require_task
from .networks import PerLayer

__all__ = ["DeepPotential", "HyperbolicEntropy", "NeuronPotential", "end_sign", "interpolator"]


class _OfCoefficients:
    """A potential of the coefficients beta of one output."""

    _potential: Any

    def value(self, beta: ArrayLike) -> float:
        """Psi(beta), 0 at 0."""
        return self._potential.value(beta)

    def gradient(self, beta: ArrayLike) -> np.ndarray:
        """grad Psi; 0 at 0."""
        return self._potential.gradient(beta)

    def hessian(self, beta: ArrayLike) -> np.ndarray:
        """The Hessian. Raises linnet.Error at beta = 0 where there is none: for balance <= 0, or a depth above 1."""
        return self._potential.hessian(beta)

    def from_gradient(self, gradient: ArrayLike) -> np.ndarray:
        """The beta of this gradient."""
        return self._potential.from_gradient(gradient)


class NeuronPotential(_OfCoefficients):
    """Psi of one neuron: in the time of eta_w |a| dt, d grad Psi(beta) = -grad C(beta), on any data.

    grad Psi(beta) = |w| beta / |beta|, the first layer itself up to the sign of a. balance -> inf is least squares, 0
    is |beta|^(3/2), -> -inf a norm, which keeps directions. `rates` are (eta_w, eta_a).
    """

    def __init__(self, balance: float, rates: PerLayer = 1.0) -> None:
        self._potential = _linnet.NeuronPotential(balance, rates)


class DeepPotential(_OfCoefficients):
    """Psi(beta) = L/(L + 1) |beta|^(1 + 1/L) of balanced weights of depth L with one output, on any data.

    In the time of |beta|^(1 - 1/L) dt, d grad Psi(beta) = -grad C(beta); grad Psi(beta) = |beta|^(1/L - 1) beta is the
    first layer, along its one direction in the hidden layer. Depth 1 is least squares, 2 one balanced neuron,
    depth -> inf a norm, which keeps directions. Raises linnet.Error for a depth below 1.
    """

    def __init__(self, depth: float) -> None:
        self._potential = _linnet.DeepPotential(depth)


class HyperbolicEntropy:
    """Psi(s) = sum [s asinh(s/kappa) - sqrt(kappa^2 + s^2) + kappa] / 2: d grad Psi(s)/dt = -grad C(s) at rates 1.

    kappa -> inf is |s|^2 / (4 kappa), kappa -> 0 a multiple of sum |s_i|.
    """

    def __init__(self, threshold: float) -> None:
        self._potential = _linnet.HyperbolicEntropy(threshold)

    def value(self, s: ArrayLike) -> float:
        """Psi(s), 0 at 0."""
        return self._potential.value(s)

    def gradient(self, s: ArrayLike) -> np.ndarray:
        """asinh(s/kappa) / 2."""
        return self._potential.gradient(s)

    def curvature(self, s: ArrayLike) -> np.ndarray:
        """The diagonal of the Hessian, 1 / (2 sqrt(kappa^2 + s^2))."""
        return self._potential.curvature(s)

    def from_gradient(self, gradient: ArrayLike) -> np.ndarray:
        """The s of this gradient."""
        return self._potential.from_gradient(gradient)


def interpolator(
    start: Union[Weights, Diagonal, DeepBalanced, DeepLinear], task: Task, *, rates: PerLayer = 1.0, sign: Optional[int] = None
) -> np.ndarray:
    """The coefficients to which gradient flow from this start converges, without training.

    Among all coefficients that fit the data (or have the least squared error, where none fits) those of the smallest
    potential, matched at the start. `start` is one neuron (`Weights` of width 1), `Diagonal`, or balanced layers of any
    depth and width, as weights or as `DeepBalanced`; a neuron and balanced layers have a closed form. `sign`, for a
    neuron only, is the sign of a at the end; without it `end_sign` is used.

    Raises:
        linnet.Error: for another network, weights that are not balanced, different rates of balanced layers, a sign of
            another network than a neuron, and for a neuron whose sign at the end is not known without training.
    """
    require_task(task)
    return _linnet.interpolator(start, task, rates, sign)


def end_sign(start: Weights, task: Task, *, rates: PerLayer = 1.0) -> Optional[int]:
    """The sign of a at the end of gradient flow, 1 or -1; None where the sign is not known without training."""
    require_task(task)
    return _linnet.end_sign(start, task, rates)
