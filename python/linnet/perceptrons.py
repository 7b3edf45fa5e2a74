"""Perceptrons: fully connected networks that are not linear, of ReLU, leaky ReLU or quadratic neurons.

`linnet.train` accepts them with every task that has samples, and returns a `Trajectory` as for any other network.
Source: docs/theory.md, "Perceptrons".
"""

from __future__ import annotations

from typing import Optional, Sequence, Union

import numpy as np
from numpy.typing import ArrayLike

from . import _linnet
from ._linnet import Perceptron, PerceptronLinearized

__all__ = ["Perceptron", "PerceptronLinearized", "ReluNet", "gaussian_perceptron", "spherical_pairs"]


def ReluNet(w: ArrayLike, a: ArrayLike, slope: float = 0) -> Perceptron:  # noqa: N802, it makes a network as a class does
    """Two layers with one output, f(x) = sum over k of a_k relu(w_k . x).

    Args:
        w: neurons x inputs.
        a: one number a neuron.
        slope: for negative inputs, in [-1, 1]; leaky ReLU unless 0.

    Raises:
        linnet.Error: when the sizes differ or an entry is not finite.
    """
    return Perceptron([w, np.atleast_2d(a)], slope=slope)


def spherical_pairs(
    inputs: int,
    *,
    width: int = 50,
    tau: float = 1.0,
    alpha: Optional[float] = None,
    delta: Optional[float] = None,
    antisymmetric: bool = True,
    slope: float = 0,
    seed: int = 0,
    point: int = 0,
) -> Perceptron:
    """The start of Get rich quick: w_k = alpha tau times a point of the unit sphere, a_k = +-tau / alpha.

    Every neuron has the balance delta = a^2 - |w|^2 = tau^2 (alpha^-2 - alpha^2): above 0 upstream, below downstream.

    Args:
        inputs: n_0.
        width: neurons, an even number in pairs.
        tau: the scale.
        alpha, delta: the relative scale, one of the two.
        antisymmetric: neurons in pairs (w, a), (w, -a) side by side, so that f = 0 exactly; else signs are random.
        slope: of leaky ReLU, in [-1, 1].
        seed: the same seed gives the same bits on every machine.
        point: of a sweep; part of the random key.

    Raises:
        linnet.Error: for an odd width in pairs, tau or alpha not positive, a slope beyond 1, both or none of alpha and
            delta.
    """
    return _linnet.spherical_pairs(inputs, width, tau, alpha, delta, antisymmetric, slope, seed, point)


def gaussian_perceptron(
    sizes: Sequence[int],
    *,
    variance: Optional[Union[float, Sequence[float]]] = None,
    first_scale: float = 1.0,
    last_scale: float = 1.0,
    activation: str = "relu",
    slope: float = 0,
    seed: int = 0,
    point: int = 0,
) -> Perceptron:
    """Gaussian weights of any depth.

    Args:
        sizes: n_0, ..., n_L.
        variance: of the entries, one number or one a layer; He's 2 / n_{l-1} by default.
        first_scale: W_1 is multiplied by it: small is upstream, large downstream.
        last_scale: W_L is multiplied by it.
        activation: "relu" or "quadratic".
        slope: of leaky ReLU.
        seed: the same seed gives the same bits on every machine.
        point: of a sweep; part of the random key.

    Raises:
        linnet.Error: for fewer than two sizes, a size below 1, a negative variance, a scale that is not positive.
    """
    return _linnet.gaussian_perceptron(list(sizes), variance, first_scale, last_scale, activation, slope, seed, point)
