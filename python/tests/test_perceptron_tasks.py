"""Hierarchical data and modular addition from Python, and the rule that stops at a test accuracy."""

import numpy as np
import pytest

import linnet


def test_hierarchies_have_samples_in_rows():
    task = linnet.tasks.random_hierarchy(
        levels=2, features=5, synonyms=2, branching=3, classes=4, samples=30, test_samples=20, seed=1
    )
    assert task.inputs.shape == (30, 5 * 9) and task.targets.shape == (30, 4)
    assert task.test_inputs.shape == (20, 45) and task.shape == (4, 45)
    assert np.all(task.inputs.reshape(30, 9, 5).sum(axis=2) == 1)
    assert np.all(task.targets.sum(axis=1) == 1)
    assert len(np.unique(np.vstack([task.inputs, task.test_inputs]), axis=0)) == 50
    assert not linnet.tasks.random_hierarchy(samples=10, test_samples=0).has_test
    with pytest.raises(linnet.Error, match="task.synonyms"):
        linnet.tasks.random_hierarchy(synonyms=20)


def test_sums_are_sums():
    task = linnet.tasks.modular_addition(modulus=7, fraction=0.6, seed=2)
    pairs = set()
    for x, y in ((task.inputs, task.targets), (task.test_inputs, task.test_targets)):
        a, b = x[:, :7].argmax(axis=1), x[:, 7:].argmax(axis=1)
        assert np.all(x.sum(axis=1) == 2)
        np.testing.assert_array_equal(y, np.eye(7)[(a + b) % 7])
        pairs.update(zip(a.tolist(), b.tolist()))
    assert len(task.inputs) == 29 and len(pairs) == 49
    with pytest.raises(linnet.Error, match="task.fraction"):
        linnet.tasks.modular_addition(fraction=1)


def test_descent_stops_at_a_test_accuracy():
    task = linnet.tasks.random_hierarchy(levels=2, samples=150, test_samples=66, seed=1)
    start = linnet.gaussian_perceptron([32, 32, 8], alpha=10, last_scale=0.1, seed=3)
    solver = linnet.GradientDescent(
        step=0.1, momentum=0.9, max_steps=200, stop=[linnet.stop.test_accuracy_above(0.5, every=5)]
    )
    run = linnet.train(start, task, solver, record=["test_accuracy"])
    assert run.status == "stopped" and run.rule == "test_accuracy_above"
    accuracy = run["test_accuracy"]
    assert run.steps[-1] % 5 == 0 and accuracy[-1] > 0.5 and np.all(accuracy[:-1:5] <= 0.5)


def test_classes_with_cross_entropy_and_an_outer_scale():
    """tau outside the network with steps eta / tau^2: in the weights that contain it eta for W_2, eta / tau^2 for W_1."""
    task = linnet.tasks.modular_addition(modulus=5, fraction=0.6, seed=2, cross_entropy=True)
    tau, eta = 0.3, 0.05
    start = linnet.gaussian_perceptron([10, 7, 5], activation="quadratic", last_scale=tau, seed=1)
    descent = linnet.GradientDescent(step=(eta / tau**2, eta), max_steps=25)
    run = linnet.train(start, task, descent, record=["train_error"], schedule=linnet.ends())
    w1, w2 = start.weights[0].copy(), start.weights[1] / tau
    x, y = task.inputs, task.targets
    for _ in range(25):
        h = x @ w1.T
        z = tau * h**2 @ w2.T
        p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        g = (p - y) / len(x)
        back = 2 * tau * (g @ w2) * h
        w1, w2 = w1 - eta / tau**2 * back.T @ x, w2 - eta / tau**2 * tau * g.T @ h**2
    np.testing.assert_allclose(run.final.weights[0], w1, rtol=0, atol=1e-12)
    np.testing.assert_allclose(run.final.weights[1], tau * w2, rtol=0, atol=1e-12)
