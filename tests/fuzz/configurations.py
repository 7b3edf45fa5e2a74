#!/usr/bin/python3
"""Random configurations, some with sizes beyond any machine: a result or an error in linnet's form, never a
crash; and the configuration in a result gives the same bytes again."""

import filecmp
import os
import re
import resource
import signal
import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path

import numpy as np
import xarray
from harness import Skip, main, problem

import linnet

COMMAND = os.environ["LINNET_COMMAND"]
STYLE = re.compile(r"linnet: [^\n]+: expected [^\n]+, got [^\n]+(\n  hint: [^\n]+)?\n?")
BASES = [
    "network.width=20\nnetwork.variance=0.1",
    "network.kind='infinite_width'\nnetwork.scale=0.1\nsolver.kind='exact'",
    "network.kind='gaussian'\nnetwork.scale=0.5\nnetwork.width=3\nsolver.kind='flow'",
    "network.kind='deep'\nnetwork.depth=3\nnetwork.width=5\nnetwork.gamma=1.0",
    "network.kind='balanced'\nnetwork.width=4\nnetwork.balance=0.0",
    "task.kind='completion'\nnetwork.width=20\nnetwork.variance=0.1",
    "task.kind='modes'\ntask.shape=[3, 4]\ntask.modes=[1.0, 0.5]\nnetwork.width=9\nnetwork.variance=0.1",
    "task.kind='low_rank_regression'\ntask.shape=[3, 4]\ntask.modes=[1.0]\nnetwork.width=9\nnetwork.variance=0.1",
    "task.kind='coefficients'\ntask.coefficients=[1.0, -1.0]\nnetwork.kind='diagonal'\nsolver.kind='flow'",
    "task.kind='teacher'\ntask.dim=4\ntask.samples=9\ntask.test_samples=5\nnetwork.kind='perceptron'\nnetwork.initialization='pairs'\n"
    "network.width=6\nnetwork.alpha=1.0",
    "task.kind='branching'\ntask.levels=2\ntask.features=5\nnetwork.width=9\nnetwork.variance=0.1",
    "task.kind='random_hierarchy'\ntask.samples=20\ntask.test_samples=5\nnetwork.kind='perceptron'\nnetwork.width=6",
    "task.kind='modular_addition'\ntask.modulus=5\nnetwork.kind='perceptron'\nnetwork.width=6",
    "task.kind='xor_points'\ntask.samples=9\ntask.test_samples=4\nnetwork.kind='perceptron'\nnetwork.width=6",
]


@lru_cache
def keys():
    """(section.key, type, default) of every key, from the page that the command prints."""
    page = subprocess.run([COMMAND, "info", "--keys"], capture_output=True, text=True, check=True).stdout
    long_lists = dict(re.findall(r"^- `(\w+)` takes (.*)\.$", page, re.MULTILINE))
    found, section = [], ""
    for line in page.splitlines():
        if line.startswith("## "):
            section = "" if "Top level" in line else line.strip("# `[]") + "."
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)]
        if len(cells) > 4 and cells[1].startswith("`") and section not in ("figure.",):
            key = cells[1].strip("`")
            found.append((section + key, long_lists[key] if cells[2].endswith("those below") else cells[2]))
    assert len(found) > 80, "the page of keys has changed its form"
    return sorted(set(found))


def whole(rng):
    return int(rng.choice([0, 1, 2, 3, 5, 17, 1000, 30_000, 10**6, 10**9, 10**10, 2 * 10**18, 2**63 - 1, -1]))


def real(rng):
    return float(rng.choice([0.0, 0.5, 1.0, 3.0, 1e-300, 1e300, 1e10, -1.0, *np.exp(rng.normal(size=4))]))


def value(rng, kind):
    """A value of the type of the key or, sometimes, of another type."""
    if rng.random() < 0.05:
        return str(rng.choice(["'abc'", "[]", "{}", "nan", "inf", "true", "1979-05-27", "[[1]]", "'18446744073709551615'", ""]))
    if kind.startswith(("one of", "any of")):
        word = f"'{rng.choice(kind.split(' of ', 1)[1].split(', '))}'"
        return word if kind.startswith("one of") else f"[{word}]"
    if kind.startswith("a whole number"):
        return str(whole(rng))
    if kind.startswith("a finite number"):
        return repr(real(rng))
    if kind == "list of numbers":
        return str([real(rng) if rng.random() < 0.5 else whole(rng) for _ in range(rng.integers(0, 4))])
    if kind == "list of whole numbers":
        return str([whole(rng) for _ in range(rng.integers(0, 4))])
    if kind == "two whole numbers":
        return str([whole(rng), whole(rng)])
    if kind.endswith("rows of numbers"):
        rows = [[real(rng) for _ in range(rng.integers(1, 4))] * int(rng.integers(0, 3)) for _ in range(rng.integers(0, 4))]
        one = str(rng.choice(["'x.npy'", str(rows)]))
        return f"[{one}]" if kind.startswith("list") else one
    if kind == "true or false":
        return str(rng.choice(["true", "false"]))
    if kind == "list of tables":
        axes = [f"{{field = '{rng.choice(keys())[0]}', {rng.choice(['linear', 'logarithmic', 'symmetric'])} = [1, 2, {whole(rng)}]}}"
                for _ in range(rng.integers(1, 5))]
        return f"[{', '.join(axes)}]"
    return f"'{'x' * rng.integers(0, 5)}'"


def limited():
    resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def execute(folder, *arguments):
    """Runs the command within 2 GB; long runs are interrupted."""
    with subprocess.Popen([COMMAND, *arguments, "--quiet"], cwd=folder, preexec_fn=limited, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        for seconds, signal_then in ((4, signal.SIGINT), (60, signal.SIGKILL)):
            try:
                error = process.communicate(timeout=seconds)[1]
                return process.returncode, error
            except subprocess.TimeoutExpired:
                process.send_signal(signal_then)
        process.communicate()
        raise Skip("computing, and not to be stopped")


@problem
def configuration(rng):
    assignments = dict(line.split("=", 1) for line in BASES[rng.integers(len(BASES))].splitlines())
    assignments = {"task.dim": "6", "task.rank": "2", "solver.max_steps": "5", **assignments}
    kind = assignments.get("task.kind", "")
    if kind and "completion" not in kind and "teacher" not in kind:
        del assignments["task.dim"]
    if kind and "completion" not in kind:
        del assignments["task.rank"]
    if "exact" in assignments.get("solver.kind", ""):
        del assignments["solver.max_steps"]
    for _ in range(rng.integers(0, 4)):
        key, type_of = keys()[rng.integers(len(keys()))]
        assignments[key] = value(rng, type_of)
    text = "".join(f"{key} = {value}\n" for key, value in assignments.items())
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "first.toml").write_text(text)
        which = "sweep" if "sweep.axes" in text or "sweep.seeds" in text else "run"
        status, error = execute(folder, which, "first.toml")
        assert status in (0, 2, 3, 130), f"exit {status} of\n{text}\n{error}"
        if status != 0:
            assert STYLE.fullmatch(error) or (status in (3, 130) and "Traceback" not in error), f"exit {status} of\n{text}\n{error}"
            return
        with xarray.open_dataset(Path(folder) / "first.nc") as data:
            (Path(folder) / "second.toml").write_text(data.attrs["configuration"])
            finished = "status" not in data.attrs or data.attrs["status"] != "interrupted"
        if not finished:
            return
        status, error = execute(folder, which, "second.toml")
        assert status == 0, f"{text}\nran, but not what it says it was: exit {status}, {error}"
        same = filecmp.cmp(Path(folder) / "first.nc", Path(folder) / "second.nc", shallow=False)
        assert same, f"{text}\nand what it says it was differ"


@problem
def sizes_in_python(rng):
    """Sizes beyond every machine are refused by name."""
    n = int(10 ** rng.uniform(11, 18.9))
    task = linnet.tasks.target(np.eye(3))
    net = linnet.gaussian_gram(task, width=5, variance=0.1)
    refused = [
        lambda: linnet.tasks.low_rank_plus_noise(dim=n, rank=1),
        lambda: linnet.tasks.modes([1.0], shape=(n, 3)),
        lambda: linnet.tasks.low_rank_regression([1.0], shape=(3, 3), samples=n),
        lambda: linnet.tasks.teacher(samples=n),
        lambda: linnet.tasks.teacher(neurons=n),
        lambda: linnet.gaussian_weights(task, width=n, variance=0.1),
        lambda: linnet.infinite_width((n, 3), scale=1.0),
        lambda: linnet.gaussian_deep(task, widths=[n, 4], variance=0.1),
        lambda: linnet.balanced(np.eye(3), balance=0.0, width=n),
        lambda: linnet.train(net, task, linnet.GradientDescent(step=0.1, max_steps=n)),
        lambda: linnet.train(net, task, linnet.GradientFlow(t_end=1.0), schedule=linnet.linear(n)),
        lambda: linnet.every(1).steps(n),
        lambda: linnet.logarithmic(1e-3, n).times(1.0),
        lambda: linnet.tasks.custom(lambda a: (0.0, a), shape=(n, 3)),
        lambda: linnet.infinite_width((3, 3), depth=n, scales=0.5),
        lambda: linnet.deep_diagonal((1, 3), depth=n),
        lambda: linnet.WideFlow(task, depth=n, scales=0.5),
        lambda: linnet.limit_spectrum(dim=6, rank=1, nodes=n),
        lambda: linnet.landscape.first_path(task, n, 0.1),
        lambda: linnet.landscape.padded(linnet.DeepLinear([np.eye(3)] * 3), n),
    ]
    which = int(rng.integers(len(refused)))
    try:
        refused[which]()
    except linnet.Error as error:
        assert error.kind == "input" and " of memory" in error.expected, error
    else:
        raise AssertionError(f"number {which} of n = {n} was not refused")


if __name__ == "__main__":
    main()
