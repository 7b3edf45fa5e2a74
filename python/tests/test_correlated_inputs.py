"""Closed forms on correlated inputs against plain weights in NumPy."""

import numpy as np
import pytest

import linnet


def flowed(w1, w2, x, y, t, steps=4000):
    """Weights after gradient flow on (1/2P)|A X - Y|^2, samples in rows, by the Runge-Kutta method of order 4."""

    def velocity(w1, w2):
        residual = (x @ (w2 @ w1).T - y).T @ x / len(x)
        return -w2.T @ residual, -residual @ w1.T

    h = t / steps
    for _ in range(steps):
        a1, a2 = velocity(w1, w2)
        b1, b2 = velocity(w1 + h / 2 * a1, w2 + h / 2 * a2)
        c1, c2 = velocity(w1 + h / 2 * b1, w2 + h / 2 * b2)
        d1, d2 = velocity(w1 + h * c1, w2 + h * c2)
        w1, w2 = w1 + h / 6 * (a1 + 2 * b1 + 2 * c1 + d1), w2 + h / 6 * (a2 + 2 * b2 + 2 * c2 + d2)
    return w1, w2


@pytest.mark.parametrize("variances", [(2.0, 1.0, 0.5, 0.1), (1.0, 1.0, 0.2, 0.2), (0.5, 1.0, 0.0, 2.0), (1.0, 0.3)])
@pytest.mark.parametrize("values", [(3.0, 2.0, 1.0), (2.0, 2.0, 0.5)])
def test_infinite_width_and_aligned_weights(values, variances):
    task = linnet.tasks.modes(values, shape=(3, 4), input_variances=variances, seed=3)
    a, b = 0.2, 0.5
    w1, w2 = np.sqrt(a) * np.eye(7)[:, :4], np.sqrt(b) * np.eye(7)[4:]  # G = diag(aI, bI)
    t = 1.3
    w1, w2 = flowed(w1, w2, task.inputs, task.targets, t)
    for flow in (linnet.ModeFlow(task, scales=(a, b)), linnet.ExactFlow(linnet.infinite_width(task, scale=(a, b)), task)):
        assert np.allclose(flow.end_to_end(t), w2 @ w1, rtol=0, atol=1e-10)
        assert np.allclose(flow.gram(t), np.vstack([w1.T, w2]) @ np.vstack([w1.T, w2]).T, rtol=0, atol=1e-10)
    start = linnet.balanced(0.1 * task.target, balance=0.7, width=3, seed=1)
    if min(variances) == 0 or len(variances) < 4:  # Y has lost what no sample has
        return
    flow = linnet.ExactFlow(start, task)
    w1, w2 = flowed(start.w1, start.w2, task.inputs, task.targets, t)
    assert np.allclose(flow.end_to_end(t), w2 @ w1, rtol=0, atol=1e-10)
    assert linnet.diagnose(start, task).verdict == "exact"


def test_mode_strengths_are_recorded():
    task = linnet.tasks.modes([3.0, 1.0], shape=(5, 4), input_variances=[0.1, 1.0, 2.0, 0.5], seed=2)
    net = linnet.gaussian_weights(task, width=9, variance=0.01, seed=1)
    run = linnet.train(net, task, linnet.GradientDescent(step=0.05, max_steps=40), record=["mode_strengths", "end_to_end"])
    u, _, vt = np.linalg.svd(task.target)
    expected = np.einsum("oi,toj,ij->ti", u[:, :2], run["end_to_end"], vt[:2])
    assert np.allclose(run["mode_strengths"][:, :2], expected, rtol=0, atol=1e-12)
    assert run["mode_strengths"].shape == (41, 4)
    assert (run["mode_strengths"] < 0).any()  # not singular values
    assert "mode_strengths" in linnet.observables.names(net, task)


def test_a_spectrum_survives_a_pickle():
    import pickle

    task = linnet.tasks.modes([3.0, 1.0], shape=(5, 4), input_variances=[0.1, 1.0, 2.0, 0.5])
    spectrum = linnet.sample_spectrum(task)
    again = pickle.loads(pickle.dumps(spectrum))
    assert np.array_equal(again.variance, spectrum.variance)
    assert linnet.ModeFlow(again).train_error(2.0) == linnet.ModeFlow(task).train_error(2.0)


def test_what_is_not_aligned_is_refused(rng):
    x = rng.normal(size=(30, 4))
    task = linnet.tasks.regression(x, rng.normal(size=(30, 3)))
    for make in (lambda: linnet.ModeFlow(task), lambda: linnet.ExactFlow(linnet.infinite_width(task, scale=0.1), task)):
        with pytest.raises(linnet.Error, match="task: expected inputs that are white, or whose covariance shares .* away from that"):
            make()
    with pytest.raises(linnet.Error, match="task.input_variances: expected at most 4 variances"):
        linnet.tasks.modes([1.0], shape=(3, 4), input_variances=[1.0] * 5)
