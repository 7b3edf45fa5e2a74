"""Networks: the state that learns, in one of three forms, and how it starts.

`Weights` holds W_1 and W_2, `GramState` their Gram matrix, which is enough at any width, and `SelfConsistent` the
end-to-end matrix alone. All three have `end_to_end`, `input_representation`, `output_representation`, `gram` and
`shape`, and `linnet.train` takes any of them.

Where a shape is asked for, a task, a network or a pair (outputs, inputs) will do. A variance or a scale is one
number for both layers, or a pair.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Tuple, Union

from . import _linnet
from ._linnet import GramState, SelfConsistent, Task, Weights

__all__ = [
    "Closure",
    "GramState",
    "Network",
    "PerLayer",
    "SelfConsistent",
    "ShapeLike",
    "Weights",
    "fit_closure",
    "gaussian_gram",
    "gaussian_scales",
    "gaussian_weights",
    "glorot_variance",
    "he_variance",
    "infinite_width",
    "lecun_variance",
    "self_consistent",
]

Network = Union[Weights, GramState, SelfConsistent]
PerLayer = Union[float, Tuple[float, float]]
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


def self_consistent(start: Network, scales: Optional[PerLayer] = None) -> SelfConsistent:
    """The self-consistent network that shares the end-to-end matrix of `start`.

    `scales` are the representations at A = 0, (variance_1 width, variance_2 width) for a wide Gaussian network;
    without them, those of the best fit of the closure to `start`.
    Source: docs/theory.md, "Self-consistent dynamics".
    """
    return _linnet.self_consistent(start, scales)


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
