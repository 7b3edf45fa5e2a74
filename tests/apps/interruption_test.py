"""Signals: what stops, how soon, and what is kept."""

import os
import signal
import subprocess
import time

import numpy as np
import pytest
import xarray
from command import COMMAND, linnet, start, wait_until_computed, wait_until_waiting


def test_ctrl_c_stops_a_run_and_keeps_it(folder):
    process = start("run", "run.toml", "--set", "solver.max_steps=100000000", "--set", "record.every=100000", cwd=folder)
    wait_until_computed(process, 0.5)
    process.send_signal(signal.SIGINT)
    before = time.monotonic()
    process.communicate(timeout=20)
    assert time.monotonic() - before < 5
    assert process.returncode == 130
    with xarray.open_dataset(folder / "run.nc") as data:
        assert data.attrs["status"] == "interrupted"
        assert data.sizes["time"] >= 2


@pytest.fixture
def long_closed_form(folder):
    """A minute and more of the closed form alone, and weights whose diagnosis takes as long."""
    (folder / "long.toml").write_text("""
[task]
kind = "modes"
shape = [200, 200]
modes = [3.0, 2.0]
[network]
kind = "balanced"
width = 200
[solver]
kind = "exact"
[record]
schedule = "linear"
count = 20000
""")
    rng = np.random.default_rng(1)
    for name in ("w1", "w2", "y"):
        np.save(folder / f"{name}.npy", rng.normal(size=(400, 400)) / 20)
    return folder


def interrupted(*arguments, cwd, by, after):
    process = start(*arguments, cwd=cwd)
    wait_until_computed(process, after)
    return ended(process, by)


def ended(process, by):
    process.send_signal(by)
    before = time.monotonic()
    process.communicate(timeout=20)
    assert time.monotonic() - before < 5
    return process.returncode


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_signals_stop_the_closed_form(long_closed_form, by):
    assert interrupted("run", "long.toml", cwd=long_closed_form, by=by, after=2) == 130
    with xarray.open_dataset(long_closed_form / "long.nc") as data:
        assert data.attrs["status"] == "interrupted"
        assert 1 <= data.sizes["time"] < 20000
    # A command with nothing to keep is ended by the signal; its exit code is 128 plus the number of
    # the signal.
    diagnose = ("diagnose", "w1.npy", "w2.npy", "--target", "y.npy")
    assert interrupted(*diagnose, cwd=long_closed_form, by=by, after=2) == -by


def test_signals_stop_a_sweep_of_closed_forms(long_closed_form):
    axes = ["--set", 'sweep.axes=[{field = "network.balance", values = [0, 1]}]', "--set", "sweep.curves=true"]
    assert interrupted("sweep", "long.toml", *axes, cwd=long_closed_form, by=signal.SIGINT, after=2) == 130
    assert (long_closed_form / "long.nc.journal").exists() and not (long_closed_form / "long.nc").exists()


def test_signals_stop_a_search_that_comes_before_a_run(folder):
    (folder / "greedy.toml").write_text("""
task = {kind = "completion", dim = 24, rank = 6, fraction = 0.5}
network = {kind = "deep", depth = 3, width = 24, variance = 1e-6, compare = "greedy"}
solver = {kind = "flow", t_end = 100, method = "bdf"}
""")
    for by in (signal.SIGINT, signal.SIGHUP):
        assert interrupted("run", "greedy.toml", cwd=folder, by=by, after=2) == 130
        assert not (folder / "greedy.nc").exists()


def test_signals_stop_a_start(folder):
    rng = np.random.default_rng(1)
    np.save(folder / "y.npy", rng.normal(size=(1600, 1600)) / 40)
    (folder / "wide.toml").write_text("""
task = {kind = "target", file = "y.npy"}
network = {kind = "balanced", width = 1600}
solver = {kind = "exact"}
""")
    assert interrupted("run", "wide.toml", cwd=folder, by=signal.SIGINT, after=1) == 130


LOOPS = {
    "drawn pairs": """
task = {kind = "words", vocabulary = 9, topics = 3, pairs = 1_000_000_000_000}
network = {width = 5, variance = 0.1}
""",
    "draws of noise": """
task = {kind = "modes", shape = [3, 4], modes = [1.0]}
network = {width = 5, variance = 0.1, state = "weights"}
solver = {max_steps = 3}
record = {observables = ["input_noise_error", "parameter_noise_error"], noise_draws = 1_000_000_000_000}
""",
    "the order of many products": """
task = {kind = "modes", shape = [3, 4], modes = [1.0]}
network = {kind = "deep", initialization = "identity", depth = 5000, width = 3}
""",
    "many values of an axis": """
task = {kind = "modes", shape = [3, 4], modes = [1.0]}
network = {width = 5, variance = 0.1}
sweep = {axes = [{field = "solver.step", linear = [0.01, 0.02, 3_000_000]}]}
""",
}


@pytest.mark.parametrize("loop", LOOPS)
def test_signals_stop_every_long_loop(folder, loop):
    (folder / "loop.toml").write_text(LOOPS[loop])
    command = "sweep" if "sweep" in LOOPS[loop] else "run"
    assert interrupted(command, "loop.toml", cwd=folder, by=signal.SIGINT, after=1) == 130


def test_signals_stop_a_picture_that_hangs(folder, tmp_path):
    """No program remains."""
    assert linnet("run", "run.toml", cwd=folder).returncode == 0
    (tmp_path / "python").write_text("#!/bin/sh\necho $$ > hanging\nexec sleep 600\n")
    (tmp_path / "python").chmod(0o755)
    stand_in = {**os.environ, "LINNET_PYTHON": str(tmp_path / "python")}
    process = subprocess.Popen([COMMAND, "plot", "run.nc"], cwd=folder, env=stand_in, stderr=subprocess.PIPE, text=True)
    while not (folder / "hanging").exists() or not (folder / "hanging").read_text().strip():
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    assert "expected a picture from linnet.figures, got an interruption" in process.communicate(timeout=20)[1]
    assert process.returncode == 130 and not (folder / "run.png").exists()
    with pytest.raises(ProcessLookupError):
        os.kill(int((folder / "hanging").read_text()), 0)


LONG = ["run", "run.toml", "--set", "solver.max_steps=100000000", "--set", "record.every=100000"]


def test_a_hangup_keeps_a_run(folder):
    assert interrupted(*LONG, cwd=folder, by=signal.SIGHUP, after=0.5) == 130
    with xarray.open_dataset(folder / "run.nc") as data:
        assert data.attrs["status"] == "interrupted"


def test_a_signal_that_was_ignored_stays_ignored(folder):
    process = subprocess.Popen(["sh", "-c", "trap '' INT HUP; exec \"$@\"", "sh", COMMAND, *LONG], cwd=folder)
    wait_until_computed(process, 1)
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGHUP)
    wait_until_computed(process, 2)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == 130


def test_a_second_signal_ends_the_process(folder):
    """Both arrive before the first is handled, because the process is stopped meanwhile."""
    process = start(*LONG, cwd=folder)
    wait_until_computed(process, 0.5)
    for each in (signal.SIGSTOP, signal.SIGINT, signal.SIGTERM, signal.SIGCONT):
        process.send_signal(each)
    process.communicate(timeout=20)
    assert process.returncode == 130 and not (folder / "run.nc").exists()


def test_a_signal_while_reading_ends_the_command(folder):
    os.mkfifo(folder / "pipe.toml")
    process = start("run", "pipe.toml", cwd=folder)
    wait_until_waiting(process)
    assert ended(process, signal.SIGINT) == 130


def test_signals_stop_a_run_within_a_measurement(folder):
    (folder / "deep.toml").write_text("""
task = {kind = "modes", shape = [60, 60], modes = [4.0, 1.6, 0.6]}
network = {kind = "deep", depth = 4, width = 60, variance = 1e-2}
solver = {step = 1e-3, max_steps = 10}
record = {observables = ["cost", "saddle_distance"]}
""")
    assert interrupted("run", "deep.toml", cwd=folder, by=signal.SIGINT, after=2) == 130
    with xarray.open_dataset(folder / "deep.nc") as data:
        assert data.attrs["status"] == "interrupted"
        assert np.isfinite(data["cost"]).all() and np.isnan(data["saddle_distance"]).any()
