"""Configurations and matrices that come through standard input and pipes."""

import os
import shlex
import signal
import subprocess

import numpy as np
import pytest
import xarray
from command import COMMAND, linnet, refused, wait_until_waiting


def by_bash(script, cwd):
    script = f"linnet() {{ {shlex.quote(COMMAND)} \"$@\"; }}\n{script}"
    return subprocess.run(["bash", "-c", script], cwd=cwd, capture_output=True, text=True)


@pytest.fixture
def folder(folder):
    (folder / "result").mkdir()
    assert linnet("run", "run.toml", "--out", "result/run.nc", "--quiet", cwd=folder).returncode == 0
    return folder


@pytest.mark.parametrize(
    "script, name",
    [
        ("linnet run - <run.toml", "stdin"),
        ("cat run.toml | linnet run -", "stdin"),
        ("cat run.toml | linnet run /dev/stdin", "stdin"),
        ("linnet run /dev/fd/3 3<run.toml", "stdin"),
        ("linnet run <(cat run.toml)", "stdin"),
        ("mkfifo pipe.toml; cat run.toml >pipe.toml & linnet run pipe.toml", "pipe"),
        ("(head -c 30 run.toml; sleep 0.3; tail -c +31 run.toml) | linnet run - --out slow.nc", "slow"),
    ],
)
def test_a_run_through_a_pipe_is_that_of_the_file(folder, script, name):
    done = by_bash(script, folder)
    assert done.returncode == 0 and done.stdout.startswith(f"{name}.nc: completed"), done.stderr
    with xarray.open_dataset(folder / f"{name}.nc") as data, xarray.open_dataset(folder / "result" / "run.nc") as same:
        assert data.attrs["configuration"] == same.attrs["configuration"]
        xarray.testing.assert_identical(data, same)


def test_a_sweep_through_a_pipe(folder):
    done = by_bash("sed 's/max_steps = 400/max_steps = 2/' grid.toml | linnet sweep - --set network.state=auto --jobs 2", folder)
    assert (done.returncode, done.stdout) == (0, "stdin.nc: 64 points\n"), done.stderr


def test_what_is_written_by_init_runs(folder):
    done = by_bash("linnet init run | linnet run - --set solver.max_steps=3 --set network.width=20 --out new.nc", folder)
    assert (done.returncode, done.stdout.split()[:2]) == (0, ["new.nc:", "completed"]), done.stderr


def test_names_of_files_start_in_the_working_directory(folder):
    np.save(folder / "y.npy", np.eye(4))
    (folder / "inner").mkdir()
    (folder / "inner" / "own.toml").write_text('task = {kind = "target", file = "y.npy"}\nnetwork = {width = 4, variance = 0.1}\nsolver = {max_steps = 1}\n')
    refused(linnet("run", "inner/own.toml", cwd=folder), 2, 'task.file: expected a file that exists, got no file "inner/y.npy"')
    os.mkfifo(folder / "inner" / "pipe.toml")
    for script in ("linnet run - <inner/own.toml", "linnet run <(cat inner/own.toml) --force",
                   "cat inner/own.toml >inner/pipe.toml & linnet run inner/pipe.toml"):  # fmt: skip
        done = by_bash(script, folder)
        assert done.returncode == 0, done.stderr


def test_what_is_wrong_in_it_is_told(folder):
    refused(by_bash("echo 'seed = ' | linnet run -", folder), 2,
            "/dev/stdin: expected TOML, got line 1, column 8: Error while parsing key-value pair: expected value, saw '\\n'")  # fmt: skip
    refused(by_bash("linnet run - <run.toml --set network.widht=3", folder), 2,
            "network.widht: expected a known key, got an unknown one", 'did you mean "width"?')  # fmt: skip
    refused(by_bash("linnet run - </", folder), 2, "/dev/stdin: expected a configuration file, got a folder")
    refused(by_bash("head -c 20000000 /dev/zero | linnet run -", folder), 2,
            "/dev/stdin: expected a configuration file, got more than 16777216 bytes")  # fmt: skip
    assert not list(folder.glob("*.nc"))


def test_matrices_through_pipes(folder):
    for name in ("w1", "w2", "y"):
        np.save(folder / f"{name}.npy", np.diag([0.3, 0.2, 0.1]))
    expected = linnet("diagnose", "w1.npy", "w2.npy", "--target", "y.npy", cwd=folder)
    assert expected.returncode == 0, expected.stderr
    for script in ("linnet diagnose - w2.npy --target y.npy <w1.npy",
                   "linnet diagnose <(cat w1.npy) <(cat w2.npy) --target - <y.npy",
                   "printf '0.3,0,0\\n0,0.2,0\\n0,0,0.1\\n' | linnet diagnose w1.npy - --target y.npy"):  # fmt: skip
        done = by_bash(script, folder)
        assert (done.returncode, done.stdout) == (0, expected.stdout), done.stderr
    refused(by_bash("linnet diagnose - - --target y.npy <w1.npy", folder), 2,
            "W1, W2: expected one file from standard input, got 2")  # fmt: skip


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("source", ["-", "/dev/stdin", "pipe.toml"])
@pytest.mark.parametrize("command", ["run", "sweep"])
def test_a_signal_ends_the_wait_for_an_open_pipe(folder, command, source, by):
    """Something holds the pipe open, has written a part, and writes no more."""
    if source == "pipe.toml":
        os.mkfifo(folder / source)
        writer = os.open(folder / source, os.O_RDWR)
        process = subprocess.Popen([COMMAND, command, source], cwd=folder, stderr=subprocess.PIPE)
    else:
        reader, writer = os.pipe()
        process = subprocess.Popen([COMMAND, command, source], cwd=folder, stdin=reader, stderr=subprocess.PIPE)
        os.close(reader)
    try:
        os.write(writer, b"seed = 1\n")
        wait_until_waiting(process)
        process.send_signal(by)
        _, errors = process.communicate(timeout=20)
        assert process.returncode == 130, errors
        file = "/dev/stdin" if source == "-" else source
        assert errors.decode() == f"linnet: {file}: expected the end of it, got an interruption\n"
        assert not list(folder.glob("*.nc"))
    finally:
        os.close(writer)
