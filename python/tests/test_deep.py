"""Deep networks from Python: starts, training, limits, warnings and refusals."""

import os
import subprocess
import sys

import numpy as np
import pytest

import linnet


@pytest.fixture
def task():
    return linnet.tasks.modes([2.0, 1.0], shape=(4, 5), seed=3)


def product(weights):
    a = weights[0]
    for w in weights[1:]:
        a = w @ a
    return a


def test_descent_is_the_plain_loop(task):
    net = linnet.gaussian_deep(task, depth=4, width=7, variance=0.1, seed=2)
    steps = (0.01, 0.02, 0.005, 0.01)
    run = linnet.train(net, task, linnet.GradientDescent(step=steps, momentum=0.5, max_steps=20))
    w = [np.array(layer) for layer in net.weights]
    v = [np.zeros_like(layer) for layer in w]
    for _ in range(20):
        r = product(w) - task.target
        gradients = []
        for l in range(4):
            after = product([np.eye(w[l].shape[0])] + w[l + 1:])
            before = product([np.eye(task.shape[1])] + w[:l])
            gradients.append(after.T @ r @ before.T)
        v = [0.5 * b - eta * g for b, eta, g in zip(v, steps, gradients)]
        w = [a + b for a, b in zip(w, v)]
    for ours, plain in zip(run.final.weights, w):
        np.testing.assert_allclose(ours, plain, rtol=1e-12, atol=1e-14)
    assert run.time[-1] == pytest.approx(20 * np.prod(steps) ** 0.25 / 0.5, rel=1e-14)


def test_two_layers_are_deep_weights(task):
    rng = np.random.default_rng(4)
    w1, w2 = rng.normal(size=(6, 5)), rng.normal(size=(4, 6))
    assert linnet.Weights is linnet.DeepLinear
    for net in (linnet.Weights(w1, w2), linnet.DeepLinear(w1=w1, w2=w2), linnet.DeepLinear([w1, w2])):
        assert repr(net) == "<linnet.DeepLinear, depth 2, sizes 5, 6, 4, width 6>"
        assert (net.width, net.depth, net.sizes, net.shape) == (6, 2, (5, 6, 4), (4, 5))
        np.testing.assert_array_equal(net.w1, w1)
        np.testing.assert_array_equal(net.w2, w2)
        np.testing.assert_array_equal(net.weights[1], w2)
        np.testing.assert_allclose(net.input_representation, w1.T @ w1, rtol=1e-13)
        np.testing.assert_allclose(net.gram[5:, :5], w2 @ w1, rtol=1e-13)
        run = linnet.train(net, task, linnet.GradientDescent(step=1e-3, order="sequential", max_steps=3))
        assert isinstance(run.final, linnet.DeepLinear)
        assert run.final.w2.shape == (4, 6)
    deeper = linnet.gaussian_deep(task, depth=3, width=6, variance=0.1)
    refused = "network: expected a network of two layers, got one of depth 3"
    for ask in (lambda: deeper.w1, lambda: deeper.w2, lambda: deeper.width, lambda: linnet.diagnose(deeper),
                lambda: linnet.effective_balance(deeper)):
        with pytest.raises(linnet.Error) as caught:
            ask()
        assert str(caught.value) == refused
    with pytest.raises(linnet.Error, match="network: expected a network of two layers, which has a Gram state"):
        deeper.gram


def test_flow_conserves_the_imbalances(task):
    net = linnet.gaussian_deep(task, widths=[6, 3, 8], variance=0.2, seed=1)
    rates = (1.0, 2.0, 0.5, 1.5)
    for method in ("adams", "bdf", "explicit_runge_kutta"):
        run = linnet.train(net, task, linnet.GradientFlow(t_end=3.0, rates=rates, rtol=1e-10, method=method),
                           record=["imbalance_drift", "train_error"])
        assert run["imbalance_drift"].max() < 1e-8
        for before, after in zip(net.imbalances(rates), run.final.imbalances(rates)):
            np.testing.assert_allclose(before, after, atol=1e-7)


def test_minibatches_of_all_samples_are_descent():
    rng = np.random.default_rng(1)
    x, t = rng.normal(size=(32, 5)), rng.normal(size=(32, 3))
    task = linnet.tasks.regression(x, t)
    net = linnet.gaussian_deep(task, depth=3, width=6, variance=0.1)
    full = linnet.train(net, task, linnet.GradientDescent(step=0.05, max_steps=50))
    whole = linnet.train(net, task, linnet.GradientDescent(step=0.05, max_steps=50, batch=32, seed=4))
    np.testing.assert_allclose(full["train_error"], whole["train_error"], rtol=1e-12)
    half = [linnet.train(net, task, linnet.GradientDescent(step=0.05, max_steps=50, batch=8, seed=s)) for s in (4, 4, 5)]
    np.testing.assert_array_equal(half[0]["train_error"], half[1]["train_error"])
    assert not np.array_equal(half[0]["train_error"], half[2]["train_error"])


def test_balanced_limit_is_balanced_weights(task):
    a = linnet.random_end_to_end(task, rank=4, scale=0.3, seed=5)
    flow = linnet.GradientFlow(t_end=4.0, rtol=1e-11, atol=1e-14)
    for depth in (1, 2, 3, 4):
        weights = linnet.train(linnet.balanced_deep(a, depth=depth, width=6), task, flow).final.end_to_end
        limit = linnet.train(linnet.DeepBalanced(a, depth), task, flow).final.end_to_end
        np.testing.assert_allclose(weights, limit, atol=1e-8)


def test_linearized_is_the_limit_of_lazy_weights(task):
    def distance(scale):
        net = linnet.gaussian_deep(task, depth=3, width=400, variance=scale / 400, seed=1)
        flow = linnet.GradientFlow(t_end=0.2 / scale**2, rtol=1e-9)
        trained = linnet.train(net, task, flow, record=["kernel_distance"])
        lazy = linnet.train(linnet.DeepLinearized(net), task, flow)
        return np.abs(trained.final.end_to_end - lazy.final.end_to_end).max(), trained["kernel_distance"][-1]

    near, far = distance(8.0), distance(1.0)
    assert near[0] < far[0] / 4 and near[1] < far[1] / 10


def test_a_small_start_escapes():
    task = linnet.tasks.modes([2.0], shape=(6, 6), seed=1)
    net = linnet.escape_path(task, depth=4, width=8, size=1e-6, seed=2)
    flow = linnet.GradientFlow(t_end=1e16, method="bdf", rtol=1e-8, events=linnet.event.cost_below(0.5, terminal=True))
    run = linnet.train(net, task, flow, schedule=linnet.logarithmic(1e9, 30), record=["parameter_norm"])
    blown_up = linnet.landscape.escape_time(4, 2.0, 1e-6, np.inf)
    assert run.status == "stopped" and run.final_time == pytest.approx(blown_up, rel=1e-5)
    before = run.time < 0.9 * blown_up
    expected = [linnet.landscape.escape_radius(4, 2.0, 1e-6, t) for t in run.time[before]]
    np.testing.assert_allclose(run["parameter_norm"][before], expected, rtol=1e-5)


def test_a_narrow_layer_is_warned_of(task):
    net = linnet.gaussian_deep(task, widths=[6, 1], variance=0.1, seed=2)
    with pytest.warns(UserWarning, match="a hidden layer of 1 neurons is narrower than the rank of the target, 2: "
                                         "the train error stays above 0.05"):
        run = linnet.train(net, task, linnet.GradientFlow(t_end=2000.0))
    assert run["train_error"][-1] == pytest.approx(1 / 20, rel=1e-6)  # what the second mode leaves, of 4 x 5 entries
    assert "narrower" in run.warning


@pytest.mark.parametrize("make, text", [
    (lambda: linnet.DeepLinear([]), "network.weights: expected at least one layer, got depth 0"),
    (lambda: linnet.DeepLinear([np.eye(3), np.eye(2)]),
     "network.weights[1]: expected 3 columns, the rows of the layer before, got 2 x 2"),
    (lambda: linnet.gaussian_deep((3, 3), depth=0, width=4, variance=1.0), "network.depth: expected a whole number >= 1, got 0"),
    (lambda: linnet.gaussian_deep((3, 3), depth=3, width=4), "network.variance: expected exactly one of variance, gamma and scales"),
    (lambda: linnet.DeepBalanced(np.eye(2), 0.5), "network.depth: expected a number >= 1, got 0.5"),
])
def test_bad_networks(make, text):
    with pytest.raises(linnet.Error) as raised:
        make()
    assert str(raised.value).startswith(text)


def test_starts_that_lead_nowhere(task):
    solver = linnet.GradientFlow(t_end=1.0)
    with pytest.raises(linnet.Error, match="the origin, a critical point: training does not leave it"):
        linnet.train(linnet.gaussian_deep(task, depth=3, width=4, variance=0.0), task, solver)
    with pytest.raises(linnet.Error, match=r"entries of at most .*e-130 in 4 layers, whose gradient underflows"):
        linnet.train(linnet.gaussian_deep(task, depth=4, width=4, variance=1e-260), task, solver)
    with pytest.raises(linnet.Error, match="expected 0, except for explicit weights"):
        linnet.train(linnet.gaussian_gram(task, width=50, variance=0.01), task, linnet.GradientDescent(momentum=0.9))
    with pytest.raises(linnet.Error, match="expected 0, for a task without samples"):
        linnet.train(linnet.gaussian_gram(task, width=50, variance=0.01), task, linnet.GradientDescent(batch=4))
    with pytest.raises(linnet.Error, match="one number, or one for each of the 3 layers"):
        linnet.train(linnet.gaussian_deep(task, depth=3, width=4, variance=0.1), task,
                     linnet.GradientDescent(step=(0.1, 0.1)))


SAME_BITS = """
import hashlib, linnet
task = linnet.tasks.modes([3.0, 1.0], shape=(150, 150), seed=1)
net = linnet.gaussian_deep(task, depth=3, width=200, variance=1e-3, seed=2)
descent = linnet.train(net, task, linnet.GradientDescent(step=0.01, max_steps=20))
flow = linnet.train(net, task, linnet.GradientFlow(t_end=2.0, method="bdf", rtol=1e-6))
print([hashlib.sha256(run.final.end_to_end.tobytes()).hexdigest() for run in (descent, flow)])
"""


def test_the_same_bits_on_any_number_of_threads():
    printed = [subprocess.run([sys.executable, "-c", SAME_BITS], capture_output=True, text=True, check=True,
                              env={**os.environ, "OPENBLAS_NUM_THREADS": threads}).stdout for threads in ("1", "2")]
    assert printed[0] == printed[1] and len(printed[0]) > 100
