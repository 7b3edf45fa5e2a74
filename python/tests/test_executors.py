"""linnet.sweep by executors: the same bits as without, whatever happens to their workers."""

import collections
import concurrent.futures
import functools
import multiprocessing
import os
import queue
import random
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest
import xarray

import linnet
from linnet import _executors

GRID = {
    "seed": 5,
    "task": {"dim": 8, "rank": 2},
    "network": {"state": "gram"},
    "solver": {"step": "mixed", "step_divisor": 50, "max_steps": 60},
    "sweep": {"axes": [{"field": "network.variance_exponent", "linear": [-2.5, -1.0, 8]},
                       {"field": "network.width_exponent", "linear": [0.5, 2.5, 9]}]},
}
POINTS = 72


@pytest.fixture(scope="module")
def whole():
    return linnet.sweep(GRID)


class Fake(concurrent.futures.Executor):
    """Computes in the calling thread what `fate` of (points, how often the first one was sent) lets through; else its
    exception is the future's."""

    def __init__(self, fate=lambda points, sending: None):
        self.fate = fate
        self.sent = collections.Counter()

    def submit(self, work, source, points):
        self.sent.update(points)
        future = concurrent.futures.Future()
        failure = self.fate(list(points), self.sent[points[0]])
        if failure is None:
            future.set_result(work(source, points))
        else:
            future.set_exception(failure)
        return future


def error_of(**options):
    with pytest.raises(linnet.Error) as caught:
        linnet.sweep(GRID, **options)
    return caught.value


@pytest.fixture
def few_out(monkeypatch):
    """Progress is told after every piece, and two pieces are out at most."""
    monkeypatch.setattr(_executors, "_REPORTED", 0.0)
    monkeypatch.setattr(_executors, "_MOST_OUT", 2)


def pools():
    yield lambda: concurrent.futures.ThreadPoolExecutor(3)
    for method in ("fork", "spawn"):
        context = multiprocessing.get_context(method)
        yield functools.partial(concurrent.futures.ProcessPoolExecutor, 2, mp_context=context)


@pytest.mark.parametrize("make", pools(), ids=["threads", "fork", "spawn"])
def test_pools_give_the_bits_of_one_process(make, whole, tmp_path):
    out = tmp_path / "grid.nc"
    seen = []
    with make() as executor:
        data = linnet.sweep(GRID, executor=executor, out=out, progress=lambda done, total: seen.append((done, total)))
    xarray.testing.assert_identical(data, whole)
    xarray.testing.assert_identical(linnet.open(out), whole)
    assert [file.name for file in tmp_path.iterdir()] == ["grid.nc"]
    assert seen == sorted(seen) and seen[0] == (0, POINTS) and seen[-1] == (POINTS, POINTS)


def test_arrays_travel_with_the_configuration(rng, tmp_path):
    solver = {"kind": "descent", "step": 0.05, "max_steps": 30}
    axes = {"axes": [{"field": "network.variance", "values": [1e-3, 1e-2, 1e-1]}]}
    target = rng.normal(size=(5, 4))
    inputs, targets = rng.normal(size=(30, 4)), rng.normal(size=(30, 2))
    np.save(tmp_path / "target.npy", target)
    for task, same in (
        ({"kind": "target", "file": target}, {"kind": "target", "file": tmp_path / "target.npy"}),
        ({"kind": "regression", "inputs": inputs, "targets": targets, "weights": rng.uniform(size=30)}, None),
        ({"kind": "modes", "modes": np.array([3.0, 2.0]), "shape": [4, 4]}, {"kind": "modes", "modes": [3, 2], "shape": [4, 4]}),
    ):
        given = {"task": task, "network": {"width": 10}, "solver": solver, "sweep": axes}
        alone = linnet.sweep(given)
        context = multiprocessing.get_context("spawn")
        with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as executor:
            xarray.testing.assert_identical(linnet.sweep(given, executor=executor, out=tmp_path / "a.nc", force=True), alone)
        if same is not None:
            there = linnet.sweep({**given, "task": same})
            assert there.final_train_error.values.tobytes() == alone.final_train_error.values.tobytes()
    # An override of an array, and other arrays: another sweep.
    assert not linnet.sweep(given, set={"task.modes": np.array([3.0, 1.0])}).final_train_error.equals(alone.final_train_error)
    linnet.sweep({**given, "task": {"kind": "target", "file": target}}, out=tmp_path / "b.nc")
    with pytest.raises(linnet.Error, match="expected a new file"):
        linnet.sweep({**given, "task": {"kind": "target", "file": 2 * target}}, out=tmp_path / "b.nc", resume=True)


def test_what_cannot_travel_is_named():
    run = {"task": {"kind": "target", "file": np.eye(3)}, "network": {"width": 5, "variance": 0.1}}
    for task, told in (
        ({"file": max}, "task.file: expected numbers, texts, lists and tables, got <built-in function max>"),
        ({"file": np.array([[1, object()]])}, "task.file: expected an array of real numbers, got ndarray of shape (1, 2)"),
        ({"then": [{"kind": max}]}, "task.then.kind: expected numbers, texts, lists and tables, got <built-in function max>"),
    ):
        with pytest.raises(linnet.Error) as caught:
            linnet.sweep({**run, "task": {**run["task"], **task}}, executor=Fake())
        assert str(caught.value).splitlines()[0] == told


def test_workers_need_nothing_of_the_main_program(tmp_path):
    program = (
        "import concurrent.futures, multiprocessing, linnet\n"
        "context = multiprocessing.get_context('spawn')\n"
        "with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as executor:\n"
        f"    print(linnet.sweep({GRID!r}, executor=executor).status.size)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path)
    assert (done.stdout, done.returncode) == (f"{POINTS}\n", 0), done.stderr


@pytest.mark.parametrize("chunk", [1, 7, 1000])
def test_pieces_of_a_chosen_size(chunk, whole):
    sizes = []
    executor = Fake(lambda points, sending: sizes.append(len(points)))
    xarray.testing.assert_identical(linnet.sweep(GRID, executor=executor, chunk=chunk), whole)
    assert sizes == [chunk] * (POINTS // chunk) + [POINTS % chunk] * (POINTS % chunk > 0)
    assert set(executor.sent.values()) == {1}


def test_a_main_program_that_is_killed_leaves_its_journal_free(whole, tmp_path):
    out = tmp_path / "grid.nc"
    program = (
        "import concurrent.futures, multiprocessing, os, linnet\n"
        "def end(done, total):\n"
        "    if done > 0:\n"
        "        os.kill(os.getpid(), 9)\n"
        "context = multiprocessing.get_context('fork')\n"
        "with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as executor:\n"
        f"    linnet.sweep({GRID!r}, executor=executor, chunk=1, out={str(out)!r}, progress=end)\n"
    )
    main = subprocess.Popen([sys.executable, "-c", program], start_new_session=True)
    try:
        assert main.wait() == -signal.SIGKILL
        rest = Fake()  # while the workers, which do not notice, live on
        xarray.testing.assert_identical(linnet.sweep(GRID, executor=rest, out=out, resume=True), whole)
        assert len(rest.sent) < POINTS
    finally:
        os.killpg(main.pid, signal.SIGKILL)


class Late(concurrent.futures.Executor):
    """Computes in a thread of its own, in a random order, with a limit on what waits."""

    def __init__(self, seed):
        self.most = 0
        self._rng = random.Random(seed)
        self._new = queue.Queue()
        self._thread = threading.Thread(target=self._work)
        self._thread.start()

    def submit(self, *work):
        future = concurrent.futures.Future()
        self._new.put((future, work))
        return future

    def shutdown(self, wait=True, *, cancel_futures=False):
        self._new.put(None)
        self._thread.join()

    def _work(self):
        waiting = []
        while True:
            try:
                one = self._new.get(timeout=0.02 if waiting else None)
                if one is None:
                    return
                waiting.append(one)
            except queue.Empty:
                self.most = max(self.most, len(waiting))
                future, (work, *arguments) = waiting.pop(self._rng.randrange(len(waiting)))
                if future.set_running_or_notify_cancel():
                    future.set_result(work(*arguments))


def test_points_may_come_back_in_any_order(whole, tmp_path, monkeypatch):
    monkeypatch.setattr(_executors, "_MOST_OUT", 5)
    with Late(seed=3) as executor:
        data = linnet.sweep(GRID, executor=executor, out=tmp_path / "grid.nc", chunk=4)
    xarray.testing.assert_identical(data, whole)
    assert executor.most == 5  # as many as may be out, and no more


def test_many_workers_with_long_points_all_get_some(whole, monkeypatch):
    monkeypatch.setattr(_executors, "_PATIENCE", 0.01)

    class Crowd(concurrent.futures.Executor):
        """Nobody is ready before 50 have work."""

        def __init__(self):
            self.waiting = []

        def submit(self, *work):
            self.waiting.append((concurrent.futures.Future(), work))
            if len(self.waiting) == 50:
                for future, (f, *arguments) in self.waiting:
                    future.set_result(f(*arguments))
            future = self.waiting[-1][0]
            if len(self.waiting) > 50:
                future.set_result(work[0](*work[1:]))
            return future

    xarray.testing.assert_identical(linnet.sweep(GRID, executor=Crowd()), whole)


def test_points_of_a_worker_that_dies_are_sent_again(whole, tmp_path):
    # Point 10 dies twice, 40 once: those of their pieces come back in smaller ones.
    deaths = {10: (RuntimeError("KilledWorker"), 2), 40: (SystemExit(1), 1)}
    executor = Fake()
    executor.fate = lambda points, sending: next(
        (death for i, (death, times) in deaths.items() if i in points and executor.sent[i] <= times), None)
    data = linnet.sweep(GRID, executor=executor, out=tmp_path / "grid.nc", chunk=30)
    xarray.testing.assert_identical(data, whole)
    assert executor.sent[10] == 3 and executor.sent[40] == 2 and executor.sent[71] == 1


def test_a_point_that_always_ends_its_worker_is_named(whole, tmp_path):
    out = tmp_path / "grid.nc"
    executor = Fake(lambda points, sending: OSError("worker lost\nat its node") if 33 in points else None)
    error = error_of(executor=executor, out=out, chunk=10)
    assert (error.field, error.kind) == ("executor", "numerical")
    assert (error.expected, error.got) == ("workers that compute point 33", "OSError: worker lost")
    assert error.hint.startswith("they were sent 3 times")
    assert executor.sent[33] == 3
    # What was done is kept.
    rest = Fake()
    xarray.testing.assert_identical(linnet.sweep(GRID, executor=rest, out=out, resume=True), whole)
    assert 33 in rest.sent and 0 < len(rest.sent) < POINTS - 30


def test_a_pool_without_one_of_its_workers_takes_no_more(whole, tmp_path):
    out = tmp_path / "grid.nc"
    executor = Fake(lambda points, sending: concurrent.futures.BrokenExecutor("it died") if 50 in points else None)
    error = error_of(executor=executor, out=out, chunk=10)
    assert (error.field, error.expected, error.kind) == ("executor", f"workers for {POINTS} points", "interrupted")
    assert error.got == "50 before a worker died (BrokenExecutor: it died)" and "resume=True" in error.hint
    rest = Fake()
    xarray.testing.assert_identical(linnet.sweep(GRID, executor=rest, out=out, resume=True), whole)
    assert set(rest.sent) == set(range(50, 60))  # those after it had come back
    assert "resume" not in error_of(executor=executor).hint  # where nothing is kept


def test_a_process_that_is_killed(whole, tmp_path, few_out):
    out = tmp_path / "grid.nc"
    with concurrent.futures.ProcessPoolExecutor(1) as executor:
        def kill(done, total):
            if done > 10:
                os.kill(next(iter(executor._processes)), signal.SIGKILL)

        error = error_of(executor=executor, out=out, chunk=2, progress=kill)
        assert error.kind == "interrupted" and "BrokenProcessPool" in error.got
    rest = Fake()
    xarray.testing.assert_identical(linnet.sweep(GRID, executor=rest, out=out, resume=True), whole)
    assert len(rest.sent) <= POINTS - 10


def test_an_error_of_a_point_is_raised_as_it_is(tmp_path):
    failure = linnet.Error("network.width", "fewer neurons", "5", "take less", "numerical")
    executor = Fake(lambda points, sending: failure if 20 in points else None)
    assert error_of(executor=executor, chunk=10) is failure
    assert executor.sent[20] == 1


def test_interruptions_keep_what_is_done(whole, tmp_path, few_out):
    out = tmp_path / "grid.nc"

    def enough(done, total):
        if done >= 30:
            raise KeyboardInterrupt

    with Late(seed=1) as executor, pytest.raises(KeyboardInterrupt):
        linnet.sweep(GRID, executor=executor, out=out, chunk=1, progress=enough)
    rest = Fake()
    error = error_of(executor=rest, out=out, resume=True, chunk=5, progress=lambda done, total: done < 50)
    assert (error.field, error.expected, error.kind) == ("sweep", f"{POINTS} points", "interrupted")
    assert "resume" in error.hint and set(rest.sent.values()) == {1} and len(rest.sent) <= POINTS - 30
    last = Fake()
    xarray.testing.assert_identical(linnet.sweep(GRID, executor=last, out=out, resume=True), whole)
    assert not set(last.sent) & set(list(rest.sent)[:5])
    # Complete: nothing is sent.
    none = Fake()
    xarray.testing.assert_identical(linnet.sweep(GRID, executor=none, out=out, resume=True), whole)
    assert not none.sent


def test_what_has_not_come_back_is_taken_back():
    class Silent(concurrent.futures.Executor):
        def __init__(self):
            self.futures = []

        def submit(self, *work):
            self.futures.append(concurrent.futures.Future())
            return self.futures[-1]

    silent = Silent()
    assert error_of(executor=silent, chunk=5, progress=lambda done, total: len(silent.futures) == 0).kind == "interrupted"
    assert len(silent.futures) == 15 and all(future.cancelled() for future in silent.futures)


def test_workers_of_another_kind_are_told(tmp_path):
    program = (
        "import concurrent.futures, multiprocessing, os, linnet\n"
        f"linnet.sweep({GRID!r})\n"
        "os.environ['OPENBLAS_CORETYPE'] = 'Prescott'  # of the workers, from now on\n"
        "context = multiprocessing.get_context('spawn')\n"
        "with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as executor:\n"
        f"    print(linnet.sweep({GRID!r}, executor=executor).attrs['backend'].split()[-1])\n"
    )
    environment = {**os.environ, "OPENBLAS_CORETYPE": "Nehalem"}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path, env=environment)
    assert (done.stdout, done.returncode) == ("Prescott\n", 0), done.stderr


def test_what_is_no_executor_or_takes_no_work_is_refused():
    pool = concurrent.futures.ProcessPoolExecutor(1)
    pool.shutdown()
    assert str(error_of(executor=pool)) == ("executor: expected one that takes work, "
                                            "got RuntimeError: cannot schedule new futures after shutdown")
    assert str(error_of(executor=3)) == "executor: expected a concurrent.futures.Executor, got 3"
    assert "with ProcessPoolExecutor()" in error_of(executor=concurrent.futures.ProcessPoolExecutor).hint

    class Client:
        def submit(self):
            raise AssertionError

        def get_executor(self):
            raise AssertionError

    assert error_of(executor=Client()).hint == "client.get_executor() makes one"
    for wrong, told in ((0, "0"), (2.5, "2.5"), ("many", "'many'")):
        assert (error_of(executor=Fake(), chunk=wrong).field, error_of(executor=Fake(), chunk=wrong).got) == ("chunk", told)
    assert error_of(executor=Fake(), jobs=2).field == "jobs"
    assert error_of(chunk=2).field == "chunk"


class Job:
    """As those of submitit: no future of Python's."""

    def __init__(self, work):
        self._work = work
        self._looks = 0

    def done(self):
        self._looks += 1
        return self._looks > 1

    def result(self):
        work, *arguments = self._work
        return work(*arguments)

    def cancel(self):
        raise AssertionError("nothing is cancelled")


def test_jobs_that_are_only_looked_at(whole, monkeypatch):
    monkeypatch.setattr(_executors, "_POLLED", 0.0)

    class Executor:
        def submit(self, *work):
            return Job(work)

    xarray.testing.assert_identical(linnet.sweep(GRID, executor=Executor(), chunk=30), whole)
