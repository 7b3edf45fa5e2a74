"""Deep networks with one layer out of balance, and how they move A, from Python."""

import numpy as np
import pytest

import linnet


@pytest.fixture
def a():
    return 0.4 * np.random.default_rng(3).normal(size=(3, 5))


@pytest.mark.parametrize("layer, balance, widths", [("first", -2.0, [5, 4]), ("last", 0.5, [4, 6, 3])])
def test_the_start_has_its_imbalance_and_its_product(a, layer, balance, widths):
    rates = [0.5, 1.0, 2.0, 1.5][: len(widths) + 1]
    net = linnet.deep_unbalanced(a, balance=balance, layer=layer, widths=widths, rates=rates, seed=2)
    assert np.allclose(net.end_to_end, a, rtol=0, atol=1e-13)
    deltas = net.imbalances(rates)
    own = deltas.pop(0 if layer == "first" else -1)
    assert np.allclose(own, balance * np.eye(len(own)), rtol=0, atol=1e-13)
    assert all(np.abs(d).max() < 1e-13 for d in deltas)


def test_the_preconditioner_is_the_sum_over_layers(a):
    net = linnet.gaussian_deep((3, 5), widths=[4, 6], variance=0.3, seed=4)
    w1, w2, w3 = net.weights
    rates = (0.5, 1.0, 2.0)
    m = linnet.preconditioner(net, rates)
    first = np.kron(np.eye(5), w3 @ w2 @ w2.T @ w3.T)
    second = np.kron(w1.T @ w1, w3 @ w3.T)
    third = np.kron(w1.T @ w2.T @ w2 @ w1, np.eye(3))
    expected = 0.5 * first + second + 2.0 * third
    assert np.allclose(m.dense(), expected, rtol=0, atol=1e-13)
    assert np.allclose(m.eigenvalues(), np.linalg.eigvalsh(expected), rtol=0, atol=1e-12)
    assert np.allclose(m.range(), np.linalg.eigvalsh(expected)[[0, -1]], rtol=0, atol=1e-12)
    assert np.allclose(m.apply(a), (expected @ a.ravel(order="F")).reshape((3, 5), order="F"), rtol=0, atol=1e-13)
    assert m.shape == (3, 5) and m.depth == 3
    assert np.array_equal(linnet.preconditioner([w1, w2, w3], rates).dense(), m.dense())


def test_a_alone_tells_the_preconditioner_after_training(a):
    net = linnet.deep_unbalanced(a, balance=-1.0, widths=[5, 4])
    task = linnet.tasks.target(np.random.default_rng(5).normal(size=(3, 5)))
    run = linnet.train(net, task, linnet.GradientFlow(t_end=0.5, rtol=1e-11, atol=1e-13))
    modes = linnet.preconditioner_modes(run.final.end_to_end, depth=3, balance=-1.0, width=5)
    exact = linnet.preconditioner(run.final)
    assert np.allclose(modes.apply(a), exact.apply(a), rtol=0, atol=1e-9)
    assert np.allclose(np.sort(modes.eigenvalues.ravel()), exact.eigenvalues(), rtol=0, atol=1e-9)
    with pytest.raises(linnet.Error, match="network.width: expected 5, the inputs, or 3"):
        linnet.preconditioner_modes(run.final.end_to_end, depth=3, balance=-1.0, width=4)


def test_a_mode_is_what_aligned_weights_do():
    net = linnet.deep_unbalanced(0.05 * np.eye(2), balance=-1.0, depth=4, width=2)
    task = linnet.tasks.target(np.diag([2.0, 1.0]))
    run = linnet.train(net, task, linnet.GradientFlow(t_end=2.0, rtol=1e-11, atol=1e-13),
                       record=["singular_values"], schedule=linnet.linear(5))
    for i, y in enumerate([2.0, 1.0]):
        mode = linnet.UnbalancedMode(4, 0.05, y, balance=-1.0)
        assert np.allclose(mode.at(run.time), run["singular_values"][:, i], rtol=1e-7)
        assert np.allclose(mode.at(mode.time([0.1, 0.5])), [0.1, 0.5], rtol=1e-11)
    # Two layers: mu = sqrt(balance^2 + 4 s^2).
    assert np.isclose(linnet.UnbalancedMode(2, 0.1, 1.0, balance=3.0).speed(0.7), np.hypot(3.0, 1.4))


def test_refusals(a):
    with pytest.raises(linnet.Error, match='layer: expected "first" or "last"'):
        linnet.deep_unbalanced(a, balance=1.0, layer="second", depth=3, width=3)
    with pytest.raises(linnet.Error, match="network.width: expected at most 3"):
        linnet.deep_unbalanced(a, balance=1.0, depth=3, width=4)
    with pytest.raises(linnet.Error, match="mode.depth"):
        linnet.UnbalancedMode(1, 0.1, 1.0, balance=1.0)
    with pytest.raises(linnet.Error, match="rates"):
        linnet.preconditioner(linnet.gaussian_deep((3, 5), depth=2, width=2, variance=1.0), (1.0, 2.0, 3.0))
