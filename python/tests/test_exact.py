"""The closed form through the Python interface."""

import pickle
import warnings

import linnet
import numpy as np
import pytest


def test_closure_is_found(rng):
    for balance, width in [(0.0, 3), (2.5, 4), (-1e4, 3), (1e-3, 2)]:
        a0 = linnet.random_end_to_end((4, 3), rank=min(3, width), scale=0.3, seed=2)
        flow = linnet.ExactFlow(
            linnet.balanced(a0, balance=balance, width=width), linnet.tasks.target(rng.normal(size=(4, 3)))
        )
        assert flow.closure.balance == pytest.approx(balance, rel=1e-13, abs=1e-14)
        assert flow.closure.scale2 == 0


def test_what_is_never_learned_is_not_active():
    y = np.diag([2.0, 1.0, 0.5])
    start = linnet.balanced(np.diag([0.1, 0.1, -0.1]), balance=0.0, width=3)
    with pytest.warns(RuntimeWarning, match="saddle"):
        d = linnet.diagnose(start, linnet.tasks.target(y))
    assert d.prediction.learned.tolist() == d.ends_active.tolist() == [True, True, False]
    assert d.prediction.activation_times().tolist() == [0.0, 0.0, np.inf]


@pytest.mark.parametrize("t", [10**400, [1.0, 10**400]])
def test_times_that_are_no_floating_point_numbers(t):
    flow = linnet.ExactFlow(linnet.infinite_width((2, 2), scale=1.0), linnet.tasks.target(np.eye(2)))
    with pytest.raises(linnet.Error, match="^t: expected a time or an array of times, got "):
        flow.gram(t)


def test_fractions_are_above_0_and_below_1():
    task = linnet.tasks.target(np.eye(2))
    for flow in (linnet.ExactFlow(linnet.infinite_width((2, 2), scale=1.0), task), linnet.ModeFlow(task, scales=0.3)):
        for fraction in (0, 1, -1, 2):
            with pytest.raises(linnet.Error, match=f"^fraction: expected a number above 0 and below 1, got {fraction}$"):
                flow.learning_times(fraction)


def test_shapes_follow_the_times(rng):
    y = rng.normal(size=(3, 4))
    flow = linnet.ExactFlow(linnet.SelfConsistent(np.zeros((3, 4)), (0.3, 0.5)), linnet.tasks.target(y, signal=y))
    t = np.array([[0.0, 0.5, 2.0], [3.0, np.inf, 1e-3]])
    assert flow.gram(t).shape == (2, 3, 7, 7)
    assert flow.end_to_end(t).shape == (2, 3, 3, 4)
    assert flow.modes(t).shape == flow.singular_values(t).shape == (2, 3, 3)
    for name in ("cost", "train_error", "test_error", "kernel_distance"):
        values = getattr(flow, name)(t)
        assert values.shape == (2, 3)
        assert values[0, 1] == getattr(flow, name)(0.5)
    for index, when in np.ndenumerate(t):
        state = flow.state(when)
        assert np.array_equal(flow.gram(t)[index], state.gram)
        assert np.allclose(flow.end_to_end(t)[index], state.end_to_end, rtol=1e-14, atol=1e-15)
        assert np.array_equal(flow.input_representation(when), state.gram[:4, :4])
        assert np.array_equal(flow.output_representation(when), state.gram[4:, 4:])
        q = flow.factor(when)
        assert np.allclose(q @ q.T, state.gram, rtol=0, atol=1e-13)
    assert isinstance(flow.cost(1.0), float)
    assert np.allclose(flow.end_to_end(np.inf), y, rtol=0, atol=1e-13)
    half = flow.learning_times(0.5)
    assert np.allclose([flow.modes(t)[i] for i, t in enumerate(half)], flow.target / 2, rtol=1e-9)
    active = flow.activation_times()
    assert np.allclose([flow.modes(t)[i] for i, t in enumerate(active)], flow.threshold, rtol=1e-9)
    assert flow.shape == (3, 4) and "lambda 0.2" in repr(flow)


def test_arrays_of_factors(rng):
    y = rng.normal(size=(3, 4))
    start = linnet.balanced(linnet.random_end_to_end((3, 4), rank=2, scale=0.1, seed=1), balance=0.0, width=5)
    flow = linnet.ExactFlow(start, linnet.tasks.target(y))
    t = np.array([[0.0, 1.0], [30.0, np.inf]])
    q = flow.factor(t)
    assert q.shape == (2, 2, 7, 2), "the rank of the start, not its width"
    assert np.allclose(q @ np.swapaxes(q, -1, -2), flow.gram(t), rtol=0, atol=1e-13)
    assert np.linalg.matrix_rank(flow.gram(np.inf)) == 2


def test_runs_of_the_closed_form(rng):
    y = rng.normal(size=(3, 4))
    task = linnet.tasks.target(y + 0.3 * rng.normal(size=(3, 4)), signal=y)
    start = linnet.balanced(0.01 * linnet.semi_orthogonal((3, 4), rank=3), balance=0.2, width=3)
    flow = linnet.ExactFlow(start, task, rates=(1.0, 1.0))
    assert flow.rates == (1.0, 1.0) and not flow.at_saddle
    run = flow.trace(3.0, record=["train_error", "test_error", "singular_values"], schedule=linnet.linear(31))
    assert np.allclose(run["train_error"], flow.train_error(run.time), rtol=1e-13)
    assert np.allclose(run["singular_values"], flow.singular_values(run.time), rtol=0, atol=1e-13)
    best = flow.best()
    assert run.best.time == best.time and run.best.test_error == best.test_error
    assert best.test_error <= flow.test_error(np.geomspace(1e-2, 1e3, 400)).min() * (1 + 1e-12)
    data = run.to_xarray()
    assert data.attrs["title"] == "closed form on target" and data.sizes["time"] == len(run.time)
    assert data.attrs["backend"] == linnet.tasks._linnet.backend and data.attrs["math_library"].startswith("glibc")
    run.plot()


def test_the_limit_of_large_lambda_is_that_of_weights():
    task = linnet.tasks.modes([3.0, 2.0], shape=(5, 3), seed=2)
    small = linnet.random_end_to_end(task, rank=3, scale=0.01, seed=1)
    for balance in (-1e3, 1e3):  # lazy, and with a layer that turns
        start = linnet.balanced(small, balance=balance, width=3)
        limit = linnet.OneLayerFlow(start, task)
        assert abs(limit.rate / 1e3 - 1) < 1e-12
        t = np.append(1e3 * np.geomspace(1e-8, 10, 40), np.inf)
        np.testing.assert_allclose(limit.end_to_end(t), linnet.ExactFlow(start, task).end_to_end(t), atol=1e-4)
        copy = pickle.loads(pickle.dumps(limit))
        np.testing.assert_array_equal(copy.end_to_end(5.0), limit.end_to_end(5.0))
    with pytest.raises(linnet.Error, match="weights, or A_0 with a rate"):
        linnet.OneLayerFlow(linnet.GramState.from_weights(start.w1, start.w2), task)


def test_kernel_distance_mode_by_mode_is_that_of_the_matrices(rng):
    task = linnet.tasks.target(rng.normal(size=(5, 3)))
    t = np.array([[0.0, 0.1, 1.0], [5.0, 100.0, np.inf]])
    for scales in ((1e-3, 2e-3), (0.1, 3.0), (4.0, 1e-4)):
        flow = linnet.ModeFlow(task, scales=scales)
        exact = linnet.ExactFlow(linnet.infinite_width(task, scale=scales), task)
        np.testing.assert_allclose(flow.kernel_distance(t), exact.kernel_distance(t), atol=1e-13)
    assert abs(flow.kernel_distance(0.0)) < 1e-15
    spectrum = linnet.limit_spectrum(dim=100, noise=0.5)
    for made in (lambda: linnet.ModeFlow(spectrum), lambda: linnet.ModeFlow(linnet.tasks.modes([2.0, 1.0], shape=(2, 2), input_variances=[1.0, 0.5]))):
        with pytest.raises(linnet.Error):
            made().kernel_distance(1.0)


def test_inputs_that_are_white_as_they_are(rng):
    y = rng.normal(size=(3, 8))
    items = linnet.tasks.regression(np.eye(8), y.T)
    assert items.is_white and items.white_variance == pytest.approx(1 / 8)
    assert linnet.tasks.target(y).white_variance == 1 and linnet.tasks.completion(y).white_variance is None
    start = linnet.infinite_width(items, scale=0.3)
    t = np.array([0.5, 4.0, np.inf])
    same = linnet.ExactFlow(start, linnet.tasks.target(y))
    assert np.allclose(linnet.ExactFlow(start, items).gram(8 * t), same.gram(t), rtol=0, atol=1e-12)
    modes = linnet.ModeFlow(items, scales=0.3)
    assert np.allclose(modes.end_to_end(8 * t), same.end_to_end(t), rtol=0, atol=1e-12)
    errors = [items.train_error(a) for a in same.end_to_end(t)]
    assert np.allclose(modes.train_error(8 * t), errors, rtol=1e-12, atol=1e-20)
    run = linnet.train(start, items, linnet.GradientFlow(t_end=4.0, rtol=1e-11, atol=1e-14), schedule=linnet.ends())
    assert np.allclose(run.final.end_to_end, same.end_to_end(0.5), rtol=0, atol=1e-9)
    one = linnet.OneLayerFlow(np.zeros((3, 8)), items, rate=2.0)
    assert np.allclose(one.end_to_end([8.0, np.inf]), [(1 - np.exp(-2)) * y, y], rtol=0, atol=1e-13)
    weights = linnet.Weights(0.1 * rng.normal(size=(40, 8)), 0.1 * rng.normal(size=(3, 40)))
    assert linnet.diagnose(weights, items).verdict == "approximate"
    q = np.linalg.qr(rng.normal(size=(50, 3)))[0] * np.sqrt(50)
    balanced = linnet.balanced(np.zeros((2, 3)), balance=0.5, width=2)
    assert linnet.diagnose(balanced, linnet.tasks.regression(q, q @ rng.normal(size=(3, 2)))).verdict == "exact"


def test_another_task_goes_on_from_the_network(rng):
    first, second = (linnet.tasks.target(rng.normal(size=(3, 4))) for _ in range(2))
    weights = linnet.balanced(linnet.random_end_to_end(first, rank=2, scale=0.3, seed=1), balance=0.7, width=2)
    for start, kind in [(weights, linnet.Weights), (linnet.SelfConsistent(np.zeros((3, 4)), 0.4), linnet.GramState)]:
        then = linnet.ExactFlow(start, first).network(0.8)
        assert isinstance(then, kind)
        later = linnet.ExactFlow(then, second)
        solver = linnet.GradientFlow(t_end=0.8, rtol=1e-11, atol=1e-14)
        trained = linnet.train(then, second, solver, schedule=linnet.ends()).final
        assert np.allclose(later.end_to_end(0.8), trained.end_to_end, rtol=0, atol=1e-9)
        expected = linnet.train(start, first, solver, schedule=linnet.ends()).final
        assert np.allclose(then.end_to_end, expected.end_to_end, rtol=0, atol=1e-9)


def test_saddles_are_warned_of():
    y = np.diag([1.0, 0.5])
    start = linnet.balanced(np.diag([0.1, -0.1]), balance=0.0, width=2)
    with pytest.warns(RuntimeWarning, match="saddle"):
        flow = linnet.ExactFlow(start, linnet.tasks.target(y))
    assert "saddle" in flow.warning
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        linnet.ExactFlow(linnet.balanced(np.diag([0.1, 0.1]), balance=0.0, width=2), linnet.tasks.target(y))
        linnet.diagnose(linnet.balanced(np.diag([0.1, 0.1]), balance=0.0, width=2), linnet.tasks.target(y))
    with pytest.warns(RuntimeWarning, match="saddle"):
        linnet.diagnose(start, linnet.tasks.target(y))
    with pytest.warns(RuntimeWarning, match="the start is at a saddle"):
        linnet.ModeFlow(linnet.tasks.target(y), scales=0.0).trace(1.0)


def test_what_is_refused(rng):
    task = linnet.tasks.target(rng.normal(size=(3, 4)))
    wide = linnet.gaussian_gram(task, width=50, variance=0.02)
    with pytest.raises(linnet.Error, match=r"network: expected a start that satisfies the closure .* got residual"):
        linnet.ExactFlow(wide, task)
    linnet.ExactFlow(wide, task, tolerance=1.0)
    good = linnet.infinite_width(task, scale=0.3)
    with pytest.raises(linnet.Error, match="task: expected whitened or aligned inputs, no mask and no weights"):
        linnet.ExactFlow(good, linnet.tasks.completion(rng.normal(size=(3, 4))))
    with pytest.raises(linnet.Error, match="task: expected a task"):
        linnet.ExactFlow(good, 3)
    with pytest.raises(linnet.Error, match="solver.rates: expected"):
        linnet.ExactFlow(good, task, rates=(1.0, -1.0))
    flow = linnet.ExactFlow(good, task)
    with pytest.raises(linnet.Error, match=r"t: expected a time in \[0, inf\], got -1"):
        flow.gram(-1.0)
    with pytest.raises(linnet.Error, match="t: expected a time or an array of times"):
        flow.gram("soon")


def test_balanced_starts_and_their_balance(rng):
    a = rng.normal(size=(3, 4))
    weights = linnet.balanced(a, balance=1.5, width=3)
    assert np.allclose(weights.end_to_end, a, rtol=0, atol=1e-14)
    found = linnet.effective_balance(weights)
    assert found.balance == pytest.approx(1.5) and found.distance < 1e-14
    with pytest.raises(linnet.Error, match="network.width: expected at most 3, the outputs"):
        linnet.balanced(a, balance=1.5, width=4)
    expected = linnet.expected_balance((3, 4), width=100, variance=(0.02, 0.01))
    assert expected.balance == pytest.approx(3 * 0.01 - 4 * 0.02)
    first, second = linnet.tilt(0.5, delta=-0.3)
    assert second**2 - first**2 == pytest.approx(-0.3) and first * second == pytest.approx(0.25)
    assert linnet.tilt(0.5, alpha=2.0) == (0.25, 1.0)
    with pytest.raises(linnet.Error, match="alpha, delta: expected exactly one of them, got both"):
        linnet.tilt(1.0, alpha=1.0, delta=0.0)
    with pytest.raises(linnet.Error, match="weights: expected Weights"):
        linnet.effective_balance(linnet.infinite_width((3, 4), scale=1.0))


def test_balanced_in_the_layers_of_unequal_rates(rng):
    task = linnet.tasks.target(rng.normal(size=(3, 4)))
    rates = (0.5, 3.0)
    start = linnet.balanced(0.3 * rng.normal(size=(3, 4)), balance=0.7, width=3, rates=rates)
    flow = linnet.ExactFlow(start, task, rates=rates)
    assert flow.closure.balance == pytest.approx(0.7) and flow.closure.residual < 1e-14
    solver = linnet.GradientFlow(t_end=0.6, rates=rates, rtol=1e-11, atol=1e-14)
    run = linnet.train(start, task, solver, schedule=linnet.ends())
    assert np.allclose(flow.end_to_end(0.6), run.final.end_to_end, rtol=0, atol=1e-9)


def test_diagnosis(rng):
    x = rng.normal(size=(400, 8)) * np.linspace(1, 2, 8)
    t = x @ rng.normal(size=(8, 3)) + 0.1 * rng.normal(size=(400, 3))
    w1, w2 = (rng.uniform(-1, 1, size=(300, 8)) / np.sqrt(8), rng.uniform(-1, 1, size=(3, 300)) / np.sqrt(300))
    weights = linnet.Weights(w1, w2)
    alone = linnet.diagnose(weights)
    assert alone.verdict is None and alone.prediction is None
    assert alone.closure.scales == pytest.approx((300 / 24, 1 / 3), rel=0.15, abs=0.2)
    raw = linnet.diagnose(weights, linnet.tasks.regression(x, t))
    assert raw.verdict == "integrated" and "not white" in raw.reason and raw.condition > 2 and raw.error < 1e-6
    with pytest.raises(linnet.Error, match="task: expected a task, got none"):
        alone.ends_active
    task = linnet.tasks.regression(x, t, whiten=True)
    d = linnet.diagnose(weights, task)
    assert d.verdict == "approximate" and 0 < d.error < 0.2
    assert d.regimes == linnet.predict(weights, task).regimes and d.ends_active.tolist() == [r != "lazy" for r in d.regimes]
    # Against training the weights themselves.
    times = np.array([0.02, 0.1, 0.3])
    run = linnet.train(weights, task, linnet.GradientFlow(t_end=0.3, rtol=1e-9), schedule=linnet.at(times))
    start = run["train_error"][0]
    assert np.abs(run["train_error"][1:] - d.prediction.train_error(times)).max() < d.error * start
    balanced = linnet.balanced(0.1 * linnet.semi_orthogonal((3, 8), rank=3), balance=0.5, width=3)
    assert linnet.diagnose(balanced, task).verdict == "exact"
    with pytest.raises(linnet.Error, match="weights: expected Weights"):
        linnet.diagnose(3)
    with pytest.raises(linnet.Error, match="task: expected a task"):
        linnet.diagnose(weights, 3)


def test_deep_mode():
    two = linnet.DeepMode(2, start=0.01, target=1.5)
    t = np.array([[0.0, 1.0], [2.0, np.inf]])
    np.testing.assert_allclose(two.at(t), linnet.Mode(target=1.5, start=0.01).at(t), rtol=1e-13)
    deep = linnet.DeepMode(4, start=1e-8, target=1.5, rate=0.5)
    s = np.array([1e-7, 0.1, 1.4, 1.5])
    np.testing.assert_allclose(deep.at(deep.time(s)), s, rtol=1e-6)
    assert deep.time(1.5) == np.inf and np.isnan(deep.time(2.0)) and deep.at(0.0) == 1e-8
    with pytest.raises(linnet.Error, match="mode.depth"):
        linnet.DeepMode(0, start=0.1, target=1.0)
