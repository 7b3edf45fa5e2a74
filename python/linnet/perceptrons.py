"""Perceptrons: fully connected networks that are not linear, of ReLU, leaky ReLU or quadratic neurons.

`linnet.train` accepts them with every task that has samples, and returns a `Trajectory` as for any other network.
Source: docs/theory.md, "Perceptrons".
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from . import _convert
from ._linnet import Perceptron, PerceptronLinearized
from .starts import gaussian_perceptron, spherical_pairs

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
    return Perceptron([w, np.atleast_2d(_convert.reals(a, "network.weights"))], slope=slope)
