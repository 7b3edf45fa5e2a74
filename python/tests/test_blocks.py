"""Blocks of inputs: separate paths, masks of weights, the wait of late fusion."""

import numpy as np
import pytest

import linnet

TASK = linnet.tasks.modalities([1.0, 2.0, -1.0], variances=[4.0, 1.0, 2.0], correlation=0.3)
DEVIATIONS = np.sqrt([4.0, 1.0, 2.0])
COVARIANCE = np.outer(DEVIATIONS, DEVIATIONS) * (0.3 + 0.7 * np.eye(3))


def test_the_task_has_its_covariance():
    b = np.array([[0.5, 0.2, 0.3]])
    off = b - [[1.0, 2.0, -1.0]]
    assert TASK.cost(b) == pytest.approx((off @ COVARIANCE @ off.T).item() / 2, rel=1e-12)


def test_phases_are_regressions_of_a_block():
    phase = linnet.landscape.unimodal_phase(TASK, 1)
    c = np.array([1.0, 2.0, -1.0]) @ COVARIANCE
    norms = [abs(c[0]), np.linalg.norm(c[1:])]
    assert phase.first == int(norms[1] > norms[0])
    a = [0] if phase.first == 0 else [1, 2]
    b = [1, 2] if phase.first == 0 else [0]
    alone = c[a] @ np.linalg.inv(COVARIANCE[np.ix_(a, a)])
    assert np.allclose(phase.end_to_end[0, a], alone) and not phase.end_to_end[0, b].any()
    left = c[b] - alone @ COVARIANCE[np.ix_(a, b)]
    assert phase.rest == pytest.approx(np.linalg.norm(left))
    assert phase.ratio == pytest.approx(1 + (max(norms) - min(norms)) / phase.rest)


@pytest.mark.parametrize("solver", [
    linnet.GradientDescent(step=0.01, max_steps=300, keep_zeros=True),
    linnet.GradientDescent(step=0.01, max_steps=300, momentum=0.6, keep_zeros=True),
    linnet.GradientFlow(t_end=3.0, keep_zeros=True),
    linnet.GradientFlow(t_end=3.0, keep_zeros=True, method="bdf"),
])
def test_zeros_stay(solver):
    start = linnet.gaussian_deep(TASK, depth=3, width=6, variance=0.1, seed=2, blocks=[1, 2], fusion=3)
    run = linnet.train(start, TASK, solver, record=["cost"], schedule=linnet.ends())
    moved = 0
    for before, after in zip(start.weights, run.final.weights):
        assert (after[before == 0] == 0).all()
        moved += (after != before).sum()
    assert moved == sum((w != 0).sum() for w in start.weights)
    assert run["cost"][-1] < 0.5 * run["cost"][0]


def test_descent_with_masks_is_the_plain_loop():
    start = linnet.gaussian_deep(TASK, depth=2, width=4, variance=0.1, seed=2, blocks=[1, 2], fusion=2)
    w1, w2 = (w.copy() for w in start.weights)
    mask = w1 != 0
    for _ in range(50):
        r = (w2 @ w1 - TASK.target) @ COVARIANCE
        w1, w2 = (w1 - 0.01 * w2.T @ r) * mask, w2 - 0.01 * r @ w1.T
    run = linnet.train(start, TASK, linnet.GradientDescent(step=0.01, max_steps=50, keep_zeros=True), record=["cost"],
                       schedule=linnet.ends())
    assert np.allclose(run.final.weights[0], w1, atol=1e-13) and np.allclose(run.final.weights[1], w2, atol=1e-13)


def test_refused_by_name():
    for call, text in [
        (lambda: linnet.gaussian_deep(TASK, depth=2, width=4, variance=1, blocks=[1, 1]), "blocks: expected"),
        (lambda: linnet.gaussian_deep(TASK, depth=2, width=4, variance=1, blocks=[1, 2], fusion=3), "fusion: expected a layer"),
        (lambda: linnet.gaussian_deep(TASK, depth=2, width=5, variance=1, blocks=[1, 2], fusion=2), "width: expected hidden layers"),
        (lambda: linnet.gaussian_deep(TASK, depth=2, width=4, variance=1, fusion=2), "fusion: expected 1, without"),
        (lambda: linnet.gaussian_deep(TASK, depth=2, width=4, variance=1, blocks=[1, 2], order=2), "blocks: expected none"),
        (lambda: linnet.tasks.modalities([1.0, 1.0], correlation=1.0), "correlation: expected"),
        (lambda: linnet.tasks.modalities([1.0, 1.0], variances=[1.0]), "variances: expected"),
        (lambda: linnet.tasks.modalities([np.nan]), "values"),
        (lambda: linnet.landscape.unimodal_phase(TASK, 3), "inputs: expected 1 to 2"),
        (lambda: linnet.landscape.unimodal_phase(linnet.tasks.target(np.eye(2)), 1), "task: expected one output"),
        (lambda: linnet.train(linnet.gaussian_gram(TASK, width=9, variance=1), TASK, linnet.GradientDescent(keep_zeros=True)), "keep_zeros"),
        (lambda: linnet.train(linnet.DeepBalanced(np.ones((1, 3)), 3), TASK, linnet.GradientFlow(keep_zeros=True)), "keep_zeros"),
    ]:
        with pytest.raises(linnet.Error) as caught:
            call()
        assert text in str(caught.value)
