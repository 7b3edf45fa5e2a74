"""`linnet.predict` and `linnet.Prediction`; the numbers are tested in tests/predict."""

import copy
import pickle
import warnings

import numpy as np
import pytest

import linnet

PROBLEMS = {
    "mode_by_mode": (lambda: linnet.infinite_width((3, 4), scale=0.5), lambda y: linnet.tasks.target(y)),
    "closed_form": (lambda: linnet.balanced(0.1 * np.eye(3, 4), balance=0.5, width=3), lambda y: linnet.tasks.target(y)),
    "gram_flow": (lambda: linnet.gaussian_weights((3, 4), width=20, variance=0.01, seed=1), lambda y: linnet.tasks.target(y)),
    "flow": (lambda: linnet.gaussian_weights((3, 4), width=3, variance=0.1, seed=1), lambda y: linnet.tasks.completion(y, fraction=0.8, seed=1)),
    "light_cone": (lambda: linnet.gaussian_deep((3, 4), width=300, depth=3, variance=1 / 300, seed=1), lambda y: linnet.tasks.target(y)),
}


def a_target():
    return np.random.default_rng(5).normal(size=(3, 4))


@pytest.mark.parametrize("method", PROBLEMS)
def test_predicts_what_training_gives(method):
    start, task = PROBLEMS[method][0](), PROBLEMS[method][1](a_target())
    p = linnet.predict(start, task, [0.2, 1.0], record=["train_error", "singular_values"])
    assert p.method == method and p.error <= 1e-6 and p.settled and p.warning == ""
    run = linnet.train(start, task, linnet.GradientFlow(t_end=1.0, rtol=1e-11), schedule=[0.2, 1.0], record=["train_error", "singular_values"])
    np.testing.assert_allclose(p.trajectory.time, run.time)
    for name in run:
        np.testing.assert_allclose(p.trajectory[name], run[name], atol=1e-6)
    np.testing.assert_allclose(p.train_error([[0.2], [1.0]]).ravel(), run["train_error"][1:], atol=1e-6)
    np.testing.assert_allclose(p.end_to_end(1.0), run.final.end_to_end, atol=1e-6)
    assert p.end_to_end([0.1, np.inf]).shape == (2, 3, 4) and p.modes([0.1, 1, np.inf]).shape == (3, 3)
    assert p.singular_values(0.3).shape == (3,) and isinstance(p.kernel_distance(0.0), float) and p.kernel_distance(0.0) < 1e-12
    assert len(p.regimes) == len(p.target) == 3 and np.all(p.learning_times(0.5) > 0)
    assert p.times[-1] == 1.0 and linnet.predict(start, task).times.shape == (101,)
    assert repr(p).startswith("<linnet.Prediction, 3 x 4, " + method.replace("_", " ") + ": ")
    assert (p.closed_form is not None) == (method == "closed_form")
    assert np.isfinite(np.asarray(p.values("rank", [0.0, 1.0]))).all()


def test_pickles_and_copies():
    start, task = PROBLEMS["gram_flow"][0](), linnet.tasks.target(a_target())
    p = linnet.predict(start, task, [0.5], tolerance=1e-5)
    for same in (pickle.loads(pickle.dumps(p)), copy.deepcopy(p)):
        assert same.train_error(0.7) == p.train_error(0.7) and same.reason == p.reason and same.times[-1] == 0.5


def test_goes_on_from_a_predicted_network():
    start, task = PROBLEMS["flow"][0](), linnet.tasks.target(a_target())
    p = linnet.predict(start, task)
    halfway = p.network(0.5)
    again = linnet.predict(halfway, task)
    assert again.train_error(0.5) == pytest.approx(p.train_error(1.0), abs=1e-6)


def test_whitens_on_the_span_of_the_inputs():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(60, 4)) @ rng.normal(size=(4, 7))
    t = x @ rng.normal(size=(7, 2)) + rng.normal(size=(60, 2))
    task = linnet.tasks.regression(x, t, x[:9], t[:9], whiten=True)
    assert task.condition == np.inf
    projection = task.covariance
    np.testing.assert_allclose(projection @ projection, projection, atol=1e-13)
    np.testing.assert_allclose(task.inputs.T @ task.inputs / 60, projection, atol=1e-12)
    least = np.linalg.lstsq(x, t, rcond=None)[0]
    start = linnet.gaussian_weights(task, width=50, variance=0.01, seed=1)
    d = linnet.diagnose(start, task)
    assert d.verdict == "integrated" and "the inputs span 4 of 7 directions" in d.reason
    assert d.prediction.train_error(np.inf) == pytest.approx(np.mean((x @ least - t) ** 2), abs=1e-9)
    assert d.prediction.test_error(np.inf) == pytest.approx(np.mean((x[:9] @ least - t[:9]) ** 2), abs=1e-5)
    assert set(d.regimes) <= {"lazy", "active"} and np.isfinite(d.prediction.learning_times()).all()
    with pytest.raises(linnet.Error, match=r"task\.whiten: expected inputs that are not all 0"):
        linnet.tasks.regression(np.zeros((5, 2)), np.ones((5, 1)), whiten=True)
    linnet.tasks.regression(np.ones((5, 2)), np.ones((5, 1)), whiten=True)


def test_of_a_perceptron():
    rng = np.random.default_rng(1)
    task = linnet.tasks.regression(rng.normal(size=(20, 4)), rng.normal(size=(20, 1)))
    net = linnet.Perceptron([rng.normal(size=(10, 4)) / 2, rng.normal(size=(1, 10)) / 3])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        p = linnet.predict(net, task, [0.5, 1.0], tolerance=0.05)
    assert p.method == "flow" and p.regimes == [] and len(p.target) == 0
    run = linnet.train(net, task, linnet.GradientFlow(t_end=1.0, method="bdf", rtol=1e-6))
    assert p.train_error(1.0) == pytest.approx(run["train_error"][-1], rel=0.05)
    lazy = linnet.predict(net, task, method="linearized")
    assert np.isnan(lazy.error) and lazy.trajectory["train_error"].shape == (101,)
    assert lazy.train_error(np.inf) == pytest.approx(linnet.PerceptronLinearized(net, task).train_error(np.inf))


def test_bad_input():
    start, task = PROBLEMS["gram_flow"][0](), linnet.tasks.target(a_target())
    p = linnet.predict(start, task)
    for call, words in (
        (lambda: linnet.predict(3, task), "network"),
        (lambda: linnet.predict(start, 3), "task"),
        (lambda: linnet.predict(start, linnet.tasks.target(np.eye(2))), "network: expected a network of 2 x 2"),
        (lambda: linnet.predict(start, task, tolerance=0), "tolerance: expected a finite number > 0, got 0"),
        (lambda: linnet.predict(start, task, tolerance=np.nan), "tolerance"),
        (lambda: linnet.predict(start, task, method="gram"), "method: expected one of mode_by_mode"),
        (lambda: linnet.predict(start, task, method="closed_form"), "method: expected a start that satisfies the closure"),
        (lambda: linnet.predict(start, task, rates=-1), "rates"),
        (lambda: linnet.predict(start, task, [-1.0]), "times: expected times >= 0"),
        (lambda: linnet.predict(start, task, [np.nan]), "times: expected times >= 0"),
        (lambda: linnet.predict(start, task, []), "times: expected times >= 0, inf for the end, got none"),
        (lambda: linnet.predict(start, task, record=["nothing"]).trajectory, "nothing"),
        (lambda: p.train_error(-1), "times: expected times >= 0"),
        (lambda: p.test_error(1), "test"),
        (lambda: p.learning_times(2), "fraction"),
        (lambda: linnet.Prediction(), r"linnet\.predict"),
    ):
        with pytest.raises(linnet.Error, match=words):
            call()


def test_options_of_deep_networks_and_perceptrons():
    deep = linnet.DeepLinear([np.random.default_rng(i).normal(size=(3, 3)) * 0.5 for i in range(3)])
    task = linnet.tasks.target(np.random.default_rng(9).normal(size=(3, 3)))
    p = linnet.predict(deep, task, rates=[1, 2, 3])
    run = linnet.train(deep, task, linnet.GradientFlow(t_end=1.0, rates=[1, 2, 3], rtol=1e-10))
    assert p.train_error(1.0) == pytest.approx(run["train_error"][-1], abs=1e-6)
    with pytest.raises(linnet.Error, match="rates: expected one number, or one for each of the 3 layers"):
        linnet.predict(deep, task, rates=[1, 2])
    for record in (None, 3):
        with pytest.raises(linnet.Error, match="record: expected"):
            linnet.predict(deep, task, record=record)
    rng = np.random.default_rng(2)
    perceptron = linnet.Perceptron([rng.normal(size=(12, 4)) * 0.4, rng.normal(size=(3, 12)) * 0.4])
    samples = linnet.tasks.regression(rng.normal(size=(8, 4)), rng.normal(size=(8, 3)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert linnet.predict(perceptron, samples).error < 1e-2
    lazy = linnet.predict(perceptron, samples, method="linearized")
    assert lazy.network(1.0) is None and lazy.kernel_distance([0, 1, np.inf]).tolist() == [0, 0, 0]
    with pytest.raises(linnet.Error, match="modes: expected"):
        lazy.modes(1.0)


def test_keeps_what_took_an_integration():
    p = linnet.predict(PROBLEMS["gram_flow"][0](), linnet.tasks.target(a_target()))
    p.learning_times()[:] = 0  # a copy
    assert (p.learning_times() > 0).all() and p.regimes == p.regimes and p.regimes is not p.regimes
    with pytest.raises(linnet.Error, match="fraction"):
        p.learning_times([0.1])
    with pytest.raises(linnet.Error, match="^t: expected a time"):
        p.train_error(None)


def test_observables_compare_with_what_is_predicted():
    y = a_target()
    rng = np.random.default_rng(3)
    narrow = linnet.Weights(0.1 * rng.normal(size=(5, 4)), 0.1 * rng.normal(size=(3, 5)))
    low = linnet.Weights(np.outer([0.1, 0.2, 0.0], [1.0, 2, 3, 4]), np.outer([1.0, 2, 3], [0.3, 0.1, 0.0]))
    deep = linnet.DeepLinear([0.1 * rng.normal(size=(60, 4)), 0.1 * rng.normal(size=(60, 60)), 0.1 * rng.normal(size=(3, 60))])
    task = linnet.tasks.target(y)
    balanced = linnet.balanced(0.1 * np.eye(3, 4), balance=0.5, width=3)
    for net, method in ((balanced, "closed_form"), (narrow, "gram_flow"), (narrow, "self_consistent"), (narrow, "nearest_closed_form"), (low, None), (deep, "light_cone")):
        p = linnet.predict(net, task, method=method)
        assert p.kernel_distance(0.0) < 1e-12
        for drift in (p.values("imbalance_drift", 0.5)[0], p.trace([0.5], record="imbalance_drift")["imbalance_drift"][-1]):
            assert method == "self_consistent" or drift < 1e-6
    for name in ("parameter_norm", "neuron_size"):
        with pytest.raises(linnet.Error, match=f"record.{name}"):
            linnet.predict(low, task).trace([0.5], record=name)


@pytest.mark.parametrize("method", ["closed_form", "mode_by_mode", "gram_flow"])
def test_a_trace_to_the_end_has_all_its_times(method):
    p = linnet.predict(PROBLEMS[method][0](), PROBLEMS[method][1](a_target()))
    times = [2.0, 0.3, np.inf]
    trace = p.trace(times, record="train_error")
    assert np.array_equal(trace.time, [0, 0.3, 2, np.inf])
    np.testing.assert_allclose(trace["train_error"][1:], p.train_error([0.3, 2.0, np.inf]), atol=1e-12)
    if method != "gram_flow":
        flow = p.closed_form or linnet.ModeFlow(PROBLEMS[method][1](a_target()), scales=0.5)
        assert np.array_equal(flow.trace(np.inf, schedule=[0.3, 2.0]).time, [0, 0.3, 2, np.inf])


@pytest.mark.parametrize("shape", [(40, 3), (3, 40)])
@pytest.mark.parametrize("depth", [2, 3])
def test_many_outputs_are_predicted_in_the_span_of_weights_and_target(shape, depth):
    rng = np.random.default_rng(8)
    sizes = [shape[1], *[4] * (depth - 1), shape[0]]
    net = linnet.DeepLinear([0.3 * rng.normal(size=(m, n)) for n, m in zip(sizes, sizes[1:])])
    x = rng.normal(size=(6, shape[1]))
    y = rng.normal(size=shape) / 3
    data = linnet.tasks.regression(x, x @ y.T, test_inputs=x[:2] + 1, test_targets=rng.normal(size=(2, shape[0])))
    for task in (linnet.tasks.target(y, signal=y + 0.1), data):
        p = linnet.predict(net, task, method="flow")
        record = ["train_error", "test_error", "kernel_distance", "parameter_distance", "imbalance_drift"]
        run = linnet.train(net, task, linnet.GradientFlow(t_end=2.0, rtol=1e-11, atol=1e-13), schedule=[0.5], record=record)
        trace = p.trace([0.5, 2.0], record=record)
        for name in record:
            np.testing.assert_allclose(trace[name], run[name], atol=1e-6, err_msg=name)
        np.testing.assert_allclose(p.end_to_end(2.0), run.final.end_to_end, atol=1e-6)
        for one, other in zip(p.network(2.0).weights, run.final.weights):
            np.testing.assert_allclose(one, other, atol=1e-5)
