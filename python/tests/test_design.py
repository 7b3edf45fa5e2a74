"""linnet.design: against plain NumPy, against trained networks, and what is refused."""

import numpy as np
import pytest

import linnet


def mode(y, kappa, t):
    """a(t) of da/dt = 2 sqrt(kappa^2 + a^2) (y - a), a(0) = 0, by the textbook formula."""
    r = np.hypot(y, kappa)
    g = y + r * np.tanh(r * t + np.arctanh((kappa - y) / r))
    return (g - kappa**2 / g) / 2


def error_of(task, signal, kappa, t):
    u, s, vt = np.linalg.svd(task.target, full_matrices=False)
    return np.mean((u * mode(s, kappa, t) @ vt - signal) ** 2)


@pytest.fixture(scope="module")
def task():
    rng = np.random.default_rng(3)
    signal = 3 * rng.normal(size=(20, 2)) @ rng.normal(size=(2, 30))
    return linnet.tasks.target(signal + rng.normal(size=(20, 30)), signal), signal


def test_the_best_of_a_grid_in_numpy_is_no_better(task):
    task, signal = task
    d = linnet.design(task)
    assert d.source == "signal" and d.error_bar == 0 and d.width is None
    assert d.test_error == pytest.approx(error_of(task, signal, d.scale, d.time), rel=1e-9)
    grid = [error_of(task, signal, k, t) for k in np.geomspace(1e-4, 1e3, 40) for t in np.geomspace(1e-4, 10, 120)]
    assert d.test_error <= min(grid)
    u, s, vt = np.linalg.svd(task.target, full_matrices=False)
    overlap = np.array([u[:, i] @ signal @ vt[i] for i in range(20)])
    assert d.bound == pytest.approx((np.sum(signal**2) - np.sum(overlap**2)) / 600, rel=1e-9)
    assert d.bound < d.test_error < d.lazy_error < d.final_error
    assert d.price.half_time == pytest.approx(error_of(task, signal, d.scale, d.time / 2) / d.test_error, rel=1e-9)


def test_a_trained_network_reaches_it(task):
    task, _ = task
    d = linnet.design(task, rate=0.5)
    run = linnet.train(d.network(), task, linnet.GradientFlow(t_end=d.time, rates=0.5), record=["test_error", "kernel_distance"], schedule=linnet.ends())
    assert run["test_error"][-1] == pytest.approx(d.test_error, rel=1e-6)
    assert run["kernel_distance"][-1] == pytest.approx(d.kernel_distance, rel=1e-5)
    assert d.flow.test_error(d.time) == pytest.approx(d.test_error, rel=1e-12)
    steps = d.steps(1e-5)
    descent = linnet.train(d.network(), task, linnet.GradientDescent(step=1e-5, max_steps=round(steps)), record=["test_error"], schedule=linnet.ends())
    assert descent["test_error"][-1] == pytest.approx(d.test_error, rel=1e-2)


def test_slopes_are_those_of_the_textbook_formula(task):
    task, _ = task
    s = np.linalg.svd(task.target, compute_uv=False)
    for kappa, t in ((0.01, 0.3), (1.0, 0.1), (50.0, 0.004)):
        slopes = linnet.ModeFlow(task, scales=kappa).slopes(t)
        h = 1e-6
        by_time = (mode(s, kappa, t * (1 + h)) - mode(s, kappa, t * (1 - h))) / (2 * h)
        by_threshold = (mode(s, kappa * (1 + h), t) - mode(s, kappa * (1 - h), t)) / (2 * h)
        np.testing.assert_allclose(slopes.by_time, by_time, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(slopes.by_threshold, by_threshold, rtol=1e-5, atol=1e-6)


def test_regimes_and_kernels_are_those_asked_for(task):
    task, signal = task
    for k in (0, 1, 2, 5):
        d = linnet.design(task, active=k)
        s = np.linalg.svd(task.target, compute_uv=False)
        assert np.sum(mode(s, d.scale, d.time) > d.scale) == k == d.active
    d = linnet.design(task, kernel_distance=0.1)
    assert d.kernel_distance == pytest.approx(0.1, rel=1e-5)
    assert linnet.design(task, time_limit=0.01).time <= 0.01
    assert linnet.design(task, scale=2.0).scale == 2.0
    assert linnet.design(task, scale=2.0, stop_time=0.1).test_error == pytest.approx(error_of(task, signal, 2.0, 0.1), rel=1e-9)


@pytest.mark.parametrize("shape, noise", [((40, 40), None), ((60, 25), None), ((25, 60), 0.5)])
def test_a_matrix_alone_shows_noise_and_signal(shape, noise):
    covered = []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        u, v = np.linalg.qr(rng.normal(size=(shape[0], 2)))[0], np.linalg.qr(rng.normal(size=(shape[1], 2)))[0]
        signal = (u * (12.0, 9.0)) @ v.T
        y = signal + 0.5 * rng.normal(size=shape)
        d = linnet.design(y, noise=noise, seed=seed)
        assert d.source == "spectrum" and d.estimate.rank == 2 and d.estimate.noise == pytest.approx(0.5, rel=0.1)
        np.testing.assert_allclose(d.estimate.strengths, (12, 9), rtol=0.15)
        covered.append(abs(error_of(linnet.tasks.target(y), signal, d.scale, d.time) - d.test_error) <= d.error_bar)
    assert sum(covered) >= 9  # 11.4 expected


def test_folds_of_samples_are_least_squares_at_the_end():
    rng = np.random.default_rng(0)
    x, t = rng.normal(size=(24, 4)), rng.normal(size=(24, 3))
    d = linnet.design(linnet.tasks.regression(x, t + 3 * x[:, :3], whiten=True), folds=24)
    hat = x @ np.linalg.inv(x.T @ x) @ x.T
    left_out = (t + 3 * x[:, :3] - hat @ (t + 3 * x[:, :3])) / (1 - np.diag(hat))[:, None]
    assert d.source == "folds" and d.final_error == pytest.approx(np.mean(left_out**2), rel=1e-9)
    assert np.isnan(d.bound) and d.error_bar > 0


def test_a_width_is_within_the_budget(task):
    task, _ = task
    d = linnet.design(task, width=5000, seed=1)
    assert 1 <= d.width <= 5000 and d.width_loss <= 0.06 * d.test_error
    runs = [
        linnet.train(d.network(seed=s), task, linnet.GradientFlow(t_end=d.time), record=["test_error"], schedule=linnet.ends())["test_error"][-1]
        for s in range(20, 26)
    ]
    assert np.mean(runs) == pytest.approx(d.test_error, rel=0.1)


def test_what_cannot_be_had_is_said(task):
    task, _ = task
    noise = np.random.default_rng(0).normal(size=(50, 50))
    for make, words in (
        (lambda: linnet.design(noise), "a signal above the noise"),
        (lambda: linnet.design(np.zeros((3, 3))), "rank 0"),
        (lambda: linnet.design(noise * np.nan), "task.target"),
        (lambda: linnet.design(task, active=99), "active: expected a number of modes"),
        (lambda: linnet.design(task, active=1.5), "active"),
        (lambda: linnet.design(task, width=1, active=3), "width: expected at least active"),
        (lambda: linnet.design(task, kernel_distance=0.9999), "kernel_distance"),
        (lambda: linnet.design(task, time_limit=-1), "time_limit"),
        (lambda: linnet.design(task, rate=0), "rate"),
        (lambda: linnet.design(task, noise="much"), "noise"),
        (lambda: linnet.design(linnet.tasks.regression(np.ones((3, 1)) * [[1], [2], [3]], np.ones((3, 1)), whiten=True), folds=7), "folds"),
        (lambda: linnet.design(linnet.tasks.completion(noise, fraction=0.5)), "task"),
        (lambda: linnet.estimate_spectrum(noise, -1.0), "noise"),
    ):
        with pytest.raises(linnet.Error, match=words):
            make()
