"""Networks of any width at any depth by their light cones, and infinite width mode by mode."""

import pickle

import numpy as np
import pytest

import linnet


def weights_of(sizes, deviation, seed=0):
    rng = np.random.default_rng(seed)
    return [deviation * rng.normal(size=(after, before)) for before, after in zip(sizes, sizes[1:])]


def descent(weights, target, step, steps, momentum=0.0):
    """A plain loop on all weights; A after each step."""
    weights = [w.copy() for w in weights]
    speed = [np.zeros_like(w) for w in weights]
    path = []
    for _ in range(steps + 1):
        before = [np.eye(weights[0].shape[1])]
        for w in weights:
            before.append(w @ before[-1])
        path.append(before[-1])
        after = before[-1] - target
        for layer in reversed(range(len(weights))):
            gradient = after @ before[layer].T
            after = weights[layer].T @ after
            speed[layer] = momentum * speed[layer] - step * gradient
        for w, v in zip(weights, speed):
            w += v
    return np.array(path), weights


@pytest.fixture
def target():
    y = np.random.default_rng(1).normal(size=(3, 4))
    return y / np.linalg.norm(y, 2)


@pytest.mark.parametrize("sizes", [(4, 80, 60, 3), (4, 60, 50, 40, 3)])
def test_compressed_weights_train_as_a_plain_loop_over_all_weights(target, sizes):
    whole = weights_of(sizes, 60**-0.5)
    path, trained = descent(whole, target, 0.1, 60, momentum=0.5)
    solver = linnet.GradientDescent(step=0.1, momentum=0.5, max_steps=60)
    cone = linnet.compress(whole, tolerance=1e-9)
    run = linnet.train(cone, linnet.tasks.target(target), solver, record="end_to_end")
    assert run.estimate <= 1e-9
    assert np.abs(run["end_to_end"] - path).max() < 3e-9
    for a, b in zip(linnet.expand(run.final).weights, trained):
        assert np.abs(a - b).max() < 1e-8
    X = np.random.default_rng(2).normal(size=(5, 4))
    kernel = linnet.neural_tangent_kernel(run.final, X)
    assert np.abs(kernel - linnet.neural_tangent_kernel(linnet.DeepLinear(trained), X)).max() < 1e-7


@pytest.mark.parametrize(
    "solver",
    [
        linnet.GradientDescent(step=0.05, max_steps=2000, stop=linnet.stop.cost_below(1e-5)),
        linnet.GradientFlow(t_end=100.0, rtol=1e-11, events=linnet.event.cost_below(1e-5)),
    ],
)
def test_the_estimate_knows_where_a_rule_has_stopped(target, solver):
    task = linnet.tasks.target(target)
    whole = weights_of((4, 100, 90, 80, 3), 0.1, seed=3)
    for schedule in (linnet.ends(), None):
        run = linnet.train(linnet.compress(whole, tolerance=1e-4), task, solver, schedule=schedule)
        exact = linnet.train(linnet.DeepLinear(whole), task, solver, schedule=schedule)
        a = exact.final.end_to_end
        assert np.linalg.norm(run.final.end_to_end - a) < max(3 * run.estimate, 1e-8) * np.linalg.norm(a)


def test_what_is_recorded_of_a_cone_is_that_of_all_weights(target):
    task = linnet.tasks.target(target)
    whole = linnet.DeepLinear(weights_of((4, 50, 40, 3), 0.15, seed=1))
    names = ["imbalance_drift", "escape_alignment", "parameter_norm"]
    solver = linnet.GradientDescent(step=0.05, max_steps=30)
    run = linnet.train(linnet.compress(whole, order=4), task, solver, record=names)
    exact = linnet.train(whole, task, solver, record=names)
    for name in names:
        assert np.allclose(run[name], exact[name], rtol=1e-4, atol=1e-12), name
    with pytest.raises(linnet.Error, match="hessian_index"):
        linnet.train(linnet.compress(whole, order=4), task, solver, record="hessian_index")
    decay = linnet.GradientDescent(step=0.05, max_steps=3, weight_decay=0.1)
    with pytest.raises(linnet.Error, match="weight_decay"):
        linnet.train(linnet.compress(whole, order=4), task, decay, record="imbalance_drift")
    small = linnet.DeepLinear(weights_of((4, 9, 8, 3), 0.2))  # all of its weights are in the cone
    decayed = linnet.train(linnet.compress(small, order=6), task, decay, record="parameter_norm")
    exact = linnet.train(small, task, decay, record="parameter_norm")
    assert np.allclose(decayed["parameter_norm"], exact["parameter_norm"], rtol=1e-13)
    for a, b in zip(linnet.expand(decayed.final).weights, exact.final.weights):
        assert np.abs(a - b).max() < 1e-13
    limit = linnet.infinite_width(task, depth=3, scales=1.0, order=1)
    for name in names:
        with pytest.raises(linnet.Error, match="finite width"):
            linnet.train(limit, task, solver, record=name)


def test_an_order_is_found_for_a_task_and_a_solver(target):
    whole = weights_of((4, 60, 60, 3), 60**-0.5)
    task, solver = linnet.tasks.target(target), linnet.GradientDescent(step=0.1, max_steps=60)
    cone = linnet.compress(whole, tolerance=1e-5, task=task, solver=solver)
    path = descent(whole, target, 0.1, 60)[0]
    assert cone.cone.tolerance is None
    assert np.abs(linnet.train(cone, task, solver, record="end_to_end")["end_to_end"] - path).max() < 3e-5
    coarse = linnet.compress(whole, order=cone.cone.order - 2)
    assert np.abs(linnet.train(coarse, task, solver, record="end_to_end")["end_to_end"] - path).max() > 1e-5
    for options in ({"task": task}, {"task": task, "solver": solver, "order": 2}):
        with pytest.raises(linnet.Error, match="task and solver"):
            linnet.compress(whole, **options)


def test_a_cone_is_pickled_and_saved_with_what_it_stands_for(target, tmp_path):
    task = linnet.tasks.target(target)
    drawn = linnet.gaussian_deep(task, depth=3, width=10**12, gamma=1.0, order="auto", tolerance=1e-5, seed=2**63 + 1)
    limit = linnet.infinite_width(task, depth=3, scales=[1.0, 2.0, 0.5], order=2)
    square = linnet.orthogonal_deep(task, depth=4, width=10**6, order=0)
    for network in (drawn, limit, square, linnet.compress(weights_of((4, 30, 30, 3), 0.1), order=1)):
        again = pickle.loads(pickle.dumps(network))
        assert again.cone == network.cone
        assert all(np.array_equal(a, b) for a, b in zip(again.weights, network.weights))
    for ending in ("npz", "nc"):
        for number, network in enumerate((drawn, limit, square)):
            file = tmp_path / f"{number}.{ending}"
            network.save(file)
            again = linnet.load(file)
            assert again.cone == network.cone
            assert all(np.array_equal(a, b) for a, b in zip(again.weights, network.weights))
    widest = linnet.gaussian_deep(task, depth=3, width=2**53, gamma=1.0, order=1)
    widest.save(tmp_path / "widest.npz")
    assert linnet.load(tmp_path / "widest.npz").cone == widest.cone
    with pytest.raises(linnet.Error, match="save the whole network"):  # a file would forget that training raises it
        linnet.compress(weights_of((4, 30, 30, 3), 0.1), tolerance=1e-5).save(tmp_path / "automatic.npz")
    one = linnet.train(drawn, task, linnet.GradientDescent(step=0.1, max_steps=20))
    two = linnet.train(pickle.loads(pickle.dumps(drawn)), task, linnet.GradientDescent(step=0.1, max_steps=20))
    assert (one.order, one.estimate) == (two.order, two.estimate)
    assert pickle.loads(pickle.dumps(one)).order == one.order
    assert one.final.cone.tolerance is None
    more = linnet.train(one.checkpoint, task, linnet.GradientDescent(step=0.1, max_steps=30))
    assert more.order == one.order
    assert "order" in repr(one.final)
    assert one.final.cone.widths == (1e12, 1e12)


def test_the_limit_depends_on_the_scales_alone_and_widths_approach_it(target):
    task = linnet.tasks.target(target)
    flow = linnet.GradientFlow(t_end=6.0, rtol=1e-10)
    limit = linnet.train(linnet.infinite_width(task, depth=3, scales=0.8, order=4), task, flow, record="end_to_end")
    wide = linnet.WideFlow(task, depth=3, scales=0.8, tolerance=1e-6)
    assert np.abs(wide.end_to_end(limit.time) - limit["end_to_end"]).max() < 1e-5
    for width in (10**6, 10**12):
        network = linnet.gaussian_deep(task, depth=3, width=width, variance=0.64 / width, order=4, seed=3)
        run = linnet.train(network, task, flow, record="end_to_end")
        distance = np.abs(run["end_to_end"] - limit["end_to_end"]).max() * width**0.5
        assert 0.1 < distance < 10


def test_wide_flow_is_vectorized_pickled_and_traced(target):
    task = linnet.tasks.low_rank_plus_noise(dim=12, rank=2, seed=1)
    wide = linnet.WideFlow(task, depth=3, scales=[0.5, 1.0, 0.8])
    times = np.array([[0.0, 0.1], [1.0, np.inf]])
    assert wide.modes(times).shape == (2, 2, 12)
    assert wide.end_to_end(times).shape == (2, 2, 12, 12)
    assert np.array_equal(pickle.loads(pickle.dumps(wide)).modes(times), wide.modes(times))
    run = wide.trace(2.0, ["test_error", "singular_values"], at_best=["stable_rank"])
    assert np.allclose(run["test_error"], wide.test_error(run.time), rtol=1e-10)
    assert run.best.test_error <= run["test_error"].min()
    assert run.order == wide.order
    with pytest.raises(linnet.Error, match="kernel_distance"):
        wide.trace(2.0, ["kernel_distance"])


def test_what_cannot_be_done_is_refused(target):
    task = linnet.tasks.target(target)

    def network(**options):
        return linnet.gaussian_deep(task, **{"depth": 3, "width": 10**9, "variance": 1e-9, **options})

    for options, words in (
        ({"width": 0, "order": 1}, "network.width"),
        ({"width": 2**53 + 1, "order": 1}, "2\\^53"),
        ({"order": -1}, "network.order"),
        ({"order": 1.5}, "network.order"),
        ({"order": "all"}, "network.order"),
        ({"order": "auto", "tolerance": 0.0}, "network.tolerance"),
        ({"order": 2, "tolerance": 1e-3}, "network.tolerance"),
        ({"depth": 6, "order": 60}, "a cone that fits into the memory"),
        ({"depth": 1, "order": 1}, "two layers or more"),
    ):
        with pytest.raises(linnet.Error, match=words):
            network(**options)
    with pytest.raises(linnet.Error, match="the best reached is"):
        linnet.train(network(order="auto", tolerance=1e-14), task, linnet.GradientFlow(t_end=4.0, rtol=1e-5))
    with pytest.raises(linnet.Error, match="light cone"):
        network(order=1).imbalances()
    with pytest.raises(linnet.Error, match="finite width"):
        linnet.infinite_width(task, depth=3, scales=1.0, order=1).norm
    with pytest.raises(linnet.Error, match="network.scale"):
        linnet.infinite_width(task)
    with pytest.raises(linnet.Error, match="network.scales"):
        linnet.infinite_width(task, depth=3, scale=1.0)
    with pytest.raises(linnet.Error, match="compress"):
        linnet.expand(network(order=1))
    with pytest.raises(linnet.Error, match="order"):
        linnet.compress(weights_of((4, 9, 9, 3), 1.0), order="most")


def test_a_configuration_has_the_order_and_its_estimate_in_the_file(tmp_path):
    table = {
        "task": {"kind": "modes", "shape": [3, 3], "modes": [1.0, 0.5]},
        "network": {"kind": "deep", "depth": 3, "width": 10**9, "gamma": 1.0, "order": "auto", "tolerance": 1e-4},
        "solver": {"kind": "flow", "t_end": 5.0},
    }
    data = linnet.run(table)
    assert data.attrs["estimate"] <= 1e-4
    assert list(data.attrs["cone_sizes"])[0] == 3
    assert data.attrs["order"] >= 2
    mode_by_mode = linnet.run({**table, "network": {"kind": "infinite_width", "depth": 3, "scales": 1.0}, "solver": {"kind": "exact", "t_end": 5.0}})
    blocks = linnet.run({**table, "network": {"kind": "infinite_width", "depth": 3, "scales": 1.0, "order": 5}})
    assert np.allclose(mode_by_mode["train_error"], blocks["train_error"], atol=1e-6)
