"""`linnet show`: what a file holds."""

import json
import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest
import xarray
from command import COMMAND, linnet, refused

PACKAGE = pathlib.Path(COMMAND).resolve().parent.parent / "python"  # as it was built, beside the command


def shown(folder, file, *options):
    done = linnet("show", file, *options, cwd=folder)
    assert done.returncode == 0 and done.stderr == "", done.stderr
    return done.stdout


def lines_of(text, name):
    """The lines of a variable: the one with its name, and those below it."""
    lines = text.splitlines()
    begin = next(i for i, line in enumerate(lines) if line.split()[:1] == [name] and line.startswith("  "))
    end = next((i for i in range(begin + 1, len(lines)) if not lines[i].startswith("    ")), len(lines))
    return lines[begin:end]


def test_a_run(folder):
    assert linnet("run", "run.toml", "--set", "title=A title", cwd=folder).returncode == 0
    text = shown(folder, "run.nc")
    with xarray.open_dataset(folder / "run.nc") as data:
        errors, best = data["train_error"].values, data.attrs["best_test_error"]
        steps = data.sizes["time"]
    lines = text.splitlines()
    assert lines[0] == "run.nc: A title"
    facts = {line[:11].strip(): line[13:] for line in lines[1 : lines.index("")]}
    assert facts["kind"] == "run" and facts["seed"] == "4"
    assert facts["outcome"] == "completed at step 40, t = 0.4"
    assert facts["best"].startswith(f"test error {float(best):.6g} at step ")
    assert facts["of"] == "task low_rank_plus_noise, network gaussian, solver descent"
    assert "eta" in facts["time t"] and "C = " in facts["cost"]
    assert any(line.split()[:4] == ["time", str(steps), "0", "…"] for line in lines)
    name, curve, numbers = lines_of(text, "train_error")
    assert name.startswith("  train_error (time)") and "over time" in curve
    assert numbers.strip().startswith(f"first {errors[0]:.6g}, last {errors[-1]:.6g}, smallest {errors.min():.6g} at time = ")
    blocks = curve.split()[0]
    assert len(blocks) == steps if steps < 40 else len(blocks) == 40
    assert blocks[0] == "█" and blocks[-1] == "▁"  # it falls


def test_a_sweep_tells_how_many_points_ended_how_and_where_the_best_is(folder):
    assert linnet("sweep", "grid.toml", cwd=folder).returncode == 0
    text = shown(folder, "grid.nc")
    with xarray.open_dataset(folder / "grid.nc") as data:
        best = data["best_test_error"]
        where = best.isel(best.argmin(...))
        completed = int((data["status"] == 0).sum())
    assert f"64 points: {completed} completed" in text
    assert f"  best       test error {float(where):.6g} at variance_exponent = {float(where.variance_exponent):.6g}" in text
    smallest = lines_of(text, "best_test_error")[-1]
    assert (f"smallest {float(where):.6g} at variance_exponent = {float(where.variance_exponent):.6g}, "
            f"width_exponent = {float(where.width_exponent):.6g}") in smallest


def test_the_configuration_gives_the_same_result_again(folder):
    assert linnet("run", "run.toml", "--set", "network.width=12", cwd=folder).returncode == 0
    (folder / "again.toml").write_text(shown(folder, "run.nc", "--configuration"))
    assert linnet("run", "again.toml", cwd=folder).returncode == 0
    assert (folder / "again.nc").read_bytes() == (folder / "run.nc").read_bytes()


def test_json(folder):
    assert linnet("run", "run.toml", "--set", 'title=a "quoted"\\ title', cwd=folder).returncode == 0
    told = json.loads(shown(folder, "run.nc", "--json"))
    with xarray.open_dataset(folder / "run.nc") as data:
        assert told["kind"] == "run" and told["title"] == data.attrs["title"]
        assert told["dimensions"] == dict(data.sizes)
        assert set(told["variables"]) == set(data.variables)
        assert told["configuration"] == data.attrs["configuration"]
        error = told["variables"]["test_error"]
        assert error["dimensions"] == ["time"] and error["type"] == "float64" and error["not_finite"] == 0
        assert error["last"] == float(data["test_error"][-1]) and error["smallest"] == float(data["test_error"].min())


def test_networks_and_checkpoints(folder):
    script = """
import linnet
task = linnet.tasks.low_rank_plus_noise(dim=6, rank=2, seed=1)
net = linnet.gaussian_weights(task, width=9, variance=0.1, seed=1)
run = linnet.train(net, task, linnet.GradientDescent(step=0.01, max_steps=20))
for end in (".nc", ".npz"):
    linnet.save(net, "net" + end)
    linnet.save(run.checkpoint, "half" + end)
"""
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE)}
    done = subprocess.run([sys.executable, "-c", script], cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for end in (".nc", ".npz"):
        assert "kind       network, " in shown(folder, "net" + end)
        assert "checkpoint at step 20, t = 0.2, of " in shown(folder, "half" + end)
    of_nc, of_npz = (json.loads(shown(folder, "net" + end, "--json")) for end in (".nc", ".npz"))
    same = ("first", "last", "smallest", "largest", "count")
    pairs = [(of_nc["variables"][name], of_npz["variables"][name]) for name in of_nc["variables"]]
    assert pairs and all(a[key] == b[key] for a, b in pairs for key in same)
    refused(linnet("show", "net.nc", "--configuration", cwd=folder), 2,
            "net.nc: expected a file with its configuration, got a network without", "linnet run, sweep and reproduce write it")
    # A damaged archive is refused, whatever byte it is.
    whole = (folder / "half.npz").read_bytes()
    rng = np.random.default_rng(1)
    for cut in range(0, len(whole), len(whole) // 12 + 1):
        (folder / "cut.npz").write_bytes(whole[:cut])
        assert linnet("show", "cut.npz", cwd=folder).returncode == 2
    for at in rng.integers(0, len(whole), 40):
        (folder / "flipped.npz").write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        assert linnet("show", "flipped.npz", cwd=folder).returncode in (0, 2)


def test_what_is_no_file_of_linnet(folder):
    assert linnet("run", "run.toml", cwd=folder).returncode == 0
    whole = (folder / "run.nc").read_bytes()
    (folder / "cut.nc").write_bytes(whole[: len(whole) // 2])
    (folder / "empty.nc").write_bytes(b"")
    xarray.Dataset({"x": ("t", [1.0, 2.0])}).to_netcdf(folder / "other.nc")
    np.savez(folder / "other.npz", x=np.zeros(3))
    refused(linnet("show", "other.nc", cwd=folder), 2,
            "other.nc: expected a file of linnet, got a NetCDF file of another origin", "xarray.open_dataset reads it")
    refused(linnet("show", "other.npz", cwd=folder), 2,
            "other.npz: expected a file of linnet, got an .npz file of another origin", "numpy.load reads it")
    for file in ("cut.nc", "empty.nc", "run.toml", "absent.nc", "."):
        done = linnet("show", file, cwd=folder)
        assert done.returncode == 2 and done.stdout == "" and done.stderr.startswith(f"linnet: {file}: expected "), done.stderr
        assert len(done.stderr) < 300
    refused(linnet("show", "run.nc", "--json", "--configuration", cwd=folder), 2,
            "--json: expected no --configuration beside it, got both")


@pytest.mark.parametrize("evil", ["\x1b[2J\x1b]0;owned\x07", "\u202egnp.exe", "two\nlines"])
def test_text_of_a_file_does_not_control_the_terminal(folder, evil):
    assert linnet("run", "run.toml", cwd=folder).returncode == 0
    with xarray.open_dataset(folder / "run.nc") as data:
        data = data.load()
    data.attrs["title"] = evil
    data["train_error"].attrs["long_name"] = evil
    data.to_netcdf(folder / "evil.nc")
    text = shown(folder, "evil.nc")
    assert all(c == "\n" or c.isprintable() for c in text)
    assert text.count("\n") == shown(folder, "run.nc").count("\n")
    assert json.loads(shown(folder, "evil.nc", "--json"))["file"] == "evil.nc"
