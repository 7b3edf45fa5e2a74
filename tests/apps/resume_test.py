"""`linnet run --resume`: a run that was cut ends in the bits of one that was not."""

import signal
import time

import pytest
import xarray
from command import linnet, refused, start, wait_until_computed

MOMENTUM = """
seed = 3
[task]
kind = "teacher"
dim = 10
samples = 100
test_samples = 100
[network]
kind = "perceptron"
initialization = "pairs"
delta = 0.5
width = 40
[solver]
step = 0.01
momentum = 0.5
batch = 10
max_steps = 100000
stop = ["train_error_below", "test_error_rose"]
train_error_below = 1e-300
rise_times = 1000000
[record]
observables = ["train_error", "kernel_distance"]
every = 100
"""

HEAVY_BALL = """
seed = 3
[task]
dim = 30
rank = 2
[network]
state = "weights"
width = 40
variance = 0.01
[solver]
step = 1e-6
momentum = 0.9
max_steps = 200000
[record]
observables = ["train_error", "test_error", "singular_values"]
schedule = "logarithmic"
first = 10
count = 50
"""

IMPLICIT = """
seed = 3
[task]
kind = "teacher"
dim = 10
samples = 100
test_samples = 100
[network]
kind = "perceptron"
initialization = "pairs"
delta = 0.5
width = 40
tau = 0.2
[solver]
kind = "flow"
method = "bdf"
rtol = 1e-5
t_end = 200.0
restart_every = 100
[record]
observables = ["train_error", "test_error"]
schedule = "logarithmic"
first = 0.01
count = 40
"""

EXPLICIT = """
seed = 3
[task]
dim = 30
rank = 2
[network]
kind = "deep"
depth = 3
width = 30
variance = 1e-2
[solver]
kind = "flow"
rtol = 1e-12
t_end = 5.0
restart_every = 200
events = ["threshold_crossing"]
[record]
observables = ["train_error", "test_error", "singular_values"]
schedule = "linear"
count = 50
threshold = 0.5
"""

RUNS = {"minibatches with momentum": MOMENTUM, "heavy ball": HEAVY_BALL, "implicit flow": IMPLICIT, "adams flow": EXPLICIT}

SLOW = ["--set", "solver.max_steps=100000000", "--set", "record.every=100000"]


def killed_when_saved(folder, *arguments):
    """Ends the command by kill -9 once it has saved again; False if it was done before."""
    saved = folder / "run.nc.checkpoint"
    before = saved.stat().st_mtime_ns if saved.exists() else None
    process = start("run", "run.toml", "--checkpoint-every", "0.02", *arguments, cwd=folder)
    while process.poll() is None:
        try:
            if saved.stat().st_mtime_ns != before:
                break
        except FileNotFoundError:
            pass
        time.sleep(0.002)
    process.kill()
    process.communicate(timeout=60)
    return process.returncode == -signal.SIGKILL


@pytest.mark.parametrize("name", RUNS)
def test_a_run_that_is_killed_again_and_again_has_the_bits_of_one_that_is_not(folder, name):
    (folder / "run.toml").write_text(RUNS[name])
    whole = linnet("run", "run.toml", "--out", "whole.nc", "--checkpoint-every", "0", cwd=folder)
    assert whole.returncode == 0, whole.stderr
    assert killed_when_saved(folder)
    for _ in range(3):
        if not killed_when_saved(folder, "--resume"):
            break
    assert (folder / "run.nc.checkpoint").exists() and not (folder / "run.nc").exists()
    done = linnet("run", "run.toml", "--resume", cwd=folder)
    assert done.returncode == 0, done.stderr  # a slow machine tells its progress
    assert (folder / "run.nc").read_bytes() == (folder / "whole.nc").read_bytes()
    again = linnet("run", "run.toml", "--resume", cwd=folder)
    assert again.stdout == "run.nc: complete, not computed again\n", again.stderr
    assert sorted(p.name for p in folder.iterdir() if p.name.startswith("run.")) == ["run.nc", "run.toml"]


def test_ctrl_c_keeps_the_records_and_says_how_to_go_on(folder):
    (folder / "run.toml").write_text(HEAVY_BALL)
    process = start("run", "run.toml", cwd=folder)
    wait_until_computed(process, 0.1)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    told = out.splitlines()
    assert told[0].startswith("run.nc: interrupted at step ")
    assert told[1].startswith("run.nc.checkpoint: saved at step ") and told[1].endswith("; --resume goes on from there")
    with xarray.open_dataset(folder / "run.nc") as data:
        assert data.attrs["status"] == "interrupted"
    refused(linnet("run", "run.toml", "--out", "run.nc", cwd=folder), 2, "run.nc: expected a new file, got one that exists",
            "give --force to replace it")
    assert linnet("run", "run.toml", "--resume", cwd=folder).returncode == 0
    assert linnet("run", "run.toml", "--out", "whole.nc", cwd=folder).returncode == 0
    assert (folder / "run.nc").read_bytes() == (folder / "whole.nc").read_bytes()
    assert not (folder / "run.nc.checkpoint").exists()


@pytest.fixture
def saved(folder):
    assert killed_when_saved(folder, *SLOW)
    return folder / "run.nc.checkpoint"


def test_what_was_saved_is_neither_lost_nor_taken_for_another_run(folder, saved):
    before = saved.read_bytes()
    refused(linnet("run", "run.toml", *SLOW, cwd=folder), 2,
            "run.nc.checkpoint: expected no saved run of an earlier process, got one that exists",
            "give --resume to go on with it, or --force to replace it")
    refused(linnet("run", "run.toml", *SLOW, "--set", "solver.step=0.02", "--resume", cwd=folder), 2,
            'run.nc.checkpoint: expected a run saved with the same configuration, "step = 0.02", got "step = 0.01"',
            "go on as it began, give another output, or --force to begin again")
    assert saved.read_bytes() == before
    assert linnet("run", "run.toml", "--force", cwd=folder).returncode == 0
    assert not saved.exists()


def test_a_damaged_save_is_refused(folder, saved):
    assert "checkpoint of an unfinished run at step " in linnet("show", saved, cwd=folder).stdout
    with xarray.open_dataset(saved) as data:
        weights = next(v.values for v in data.variables.values() if v.dtype == float and v.size > 20)
    whole = saved.read_bytes()
    assert weights.tobytes() in whole
    saved.write_bytes(whole.replace(weights.tobytes(), (weights + 1).tobytes()))
    refused(linnet("run", "run.toml", *SLOW, "--resume", cwd=folder), 2,
            "run.nc.checkpoint: expected a saved run as it was written, got other bits",
            "the file is damaged: give --force to begin again")
    whole = saved.read_bytes()
    saved.write_bytes(whole[: len(whole) // 2])
    done = linnet("run", "run.toml", *SLOW, "--resume", cwd=folder)
    assert done.returncode == 2 and done.stderr.startswith("linnet: run.nc.checkpoint: expected "), done.stderr


def test_what_cannot_be_resumed_says_so(folder):
    def resumed(*settings):
        return linnet("run", "run.toml", "--resume", *(word for s in settings for word in ("--set", s)), cwd=folder)

    (folder / "run.toml").write_text("[task]\ndim = 10\nrank = 2\n[network]\nwidth = 30\nvariance = 0.05\n")
    none = "leave it out: this run has no state from which it could go on"
    refused(resumed("solver.kind=flow"), 2,
            "--resume: expected a flow whose integrator begins anew now and then, got solver.restart_every = 0",
            "begin with solver.restart_every = 500, or cut the run by --checkpoint and --continue")
    refused(resumed("task.then=[\"reversed\"]"), 2, "--resume: expected one task, got task.then", none)
    refused(resumed("network.compare=linearized"), 2,
            "--resume: expected a run that is compared with nothing, got network.compare = linearized", none)
    refused(linnet("run", "run.toml", "--resume", "--continue", "a.nc", cwd=folder), 2,
            "--resume: expected no --continue beside it, got --continue a.nc", "leave one of them out")
    refused(linnet("run", "run.toml", "--checkpoint-every", "-1", cwd=folder), 2,
            '--checkpoint-every: expected a finite number of seconds, 0 for never, got "-1"')
    assert [p.name for p in folder.iterdir() if ".nc" in p.name] == []


def test_an_interrupted_result_without_its_save_is_kept(folder):
    process = start("run", "run.toml", *SLOW, "--checkpoint-every", "0", cwd=folder)
    wait_until_computed(process, 0.3)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    before = (folder / "run.nc").read_bytes()
    refused(linnet("run", "run.toml", *SLOW, "--resume", cwd=folder), 2,
            "--resume: expected run.nc.checkpoint, got no such file", "give --force to begin again")
    assert (folder / "run.nc").read_bytes() == before
