"""One neuron, diagonal networks and their potentials, through the Python interface."""

import linnet
import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import minimize


def integrated(start, sigma, target, rates, t):
    (eta_w, eta_a), w0, a0 = rates, start.w1[0], start.w2[0, 0]

    def velocity(_, q):
        r = sigma @ (q[-1] * q[:-1] - target)
        return np.r_[-eta_w * q[-1] * r, -eta_a * q[:-1] @ r]

    return solve_ivp(velocity, [0, t], np.r_[w0, a0], method="DOP853", rtol=1e-12, atol=1e-14).y[:, -1]


def test_the_weights_are_those_of_an_integration():
    rng = np.random.default_rng(1)
    for _ in range(40):
        n = rng.integers(1, 6)
        target, rates = rng.normal(size=n), tuple(10 ** rng.uniform(-0.5, 0.5, 2))
        start = linnet.Weights(rng.normal(size=(1, n)), rng.normal(size=(1, 1)))
        flow = linnet.NeuronFlow(start, linnet.tasks.target(target[None]), rates=rates)
        expected = integrated(start, np.eye(n), target, rates, 1.3)
        np.testing.assert_allclose(np.r_[flow.w(1.3), flow.a(1.3)], expected, rtol=0, atol=1e-10)
        assert flow.balance == pytest.approx(rates[0] * expected[-1] ** 2 - rates[1] * expected[:-1] @ expected[:-1])
        assert np.isfinite(flow.sign_change) == (flow.end_sign * start.w2[0, 0] < 0)
        np.testing.assert_allclose(flow.coefficients(np.inf), target, atol=1e-12)


def test_times_may_be_arrays():
    task = linnet.tasks.target([[1.0, 0.5]])
    start = linnet.neuron(coefficients=[0.1, -0.2], balance=-2.0, rates=(1.0, 2.0))
    flow = linnet.NeuronFlow(start, task, rates=(1.0, 2.0))
    t = np.linspace(0, 3, 6).reshape(2, 3)
    assert flow.w(t).shape == (2, 3, 2) and flow.a(t).shape == (2, 3)
    np.testing.assert_allclose(flow.coefficients(t), flow.a(t)[..., None] * flow.w(t))
    np.testing.assert_allclose(flow.magnitude(t), flow.a(t) * np.linalg.norm(flow.w(t), axis=-1))
    np.testing.assert_allclose(flow.alignment(t), np.tanh(flow.warp(t) + np.arctanh(flow.alignment(0.0))))
    np.testing.assert_allclose(flow.cost(t), 0.5 * ((flow.coefficients(t) - [1.0, 0.5]) ** 2).sum(-1))
    assert flow.kernel_distance(0.0) < 1e-15 < flow.kernel_distance(3.0)
    assert flow.balance == pytest.approx(-2) and flow.threshold == pytest.approx(1 / np.sqrt(2))
    np.testing.assert_array_equal(flow.network(0.0).w1, start.w1)
    assert "balance -2" in repr(flow) and flow.warning == ""


def test_what_is_recorded_of_a_neuron():
    start = linnet.neuron(coefficients=[0.2, 0.6], balance=-1.0)
    task = linnet.tasks.target([[1.0, 0.0]])
    names = ["coefficients", "neuron_weights", "neuron_magnitude", "neuron_alignment", "mirror_potential"]
    run = linnet.train(start, task, linnet.GradientFlow(t_end=1.0), record=names, schedule=[0.5, 1.0])
    w, a = run.final.w1[0], run.final.w2[0, 0]
    np.testing.assert_allclose(run["coefficients"][-1], a * w)
    np.testing.assert_allclose(run["neuron_weights"][-1], [*w, a])
    np.testing.assert_allclose(run["neuron_magnitude"][-1], a * np.linalg.norm(w))
    np.testing.assert_allclose(run["neuron_alignment"][-1], w[0] / np.linalg.norm(w))
    psi = linnet.mirror.NeuronPotential(-1.0).value(a * w)
    np.testing.assert_allclose(run["mirror_potential"][-1], psi, rtol=1e-6)
    assert run.to_xarray()["neuron_weights"].shape == (3, 3)


def test_the_interpolator_is_where_training_ends():
    rng = np.random.default_rng(2)
    x, truth = rng.normal(size=(2, 4)), rng.normal(size=4)
    task = linnet.tasks.regression(x, (x @ truth)[:, None])
    solver = linnet.GradientFlow(t_end=200, rtol=1e-11, atol=1e-13)
    for balance in (-2.0, 0.0, 2.0):
        start = linnet.neuron(coefficients=0.3 * truth + 0.1 * rng.normal(size=4), balance=balance)
        end = linnet.train(start, task, solver, schedule=linnet.ends()).final.end_to_end[0]
        assert linnet.mirror.end_sign(start, task) == 1
        np.testing.assert_allclose(linnet.mirror.interpolator(start, task), end, atol=1e-7)
    for threshold in (0.01, 1.0):
        start = linnet.Diagonal(np.zeros(4), threshold)
        end = linnet.train(start, task, solver, schedule=linnet.ends()).final
        assert isinstance(end, linnet.Diagonal) and end.threshold == threshold
        stepped = linnet.train(start, task, linnet.GradientDescent(step=0.1, max_steps=3)).final
        assert np.isnan(stepped.threshold) and (stepped.thresholds < threshold).all()
        again = linnet.Diagonal.from_weights(*stepped.weights)
        np.testing.assert_allclose(again.values, stepped.values, rtol=1e-14)
        np.testing.assert_allclose(again.thresholds, stepped.thresholds, rtol=1e-12)
        np.testing.assert_allclose(linnet.mirror.interpolator(start, task), end.values, atol=1e-7)


@pytest.mark.parametrize("depth", [2, 3, 5])
def test_balanced_layers_end_where_their_potential_is_least(depth):
    rng = np.random.default_rng(5)
    x, truth, start = rng.normal(size=(2, 4)), rng.normal(size=4), 0.5 * rng.normal(size=(1, 4))
    task = linnet.tasks.regression(x, (x @ truth)[:, None])
    psi = linnet.mirror.DeepPotential(depth)
    weights = linnet.balanced_deep(start, depth=depth, width=3, seed=1)
    predicted = linnet.mirror.interpolator(weights, task)
    end = linnet.train(weights, task, linnet.GradientFlow(t_end=1e4, rtol=1e-11, atol=1e-13, method="bdf"), schedule=linnet.ends())
    np.testing.assert_allclose(end.final.end_to_end[0], predicted, atol=1e-7)
    limit = linnet.DeepBalanced(start, depth)
    np.testing.assert_allclose(linnet.mirror.interpolator(limit, task), predicted, atol=1e-13)
    found = minimize(
        lambda b: psi.value(b) - psi.gradient(start[0]) @ b,
        predicted + 0.1 * rng.normal(size=4),
        jac=lambda b: psi.gradient(b) - psi.gradient(start[0]),
        constraints={"type": "eq", "fun": lambda b: x @ (b - truth), "jac": lambda b: x},
        method="SLSQP",
        options={"ftol": 1e-15, "maxiter": 500},
    ).x
    np.testing.assert_allclose(predicted, found, atol=1e-5)
    np.testing.assert_allclose(psi.hessian(found) @ psi.from_gradient(found), psi.hessian(found) @ found * np.linalg.norm(found) ** (depth - 1))
    run = linnet.train(limit, task, linnet.GradientFlow(t_end=1.0), record="mirror_potential", schedule=linnet.ends())
    assert run["mirror_potential"][0] == pytest.approx(psi.value(start[0]))


@pytest.mark.parametrize("kappa", [0.05, 1.0, 20.0])
def test_the_interpolator_minimizes_the_hyperbolic_entropy(kappa):
    rng = np.random.default_rng(3)
    x, truth, s0 = rng.normal(size=(2, 4)), rng.normal(size=4), rng.normal(size=4)
    psi = linnet.mirror.HyperbolicEntropy(kappa)
    found = minimize(
        lambda s: kappa * (psi.value(s) - psi.gradient(s0) @ s),
        s0,
        jac=lambda s: kappa * (psi.gradient(s) - psi.gradient(s0)),
        constraints={"type": "eq", "fun": lambda s: x @ (s - truth), "jac": lambda s: x},
        method="SLSQP",
        options={"ftol": 1e-15, "maxiter": 500},
    ).x
    task = linnet.tasks.regression(x, (x @ truth)[:, None])
    np.testing.assert_allclose(linnet.mirror.interpolator(linnet.Diagonal(s0, kappa), task), found, atol=2e-5)
    np.testing.assert_allclose(psi.from_gradient(psi.gradient(s0)), s0)
    np.testing.assert_allclose(psi.curvature(s0), 0.5 / np.hypot(kappa, s0))


def test_the_kernel_of_a_run_has_the_rates_of_its_layers():
    rates = (3.0, 0.2)
    task = linnet.tasks.target([[1.0, -0.5]])
    start = linnet.neuron(coefficients=[0.3, 0.4], balance=0.5, rates=rates)
    flow = linnet.NeuronFlow(start, task, rates=rates)
    now = flow.network(1.0)

    def kernel(n):
        return rates[0] * n.w2[0, 0] ** 2 * np.eye(2) + rates[1] * np.outer(n.w1[0], n.w1[0])

    k0, kt = kernel(start), kernel(now)
    np.testing.assert_allclose(linnet.neural_tangent_kernel(now, np.eye(2), rates=rates), kt, atol=1e-15)
    distance = 1 - (k0 * kt).sum() / np.linalg.norm(k0) / np.linalg.norm(kt)
    assert abs(distance - linnet.kernel_distance(start, now)) > 1e-3
    run = linnet.train(start, task, linnet.GradientFlow(t_end=1.0, rates=rates, rtol=1e-11), record="kernel_distance")
    exact = linnet.ExactFlow(start, task, rates=rates)
    deep = linnet.DeepLinear([start.w1, start.w2]), linnet.DeepLinear([now.w1, now.w2])
    for found in (
        flow.kernel_distance(1.0),
        exact.kernel_distance(1.0),
        linnet.kernel_distance(start, now, rates=rates),
        linnet.kernel_distance(*deep, rates=rates),
        run["kernel_distance"][-1],
    ):
        assert found == pytest.approx(distance, rel=1e-7)


def test_the_potential_of_a_neuron_has_the_first_layer_for_its_gradient():
    beta = np.array([0.4, -1.0, 2.0])
    for balance in (-3.0, 0.0, 3.0):
        psi = linnet.mirror.NeuronPotential(balance, rates=(2.0, 0.5))
        start = linnet.neuron(coefficients=beta, balance=balance, rates=(2.0, 0.5))
        np.testing.assert_allclose(psi.gradient(beta), start.w1[0])
        np.testing.assert_allclose(psi.from_gradient(start.w1[0]), beta)
        assert psi.hessian(beta).shape == (3, 3) and psi.value(beta) > 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: linnet.neuron(coefficients=[0.0, 0.0], balance=-1), "network.coefficients: expected a β_0 other than 0"),
        (lambda: linnet.NeuronFlow(linnet.Weights(np.ones((2, 2)), np.ones((1, 2))), linnet.tasks.target([[1, 2.0]])),
         "network: expected one hidden neuron and one output, got width 2"),
        (lambda: linnet.NeuronFlow(linnet.Diagonal([1.0], 1), linnet.tasks.target([[1.0]])), "network: expected Weights"),
        (lambda: linnet.NeuronFlow(linnet.neuron(coefficients=[1.0], balance=0), "task"), "task: expected a task"),
        (lambda: linnet.Diagonal([1.0], 0), "network.threshold: expected"),
        (lambda: linnet.mirror.HyperbolicEntropy(-1), "threshold: expected"),
        (lambda: linnet.mirror.NeuronPotential(0.0, rates=0), "rates: expected"),
        (lambda: linnet.mirror.NeuronPotential(0.0).value([1e300]), "coefficients: expected a β of which"),
        (lambda: linnet.mirror.DeepPotential(np.nan), "depth: expected"),
        (lambda: linnet.mirror.DeepPotential(3).hessian([0.0, 0.0]), "coefficients: expected"),
        (lambda: linnet.mirror.interpolator(linnet.DeepLinear([np.ones((1, 2)), [[3.0]], [[1.0]]]), linnet.tasks.target([[1.0, 0.0]])),
         "network.weights: expected balanced weights"),
        (lambda: linnet.mirror.interpolator(linnet.DeepBalanced([[1.0, 1.0]], 3), linnet.tasks.target([[1.0, 0.0]]), rates=[1, 2, 3]),
         "solver.rates: expected equal rates"),
        (lambda: linnet.mirror.interpolator(linnet.Weights([[0.0, 1.0]], [[0.0]]), linnet.tasks.target([[1.0, 0.0]])),
         "network.weights: expected a start that is no critical point"),
    ],
)  # fmt: skip
def test_what_is_refused(call, message):
    with pytest.raises(linnet.Error, match=message):
        call()
