"""Perceptrons from Python: networks, tasks, training, the lazy limit."""

import numpy as np
import pytest
from matplotlib.text import Text

import linnet


def relu_outputs(w, a, x):
    return np.maximum(x @ w.T, 0) @ a


def small():
    task = linnet.tasks.teacher(dim=6, samples=40, test_samples=30, seed=2, half=False)
    return linnet.spherical_pairs(6, width=8, tau=0.5, delta=-0.2, seed=1), task


def test_networks_are_what_their_weights_say():
    rng = np.random.default_rng(0)
    w, a, x = rng.normal(size=(5, 3)), rng.normal(size=5), rng.normal(size=(7, 3))
    net = linnet.ReluNet(w, a)
    np.testing.assert_allclose(net(x)[:, 0], relu_outputs(w, a, x), rtol=1e-13)
    np.testing.assert_array_equal(net.weights[0], w)
    leaky = linnet.ReluNet(w, a, slope=0.1)
    h = x @ w.T
    np.testing.assert_allclose(leaky(x)[:, 0], np.where(h > 0, h, 0.1 * h) @ a, rtol=1e-13)
    second = rng.normal(size=(2, 5))
    square = linnet.Perceptron([w, second], activation="quadratic")
    np.testing.assert_allclose(square(x), (x @ w.T) ** 2 @ second.T, rtol=1e-12)
    assert (square.shape, square.sizes, square.widths, square.depth) == ((2, 3), (3, 5, 2), (5,), 2)
    np.testing.assert_allclose(net.balances()[0], a**2 - (w**2).sum(1), rtol=1e-12)


def test_starts():
    net, task = small()
    assert np.all(net(task.inputs) == 0)
    np.testing.assert_allclose(net.balances()[0], -0.2, rtol=1e-12)
    deep = linnet.gaussian_perceptron([6, 9, 4, 2], alpha=3, last_scale=2, seed=3)
    plain = linnet.gaussian_perceptron([6, 9, 4, 2], seed=3)
    np.testing.assert_allclose(deep(task.inputs), 2 * plain(task.inputs), rtol=1e-13)


def test_the_teacher_made_the_targets():
    _, task = small()
    w, a = task.teacher.weights
    np.testing.assert_allclose(task.targets[:, 0], relu_outputs(w, a[0], task.inputs), atol=1e-15)
    np.testing.assert_allclose(np.linalg.norm(task.test_inputs, axis=1), 1, rtol=1e-14)
    assert task.test_targets.shape == (30, 1) and task.has_test


def test_a_run_has_the_neurons_of_its_teacher_as_files_do(tmp_path):
    task = {"dim": 2, "samples": 20, "test_samples": 4, "seed": 7}
    flow = {"t_end": 0.1, "method": "bdf", "rtol": 1e-3}
    net = linnet.spherical_pairs(2, width=4, tau=0.5, delta=0.0, seed=1)
    run = linnet.train(net, linnet.tasks.teacher(**task), linnet.GradientFlow(**flow), record=["neuron_path"], schedule=linnet.ends())
    of_file = linnet.run(
        {
            "task": {"kind": "teacher", **task},
            "network": {"kind": "perceptron", "initialization": "pairs", "width": 4, "tau": 0.5, "delta": 0.0},
            "solver": {"kind": "flow", **flow},
            "record": {"observables": ["neuron_path"], "schedule": "ends"},
        }
    )
    data = run.to_xarray()
    for name in ("teacher_direction", "teacher_readout"):
        assert data[name].identical(of_file[name])
    linnet.save(run, tmp_path / "run.nc")
    assert linnet.open(tmp_path / "run.nc")["teacher_direction"].equals(data["teacher_direction"])
    assert "teacher, a" in str([text.get_text() for text in linnet.figures.neuron_paths(run).findobj(Text)])
    for other in (linnet.tasks.modes([1.0], shape=(1, 2)), linnet.tasks.regression(np.eye(2), np.ones((2, 1)))):
        run = linnet.train(linnet.gaussian_weights(other, width=2), other, linnet.GradientFlow(t_end=0.1), schedule=linnet.ends())
        assert "teacher_direction" not in run.to_xarray()


def test_descent_is_the_plain_loop():
    net, task = small()
    w, a = (np.array(layer) for layer in net.weights)
    a = a[0]
    x, y = task.inputs, task.targets[:, 0]
    for _ in range(50):
        h = x @ w.T
        s = np.maximum(h, 0)
        g = 2 / len(y) * (s @ a - y)
        w, a = w - 0.05 * (g[:, None] * a * (h > 0)).T @ x, a - 0.05 * g @ s
    run = linnet.train(net, task, linnet.GradientDescent(step=0.05, max_steps=50), record=["train_error", "test_error"])
    np.testing.assert_allclose(run.final.weights[0], w, rtol=1e-11)
    np.testing.assert_allclose(run.final.weights[1][0], a, rtol=1e-11)
    np.testing.assert_allclose(run["train_error"][-1], np.mean((relu_outputs(w, a, x) - y) ** 2), rtol=1e-12)
    assert run.time[-1] == pytest.approx(2.5)
    assert run.best.test_error == run["test_error"].min()


def test_observables_and_their_shapes():
    net, task = small()
    names = linnet.observables.names(net, task)
    assert {"test_accuracy", "neuron_path", "hamming_distance"} < set(names) and "singular_values" not in names
    run = linnet.train(net, task, linnet.GradientDescent(step=0.05, max_steps=20), record=names, schedule=10)
    assert run["kernel_distance"].shape == (3,)
    assert run["neuron_balance"].shape == (3, 8)
    assert run["neuron_path"].shape == (3, 8, 6)
    w, a = run.final.weights
    np.testing.assert_allclose(run["neuron_path"][-1], np.abs(a.T) * w, rtol=1e-13)
    np.testing.assert_allclose(run["neuron_direction"] * run["neuron_size"][:, :, None], run["neuron_path"], atol=1e-14)
    expected = linnet.kernel_distance(net, run.final, task.inputs)
    assert run["kernel_distance"][-1] == pytest.approx(expected, abs=1e-14)
    data = run.to_xarray()
    assert data["neuron_path"].dims == ("time", "neuron", "input")
    np.testing.assert_array_equal(data["neuron_path"], run["neuron_path"])
    assert data.attrs["cost_normalisation"].startswith("C = sum_i |f(x_i) - y_i|^2 / P;")


def test_plot_draws_the_spread_of_neurons_and_inputs():
    pytest.importorskip("matplotlib")
    net, task = small()
    run = linnet.train(net, task, linnet.GradientDescent(step=0.05, max_steps=20), record=["neuron_path"], schedule=10)
    lines = run.plot().axes[0].lines
    np.testing.assert_allclose(lines[0].get_ydata(), np.median(run["neuron_path"], axis=(1, 2)))


def test_flow_is_the_limit_of_descent():
    net, task = small()
    solver = linnet.GradientFlow(t_end=5, rtol=1e-6, method="bdf")
    flow = linnet.train(net, task, solver, record=["train_error", "imbalance_drift"], schedule=[1, 5])
    descent = linnet.train(net, task, linnet.GradientDescent(step=1e-3, max_steps=5000), record=[], schedule=linnet.ends())
    np.testing.assert_allclose(flow.time, [0, 1, 5])
    np.testing.assert_allclose(flow.final.weights[0], descent.final.weights[0], atol=1e-3)
    assert flow["imbalance_drift"].max() < 1e-4


def test_the_lazy_limit():
    task = linnet.tasks.teacher(dim=5, samples=20, test_samples=30, seed=2, half=False)
    net = linnet.spherical_pairs(5, width=40, tau=100, alpha=1, seed=1)
    step = 1e-3 / 100**2
    run = linnet.train(net, task, linnet.GradientDescent(step=step, max_steps=200), record=["train_error", "test_error"])
    lazy = linnet.PerceptronLinearized(net, task, rates=step)
    np.testing.assert_allclose(run.final(task.test_inputs), lazy.test_outputs_after(200), atol=1e-3)
    assert run["test_error"][-1] == pytest.approx(lazy.test_error_after(200), rel=1e-2)
    unit = linnet.PerceptronLinearized(net, task)
    assert unit.train_error(np.inf) < 1e-15 < unit.train_error(0)
    values, vectors = np.linalg.eigh(unit.kernel)
    f = task.targets[:, 0] - vectors @ (np.exp(-2 * values * 1e-4 / 20) * (vectors.T @ task.targets[:, 0]))
    np.testing.assert_allclose(unit.outputs(1e-4)[:, 0], f, rtol=1e-8)


def test_several_outputs_learn_from_data():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(30, 4))
    labels = np.eye(3)[(x @ rng.normal(size=(4, 3))).argmax(1)]
    task = linnet.tasks.regression(x, labels, half=False)
    net = linnet.gaussian_perceptron([4, 20, 10, 3], seed=1)
    run = linnet.train(net, task, linnet.GradientDescent(step=0.05, momentum=0.5, max_steps=500), record="train_accuracy")
    assert run["train_accuracy"][-1] > 0.9 > run["train_accuracy"][0]


def test_a_perceptron_of_slope_one_is_a_deep_linear_network():
    rng = np.random.default_rng(3)
    x, y, held, out = (rng.normal(size=s) for s in ((20, 5), (20, 3), (15, 5), (15, 3)))
    net = linnet.gaussian_perceptron([5, 6, 4, 3], slope=1, seed=1)
    names = ["cost", "train_error", "test_error"]
    for convention in ({}, {"half": False, "mean_over_outputs": False}):
        task = linnet.tasks.regression(x, y, held, out, **convention)
        solver = linnet.GradientDescent(step=0.005, momentum=0.5, max_steps=60)
        one = linnet.train(net, task, solver, record=names)
        two = linnet.train(linnet.DeepLinear(net.weights), task, solver, record=names)
        np.testing.assert_array_equal(one.time, two.time)
        for name in names:
            np.testing.assert_allclose(one[name], two[name], rtol=1e-14)
        mean = np.mean((net(x) - y) ** 2)
        assert one["train_error"][0] == pytest.approx(mean if not convention else 3 * mean, rel=1e-14)
        assert one["cost"][0] == pytest.approx(1.5 * mean if not convention else 3 * mean, rel=1e-14)
        assert one.to_xarray().attrs["cost_normalisation"] == task.cost_normalisation
        both = linnet.compare(net, linnet.DeepLinear(net.weights), task, solver)
        assert both.largest_distance < 1e-13
        assert float(both.to_xarray()["distance"].max()) < 1e-13


def test_best_continuing_and_at_best_are_those_of_linear_networks():
    net, task = small()
    solver = linnet.GradientDescent(step=0.3, max_steps=300)
    every = linnet.train(net, task, solver, record="test_error")
    ends = linnet.train(net, task, solver, "test_error", linnet.ends(), at_best=["parameter_norm", "test_accuracy"])
    assert ends.best.test_error == every["test_error"].min()
    assert set(ends.best.values) == {"parameter_norm", "test_accuracy"}
    at_records = linnet.train(net, task, solver, "test_error", linnet.ends(), best="records")
    assert at_records.best.test_error == ends["test_error"].min()
    assert linnet.train(net, task, solver, schedule=linnet.ends()).best is None
    onward = linnet.train(ends.final, linnet.tasks.reversed(task), solver)
    assert onward["train_error"][-1] < onward["train_error"][0]


@pytest.mark.parametrize(
    "call, field",
    [
        (lambda: linnet.spherical_pairs(3, width=5, alpha=1), "network.width"),
        (lambda: linnet.spherical_pairs(3), "network.alpha"),
        (lambda: linnet.Perceptron([np.ones((2, 3))], activation="tanh"), "network.activation"),
        (lambda: linnet.spherical_pairs(3, width=4, alpha=1, slope=2), "network.slope"),
        (lambda: linnet.ReluNet(np.ones((2, 3)), np.ones(2), slope=-1.5), "network.slope"),
        (lambda: linnet.gaussian_perceptron([2, 2, 1], slope=np.nan), "network.slope"),
        (lambda: linnet.kernel_distance(small()[0], small()[0], np.ones((2, 6)), rates=[1, 0]), "rates"),
        (lambda: linnet.ReluNet(np.ones((2, 3)), np.ones(3)), "network.weights[1]"),
        (lambda: linnet.train(small()[0], linnet.tasks.target(np.ones((1, 6))), linnet.GradientDescent()), "task"),
        (lambda: linnet.train(*small(), linnet.GradientDescent(), record=["rank"]), "record.rank"),
        (lambda: linnet.train(*small(), linnet.GradientDescent(), best="never"), "record.best"),
        (lambda: linnet.kernel_distance(small()[0], small()[0]), "inputs"),
    ],
)
def test_what_is_refused(call, field):
    with pytest.raises(linnet.Error) as refused:
        call()
    assert refused.value.field == field
