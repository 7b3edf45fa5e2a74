"""The command and what its tests share. ctest sets LINNET_COMMAND to the command's path."""

import os
import subprocess

COMMAND = os.environ["LINNET_COMMAND"]

ENDLESS = ["--set", "solver.max_steps=1000000000000"]  # nothing that is refused before it begins takes longer than that


def linnet(*arguments, cwd, **options):
    return subprocess.run([COMMAND, *map(str, arguments)], cwd=cwd, capture_output=True, text=True, timeout=300, **options)


def start(*arguments, cwd):
    return subprocess.Popen([COMMAND, *arguments], cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def refused(done, code, first_line, hint=None):
    lines = done.stderr.strip().splitlines()
    assert done.returncode == code, done.stderr
    assert lines[0] == "linnet: " + first_line
    assert lines[1:] == ([] if hint is None else ["  hint: " + hint])
