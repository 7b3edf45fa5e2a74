"""One sweep of 900 points by one process, by Slurm, Dask, MPI and a pool of processes, which are killed at random
moments. All must give the same bits. Called by scripts/test-scale."""

import argparse
import concurrent.futures
import importlib.util
import logging
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import numpy as np
from slurm import Slurm

import linnet

HERE = pathlib.Path(__file__).parent
LINNET = pathlib.Path(os.environ["LINNET_COMMAND"])

SWEEP = """
title = "A phase diagram"
seed = 5
[task]
dim = 24
rank = 2
[network]
state = "gram"
[solver]
step = "mixed"
step_divisor = 3000
max_steps = 3000
order = "sequential"
[sweep]
axes = [
  {field = "network.variance_exponent", linear = [-2.5, -1.0, 30]},
  {field = "network.width_exponent", linear = [0.5, 2.5, 30]},
]
"""

# Commands and modules of Python, and the package of Debian that has each.
NEEDED = {
    "slurm": {"slurmctld": "slurm-wlm", "munged": "munge"},
    "dask": {"distributed": "python3-distributed"},
    "mpi": {"mpirun": "openmpi-bin", "mpi4py": "python3-mpi4py"},
    "pool": {},
}


def missing(parts):
    search = f"{os.environ['PATH']}:/usr/sbin"
    return [package for part in parts for name, package in NEEDED[part].items()
            if not shutil.which(name, path=search) and not importlib.util.find_spec(name)]


def command(*arguments, cwd, code=0):
    done = subprocess.run([LINNET, *arguments], cwd=cwd, capture_output=True, text=True)
    if done.returncode != code:
        raise SystemExit(f"linnet {' '.join(arguments)}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def require_same(file, whole):
    """That the file has the bits of the data set, names and attributes included, and that no journal is left."""
    got = linnet.open(file)
    assert got.attrs == whole.attrs, (got.attrs, whole.attrs)
    assert list(got.variables) == list(whole.variables) and got.sizes == whole.sizes
    for name, expected in whole.variables.items():
        variable = got[name].variable
        assert variable.dims == expected.dims and variable.attrs == expected.attrs, name
        assert variable.dtype == expected.dtype and variable.values.tobytes() == expected.values.tobytes(), name
    left = list(file.parent.glob(f"{file.name}.*"))
    assert not left, left


class Killer:
    """Kills at random moments of a sweep's progress; the moments are those of the seed."""

    def __init__(self, rng, times, kill):
        self._moments = sorted(rng.uniform(0.1, 0.9) for _ in range(times))
        self._kill = kill
        self.killed = 0

    def __call__(self, done, total):
        if self._moments and total and done / total > self._moments[0]:
            self._moments.pop(0)
            self._kill()
            self.killed += 1


def by_slurm(folder, rng):
    """As many tasks as the machine has no cores; some are killed, cancelled or queued again."""
    script = command("sweep", "sweep.toml", "--out", "slurm.nc", "--print-sbatch", "--minutes", "0.02", cwd=folder)
    (folder / "sweep.sh").write_text(script)
    counts = {"killed": 0, "terminated": 0, "queued again": 0, "submitted": 0}
    with Slurm(folder / "slurm", cores=4) as slurm:
        slurm.environment["PATH"] = f"{LINNET.parent}:{os.environ['PATH']}"
        while True:
            job = slurm.submit(folder / "sweep.sh")
            counts["submitted"] += 1
            while tasks := slurm.tasks(job):
                time.sleep(rng.uniform(0.2, 0.6))
                running = [task for task, state in sorted(tasks.items()) if state == "RUNNING"]
                if not running or sum(counts.values()) > 12:
                    continue
                task, what = rng.choice(running), rng.choice(["killed", "terminated", "queued again"])
                if what == "killed":
                    for pid in slurm.processes(task, "linnet"):
                        os.kill(pid, signal.SIGKILL)
                elif what == "terminated":
                    slurm.ask("scancel", "--signal=TERM", task)
                else:
                    slurm.ask("scontrol", "requeue", task)
                counts[what] += 1
            done = subprocess.run([LINNET, "merge", "slurm.nc"], cwd=folder, capture_output=True, text=True)
            if done.returncode == 0:
                break
            if "missing" not in done.stderr or counts["submitted"] > 5:
                output = "".join(file.read_text() for file in folder.glob("slurm-*.out"))
                raise SystemExit(f"linnet merge: {done.stderr}{output}{slurm.logs()}")
    assert sum(counts.values()) > counts["submitted"], "the tasks ended before any was killed"
    return ", ".join(f"{count} times {what}" for what, count in counts.items())


def by_dask(folder, rng):
    import distributed

    logging.getLogger("distributed").setLevel(logging.ERROR)  # it tells of every worker that dies
    with distributed.LocalCluster(n_workers=4, threads_per_worker=1, dashboard_address=None) as cluster:
        with distributed.Client(cluster) as client:
            client.wait_for_workers(4)
            killer = Killer(rng, 4, lambda: os.kill(rng.choice([w.pid for w in cluster.workers.values() if w.pid]), signal.SIGKILL))
            linnet.sweep(folder / "sweep.toml", executor=client.get_executor(), out=folder / "dask.nc", progress=killer)
    assert killer.killed > 0
    return f"{killer.killed} workers killed"


def by_mpi(folder, rng):
    start = ["mpirun", "-n", "4", "--oversubscribe", "--allow-run-as-root", "--mca", "mpi_yield_when_idle", "1",
             sys.executable, "-m", "mpi4py.futures", str(HERE / "ranks.py"), "sweep.toml", "mpi.nc"]
    killed = 0
    for moment in (rng.randint(100, 400), rng.randint(401, 800)):
        done = subprocess.run([*start, str(moment)], cwd=folder, capture_output=True, text=True)
        assert done.returncode != 0 and not (folder / "mpi.nc").exists(), done.stdout + done.stderr
        killed += 1
    done = subprocess.run(start, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return f"{killed} times a rank killed"


def by_pool(folder, rng):
    options = {"out": folder / "pool.nc", "resume": True}
    for _ in range(2):
        with concurrent.futures.ProcessPoolExecutor(4) as pool:
            killer = Killer(rng, 1, lambda: os.kill(rng.choice(list(pool._processes)), signal.SIGKILL))
            try:
                linnet.sweep(folder / "sweep.toml", executor=pool, progress=killer, **options)
            except linnet.Error as error:
                assert error.kind == "interrupted" and "resume=True" in error.hint, error
            else:
                raise SystemExit("a pool without one of its processes ended the sweep")
    with concurrent.futures.ProcessPoolExecutor(4) as pool:
        linnet.sweep(folder / "sweep.toml", executor=pool, **options)
    return "2 pools that lost a process"


PARTS = {"slurm": by_slurm, "dask": by_dask, "mpi": by_mpi, "pool": by_pool}


def main():
    parser = argparse.ArgumentParser(prog="scripts/test-scale", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all by default")
    parser.add_argument("--seed", type=int, default=1, help="of the moments at which processes are killed")
    parser.add_argument("--packages", action="store_true", help="only print the packages that are missing here")
    arguments = parser.parse_args()
    parts = arguments.parts or list(PARTS)
    if unknown := set(parts) - set(PARTS):
        parser.error(f"expected parts of {', '.join(PARTS)}, got {', '.join(sorted(unknown))}")
    packages = missing(parts)
    if arguments.packages:
        print(*packages)
        return
    if packages:
        raise SystemExit(f"scripts/test-scale: missing here: {' '.join(packages)}\n"
                         f"  hint: scripts/setup {' '.join(packages)}, or name parts that need less: {', '.join(PARTS)}")
    os.environ["PATH"] += ":/usr/sbin"
    with tempfile.TemporaryDirectory(prefix="linnet-scale-") as name:
        folder = pathlib.Path(name)
        (folder / "sweep.toml").write_text(SWEEP)
        began = time.monotonic()
        whole = linnet.sweep(folder / "sweep.toml", out=folder / "whole.nc")
        assert (whole.status == 0).all() and np.isfinite(whole.final_test_error).all()
        print(f"one process: {whole.status.size} points in {time.monotonic() - began:.0f} s", flush=True)
        for part in parts:
            began = time.monotonic()
            told = PARTS[part](folder, random.Random(f"{part} {arguments.seed}"))
            require_same(folder / f"{part}.nc", whole)
            print(f"{part}: the same bits in {time.monotonic() - began:.0f} s; {told}", flush=True)


if __name__ == "__main__":
    main()
