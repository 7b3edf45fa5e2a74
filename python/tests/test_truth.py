"""The numbers: against training of the weights in NumPy, against each other, and against closed forms."""

import linnet
import numpy as np
import pytest


def train_weights(w1, w2, gradient, step, steps, order):
    """Gradient descent on the weights, as one would write it; yields A before each update and at the end."""
    step1, step2 = np.broadcast_to(step, 2)
    for _ in range(steps):
        a = w2 @ w1
        yield a
        r = gradient(a)
        g1 = w2.T @ r
        if order == "simultaneous":
            w1, w2 = w1 - step1 * g1, w2 - step2 * r @ w1.T
        else:
            w1 = w1 - step1 * g1
            w2 = w2 - step2 * r @ w1.T
    yield w2 @ w1


def make_task(kind, rng):
    y = rng.normal(size=(4, 6))
    if kind == "target":
        return linnet.tasks.target(y), lambda a: a - y
    if kind == "completion":
        mask = (rng.random((4, 6)) < 0.6).astype(float)
        return linnet.tasks.completion(y, mask), lambda a: mask * (a - y)
    x = rng.normal(size=(30, 6))
    t = x @ y.T + 0.1 * rng.normal(size=(30, 4))
    return linnet.tasks.regression(x, t), lambda a: (x @ a.T - t).T @ x / 30


@pytest.mark.parametrize("order", ["simultaneous", "sequential"])
@pytest.mark.parametrize("kind", ["target", "completion", "regression"])
@pytest.mark.parametrize("step", [0.02, (0.01, 0.03)])
def test_gram_state_follows_the_weights(kind, order, step, rng):
    task, gradient = make_task(kind, rng)
    w1 = 0.5 * rng.normal(size=(15, 6))
    w2 = 0.5 * rng.normal(size=(4, 15))
    expected = [task.train_error(a) for a in train_weights(w1, w2, gradient, step, 100, order)]
    *_, last = train_weights(w1, w2, gradient, step, 100, order)
    descent = linnet.GradientDescent(step=step, max_steps=100, order=order)
    for start in (linnet.Weights(w1, w2), linnet.GramState.from_weights(w1, w2)):
        run = linnet.train(start, task, descent)
        np.testing.assert_allclose(run["train_error"], expected, rtol=1e-10)
        np.testing.assert_allclose(run.final.end_to_end, last, atol=1e-10)
        assert run.status == "completed"
        assert list(run.steps) == list(range(101))
        np.testing.assert_allclose(run.time, np.sqrt(np.prod(np.broadcast_to(step, 2))) * run.steps, rtol=1e-14)


def test_final_state_trains_on(rng):
    task, _ = make_task("target", rng)
    start = linnet.gaussian_gram(task, width=40, variance=0.05, seed=3)
    whole = linnet.train(start, task, linnet.GradientDescent(step=0.02, max_steps=60))
    half = linnet.train(start, task, linnet.GradientDescent(step=0.02, max_steps=30))
    rest = linnet.train(half.final, task, linnet.GradientDescent(step=0.02, max_steps=30))
    np.testing.assert_array_equal(rest.final.gram, whole.final.gram)


@pytest.mark.parametrize("method", ["adams", "explicit_runge_kutta"])
@pytest.mark.parametrize("scales, rates", [(0.3, 1.0), ((0.2, 0.9), 1.0), (0.5, (2.0, 0.5))])
def test_flow_from_infinite_width_is_the_closed_form(scales, rates, method, rng):
    task = linnet.tasks.target(rng.normal(size=(4, 5)))
    exact = linnet.ModeFlow(task, scales=scales, rates=rates)
    times = [0.1, 0.5, 1.5]
    run = linnet.train(
        linnet.infinite_width(task, scale=scales),
        task,
        linnet.GradientFlow(t_end=1.5, rates=rates, rtol=1e-11, atol=1e-13, method=method),
        record=["train_error", "singular_values"],
        schedule=times,
    )
    np.testing.assert_allclose(run.time, [0, *times])
    np.testing.assert_allclose(run["train_error"], exact.train_error(run.time), rtol=1e-8)
    np.testing.assert_allclose(run["singular_values"], exact.modes(run.time), rtol=1e-7, atol=1e-12)
    np.testing.assert_allclose(run.final.gram, exact.gram(1.5), atol=1e-8)


def test_self_consistent_flow_is_exact_from_infinite_width(rng):
    task, _ = make_task("completion", rng)
    flow = linnet.GradientFlow(t_end=2.0, rtol=1e-10, atol=1e-12)
    gram = linnet.train(linnet.infinite_width(task, scale=0.4), task, flow)
    closed = linnet.train(linnet.SelfConsistent(np.zeros((4, 6)), 0.4), task, flow)
    np.testing.assert_allclose(closed["train_error"], gram["train_error"], rtol=1e-7)
    np.testing.assert_allclose(closed.final.gram, gram.final.gram, atol=1e-7)


def test_mode_is_the_sigmoid_and_the_exponential():
    t = np.linspace(0, 3, 7).reshape(7, 1)
    y, a0 = 1.7, 1e-3
    e = np.exp(2 * y * t)
    np.testing.assert_allclose(linnet.Mode(y, start=a0).at(t), y * e / (e - 1 + y / a0), rtol=1e-12)
    kappa = 1e9
    np.testing.assert_allclose(linnet.Mode(y, kappa).at(t / kappa), y * (1 - np.exp(-2 * t)), rtol=1e-8)
    mode = linnet.Mode(y, 0.2)
    assert mode.at(np.inf) == pytest.approx(y, rel=1e-15)
    assert mode.time_to(mode.at(0.7)) == pytest.approx(0.7, rel=1e-12)
    assert isinstance(mode.at(0.7), float)
    a = mode.at(0.7)
    assert mode.speed(a) == pytest.approx(2 * np.hypot(0.2, a) * (y - a), rel=1e-12)


def test_mode_flow_over_arrays_is_a_loop(rng):
    y = rng.normal(size=(3, 4))
    task = linnet.tasks.target(y, signal=y + 0.1)
    flow = linnet.ModeFlow(task, scales=0.1)
    t = np.array([[0.0, 0.3], [2.0, np.inf]])
    assert flow.modes(t).shape == (2, 2, 3)
    assert flow.end_to_end(t).shape == (2, 2, 3, 4)
    assert flow.gram(t).shape == (2, 2, 7, 7)
    for index in np.ndindex(t.shape):
        np.testing.assert_array_equal(flow.modes(t)[index], flow.modes(t[index]))
        np.testing.assert_array_equal(flow.end_to_end(t)[index], flow.end_to_end(t[index]))
        assert flow.train_error(t)[index] == flow.train_error(t[index])
        np.testing.assert_allclose(flow.test_error(t[index]), task.test_error(flow.end_to_end(t[index])), rtol=1e-9)
    np.testing.assert_allclose(flow.end_to_end(np.inf), y, atol=1e-13)
    reached = flow.learning_times(0.5)
    for i, time in enumerate(reached):
        assert flow.modes(time)[i] == pytest.approx(0.5 * flow.spectrum.target[i], rel=1e-10)


def test_best_of_a_mode_flow_is_a_minimum():
    task = linnet.tasks.low_rank_plus_noise(dim=60, rank=3, seed=5)
    flow = linnet.ModeFlow(task, scales=1.0)
    best = flow.best()
    times = best.time * np.linspace(0.5, 2, 101)
    assert best.test_error <= flow.test_error(times).min()
    trace = flow.trace(2 * best.time, record=["test_error", "rank"], schedule=linnet.linear(11), at_best=["rank"])
    assert trace.best.test_error == best.test_error
    np.testing.assert_allclose(trace["test_error"], flow.test_error(trace.time), rtol=1e-9)
    assert trace.best.values["rank"] == linnet.observables.rank(flow.end_to_end(best.time))


def test_limit_spectrum_is_near_a_large_sample():
    limit = linnet.ModeFlow(linnet.limit_spectrum(dim=600, rank=4), scales=1.0)
    sample = linnet.ModeFlow(linnet.tasks.low_rank_plus_noise(dim=600, rank=4, seed=1), scales=1.0)
    t = np.array([0.002, 0.005, 0.02])
    np.testing.assert_allclose(limit.train_error(t), sample.train_error(t), rtol=0.1)
    assert limit.best().test_error == pytest.approx(sample.best().test_error, rel=0.15)


def test_wide_gaussian_networks_approach_the_closed_form():
    task = linnet.tasks.target(np.diag([2.0, 1.0, 0.5]))
    exact = linnet.ModeFlow(task, scales=0.5).gram(1.0)
    errors = []
    for width in (10**2, 10**4, 10**6):
        net = linnet.gaussian_gram(task, width=width, variance=0.5 / width, seed=2)
        run = linnet.train(net, task, linnet.GradientFlow(t_end=1.0), schedule=linnet.ends())
        errors.append(np.linalg.norm(run.final.gram - exact) / np.linalg.norm(exact))
    # Each error is a random number of order width^(-1/2): a hundred times the width gives about a
    # tenth of the error.
    assert 3 < errors[0] / errors[1] < 40
    assert 3 < errors[1] / errors[2] < 40
    assert errors[2] < 5e-3


def test_observables_of_a_matrix(rng):
    a = rng.normal(size=(5, 8))
    s = np.linalg.svd(a, compute_uv=False)
    p = s / s.sum()
    np.testing.assert_allclose(linnet.singular_values(a), s, rtol=1e-12)
    assert linnet.nuclear_norm(a) == pytest.approx(s.sum())
    assert linnet.stable_rank(a) == pytest.approx((s**2).sum() / s[0] ** 2)
    assert linnet.effective_rank(a) == pytest.approx(np.exp(-(p * np.log(p)).sum()))
    assert linnet.observables.rank(a, 0.6) == (s > 0.6 * s[0]).sum()
    assert linnet.observables.rank(a) == (s > 0.2 * s[0]).sum()


def test_recorded_observables_are_those_of_the_matrices(rng):
    y = rng.normal(size=(4, 5))
    task = linnet.tasks.target(y, signal=0.8 * y)
    of_one_output = ("coefficients", "neuron_weights", "neuron_magnitude", "neuron_alignment", "mirror_potential")
    start = linnet.gaussian_weights(task, width=9, variance=0.2, seed=1)
    names = linnet.observables.names(start, task)
    assert not set(names) & set(of_one_output)
    run = linnet.train(
        start, task, linnet.GradientDescent(step=0.05, max_steps=20), record=names, schedule=7, threshold=0.5
    )
    assert list(run.steps) == [0, 7, 14, 20]
    assert list(run) == names
    a = run.final.end_to_end
    u, s, _ = np.linalg.svd(a, full_matrices=False)
    uy = np.linalg.svd(y, full_matrices=False)[0]
    last = {name: run[name][-1] for name in names}
    assert last["cost"] == pytest.approx(0.5 * ((a - y) ** 2).sum())
    assert last["train_error"] == pytest.approx(((a - y) ** 2).mean())
    assert last["test_error"] == pytest.approx(((a - 0.8 * y) ** 2).mean())
    assert last["gradient_norm"] == pytest.approx(np.linalg.norm(a - y))
    np.testing.assert_allclose(last["singular_values"], s, rtol=1e-10)
    np.testing.assert_allclose(last["alignment"], np.abs((u * uy).sum(0)), rtol=1e-8)
    np.testing.assert_array_equal(last["active"], s > 0.5)

    def kernel(c1, c2):
        return np.kron(c2, np.eye(5)) + np.kron(np.eye(4), c1)

    k0 = kernel(start.input_representation, start.output_representation)
    k = kernel(run.final.input_representation, run.final.output_representation)
    distance = 1 - (k0 * k).sum() / np.linalg.norm(k0) / np.linalg.norm(k)
    assert last["kernel_distance"] == pytest.approx(distance, rel=1e-8)

    def imbalance(n):
        return n.w2.T @ n.w2 - n.w1 @ n.w1.T

    size = np.trace(start.gram)
    drift = np.linalg.norm(imbalance(run.final) - imbalance(start)) / size
    assert last["imbalance_drift"] == pytest.approx(drift, rel=1e-8)


def test_tasks(rng):
    task = linnet.tasks.low_rank_plus_noise(dim=30, rank=2, noise=0.5, seed=9)
    assert np.linalg.matrix_rank(task.signal) == 2
    assert np.std(task.target - task.signal) == pytest.approx(0.5, rel=0.1)
    a = rng.normal(size=(30, 30))
    assert task.test_error(a) == pytest.approx(((a - task.signal) ** 2).mean())

    x = rng.normal(size=(50, 3)) @ np.diag([3.0, 1.0, 0.5])
    t = rng.normal(size=(50, 2))
    data = linnet.tasks.regression(x, t)
    a = rng.normal(size=(2, 3))
    assert data.shape == (2, 3)
    assert data.cost(a) == pytest.approx(((x @ a.T - t) ** 2).sum() / 100)
    np.testing.assert_allclose(data.gradient(a), (x @ a.T - t).T @ x / 50, atol=1e-12)
    covariance = x.T @ x / 50
    assert data.condition == pytest.approx(np.linalg.cond(covariance))
    np.testing.assert_allclose(data.covariance, covariance, atol=1e-12)
    white = linnet.tasks.regression(x, t, x, t, whiten=True)
    assert white.is_white and white.condition == pytest.approx(data.condition)
    values, vectors = np.linalg.eigh(covariance)
    root = vectors @ np.diag(values**-0.5) @ vectors.T
    assert white.cost(a) == pytest.approx(((x @ root @ a.T - t) ** 2).sum() / 100)
    assert white.test_error(a) == pytest.approx(white.train_error(a))

    y = rng.normal(size=(6, 7))
    seen = linnet.tasks.completion(y, fraction=0.5, seed=4)
    assert seen.mask.sum() == 21
    a = rng.normal(size=(6, 7))
    assert seen.cost(a) == pytest.approx(0.5 * (seen.mask * (a - y) ** 2).sum())
    assert seen.test_error(a) == pytest.approx(((1 - seen.mask) * (a - y) ** 2).sum() / 21)


def test_networks(rng):
    w1, w2 = rng.normal(size=(8, 3)), rng.normal(size=(2, 8))
    q = np.vstack([w1.T, w2])
    for net in (linnet.Weights(w1, w2), linnet.GramState.from_weights(w1, w2)):
        np.testing.assert_allclose(net.gram, q @ q.T, atol=1e-12)
        np.testing.assert_allclose(net.end_to_end, w2 @ w1, atol=1e-12)
        np.testing.assert_allclose(net.input_representation, w1.T @ w1, atol=1e-12)
        np.testing.assert_allclose(net.output_representation, w2 @ w2.T, atol=1e-12)
        assert net.shape == (2, 3)
    again = linnet.GramState.from_gram(q @ q.T, outputs=2, inputs=3)
    np.testing.assert_allclose(again.end_to_end, w2 @ w1, atol=1e-12)

    a = rng.normal(size=(3, 4))
    closed = linnet.SelfConsistent(a, (0.3, 0.7))
    u, s, vt = np.linalg.svd(a)
    s1 = np.concatenate([s, [0]])
    c1 = -0.2 * np.eye(4) + vt.T @ np.diag(np.sqrt(0.25 + s1**2)) @ vt
    np.testing.assert_allclose(closed.input_representation, c1, atol=1e-12)
    assert (closed.balance, closed.threshold) == (pytest.approx(0.4), pytest.approx(0.5))
    fit = linnet.fit_closure(closed)
    assert fit.residual < 1e-12
    assert fit.balance == pytest.approx(0.4) and fit.threshold == pytest.approx(0.5)
    assert fit.scales == pytest.approx((0.3, 0.7))
    assert linnet.self_consistent(closed).scales == pytest.approx((0.3, 0.7))

    narrow = linnet.gaussian_weights((2, 3), width=200_000, variance=(0.5, 2.0), seed=1)
    assert np.var(narrow.w1) == pytest.approx(0.5, rel=0.01) and np.var(narrow.w2) == pytest.approx(2.0, rel=0.01)
    assert linnet.gaussian_scales(width=10, variance=(0.5, 2.0)) == (5.0, 20.0)
    assert linnet.lecun_variance((2, 3), 10) == (1 / 3, 1 / 10)
    assert linnet.he_variance((2, 3), 10) == (2 / 3, 2 / 10)
    assert linnet.glorot_variance((2, 3), 10) == (2 / 13, 2 / 12)


def test_comparison(rng):
    task, _ = make_task("target", rng)
    gram = linnet.gaussian_gram(task, width=5000, variance=1e-4, seed=1)
    closed = linnet.self_consistent(gram, linnet.gaussian_scales(width=5000, variance=1e-4))
    descent = linnet.GradientDescent(step=0.02, max_steps=50)
    both = linnet.compare(gram, closed, task, descent, record=["train_error", "singular_values"], schedule=10)
    one = linnet.train(gram, task, descent, schedule=10)
    two = linnet.train(closed, task, descent, schedule=10)
    np.testing.assert_array_equal(both.first["train_error"], one["train_error"])
    np.testing.assert_array_equal(both.second["train_error"], two["train_error"])
    assert both.distance[-1] == pytest.approx(np.linalg.norm(one.final.end_to_end - two.final.end_to_end))
    assert both.largest_distance >= both.distance.max()
    data = both.to_xarray()
    assert list(data.dynamics.values) == ["gradient descent", "self-consistent"]
    np.testing.assert_allclose(data.distance, both.distance / np.sqrt(24), rtol=1e-14)
    assert data.train_error.dims == ("dynamics", "time") and data.distance.dims == ("time",)


def test_narrow_gram_states_keep_their_rank():
    """One neuron on a target of rank 3: by t = 15, and in 2000 steps, the error is the least of rank 1, and it does not fall below that later."""
    task = linnet.tasks.target(np.diag([2, 1, 0.5]))
    rng = np.random.default_rng(0)
    w1, w2 = 0.3 * rng.normal(size=(1, 3)), 0.3 * rng.normal(size=(3, 1))
    q = np.vstack([w1.T, w2])
    least = (1 + 0.25) / 9
    np.testing.assert_array_equal(linnet.GramState.from_weights(w1, w2).factor, q)
    found = linnet.GramState.from_gram(q @ q.T, outputs=3, inputs=3).factor
    np.testing.assert_allclose(found @ found.T, q @ q.T, rtol=0, atol=1e-16)
    assert linnet.infinite_width((3, 3), scale=1e-12).factor is None
    for start in (
        linnet.GramState.from_weights(w1, w2),
        linnet.GramState.from_gram(q @ q.T, outputs=3, inputs=3),
        linnet.SelfConsistent(w2 @ w1, 0),
        linnet.DeepBalanced(w2 @ w1, 2),
    ):
        for solver in (linnet.GradientFlow(t_end=15), linnet.GradientFlow(t_end=60), linnet.GradientDescent(step=0.01, max_steps=2000)):
            with pytest.warns(UserWarning, match="a start of rank 1, which training keeps, is below the rank of the target, 3"):
                run = linnet.train(start, task, solver)
            assert run.status == "completed"
            assert run["train_error"][-1] == pytest.approx(least, rel=1e-6)
            assert np.linalg.matrix_rank(run.final.end_to_end, tol=1e-12) == 1
