"""Kernels, similarities, balances: at the rates and on the inputs of the run, at any number of outputs."""

import linnet
import numpy as np
import pytest


def distance(first, second):
    return 1 - np.sum(first * second) / np.linalg.norm(first) / np.linalg.norm(second)


@pytest.fixture
def correlated(rng):
    x = rng.normal(size=(50, 6)) @ np.diag([3, 2, 1, 0.5, 0.2, 0.1]) @ rng.normal(size=(6, 6))
    return x, linnet.tasks.regression(x, x @ rng.normal(size=(6, 3)))


@pytest.mark.parametrize("depth", [2, 3])
def test_kernel_distance_is_on_the_data(rng, correlated, depth):
    x, task = correlated
    start = linnet.gaussian_deep((3, 6), widths=[4] * (depth - 1), variance=0.1, seed=1)
    rates = list(rng.uniform(0.5, 2, size=depth))
    run = linnet.train(start, task, linnet.GradientFlow(t_end=0.5, rates=rates), record="kernel_distance", schedule=linnet.ends())
    kernels = [linnet.neural_tangent_kernel(n, x, rates=rates) for n in (start, run.final)]
    assert run["kernel_distance"][-1] == pytest.approx(distance(*kernels), rel=1e-9)
    assert linnet.kernel_distance(start, run.final, x, rates=rates) == pytest.approx(distance(*kernels), rel=1e-9)
    white = linnet.kernel_distance(start, run.final, rates=rates)
    assert abs(white - distance(*kernels)) > 1e-3
    assert linnet.kernel_distance(start, run.final, np.eye(6), rates=rates) == pytest.approx(white, rel=1e-10)
    with pytest.raises(linnet.Error, match="inputs: expected samples in rows, of 6 inputs each, got 4 x 5"):
        linnet.kernel_distance(start, run.final, np.ones((4, 5)))


def test_similarities_are_seen_through_the_inputs(correlated):
    x, task = correlated
    start = linnet.gaussian_weights(task, width=4, variance=0.1, seed=1)
    for net in (start, linnet.GramState.from_weights(start.w1, start.w2)):
        run = linnet.train(net, task, linnet.GradientDescent(step=1e-3, max_steps=20), record="hidden_similarity")
        hidden = x @ run.final.input_representation @ x.T / len(x)
        np.testing.assert_allclose(np.linalg.eigvalsh(run["hidden_similarity"][-1])[-4:], np.linalg.eigvalsh(hidden)[-4:], rtol=1e-9)


def test_neuron_flow_moves_the_kernel_of_what_is_seen(rng):
    x = rng.normal(size=(1, 3))  # one sample: white as far as it reaches
    task = linnet.tasks.regression(x, [[1.0]])
    start = linnet.Weights(rng.normal(size=(1, 3)), [[0.7]])
    # With one sample the kernel keeps its direction; over white inputs it does not.
    assert linnet.NeuronFlow(start, task).kernel_distance(2.0) < 1e-15
    run = linnet.train(start, task, linnet.GradientFlow(t_end=2.0), record="kernel_distance", schedule=linnet.ends())
    assert run["kernel_distance"][-1] < 1e-15 < linnet.kernel_distance(start, run.final)


def test_records_are_in_the_time_of_the_run(rng):
    w1, w2 = rng.normal(size=(3, 4)), rng.normal(size=(2, 3))
    net, task = linnet.Weights(w1, w2), linnet.tasks.target(rng.normal(size=(2, 4)))
    names = ["preconditioner_largest", "preconditioner_spectrum", "balance", "balance_spread"]
    for rates in ((4.0, 4.0), (0.3, 2.0)):
        run = linnet.train(net, task, linnet.GradientFlow(t_end=0.01, rates=rates), record=names, schedule=linnet.ends())
        m = linnet.preconditioner(net, rates).eigenvalues()[::-1]
        np.testing.assert_allclose(run["preconditioner_spectrum"][0], m, rtol=1e-12, atol=1e-12)
        assert run["preconditioner_largest"][0] == pytest.approx(m[0], rel=1e-12)
        balance = linnet.effective_balance(net, rates=rates)
        np.testing.assert_allclose(run["balance"], balance.balance, rtol=1e-6)  # conserved
        np.testing.assert_allclose(run["balance_spread"], balance.distance, rtol=1e-6)
        # M determines the velocity of A.
        run = linnet.train(net, task, linnet.GradientFlow(t_end=1e-6, rates=rates), schedule=linnet.ends())
        gradient = net.end_to_end - task.target
        moved = (run.final.end_to_end - net.end_to_end) / 1e-6
        np.testing.assert_allclose(moved, -linnet.preconditioner(net, rates).apply(gradient), rtol=1e-3, atol=1e-3)
    descent = linnet.GradientDescent(step=(4e-3, 1e-3), max_steps=1)
    run = linnet.train(net, task, descent, record=names, schedule=linnet.ends())
    assert run["preconditioner_largest"][0] == pytest.approx(linnet.preconditioner(net, (2, 0.5)).eigenvalues()[-1])


def test_neuron_balances_of_a_flow_are_at_its_rates(rng):
    net = linnet.spherical_pairs(3, width=4, tau=1.0, delta=0.3)
    x = rng.normal(size=(6, 3))
    flow = linnet.GradientFlow(t_end=1e-3, rates=(4, 4), method="bdf", rtol=1e-4)
    run = linnet.train(net, linnet.tasks.regression(x, x[:, :1]), flow, record="neuron_balance", schedule=linnet.ends())
    np.testing.assert_allclose(run["neuron_balance"][0], 1.2, rtol=1e-12)
    np.testing.assert_allclose(run["neuron_balance"][0], net.balances(rates=(4, 4))[0], rtol=1e-12)


def test_ten_thousand_outputs(rng):
    """8 one-hot items, 30 neurons, 10,000 outputs: nothing of outputs x outputs is formed."""
    task = linnet.tasks.regression(np.eye(8), rng.normal(size=(8, 10_000)))
    net = linnet.Weights(0.1 * rng.normal(size=(30, 8)), 0.1 * rng.normal(size=(10_000, 30)))
    names = ["hidden_similarity", "output_similarity", "kernel_distance", "closure_residual", "imbalance_drift"]
    run = linnet.train(net, task, linnet.GradientDescent(step=0.01, max_steps=10), record=names)
    hidden = run.final.w1.T @ run.final.w1
    np.testing.assert_allclose(run["hidden_similarity"][-1], hidden, rtol=1e-12, atol=1e-12)
    needed = np.linalg.pinv(run.final.w2) @ task.target
    np.testing.assert_allclose(run["output_similarity"][-1], needed.T @ needed, rtol=1e-8, atol=1e-8)
    assert run.threshold == linnet.fit_closure(net).threshold > 0
    d = linnet.diagnose(net)
    assert d.closure.residual == pytest.approx(linnet.fit_closure(net).residual)
    assert linnet.preconditioner(net).range()[1] > 0
    flow = linnet.train(net, task, linnet.GradientFlow(t_end=0.1), record="hidden_similarity", schedule=linnet.linear(5))
    assert flow.status == "completed" and flow["hidden_similarity"].shape == (len(flow.time), 8, 8)


def test_regimes_follow_the_kernel(rng):
    y = linnet.tasks.target(rng.normal(size=(3, 6)))
    regimes = {}
    for balance in (-1000.0, 1000.0, 1e-3):
        d = linnet.diagnose(linnet.balanced(np.zeros((3, 6)), balance=balance, width=3), y)
        regimes[balance] = set(d.regimes), d.prediction.kernel_distance(np.inf)
        assert d.ends_active.tolist() == [r in ("active", "delayed-rich") for r in d.regimes] and d.error < 1e-11
    assert "delayed-rich" in regimes[-1000.0][0] and regimes[-1000.0][1] > 0.1
    assert regimes[1000.0][0] == {"lazy"} and regimes[1000.0][1] < 1e-3
    assert regimes[1e-3][0] == {"active"}


def test_diagnosis_without_a_task_has_no_error(rng, correlated):
    net = linnet.gaussian_weights((3, 6), width=5, variance=0.1)
    alone = linnet.diagnose(net)
    assert np.isnan(alone.error) and alone.regimes == [] and alone.prediction is None
    raw = linnet.diagnose(net, correlated[1])
    assert raw.verdict == "integrated" and raw.error < 1e-6 and len(raw.regimes) == 3


def kernel_of(w1, w2, rates):
    """On white inputs, the entries of A row after row."""
    return rates[0] * np.kron(w2 @ w2.T, np.eye(w1.shape[1])) + rates[1] * np.kron(np.eye(len(w2)), w1.T @ w1)


def test_the_tangent_kernel_of_a_run_is_at_its_rates(rng):
    w1, w2 = rng.normal(size=(3, 4)), rng.normal(size=(2, 3))
    task = linnet.tasks.target(rng.normal(size=(2, 4)))
    for rates in ((4.0, 4.0), (0.3, 2.0)):
        for net in (linnet.Weights(w1, w2), linnet.GramState.from_weights(w1, w2), linnet.DeepLinearized(linnet.DeepLinear(w1, w2))):
            run = linnet.train(net, task, linnet.GradientFlow(t_end=1e-3, rates=rates), record="tangent_kernel", schedule=linnet.ends())
            np.testing.assert_allclose(run["tangent_kernel"][0].reshape(8, 8), kernel_of(w1, w2, rates), rtol=1e-12, atol=1e-13)
        # The steps of descent are rates of product 1 in its time.
        run = linnet.train(linnet.Weights(w1, w2), task, linnet.GradientDescent(step=rates, max_steps=0), record="tangent_kernel")
        mean = np.sqrt(np.prod(rates))
        np.testing.assert_allclose(run["tangent_kernel"][0].reshape(8, 8), kernel_of(w1, w2, np.array(rates) / mean), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("rates", [(2.0, 0.5), (0.3, 1.7)])
@pytest.mark.parametrize("balance", [-0.7, 0.0, 1.2])
def test_a_self_consistent_network_has_the_closure_of_its_rates(rng, rates, balance):
    # Layers W_l/sqrt(eta_l) that are balanced, as weights and as a self-consistent network, which is exact for them.
    n, root = 3, np.sqrt(np.prod(rates))
    a = 0.5 * rng.normal(size=(n, n))
    balanced = linnet.balanced(a / root, balance=balance, width=n, seed=1)
    weights = linnet.Weights(balanced.w1 * np.sqrt(rates[0]), balanced.w2 * np.sqrt(rates[1]))
    scales = max(-balance, 0.0) * rates[0], max(balance, 0.0) * rates[1]
    task = linnet.tasks.target(rng.normal(size=(n, n)))
    flow = linnet.GradientFlow(t_end=0.4, rates=rates, rtol=1e-10, atol=1e-13)
    names = ["kernel_distance", "tangent_kernel", "input_representation", "output_representation", "hidden_similarity", "new_property", "active"]
    run, other = (linnet.train(net, task, flow, record=names, schedule=linnet.ends()) for net in (weights, linnet.SelfConsistent(a, scales)))
    for name in names:
        np.testing.assert_allclose(other[name], run[name], atol=1e-8, err_msg=name)
    assert other.threshold == pytest.approx(run.threshold, abs=1e-7)
    final = other.final
    for one in (final, linnet.SelfConsistent(final.end_to_end, scales, rates)):
        np.testing.assert_allclose(one.gram, linnet.GramState.from_weights(run.final.w1, run.final.w2).gram, atol=1e-8)
        assert one.threshold == pytest.approx(abs(balance) / 2 * root, rel=1e-13) and one.balance == pytest.approx(balance * root, rel=1e-13)
    p = linnet.predict(linnet.SelfConsistent(a, scales), task, rates=rates)
    assert p.values("kernel_distance", 0.4)[0] == pytest.approx(run["kernel_distance"][-1], abs=1e-6)
    assert linnet.SelfConsistent(a, scales).rates == (1.0, 1.0) and final.rates[0] / final.rates[1] == pytest.approx(rates[0] / rates[1])
    with pytest.raises(linnet.Error, match="network.rates: expected a finite number > 0, got -1"):
        linnet.SelfConsistent(a, scales, (1, -1))


def test_neurons_of_a_light_cone_are_not_neurons(rng):
    x = rng.normal(size=(9, 4))
    task = linnet.tasks.regression(x, rng.normal(size=(9, 1)))
    cone = linnet.compress(linnet.DeepLinear(0.1 * rng.normal(size=(50, 4)), 0.1 * rng.normal(size=(1, 50))), order=2)
    for name in ("hamming_distance", "balance", "neuron_balance", "neuron_size", "neuron_readout", "neuron_growth", "neuron_path"):
        assert name not in linnet.observables.names(cone, task)
        with pytest.raises(linnet.Error, match=f"record.{name}: expected .*, got a light cone of depth 2"):
            linnet.train(cone, task, linnet.GradientDescent(step=0.1, max_steps=1), record=name)


def test_noise_of_all_weights_needs_their_number(rng):
    w1, w2, sigma = 0.1 * rng.normal(size=(40, 4)), 0.1 * rng.normal(size=(2, 40)), 0.3
    task = linnet.tasks.target(rng.normal(size=(2, 4)))
    still = linnet.GradientDescent(max_steps=0)
    gram = linnet.GramState.from_weights(w1, w2)
    whole = linnet.train(linnet.Weights(w1, w2), task, still, record=("parameter_noise_error", sigma))["parameter_noise_error"]
    told = linnet.train(gram, task, still, record=("parameter_noise_error", sigma, 0, 40))["parameter_noise_error"]
    np.testing.assert_allclose(told, whole, rtol=1e-12)
    with pytest.raises(linnet.Error, match="record.parameter_noise_error: expected the width of a Gram state of full rank"):
        linnet.train(gram, task, still, record=("parameter_noise_error", sigma))
