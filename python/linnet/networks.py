"""Networks: the state that learns, in one of three forms, and how it starts.

`Weights` holds W_1 and W_2, `GramState` their Gram matrix, which is enough at any width, and `SelfConsistent` the
end-to-end matrix alone. All three have `end_to_end`, `input_representation`, `output_representation`, `gram` and
`shape`, and `linnet.train` takes any of them.

Where a shape is asked for, a task, a network or a pair (outputs, inputs) will do. A variance or a scale is one
number for both layers, or a pair.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Optional, Sequence, Tuple, Union

import numpy as np
from numpy.typing import ArrayLike

from . import _linnet
from ._error import Error, shown
from ._linnet import GramState, SelfConsistent, Task, Weights

__all__ = [
    "Closure",
    "EffectiveBalance",
    "GramState",
    "Network",
    "Layerwise",
    "PerLayer",
    "SelfConsistent",
    "ShapeLike",
    "Weights",
    "balanced",
    "effective_balance",
    "expected_balance",
    "fit_closure",
    "gaussian_gram",
    "gaussian_scales",
    "gaussian_weights",
    "glorot_variance",
    "he_variance",
    "infinite_width",
    "infinite_width_weights",
    "kernel_distance",
    "lecun_variance",
    "neural_tangent_kernel",
    "random_end_to_end",
    "self_consistent",
    "semi_orthogonal",
    "tilt",
]

Network = Union[Weights, GramState, SelfConsistent]
PerLayer = Union[float, Tuple[float, float]]
Layerwise = Union[float, Sequence[float]]
ShapeLike = Union[Task, Weights, GramState, SelfConsistent, Tuple[int, int]]


def gaussian_weights(
    shape: ShapeLike, *, width: int, variance: PerLayer = 1.0, seed: int = 0, point: int = 0
) -> Weights:
    """Weights with independent entries N(0, variance), or N(0, variance[l]) in layer l.

    `seed` and `point` (of a sweep) key the random numbers: the same key gives the same bits on every machine.
    Memory and time O(width (inputs + outputs)).

    Raises:
        linnet.Error: for a width below 1 or a variance that is negative or not finite.
    """
    return _linnet.gaussian_weights(shape, width, variance, seed, point)


def gaussian_gram(
    shape: ShapeLike, *, width: int, variance: PerLayer = 1.0, seed: int = 0, point: int = 0
) -> GramState:
    """The Gram state of a Gaussian network of this width, drawn without its weights.

    For width >= n = inputs + outputs by Bartlett's factor of the Wishart distribution, below by the weights
    themselves. Memory O(n^2), time O(n^3), whatever the width.
    Source: docs/theory.md, "The width drops out".

    Raises:
        linnet.Error: for a width below 1 or a variance that is negative or not finite.
    """
    return _linnet.gaussian_gram(shape, width, variance, seed, point)


def gaussian_scales(*, width: int, variance: PerLayer = 1.0) -> Tuple[float, float]:
    """(a, b) = (variance_1 width, variance_2 width): the representations of the limit of large width.

    They are what `infinite_width`, `SelfConsistent` and `ModeFlow` take as scales.
    """
    return _linnet.gaussian_scales(width, variance)


def infinite_width(shape: ShapeLike, *, scale: PerLayer) -> GramState:
    """The start of an infinitely wide Gaussian network: C_1 = aI, C_2 = bI, A = 0, with scale = (a, b) or one number.

    With a = b the threshold kappa is the scale: modes below it are lazy, above it active.
    Source: docs/theory.md, "One exact solution for all of it".
    """
    return _linnet.infinite_width(shape, scale)


def infinite_width_weights(shape: ShapeLike, *, scale: PerLayer) -> Weights:
    """Weights of width n_0 + n_2 in the state of `infinite_width`: W_1^T = [sqrt(a) I, 0], W_2 = [0, sqrt(b) I].

    Trained, they do what infinitely wide Gaussian weights would.
    """
    return _linnet.infinite_width_weights(shape, scale)


def self_consistent(start: Network, scales: Optional[PerLayer] = None) -> SelfConsistent:
    """The self-consistent network that shares the end-to-end matrix of `start`.

    `scales` are the representations at A = 0, (variance_1 width, variance_2 width) for a wide Gaussian network;
    without them, those of the best fit of the closure to `start`.
    Source: docs/theory.md, "Self-consistent dynamics".
    """
    return _linnet.self_consistent(start, scales)


def balanced(end_to_end: ArrayLike, *, balance: float = 0.0, width: int, seed: int = 0) -> Weights:
    """lambda-balanced weights, W_2^T W_2 - W_1 W_1^T = lambda I, with the end-to-end matrix given.

    balance = 0 is zero-balanced. The rotation of the hidden neurons is drawn from `seed`. Take `random_end_to_end` or
    `semi_orthogonal` for a start that knows nothing of the task, the task's own singular vectors for an aligned one.
    Source: docs/exact.md, "Starts".

    Raises:
        linnet.Error: where no such weights exist: a width below the rank of the end-to-end matrix, above the outputs for
            balance > 0 or above the inputs for balance < 0.
    """
    return _linnet.balanced(end_to_end, balance, width, seed)


def random_end_to_end(shape: ShapeLike, *, rank: int, scale: float = 1.0, seed: int = 0) -> np.ndarray:
    """A random Gaussian matrix of this rank, outputs x inputs, whose largest singular value is `scale`."""
    return _linnet.random_end_to_end(shape, rank, scale, seed)


def semi_orthogonal(shape: ShapeLike, *, rank: int, scale: float = 1.0, seed: int = 0) -> np.ndarray:
    """A random matrix of this rank, outputs x inputs, whose singular values are all `scale`."""
    return _linnet.semi_orthogonal(shape, rank, scale, seed)


class EffectiveBalance(NamedTuple):
    """lambda, and the root mean square of what W_2^T W_2 - W_1 W_1^T - lambda I holds beside it, per neuron."""

    balance: float
    distance: float


def effective_balance(weights: Weights) -> EffectiveBalance:
    """The nearest lambda of these weights, tr(W_2^T W_2 - W_1 W_1^T) / width, and how far from balanced they are."""
    if not isinstance(weights, Weights):
        raise Error("weights", "Weights", shown(weights))
    return EffectiveBalance(*_linnet.effective_balance(weights))


def expected_balance(shape: ShapeLike, *, width: int, variance: PerLayer) -> EffectiveBalance:
    """The same on average over Gaussian weights: lambda = n_2 variance_2 - n_0 variance_1, in closed form."""
    return EffectiveBalance(*_linnet.expected_balance(shape, width, variance))


def tilt(tau: float, *, alpha: Optional[float] = None, delta: Optional[float] = None) -> Tuple[float, float]:
    """The scales (alpha tau, tau / alpha) of the layers of upstream and downstream starts, by alpha or by delta.

    delta = tau^2 (alpha^-2 - alpha^2) < 0 is upstream, the first layer the larger one; > 0 is downstream.
    """
    if (alpha is None) == (delta is None):
        raise Error("alpha, delta", "exactly one of them", "neither" if alpha is None else "both")
    return _linnet.tilt_of_delta(tau, delta) if alpha is None else _linnet.tilt(tau, alpha)


def neural_tangent_kernel(network: Network, inputs: ArrayLike) -> np.ndarray:
    """K over the rows of `inputs`, samples x outputs square: row p outputs + i is output i at sample p.

    Source: docs/theory.md, "Kernel and spectrum".
    """
    return _linnet.neural_tangent_kernel(network, inputs)


def kernel_distance(first: Network, second: Network) -> float:
    """1 - <K, K'> / (|K| |K'|) of two networks' tangent kernels over whitened inputs, in [0, 1]."""
    return _linnet.kernel_distance(first, second)


def lecun_variance(shape: ShapeLike, width: int) -> Tuple[float, float]:
    """LeCun's variances by layer, 1 / fan-in."""
    return _linnet.lecun_variance(shape, width)


def he_variance(shape: ShapeLike, width: int) -> Tuple[float, float]:
    """He's variances by layer, 2 / fan-in."""
    return _linnet.he_variance(shape, width)


def glorot_variance(shape: ShapeLike, width: int) -> Tuple[float, float]:
    """Glorot's variances by layer, 2 / (fan-in + fan-out)."""
    return _linnet.glorot_variance(shape, width)


@dataclass(frozen=True)
class Closure:
    """How well G J G = -balance G + scale2 J, J = diag(I, -I), holds, with the numbers it holds best for.

    Source: docs/theory.md, "Closure".

    Attributes:
        balance: lambda.
        scale2: c^2; its least-squares value may be slightly negative where the closure fails.
        residual: |GJG + lambda G - c^2 J| / |G^2|, Frobenius: 0 where the closed forms are exact.
        threshold: kappa = sqrt(lambda^2/4 + c^2); a mode is lazy below it and active above.
        scales: (a, b) with b - a = lambda and (a + b)/2 = kappa.
    """

    balance: float
    scale2: float
    residual: float
    threshold: float
    scales: Tuple[float, float]


def fit_closure(network: Network) -> Closure:
    """The closure that fits this network best, in least squares; two products of (inputs + outputs)-square matrices."""
    return Closure(*_linnet.fit_closure(network))
