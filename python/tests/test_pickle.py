"""Every object is pickled and copied: the same bits, and the same behaviour."""

import copy
import dataclasses
import importlib
import multiprocessing
import pickle
import pkgutil
import warnings

import numpy as np
import pytest

import linnet

RNG = np.random.default_rng(3)
INPUTS, OUTPUTS = 5, 3
Y = RNG.normal(size=(OUTPUTS, INPUTS))
X = RNG.normal(size=(20, INPUTS))
T = RNG.normal(size=(20, OUTPUTS))
MASK = np.arange(OUTPUTS * INPUTS).reshape(Y.shape) % 3 > 0
DEEP = [RNG.normal(size=s) * 0.3 for s in ((4, INPUTS), (6, 4), (OUTPUTS, 6))]
W = [RNG.normal(size=s) * 0.3 for s in ((4, INPUTS), (OUTPUTS, 4))]

TASKS = {
    "target": lambda: linnet.tasks.target(y=Y, signal=Y + 1),
    "regression": lambda: linnet.tasks.regression(inputs=X, targets=T, test_inputs=X[:5], test_targets=T[:5]),
    "white": lambda: linnet.tasks.regression(inputs=X, targets=T, whiten=True),
    "completion": lambda: linnet.tasks.completion(Y, mask=MASK),
    "low_rank": lambda: linnet.tasks.low_rank_plus_noise(dim=6, rank=2, seed=1),
    "teacher": lambda: linnet.tasks.teacher(dim=INPUTS, samples=12, test_samples=6, seed=3),
    "reversed": lambda: linnet.tasks.reversed(linnet.tasks.regression(inputs=X, targets=T)),
}
NETWORKS = {
    "weights": lambda: linnet.DeepLinear(*W),
    "deep": lambda: linnet.DeepLinear(DEEP),
    "narrow gram": lambda: linnet.GramState.from_weights(*W),
    "gram": lambda: linnet.gaussian_gram((OUTPUTS, INPUTS), width=200, variance=1e-3, seed=5),
    "self-consistent": lambda: linnet.SelfConsistent(0.1 * Y, (0.2, 0.3)),
    "linearized": lambda: linnet.DeepLinearized(linnet.DeepLinear(DEEP)),
    "balanced": lambda: linnet.DeepBalanced(0.1 * Y, 3),
    "perceptron": lambda: linnet.Perceptron(DEEP, slope=0.1),
}


def same(a, b):
    """Whether two trees of parts are the same to the last bit."""
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, (tuple, list)):
        return type(a) is type(b) and len(a) == len(b) and all(same(x, y) for x, y in zip(a, b))
    if hasattr(a, "_parts"):
        return type(a) is type(b) and same(a._parts(), b._parts())
    if isinstance(a, float):
        return a == b or (np.isnan(a) and np.isnan(b))
    return a == b


def copies(made):
    yield pickle.loads(pickle.dumps(made))
    yield pickle.loads(pickle.dumps(made, protocol=2))
    yield copy.deepcopy(made)
    yield copy.copy(made)


@pytest.mark.parametrize("name", TASKS)
def test_tasks(name):
    task = TASKS[name]()
    a = RNG.normal(size=task.shape)
    for again in copies(task):
        assert type(again) is linnet.Task and again is not task
        assert same(task, again)
        assert again.cost(a) == task.cost(a) and again.train_error(a) == task.train_error(a)
        assert np.array_equal(again.gradient(a), task.gradient(a))
        assert again.has_test == task.has_test and (not task.has_test or again.test_error(a) == task.test_error(a))
        assert repr(again) == repr(task) and again.condition == task.condition


@pytest.mark.parametrize("name", NETWORKS)
def test_networks_and_their_training(name):
    net, task = NETWORKS[name](), TASKS["regression"]()
    solver = linnet.GradientDescent(step=1e-2, max_steps=30)
    trained = linnet.train(net, task, solver)
    for again in copies(net):
        assert type(again) is type(net) and same(net, again)
        other = linnet.train(again, pickle.loads(pickle.dumps(task)), pickle.loads(pickle.dumps(solver)))
        assert np.array_equal(other["train_error"], trained["train_error"])
        assert same(other.final, trained.final)


def test_diagonal():
    net = linnet.Diagonal.from_weights([0.1, 0.2, -0.3], [0.2, 0.1, 0.4])
    deep = linnet.DeepDiagonal([[0.1, 0.2], [0.3, -0.3], [0.4, 0.7]])
    assert all(same(net, again) for again in copies(net))
    assert all(same(deep, again) for again in copies(deep))


def test_schedules_and_rules():
    for schedule in (linnet.every(3), linnet.linear(7), linnet.logarithmic(2, 5), linnet.at([1, 5]), linnet.ends()):
        for again in copies(schedule):
            assert again.steps(40) == schedule.steps(40) and repr(again) == repr(schedule)
    rules = [*linnet.stop.mixed_authors(), linnet.stop.cost_below(0.5), linnet.stop.gradient_below(0.1),
             linnet.stop.test_accuracy_above(0.7, 3)]
    solver = linnet.GradientDescent(stop=rules)
    again = pickle.loads(pickle.dumps(solver))
    assert [r.name for r in again.stop] == [r.name for r in rules]
    assert [same(a, b) for a, b in zip(again.stop, rules)] == [True] * len(rules)
    # The threshold of a rule comes along: training stops where it did.
    task, net = TASKS["target"](), NETWORKS["weights"]()
    stop = linnet.stop.cost_below(0.9 * task.cost(net.end_to_end))
    solver = linnet.GradientDescent(step=1e-3, stop=stop)
    one, two = (linnet.train(net, task, s) for s in (solver, copy.deepcopy(solver)))
    assert one.rule == two.rule == "cost_below" and one.final_step == two.final_step < 1000
    flow = linnet.GradientFlow(t_end=2, rates=(1, 2), events=linnet.event.cost_below(0.3))
    assert pickle.loads(pickle.dumps(flow)) == flow


FLOWS = {
    "exact": lambda: linnet.ExactFlow(linnet.balanced(0.1 * Y, width=4, rates=(1, 2)), TASKS["target"](), rates=(1, 2)),
    "infinite": lambda: linnet.ExactFlow(linnet.infinite_width((OUTPUTS, INPUTS), scale=0.1), TASKS["target"]()),
    "modes": lambda: linnet.ModeFlow(TASKS["target"](), scales=0.1),
    "limit": lambda: linnet.ModeFlow(linnet.limit_spectrum(dim=100, rank=3), scales=0.1),
    "one layer": lambda: linnet.OneLayerFlow(0.1 * Y, TASKS["target"](), rate=0.7),
}


@pytest.mark.parametrize("name", FLOWS)
def test_closed_forms(name):
    flow = FLOWS[name]()
    t = np.linspace(0, 3, 7)
    for again in copies(flow):
        assert type(again) is type(flow)
        assert np.array_equal(again.train_error(t), flow.train_error(t))
        if name not in ("one layer", "limit"):
            assert np.array_equal(again.end_to_end(t), flow.end_to_end(t))
            assert again.best() == flow.best()


def test_single_modes_and_potentials():
    t = [0.1, 1.0]
    for mode in (linnet.Mode(2, 0.1, 0.01), linnet.DeepMode(3, 0.1, 1.0), linnet.UnbalancedMode(3, 0.1, 1.0, balance=0.2)):
        for again in copies(mode):
            assert np.array_equal(again.at(t), mode.at(t)) and repr(again) == repr(mode)
    start = linnet.neuron(coefficients=[0.1, 0.2, 0.1], balance=-0.5)
    neuron = linnet.NeuronFlow(start, linnet.tasks.target(y=[[1.0, 2.0, 3.0]]))
    assert all(np.array_equal(again.coefficients(t), neuron.coefficients(t)) for again in copies(neuron))
    for potential in (linnet.mirror.NeuronPotential(0.3), linnet.mirror.DeepPotential(3.5), linnet.mirror.HyperbolicEntropy(0.2)):
        assert all(potential.value([0.1, 0.2]) == again.value([0.1, 0.2]) for again in copies(potential))
    point = linnet.landscape.Point(DEEP, TASKS["target"]())
    assert all(np.array_equal(again.hessian(), point.hessian()) for again in copies(point))
    m = linnet.preconditioner(linnet.DeepLinear(DEEP), rates=0.5)
    assert all(np.array_equal(again.dense(), m.dense()) for again in copies(m))
    lazy = linnet.PerceptronLinearized(NETWORKS["perceptron"](), TASKS["regression"]())
    assert all(np.array_equal(again.outputs(1.0), lazy.outputs(1.0)) for again in copies(lazy))


def test_arguments_are_kept_as_they_were():
    start = 0.1 * Y
    flow = linnet.OneLayerFlow(start, TASKS["target"](), rate=1)
    start[:] = 7
    assert np.array_equal(pickle.loads(pickle.dumps(flow)).end_to_end(0.3), flow.end_to_end(0.3))


def test_a_diagnosis_with_its_prediction():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = linnet.diagnose(NETWORKS["weights"](), TASKS["target"]())
        again = pickle.loads(pickle.dumps(found))
    assert found.verdict == again.verdict == "approximate"
    assert np.array_equal(again.prediction.end_to_end(0.7), found.prediction.end_to_end(0.7))


@pytest.mark.parametrize("name", NETWORKS)
def test_trajectories(name):
    net, task = NETWORKS[name](), TASKS["regression"]()
    record = ["train_error", "test_error"] if name == "perceptron" else ["train_error", "singular_values", "end_to_end"]
    run = linnet.train(net, task, linnet.GradientDescent(step=1e-2, max_steps=20), record, keep_networks=True)
    for again in copies(run):
        assert list(again) == list(run) and repr(again) == repr(run)
        assert all(np.array_equal(again[k], run[k]) for k in run)
        assert np.array_equal(again.time, run.time) and again.best == run.best and again.statistics == run.statistics
        assert same(again.final, run.final) and same(again.networks, run.networks)
        assert same(again.checkpoint, run.checkpoint)
        assert np.array_equal(again.threshold, run.threshold, equal_nan=True)
        assert again.to_xarray().identical(run.to_xarray())


def test_trajectories_of_flows_and_comparisons():
    task = TASKS["target"]()
    flow = linnet.GradientFlow(t_end=1, events=linnet.event.cost_below(0.9 * task.cost(np.zeros(task.shape))))
    run = linnet.train(NETWORKS["weights"](), task, flow, ["singular_values"], threshold=0.25)
    again = pickle.loads(pickle.dumps(run))
    assert run.events and again.events == run.events and again.threshold == 0.25
    exact = FLOWS["infinite"]().trace(1.0, ["train_error"])
    assert np.array_equal(copy.deepcopy(exact)["train_error"], exact["train_error"])
    both = linnet.compare(NETWORKS["weights"](), linnet.self_consistent(NETWORKS["weights"]()), task,
                          linnet.GradientDescent(step=1e-2, max_steps=9))
    assert np.array_equal(pickle.loads(pickle.dumps(both)).distance, both.distance)


def test_results_of_sweeps():
    data = linnet.sweep({
        "task": {"kind": "low_rank_plus_noise", "dim": 6, "rank": 1},
        "network": {"kind": "gaussian", "width": 50, "variance": 0.01},
        "solver": {"kind": "descent", "step": 0.01, "max_steps": 5},
        "sweep": {"axes": [{"field": "network.width", "values": [20, 40]}]},
    })
    assert pickle.loads(pickle.dumps(data)).identical(data)


def test_a_plane_of_weights():
    points = [linnet.DeepLinear([s * w for w in DEEP[:1]] + DEEP[1:]) for s in (1, 2)] + [linnet.DeepLinear([2 * w for w in DEEP])]
    plane = linnet.landscape.Plane(*points)
    for again in copies(plane):
        assert np.array_equal(again.project(points[2]), plane.project(points[2]))


@pytest.mark.parametrize(
    "make",
    [
        TASKS["target"],
        NETWORKS["gram"],
        FLOWS["exact"],
        linnet.GradientDescent,
        lambda: linnet.GradientFlow(t_end=1),
        lambda: linnet.event.cost_below(0.3),
        lambda: linnet.linear(7),
        lambda: linnet.stop.cost_below(0.3),
    ],
    ids=["task", "network", "flow", "descent", "gradient flow", "event", "schedule", "stop"],
)
def test_another_version_is_refused(make):
    restore, (version, maker, parts, options), *_ = make().__reduce__()
    with pytest.raises(linnet.Error, match="version 99") as caught:
        restore(version + 98, maker, parts, options)
    assert caught.value.field == "pickle" and "save its arrays" in caught.value.hint


def classes():
    for name in sorted(m.name for m in pkgutil.iter_modules(linnet.__path__) if m.name not in ("__main__", "figures", "_widget")):  # which needs anywidget
        module = importlib.import_module("linnet." + name)
        yield from (c for c in vars(module).values() if isinstance(c, type) and c.__module__ == module.__name__)


def test_every_data_class_has_a_version_in_its_pickles():
    data = [c for c in classes() if dataclasses.is_dataclass(c)]
    assert {linnet.GradientDescent, linnet.GradientFlow, linnet.event.FlowEvent} <= set(data)
    assert [c for c in data if c.__reduce__ is object.__reduce__] == []


def work(job):
    net, task, solver, schedule = job
    run = linnet.train(net, task, solver, ["train_error"], schedule)
    return run, linnet.ModeFlow(TASKS["target"](), scales=0.1)


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_processes(method):
    job = (NETWORKS["gram"](), TASKS["target"](), linnet.GradientDescent(step=1e-2, max_steps=30), linnet.every(3))
    right, _ = work(job)
    with multiprocessing.get_context(method).Pool(2) as pool:
        for run, flow in pool.map(work, [job, job]):
            assert np.array_equal(run["train_error"], right["train_error"]) and same(run.final, right.final)
            assert flow.threshold == 0.1


def test_joblib():
    joblib = pytest.importorskip("joblib")
    job = (NETWORKS["weights"](), TASKS["target"](), linnet.GradientDescent(step=1e-2, max_steps=30), linnet.every(3))
    right, _ = work(job)
    for run, _ in joblib.Parallel(n_jobs=2)(joblib.delayed(work)(job) for _ in range(2)):
        assert np.array_equal(run["train_error"], right["train_error"])
