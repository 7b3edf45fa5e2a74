"""`linnet sweep --print-sbatch`, with stand-ins for the commands of Slurm; scripts/test-scale has a real one."""

import os
import re
import subprocess

import pytest
from command import linnet, refused

SRUN = """#!/bin/bash
[[ $1 == "--cpus-per-task=$SLURM_CPUS_PER_TASK" ]] || exit 9
shift
exec "$@"
"""
# One whose linnet was interrupted.
INTERRUPTED = "#!/bin/bash\nexit 130\n"
SCONTROL = "#!/bin/bash\necho \"$@\" >>requeued\n"


def put_command(folder, name, text):
    (folder / "bin").mkdir(exist_ok=True)
    (folder / "bin" / name).write_text(text)
    (folder / "bin" / name).chmod(0o755)


def tasks_of(script):
    return int(re.search(r"^#SBATCH --array=1-(\d+)$", script, re.MULTILINE)[1])


def run_task(file, folder, number, count, restarts=None):
    environment = {**os.environ, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "SLURM_ARRAY_JOB_ID": "77",
                   "SLURM_ARRAY_TASK_ID": str(number), "SLURM_ARRAY_TASK_MIN": "1", "SLURM_ARRAY_TASK_COUNT": str(count),
                   "SLURM_CPUS_PER_TASK": "2"}
    if restarts is not None:
        environment["SLURM_RESTART_COUNT"] = str(restarts)
    return subprocess.run(["bash", file], cwd=folder, env=environment, capture_output=True, text=True)


@pytest.mark.parametrize("name", ["grid", "a grid's $result"])
def test_the_tasks_of_the_script_compute_the_sweep(folder, name):
    (folder / f"{name}.toml").write_text((folder / "grid.toml").read_text())
    done = linnet("sweep", f"{name}.toml", "--jobs", "2", "--set", "task.rank=3", "--print-sbatch", "--minutes", "1e-5", cwd=folder)
    assert done.returncode == 0, done.stderr
    script = done.stdout
    assert subprocess.run(["bash", "-n"], input=script, text=True).returncode == 0
    for line in ("--cpus-per-task=2", "--requeue", "--open-mode=append", "--signal=TERM@60", f"--chdir={folder}"):
        assert f"#SBATCH {line}\n" in script
    (folder / "task.sh").write_text(script)
    put_command(folder, "srun", SRUN)
    put_command(folder, "scontrol", SCONTROL)
    count = tasks_of(script)
    assert 2 <= count <= 64
    for number in range(1, count + 1):
        task = run_task("task.sh", folder, number, count)
        assert task.returncode == 0, task.stderr
    assert not (folder / "requeued").exists()
    assert linnet("merge", f"{name}.nc", cwd=folder).returncode == 0
    assert linnet("sweep", "grid.toml", "--set", "task.rank=3", "--out", "alone.nc", cwd=folder).returncode == 0
    assert (folder / f"{name}.nc").read_bytes() == (folder / "alone.nc").read_bytes()
    # Again after it is complete: nothing to do.
    assert run_task("task.sh", folder, 1, count).returncode == 0


def test_an_interrupted_task_is_queued_again(folder):
    (folder / "task.sh").write_text(linnet("sweep", "grid.toml", "--print-sbatch", cwd=folder).stdout)
    put_command(folder, "srun", INTERRUPTED)
    put_command(folder, "scontrol", SCONTROL)
    for restarts in (None, 1, 20):
        assert run_task("task.sh", folder, 3, 5, restarts).returncode == 130
    assert (folder / "requeued").read_text() == "requeue 77_3\n" * 2  # not for ever
    put_command(folder, "srun", INTERRUPTED.replace("130", "3"))
    assert run_task("task.sh", folder, 3, 5).returncode == 3
    assert (folder / "requeued").read_text() == "requeue 77_3\n" * 2


def test_points_are_grouped_by_their_time(folder):
    script = linnet("sweep", "grid.toml", "--print-sbatch", cwd=folder).stdout
    assert tasks_of(script) == 1  # 64 points of milliseconds are far from ten minutes
    assert re.search(r"^# A sweep of 64 points by a job array of 1. 32 points spread over the grid were measured in ", script, re.MULTILINE)
    assert tasks_of(linnet("sweep", "grid.toml", "--print-sbatch", "--minutes", "1e-9", cwd=folder).stdout) == 64
    assert not list(folder.glob("*.nc*"))


def test_bad_input(folder):
    refused(linnet("sweep", "-", "--print-sbatch", cwd=folder, input=(folder / "grid.toml").read_text()), 2,
            "--print-sbatch: expected a configuration in a file, which the tasks read, got /dev/stdin")
    for arguments in (("--shard", "1/2"), ("--plot", "a.png"), ("--minutes", "0")):
        assert linnet("sweep", "grid.toml", "--print-sbatch", *arguments, cwd=folder).returncode == 2
    assert linnet("sweep", "grid.toml", "--minutes", "5", cwd=folder).returncode == 2
