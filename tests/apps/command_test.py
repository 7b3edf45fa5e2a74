"""The command as its users meet it: results, messages, exit codes, and what survives faults.

Run by ctest with LINNET_COMMAND set to the command's path.
"""

import contextlib
import filecmp
import os
import pathlib
import pty
import random
import re
import resource
import signal
import sqlite3
import subprocess
import time

import numpy as np
import pytest
import xarray

COMMAND = os.environ["LINNET_COMMAND"]

RUN = """
seed = 4
[task]
dim = 10
rank = 2
[network]
width = 30
variance = 0.05
[solver]
step = 0.01
max_steps = 40
[record]
observables = ["train_error", "test_error", "singular_values"]
"""

GRID = """
seed = 5
[task]
dim = 24
rank = 2
[network]
state = "gram"
[solver]
step = "mixed"
step_divisor = 400
max_steps = 400
order = "sequential"
[sweep]
axes = [
  {field = "network.variance_exponent", linear = [-2.5, -1.0, 8]},
  {field = "network.width_exponent", linear = [0.5, 2.5, 8]},
]
"""


def linnet(*arguments, cwd, **options):
    return subprocess.run([COMMAND, *map(str, arguments)], cwd=cwd, capture_output=True, text=True, timeout=300, **options)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "run.toml").write_text(RUN)
    (tmp_path / "grid.toml").write_text(GRID)
    return tmp_path


def refused(done, code, first_line, hint=None):
    lines = done.stderr.strip().splitlines()
    assert done.returncode == code, done.stderr
    assert lines[0] == "linnet: " + first_line
    assert lines[1:] == ([] if hint is None else ["  hint: " + hint])


def test_run_writes_a_labelled_set(folder):
    done = linnet("run", "run.toml", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "run.nc: completed at step 40, t = 0.4\n"
    assert done.stderr == ""
    with xarray.open_dataset(folder / "run.nc") as data:
        assert dict(data.sizes) == {"time": 41, "mode": 10, "output": 10, "input": 10}
        assert data.test_error.dims == ("time",)
        assert data.singular_values.dims == ("time", "mode")
        np.testing.assert_allclose(data.time, 0.01 * np.arange(41), rtol=1e-14)
        s = np.linalg.svd(data.final_end_to_end.values, compute_uv=False)
        np.testing.assert_allclose(data.singular_values[-1], s, rtol=1e-12)
        assert data.attrs["status"] == "completed"
        assert "time_convention" in data.attrs and "cost_normalisation" in data.attrs
        # The resolved configuration alone brings back the same file.
        (folder / "again.toml").write_text(data.attrs["configuration"])
    assert linnet("run", "again.toml", "--quiet", cwd=folder).stdout == ""
    assert filecmp.cmp(folder / "run.nc", folder / "again.nc", shallow=False)


def test_the_resolved_configuration_of_a_sweep_brings_back_the_same_file(folder):
    axes = """sweep.axes=[{field = "network.balance", symmetric = [0.1, 3, 2]}, {field = "network.width", logarithmic = [1, 4, 3]},
    {field = "solver.kind", values = ["descent", "flow"]}]"""
    small = ["--set", "task.dim=4", "--set", "network.kind=balanced", "--set", "solver.step=0.01", "--set", "solver.max_steps=20"]
    assert linnet("sweep", "grid.toml", "--set", axes, *small, "--out", "first.nc", cwd=folder).returncode == 0
    with xarray.open_dataset(folder / "first.nc") as data:
        assert data.balance.attrs["scale"] == "symmetric" and data.width.attrs["scale"] == "logarithmic"
        (folder / "again.toml").write_text(data.attrs["configuration"])
    done = linnet("sweep", "again.toml", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert filecmp.cmp(folder / "first.nc", folder / "again.nc", shallow=False)


def test_set_overrides_and_is_recorded(folder):
    assert linnet("run", "run.toml", "--set", "network.width=7", "--set", "solver.order=sequential", cwd=folder).returncode == 0
    with xarray.open_dataset(folder / "run.nc") as data:
        assert "width = 7\n" in data.attrs["configuration"]
        assert 'order = "sequential"' in data.attrs["configuration"]


def test_bad_input(folder):
    refused(linnet("run", "missing.toml", cwd=folder), 2, "missing.toml: expected a configuration file, got no such file")
    refused(linnet("run", "run.toml", "--set", "network.widht=3", cwd=folder), 2,
            "network.widht: expected a known key, got an unknown one", 'did you mean "width"?')
    refused(linnet("run", "run.toml", "--set", "network.width=0", cwd=folder), 2,
            "network.width: expected a whole number >= 1, got 0")
    refused(linnet("run", "run.toml", "--set", "network.variance=-1", cwd=folder), 2,
            "network.variance: expected a finite number >= 0, got -1")
    refused(linnet("run", "run.toml", "--set", "solver.max_steps=-5", cwd=folder), 2,
            "solver.max_steps: expected a whole number >= 0, got -5")
    refused(linnet("run", "run.toml", "--set", "solver.step=nan", cwd=folder), 2,
            "solver.step: expected a finite number > 0, got nan")
    refused(linnet("run", "grid.toml", cwd=folder), 2, "sweep.axes: expected no axes, for a single run, got 2",
            "use linnet sweep")
    refused(linnet("sweep", "run.toml", cwd=folder), 2, "sweep.axes: expected at least one axis, got none",
            "use linnet run for a single run")
    refused(linnet("reproduce", "mixed/figure-3", cwd=folder), 2,
            'reproduce: expected the name of an experiment, got "mixed/figure-3"',
            'did you mean "mixed/figure-1"? `linnet reproduce list` shows all')
    assert not list(folder.glob("*.nc*")), "nothing half-written"


@pytest.mark.parametrize(
    "arguments, first_line, hint",
    [
        ([], "command: expected one of run, sweep, plot, reproduce, diagnose, info, got none", "`linnet --help` shows all"),
        (["rnu"], "rnu: expected a command, got an unknown one", 'did you mean "run"? `linnet --help` shows all'),
        (["help"], "help: expected a command, got an unknown one", "`linnet --help` shows all"),
        (["run", "run.toml", "--set", "solver.lr=1"], "solver.lr: expected a known key, got an unknown one", None),
        (["run", "run.toml", "--set", "network.scale=abc"],
         'network.scale: expected a finite number >= 0, or a list of one a layer, got "abc"', None),
        (["run", "run.toml", "--set", "seed=-1"], "seed: expected a whole number >= 0, got -1", None),
        (["run", "run.toml", "--set", "seed=18446744073709551616"],
         "seed: expected a whole number from 0 to 2^64 - 1, in quotes from 2^63 on, got '18446744073709551616'", None),
        (["run", "run.toml", "--set", "a" + 50_000 * ".a" + "=1"], "--set: expected section.key=value, got a key of more parts", None),
        (["--verison"], "--verison: expected an option of linnet, got an unknown one",
         'did you mean "--version"? `linnet --help` shows all'),
        (["--quiet", "run", "run.toml"], "--quiet: expected an option of linnet, got an unknown one",
         "it belongs to linnet run, linnet sweep, linnet plot, linnet reproduce; `linnet --help` shows all"),
        (["run"], "CONFIG: expected an argument of linnet run, got none", "`linnet run --help` shows all"),
        (["diagnose", "w1.npy"], "W2: expected an argument of linnet diagnose, got none", "`linnet diagnose --help` shows all"),
        (["run", "run.toml", "grid.toml"], 'run: expected CONFIG alone, got also "grid.toml"', "`linnet run --help` shows all"),
        (["info", "cores"], 'info: expected no argument, got "cores"', "`linnet info --help` shows all"),
        (["sweep", "grid.toml", "--jbos=2"], "--jbos: expected an option of linnet sweep, got an unknown one",
         'did you mean "--jobs"? `linnet sweep --help` shows all'),
        (["run", "run.toml", "--jobs", "2"], "--jobs: expected an option of linnet run, got an unknown one",
         "it belongs to linnet sweep, linnet reproduce; `linnet run --help` shows all"),
        (["run", "run.toml", "-q"], "-q: expected an option of linnet run, got an unknown one", "`linnet run --help` shows all"),
        (["run", "run.toml", "--out"], "--out: expected a value, got none", "`linnet run --help` shows all"),
        (["run", "run.toml", "--set"], "--set: expected a value, got none", "`linnet run --help` shows all"),
        (["run", "run.toml", "--out", "--force"], "--out: expected a value, got none, but the option --force",
         "`linnet run --help` shows all"),
        (["run", "run.toml", "--out=", "--quiet"], "--out: expected a value, got none, but the option --quiet",
         "`linnet run --help` shows all"),
        (["run", "run.toml", "--out", "run.toml", "--force"], "--out: expected another file than CONFIG, got run.toml", None),
        (["run", "run.toml", "--plot", "./run.toml"], "--plot: expected another file than CONFIG, got ./run.toml", None),
        (["sweep", "grid.toml", "--set", "network.width_exponent=1"],
         "network.width_exponent: expected no override of what the sweep varies, got one",
         "sweep.axes=[] makes it a single run"),
        (["run", "run.toml", "--out", "a.nc", "--out", "b.nc"], "--out: expected one value, got 2", "`linnet run --help` shows all"),
        (["run", "run.toml", "--quiet=maybe"], '--quiet: expected no value, got "maybe"', None),
        (["run", "run.toml", "--set", "network.width"], '--set: expected key=value, got "network.width"',
         "for example --set network.width=4096"),
        (["sweep", "grid.toml", "--jobs", "0"], '--jobs: expected a whole number from 1 to 4096, got "0"', None),
        (["sweep", "grid.toml", "--jobs", "two"], '--jobs: expected a whole number from 1 to 4096, got "two"', None),
        (["diagnose", "a.npy", "b.npy", "--tolerance", "-1"], '--tolerance: expected a finite number > 0, got "-1"', None),
        (["reproduce", "--format", "gif"], '--format: expected one of png, svg, pdf, got "gif"', None),
        (["plot", "run.nc", "--kind", "curve"], "--kind: expected one of auto, curves, spectrum, heatmap, lines, matrices, slice, "
         'paths, got "curve"', 'did you mean "curves"?'),
    ],
)
def test_wrong_command_lines_are_bad_input(folder, arguments, first_line, hint):
    before = sorted(folder.iterdir())
    refused(linnet(*arguments, cwd=folder), 2, first_line, hint)
    assert sorted(folder.iterdir()) == before


AXIS = '{{field = "{}", linear = [1, 2, {}]}}'


@pytest.mark.parametrize(
    "command, assignments, field",
    [
        ("run", ["solver.max_steps=1_000_000_000_000"], "record.schedule"),
        ("run", ["record.schedule=linear", "record.count=1_000_000_000_000", "solver.max_steps=1_000_000_000_000"], "record.schedule"),
        ("run", ["solver.kind=flow", "record.schedule=linear", "record.count=1_000_000_000_000"], "record.schedule"),
        ("run", ["task.dim=1_000_000_000"], "task.dim"),
        ("run", ["network.state=weights", "network.width=2_000_000_000_000_000_000"], "network.width"),
        ("run", ["network.kind=deep", "network.depth=3", "network.width=1_000_000_000"], "network.width"),
        ("run", ["task.kind=modes", "task.shape=[1e8, 1e8]", "task.modes=[1.0]"], "task.shape"),
        ("sweep", ["sweep.seeds=1_000_000_000_000"], "sweep.seeds"),
        ("sweep", ["sweep.axes=[" + AXIS.format("task.noise", 10**12) + "]"], "sweep.axes.linear"),
        ("sweep", ["sweep.axes=[" + ", ".join(AXIS.format(field, 65536) for field in (
            "task.noise", "network.variance", "solver.step", "solver.divergence_factor")) + "]"], "sweep.axes"),
    ],
)
def test_what_does_not_fit_into_the_memory_is_refused(folder, command, assignments, field):
    sets = [word for assignment in assignments for word in ("--set", assignment)]
    if any("modes" in assignment for assignment in assignments):
        (folder / "run.toml").write_text("[network]\nwidth = 3\nvariance = 0.1\n")
    done = linnet(command, "run.toml", *sets, cwd=folder)
    assert done.returncode == 2, done.stderr
    first_line = done.stderr.splitlines()[0]
    assert first_line.startswith(f"linnet: {field}: expected what fits into ") and ", which takes " in first_line, first_line
    assert not (folder / "run.nc").exists()


def test_a_width_that_no_weights_have(folder):
    done = linnet("run", "run.toml", "--set", "network.width=2_000_000_000_000_000_000", "--set", "network.variance=1e-19", cwd=folder)
    assert done.returncode == 0, done.stderr


def test_an_address_space_too_short_for_blas_is_refused(folder):
    def short():
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

    hints = set()
    for limit in range(140 << 20, 500 << 20, 60 << 20):
        done = linnet("run", "run.toml", "--force", "--quiet", cwd=folder, preexec_fn=short)
        assert done.returncode in (0, 2, 127), done.stderr  # 127: not even the libraries have room
        hints.add("address space for BLAS's buffers" in done.stderr)
    assert True in hints


def test_a_sweep_in_a_short_address_space_is_right_or_refused(folder):
    (folder / "large.toml").write_text("""
[task]
dim = 50
rank = 2
[network]
kind = "deep"
width = 16_000
variance = 1e-4
[solver]
step = 1e-3
max_steps = 5
[record]
observables = []
[sweep]
axes = [{field = "seed", values = [1, 2, 3, 4]}]
""")

    def short():
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

    done = linnet("sweep", "large.toml", "--jobs", 4, "--quiet", "--out", "free.nc", cwd=folder)
    assert done.returncode == 0 and done.stderr == "", done.stderr
    expected = xarray.load_dataset(folder / "free.nc").final_train_error
    one_thread = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}  # those of all cores would take address space of their own
    completed = 0
    for limit in (850 << 20, 1000 << 20, 2000 << 20):
        done = linnet("sweep", "large.toml", "--jobs", 4, "--quiet", "--out", "short.nc", "--force", cwd=folder, env=one_thread, preexec_fn=short)
        assert done.returncode in (0, 2), done.stderr
        if done.returncode == 0:
            completed += 1
            np.testing.assert_array_equal(xarray.load_dataset(folder / "short.nc").final_train_error, expected)
    assert completed > 0


def test_a_document_of_many_levels_is_refused(folder):
    for text in ("a" + 200_000 * ".a" + " = 1", "[a" + 200_000 * ".a" + "]", "x = " + 200_000 * "[", "x = " + 200_000 * "{a = "):
        (folder / "deep.toml").write_text(text)
        done = linnet("run", "deep.toml", cwd=folder)
        assert done.returncode == 2 and done.stderr.startswith("linnet: deep.toml: expected "), done.stderr


def test_a_kernel_that_was_asked_for_is_kept_and_told(folder):
    for asked, why in (("Prescott", "asked for by OPENBLAS_CORETYPE"), (None, "")):
        environment = {name: value for name, value in os.environ.items() if name != "OPENBLAS_CORETYPE"}
        if asked:
            environment["OPENBLAS_CORETYPE"] = asked
        text = linnet("info", cwd=folder, env=environment).stdout
        kernel = re.search(r"^kernel   (\w+), (.+)$", text, re.MULTILINE)
        assert kernel and (not asked or kernel[1] == asked) and why in kernel[2], text
        assert linnet("run", "run.toml", "--force", cwd=folder, env=environment).returncode == 0
        with xarray.open_dataset(folder / "run.nc") as data:
            assert data.attrs["backend"].endswith(" " + kernel[1])


def test_what_is_read_is_not_written_over(folder):
    np.save(folder / "y.npy", np.eye(10))
    read = (folder / "y.npy").read_bytes()
    with_file = ["run", "run.toml", "--set", "task.kind=target", "--set", "task.file=y.npy", "--force"]
    refused(linnet(*with_file, "--out", "y.npy", cwd=folder), 2,
            "--out: expected another file than that of task.file, got y.npy")
    assert (folder / "y.npy").read_bytes() == read


def test_comparisons_that_a_closed_form_cannot_have_are_refused(folder):
    exact = ["--set", "solver.kind=exact", "--set", "solver.t_end=0.1", "--set", "record.schedule=linear"]
    refused(linnet("run", "run.toml", *exact, "--set", "network.kind=balanced", "--set", "network.compare=greedy", cwd=folder), 2,
            'network.compare: expected "greedy" for solver.kind = "descent" or "flow", got solver.kind = "exact"')
    neuron = ["--set", "task.kind=coefficients", "--set", "task.coefficients=[1, 2]", "--set", "network.kind=neuron",
              "--set", "network.coefficients=[0.1, 0.2]", "--set", "network.state=self_consistent"]
    refused(linnet("run", "run.toml", *exact, *neuron, cwd=folder), 2,
            'network.state: expected "auto" or "weights", for one neuron in closed form, got "self_consistent"')


def test_an_override_takes_the_place_of_the_other_key(folder):
    (folder / "pairs.toml").write_text("""
task = {kind = "teacher", dim = 2, samples = 10}
network = {kind = "perceptron", initialization = "pairs", width = 6, tau = 0.5, alpha = 0.5}
solver = {step = 0.01, max_steps = 3}
""")
    done = linnet("run", "pairs.toml", "--set", "network.delta=0.1", cwd=folder)
    assert done.returncode == 0, done.stderr
    with xarray.open_dataset(folder / "pairs.nc") as data:
        assert "delta = 0.1\n" in data.attrs["configuration"]
        assert "alpha" not in data.attrs["configuration"]


def test_a_step_without_effect_leaves_no_divisor_behind(folder):
    flow = ["--set", "solver.step=mixed", "--set", "solver.kind=flow", "--set", "solver.t_end=0.1", "--set", "solver.step_divisor=5"]
    refused(linnet("run", "run.toml", *flow, cwd=folder), 2,
            "solver.step: expected network.kind = perceptron, for this key, got a network that is linear", "leave it out: it would have no effect")
    small = ["--set", "task.dim=20", "--set", "solver.kind=flow", "--set", "solver.t_end=0.1", "--set", "network.compare=none"]
    assert linnet("reproduce", "mixed/figure-1", *small, cwd=folder).returncode == 0
    done = linnet("run", "reproductions/mixed/figure-1/configuration.toml", "--out", "again.nc", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert (folder / "again.nc").read_bytes() == (folder / "reproductions/mixed/figure-1/data.nc").read_bytes()


def test_several_figures_are_checked_before_the_first_is_computed(folder):
    taken = folder / "reproductions" / "mixed" / "figure-2-infinite-width"
    taken.mkdir(parents=True)
    (taken / "figure.png").write_text("precious")
    refused(linnet("reproduce", "lazy-to-rich/reversal/loss", "mixed/figure-2-infinite-width", cwd=folder), 2,
            "reproductions/mixed/figure-2-infinite-width/figure.png: expected a new file, got one that exists",
            "give --force to replace it")
    assert not list(folder.rglob("*.nc")) and (taken / "figure.png").read_text() == "precious"


def test_data_files(folder):
    np.save(folder / "x.npy", np.random.default_rng(0).normal(size=(20, 3)))
    np.save(folder / "t.npy", np.random.default_rng(1).normal(size=(19, 2)))
    np.save(folder / "int.npy", np.arange(6).reshape(2, 3))
    (folder / "words.csv").write_text("1,2\n3,x\n")
    (folder / "empty.npy").write_bytes(b"")
    np.save(folder / "mask.npy", np.zeros((2, 3)))
    np.save(folder / "y.npy", np.ones((2, 3)))
    regression = ["--set", "task.kind=regression", "--set", "task.inputs=x.npy"]
    refused(linnet("run", "run.toml", *regression, "--set", "task.targets=t.npy", cwd=folder), 2,
            "task.targets: expected 20 rows, one a sample as in the inputs, got 19", "data sets are samples in rows")
    for name in ("int.npy", "words.csv", "empty.npy", "none.npy"):
        done = linnet("run", "run.toml", *regression, "--set", f"task.targets={name}", cwd=folder)
        assert done.returncode == 2 and done.stderr.startswith("linnet: task.targets: expected "), done.stderr
    refused(linnet("run", "run.toml", "--set", "task.kind=completion", "--set", "task.file=y.npy", "--set",
                   "task.mask=mask.npy", cwd=folder), 2,
            "task.mask: expected at least one seen entry (1), got none",
            "a mask holds 1 where an entry of the target is seen")


def test_divergence_is_told_and_kept(folder):
    done = linnet("run", "run.toml", "--set", "solver.step=5", "--out", "wild.nc", cwd=folder)
    assert done.returncode == 3
    assert done.stderr.startswith("linnet: solver.step: expected a run that stays bounded, got divergence at step ")
    with xarray.open_dataset(folder / "wild.nc") as data:
        assert data.attrs["status"] == "diverged"
        assert data.sizes["time"] > 1


def test_existing_output_is_not_replaced(folder):
    (folder / "run.nc").write_text("precious")
    done = linnet("run", "run.toml", cwd=folder)
    assert done.returncode == 2
    assert "--force" in done.stderr
    assert (folder / "run.nc").read_text() == "precious"
    assert linnet("run", "run.toml", "--force", cwd=folder).returncode == 0
    assert (folder / "run.nc").read_bytes()[1:4] == b"HDF"


def test_output_folder_missing(folder):
    done = linnet("run", "run.toml", "--out", "nowhere/run.nc", cwd=folder)
    assert done.returncode == 4, done.stderr


@pytest.fixture
def small_disk(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", disk], capture_output=True).returncode != 0:
        pytest.skip("mounting a tmpfs is not permitted")
    yield disk
    subprocess.run(["umount", disk], check=True)


def test_full_disk(folder, small_disk):
    (small_disk / "run.nc").write_text("precious")
    (small_disk / "ballast").write_bytes(b"x" * 110_000)
    done = linnet("run", "run.toml", "--set", "task.dim=100", "--set", "solver.max_steps=50", "--out", small_disk / "run.nc", "--force", cwd=folder)
    assert done.returncode == 4, done.stderr
    assert "run.nc" in done.stderr
    assert (small_disk / "run.nc").read_text() == "precious"
    assert sorted(p.name for p in small_disk.iterdir()) == ["ballast", "run.nc"]


def test_full_disk_in_a_sweep_keeps_what_was_finished(folder, small_disk):
    many = ["--set", "sweep.axes=[{field = \"network.width_exponent\", linear = [0.5, 2.5, 3000]}]", "--set",
            "network.variance_exponent=-1", "--set", "solver.max_steps=1", "--set", "task.dim=4"]
    done = linnet("sweep", "grid.toml", *many, "--out", small_disk / "grid.nc", cwd=folder)
    assert done.returncode == 4, done.stderr
    assert not (small_disk / "grid.nc").exists()
    subprocess.run(["mount", "-o", "remount,size=16m", small_disk], check=True)
    assert linnet("sweep", "grid.toml", *many, "--out", small_disk / "grid.nc", "--resume", cwd=folder).returncode == 0
    assert linnet("sweep", "grid.toml", *many, "--out", "straight.nc", cwd=folder).returncode == 0
    assert filecmp.cmp(folder / "straight.nc", small_disk / "grid.nc", shallow=False)


def on_a_terminal(*arguments, cwd):
    """What a terminal would show of the command: its standard output and error, one after the other as they came."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen([COMMAND, *arguments], cwd=cwd, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown = b""
    try:
        while part := os.read(ours, 65536):
            shown += part
    except OSError:  # how Linux says that the other end is closed
        pass
    os.close(ours)
    assert process.wait() == 0, shown
    return shown.decode()


@pytest.mark.parametrize(
    "arguments, unit, result",
    [
        (["run", "run.toml", "--set", "solver.max_steps=100000", "--set", "record.every=1000"], "steps",
         "run.nc: completed at step 100000, t = 1000"),
        (["sweep", "grid.toml", "--set", "solver.max_steps=4000"], "points", "grid.nc: 64 points"),
    ],
)
def test_the_line_of_progress_is_gone_before_the_result(folder, arguments, unit, result):
    shown = on_a_terminal(*arguments, cwd=folder)
    assert f" {unit}, " in shown and " left" in shown
    # Each line of progress takes the place of the one before, and the result that of the last.
    assert shown.split("\r\x1b[K")[-1] == result + "\r\n"


def start(*arguments, cwd):
    return subprocess.Popen([COMMAND, *arguments], cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_ctrl_c_stops_a_run_and_keeps_it(folder):
    process = start("run", "run.toml", "--set", "solver.max_steps=100000000", "--set", "record.every=100000", cwd=folder)
    time.sleep(0.5)
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
    time.sleep(after)
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
    # With nothing to keep, a signal ends the command, as a shell expects: 128 and its number.
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


def test_signals_stop_a_picture_that_hangs(folder, tmp_path):
    """And leave no program behind."""
    assert linnet("run", "run.toml", cwd=folder).returncode == 0
    (tmp_path / "gnuplot").write_text("#!/bin/sh\necho $$ > hanging\nexec sleep 600\n")
    (tmp_path / "gnuplot").chmod(0o755)
    path = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    process = subprocess.Popen([COMMAND, "plot", "run.nc"], cwd=folder, env=path, stderr=subprocess.PIPE, text=True)
    while not (folder / "hanging").exists() or not (folder / "hanging").read_text().strip():
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    assert "expected a picture from gnuplot, got an interruption" in process.communicate(timeout=20)[1]
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
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGHUP)
    time.sleep(1)
    assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == 130


def test_a_second_signal_ends_the_process(folder):
    """Both arrive before the first can be heeded: the process is stopped meanwhile."""
    process = start(*LONG, cwd=folder)
    time.sleep(0.5)
    for each in (signal.SIGSTOP, signal.SIGINT, signal.SIGTERM, signal.SIGCONT):
        process.send_signal(each)
    process.communicate(timeout=20)
    assert process.returncode == 130 and not (folder / "run.nc").exists()


def test_a_signal_while_reading_ends_the_command(folder):
    os.mkfifo(folder / "pipe.toml")
    assert interrupted("run", "pipe.toml", cwd=folder, by=signal.SIGINT, after=0.5) == 130


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


def test_a_sweep_killed_at_random_moments_resumes_to_the_same_bytes(folder):
    began = time.monotonic()
    assert linnet("sweep", "grid.toml", "--out", "straight.nc", cwd=folder).returncode == 0
    duration = time.monotonic() - began
    moments = random.Random(1)
    kills = 0
    while kills < 20:
        resume = ["--resume"] if (folder / "grid.nc.journal").exists() else []
        process = start("sweep", "grid.toml", "--out", "grid.nc", *resume, cwd=folder)
        try:
            process.wait(timeout=moments.uniform(0, duration / 8))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL if kills % 4 else signal.SIGINT)
        process.communicate()
        kills += 1
        assert process.returncode in (0, -signal.SIGKILL, -signal.SIGINT, 130), process.returncode  # -SIGINT: before it could catch it
        if process.returncode == 0:  # it got through; begin afresh
            assert filecmp.cmp(folder / "straight.nc", folder / "grid.nc", shallow=False)
            (folder / "grid.nc").unlink()
    if not (folder / "grid.nc").exists():
        resume = ["--resume"] if (folder / "grid.nc.journal").exists() else []
        done = linnet("sweep", "grid.toml", "--out", "grid.nc", *resume, cwd=folder)
        assert done.returncode == 0, done.stderr
    assert filecmp.cmp(folder / "straight.nc", folder / "grid.nc", shallow=False)
    leftovers = [p.name for p in folder.iterdir() if "journal" in p.name or "tmp" in p.name]
    assert leftovers == []


def test_a_journal_is_neither_overwritten_nor_mixed(folder):
    process = start("sweep", "grid.toml", "--set", "solver.max_steps=20000", cwd=folder)
    while not (folder / "grid.nc.journal").exists():
        time.sleep(0.01)
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    process.communicate()
    assert process.returncode == 130
    done = linnet("sweep", "grid.toml", "--set", "solver.max_steps=20000", cwd=folder)
    assert done.returncode == 2 and "--resume" in done.stderr, done.stderr
    done = linnet("sweep", "grid.toml", "--set", "solver.max_steps=20001", "--resume", cwd=folder)
    assert done.returncode == 2 and "max_steps" in done.stderr, done.stderr
    assert (folder / "grid.nc.journal").exists()


def test_one_and_two_jobs_give_the_same_bytes(folder):
    for jobs in ("1", "2"):
        assert linnet("sweep", "grid.toml", "--jobs", jobs, "--out", f"{jobs}.nc", cwd=folder).returncode == 0
    assert filecmp.cmp(folder / "1.nc", folder / "2.nc", shallow=False)


def test_plot(folder):
    assert linnet("run", "run.toml", "--plot", "run.svg", cwd=folder).returncode == 0
    assert (folder / "run.svg").read_text().startswith("<?xml")
    assert linnet("plot", "run.nc", "--out", "run.pdf", cwd=folder).returncode == 0
    assert (folder / "run.pdf").read_bytes().startswith(b"%PDF")
    assert linnet("plot", "run.nc", cwd=folder).returncode == 0
    assert (folder / "run.png").read_bytes().startswith(b"\x89PNG")
    assert "test error" in linnet("plot", "run.nc", "--script", cwd=folder).stdout
    refused(linnet("plot", "run.nc", "--out", "run.gif", cwd=folder), 2,
            '--out: expected a file name ending in .svg, .pdf or .png, got "run.gif"', 'for example "run.pdf"')
    (folder / "cut.nc").write_bytes((folder / "run.nc").read_bytes()[:1000])
    done = linnet("plot", "cut.nc", cwd=folder)
    assert done.returncode == 2 and done.stderr.startswith("linnet: cut.nc: "), done.stderr


ENDLESS = ["--set", "solver.max_steps=1000000000000"]  # nothing that is refused before it begins takes longer than that


@pytest.mark.parametrize("sweep", [False, True])
def test_pictures_that_cannot_be_are_refused_before_anything_is_computed(folder, sweep):
    (folder / "there.png").write_text("precious")
    run = ("sweep", "grid.toml", *ENDLESS) if sweep else ("run", "run.toml", *ENDLESS)
    refused(linnet(*run, "--plot", "a.gif", cwd=folder), 2,
            '--plot: expected a file name ending in .svg, .pdf or .png, got "a.gif"', 'for example "a.pdf"')
    refused(linnet(*run, "--plot", "nowhere/a.png", cwd=folder), 4,
            'nowhere/a.png: expected a folder that exists, got no folder "nowhere"', "mkdir -p nowhere")
    refused(linnet(*run, "--plot", "/proc/a.png", cwd=folder), 4,
            "/proc/a.png: expected a file that can be written, got No such file or directory")
    refused(linnet(*run, "--plot", "there.png", cwd=folder), 2, "there.png: expected a new file, got one that exists",
            "give --force to replace it")
    refused(linnet(*run, "--plot", "a.png", "--out", "./a.png", cwd=folder), 2,
            "--plot: expected another file than the result's, got a.png")
    refused(linnet(*run, "--plot", "a.png", cwd=folder, env={"PATH": str(folder)}), 4,
            "a.png: expected a picture from gnuplot, got no such program on the PATH", "apt-get install gnuplot-nox")
    assert (folder / "there.png").read_text() == "precious"
    assert sorted(p.name for p in folder.iterdir()) == ["grid.toml", "run.toml", "there.png"]


def test_reproduce_writes_picture_data_and_configuration(folder):
    small = ["--set", "task.dim=20", "--set", "task.rank=2", "--set", "network.width_exponent=1.5", "--set", "solver.max_steps=20"]
    done = linnet("reproduce", "mixed/figure-1", *small, cwd=folder)
    assert done.returncode == 0, done.stderr
    out = folder / "reproductions" / "mixed" / "figure-1"
    assert sorted(p.name for p in out.iterdir()) == ["configuration.toml", "data.nc", "figure.png"]
    assert "width_exponent = 1.5" in (out / "configuration.toml").read_text()
    names = linnet("reproduce", "list", cwd=folder).stdout
    for name in ("mixed/figure-1", "mixed/figure-2", "mixed/figure-2-logged", "mixed/figure-2-infinite-width", "mixed/figure-2-limit"):
        assert name in names


def test_a_folder_of_experiments_is_reproduced_by_its_name(folder):
    done = linnet("reproduce", "lazy-to-rich/reversal", cwd=folder)
    assert done.returncode == 0, done.stderr
    out = folder / "reproductions" / "lazy-to-rich" / "reversal"
    for name in ("loss", "time"):
        assert sorted(p.name for p in (out / name).iterdir()) == ["configuration.toml", "data.nc", "figure.png"]
    # A prefix that is no folder is no name.
    refused(linnet("reproduce", "lazy-to-rich/rev", cwd=folder), 2,
            'reproduce: expected the name of an experiment, got "lazy-to-rich/rev"',
            'did you mean "lazy-to-rich"? `linnet reproduce list` shows all')


SMALL = ["--set", "task.dim=20", "--set", "task.rank=2", "--set", "network.width_exponent=1.5", "--set", "solver.max_steps=20"]


def stop_in_the_second_drawing(folder):
    """A PATH on which gnuplot can be called once; then Ctrl-C comes, to it and to who called it."""
    script = folder / "bin" / "gnuplot"
    script.parent.mkdir()
    script.write_text("#!/bin/sh\nif [ -e drawn ]; then kill -INT $PPID; kill -INT $$; fi\n: > drawn\n")
    script.chmod(0o755)
    return {**os.environ, "PATH": f"{script.parent}:{os.environ['PATH']}"}


def test_reproduce_draws_what_an_interruption_left_undrawn(folder):
    out = folder / "reproductions" / "mixed" / "figure-1"
    done = linnet("reproduce", "mixed/figure-1", *SMALL, cwd=folder, env=stop_in_the_second_drawing(folder))
    refused(done, 130, "reproductions/mixed/figure-1/figure.png: expected a picture from gnuplot, got an interruption")
    assert sorted(p.name for p in out.iterdir()) == ["configuration.toml", "data.nc"]
    written = (out / "data.nc").stat().st_mtime_ns

    def again(*options):
        done = linnet("reproduce", "mixed/figure-1", *SMALL, *options, cwd=folder)
        assert done.returncode == 0, done.stderr
        assert (out / "figure.png").read_bytes().startswith(b"\x89PNG")
        return "reproductions/mixed/figure-1/data.nc: complete, not computed again\n" in done.stdout

    (out / "configuration.toml").unlink()
    assert again()
    assert (out / "configuration.toml").exists()
    refused(linnet("reproduce", "mixed/figure-1", *SMALL, cwd=folder), 2,
            "reproductions/mixed/figure-1/figure.png: expected a new file, got one that exists", "give --force to replace it")
    drawn = (out / "figure.png").stat().st_mtime_ns
    assert again("--resume")
    assert (out / "figure.png").stat().st_mtime_ns == drawn, "there is nothing left to do"
    # A picture of earlier data is drawn anew.
    os.utime(out / "figure.png", ns=(written - 10**9, written - 10**9))
    assert again()
    assert (out / "figure.png").stat().st_mtime_ns > written
    assert (out / "data.nc").stat().st_mtime_ns == written
    assert not again("--force")
    assert (out / "data.nc").stat().st_mtime_ns > written


def test_reproduce_takes_no_other_data_for_its_own(folder):
    out = folder / "reproductions" / "mixed" / "figure-1"
    assert linnet("reproduce", "mixed/figure-1", *SMALL, cwd=folder).returncode == 0
    (out / "figure.png").unlink()
    refused(linnet("reproduce", "mixed/figure-1", *SMALL, "--set", "seed=9", cwd=folder), 2,
            "reproductions/mixed/figure-1/data.nc: expected a new file, got one that exists", "give --force to replace it")
    (out / "data.nc").write_bytes((out / "data.nc").read_bytes()[:5000])
    refused(linnet("reproduce", "mixed/figure-1", *SMALL, cwd=folder), 2,
            "reproductions/mixed/figure-1/data.nc: expected a new file, got one that exists", "give --force to replace it")


def test_reproduce_resumes_a_run_by_running_it_again(folder):
    long = ["--set", "task.dim=20", "--set", "task.rank=2", "--set", "solver.max_steps=200000", "--set", "record.every=10000"]
    process = start("reproduce", "mixed/figure-1", *long, cwd=folder)
    process.stdout.readline()  # the title, after the picture was checked: from here on it computes
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode == 130
    refused(linnet("reproduce", "mixed/figure-1", *long, cwd=folder), 2,
            "reproductions/mixed/figure-1/data.nc: expected a new file, got one that exists", "give --force to replace it")
    assert linnet("reproduce", "mixed/figure-1", *long, "--resume", cwd=folder).returncode == 0
    with xarray.open_dataset(folder / "reproductions" / "mixed" / "figure-1" / "data.nc") as data:
        assert data.attrs["status"] == "completed"


def test_no_name_is_a_command(folder):
    """A folder, a file or a link may be called anything: gnuplot is told none of it."""
    assert linnet("run", "run.toml", cwd=folder).returncode == 0
    odd = folder / "x\n! touch PWNED\n`touch PWNED`"
    odd.mkdir()
    done = linnet("plot", folder / "run.nc", cwd=odd)
    assert done.returncode == 0, done.stderr
    assert [p.name for p in odd.iterdir()] == ["run.png"]
    (odd / "there.png").write_text("")
    (folder / "link.png").symlink_to(odd / "there.png")
    assert linnet("plot", "run.nc", "--out", "link.png", "--force", cwd=folder).returncode == 0
    assert (odd / "there.png").read_bytes().startswith(b"\x89PNG")
    for name in ("'tis.svg", "f''(x).svg", "a'b`c`.svg"):
        assert linnet("plot", "run.nc", "--out", name, cwd=folder).returncode == 0
        script = linnet("plot", "run.nc", "--script", "--out", name, "--force", cwd=folder).stdout
        (folder / name).unlink()
        subprocess.run(["gnuplot", "-d", "/dev/stdin"], input=script, text=True, cwd=folder, check=True)
        assert (folder / name).read_text().rstrip().endswith("</svg>")
    refused(linnet("plot", "run.nc", "--out", "a\nb.png", cwd=folder), 2,
            "--out: expected a file name without control characters, got a b.png")
    assert not list(folder.rglob("PWNED"))


def test_what_is_printed_into_a_full_disk_is_told(folder):
    assert linnet("run", "run.toml", cwd=folder).returncode == 0
    for arguments in (["info"], ["info", "--keys"], ["plot", "run.nc", "--script"], ["--help"], ["--version"], ["reproduce", "list"],
                      ["run", "run.toml", "--force"]):
        with open("/dev/full", "w") as full:
            done = subprocess.run([COMMAND, *arguments], cwd=folder, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
        refused(done, 4, "standard output: expected room for what is printed, got No space left on device")


def test_what_is_no_file(folder):
    (folder / "d").mkdir()
    refused(linnet("run", "d", cwd=folder), 2, "d: expected a configuration file, got a folder")
    refused(linnet("run", "/dev/zero", cwd=folder), 2, "/dev/zero: expected a configuration file, got a device")
    refused(linnet("plot", "/dev/zero", cwd=folder), 2, "/dev/zero: expected a file, got the device")
    refused(linnet("run", "run.toml", "--set", "task.kind=target", "--set", "task.file=/dev/zero", cwd=folder), 2,
            'task.file: expected a file, got the device "/dev/zero"')
    for through in ({"stdin": open(folder / "run.toml")}, {"input": RUN}):
        done = linnet("run", "/dev/stdin", "--force", cwd=folder, **through)
        assert done.returncode == 0 and done.stdout.startswith("stdin.nc: completed"), done.stderr
    refused(linnet("run", "run.toml", "--out", "~/x.nc", cwd=folder), 4, '~/x.nc: expected a folder that exists, got no folder "~"',
            "only a shell expands ~, and only where a word begins: give the whole path")
    refused(linnet("run", "run.toml", "--out", "a b;c/x.nc", cwd=folder), 4,
            'a b;c/x.nc: expected a folder that exists, got no folder "a b;c"', "mkdir -p 'a b;c'")
    loop = folder / "loop"
    loop.symlink_to("loop")
    for arguments in (["run", "loop"], ["run", "run.toml", "--out", "loop/x.nc"], ["plot", "loop"], ["run", "run.toml", "--out", "x" * 300]):
        done = linnet(*arguments, cwd=folder)
        assert done.returncode in (2, 4) and ": expected " in done.stderr and "filesystem" not in done.stderr, done.stderr


def test_pictures_show_what_can_be_drawn(folder):
    everything = ["--set", 'record.observables=["train_error", "end_to_end", "singular_values"]']
    assert linnet("run", "run.toml", *everything, "--plot", "run.svg", cwd=folder).returncode == 0
    picture = (folder / "run.svg").read_text()
    assert "median of 100" in picture and "train error" in picture
    nothing = ["--set", "record.observables=[]", *ENDLESS]
    refused(linnet("run", "run.toml", *nothing, "--plot", "a.png", "--out", "a.nc", cwd=folder), 2,
            "--plot: expected a run that records something, got record.observables = []",
            "leave --plot out, or record what it is to show")
    one = ["--set", 'sweep.axes=[{field = "network.width", values = [3]}]', "--set", "network.state=auto", *ENDLESS]
    refused(linnet("sweep", "grid.toml", *one, "--plot", "a.png", "--out", "a.nc", cwd=folder), 2,
            "--plot: expected a sweep with an axis of more than one point, got a single point", "leave it out, or record less")


def test_a_map_hatches_what_diverged(folder):
    wild = ["--set", "solver.step=0.05", "--set", "solver.max_steps=40"]
    assert linnet("sweep", "grid.toml", *wild, cwd=folder).returncode == 0
    with xarray.open_dataset(folder / "grid.nc") as data:
        diverged = int((data.status == 2).sum())
        assert 0 < diverged < 64 and np.isfinite(data.best_test_error).sum() > 64 - diverged
        assert "masks" in data.status.attrs["comment"] and data.best_test_error.attrs["ancillary_variables"] == "status"
    script = linnet("plot", "grid.nc", "--script", "--variable", "best_test_error", cwd=folder).stdout
    rows = lambda name: script.split(f"$p1_{name} << EOD\n")[1].split("EOD")[0].splitlines()  # noqa: E731
    assert len(rows("failed")) == diverged and len(rows("cells")) == 64 - diverged
    assert "no value: diverged or not finished" in script


def test_resume_of_what_is_complete_has_nothing_to_do(folder):
    few = ["--set", "solver.max_steps=5"]
    assert linnet("sweep", "grid.toml", *few, cwd=folder).returncode == 0
    written = (folder / "grid.nc").stat().st_mtime_ns
    (folder / "grid.nc.journal").write_bytes(b"")  # killed before it could be removed
    for _ in range(2):
        done = linnet("sweep", "grid.toml", *few, "--resume", "--plot", "grid.svg", cwd=folder)
        assert done.returncode == 0 and done.stdout == "grid.nc: complete, not computed again\ngrid.svg\n", done.stderr
        assert not (folder / "grid.nc.journal").exists() and (folder / "grid.svg").exists()
    assert (folder / "grid.nc").stat().st_mtime_ns == written
    refused(linnet("sweep", "grid.toml", "--set", "solver.max_steps=6", "--resume", cwd=folder), 2,
            "grid.nc: expected a new file, got one that exists", "give --force to replace it")


def points_in(journal):
    """How many points a journal holds that its process has locked: of a copy."""
    copy = journal.parent / "copy"
    try:
        for end in ("", "-wal"):
            (journal.parent / ("copy" + end)).write_bytes(pathlib.Path(f"{journal}{end}").read_bytes())
        with contextlib.closing(sqlite3.connect(copy)) as database:
            return database.execute("SELECT count(*) FROM points").fetchone()[0]
    except (FileNotFoundError, sqlite3.Error):
        return 0


def test_a_sweep_goes_on_where_it_began_or_says_that_it_did_not(folder):
    slow = ["--set", "solver.max_steps=1500", "--jobs", "1"]
    kernel = lambda name: {**os.environ, "OPENBLAS_CORETYPE": name}  # noqa: E731
    backends = [linnet("info", cwd=folder, env=kernel(name)).stdout.split("algebra")[1].splitlines()[0] for name in ("Nehalem", "Haswell")]
    if backends[0] == backends[1]:
        pytest.skip("this BLAS has one kernel")
    process = subprocess.Popen([COMMAND, "sweep", "grid.toml", *slow], cwd=folder, env=kernel("Nehalem"))
    while points_in(folder / "grid.nc.journal") == 0:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    assert process.wait() == 130
    done = linnet("sweep", "grid.toml", *slow, "--resume", cwd=folder, env=kernel("Haswell"))
    assert done.returncode == 2 and "Haswell" in done.stderr and "Nehalem" in done.stderr and "--mixed" in done.stderr, done.stderr
    assert linnet("sweep", "grid.toml", *slow, "--resume", "--mixed", cwd=folder, env=kernel("Haswell")).returncode == 0
    with xarray.open_dataset(folder / "grid.nc") as data:
        told = data.attrs["machines"]
        assert "Nehalem" in told and "Haswell" in told
        assert sum(int(line.split()[0]) for line in told.splitlines() if line.endswith(" points by")) == 64


def test_the_database_of_another_program_is_no_journal(folder):
    journal = folder / "grid.nc.journal"
    with sqlite3.connect(journal) as other:
        other.execute("CREATE TABLE letters (text)")
    other.close()
    before = journal.read_bytes()
    for options in (["--resume"], ["--resume", "--mixed"], []):
        assert linnet("sweep", "grid.toml", *options, cwd=folder).returncode == 2
        assert journal.read_bytes() == before
        assert sorted(p.name for p in folder.glob("grid.nc*")) == ["grid.nc.journal"]


def test_help_has_examples(folder):
    for command in ("run", "sweep", "plot", "reproduce", "info"):
        text = linnet(command, "--help", cwd=folder).stdout
        assert "Example" in text and "linnet " + command in text


def test_info(folder):
    text = linnet("info", cwd=folder).stdout
    for part in ("linnet ", "SUNDIALS", "cores", "Gflop/s"):
        assert part in text


def test_the_page_of_keys_is_what_the_command_prints(folder):
    page = pathlib.Path(__file__).parents[2] / "docs" / "configuration.md"
    assert linnet("info", "--keys", cwd=folder).stdout == page.read_text()


WEIGHTS_ON_DATA = """
[task]
kind = "regression"
inputs = "x.npy"
targets = "t.npy"
[network]
kind = "weights"
w1 = "w1.npy"
w2 = "w2.npy"
"""


def test_records_follow_the_rates_and_the_inputs(folder):
    rng = np.random.default_rng(3)
    x = rng.normal(size=(40, 5)) * [3, 2, 1, 0.5, 0.1]
    w1, w2 = rng.normal(size=(2, 5)), rng.normal(size=(3, 2))
    for name, array in (("x", x), ("t", x @ rng.normal(size=(5, 3))), ("w1", w1), ("w2", w2)):
        np.save(folder / f"{name}.npy", array)
    (folder / "regression.toml").write_text(WEIGHTS_ON_DATA + """
[solver]
kind = "flow"
t_end = 0.01
rates = [4.0, 1.0]
[record]
observables = ["kernel_distance", "hidden_similarity", "preconditioner_largest", "balance", "end_to_end"]
schedule = "ends"
""")
    done = linnet("run", "regression.toml", "--out", "r.nc", cwd=folder)
    assert done.returncode == 0, done.stderr
    d = xarray.open_dataset(folder / "r.nc")
    m = 4 * np.linalg.eigvalsh(w2 @ w2.T)[-1] + np.linalg.eigvalsh(w1.T @ w1)[-1]
    np.testing.assert_allclose(d.preconditioner_largest[0], m, rtol=1e-12)
    np.testing.assert_allclose(d.balance, np.trace(w2.T @ w2 - w1 @ w1.T / 4) / 2, rtol=1e-5)
    values, vectors = np.linalg.eigh(x.T @ x / 40)
    root = vectors * np.sqrt(values) @ vectors.T
    np.testing.assert_allclose(d.hidden_similarity[0], root @ w1.T @ w1 @ root, rtol=1e-10, atol=1e-10)
    assert 1e-4 < d.kernel_distance[-1] < 1


def test_thousands_of_outputs_from_narrow_weights(folder):
    rng = np.random.default_rng(4)
    for name, array in (("x", np.eye(8)), ("t", rng.normal(size=(8, 10_000))),
                        ("w1", 0.1 * rng.normal(size=(30, 8))), ("w2", 0.1 * rng.normal(size=(10_000, 30)))):
        np.save(folder / f"{name}.npy", array)
    (folder / "items.toml").write_text(WEIGHTS_ON_DATA + """
[solver]
step = 0.01
max_steps = 20
[record]
observables = ["train_error", "hidden_similarity", "output_similarity", "kernel_distance", "active", "closure_residual"]
""")
    # Matrices of outputs x outputs, 0.8 GB each, are beyond this limit.
    limit = 2**21
    done = subprocess.run(f"ulimit -v {limit}; exec '{COMMAND}' run items.toml --out r.nc", shell=True, cwd=folder,
                          capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    d = xarray.open_dataset(folder / "r.nc")
    assert d.hidden_similarity.shape == (21, 8, 8) and np.isfinite(d.kernel_distance).all()
    assert float(d.attrs["threshold"]) > 0


def test_closed_forms_of_thousands_of_outputs(folder):
    rng = np.random.default_rng(4)
    y = rng.normal(size=(10_000, 8))
    for name, array in (("x", np.eye(8)), ("t", y.T), ("y", y), ("w1", 0.1 * rng.normal(size=(30, 8))), ("w2", 0.1 * rng.normal(size=(10_000, 30)))):
        np.save(folder / f"{name}.npy", array)
    (folder / "exact.toml").write_text("""
[task]
kind = "regression"
inputs = "x.npy"
targets = "t.npy"
[network]
kind = "balanced"
width = 30
start_size = 0.1
[solver]
kind = "exact"
t_end = 2.0
[record]
observables = ["train_error", "hidden_similarity", "kernel_distance"]
""")
    limit = 2**21  # as above
    for call in ("run exact.toml --out r.nc", "diagnose w1.npy w2.npy --target y.npy"):
        done = subprocess.run(f"ulimit -v {limit}; exec '{COMMAND}' {call}", shell=True, cwd=folder, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
    assert "lambda = " in done.stdout and "mode " in done.stdout
    d = xarray.load_dataset(folder / "r.nc")
    assert d.hidden_similarity.shape[1:] == (8, 8) and d.train_error[-1] < d.train_error[0] and d.kernel_distance[-1] > 0


def test_diagnose_says_what_is_never_learned(folder):
    np.save(folder / "w1.npy", np.eye(3))
    np.save(folder / "w2.npy", np.diag([1.0, 1.0, -1.0]))
    np.save(folder / "y.npy", np.diag([3.0, 2.0, 1.0]))
    done = linnet("diagnose", "w1.npy", "w2.npy", "--target", "y.npy", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "-0" not in done.stdout and "closure      lambda = 0, c^2 = 0, residual 0" in done.stdout
    rows = [line.split() for line in done.stdout.splitlines() if line.strip()[:1].isdigit()]
    assert [row[2] for row in rows] == ["active", "active", "never"] and rows[2][3:] == ["never", "never"]
    assert "never learned: 3 (the start has no part growing into it, or all its columns go to larger modes)" in done.stdout


def test_diagnose_says_what_must_turn(folder):
    rng = np.random.default_rng(2)
    q = np.linalg.qr(rng.normal(size=(6, 3)))[0]
    np.save(folder / "w1.npy", np.sqrt(1000) * q.T)  # lambda = -1000: three of six inputs
    np.save(folder / "w2.npy", np.zeros((3, 3)))
    y = rng.normal(size=(3, 6))
    np.save(folder / "y.npy", y)
    done = linnet("diagnose", "w1.npy", "w2.npy", "--target", "y.npy", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "closure      lambda = -1000, c^2 = 0, residual" in done.stdout
    outside = 1 - ((np.linalg.svd(y)[2][:3] @ q) ** 2).sum(axis=1)
    rows = [line.split() for line in done.stdout.splitlines() if line.strip()[:1].isdigit()]
    assert [row[2] for row in rows] == ["delayed-rich" if part > 0.1 else "lazy" for part in outside]
    assert f"moves by {outside.mean():.2f}" in done.stdout and "the larger layer must turn to them" in done.stdout


def test_diagnose_tells_the_regime_and_the_curve(folder):
    rng = np.random.default_rng(1)
    x = rng.normal(size=(300, 6)) * np.linspace(1, 2, 6)
    np.save(folder / "x.npy", x)
    np.save(folder / "t.npy", x @ rng.normal(size=(6, 3)))
    np.save(folder / "w1.npy", rng.uniform(-1, 1, size=(200, 6)) / np.sqrt(6))
    np.save(folder / "w2.npy", rng.uniform(-1, 1, size=(3, 200)) / np.sqrt(200))
    weights, data = ("w1.npy", "w2.npy"), ("--inputs", "x.npy", "--targets", "t.npy")
    alone = linnet("diagnose", *weights, cwd=folder)
    assert alone.returncode == 0 and "threshold    kappa = " in alone.stdout and "prediction" not in alone.stdout
    raw = linnet("diagnose", *weights, *data, cwd=folder)
    assert raw.returncode == 0 and "prediction   not applicable: the inputs are not white" in raw.stdout
    white = linnet("diagnose", *weights, *data, "--whiten", "--plot", "curve.svg", cwd=folder)
    assert white.returncode == 0, white.stderr
    assert "prediction   approximate: the weights satisfy the closure only to" in white.stdout
    rows = [line.split() for line in white.stdout.splitlines() if line.strip()[:1].isdigit()]
    assert [row[0] for row in rows] == ["1", "2", "3"] and all(float(row[3]) > 0 for row in rows)
    assert (folder / "curve.svg").read_text().rstrip().endswith("</svg>")

    def refused(*arguments):
        done = linnet("diagnose", *arguments, cwd=folder)
        assert done.returncode == 2 and done.stdout == "", done
        return done.stderr

    assert refused(*weights, "--plot", "new.png").startswith("linnet: --plot: expected something to learn, got weights alone")
    assert refused(*weights, *data, "--plot", "new.gif").startswith("linnet: --plot: expected a file name ending in .svg")
    assert refused(*weights, *data, "--whiten", "--plot", "curve.svg").startswith("linnet: curve.svg: expected a new file")
    np.save(folder / "y.npy", np.eye(3, 6))
    unused = "linnet: --whiten: expected inputs to make white, got "
    assert refused(*weights, "--whiten").startswith(unused + "weights alone")
    assert refused(*weights, "--whiten", "--target", "y.npy").startswith(unused + "a target, which stands for white inputs")
    assert refused(*weights, "--inputs", "x.npy").startswith("linnet: --inputs, --targets: expected both of them, or neither")
    assert refused("w1.npy", "none.npy").startswith("linnet: W2: expected")
    assert refused("w2.npy", "w1.npy").startswith("linnet: network")
