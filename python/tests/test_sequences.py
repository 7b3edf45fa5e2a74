"""Structured tasks, tasks in turn, sweeps that keep curves: against NumPy and against one another."""

import linnet
import numpy as np
import pytest


def test_the_hierarchy_is_a_binary_tree():
    y = linnet.tasks.hierarchy(levels=3).target
    assert y.shape == (8, 8)
    np.testing.assert_array_equal(y[0], 1)
    np.testing.assert_array_equal(y[1], [1, 1, 1, 1, -1, -1, -1, -1])
    np.testing.assert_array_equal(y @ y.T, np.diag([8, 8, 4, 4, 2, 2, 2, 2]))


def test_what_follows_a_task():
    first = linnet.tasks.modes([3.0, 1.0], shape=(4, 5), seed=2)
    np.testing.assert_allclose(np.linalg.svd(first.target)[1], [3, 1, 0, 0], atol=1e-14)
    np.testing.assert_array_equal(linnet.tasks.reversed(first).target, -first.target)
    hidden = linnet.tasks.low_rank_plus_noise(dim=10, rank=2, seed=0)
    np.testing.assert_array_equal(linnet.tasks.reversed(hidden).signal, -hidden.signal)
    turned = linnet.tasks.with_new_outputs(first, seed=3).target
    np.testing.assert_allclose(turned.T @ turned, first.target.T @ first.target, atol=1e-13)
    change = linnet.tasks.with_low_rank_change(first, rank=1, size=0.5, seed=3).target - first.target
    np.testing.assert_allclose(np.linalg.svd(change)[1], [0.5, 0, 0, 0], atol=1e-14)
    with pytest.raises(linnet.Error, match="task.levels"):
        linnet.tasks.hierarchy(levels=20)


def test_one_layer():
    task = linnet.tasks.target(np.arange(6.0).reshape(2, 3))
    flow = linnet.OneLayerFlow(np.ones((2, 3)), task, rate=2.0)
    np.testing.assert_allclose(flow.end_to_end(0.7), task.target + np.exp(-1.4) * (1 - task.target), rtol=1e-14)
    np.testing.assert_allclose(flow.train_error([0, np.inf]), [np.mean((1 - task.target) ** 2), 0], atol=1e-30)
    with pytest.raises(linnet.Error, match="network.rate"):
        linnet.OneLayerFlow(np.ones((2, 3)), task, rate=-1)


def test_similarities_are_matrices_over_the_inputs():
    task = linnet.tasks.hierarchy(levels=2)
    start = linnet.balanced(0.01 * np.eye(4), balance=0, width=4)
    run = linnet.train(start, task, linnet.GradientFlow(t_end=20, rtol=1e-10), schedule=[1.0],
                       record=["hidden_similarity", "output_similarity"])
    assert run["hidden_similarity"].shape == (3, 4, 4)
    np.testing.assert_allclose(run["hidden_similarity"][-1], run.final.gram[:4, :4], rtol=1e-9, atol=1e-12)
    # Zero-balanced weights that have learned Y have (YᵀY)^{1/2} as their representations on both
    # sides.
    root = np.linalg.svd(task.target)
    root = root[2].T @ np.diag(root[1]) @ root[2]
    np.testing.assert_allclose(run["hidden_similarity"][-1], root, atol=1e-6)
    np.testing.assert_allclose(run["output_similarity"][-1], root, atol=1e-6)
    data = run.to_xarray()
    assert data.hidden_similarity.dims == ("time", "input", "input_2")


CONFIGURATION = {
    "seed": 1,
    "task": {"kind": "modes", "shape": [4, 4], "modes": [2.0, 1.0], "then": ["reversed", "fresh"]},
    "network": {"kind": "balanced", "width": 4, "start_size": 0.1, "compare": "exact"},
    "solver": {"kind": "flow", "t_end": 2.0, "rtol": 1e-10, "atol": 1e-13},
    "record": {"observables": ["train_error", "singular_values"], "schedule": "linear", "count": 9},
    "sweep": {"curves": True, "axes": [{"field": "network.balance", "values": [0.5, 2.0]}]},
}


def test_a_sweep_keeps_curves_over_tasks_in_turn():
    data = linnet.sweep(CONFIGURATION)
    assert data.task_error.dims == ("balance", "dynamics", "time", "task")
    assert data.sizes["time"] == 27
    assert float(data.gram_distance.max()) < 1e-8
    # By hand: each run continues from the end of the previous one.
    first = linnet.tasks.modes([2.0, 1.0], shape=(4, 4), seed=1)
    tasks = [first, linnet.tasks.reversed(first), linnet.tasks.modes([2.0, 1.0], shape=(4, 4), seed=3)]
    net = linnet.balanced(linnet.random_end_to_end((4, 4), rank=4, scale=0.1, seed=1), balance=2.0, width=4, seed=1)
    for task in tasks:
        net = linnet.train(net, task, linnet.GradientFlow(t_end=2, rtol=1e-11, atol=1e-14)).final
    by_hand = [task.train_error(net.end_to_end) for task in tasks]
    np.testing.assert_allclose(data.task_error.sel(balance=2.0).values[:, -1], [by_hand, by_hand], rtol=1e-7, atol=1e-10)


def test_a_run_of_the_same_configuration_is_its_point():
    single = {k: v for k, v in CONFIGURATION.items() if k != "sweep"}
    run = linnet.run(single, set={"network.balance": 0.5})
    data = linnet.sweep(CONFIGURATION)
    np.testing.assert_array_equal(run.task_error.values, data.task_error.sel(balance=0.5).values)


def test_cases_set_several_fields(tmp_path):
    configuration = dict(CONFIGURATION)
    configuration["sweep"] = {
        "curves": True,
        "axes": [{"field": "start", "cases": [{"label": "a", "set": ["network.balance=0.5"]},
                                              {"label": "b", "set": ["network.balance=-1", "network.start_size=0.3"]}]}],
    }
    data = linnet.sweep(configuration, out=tmp_path / "cases.nc")
    assert list(data.start.values) == ["a", "b"]
    same = linnet.sweep(CONFIGURATION)
    np.testing.assert_array_equal(data.train_error.sel(start="a").values, same.train_error.sel(balance=0.5).values)
    again = linnet.open(tmp_path / "cases.nc")
    np.testing.assert_array_equal(again.train_error.values, data.train_error.values)
    with pytest.raises(linnet.Error, match="sweep.axes.cases"):
        linnet.sweep({"sweep": {"axes": [{"field": "x", "cases": [{"label": "a"}]}]}})
