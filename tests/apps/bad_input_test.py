"""What the command refuses: the message, the hint, the exit code 2."""

import resource

import numpy as np
import pytest
from command import linnet, refused


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
        ([], "command: expected one of run, sweep, merge, plot, show, report, reproduce, predict, diagnose, design, init, info, help, completion, man, got none", "`linnet --help` shows all"),
        (["rnu"], "rnu: expected a command, got an unknown one", 'did you mean "run"? `linnet --help` shows all'),
        (["forget"], "forget: expected a command, got an unknown one", "`linnet --help` shows all"),
        (["run", "run.toml", "--set", "solver.lr=1"], "solver.lr: expected a known key, got an unknown one", None),
        (["run", "run.toml", "--set", "network.scale=abc"],
         'network.scale: expected a finite number >= 0, or a list of one a layer, got "abc"', None),
        (["run", "run.toml", "--set", "solver.weight_decay=-1"],
         "solver.weight_decay: expected a finite number >= 0, got -1", None),
        (["run", "run.toml", "--set", "solver.weight_decay=0.1", "--set", "network.compare=exact"],
         'network.compare: expected "none" or "self_consistent", with weight decay, got "exact"',
         "this comparison is with gradient flow or descent of the cost C alone"),
        (["run", "run.toml", "--set", "solver.schedule=cosine", "--set", "solver.schedule_every=3"],
         "solver.schedule_every: expected solver.schedule = steps, for this key, got solver.schedule = cosine",
         "leave it out: it would have no effect"),
        (["run", "run.toml", "--set", "task.noise=9007199254740993"],
         "task.noise: expected a number that doubles represent, got 9007199254740993", None),
        (["run", "run.toml", "--set", "seed=-1"], "seed: expected a whole number >= 0, got -1", None),
        (["run", "run.toml", "--set", "seed=18446744073709551616"],
         "seed: expected a whole number from 0 to 2^64 - 1, in quotes from 2^63 on, got '18446744073709551616'", None),
        (["run", "run.toml", "--set", "a" + 50_000 * ".a" + "=1"], "--set: expected section.key=value, got a key of more parts", None),
        (["--verison"], "--verison: expected an option of linnet, got an unknown one",
         'did you mean "--version"? `linnet --help` shows all'),
        (["--quiet", "run", "run.toml"], "--quiet: expected an option of linnet, got an unknown one",
         "it belongs to linnet run, linnet sweep, linnet merge, linnet plot, linnet report, linnet reproduce, linnet predict, linnet design; `linnet --help` shows all"),
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
        (["plot", "run.nc", "--kind", "curve"], "--kind: expected one of auto, curves, modes, heat_map, lines, matrices, entries, "
         'plane, paths, partition, got "curve"', 'did you mean "curves"?'),
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
        ("run", ["network.kind=deep", "network.depth=1_000_000", "network.width=2", "network.initialization=identity"], "network.depth"),
        ("run", ["network.kind=infinite_width", "network.depth=2_000_000_000_000_000_000", "network.scales=0.5"], "network.depth"),
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


def test_an_address_space_too_short_for_blas_is_refused(folder):
    def short():
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

    hints = set()
    for limit in range(140 << 20, 500 << 20, 60 << 20):
        done = linnet("run", "run.toml", "--force", "--quiet", cwd=folder, preexec_fn=short)
        assert done.returncode in (0, 2, 127), done.stderr  # 127: not even the libraries have room
        hints.add("address space for BLAS's buffers" in done.stderr)
    assert True in hints


def test_a_document_of_many_levels_is_refused(folder):
    for text in ("a" + 200_000 * ".a" + " = 1", "[a" + 200_000 * ".a" + "]", "x = " + 200_000 * "[", "x = " + 200_000 * "{a = "):
        (folder / "deep.toml").write_text(text)
        done = linnet("run", "deep.toml", cwd=folder)
        assert done.returncode == 2 and done.stderr.startswith("linnet: deep.toml: expected "), done.stderr


def test_comparisons_that_a_closed_form_cannot_have_are_refused(folder):
    exact = ["--set", "solver.kind=exact", "--set", "solver.t_end=0.1", "--set", "record.schedule=linear"]
    refused(linnet("run", "run.toml", *exact, "--set", "network.kind=balanced", "--set", "network.compare=greedy", cwd=folder), 2,
            'network.compare: expected "greedy" for solver.kind = "descent" or "flow", got solver.kind = "exact"')
    neuron = ["--set", "task.kind=coefficients", "--set", "task.coefficients=[1, 2]", "--set", "network.kind=neuron",
              "--set", "network.coefficients=[0.1, 0.2]", "--set", "network.state=self_consistent"]
    refused(linnet("run", "run.toml", *exact, *neuron, cwd=folder), 2,
            'network.state: expected "auto" or "weights", for one neuron in closed form, got "self_consistent"')


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


def test_what_is_no_file(folder):
    (folder / "d").mkdir()
    refused(linnet("run", "d", cwd=folder), 2, "d: expected a configuration file, got a folder")
    refused(linnet("run", "/dev/zero", cwd=folder), 2, "/dev/zero: expected a file, got the device")
    refused(linnet("plot", "/dev/zero", cwd=folder), 2, "/dev/zero: expected a file, got the device")
    refused(linnet("run", "run.toml", "--set", "task.kind=target", "--set", "task.file=/dev/zero", cwd=folder), 2,
            'task.file: expected a file, got the device "/dev/zero"')
    for through in ({"stdin": open(folder / "run.toml")}, {"input": (folder / "run.toml").read_text()}):
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
