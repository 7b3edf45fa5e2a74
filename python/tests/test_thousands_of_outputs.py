"""Few inputs, narrow layers and thousands of outputs: nothing of outputs x outputs is formed, and the numbers are those of the
full computation."""

import resource
import subprocess
import sys

import numpy as np
import pytest

import linnet

SHAPES = [(9, 2), (2, 9), (5, 5), (1, 6)]
SCALES = [(0.7, 0.7), (0.2, 1.5), (1.5, 0.0), (0.0, 0.9), (0.0, 0.0)]


def representations(a, scales):
    """C_1 and C_2 by the formula, whole, from all singular vectors."""
    kappa, balance = sum(scales) / 2, scales[1] - scales[0]
    u, s, vt = np.linalg.svd(a)

    def root(vectors):
        squares = np.zeros(len(vectors))
        squares[: len(s)] = s**2
        return vectors * np.sqrt(kappa**2 + squares) @ vectors.T

    return root(vt.T) - balance / 2 * np.eye(a.shape[1]), root(u) + balance / 2 * np.eye(a.shape[0])


def tangent_kernel(a, scales):
    """On white inputs, outputs x inputs square."""
    c1, c2 = representations(a, scales)
    return np.kron(np.eye(len(c1)), c2) + np.kron(c1, np.eye(len(c2)))


def distance(k, other):
    return 1 - (k * other).sum() / np.linalg.norm(k) / np.linalg.norm(other)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("scales", SCALES)
def test_self_consistent_networks_have_the_representations_and_kernels_of_the_formula(shape, scales):
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=shape), rng.normal(size=shape)
    net, other = linnet.SelfConsistent(a, scales), linnet.SelfConsistent(b, scales)
    c1, c2 = representations(a, scales)
    np.testing.assert_allclose(net.input_representation, c1, atol=1e-12)
    np.testing.assert_allclose(net.output_representation, c2, atol=1e-12)
    assert (net.input_representation == net.input_representation.T).all()
    np.testing.assert_allclose(net.gram, np.block([[c1, a.T], [a, c2]]), atol=1e-12)
    expected = distance(tangent_kernel(a, scales), tangent_kernel(b, scales))
    assert linnet.kernel_distance(net, other) == pytest.approx(expected, abs=1e-12)
    assert linnet.kernel_distance(net, linnet.GramState.from_gram(other.gram, *shape)) == pytest.approx(expected, abs=1e-12)
    assert linnet.kernel_distance(net, net) == 0
    x = rng.normal(size=(3, shape[1]))
    seen = np.kron(x, np.eye(shape[0]))
    kernel = seen @ tangent_kernel(a, scales) @ seen.T
    np.testing.assert_allclose(linnet.neural_tangent_kernel(net, x), kernel, atol=1e-11)
    expected = distance(kernel, seen @ tangent_kernel(b, scales) @ seen.T)
    assert linnet.kernel_distance(net, other, x) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("scales", [scales for scales in SCALES if scales[1] > 0])
def test_a_closed_form_records_what_the_formula_says(shape, scales):
    task = linnet.tasks.target(np.random.default_rng(2).normal(size=shape))
    y = task.target
    flow = linnet.ModeFlow(task, scales=scales)
    run = flow.trace(0.4, record=["hidden_similarity", "output_similarity", "kernel_distance", "end_to_end"], schedule=linnet.linear(4))
    for i, t in enumerate(run.time):
        a = flow.end_to_end(t)
        c1, c2 = representations(a, scales)
        np.testing.assert_allclose(run["end_to_end"][i], a, atol=1e-13)
        np.testing.assert_allclose(run["hidden_similarity"][i], c1, atol=1e-12)
        np.testing.assert_allclose(run["output_similarity"][i], y.T @ np.linalg.pinv(c2, rcond=1e-12, hermitian=True) @ y, atol=1e-9)
        assert run["kernel_distance"][i] == pytest.approx(distance(tangent_kernel(np.zeros(shape), scales), tangent_kernel(a, scales)), abs=1e-12)
    # The final is a network to go on from.
    assert isinstance(run.final, linnet.SelfConsistent if max(shape) >= 4 * min(shape) else linnet.GramState)
    if min(scales) > 0:
        on = linnet.train(run.final, task, linnet.GradientFlow(t_end=0.3, rtol=1e-11), schedule=linnet.ends())
        np.testing.assert_allclose(on.final.end_to_end, flow.end_to_end(0.7), atol=1e-8)


def test_unequal_rates_have_their_gram_state():
    task = linnet.tasks.target(np.random.default_rng(3).normal(size=(9, 2)))
    flow = linnet.ModeFlow(task, scales=0.5, rates=(2.0, 0.5))
    run = flow.trace(0.4, record=["hidden_similarity"], schedule=linnet.linear(3))
    np.testing.assert_allclose(run["hidden_similarity"][-1], flow.gram(0.4)[:2, :2], atol=1e-13)


CALLS = {
    "mode flow": """
run = linnet.ModeFlow(task, scales=0.1).trace(0.1, record=["train_error", "hidden_similarity", "output_similarity", "kernel_distance"])
assert run["kernel_distance"][-1] > 0.01 and run["train_error"][-1] < 1e-3 * run["train_error"][0]""",
    "exact flow": """
flow = linnet.ExactFlow(linnet.balanced(1e-6 * task.target, width=30), task)
run = flow.trace(0.3, record=["train_error", "hidden_similarity", ("end_to_end", [0], range(8)), linnet.observable(lambda net: net.w1.sum(), name="sum")])
assert run["end_to_end"].shape == (101, 1, 8) and run["train_error"][-1] < 1e-3""",
    "self-consistent": """
start = linnet.self_consistent(weights, 0.1)
run = linnet.train(start, task, linnet.GradientDescent(step=1e-3, max_steps=20), record=["hidden_similarity", "output_similarity", "kernel_distance"])
assert np.isfinite(run["output_similarity"]).all() and linnet.kernel_distance(start, run.final) == run["kernel_distance"][-1]""",
    "comparison": """
done = linnet.run({"task": {"kind": "branching"}, "network": {"kind": "balanced", "width": 30, "start_size": 1e-2, "compare": "exact"},
                   "solver": {"kind": "descent", "step": 1e-4, "max_steps": 20}, "record": {"observables": ["hidden_similarity"], "every": 10}})
assert 0 < done.gram_distance[-1] < 0.1""",
    "refused": """
for ask in (lambda: linnet.ModeFlow(task, scales=0.1).gram(1.0), lambda: linnet.SelfConsistent(task.target, 0.1).gram):
    try:
        ask()
    except linnet.Error as error:
        assert error.field == "network.state" and "10000 outputs and 8 inputs, which takes 2.4 GB" in str(error), error
    else:
        raise AssertionError("not refused")""",
}


@pytest.mark.parametrize("call", CALLS)
def test_thousands_of_outputs_fit(call):
    head = """
import numpy as np
import linnet
task = linnet.tasks.branching(features=10_000)
weights = linnet.gaussian_weights(task, width=30, variance=1e-3, seed=1)
"""
    limit = 2**31  # a matrix of outputs x outputs has 0.8 GB, and no computation with it needs only one
    done = subprocess.run([sys.executable, "-c", head + CALLS[call]], capture_output=True, text=True,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))
    assert done.returncode == 0, done.stderr


def test_predictions_and_kernels_of_thousands_of_outputs():
    script = """
import time, warnings
import numpy as np
import linnet
warnings.simplefilter("ignore")
rng = np.random.default_rng(0)
y = rng.normal(size=(10000, 8)) / 100
net = linnet.Weights(0.02 * rng.normal(size=(30, 8)), 0.02 * rng.normal(size=(10000, 30)))
for task in (linnet.tasks.target(y), linnet.tasks.regression(np.eye(8), y.T)):
    p = linnet.predict(net, task)
    assert p.train_error(np.inf) < 1e-12 and 0 < p.kernel_distance(np.inf) < 1 and None not in p.regimes
assert linnet.diagnose(net, linnet.tasks.target(y)).regimes == linnet.predict(net, linnet.tasks.target(y)).regimes
x = rng.normal(size=(20, 8))
perceptron = linnet.Perceptron([net.w1, net.w2])
linnet.train(perceptron, linnet.tasks.regression(x, x @ y.T), linnet.GradientDescent(step=1e-3, max_steps=3), record="kernel_distance")
print(__import__("resource").getrusage(__import__("resource").RUSAGE_SELF).ru_maxrss)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 700_000  # kB; one matrix of outputs x outputs is 800 MB


@pytest.mark.parametrize("depth", [2, 3])
def test_kernels_of_perceptrons_with_more_outputs_than_neurons(depth):
    rng = np.random.default_rng(4)
    sizes = [3, *[4] * (depth - 1), 9]
    w, v = ([rng.normal(size=(m, n)) for n, m in zip(sizes, sizes[1:])] for _ in range(2))
    x, rates = rng.normal(size=(6, 3)), list(rng.uniform(0.5, 2, size=depth))
    traces = []
    for layers in (w, v):
        k = linnet.neural_tangent_kernel(linnet.Perceptron(layers, slope=0.2), x, rates=rates).reshape(6, 9, 6, 9)
        traces.append(np.einsum("iojo->ij", k))
    found = linnet.kernel_distance(linnet.Perceptron(w, slope=0.2), linnet.Perceptron(v, slope=0.2), x, rates=rates)
    assert found == pytest.approx(distance(*traces), rel=1e-10)


def test_a_gram_state_of_infinite_width_is_the_self_consistent_network():
    y = np.random.default_rng(2).normal(size=(60, 3))
    task = linnet.tasks.target(y)
    gram, closed = linnet.infinite_width(task, scale=(0.3, 0.8)), linnet.SelfConsistent(np.zeros(y.shape), (0.3, 0.8))
    one, other = linnet.ExactFlow(gram, task), linnet.ExactFlow(closed, task)
    t = np.array([0.0, 0.1, 1.0])
    assert np.array_equal(one.end_to_end(t), other.end_to_end(t)) and np.array_equal(one.kernel_distance(t), other.kernel_distance(t))
    run = linnet.train(gram, task, linnet.GradientFlow(t_end=1.0, rtol=1e-11), record="kernel_distance", schedule=linnet.ends())
    np.testing.assert_allclose(one.end_to_end(1.0), run.final.end_to_end, atol=1e-9)
    p = linnet.predict(gram, task)
    assert p.kernel_distance(1.0) == pytest.approx(run["kernel_distance"][-1], abs=1e-9)
    for network in (one.network(1.0), p.network(1.0)):
        assert isinstance(network, linnet.SelfConsistent)
