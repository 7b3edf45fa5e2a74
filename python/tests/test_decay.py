"""Weight decay, step schedules, noise and spectral descent against plain NumPy."""

import linnet
import numpy as np
import pytest


def problem(seed=0):
    rng = np.random.default_rng(seed)
    y = rng.standard_normal((4, 5))
    mask = (rng.random((4, 5)) < 0.7).astype(float)
    weights = [0.5 * rng.standard_normal(shape) for shape in ((6, 5), (6, 6), (4, 6))]
    return linnet.tasks.completion(y, mask), y, mask, weights


def gradients(w, y, mask):
    w1, w2, w3 = w
    r = mask * (w3 @ w2 @ w1 - y)
    return [(w3 @ w2).T @ r, w3.T @ r @ w1.T, r @ (w2 @ w1).T]


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_descent_is_the_loop_of_torch_sgd(momentum):
    """torch.optim.SGD(lr, momentum, weight_decay): d = g + mu W, b = beta b + d, W -= lr b."""
    task, y, mask, w = problem()
    lr, mu = 0.02, 0.3
    run = linnet.train(linnet.DeepLinear(w), task, linnet.GradientDescent(step=lr, momentum=momentum, weight_decay=mu, max_steps=50))
    buffers = [np.zeros_like(layer) for layer in w]
    for _ in range(50):
        g = gradients(w, y, mask)
        buffers = [momentum * b + d + mu * layer for b, d, layer in zip(buffers, g, w)]
        w = [layer - lr * b for layer, b in zip(w, buffers)]
    for ours, theirs in zip(run.final.weights, w):
        np.testing.assert_allclose(ours, theirs, rtol=1e-11, atol=1e-13)
    a = w[2] @ w[1] @ w[0]
    assert run["train_error"][-1] == pytest.approx((mask * (a - y) ** 2).sum() / mask.sum(), rel=1e-10)  # without decay


def test_two_layers_soft_threshold():
    rng = np.random.default_rng(3)
    y = rng.standard_normal((5, 6))
    task = linnet.tasks.target(y)
    start = linnet.gaussian_gram(task, width=10**6, variance=1e-6, seed=2)
    run = linnet.train(start, task, linnet.GradientFlow(t_end=400, weight_decay=0.8))
    s = np.linalg.svd(y, compute_uv=False)
    np.testing.assert_allclose(np.linalg.svd(run.final.end_to_end, compute_uv=False), np.maximum(s - 0.8, 0), atol=1e-12)
    minima = linnet.landscape.decayed_minima(task, 2, 0.8)
    np.testing.assert_allclose(run.final.end_to_end, minima.end_to_end(minima.best_rank), atol=1e-12)


def test_minima_of_deep_networks_solve_the_scalar_equation():
    task = linnet.tasks.modes([3.0, 1.0, 0.4], shape=(4, 4))
    for depth in (3, 4, 6):
        found = linnet.landscape.decayed_minima(task, depth, 0.15)
        for y, s, barrier in zip(found.targets, found.values, found.barriers):
            for root in (s, barrier):
                assert root == 0 or root ** ((depth - 2) / depth) * (y - root) == pytest.approx(0.15, rel=1e-9)
            assert (s > 0) == (y > found.critical) and barrier <= s
        assert list(found.ranks) == list(range((found.targets > found.critical).sum() + 1))
        for rank, cost in zip(found.ranks, found.costs):
            s = np.linalg.svd(found.end_to_end(rank), compute_uv=False)[:rank]
            assert cost == pytest.approx(task.cost(found.end_to_end(rank)) + 0.15 * depth / 2 * (s ** (2 / depth)).sum(), rel=1e-12)
    with pytest.raises(linnet.Error, match="rank: expected that of a minimum"):
        found.end_to_end(4)


def test_own_step_factor_and_schedules():
    task, y, mask, w = problem()

    def factor(k):
        return 1 / (1 + k / 10)

    run = linnet.train(linnet.DeepLinear(w), task, linnet.GradientDescent(step=0.05, step_factor=factor, max_steps=40))
    for k in range(40):
        w = [layer - 0.05 * factor(k) * g for layer, g in zip(w, gradients(w, y, mask))]
    np.testing.assert_allclose(run.final.weights[1], w[1], rtol=1e-11)
    assert run.final_time == pytest.approx(0.05 * sum(factor(k) for k in range(40)))
    start = linnet.DeepLinear(problem()[3])
    by_name = linnet.train(start, task, linnet.GradientDescent(step=0.05, schedule="cosine", max_steps=40))
    by_hand = linnet.train(start, task, linnet.GradientDescent(step=0.05, step_factor=lambda k: (1 + np.cos(np.pi * k / 40)) / 2, max_steps=40))
    np.testing.assert_allclose(by_name.final.end_to_end, by_hand.final.end_to_end, rtol=1e-12)


def test_an_own_factor_keeps_its_traceback():
    task, _, _, w = problem()
    with pytest.raises(ZeroDivisionError):
        linnet.train(linnet.DeepLinear(w), task, linnet.GradientDescent(step_factor=lambda k: 1 / (3 - k)))
    with pytest.raises(linnet.Error, match="solver.step_factor"):
        linnet.train(linnet.DeepLinear(w), task, linnet.GradientDescent(step_factor=lambda k: -1.0))
    with pytest.raises(linnet.Error, match="solver.step_factor"):
        linnet.train(linnet.DeepLinear(w), task, linnet.GradientDescent(step_factor=0.5))


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_spectral_descent_is_the_polar_factor(momentum):
    task, y, mask, w = problem()
    run = linnet.train(linnet.DeepLinear(w), task, linnet.SpectralDescent(step=0.01, momentum=momentum, max_steps=20))
    sums = [np.zeros_like(layer) for layer in w]
    for _ in range(20):
        sums = [momentum * m + g for m, g in zip(sums, gradients(w, y, mask))]
        for layer, m in enumerate(sums):
            u, s, vt = np.linalg.svd(m, full_matrices=False)
            rank = (s > 1e-12 * s[0]).sum()
            w[layer] = w[layer] - 0.01 * u[:, :rank] @ vt[:rank]
    for ours, theirs in zip(run.final.weights, w):
        np.testing.assert_allclose(ours, theirs, atol=1e-9)


def test_spectral_descent_moves_the_balance():
    """Gradient descent of balanced weights keeps them balanced to first order, spectral descent does not."""
    task = linnet.tasks.target(np.random.default_rng(1).standard_normal((4, 5)))
    rng = np.random.default_rng(2)
    start = linnet.DeepLinear([0.3 * rng.standard_normal((6, 5)), 0.3 * rng.standard_normal((4, 6))])

    def drift(solver):
        w1, w2 = linnet.train(start, task, solver).final.weights
        v1, v2 = start.weights
        return np.linalg.norm((w2.T @ w2 - w1 @ w1.T) - (v2.T @ v2 - v1 @ v1.T))

    by_gradient = [drift(linnet.GradientDescent(step=h, max_steps=round(0.2 / h))) for h in (1e-3, 1e-4)]
    by_spectrum = [drift(linnet.SpectralDescent(step=h, max_steps=round(0.2 / h))) for h in (1e-3, 1e-4)]
    assert by_gradient[1] < by_gradient[0] / 5
    assert by_spectrum[1] == pytest.approx(by_spectrum[0], rel=0.05) and by_spectrum[1] > 0.1


def test_states_without_weights_refuse_what_they_cannot_do():
    task, _, _, w = problem()
    target = linnet.tasks.target(np.ones((4, 5)))
    start = linnet.DeepLinear(w)
    with pytest.raises(linnet.Error, match="solver.weight_decay"):
        linnet.train(linnet.DeepLinearized(start), target, linnet.GradientFlow(weight_decay=0.1))
    for bad in (-1.0, np.nan, np.inf):
        with pytest.raises(linnet.Error, match="solver.weight_decay"):
            linnet.train(start, task, linnet.GradientDescent(weight_decay=bad))
    with pytest.raises(linnet.Error, match="spectral descent"):
        linnet.train(linnet.gaussian_gram(target, width=9, variance=0.1), target, linnet.SpectralDescent())
    with pytest.raises(linnet.Error, match="solver.batch"):
        linnet.train(start, target, linnet.GradientDescent(batch=2))
