"""Tangent kernels against differences of the network's outputs."""

import linnet
import numpy as np
import pytest


def test_kernels(rng):
    weights = linnet.Weights(rng.normal(size=(5, 3)), rng.normal(size=(2, 5)))
    inputs = np.eye(3)
    whitened = linnet.neural_tangent_kernel(weights, inputs)
    other = linnet.gaussian_weights((2, 3), width=5, seed=1)
    k = linnet.neural_tangent_kernel(other, inputs)
    cosine = np.sum(whitened * k) / np.linalg.norm(whitened) / np.linalg.norm(k)
    assert linnet.kernel_distance(weights, other) == pytest.approx(1 - cosine, rel=1e-12)
    zero = linnet.Weights(np.zeros((5, 3)), np.zeros((2, 5)))
    assert linnet.kernel_distance(weights, zero) == 1 and linnet.kernel_distance(zero, zero) == 0


def _jacobian_kernel(weights, f):
    """J J^T by central differences of f over all entries of all layers, exact for multilinear functions."""
    columns = []
    for l, w in enumerate(weights):
        for index in np.ndindex(w.shape):
            ends = []
            for step in (1e-4, -1e-4):
                moved = [v.copy() for v in weights]
                moved[l][index] += step
                ends.append(f(moved).ravel())
            columns.append((ends[0] - ends[1]) / 2e-4)
    return np.transpose(columns) @ np.array(columns)


def test_kernels_of_deep_networks_and_perceptrons(rng):
    layers = [rng.normal(size=(4, 3)), rng.normal(size=(5, 4)), rng.normal(size=(2, 5))]
    x = rng.normal(size=(6, 3))
    deep = linnet.DeepLinear(layers)
    right = _jacobian_kernel(layers, lambda w: x @ (w[2] @ w[1] @ w[0]).T)
    assert np.allclose(linnet.neural_tangent_kernel(deep, x), right, rtol=1e-7)
    assert np.allclose(linnet.neural_tangent_kernel(linnet.DeepLinearized(deep), x), right, rtol=1e-7)
    other = linnet.gaussian_deep((2, 3), widths=[4, 5], variance=1.0)
    k, l = (linnet.neural_tangent_kernel(n, np.eye(3)) for n in (deep, other))
    cosine = np.sum(k * l) / np.linalg.norm(k) / np.linalg.norm(l)
    assert linnet.kernel_distance(deep, other) == pytest.approx(1 - cosine, rel=1e-10)
    assert "depth 3" in repr(deep) and "3, 4, 5, 2" in repr(deep)
    with pytest.raises(linnet.Error, match="tangent kernel"):
        linnet.kernel_distance(linnet.DeepBalanced(np.eye(2), 3), deep)

    net = linnet.Perceptron(layers, activation="relu")
    right = _jacobian_kernel(layers, lambda w: np.maximum(np.maximum(x @ w[0].T, 0) @ w[1].T, 0) @ w[2].T)
    assert np.allclose(linnet.neural_tangent_kernel(net, x), right, rtol=1e-5, atol=1e-7)
    zero = linnet.Perceptron([np.zeros_like(w) for w in layers], activation="relu")
    assert linnet.kernel_distance(net, zero, x) == 1 and linnet.kernel_distance(zero, zero, x) == 0
