"""Costs beside squares, against plain NumPy; a cost of the user's own, and what goes wrong in it."""

import pickle
import signal
import threading
import time
import traceback

import numpy as np
import pytest

import linnet

RNG = np.random.default_rng(5)
OUTPUTS, INPUTS, COUNT = 3, 4, 15
Y = RNG.normal(size=(OUTPUTS, INPUTS))
A = RNG.normal(size=(OUTPUTS, INPUTS))
X = RNG.normal(size=(COUNT, INPUTS))
T = RNG.normal(size=(COUNT, OUTPUTS))
LABELS = np.arange(COUNT) % 3
W = np.abs(RNG.normal(size=(OUTPUTS, INPUTS)))
SAMPLE_WEIGHTS = np.abs(RNG.normal(size=COUNT))
MATRICES = RNG.normal(size=(7, OUTPUTS, INPUTS))
VALUES = RNG.normal(size=7)


def rho(r, delta):
    size = np.abs(r)
    return np.where(size <= delta, r**2 / 2, delta * (size - delta / 2))


def cross_entropy(z, labels):
    z = z - z.max(axis=1, keepdims=True)
    return np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(labels)), labels]


COSTS = {
    "weights": (lambda: linnet.tasks.target(Y, weights=W), lambda a: (W * (a - Y) ** 2).sum() / 2, 2 / W.sum()),
    "huber": (lambda: linnet.tasks.target(Y, huber=0.5), lambda a: rho(a - Y, 0.5).sum(), 2 / Y.size),
    "completion": (
        lambda: linnet.tasks.completion(Y, mask=W > 0.4, weights=W, huber=0.5),
        lambda a: ((W > 0.4) * W * rho(a - Y, 0.5)).sum(),
        2 / ((W > 0.4) * W).sum(),
    ),
    "samples": (
        lambda: linnet.tasks.regression(X, T, weights=SAMPLE_WEIGHTS),
        lambda a: (SAMPLE_WEIGHTS * ((X @ a.T - T) ** 2).sum(axis=1)).sum() / (2 * COUNT),
        2 / (OUTPUTS * SAMPLE_WEIGHTS.mean()),
    ),
    "huber of samples": (
        lambda: linnet.tasks.regression(X, T, huber=0.8, half=False),
        lambda a: 2 * rho(X @ a.T - T, 0.8).sum() / COUNT,
        1 / OUTPUTS,
    ),
    "sensing": (
        lambda: linnet.tasks.sensing(MATRICES, VALUES),
        lambda a: ((np.einsum("mij,ij->m", MATRICES, a) - VALUES) ** 2).sum() / 2,
        2 / len(VALUES),
    ),
    "rows of measurements": (
        lambda: linnet.tasks.sensing(MATRICES.reshape(7, -1), VALUES, shape=(OUTPUTS, INPUTS)),
        lambda a: ((np.einsum("mij,ij->m", MATRICES, a) - VALUES) ** 2).sum() / 2,
        2 / len(VALUES),
    ),
    "softmax": (
        lambda: linnet.tasks.classification(X, LABELS),
        lambda a: cross_entropy(X @ a.T, LABELS).mean(),
        1,
    ),
    "weighted softmax": (
        lambda: linnet.tasks.classification(X, LABELS, weights=SAMPLE_WEIGHTS),
        lambda a: (SAMPLE_WEIGHTS * cross_entropy(X @ a.T, LABELS)).mean(),
        1 / SAMPLE_WEIGHTS.mean(),
    ),
}


@pytest.mark.parametrize("name", COSTS)
def test_cost_error_and_gradient_are_those_of_numpy(name):
    make, value, ratio = COSTS[name]
    task = make()
    assert task.cost(A) == pytest.approx(value(A), rel=1e-13)
    assert task.train_error(A) == pytest.approx(ratio * value(A), rel=1e-13)
    gradient, h = task.gradient(A), 1e-6
    for i in np.ndindex(A.shape):
        step = np.zeros_like(A)
        step[i] = h
        assert gradient[i] == pytest.approx((value(A + step) - value(A - step)) / (2 * h), abs=1e-7)
        quotient = (task.gradient(A + step) - task.gradient(A - step)) / (2 * h)
        assert np.allclose(task.curvature(A, step / h), quotient, atol=1e-7)
    if task.target is None:
        assert task.condition is None and not task.is_white
    assert task._repr_html_()
    assert "C = " in task.cost_normalisation
    again = pickle.loads(pickle.dumps(task))
    assert again.cost(A) == task.cost(A) and again.train_error(A) == task.train_error(A)
    assert np.array_equal(again.gradient(A), gradient)


@pytest.mark.parametrize("name", COSTS)
def test_runs_go_on_after_pickling(name):
    task = COSTS[name][0]()
    start = linnet.gaussian_gram(task, width=30, variance=0.01, seed=1)
    half = linnet.train(start, task, linnet.GradientDescent(step=0.05, max_steps=20))
    there = pickle.loads(pickle.dumps(half.checkpoint))
    end = linnet.train(there, pickle.loads(pickle.dumps(task)), linnet.GradientDescent(step=0.05, max_steps=40))
    whole = linnet.train(start, task, linnet.GradientDescent(step=0.05, max_steps=40))
    assert np.array_equal(end.final.end_to_end, whole.final.end_to_end)


def test_the_parts_that_a_task_shows():
    assert linnet.tasks.target(Y, weights=W).weights.tolist() == W.tolist()
    assert linnet.tasks.regression(X, T, weights=SAMPLE_WEIGHTS).weights.tolist() == SAMPLE_WEIGHTS.tolist()
    assert linnet.tasks.target(Y).weights is None
    two = linnet.tasks.classification(X, LABELS > 0)
    assert two.shape == (1, INPUTS) and set(two.targets.ravel()) == {-1, 1}
    assert linnet.tasks.classification(X, LABELS > 0, classes=2).shape == (2, INPUTS)
    drawn = linnet.tasks.sensing(modes=[2.0, 1.0], shape=(5, 6), measurements=9, seed=3)
    assert np.allclose(np.linalg.svd(drawn.signal)[1][:2], [2, 1]) and drawn.cost(drawn.signal) < 1e-28


def test_minibatches_of_every_size_and_the_classes_that_come_out():
    centres = 5 * np.eye(4)[:3]
    task = linnet.tasks.classification(centres[LABELS] + 0.1 * X, LABELS, X, LABELS)
    start = linnet.gaussian_gram(task, width=30, variance=0.01, seed=1)
    record = ["train_accuracy", "test_accuracy", "train_error", "cost"]
    for batch in (1, 4, COUNT):
        run = linnet.train(start, task, linnet.GradientDescent(step=0.05, max_steps=400, batch=batch), record=record)
        assert run["train_accuracy"][-1] == 1 and run["test_accuracy"][-1] < 1
        assert np.array_equal(run["train_error"], run["cost"])


def square(a):
    return 0.5 * np.sum((a - Y) ** 2), a - Y


def test_own_cost_is_the_built_in_one():
    own, built_in = linnet.tasks.custom(square, Y.shape, test=square), linnet.tasks.target(Y)
    assert own.cost(A) == pytest.approx(built_in.cost(A), rel=1e-15)
    for start in (linnet.gaussian_gram(own, width=50, variance=0.01, seed=1), linnet.DeepLinear([0.3 * W.T @ W, Y])):
        for solver in (
            linnet.GradientDescent(step=0.05, max_steps=50),
            linnet.GradientFlow(t_end=2),
            linnet.GradientFlow(t_end=2, method="explicit_runge_kutta"),
        ):
            ends = [linnet.train(start, task, solver).final.end_to_end for task in (own, built_in)]
            assert np.allclose(*ends, rtol=0, atol=1e-12)
        ends = [linnet.train(start, t, linnet.GradientFlow(t_end=2, method="bdf", rtol=1e-8)).final for t in (own, built_in)]
        assert np.allclose(ends[0].end_to_end, ends[1].end_to_end, rtol=0, atol=1e-5)
    run = linnet.train(start, own, linnet.GradientDescent(step=0.05, max_steps=5), record=["test_error", "train_error"])
    assert np.allclose(run["test_error"], run["train_error"])
    again = pickle.loads(pickle.dumps(own))
    assert again.cost(A) == own.cost(A) and again.test_error(A) == own.test_error(A)
    with pytest.raises(Exception, match="lambda|local"):
        pickle.dumps(linnet.tasks.custom(lambda a: square(a), Y.shape))


def test_own_curvature_is_checked_and_used():
    task = linnet.tasks.custom(square, Y.shape, curvature=lambda a, d: d)
    assert np.array_equal(task.curvature(A, Y), Y)
    with pytest.raises(linnet.Error, match="task.curvature: expected the second derivative"):
        linnet.tasks.custom(square, Y.shape, curvature=lambda a, d: 3 * d)
    with pytest.raises(linnet.Error, match="task.curvature: expected the second derivative of the cost"):
        linnet.tasks.custom(square, Y.shape).curvature(A, Y)


@pytest.mark.parametrize(
    "f, message",
    [
        (lambda a: (np.sum(a**2), a), "task.f: expected the gradient of the cost"),
        (lambda a: (np.sum(a**2), 2 * a.T), "task.f: expected a gradient of 3 x 4, the shape of A, got 4 x 3"),
        (lambda a: (np.sum(a**2), 2 * a[0]), "task.f: expected a matrix, 2 dimensions"),
        (lambda a: (np.sum(a**2), a * np.nan), "task.f: expected a gradient of finite numbers"),
        (lambda a: (np.nan, a), "task.f: expected a number as the cost, got nan"),
        (lambda a: np.sum(a**2), "task.f: expected a pair .cost, gradient. returned"),
        (lambda a: None, "task.f: expected a pair"),
        (lambda a: ("one", a), "task.f: expected"),
        (lambda a: (1.0, "a"), "task.f: expected an array of real numbers"),
        (None, "task.f: expected a function"),
        (3, "task.f: expected a function"),
    ],
)
def test_what_is_no_cost_is_refused(f, message):
    with pytest.raises(linnet.Error, match=message):
        linnet.tasks.custom(f, Y.shape)


def fails_late(a):
    if np.linalg.norm(a) > 2:
        raise ZeroDivisionError("in my own function")
    return square(a)


@pytest.mark.parametrize(
    "solver",
    [
        linnet.GradientDescent(step=0.05, max_steps=1000),
        linnet.GradientFlow(t_end=10),
        linnet.GradientFlow(t_end=10, method="explicit_runge_kutta"),
        linnet.GradientFlow(t_end=10, method="bdf", rtol=1e-6),
    ],
)
def test_exceptions_surface_with_their_traceback(solver):
    task = linnet.tasks.custom(fails_late, Y.shape, check_at=0.1 * np.ones(Y.shape))
    start = linnet.gaussian_gram(task, width=50, variance=1e-3, seed=1)
    with pytest.raises(ZeroDivisionError, match="in my own function") as raised:
        linnet.train(start, task, solver)
    assert "fails_late" in "".join(traceback.format_tb(raised.value.__traceback__))


def barrier(a):
    if np.abs(a).max() >= 1:
        return np.inf, np.full(a.shape, np.nan)
    return -np.log1p(-(a**2)).sum() - 20 * a.sum(), 2 * a / (1 - a**2) - 20


def test_a_flow_stays_within_the_domain_of_a_cost():
    task = linnet.tasks.custom(barrier, Y.shape, check_at=0.1 * np.ones(Y.shape))
    start = linnet.gaussian_gram(task, width=100, variance=1e-4, seed=1)
    least = (np.sqrt(1 + 20**2) - 1) / 20  # where 2a = 20 (1 - a^2)
    for method in ("adams", "bdf", "explicit_runge_kutta"):
        run = linnet.train(start, task, linnet.GradientFlow(t_end=20, method=method, rtol=1e-7))
        assert run.status == "completed" and np.allclose(run.final.end_to_end, least, atol=1e-5)
    assert linnet.train(start, task, linnet.GradientDescent(step=1.0, max_steps=50)).status == "diverged"


def test_own_cost_is_interruptible():
    task = linnet.tasks.custom(lambda a: (time.sleep(1e-3), square(a))[1], Y.shape)
    start = linnet.gaussian_gram(task, width=50, variance=1e-3, seed=1)
    timer = threading.Timer(0.3, lambda: signal.raise_signal(signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        linnet.train(start, task, linnet.GradientDescent(step=1e-9, max_steps=10**6))
    timer.join()


@pytest.mark.parametrize("loss", ["logistic", "softmax", "weights", "huber"])
@pytest.mark.parametrize("activation", ["relu", "quadratic"])
def test_perceptrons_descend_and_flow_as_numpy(loss, activation):
    rng = np.random.default_rng(1)
    w1, w2 = 0.5 * rng.normal(size=(6, INPUTS)), 0.5 * rng.normal(size=(1 if loss == "logistic" else OUTPUTS, 6))
    signs = np.where(LABELS > 1, 1.0, -1.0)[:, None]
    tasks = {
        "logistic": lambda: linnet.tasks.classification(X, LABELS > 1, X[:5], LABELS[:5] > 1),
        "softmax": lambda: linnet.tasks.classification(X, LABELS, X[:5], LABELS[:5], weights=SAMPLE_WEIGHTS),
        "weights": lambda: linnet.tasks.regression(X, T, weights=SAMPLE_WEIGHTS),
        "huber": lambda: linnet.tasks.regression(X, T, huber=0.4),
    }
    task = tasks[loss]()

    def slope(f):
        if loss == "logistic":
            return -signs / (1 + np.exp(signs * f)) / COUNT
        if loss == "softmax":
            p = np.exp(f - f.max(axis=1, keepdims=True))
            return SAMPLE_WEIGHTS[:, None] * (p / p.sum(axis=1, keepdims=True) - np.eye(3)[LABELS]) / COUNT
        if loss == "weights":
            return SAMPLE_WEIGHTS[:, None] * (f - T) / COUNT
        return np.clip(f - T, -0.4, 0.4) / COUNT

    start = linnet.Perceptron([w1, w2], activation=activation)
    step, steps = 0.01, 30
    run = linnet.train(start, task, linnet.GradientDescent(step=step, max_steps=steps), record=["cost"])
    a, b = w1.copy(), w2.copy()
    for _ in range(steps):
        h = X @ a.T
        s = np.maximum(h, 0) if activation == "relu" else h**2
        ds = (h > 0) * 1.0 if activation == "relu" else 2 * h
        g = slope(s @ b.T)
        a, b = a - step * ((g @ b) * ds).T @ X, b - step * g.T @ s
    assert np.allclose(run.final.weights[0], a, rtol=0, atol=1e-12) and np.allclose(run.final.weights[1], b, atol=1e-12)
    if activation == "quadratic":  # without kinks
        flows = [
            linnet.train(start, task, linnet.GradientFlow(t_end=1, method=method, rtol=1e-9)).final
            for method in ("adams", "bdf")
        ]
        tolerance = 1e-4 if loss == "huber" else 1e-6
        assert np.allclose(flows[0].weights[0], flows[1].weights[0], rtol=0, atol=tolerance)
    with pytest.raises(linnet.Error, match="mean squares without weights, for the lazy limit"):
        linnet.PerceptronLinearized(start, task)


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: linnet.tasks.target(Y, weights=-W), "task.weights: expected numbers >= 0"),
        (lambda: linnet.tasks.target(Y, huber=0), "task.huber: expected a finite number > 0"),
        (lambda: linnet.tasks.classification(X, LABELS + 0.5), "task.labels"),
        (lambda: linnet.tasks.classification(X, LABELS, classes=1), "task.classes"),
        (lambda: linnet.tasks.classification(X, ["a"] * COUNT), "task.labels: expected an array of real numbers"),
        (lambda: linnet.tasks.sensing(), "task.matrices: expected matrices with values, or a target"),
        (lambda: linnet.tasks.sensing(MATRICES), "task.values: expected a number for each matrix, got none"),
        (lambda: linnet.tasks.sensing(MATRICES[0, 0], VALUES), "task.matrices: expected matrices, 3 dimensions, or"),
        (lambda: linnet.tasks.classification(X, LABELS, classes=10**10), "task.classes: expected what fits into"),
        (lambda: linnet.tasks.completion(Y, test_mask=np.ones(Y.shape)), "task.test_mask: expected known entries left"),
        (lambda: linnet.tasks.sensing(MATRICES, VALUES, shape=(2, 2)), "task.shape: expected 3 x 4"),
        (lambda: linnet.tasks.sensing(MATRICES, VALUES, target=Y), "task.target: expected either"),
        (lambda: linnet.tasks.sensing(MATRICES.reshape(7, -1), VALUES), "task.shape"),
        (lambda: linnet.tasks.sensing(target=Y), "task.measurements"),
        (
            lambda: linnet.ExactFlow(linnet.infinite_width((3, 4), scale=1.0), linnet.tasks.classification(X, LABELS)),
            "task: expected a cost whose least point Y is known.*got softmax cross-entropy",
        ),
        (
            lambda: linnet.landscape.nearest_minimum(linnet.DeepLinear([W, Y @ Y.T]), linnet.tasks.sensing(MATRICES, VALUES)),
            "task: expected a cost whose least point Y is known.*got the cost of linear measurements",
        ),
    ],
)
def test_bad_input_names_its_field(make, message):
    with pytest.raises(linnet.Error, match=message):
        make()


def test_gaussian_measurements_beside_matrices_are_refused():
    matrices, values = np.ones((2, 3, 3)), np.ones(2)
    for options, words in (({"measurements": 5}, "task.measurements"), ({"noise": 0.1}, "task.noise")):
        with pytest.raises(linnet.Error, match=words):
            linnet.tasks.sensing(matrices, values, **options)
