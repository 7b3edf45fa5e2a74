"""Diagonal networks of any depth against plain loops on their weights, integration, and closed forms."""

import linnet
import numpy as np
import pytest
from scipy.integrate import quad, solve_ivp
from scipy.optimize import linprog

INPUTS, SAMPLES = 7, 6
RNG = np.random.default_rng(11)
X = RNG.normal(size=(SAMPLES, INPUTS))
Y = X @ np.r_[1.0, -0.7, np.zeros(INPUTS - 2)] + 0.1 * RNG.normal(size=SAMPLES)
TASK = linnet.tasks.regression(X, Y[:, None])


def start(depth):
    return np.random.default_rng(depth).normal(size=(depth, INPUTS)) * 0.7


def gradients(w, rows=slice(None)):
    """Of the mean over these samples of half the squared error, in each weight, written out."""
    x, y = X[rows], Y[rows]
    of_s = x.T @ (x @ w.prod(0) - y) / len(y)
    return np.array([np.delete(w, l, 0).prod(0) * of_s for l in range(len(w))])


def batches(size, count, seed):
    """The samples of each batch: of one layer from 0, whose step is a sum of the inputs in it."""
    for k in range(count):
        solver = linnet.GradientDescent(step=1.0, batch=size, seed=seed, first_batch=k, max_steps=1)
        moved = linnet.train(linnet.DeepLinear([np.zeros((1, INPUTS))]), TASK, solver).final.end_to_end[0]
        yield np.flatnonzero(abs(np.linalg.lstsq(X.T, moved, rcond=None)[0]) > 1e-10)


@pytest.mark.parametrize("depth", [2, 3, 5])
@pytest.mark.parametrize(("momentum", "decay", "batch"), [(0, 0, 0), (0.9, 0, 0), (0, 0.3, 0), (0.8, 0.2, 2), (0, 0, 2)])
def test_descent_moves_the_weights(depth, momentum, decay, batch):
    count, steps = 40, np.linspace(0.01, 0.03, depth)
    solver = linnet.GradientDescent(step=list(steps), momentum=momentum, weight_decay=decay, batch=batch, seed=5, max_steps=count)
    found = linnet.train(linnet.DeepDiagonal(start(depth)), TASK, solver).final
    w = start(depth)
    v = np.zeros_like(w)
    for rows in batches(batch, count, 5) if batch else [slice(None)] * count:
        assert batch == 0 or len(rows) == batch
        v = momentum * v - steps[:, None] * (gradients(w, rows) + decay * w)
        w = w + v
    np.testing.assert_allclose(found.weights, w, rtol=0, atol=1e-13)
    np.testing.assert_allclose(found.end_to_end[0], w.prod(0), rtol=0, atol=1e-13)


@pytest.mark.parametrize("depth", [2, 3, 4])
@pytest.mark.parametrize("decay", [0, 0.2])
@pytest.mark.parametrize("method", ["adams", "bdf"])
def test_the_flow_is_that_of_an_integration(depth, decay, method):
    rates, t = np.linspace(0.5, 1.5, depth)[:, None], 2.0
    solver = linnet.GradientFlow(t_end=t, rates=list(rates[:, 0]), weight_decay=decay, rtol=1e-12, atol=1e-14, method=method)
    found = linnet.train(linnet.DeepDiagonal(start(depth)), TASK, solver, schedule=linnet.ends()).final.weights

    def velocity(_, q):
        w = q.reshape(depth, INPUTS)
        return (-rates * (gradients(w) + decay * w)).ravel()

    exact = solve_ivp(velocity, [0, t], start(depth).ravel(), method="DOP853", rtol=1e-13, atol=1e-15).y[:, -1]
    np.testing.assert_allclose(found.ravel(), exact, rtol=0, atol=1e-9)
    if decay == 0:
        kept = [w[1:] ** 2 / rates[1:] - w[:-1] ** 2 / rates[:-1] for w in (start(depth), found)]
        np.testing.assert_allclose(kept[1], kept[0], rtol=0, atol=1e-9)


def test_two_layers_are_those_of_diagonal():
    w = start(2)
    steps = [linnet.GradientDescent(step=(0.02, 0.05), order=order, max_steps=60) for order in ("simultaneous", "sequential")]
    for solver in (*steps, linnet.GradientFlow(t_end=3, rates=(0.4, 1.0), rtol=1e-12, atol=1e-14)):
        rates = getattr(solver, "step", None) or solver.rates
        known = linnet.train(linnet.Diagonal.from_weights(*w, rates=rates), TASK, solver).final
        found = linnet.train(linnet.DeepDiagonal(w), TASK, solver).final
        np.testing.assert_allclose(found.end_to_end[0], known.values, rtol=0, atol=1e-9)
        again = linnet.Diagonal.from_weights(*found.weights, rates=rates)
        np.testing.assert_allclose(again.thresholds, known.thresholds, rtol=0, atol=1e-9)


@pytest.mark.parametrize("depth", [2, 3, 6])
def test_a_balanced_coefficient_is_a_balanced_mode(depth):
    net = linnet.deep_diagonal((1, 2), depth=depth, scales=0.4)
    np.testing.assert_array_equal(net.weights, np.full((depth, 2), 0.4))
    solver = linnet.GradientFlow(t_end=12.0, rtol=1e-12, atol=1e-14)
    run = linnet.train(net, linnet.tasks.target([[1.5, 0.3]]), solver, record="coefficients", schedule=linnet.linear(9))
    for i, target in enumerate((1.5, 0.3)):
        mode = linnet.DeepMode(depth, 0.4**depth, target)
        np.testing.assert_allclose(run["coefficients"][:, i], mode.at(run.time), rtol=0, atol=1e-9)


def test_both_signs_are_reached_from_one_layer_of_0():
    net = linnet.deep_diagonal(TASK, depth=3, scales=[0.0, 0.6, 0.6])
    end = linnet.train(net, TASK, linnet.GradientFlow(t_end=1e5, method="bdf"), schedule=linnet.ends()).final
    assert TASK.cost(end.end_to_end) < 1e-10
    assert end.end_to_end[0, 0] > 0.5 and end.end_to_end[0, 1] < -0.3


def test_saddles_of_a_vanishing_start_end_at_the_least_l1_norm():
    rng = np.random.default_rng(2)
    for _ in range(5):
        x = rng.normal(size=(5, 9))
        y = x @ np.r_[2.0, -1.0, 0.5, np.zeros(6)]
        saddles = linnet.landscape.diagonal_saddles(linnet.tasks.regression(x, y[:, None]))
        least = linprog(np.ones(18), A_eq=np.c_[x, -x], b_eq=y).x
        np.testing.assert_allclose(saddles[-1].values, least[:9] - least[9:], atol=1e-8)
        assert saddles[0].time == 0 and not saddles[0].values.any() and not saddles[0].reached
        assert (np.diff([s.cost for s in saddles]) < 0).all() and (np.diff([s.time for s in saddles]) > 0).all()
    white = linnet.landscape.diagonal_saddles(linnet.tasks.target([[2.0, -4.0]]), positive=True)
    assert [s.time for s in white] == [0, 0.5] and white[1].reached == [0]


def test_the_unit_of_time_of_small_starts():
    unit = linnet.landscape.small_start
    assert unit(linnet.Diagonal(np.zeros(3), 1e-8)) == (pytest.approx(4 * np.log(10)), False)
    assert unit(linnet.deep_diagonal((1, 3), depth=2, scales=[0.0, 1e-3]))[0] == pytest.approx(-np.log(1e-6 / 2) / 2)
    for depth in (3, 4, 7):
        positive = unit(linnet.deep_diagonal((1, 3), depth=depth, scales=0.1))
        assert positive == (pytest.approx(quad(lambda w: w ** (1 - depth), 0.1, np.inf)[0]), True)
        both = unit(linnet.deep_diagonal((1, 3), depth=depth, scales=[0.0] + [0.1] * (depth - 1)))
        assert both == (pytest.approx(quad(lambda u: (0.01 + u * u) ** ((1 - depth) / 2), 0, np.inf)[0]), False)


def test_a_run_goes_on_to_the_last_bit_from_a_file(tmp_path):
    def descent(steps):
        return linnet.GradientDescent(step=0.02, momentum=0.9, batch=3, seed=3, max_steps=steps)

    net = linnet.DeepDiagonal(start(4))
    whole = linnet.train(net, TASK, descent(60)).final
    for name in ("half.npz", "half.nc"):
        linnet.train(net, TASK, descent(25)).checkpoint.save(tmp_path / name)
        rest = linnet.train(linnet.load(tmp_path / name), TASK, descent(60)).final
        np.testing.assert_array_equal(rest.weights, whole.weights)
        whole.save(tmp_path / ("end " + name))
        np.testing.assert_array_equal(linnet.load(tmp_path / ("end " + name)).weights, whole.weights)


def test_a_configuration_says_the_same():
    text = """
    [task]
    kind = "coefficients"
    coefficients = [1.5, -0.5, 0.2]
    [network]
    kind = "deep_diagonal"
    depth = 3
    scales = [0.3, 0.5, 0.5]
    [solver]
    kind = "flow"
    t_end = 2.0
    rates = [0.5, 1.0, 1.0]
    """
    task = linnet.tasks.coefficients([1.5, -0.5, 0.2])
    net = linnet.deep_diagonal(task, depth=3, scales=[0.3, 0.5, 0.5])
    ours = linnet.train(net, task, linnet.GradientFlow(t_end=2.0, rates=[0.5, 1.0, 1.0])).final
    np.testing.assert_array_equal(linnet.run(text).final_end_to_end, ours.end_to_end)


def test_what_it_refuses():
    net = linnet.DeepDiagonal(start(3))
    for wrong, words in (
        (lambda: linnet.DeepDiagonal([[1.0, 2.0]]), "network.weights: expected at least 2 layers"),
        (lambda: linnet.DeepDiagonal(np.ones((3, 0))), "network.weights"),
        (lambda: linnet.DeepDiagonal([[1.0], [np.nan]]), "network.weights"),
        (lambda: linnet.deep_diagonal(TASK, depth=1), "depth"),
        (lambda: linnet.deep_diagonal(TASK, depth=3, scales=[1.0, 2.0]), "scales"),
        (lambda: linnet.deep_diagonal((2, 3)), "one output"),
        (lambda: linnet.train(net, TASK, linnet.GradientFlow(t_end=1), record="mirror_potential"), "mirror_potential"),
        (lambda: linnet.train(net, TASK, linnet.SpectralDescent(step=0.1, max_steps=1)), "spectral"),
        (lambda: linnet.train(net, TASK, linnet.GradientDescent(step=[0.1, 0.1], max_steps=1)), "solver.step"),
        (lambda: linnet.train(net, TASK, linnet.GradientDescent(step=0.1, order="sequential", max_steps=1)), "solver.order"),
        (lambda: linnet.train(linnet.DeepDiagonal(np.zeros((3, INPUTS))), TASK, linnet.GradientFlow(t_end=1)), "origin"),
        (lambda: linnet.train(linnet.DeepDiagonal([[0.0] * INPUTS, [0.0] * INPUTS, [1.0] * INPUTS]), TASK, linnet.GradientFlow(t_end=1)), "saddle"),
        (lambda: linnet.ExactFlow(net, TASK), "a diagonal network of depth 3"),
        (lambda: linnet.mirror.interpolator(net, TASK), "network"),
        (lambda: linnet.landscape.small_start(net), "network: expected Diagonal with s = 0"),
        (lambda: linnet.landscape.diagonal_saddles(linnet.tasks.target(np.ones((2, 2)))), "task: expected one output"),
    ):
        with pytest.raises(linnet.Error, match=words):
            wrong()
