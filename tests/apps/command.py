"""The command and what its tests share. ctest sets LINNET_COMMAND to the command's path."""

import os
import pathlib
import subprocess
import time

COMMAND = os.environ["LINNET_COMMAND"]

ENDLESS = ["--set", "solver.max_steps=1000000000000"]  # nothing that is refused before it begins takes longer than that


def linnet(*arguments, cwd, **options):
    return subprocess.run([COMMAND, *map(str, arguments)], cwd=cwd, capture_output=True, text=True, timeout=300, **options)


def start(*arguments, cwd):
    return subprocess.Popen([COMMAND, *arguments], cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def state_of(process):
    """What Linux tells of a process that runs, from its state on."""
    assert process.poll() is None, process.communicate()
    return (pathlib.Path("/proc") / str(process.pid) / "stat").read_text().rsplit(")", 1)[1].split()


def wait_until_computed(process, seconds):
    """Until the process has used the processor for so long, however busy the machine is."""
    while sum(int(ticks) for ticks in state_of(process)[11:13]) < seconds * os.sysconf("SC_CLK_TCK"):
        time.sleep(0.01)


def wait_until_waiting(process):
    """Until the process has nothing to do but wait, as to read."""
    idle = 0
    while idle < 20:
        idle = idle + 1 if state_of(process)[0] == "S" else 0
        time.sleep(0.02)


def refused(done, code, first_line, hint=None):
    lines = done.stderr.strip().splitlines()
    assert done.returncode == code, done.stderr
    assert lines[0] == "linnet: " + first_line
    assert lines[1:] == ([] if hint is None else ["  hint: " + hint])
