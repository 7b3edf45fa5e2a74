"""`linnet sweep --shard` and `linnet merge`: many processes write the bytes of one."""

import filecmp
import os
import random
import signal
import subprocess
import time

import pytest
import xarray
from command import COMMAND, linnet, refused, start

FEW = ["--set", "solver.max_steps=20"]


@pytest.fixture
def straight(folder):
    done = linnet("sweep", "grid.toml", *FEW, "--out", "straight.nc", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder / "straight.nc"


def shard(folder, which, *options, **more):
    return linnet("sweep", "grid.toml", *FEW, "--out", "grid.nc", "--shard", which, *options, cwd=folder, **more)


def test_shards_and_their_merge(folder, straight):
    for k in (2, 3, 1):
        done = shard(folder, f"{k}/3")
        assert done.returncode == 0 and done.stdout.startswith(f"grid.nc.journal.{k}-of-3: 2"), done
    done = linnet("merge", "grid.nc", "--keep", cwd=folder)
    assert done.stdout == "grid.nc: 64 points\n3 journals merged\n", done
    assert len(list(folder.glob("grid.nc.journal*"))) == 3
    refused(linnet("merge", "grid.nc", cwd=folder), 2, "grid.nc: expected a new file, got one that exists", "give --force to replace it")
    done = linnet("merge", "grid.nc", "--force", cwd=folder)
    assert done.stdout == "grid.nc: 64 points\n3 journals merged and removed\n", done
    assert not list(folder.glob("grid.nc.journal*"))
    assert filecmp.cmp(straight, folder / "grid.nc", shallow=False)
    again = shard(folder, "3/3", "--resume")
    assert again.stdout == "grid.nc: complete, not computed again\n", again


def test_shards_killed_at_random_moments_lose_no_finished_point(folder):
    slow = ["--set", "solver.max_steps=1500"]
    assert linnet("sweep", "grid.toml", *slow, "--out", "straight.nc", cwd=folder).returncode == 0
    moments = random.Random(2)
    sizes = {}
    for turn in range(12):
        count = moments.choice([2, 3, 5])
        processes = [start("sweep", "grid.toml", *slow, "--out", "grid.nc", "--jobs", "1", "--resume", "--shard", f"{k}/{count}", cwd=folder)
                     for k in moments.sample(range(1, count + 1), 2)]
        time.sleep(moments.uniform(0.05, 0.6))
        for process in processes:
            process.send_signal(moments.choice([signal.SIGKILL, signal.SIGTERM]))
            process.communicate()
            assert process.returncode in (0, 130, -signal.SIGKILL, -signal.SIGTERM), process.returncode
        for journal in folder.glob("grid.nc.journal*"):  # nothing that was written goes
            assert journal.stat().st_size >= sizes.get(journal.name, 0)
            sizes[journal.name] = journal.stat().st_size
    assert linnet("merge", "grid.nc", cwd=folder).returncode in (0, 2)
    if not (folder / "grid.nc").exists():
        assert linnet("sweep", "grid.toml", *slow, "--out", "grid.nc", "--resume", cwd=folder).returncode == 0
    assert filecmp.cmp(folder / "straight.nc", folder / "grid.nc", shallow=False)


def test_slurm_says_which_shard_it_is(folder, straight):
    for task in (7, 9, 11):
        place = {"ID": task, "MIN": 7, "MAX": 11, "STEP": 2, "COUNT": 3}
        environment = {**os.environ, **{f"SLURM_ARRAY_TASK_{name}": str(value) for name, value in place.items()}}
        assert shard(folder, "slurm", env=environment).returncode == 0
    assert sorted(p.name for p in folder.glob("grid.nc.journal*")) == [f"grid.nc.journal.{k}-of-3" for k in (1, 2, 3)]
    assert linnet("merge", "grid.nc", "--quiet", cwd=folder).stdout == ""
    assert filecmp.cmp(straight, folder / "grid.nc", shallow=False)


@pytest.mark.parametrize("which", ["5/3", "0/0", "0/3", "x", "3", "1/2/3"])
def test_a_shard_that_is_none_is_refused(folder, which):
    refused(shard(folder, which), 2, f'--shard: expected K/N with 1 <= K <= N <= 1000000000, got "{which}"',
            "shards count from 1: of 200, the first is 1/200 and the last 200/200")
    assert not list(folder.glob("grid.nc*"))


def test_slurm_without_an_array_is_refused(folder):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SLURM")}
    refused(shard(folder, "slurm", env=environment), 2, "--shard slurm: expected a task of a job array, with SLURM_ARRAY_TASK_ID, got none",
            "sbatch --array=1-200, or --shard 3/200")


def test_merge_says_what_is_missing(folder):
    refused(linnet("merge", "grid.nc", cwd=folder), 2, "grid.nc.journal: expected journals of shards, got none",
            "linnet sweep CONFIG --out ... --shard K/N writes them, for K from 1 to N")
    assert shard(folder, "1/2").returncode == 0
    done = linnet("merge", "grid.nc", cwd=folder)
    assert done.returncode == 2 and "got 32; 32 missing: 1, 3, 5" in done.stderr and "(of 2 shards: 2)" in done.stderr, done.stderr
    assert not (folder / "grid.nc").exists() and (folder / "grid.nc.journal.1-of-2").exists()


def test_merge_waits_for_a_shard_that_runs(folder):
    process = start("sweep", "grid.toml", "--set", "solver.max_steps=20000", "--out", "grid.nc", "--shard", "1/2", cwd=folder)
    journal = folder / "grid.nc.journal.1-of-2"
    while not journal.exists() or journal.stat().st_size == 0:
        time.sleep(0.01)
    refused(linnet("merge", "grid.nc", cwd=folder), 2, "grid.nc.journal.1-of-2: expected a journal that is free, got one in use by another process",
            "wait until that sweep has ended, or give another output")
    process.send_signal(signal.SIGTERM)
    process.communicate()
    assert process.returncode == 130 and journal.exists()


def test_a_shard_of_another_configuration_is_refused(folder):
    assert shard(folder, "1/2").returncode == 0
    other = ["sweep", "grid.toml", "--set", "solver.max_steps=21", "--shard", "2/2", "--out"]
    done = linnet(*other, "grid.nc", cwd=folder)
    assert done.returncode == 2 and "grid.nc.journal.1-of-2" in done.stderr and '"max_steps = 21"' in done.stderr, done.stderr
    assert linnet(*other, "other.nc", cwd=folder).returncode == 0
    (folder / "other.nc.journal.2-of-2").rename(folder / "grid.nc.journal.2-of-2")
    done = linnet("merge", "grid.nc", cwd=folder)
    assert done.returncode == 2 and "grid.nc.journal.2-of-2" in done.stderr and '"max_steps = 20"' in done.stderr, done.stderr


def test_force_leaves_what_is_no_journal(folder, straight):
    assert shard(folder, "2/3").returncode == 0
    for name in ("grid.nc.journal.notes.txt", "grid.nc.journal.b.nc"):
        (folder / name).write_text("mine")
    (folder / "grid.nc.journal.bak").mkdir()
    done = linnet("sweep", "grid.toml", *FEW, "--out", "grid.nc", "--force", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert sorted(p.name for p in folder.glob("grid.nc*")) == ["grid.nc", "grid.nc.journal.b.nc", "grid.nc.journal.bak", "grid.nc.journal.notes.txt"]
    assert filecmp.cmp(straight, folder / "grid.nc", shallow=False)


def test_an_empty_shard_is_no_whole_sweep(folder):
    done = shard(folder, "")
    assert done.returncode == 2 and "--shard" in done.stderr, done.stderr
    assert not list(folder.glob("grid.nc*"))


def test_kernels_that_mix_are_told(folder):
    kernel = lambda name: {**os.environ, "OPENBLAS_CORETYPE": name}  # noqa: E731
    backends = [linnet("info", cwd=folder, env=kernel(name)).stdout.split("algebra")[1].splitlines()[0] for name in ("Nehalem", "Haswell")]
    if backends[0] == backends[1]:
        pytest.skip("this BLAS has one kernel")
    for k, name in ((1, "Nehalem"), (2, "Haswell")):
        assert shard(folder, f"{k}/2", env=kernel(name)).returncode == 0
    done = linnet("merge", "grid.nc", cwd=folder)
    assert done.returncode == 0 and "linnet: warning: machines:" in done.stderr and "Nehalem" in done.stderr, done.stderr
    with xarray.open_dataset(folder / "grid.nc") as data:
        assert "32 points by" in data.attrs["machines"] and "Haswell" in data.attrs["machines"]


WITHOUT_LOCKS = r"""
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
int flock(int descriptor, int operation) { errno = ENOLCK; return -1; }
static int refused(int command) { return command == F_SETLK || command == F_SETLKW || command == F_OFD_SETLK || command == F_OFD_SETLKW; }
int fcntl(int descriptor, int command, ...) {
  if (refused(command)) { errno = ENOLCK; return -1; }
  __builtin_va_list all; __builtin_va_start(all, command);
  extern int __fcntl(int, int, ...);
  return __fcntl(descriptor, command, __builtin_va_arg(all, void*));
}
int fcntl64(int descriptor, int command, ...) {
  __builtin_va_list all; __builtin_va_start(all, command);
  return fcntl(descriptor, command, __builtin_va_arg(all, void*));
}
"""


@pytest.fixture
def no_locks(folder):
    """The environment of a process whose file systems have no locks."""
    (folder / "locks.c").write_text(WITHOUT_LOCKS)
    subprocess.run(["cc", "-shared", "-fPIC", "-w", "-o", "locks.so", "locks.c"], cwd=folder, check=True)
    return {**os.environ, "LD_PRELOAD": str(folder / "locks.so")}


def test_without_locks_every_process_has_a_journal_of_its_own(folder, straight, no_locks):
    slow = ["--set", "solver.max_steps=20", "--jobs", "1"]
    # Two processes that compute the same points at the same time: both are heard, whatever they write when.
    both = [subprocess.Popen([COMMAND, "sweep", "grid.toml", *slow, "--out", "grid.nc", "--shard", "1/2"], cwd=folder, env=no_locks,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
    for process in both:
        process.communicate()
    assert 0 in [process.returncode for process in both]
    assert all(p.name.startswith("grid.nc.journal.1-of-2.") for p in folder.glob("grid.nc.journal*"))
    process = subprocess.Popen([COMMAND, "sweep", "grid.toml", *slow, "--out", "grid.nc", "--shard", "2/2"], cwd=folder, env=no_locks)
    time.sleep(0.1)
    process.kill()
    process.wait()
    done = linnet("sweep", "grid.toml", *FEW, "--out", "grid.nc", "--resume", cwd=folder, env=no_locks)
    assert done.returncode == 0, done.stderr
    assert filecmp.cmp(straight, folder / "grid.nc", shallow=False)
    assert not list(folder.glob("grid.nc.journal*"))


def test_a_full_disk_in_merge_keeps_the_journals(folder, straight):
    small = folder / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96k", "tmpfs", small], capture_output=True).returncode != 0:
        pytest.skip("mounting is not permitted here")
    try:
        for k in (1, 2):
            assert linnet("sweep", "grid.toml", *FEW, "--out", "small/grid.nc", "--shard", f"{k}/2", cwd=folder).returncode == 0
        room = os.statvfs(small).f_bavail * os.statvfs(small).f_frsize
        (small / "fill").write_bytes(bytes(max(0, room - 8192)))
        done = linnet("merge", "small/grid.nc", cwd=folder)
        assert done.returncode == 4 and "small/grid.nc" in done.stderr, done.stderr
        assert sorted(p.name for p in small.iterdir()) == ["fill", "grid.nc.journal.1-of-2", "grid.nc.journal.2-of-2"]
        (small / "fill").unlink()
        assert linnet("merge", "small/grid.nc", cwd=folder).returncode == 0
        assert filecmp.cmp(straight, small / "grid.nc", shallow=False)
    finally:
        subprocess.run(["umount", small], check=True)
