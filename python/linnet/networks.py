"""Networks: the state that learns, and its starts.

`DeepLinear` has the weights W_1, ..., W_L; a network of two layers is also written `Weights(w1, w2)`. `GramState` has the
Gram matrix of two layers, which is enough at any width, and `SelfConsistent` the end-to-end matrix only. Networks of two
layers have `end_to_end`, `input_representation`, `output_representation`, `gram` and `shape`, and `linnet.train` takes any
of them.

`DeepLinearized` and `DeepBalanced` are the lazy and the balanced limit of `DeepLinear`, represented by the end-to-end matrix.

An argument `shape` is a task, a network or a pair (outputs, inputs). A variance or a scale is one number for both
layers, or a pair.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, Optional, Sequence, Tuple, Union

import numpy as np
from numpy.typing import ArrayLike

from . import _linnet, starts
from ._error import Error, shown
from ._linnet import DeepBalanced, DeepLinear, DeepLinearized, GramState, Perceptron, SelfConsistent, Task, Weights
from ._types import Layerwise, Network, PerLayer, Seed, ShapeLike
from .starts import *  # noqa: F403, makers of networks, one a kind

__all__ = [
    "Closure",
    "DeepBalanced",
    "DeepLinear",
    "DeepLinearized",
    "EffectiveBalance",
    "GramState",
    "LightCone",
    "Network",
    "Layerwise",
    "PerLayer",
    "SelfConsistent",
    "ShapeLike",
    "Weights",
    "compress",
    "effective_balance",
    "expand",
    "expected_balance",
    "fit_closure",
    "gaussian_scales",
    "glorot_variance",
    "he_variance",
    "kernel_distance",
    "lecun_variance",
    "neural_tangent_kernel",
    "random_end_to_end",
    "saddle_variance",
    "self_consistent",
    "semi_orthogonal",
    "tilt",
]
__all__ += starts.__all__


def gaussian_scales(*, width: int, variance: PerLayer = 1.0) -> Tuple[float, float]:
    """(a, b) = (variance_1 width, variance_2 width): the representations of the limit of large width.

    `infinite_width`, `SelfConsistent` and `ModeFlow` take them as scales.
    """
    return _linnet.gaussian_scales(width, variance)


def self_consistent(start: Network, scales: Optional[PerLayer] = None) -> SelfConsistent:
    """The self-consistent network with the end-to-end matrix of `start`.

    `scales` are the representations at A = 0, (variance_1 width, variance_2 width) for a wide Gaussian network;
    without them, those of the best fit of the closure to `start`.
    Source: docs/theory.md, "Self-consistent dynamics".
    """
    return _linnet.self_consistent(start, scales)


def saddle_variance(width: int, gamma: float) -> float:
    """width^-gamma, the variance of *Saddle-to-saddle*."""
    return _linnet.saddle_variance(width, gamma)


def random_end_to_end(shape: ShapeLike, *, rank: int, scale: float = 1.0, seed: Seed = 0) -> np.ndarray:
    """A random Gaussian matrix of this rank, outputs x inputs, whose largest singular value is `scale`."""
    return _linnet.random_end_to_end(shape, rank, scale, seed)


def semi_orthogonal(shape: ShapeLike, *, rank: int, scale: float = 1.0, seed: Seed = 0) -> np.ndarray:
    """A random matrix of this rank, outputs x inputs, whose singular values are all `scale`."""
    return _linnet.semi_orthogonal(shape, rank, scale, seed)


class LightCone(NamedTuple):
    """What the weights of a light cone stand for.

    `widths` are those of the hidden layers of the whole network, inf in the limit; `order` is the largest number of
    turns of the words; `complete` tells whether there are no further words, so that A(t) is exact; `outside` is
    |W_l|_F^2 outside of the cone, for each layer, nan after weight decay; `tolerance` is that to which `linnet.train`
    raises the order, None where the order is kept.
    """

    widths: Tuple[float, ...]
    order: int
    complete: bool
    outside: Tuple[float, ...]
    tolerance: Optional[float]


def compress(
    network: Union[DeepLinear, Sequence[ArrayLike]],
    *,
    order: Union[int, str] = "auto",
    tolerance: Optional[float] = None,
    task: Optional[Task] = None,
    solver: Optional[Any] = None,
) -> DeepLinear:
    """The light cone of your own wide network, of weights of any law: a `DeepLinear` of a few directions a layer.

    Its A(t) is that of the whole network up to an error that falls exponentially with `order`, the largest number of
    turns of its words; with order="auto" `linnet.train` raises the order until A(t) changes by less than `tolerance`, at
    the records and relative to the largest |A|_F. With `task` and `solver` this is done here, once, and the cone has the
    order that was found. Momentum, minibatches and rates work as ever. `expand` gives the whole weights after training.
    Memory and time are those of 2 (order + 1) products with each inner layer.
    Source: docs/theory.md, "Any width at any depth".

    Args:
        network: a `DeepLinear` of two layers or more, a sequence of matrices or a module of PyTorch.
        order: a whole number from 0, or "auto".
        tolerance: of order="auto", 1e-8 unless given.
        task, solver: both or neither: the training that the order is for.

    Raises:
        linnet.Error: for a network that is a light cone, and a tolerance below 1e-14 or one that cannot be met.
    """
    whole = network if isinstance(network, DeepLinear) else DeepLinear(network)
    cone = _linnet.compress(whole, order, tolerance)
    if task is None and solver is None:
        return cone
    if task is None or solver is None or order != "auto":
        expected = "both task and solver, or neither" if order == "auto" else 'order="auto", with task and solver'
        raise Error("compress", expected, "one of them" if order == "auto" else f"order={order!r}")
    from .training import train

    return _linnet.compress(whole, train(cone, task, solver, record=[]).order, None)


def expand(network: DeepLinear) -> DeepLinear:
    """The weights of the whole network, of a network that `compress` made and that was trained, as `run.final`.

    Raises linnet.Error for other networks.
    """
    return _linnet.expand(network)


class EffectiveBalance(NamedTuple):
    """lambda, and the root mean square of W_2^T W_2 - W_1 W_1^T - lambda I, per neuron."""

    balance: float
    distance: float


def effective_balance(weights: Weights, *, rates: PerLayer = 1.0) -> EffectiveBalance:
    """The nearest lambda of these weights, tr(W_2^T W_2 / eta_2 - W_1 W_1^T / eta_1) / width, and the distance from it.

    A flow with these `rates` conserves both; its observables are `balance` and `balance_spread`.
    """
    if not isinstance(weights, Weights):
        raise Error("weights", "Weights", shown(weights))
    return EffectiveBalance(*_linnet.effective_balance(weights, rates))


def expected_balance(shape: ShapeLike, *, width: int, variance: PerLayer) -> EffectiveBalance:
    """The same on average over Gaussian weights, in closed form: the mean lambda n_2 variance_2 - n_0 variance_1, and
    the root of the mean squared distance (w - 1)(w + 2)/w (n_2 variance_2^2 + n_0 variance_1^2).

    Source: docs/exact.md, "Starts".
    """
    return EffectiveBalance(*_linnet.expected_balance(shape, width, variance))


def tilt(tau: float, *, alpha: Optional[float] = None, delta: Optional[float] = None) -> Tuple[float, float]:
    """The scales (tau / alpha, alpha tau) of the layers of upstream and downstream starts, by alpha or by delta.

    delta = tau^2 (alpha^2 - alpha^-2) > 0, alpha > 1, is upstream, the first layer the smaller and faster one; < 0 is downstream.
    """
    if (alpha is None) == (delta is None):
        raise Error("alpha, delta", "exactly one of them", "neither" if alpha is None else "both")
    return _linnet.tilt_of_delta(tau, delta) if alpha is None else _linnet.tilt(tau, alpha)


def neural_tangent_kernel(
    network: Union[Network, Perceptron], inputs: ArrayLike, *, rates: Union[float, Sequence[float]] = 1.0
) -> np.ndarray:
    """K over the rows of `inputs`, samples x outputs square: row p outputs + i is output i at sample p.

    For linear networks of any depth and for a `Perceptron`; each layer's part is multiplied by its rate in `rates`.
    Source: docs/theory.md, "Kernel and spectrum".

    Raises:
        linnet.Error: for inputs of another width, rates <= 0, and for `DeepBalanced` and `Diagonal`.
    """
    if isinstance(network, Perceptron):
        return _linnet.perceptron_kernel(network, inputs, inputs, rates)
    return _linnet.neural_tangent_kernel(network, inputs, rates)


def kernel_distance(
    first: Union[Network, Perceptron],
    second: Union[Network, Perceptron],
    inputs: Optional[ArrayLike] = None,
    *,
    rates: Union[float, Sequence[float]] = 1.0,
) -> float:
    """1 - <K, K'> / (|K| |K'|) of two networks' tangent kernels, in [0, 1]: 1 where one kernel is 0, 0 where both are.

    For linear networks of any depth on `inputs` (samples in rows) or, without them, over whitened inputs; for two
    `Perceptron` on `inputs`, traced over outputs. Each layer's part of K is multiplied by its rate in `rates`, as along
    a run with these rates. No n_0 n_L-sized kernel is formed. Source: docs/theory.md, "Kernel and spectrum".

    Raises:
        linnet.Error: for networks of different shapes, inputs of another width, rates <= 0, and for `DeepBalanced` and
            `Diagonal`.
    """
    if isinstance(first, Perceptron):
        if inputs is None or not isinstance(second, Perceptron):
            raise Error("inputs", "two perceptrons and the samples to compare them on", shown(inputs))
        return _linnet.perceptron_kernel_distance(first, second, inputs, rates)
    return _linnet.kernel_distance(first, second, inputs, rates)


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
    """How well a network satisfies the closure G J G = -balance G + scale2 J, J = diag(I, -I), with the best balance and scale2.

    Source: docs/theory.md, "Closure".

    Attributes:
        balance: lambda.
        scale2: c^2; its least-squares value may be slightly negative where the closure fails.
        residual: |D(GJG + lambda G - c^2 J)D| / |DG^2 D|, Frobenius, with D making both representations of mean
            eigenvalue 1: 0 where the closed forms are exact.
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
