"""The landscape of deep networks through the Python interface."""

import linnet
import numpy as np
import pytest
from linnet import landscape

Y = np.random.default_rng(5).normal(size=(3, 4))


def layers(rng, *sizes, scale=0.5):
    return [scale * rng.normal(size=(n, m)) for m, n in zip(sizes, sizes[1:])]


def product(weights):
    a = weights[0]
    for w in weights[1:]:
        a = w @ a
    return a


def test_point_has_the_costs_derivatives(rng):
    weights = layers(rng, 4, 5, 2, 3)
    point = landscape.Point(weights, linnet.tasks.target(Y))
    residual = product(weights) - Y
    assert point.unknowns == 36
    assert point.cost == pytest.approx(0.5 * np.sum(residual**2))
    gradient = np.concatenate(
        [g.ravel(order="F") for g in (
            (weights[2] @ weights[1]).T @ residual,
            weights[2].T @ residual @ weights[0].T,
            residual @ (weights[1] @ weights[0]).T,
        )]
    )  # fmt: skip
    np.testing.assert_allclose(point.gradient, gradient, rtol=1e-12, atol=1e-13)
    assert point.gradient_norm == pytest.approx(np.linalg.norm(gradient))
    hessian = point.hessian()
    v = rng.normal(size=36)
    np.testing.assert_allclose(point.hessian_product(v), hessian @ v, rtol=1e-11, atol=1e-11)
    values = np.linalg.eigvalsh(hessian)
    ends = point.extreme_eigenvalues(3)
    np.testing.assert_allclose(ends.smallest, values[:3], atol=1e-10)
    np.testing.assert_allclose(ends.largest, values[:-4:-1], atol=1e-10)
    index = point.index()
    assert (index.negative, index.exact) == (np.sum(values < -1e-8 * values[-1]), True)


def test_distances_lie_between_their_bounds(rng):
    task = linnet.tasks.target(Y)
    weights = layers(rng, 4, 6, 3, scale=0.3)
    found = landscape.nearest_minimum(weights, task)
    assert 0 < found.lower <= found.upper
    np.testing.assert_allclose(found.point.end_to_end, Y, atol=1e-9)
    moved = np.sqrt(sum(np.sum((a - b) ** 2) for a, b in zip(found.point.weights, weights)))
    assert moved == pytest.approx(found.upper)
    assert landscape.nearest_minimum([Y + 1], task).lower == pytest.approx(np.sqrt(12))
    saddle = landscape.nearest_saddle(linnet.Weights(*weights), task)
    assert saddle.upper <= np.sqrt(sum(np.sum(w**2) for w in weights)) * (1 + 1e-12)
    assert saddle.gradient_norm < 1e-8
    smallest = [np.linalg.svd(w, compute_uv=False)[-1] for w in weights]  # of the inputs, and of the outputs
    assert saddle.lower == landscape.saddle_bound(weights) == pytest.approx(np.hypot(*smallest), rel=1e-10)
    assert 0 < saddle.lower <= saddle.upper
    assert landscape.Point(saddle.point, task).gradient_norm == pytest.approx(saddle.gradient_norm, abs=1e-15)


@pytest.mark.parametrize("depth", [2, 3])
def test_greedy_saddles_and_the_escape_from_them(depth):
    task = linnet.tasks.target(Y)
    u, s, vt = np.linalg.svd(Y)
    path = landscape.greedy_low_rank(task, depth=depth)
    assert path.completed and path.ended
    saddles = path.saddles
    assert [x.rank for x in saddles] == [0, 1, 2, 3]
    for k, saddle in enumerate(saddles):
        np.testing.assert_allclose(saddle.end_to_end, (u[:, :k] * s[:k]) @ vt[:k], atol=1e-7)
        assert saddle.stable
    for k, saddle in enumerate(saddles[:-1]):
        room = landscape.padded(saddle.network, 2)
        exact = landscape.escape_direction(room, task)
        found = landscape.find_escape_direction(room, task)
        assert exact.strength == pytest.approx(s[k], rel=1e-7)
        assert found.strength == pytest.approx(s[k], rel=1e-6)
        assert exact.value == pytest.approx(-s[k] * depth ** (-depth / 2), rel=1e-7)
    # From the last point, of rank 3, the nearest of these saddles is that of rank 2.
    near = landscape.nearest_saddle(saddles[3].network, task, critical=saddles)
    assert near.rank == 2


def test_distance_exponents():
    assert landscape.distance_exponents(3, 0.75) == pytest.approx((-0.25, 0.125))
    assert landscape.distance_exponents(4, 2) == (0, -0.5)
    assert np.isnan(landscape.distance_exponents(3, 0.5)[0])
    with pytest.raises(linnet.Error, match="network.depth: expected more than 1 layer, got 1"):
        landscape.distance_exponents(1, 1)


def test_escape_law():
    assert landscape.escape_time(2, 2.0, 1e-3, 1.0) == pytest.approx(np.log(1e3) / 2)
    t = np.linspace(0, 5, 7)
    np.testing.assert_allclose(landscape.escape_radius(2, 0.5, 0.1, t), 0.1 * np.exp(0.5 * t))
    assert landscape.escape_radius(3, 1.0, 0.1, 1e3) == np.inf


def test_greedy_paths_fall_from_saddle_to_saddle():
    task = linnet.tasks.target(np.diag([3.0, 1.0]))
    path = linnet.landscape.greedy_low_rank(task, depth=3, keep_paths=True)
    assert [len(s.path) > 20 for s in path.saddles] == [False, True, True]
    for before, saddle in zip(path.saddles, path.saddles[1:]):
        costs = [step.cost for step in saddle.path]
        np.testing.assert_allclose(costs[0], before.cost, atol=1e-6)
        assert (np.diff(costs) <= 1e-9).all() and (np.diff([step.time for step in saddle.path]) > 0).all()
        assert costs[-1] == pytest.approx(task.cost(saddle.path[-1].network.end_to_end), abs=1e-12)
    assert not linnet.landscape.greedy_low_rank(task, depth=3).saddles[1].path


def test_the_first_path_is_next_to_a_wide_network():
    task = linnet.tasks.target(np.diag([3.0, 1.0]))
    narrow = linnet.landscape.first_path(task, 3, 1.5)
    assert tuple(narrow.sizes) == (2, 1, 1, 2)
    np.testing.assert_allclose(narrow.end_to_end, [[1.5, 0], [0, 0]], atol=1e-8)
    start = linnet.orthogonal_deep(task, scale=1e-4, depth=3, width=6, seed=1)
    solver = linnet.GradientFlow(t_end=1e6, atol=1e-10, events=[linnet.FlowEvent("threshold_crossing", 1.5, terminal=True)])
    run = linnet.train(start, task, solver, record=["first_path_distance", "rank_one_rest"], schedule=linnet.ends())
    found = linnet.landscape.nearest_embedding(narrow, run.final)
    assert found.distance == pytest.approx(run["first_path_distance"][-1], rel=1e-4) and found.distance < 1e-3
    layers = [o @ w @ i.T for o, w, i in zip([*found.frames, np.eye(2)], narrow.weights, [np.eye(2), *found.frames])]
    for mine, theirs in zip(layers, found.network.weights):
        np.testing.assert_allclose(mine, theirs, atol=1e-14)
    assert run["rank_one_rest"][-1] == pytest.approx(max(1 - (s := np.linalg.svd(w)[1] ** 2)[0] / s.sum() for w in run.final.weights), abs=1e-12)
    with pytest.raises(linnet.Error, match="landscape.level: expected a singular value that the first path passes"):
        linnet.landscape.first_path(task, 3, 4.0)


def test_plateaus_of_a_run_are_the_greedy_saddles():
    q, _ = np.linalg.qr(np.random.default_rng(1).normal(size=(4, 4)))
    task = linnet.tasks.target((q[:, :3] * [4, 1.5, 0.5]) @ q[:, 1:].T)
    rng = np.random.default_rng(2)
    start = linnet.Weights(1e-7 * rng.normal(size=(5, 4)), 1e-7 * rng.normal(size=(4, 5)))
    run = linnet.train(
        start,
        task,
        linnet.GradientFlow(t_end=200.0, rtol=1e-8),
        record=["cost", "parameter_gradient_norm", "singular_values"],
        schedule=linnet.logarithmic(0.1, 300),
    )
    saddles = landscape.greedy_low_rank(task).saddles
    found = landscape.plateaus(run)
    assert [p.rank for p in found] == [0, 1, 2, 3]
    np.testing.assert_allclose([p.cost for p in found], [s.cost for s in saddles], atol=1e-3)
    assert found[0].entered == 0 and found[-1].left == 200
    assert found[0].saddle == -1  # no matrices were given
    again = landscape.find_plateaus(
        run.time, run["cost"], end_to_end=[saddles[1].end_to_end] * len(run.time), saddles=saddles
    )
    assert {p.saddle for p in again} == {1} and max(p.distance for p in again) == 0


def test_plateaus_of_a_run_know_their_saddles():
    task = linnet.tasks.modes([4.0, 1.6, 0.6], shape=(5, 4), seed=1)
    start = linnet.gaussian_deep(task, depth=2, width=6, variance=1e-9, seed=1)
    path = landscape.greedy_low_rank(task)

    def run_of(*record):
        return linnet.train(
            start, task, linnet.GradientFlow(t_end=200), record=record, schedule=linnet.logarithmic(0.1, 300)
        )

    run = run_of("cost", "end_to_end")
    assert run["end_to_end"].shape == (301, 5, 4)
    np.testing.assert_allclose(run["end_to_end"][-1], run.final.end_to_end, atol=1e-15)
    assert run.to_xarray()["end_to_end"].dims == ("time", "output", "input")
    np.testing.assert_array_equal(run.to_xarray()["end_to_end"][7], run["end_to_end"][7])
    found = landscape.plateaus(run, saddles=path.saddles)
    assert [p.saddle for p in found] == [0, 1, 2, 3]
    for plateau in found:
        near = landscape.nearest(path.saddles, run["end_to_end"][plateau.record])
        assert near == (plateau.saddle, plateau.distance)
        assert plateau.distance < 0.1
    assert [p.saddle for p in landscape.plateaus(run, saddles=path)] == [0, 1, 2, 3]
    with pytest.raises(linnet.Error) as error:
        landscape.plateaus(run_of("cost"), saddles=path.saddles)
    assert str(error.value) == (
        "plateaus.saddles: expected a run that has recorded end_to_end, to tell which saddle a plateau is nearest to, "
        'got a run that has not\n  hint: record "end_to_end" too'
    )


def test_slice_has_the_cost_in_a_plane():
    task = linnet.tasks.modes([4.0, 1.6, 0.6], shape=(5, 4), seed=1)
    saddles = landscape.greedy_low_rank(task).saddles[:3]
    points = [landscape.padded(s.network, 3 - max(s.rank, 1)) for s in saddles]
    plane = landscape.Plane(*points)
    where = np.array([plane.project(p) for p in points])
    np.testing.assert_allclose(where[:2, 1], 0, atol=1e-12)
    assert max(plane.height(p) for p in points) < 1e-10
    for p, (x, y) in zip(points, where):
        np.testing.assert_allclose(plane.at(x, y).end_to_end, p.end_to_end, atol=1e-12)
    grid = landscape.slice(plane, task, where, count=7)
    assert grid.cost.shape == (7, 7) and grid.x[0] < where[:, 0].min() and grid.x[-1] > where[:, 0].max()
    assert grid.cost[2, 5] == pytest.approx(landscape.Point(plane.at(grid.x[2], grid.y[5]), task).cost)
    for call, text in [
        (lambda: landscape.Plane(points[0], points[1], points[1]), "slice.points: expected three points that span"),
        (lambda: landscape.slice(plane, task, np.zeros((2, 3))), "slice.coordinates: expected points of the plane"),
        (lambda: landscape.nearest(saddles, np.zeros((2, 2))), "saddles: expected 2 x 2, the shape of A, got 5 x 4"),
    ]:
        with pytest.raises(linnet.Error) as error:
            call()
        assert str(error.value).startswith(text), error.value


def test_index_near_a_minimum_is_recorded_and_exact():
    task = linnet.tasks.modes([4.0, 1.6, 0.6], shape=(10, 10), seed=1)
    start = linnet.gaussian_deep(task, depth=3, width=20, variance=1e-2, seed=1)
    flow = linnet.GradientFlow(method="bdf", t_end=20, rtol=1e-8)
    run = linnet.train(start, task, flow, record=["hessian_index", "hessian_smallest"], schedule=linnet.linear(2))
    assert run.warning == "" and run.status == "completed"
    values = np.linalg.eigvalsh(landscape.Point(run.final, task).hessian())
    assert run["hessian_index"][-1] == np.sum(values < -1e-8 * np.abs(values).max()) > 64
    assert run["hessian_smallest"][-1] == pytest.approx(values[0], rel=1e-6)


def test_errors_name_the_argument(rng):
    task = linnet.tasks.target(Y)
    for call, text in [
        (lambda: landscape.Point("no", task), "network: expected DeepLinear or a list of matrices, got 'no'"),
        (lambda: landscape.Point([Y], "no"), "task: expected a task, made by linnet.tasks, got 'no'"),
        (lambda: landscape.Point([Y.T], task), "network: expected 3 x 4 end to end, as the task, got 4 x 3"),
        (lambda: landscape.Point([Y], task).hessian_product([1.0]), "direction: expected 12 numbers"),
        (lambda: landscape.nearest_saddle([Y], task), "network.depth: expected at least 2 layers, got 1"),
        (lambda: landscape.saddle_bound([Y]), "network.depth: expected at least 2 layers, got 1"),
        (
            lambda: landscape.nearest_saddle(layers(rng, 4, 5, 3), task, critical=[np.eye(2)]),
            "landscape.critical[0]: expected 3 x 4, as the task, got 2 x 2",
        ),
        (
            lambda: landscape.nearest_saddle(layers(rng, 4, 5, 3), task, critical=[np.zeros((3, 4)), Y + 1]),
            "landscape.critical[1]: expected the A of a critical point",
        ),
        (
            lambda: landscape.escape_direction(landscape.padded(landscape.greedy_low_rank(task).saddles[-1].network), task),
            "landscape.escape: expected a critical point above the minimum, got a minimum",
        ),
        (lambda: linnet.escape_path(task, depth=2, width=3, size=0), "network.size: expected a finite number > 0, got 0"),
        (lambda: landscape.greedy_low_rank(task, depth=1), "network.depth: expected a whole number >= 2, got 1"),
        (lambda: landscape.find_plateaus([1, 2, 3], [1, 2]), "records.cost: expected 3, one a record, got 2"),
    ]:
        with pytest.raises(linnet.Error) as error:
            call()
        assert str(error.value).startswith(text)


def test_sharpness_of_minima():
    task = linnet.tasks.modes([2.0, 0.5], shape=(2, 3), seed=1)
    bound = linnet.landscape.minimizer_sharpness(task, 4)
    assert bound == (pytest.approx(4 * 2**1.5, rel=1e-12),) * 2
    flat = linnet.balanced_deep(task.target, widths=[3, 2, 4], seed=1)
    point = linnet.landscape.Point(flat, task)
    assert point.extreme_eigenvalues(1).largest[0] == pytest.approx(bound.balanced, rel=1e-10)
    x = np.random.default_rng(0).normal(size=(30, 3)) * [3, 1, 0.3]
    correlated = linnet.landscape.minimizer_sharpness(linnet.tasks.regression(x, x @ [1.0, -2.0, 0.5] + 0.1), 4)
    assert correlated.least < correlated.balanced < 1e4 * correlated.least
    assert linnet.landscape.edge_of_stability(0.1) == 20 and linnet.landscape.edge_of_stability(0.1, momentum=0.5) == 30
    for call, text in [
        (lambda: linnet.landscape.minimizer_sharpness(task, 0), "depth: expected"),
        (lambda: linnet.landscape.minimizer_sharpness(linnet.tasks.completion(np.eye(3), fraction=0.5), 2), "task: expected a cost"),
        (lambda: linnet.landscape.edge_of_stability(-1.0), "step"),
        (lambda: linnet.landscape.edge_of_stability(1.0, momentum=1.0), "momentum"),
    ]:
        with pytest.raises(linnet.Error) as caught:
            call()
        assert text in str(caught.value)
