"""The certificate of exponential convergence, and how long a test error is below a bound."""

import linnet
import numpy as np
import pytest

RNG = np.random.default_rng(3)
Y = RNG.normal(size=(3, 4))
X = RNG.normal(size=(12, 4))
MASKED = linnet.tasks.completion(Y, mask=RNG.random((3, 4)) < 0.7)
REGRESSION = linnet.tasks.regression(X, X @ Y.T + 0.1 * RNG.normal(size=(12, 3)))


def test_the_constant_of_quadratic_costs():
    assert linnet.polyak_lojasiewicz(linnet.tasks.target(Y)) == linnet.polyak_lojasiewicz(MASKED) == 1
    assert linnet.polyak_lojasiewicz(REGRESSION) == pytest.approx(np.linalg.eigvalsh(X.T @ X / 12)[0])
    few = linnet.tasks.regression(X[:2], X[:2] @ Y.T)
    assert linnet.polyak_lojasiewicz(few) == pytest.approx(np.linalg.svd(X[:2])[1][-1] ** 2 / 2)
    weights = linnet.tasks.target(Y, weights=np.where(Y > 0, 0.3, 2.0))
    assert linnet.polyak_lojasiewicz(weights) == pytest.approx(0.3)


@pytest.mark.parametrize("task", [MASKED, REGRESSION])
def test_no_flow_is_above_its_bound(task):
    for scales, rates in (((0.5, 0.5), 1.0), ((0.0, 0.8), (0.5, 2.0)), ((3.0, 0.1), (2.0, 0.5))):
        start = linnet.SelfConsistent(0.3 * np.ones((3, 4)), scales)
        bound = linnet.convergence_bound(start, task, rates=rates)
        run = linnet.train(start, task, linnet.GradientFlow(t_end=5 / bound.rate, rates=rates, rtol=1e-10), record="cost")
        assert (run["cost"] <= bound.at(run.time) * (1 + 1e-9)).all()
        first, second = np.broadcast_to(rates, 2)
        assert bound.rate == pytest.approx(2 * (first * scales[1] + second * scales[0]) * linnet.polyak_lojasiewicz(task))
        assert isinstance(bound.at(1.0), float) and bound.at(0.0) == pytest.approx(run["cost"][0])


def test_a_cost_of_ones_own_takes_its_constant():
    own = linnet.tasks.custom(lambda a: (np.sum((a - Y) ** 2), 2 * (a - Y)), (3, 4))
    start = linnet.infinite_width((3, 4), scale=5.0)
    bound = linnet.convergence_bound(start, own, strength=2.0, least=0.0)
    assert bound.rate == pytest.approx(40) and bound.cost == pytest.approx(np.sum(Y**2))
    for arguments in ({}, {"strength": 2.0}):
        with pytest.raises(linnet.Error):
            linnet.convergence_bound(start, own, **arguments)


def test_what_is_not_certified():
    for start in (linnet.gaussian_weights(MASKED, width=5, variance=0.3), linnet.balanced(np.outer(Y[:, 0], Y[0]), balance=0.8, width=2)):
        with pytest.raises(linnet.Error, match="network: expected a start that satisfies the closure"):
            linnet.convergence_bound(start, MASKED)
    with pytest.raises(linnet.Error, match="strength"):
        linnet.convergence_bound(linnet.infinite_width(MASKED, scale=1.0), MASKED, strength=0.0)


BELOW = """
seed = 3
[task]
kind = "low_rank_plus_noise"
dim = 30
rank = 2
[network]
kind = "infinite_width"
scale = 2.0
[solver]
kind = "flow"
t_end = 0.4
[record]
below = 0.5
schedule = "linear"
count = 4001
[sweep]
axes = [{field = "record.below", values = [0.5, 1e-3]}]
"""


def test_how_long_the_test_error_is_below_a_bound():
    data = linnet.sweep(BELOW)
    task = linnet.tasks.low_rank_plus_noise(dim=30, rank=2, seed=3)
    t = np.linspace(0, 0.4, 40001)
    below = linnet.ModeFlow(task, scales=2.0).test_error(t) < 0.5
    assert below.any() and not below[-1]
    assert float(data["below_from"][0]) == pytest.approx(t[np.argmax(below)], abs=2e-5)
    assert float(data["below_time"][0]) == pytest.approx(below.sum() * 1e-5, abs=4e-5)
    assert np.isnan(float(data["below_from"][1])) and np.isnan(float(data["below_time"][1]))


def test_the_bound_beside_a_run():
    text = BELOW.split("[sweep]")[0].replace("below = 0.5", 'observables = ["cost"]').replace("scale = 2.0", 'scale = 2.0\ncompare = "bound"')
    data = linnet.run(text)
    cost = np.asarray(data["cost"])
    assert cost.shape[0] == 2 and (cost[0] <= cost[1] * (1 + 1e-9)).all()
    np.testing.assert_allclose(cost[1], cost[0, 0] * np.exp(-8 * np.asarray(data["time"])), rtol=1e-10)
