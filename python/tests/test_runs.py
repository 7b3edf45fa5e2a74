"""Making, observing, stopping and inspecting runs."""

import signal
import subprocess
import sys
import threading

import linnet
import numpy as np
import pytest


@pytest.fixture
def task():
    return linnet.tasks.low_rank_plus_noise(dim=20, rank=2, seed=3)


@pytest.fixture
def net(task):
    return linnet.gaussian_gram(task, width=1000, variance=1e-3, seed=4)


def test_stop_rules(task, net):
    rule = linnet.stop.train_error_below(0.5)
    run = linnet.train(net, task, linnet.GradientDescent(step=0.01, max_steps=5000, stop=rule), schedule=1)
    assert (run.status, run.rule) == ("stopped", "train_error_below")
    assert run["train_error"][-1] < 0.5 <= run["train_error"][-2]
    rules = [linnet.stop.cost_below(1e-30), linnet.stop.mixed_authors()]
    run = linnet.train(net, task, linnet.GradientDescent(step=0.01, max_steps=5000, stop=rules), record="test_error")
    assert run.rule == "test_error_rose"
    assert run["test_error"][-1] > run["test_error"][-2] > run["test_error"][-3]
    assert run.best.step == run.final_step - 2
    assert run.best.test_error == run["test_error"].min()


def test_events_of_a_flow(task):
    flow = linnet.ModeFlow(task, scales=1.0)
    kappa = 2.0
    run = linnet.train(
        linnet.infinite_width(task, scale=1.0),
        task,
        linnet.GradientFlow(t_end=0.2, rtol=1e-10, atol=1e-12, events=linnet.event.threshold_crossing(kappa)),
    )
    expected = [linnet.Mode(y, 1.0).time_to(kappa) for y in flow.spectrum.target]
    expected = [t for t in expected if t < 0.2]
    assert [e.mode for e in run.events] == list(range(len(expected)))
    np.testing.assert_allclose([e.time for e in run.events], expected, rtol=1e-6)
    assert {(e.name, e.direction) for e in run.events} == {("threshold_crossing", 1)}
    ended = linnet.train(
        linnet.infinite_width(task, scale=1.0),
        task,
        linnet.GradientFlow(t_end=50, events=[linnet.event.cost_below(1.0, terminal=True)]),
        record="cost",
    )
    assert (ended.status, ended.rule) == ("stopped", "cost_below")
    assert ended["cost"][-1] == pytest.approx(1.0, rel=1e-6)


def test_divergence_is_a_result(task, net):
    run = linnet.train(net, task, linnet.GradientDescent(step=10.0, max_steps=1000), record=["cost", "rank"])
    assert run.status == "diverged"
    assert run.final_step < 1000
    assert run["cost"][0] == task.cost(net.end_to_end)


def test_schedules(task, net):
    descent = linnet.GradientDescent(step=1e-3, max_steps=100)

    def steps(schedule):
        return list(linnet.train(net, task, descent, schedule=schedule).steps)

    assert steps(linnet.every(40)) == steps(40) == [0, 40, 80, 100]
    assert steps([5, 50]) == steps(np.array([50.0, 5.0])) == steps(linnet.at([5, 50])) == [0, 5, 50, 100]
    assert steps(linnet.linear(5)) == [0, 25, 50, 75, 100]
    assert steps(linnet.logarithmic(1, 3)) == [0, 1, 10, 100]
    assert steps(linnet.ends()) == [0, 100]
    assert steps(None) == list(range(101))
    flow = linnet.train(net, task, linnet.GradientFlow(t_end=0.1))
    np.testing.assert_allclose(flow.time, np.linspace(0, 0.1, 101), atol=1e-15)


@pytest.mark.parametrize(
    "solver, schedule, field",
    [
        (linnet.GradientFlow(t_end=0.3), [0.1, 0.5], "record.at"),
        (linnet.GradientFlow(t_end=0.3), 10, "record.every"),
        (linnet.GradientFlow(t_end=0.3), linnet.every(2), "record.every"),
        (linnet.GradientFlow(t_end=0.3), linnet.logarithmic(1.0, 5), "record.first"),
        (linnet.GradientDescent(max_steps=9), [0.1, 2.5], "record.at"),
        (linnet.GradientDescent(max_steps=9), [4, 12], "record.at"),
        (linnet.GradientDescent(max_steps=9), linnet.linear(11), "record.count"),
        (linnet.GradientDescent(max_steps=9), linnet.logarithmic(0.1, 3), "record.first"),
    ],
)
def test_instants_that_a_run_does_not_have_are_refused(task, net, solver, schedule, field):
    teacher = linnet.tasks.teacher(dim=3, samples=8, test_samples=4)
    perceptron = linnet.spherical_pairs(3, width=4, alpha=1.0)
    easier = linnet.GradientFlow(t_end=0.3, method="bdf", rtol=1e-4) if isinstance(solver, linnet.GradientFlow) else solver
    for call in (
        lambda: linnet.train(net, task, solver, schedule=schedule),
        lambda: linnet.train(perceptron, teacher, easier, schedule=schedule),
    ):
        with pytest.raises(linnet.Error) as refused:
            call()
        assert refused.value.field == field
    if solver is not easier:
        with pytest.raises(linnet.Error) as refused:
            linnet.ModeFlow(task, scales=0.1).trace(0.3, schedule=schedule)
        assert refused.value.field == field


def test_record_takes_a_name_or_a_pair(task, net):
    descent = linnet.GradientDescent(step=1e-3, max_steps=2)
    assert list(linnet.train(net, task, descent, record="test_error")) == ["test_error"]
    run = linnet.train(net, task, descent, record=[("rank", 0.9)], at_best="stable_rank")
    s = linnet.singular_values(run.final.end_to_end)
    assert run["rank"][-1] == (s > 0.9 * s[0]).sum()
    assert set(run.best.values) == {"stable_rank"}


def test_to_xarray(task, net):
    descent = linnet.GradientDescent(step=1e-3, max_steps=30)
    run = linnet.train(net, task, descent, record=["test_error", "singular_values"], schedule=10)
    data = run.to_xarray()
    assert data.test_error.dims == ("time",) and data.singular_values.dims == ("time", "mode")
    np.testing.assert_array_equal(data.time, run.time)
    np.testing.assert_array_equal(data.step, [0, 10, 20, 30])
    np.testing.assert_array_equal(data.mode, np.arange(1, 21))
    assert data.time.attrs["long_name"] == "gradient-flow time t"
    assert data.attrs["kind"] == "run" and data.attrs["status"] == "completed"
    assert float(data.attrs["threshold"]) == run.threshold
    np.testing.assert_array_equal(data.final_end_to_end, run.final.end_to_end)
    for variable in data.variables.values():
        assert variable.attrs["long_name"] and variable.attrs["units"] == "1"


def test_plot_labels_its_axes(task, net):
    pytest.importorskip("matplotlib")
    run = linnet.train(
        net,
        task,
        linnet.GradientDescent(step=1e-3, max_steps=30),
        record=["train_error", "test_error", "singular_values"],
    )
    figure = run.plot()
    assert len(figure.axes) == 2
    assert all(ax.get_xlabel().startswith("gradient-flow time t") for ax in figure.axes)
    assert figure.axes[0].get_ylabel() == "error" and figure.axes[1].get_ylabel().startswith("singular values")
    assert len(figure.axes[0].lines) == 2
    np.testing.assert_array_equal(figure.axes[0].lines[1].get_ydata(), run["test_error"])


def test_progress_is_called_and_can_stop(task, net):
    seen = []

    def progress(done, total):
        seen.append((done, total))
        return len(seen) < 3

    run = linnet.train(
        net, task, linnet.GradientDescent(step=1e-5, max_steps=10**9), schedule=linnet.ends(), progress=progress
    )
    assert run.status == "interrupted"
    assert len(seen) == 3 and seen[0] == (0, 10**9)
    assert list(run.steps) == [0, run.final_step] and 0 < run.final_step


def test_progress_is_told_the_last_point_of_a_sweep():
    """However soon it follows the one before: a bar does not end below its end."""
    quick = {"task": {"dim": 20, "rank": 1}, "network": {"width": 30, "variance": 0.1}, "solver": {"step": 1e-4, "max_steps": 100}}
    for _ in range(6):
        told = []
        linnet.sweep({**quick, "sweep": {"seeds": 100}}, progress=lambda *now: told.append(now))
        assert told[-1] == (100, 100)


def test_what_progress_raises_comes_through_with_the_run_so_far(task, net):
    def progress(done, total):
        if done > 0:
            raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough") as caught:
        linnet.train(net, task, linnet.GradientFlow(t_end=1e6, rtol=1e-12), schedule=linnet.ends(), progress=progress)
    assert caught.value.trajectory.status == "interrupted"
    assert len(caught.value.trajectory.time) == 2


INTERRUPTED = """
import linnet, os, signal, threading, time

def count_then_press_ctrl_c():
    time.sleep(0.5)  # the call below is under way by then
    n = 0
    while n < 300_000:  # needs the interpreter's lock for long: waits for ever unless it is released
        n += 1
    os.kill(os.getpid(), signal.SIGINT)

task = linnet.tasks.low_rank_plus_noise(dim=30, rank=2, seed=3)
net = linnet.gaussian_gram(task, width=1000, variance=1e-3, seed=4)
thread = threading.Thread(target=count_then_press_ctrl_c)
thread.start()
try:
    {call}
except KeyboardInterrupt as stopped:
    {check}
    print("stopped")
"""


@pytest.mark.parametrize(
    "call, check",
    [
        (
            "linnet.train(net, task, linnet.GradientDescent(step=1e-9, max_steps=10**12), schedule=linnet.ends())",
            "assert stopped.trajectory.status == 'interrupted' and len(stopped.trajectory['train_error']) == 2",
        ),
        (
            "linnet.train(net, task, linnet.GradientFlow(t_end=1e9, rtol=1e-12, max_steps=10**12), schedule=[1.0])",
            "assert stopped.trajectory.status == 'interrupted'",
        ),
        (
            "linnet.compare(net, linnet.self_consistent(net), task,"
            " linnet.GradientDescent(step=1e-9, max_steps=10**12), schedule=linnet.ends())",
            "assert stopped.trajectory.first.status == 'interrupted'",
        ),
        (
            "linnet.sweep({'task': {'dim': 30}, 'network': {'width': 100, 'variance': 1e-3}, 'solver': {'step': 1e-9,"
            " 'max_steps': 10**12}, 'sweep': {'axes': [{'field': 'seed', 'values': [1, 2, 3]}]}}, jobs=2)",
            "assert stopped.trajectory is None",
        ),
    ],
    ids=["descent", "flow", "compare", "sweep"],
)
def test_ctrl_c_stops_while_another_thread_runs(call, check):
    script = INTERRUPTED.format(call=call, check=check)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=240)
    assert done.stdout == "stopped\n", done.stderr


@pytest.fixture(scope="module")
def wide_flow():
    target = linnet.tasks.modes(shape=(200, 200), values=[3.0, 2.0], seed=1)
    return linnet.ExactFlow(linnet.balanced(target.target * 0.01, width=200, balance=0.5, seed=2), target)


@pytest.fixture(scope="module")
def many_modes():
    target = linnet.tasks.target(np.random.default_rng(1).normal(size=(200, 200)) / 14)
    return linnet.ExactFlow(linnet.balanced(target.target * 0.01, width=200, balance=0.5, seed=2), target)


@pytest.fixture
def third_signal_stops():
    """A signal every 50 ms, whose handler raises when it runs for the third time: Python runs it while a call goes on
    only if the call lets it, else once afterwards."""
    runs = []

    def handler(*_):
        runs.append(None)
        if len(runs) == 3:
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize(
    "call",
    [
        lambda flow: flow.learning_times(),
        lambda flow: flow.activation_times(),
        lambda flow: flow.train_error(np.linspace(0, 1, 5000)),
        lambda flow: flow.modes(np.linspace(0, 1, 5000)),
    ],
    ids=["learning_times", "activation_times", "numbers", "rows"],
)
def test_ctrl_c_stops_the_closed_form(many_modes, third_signal_stops, call):
    with pytest.raises(KeyboardInterrupt):
        call(many_modes)


def test_ctrl_c_keeps_the_records_of_a_trace(task, third_signal_stops):
    with pytest.raises(KeyboardInterrupt) as stopped:
        linnet.ModeFlow(task, scales=0.1).trace(1.0, schedule=linnet.linear(1_000_000))
    run = stopped.value.trajectory
    assert run.status == "interrupted"
    assert 1 <= len(run["train_error"]) < 1_000_000


def test_ctrl_c_keeps_the_records_of_an_exact_trace(wide_flow, third_signal_stops):
    with pytest.raises(KeyboardInterrupt) as stopped:
        wide_flow.trace(1.0, schedule=linnet.linear(5000))
    run = stopped.value.trajectory
    assert run.status == "interrupted"
    assert 1 <= len(run["train_error"]) < 5000


@pytest.fixture(scope="module")
def wide_landscape():
    task = linnet.tasks.modes([4.0, 1.6, 0.6], shape=(60, 60), seed=1)
    return linnet.gaussian_deep(task, depth=4, width=60, variance=1e-2, seed=1), task


@pytest.mark.parametrize(
    "call",
    [
        linnet.landscape.nearest_saddle,
        lambda start, task: linnet.landscape.Point(start, task).extreme_eigenvalues(5, tolerance=1e-15),
        lambda start, task: linnet.landscape.Point(start, task).index(),
    ],
    ids=["nearest_saddle", "extreme_eigenvalues", "index"],
)
def test_ctrl_c_stops_a_search_of_the_landscape(wide_landscape, third_signal_stops, call):
    with pytest.raises(KeyboardInterrupt):
        call(*wide_landscape)


def test_ctrl_c_within_a_measurement_keeps_the_run(wide_landscape, third_signal_stops):
    with pytest.raises(KeyboardInterrupt) as stopped:
        linnet.train(*wide_landscape, linnet.GradientDescent(step=1e-3, max_steps=10), record=["cost", "saddle_distance"])
    run = stopped.value.trajectory
    assert run.status == "interrupted"
    assert np.isfinite(run["cost"]).all() and np.isnan(run["saddle_distance"]).any()


@pytest.fixture(scope="module")
def large_matrix():
    return np.random.default_rng(0).normal(size=(1400, 1400))


@pytest.mark.parametrize(
    "call",
    [
        lambda a: linnet.ExactFlow(linnet.SelfConsistent(0.1 * a, 0.3), linnet.tasks.target(a)),
        lambda a: linnet.ModeFlow(linnet.tasks.target(a), scales=0.1),
        lambda a: linnet.observables.singular_values(np.tile(a, (1, 4))),
        lambda a: linnet.balanced(a, width=1400, balance=0.5, seed=2),
        lambda a: linnet.landscape.greedy_low_rank(linnet.tasks.completion(a[:24, :24], fraction=0.5), depth=3),
    ],
    ids=["exact", "modes", "singular_values", "balanced", "greedy"],
)
def test_ctrl_c_stops_starts_decompositions_and_searches(large_matrix, third_signal_stops, call):
    with pytest.raises(KeyboardInterrupt):
        call(large_matrix)


@pytest.fixture(scope="module")
def wide_start():
    task = linnet.tasks.target(np.random.default_rng(0).normal(size=(600, 600)) / 30)
    return linnet.gaussian_gram(task, width=1000, variance=1e-3, seed=1), task


def test_ctrl_c_within_a_step_keeps_the_records(wide_start, third_signal_stops):
    task = wide_start[1]
    with pytest.raises(KeyboardInterrupt) as stopped:
        linnet.train(*wide_start, linnet.GradientDescent(step=1e-3, max_steps=10**6), threshold=1.0)
    run = stopped.value.trajectory
    assert run.status == "interrupted" and len(run["train_error"]) >= 1
    if run.final is not None:  # between two steps
        assert task.train_error(run.final.end_to_end) == pytest.approx(run["train_error"][-1])


DAEMON = """
import linnet, numpy as np, threading, time

class Slow:  # an array of another library, converted by Python
    def __array__(self, dtype=None, copy=None):
        for _ in range(20000):
            pass
        return np.ones((3, 3))

def for_ever():
    while True:
        {call}

task = linnet.tasks.low_rank_plus_noise(dim=60, rank=2, seed=3)
net = linnet.gaussian_gram(task, width=1000, variance=1e-3, seed=4)
for _ in range(2):
    threading.Thread(target=for_ever, daemon=True).start()
time.sleep({after})
print("left")
raise SystemExit(7)
"""


@pytest.mark.parametrize("after", [0.1, 0.5])
@pytest.mark.parametrize(
    "call",
    [
        "linnet.train(net, task, linnet.GradientDescent(step=1e-6, max_steps=10**9), schedule=linnet.ends(), progress=lambda *_: None)",
        "linnet.train(net, task, linnet.GradientDescent(step=1e-6, max_steps=3))",
        "linnet.sweep({'task': {'dim': 30}, 'network': {'width': 100, 'variance': 1e-3}, 'solver': {'step': 1e-9,"
        " 'max_steps': 10**9}, 'sweep': {'axes': [{'field': 'seed', 'values': [1, 2, 3]}]}}, jobs=2)",
        "linnet.observables.singular_values(np.ones((900, 900)))",
        "linnet.DeepLinear([Slow(), Slow()])",
    ],
    ids=["long", "short", "sweep", "decomposition", "conversion"],
)
def test_a_process_exits_while_daemon_threads_compute(call, after):
    done = subprocess.run([sys.executable, "-c", DAEMON.format(call=call, after=after)], capture_output=True, text=True, timeout=240)
    assert (done.stdout, done.returncode) == ("left\n", 7), done.stderr


STARVING = """
import ctypes, linnet, numpy as np, re, resource, time

libraries = {{line.split()[-1] for line in open("/proc/self/maps") if "openblas" in line}}
loaded = [ctypes.CDLL(path) for path in libraries]
library = next((one for one in loaded if hasattr(one, "openblas_set_num_threads")), None)  # NumPy's own has other names
if library is None:
    print("no OpenBLAS")
    raise SystemExit(7)
if {reads}:
    linnet.open({file!r})  # with all that it imports
taken = lambda: int(re.search(r"VmSize:\\s+(\\d+)", open("/proc/self/status").read())[1]) << 10
limit = taken() + (1 << 30)
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
# As at a start with many cores: every thread takes a buffer of 134 MB, or tries for ever.
library.openblas_set_num_threads(24)
while limit - taken() > 134 << 20:
    time.sleep(0.01)
time.sleep(0.1)
try:
    linnet.DeepLinear([np.ones((30, 20)), np.ones((20, 30))]).end_to_end
except linnet.Error as error:
    print(error)
if {reads}:
    print("records:", linnet.open({file!r}).sizes["time"])
print("left")
raise SystemExit(7)
"""


@pytest.mark.parametrize("reads", [False, True])
def test_a_process_exits_whose_threads_of_blas_starve(tmp_path, reads, task, net):
    file = str(tmp_path / "run.nc")
    linnet.save(linnet.train(net, task, linnet.GradientDescent(step=1e-3, max_steps=3)).to_xarray(), file)
    done = subprocess.run([sys.executable, "-c", STARVING.format(reads=reads, file=file)], capture_output=True, text=True, timeout=240)
    assert done.returncode == 7, done.stderr
    *told, last = done.stdout.splitlines()
    if told == ["no OpenBLAS"]:
        pytest.skip("another BLAS")
    assert last == "left"
    assert told[0].startswith("memory: expected 135 MB of address space for BLAS's buffers"), told
    assert (told[-1] == "records: 4") == reads, told


def test_an_object_that_no_init_has_made_is_refused():
    from linnet import _linnet

    classes = [c for c in vars(_linnet).values() if isinstance(c, type)]
    assert len(classes) > 20
    for bound in classes:
        unmade = bound.__new__(bound)
        for name in dir(bound):
            if name.startswith("__") and name not in ("__repr__", "__call__", "__len__", "__reduce__", "__reduce_ex__"):
                continue
            try:
                value = getattr(unmade, name)
                if name == "__reduce_ex__":
                    value(0)
                elif callable(value):
                    value()
            except (linnet.Error, TypeError, AttributeError):
                pass
        del unmade
    with pytest.raises(linnet.Error, match="self: expected an object that its __init__ has made"):
        linnet.GramState.__new__(linnet.GramState).gram


def test_threads_train_side_by_side(task, net):
    descent = linnet.GradientDescent(step=1e-3, max_steps=200)
    alone = linnet.train(net, task, descent)["train_error"]
    results = [None] * 4

    def work(i):
        results[i] = linnet.train(net, task, descent)["train_error"]

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for result in results:
        np.testing.assert_array_equal(result, alone)
