"""linnet design: what it prints and writes, and what it refuses."""

import os
import subprocess

import numpy as np
import pytest

LINNET = os.environ["LINNET_COMMAND"]
CONFIG = '[task]\nkind = "low_rank_plus_noise"\ndim = 40\nrank = 2\nseed = 3\n'


def design(tmp_path, *arguments):
    (tmp_path / "a.toml").write_text(CONFIG)
    return subprocess.run([LINNET, "design", *arguments], cwd=tmp_path, capture_output=True, text=True, timeout=120)


def test_prints_the_design_and_writes_the_ridge(tmp_path):
    done = design(tmp_path, "a.toml", "--out", "d.nc")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("test error") and "by the test of the task" in lines[0]
    assert any(line.startswith("scale        kappa = ") for line in lines) and lines[-1] == "d.nc"
    shown = subprocess.run([LINNET, "show", "d.nc"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert shown.returncode == 0 and "design_test_error" in shown.stdout and "ridge" not in shown.stderr
    again = design(tmp_path, "a.toml", "--out", "d.nc")
    assert again.returncode == 2 and "--force" in again.stderr


def test_takes_a_matrix_and_options(tmp_path):
    rng = np.random.default_rng(0)
    np.save(tmp_path / "y.npy", np.outer(rng.normal(size=30), rng.normal(size=40)) * 2 + rng.normal(size=(30, 40)))
    done = design(tmp_path, "--target", "y.npy")
    assert done.returncode == 0 and "rank 1" in done.stdout and "(estimated)" in done.stdout
    known = design(tmp_path, "--target", "y.npy", "--noise", "1")
    assert "noise 1 (given)" in known.stdout
    folds = design(tmp_path, "--target", "y.npy", "--folds", "4")
    assert "by folds" in folds.stdout
    five = design(tmp_path, "a.toml", "--active", "5")
    assert "mixed: 5 modes active" in five.stdout
    by_key = design(tmp_path, "a.toml", "--set", "solver.kind=design", "--set", "solver.active=5")
    assert by_key.stdout == five.stdout


@pytest.mark.parametrize(
    "arguments, words",
    [
        ([], "CONFIG, --target: expected one of them"),
        (["a.toml", "--target", "y.npy"], "both"),
        (["a.toml", "--active", "41"], "active: expected a number of modes, 0 to 40"),
        (["a.toml", "--width", "0"], "width"),
        (["a.toml", "--set", "sweep.seeds=3"], "sweep.axes"),
        (["a.toml", "--set", "solver.kind=design", "--set", "solver.foo=3"], "solver.foo"),
        (["a.toml", "--set", "task.noise=100", "--from-target"], "a signal above the noise"),
        (["a.toml", "--folds", "-3"], "folds"),
    ],
)
def test_refuses(tmp_path, arguments, words):
    done = design(tmp_path, *arguments)
    assert done.returncode == 2 and words in done.stderr, done.stderr


def test_a_single_run_of_it_is_refused(tmp_path):
    (tmp_path / "b.toml").write_text(CONFIG + '[solver]\nkind = "design"\n')
    done = subprocess.run([LINNET, "run", "b.toml"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and "use linnet design" in done.stderr
