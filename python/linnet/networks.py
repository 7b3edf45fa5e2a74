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
from typing import List, NamedTuple, Optional, Sequence, Tuple, Union

import numpy as np
from numpy.typing import ArrayLike

from . import _linnet
from ._error import Error, shown, whole_number
from ._linnet import DeepBalanced, DeepLinear, DeepLinearized, Diagonal, GramState, Perceptron, SelfConsistent, Task, Weights

__all__ = [
    "Closure",
    "DeepBalanced",
    "DeepLinear",
    "DeepLinearized",
    "EffectiveBalance",
    "GramState",
    "Network",
    "Layerwise",
    "PerLayer",
    "SelfConsistent",
    "ShapeLike",
    "Weights",
    "balanced",
    "balanced_deep",
    "deep_unbalanced",
    "effective_balance",
    "escape_path",
    "expected_balance",
    "fit_closure",
    "gaussian_deep",
    "gaussian_gram",
    "gaussian_scales",
    "gaussian_weights",
    "glorot_variance",
    "he_variance",
    "identity_deep",
    "infinite_width",
    "infinite_width_weights",
    "kernel_distance",
    "lecun_variance",
    "neural_tangent_kernel",
    "orthogonal_deep",
    "random_end_to_end",
    "saddle_variance",
    "self_consistent",
    "semi_orthogonal",
    "tilt",
]

Network = Union[GramState, SelfConsistent, DeepLinear, DeepLinearized, DeepBalanced, Diagonal]
PerLayer = Union[float, Tuple[float, float]]
Layerwise = Union[float, Sequence[float]]
ShapeLike = Union[Task, Network, Tuple[int, int]]


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

    `infinite_width`, `SelfConsistent` and `ModeFlow` take them as scales.
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

    In training they behave as infinitely wide Gaussian weights.
    """
    return _linnet.infinite_width_weights(shape, scale)


def self_consistent(start: Network, scales: Optional[PerLayer] = None) -> SelfConsistent:
    """The self-consistent network with the end-to-end matrix of `start`.

    `scales` are the representations at A = 0, (variance_1 width, variance_2 width) for a wide Gaussian network;
    without them, those of the best fit of the closure to `start`.
    Source: docs/theory.md, "Self-consistent dynamics".
    """
    return _linnet.self_consistent(start, scales)


def balanced(
    end_to_end: ArrayLike, *, balance: float = 0.0, width: int, seed: int = 0, rates: PerLayer = 1.0
) -> Weights:
    """lambda-balanced weights, W_2^T W_2 - W_1 W_1^T = lambda I, with the end-to-end matrix given.

    balance = 0 is zero-balanced. The rotation of the hidden neurons is drawn from `seed`. Use `random_end_to_end` or
    `semi_orthogonal` for a start that does not depend on the task, the task's own singular vectors for an aligned one.
    With `rates` the balance is that of the layers W_l / sqrt(rates[l]), which the flow with these rates conserves.
    Source: docs/exact.md, "Starts".

    Raises:
        linnet.Error: where no such weights exist: a width below the rank of the end-to-end matrix, above the outputs
            for balance > 0 or above the inputs for balance < 0.
    """
    return _linnet.balanced(end_to_end, balance, width, seed, rates)


def _hidden(depth: Optional[int], width: Optional[int], widths: Optional[Sequence[int]]) -> List[int]:
    """The hidden widths, by one width for all or one by one."""
    if widths is not None:
        if depth is not None or width is not None:
            raise Error("network.widths", "either depth and width, or widths", "both")
        if np.ndim(widths) != 1 or isinstance(widths, str):
            raise Error("network.widths", "a sequence of whole numbers", shown(widths))
        return [whole_number(w, "network.widths") for w in widths]
    if depth is None:
        raise Error("network.widths", "either depth and width, or widths", "neither")
    layers = whole_number(depth, "network.depth")
    if layers < 1:
        raise Error("network.depth", "an integer >= 1", shown(depth))
    if width is None and layers > 1:
        raise Error("network.widths", "either depth and width, or widths", "neither")
    return [] if width is None else _linnet.hidden_layers(layers, width)


def gaussian_deep(
    shape: ShapeLike,
    *,
    depth: Optional[int] = None,
    width: Optional[int] = None,
    widths: Optional[Sequence[int]] = None,
    variance: Optional[Layerwise] = None,
    gamma: Optional[float] = None,
    seed: int = 0,
    point: int = 0,
) -> DeepLinear:
    """A deep network with independent entries N(0, variance), or N(0, variance[l]) in layer l.

    The hidden layers by `depth` and one `width`, or one by one by `widths`. Instead of a variance, `gamma` is that of
    *Saddle-to-saddle*: variance = width^-gamma, the NTK regime below 1, small starts above. Two layers have the same
    bits as `gaussian_weights`.
    Source: docs/theory.md, "Saddle to saddle".

    Raises:
        linnet.Error: for a depth or width below 1, a variance that is negative, or both or neither of variance and
            gamma.
    """
    hidden = _hidden(depth, width, widths)
    if (variance is None) == (gamma is None):
        raise Error("network.variance", "exactly one of variance and gamma", "neither" if gamma is None else "both")
    if gamma is not None:
        if not hidden:
            raise Error("network.gamma", "a hidden layer", "depth 1")
        variance = saddle_variance(max(hidden), gamma)
    return _linnet.gaussian_deep(shape, hidden, variance, seed, point)


def saddle_variance(width: int, gamma: float) -> float:
    """width^-gamma, the variance of *Saddle-to-saddle*."""
    return _linnet.saddle_variance(width, gamma)


def balanced_deep(
    end_to_end: ArrayLike,
    *,
    depth: Optional[int] = None,
    width: Optional[int] = None,
    widths: Optional[Sequence[int]] = None,
    seed: int = 0,
) -> DeepLinear:
    """Balanced weights of any depth, W_{l+1}^T W_{l+1} = W_l W_l^T, with the end-to-end matrix given.

    From A = U S V^T, W_l = O_l S^(1/L) O_{l-1}^T with O_0 = V, O_L = U and hidden frames drawn from `seed`.

    Raises:
        linnet.Error: for a hidden layer narrower than the rank of the end-to-end matrix.
    """
    return _linnet.balanced_deep(end_to_end, _hidden(depth, width, widths), seed)


def deep_unbalanced(
    end_to_end: ArrayLike,
    *,
    balance: float,
    layer: str = "first",
    depth: Optional[int] = None,
    width: Optional[int] = None,
    widths: Optional[Sequence[int]] = None,
    rates: Layerwise = 1.0,
    seed: int = 0,
) -> DeepLinear:
    """Weights of depth 2 or more where only the first or last `layer` is out of balance, with the end-to-end matrix given.

    W_{l+1}^T W_{l+1} - W_l W_l^T is 0 for all neighbours except the first pair (or the last), where it is balance * I.
    balance > 0 is upstream, with larger later layers; balance < 0 is downstream. Two layers are those of `balanced`.
    With `rates` this is true of the layers W_l / sqrt(rates[l]), whose imbalance the flow with these rates conserves.
    Source: docs/theory.md, "Layers out of balance".

    Raises:
        linnet.Error: where no such weights exist. The larger layers have full rank, the width of the hidden layer
            beside the unbalanced one, so that no layer on their side, and neither inputs nor outputs there, may be
            smaller. No layer may be smaller than the rank of the end-to-end matrix.
    """
    return _linnet.deep_unbalanced(end_to_end, _hidden(depth, width, widths), balance, layer, rates, seed)


def orthogonal_deep(
    shape: ShapeLike,
    *,
    depth: Optional[int] = None,
    width: Optional[int] = None,
    widths: Optional[Sequence[int]] = None,
    scale: float = 1.0,
    seed: int = 0,
) -> DeepLinear:
    """Every layer `scale` times a random matrix of orthonormal columns or rows."""
    return _linnet.orthogonal_deep(shape, _hidden(depth, width, widths), scale, seed)


def identity_deep(
    shape: ShapeLike,
    *,
    depth: Optional[int] = None,
    width: Optional[int] = None,
    widths: Optional[Sequence[int]] = None,
    scale: float = 1.0,
    variance: Layerwise = 0.0,
    seed: int = 0,
) -> DeepLinear:
    """Every layer `scale` on its diagonal, plus entries N(0, variance)."""
    return _linnet.identity_deep(shape, _hidden(depth, width, widths), scale, variance, seed)


def escape_path(
    task: Task,
    *,
    depth: Optional[int] = None,
    width: Optional[int] = None,
    widths: Optional[Sequence[int]] = None,
    size: float,
    mode: int = 0,
    seed: int = 0,
) -> DeepLinear:
    """The point at |theta| = size along the direction of fastest escape from the origin of this task's cost.

    With (s, u, v) the largest singular triple of dC/dA at 0: W_l = size L^(-1/2) z_l z_{l-1}^T, z_0 = v, z_L = -u,
    hidden unit vectors z_l drawn from `seed`. `mode` > 0 takes a later triple. `linnet.landscape.escape_radius`
    predicts |theta| of the flow from there.

    Raises:
        linnet.Error: where the origin is a minimum.
    """
    return _linnet.escape_path(task, _hidden(depth, width, widths), size, mode, seed)


def random_end_to_end(shape: ShapeLike, *, rank: int, scale: float = 1.0, seed: int = 0) -> np.ndarray:
    """A random Gaussian matrix of this rank, outputs x inputs, whose largest singular value is `scale`."""
    return _linnet.random_end_to_end(shape, rank, scale, seed)


def semi_orthogonal(shape: ShapeLike, *, rank: int, scale: float = 1.0, seed: int = 0) -> np.ndarray:
    """A random matrix of this rank, outputs x inputs, whose singular values are all `scale`."""
    return _linnet.semi_orthogonal(shape, rank, scale, seed)


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
    """The scales (alpha tau, tau / alpha) of the layers of upstream and downstream starts, by alpha or by delta.

    delta = tau^2 (alpha^-2 - alpha^2) > 0 is upstream, the first layer the smaller and faster one; < 0 is downstream.
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
