"""`linnet sweep`: the same bytes by any way, and its journal."""

import filecmp
import os
import random
import resource
import signal
import subprocess
import time

import numpy as np
import pytest
import xarray
from command import COMMAND, linnet, refused, start


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


def test_one_and_two_jobs_give_the_same_bytes(folder):
    for jobs in ("1", "2"):
        assert linnet("sweep", "grid.toml", "--jobs", jobs, "--out", f"{jobs}.nc", cwd=folder).returncode == 0
    assert filecmp.cmp(folder / "1.nc", folder / "2.nc", shallow=False)


def wait_for_points(journal):
    """Until a process has written more than what it begins with."""
    while not journal.exists() or journal.stat().st_size == 0:
        time.sleep(0.005)
    begin = journal.stat().st_size
    while journal.stat().st_size == begin:
        time.sleep(0.005)


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


def test_a_sweep_goes_on_where_it_began_or_says_that_it_did_not(folder):
    slow = ["--set", "solver.max_steps=1500", "--jobs", "1"]
    kernel = lambda name: {**os.environ, "OPENBLAS_CORETYPE": name}  # noqa: E731
    backends = [linnet("info", cwd=folder, env=kernel(name)).stdout.split("algebra")[1].splitlines()[0] for name in ("Nehalem", "Haswell")]
    if backends[0] == backends[1]:
        pytest.skip("this BLAS has one kernel")
    process = subprocess.Popen([COMMAND, "sweep", "grid.toml", *slow], cwd=folder, env=kernel("Nehalem"))
    wait_for_points(folder / "grid.nc.journal")
    process.send_signal(signal.SIGINT)
    assert process.wait() == 130
    done = linnet("sweep", "grid.toml", *slow, "--resume", cwd=folder, env=kernel("Haswell"))
    assert done.returncode == 2 and "Haswell" in done.stderr and "Nehalem" in done.stderr and "--mixed" in done.stderr, done.stderr
    assert linnet("sweep", "grid.toml", *slow, "--resume", "--mixed", cwd=folder, env=kernel("Haswell")).returncode == 0
    with xarray.open_dataset(folder / "grid.nc") as data:
        told = data.attrs["machines"]
        assert "Nehalem" in told and "Haswell" in told
        assert sum(int(line.split()[0]) for line in told.splitlines() if line.endswith(" points by")) == 64


@pytest.mark.parametrize("other", [b"SQLite format 3\0" + bytes(4096), b"letters\n", bytes(100)])
def test_the_file_of_another_program_is_no_journal(folder, other):
    journal = folder / "grid.nc.journal"
    journal.write_bytes(other)
    for options in (["--resume"], ["--resume", "--mixed"], ["--resume", "--shard", "1/2"], []):
        assert linnet("sweep", "grid.toml", *options, cwd=folder).returncode == 2
        assert journal.read_bytes() == other
        assert sorted(p.name for p in folder.glob("grid.nc*")) == ["grid.nc.journal"]


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
