"""`linnet info` and help."""

import os
import pathlib
import re
import subprocess

import xarray
from command import COMMAND, linnet


def test_help_has_examples(folder):
    for command in ("run", "sweep", "plot", "reproduce", "info"):
        text = linnet(command, "--help", cwd=folder).stdout
        assert "Example" in text and "linnet " + command in text


def test_info(folder):
    text = linnet("info", cwd=folder).stdout
    for part in ("linnet ", "SUNDIALS", "cores", "Gflop/s"):
        assert part in text


def cores(*arguments, folder, **more):
    environment = {name: value for name, value in os.environ.items() if name != "SLURM_CPUS_PER_TASK"} | more
    done = subprocess.run([*arguments, COMMAND, "info"], cwd=folder, env=environment, capture_output=True, text=True)
    return int(re.search(r"^cores    (\d+)$", done.stdout, re.MULTILINE)[1])


def test_cores_are_those_that_the_process_may_use(folder):
    first = min(os.sched_getaffinity(0))
    assert cores("taskset", "-c", str(first), folder=folder) == 1
    assert cores(folder=folder, SLURM_CPUS_PER_TASK="1") == 1
    assert cores(folder=folder, SLURM_CPUS_PER_TASK="1000000") == cores(folder=folder) <= len(os.sched_getaffinity(0))


def test_a_kernel_that_was_asked_for_is_kept_and_told(folder):
    for asked, why in (("Prescott", "asked for by OPENBLAS_CORETYPE"), (None, "")):
        environment = {name: value for name, value in os.environ.items() if name != "OPENBLAS_CORETYPE"}
        if asked:
            environment["OPENBLAS_CORETYPE"] = asked
        text = linnet("info", cwd=folder, env=environment).stdout
        kernel = re.search(r"^kernel   (\w+), (.+)$", text, re.MULTILINE)
        assert kernel and (not asked or kernel[1] == asked) and why in kernel[2], text
        assert linnet("run", "run.toml", "--force", cwd=folder, env=environment).returncode == 0
        with xarray.open_dataset(folder / "run.nc") as data:
            assert data.attrs["backend"].endswith(" " + kernel[1])


def test_the_page_of_keys_is_what_the_command_prints(folder):
    page = pathlib.Path(__file__).parents[2] / "docs" / "configuration.md"
    assert linnet("info", "--keys", cwd=folder).stdout == page.read_text()
