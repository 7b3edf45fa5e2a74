"""Where results and messages go: existing files, full disks, terminals."""

import filecmp
import os
import pty
import subprocess

import numpy as np
import pytest
from command import COMMAND, linnet, refused, wait_until_computed


def test_what_is_read_is_not_written_over(folder):
    np.save(folder / "y.npy", np.eye(10))
    read = (folder / "y.npy").read_bytes()
    with_file = ["run", "run.toml", "--set", "task.kind=target", "--set", "task.file=y.npy", "--force"]
    refused(linnet(*with_file, "--out", "y.npy", cwd=folder), 2,
            "--out: expected another file than that of task.file, got y.npy")
    assert (folder / "y.npy").read_bytes() == read


def test_existing_output_is_not_replaced(folder):
    (folder / "run.nc").write_text("precious")
    done = linnet("run", "run.toml", cwd=folder)
    assert done.returncode == 2
    assert "--force" in done.stderr
    assert (folder / "run.nc").read_text() == "precious"
    assert linnet("run", "run.toml", "--force", cwd=folder).returncode == 0
    assert (folder / "run.nc").read_bytes()[1:4] == b"HDF"


def test_output_folder_missing(folder):
    done = linnet("run", "run.toml", "--out", "nowhere/run.nc", cwd=folder)
    assert done.returncode == 4, done.stderr


def test_no_file_takes_the_number_of_a_closed_stream(folder):
    """Else what is printed would be in the journal."""
    long = ["--set", "solver.max_steps=1000000", "--set", "record.every=100000"]
    process = subprocess.Popen(["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", COMMAND, "sweep", "grid.toml", *long], cwd=folder)
    wait_until_computed(process, 0.5)
    open_files = {stream: os.readlink(f"/proc/{process.pid}/fd/{stream}") for stream in (0, 1, 2)}
    process.kill()
    process.wait()
    assert (folder / "grid.nc.journal").exists()
    assert set(open_files.values()) == {"/dev/null"}, open_files


def test_full_disk(folder, small_disk):
    (small_disk / "run.nc").write_text("precious")
    (small_disk / "ballast").write_bytes(b"x" * 110_000)
    done = linnet("run", "run.toml", "--set", "task.dim=100", "--set", "solver.max_steps=50", "--out", small_disk / "run.nc", "--force", cwd=folder)
    assert done.returncode == 4, done.stderr
    assert "run.nc" in done.stderr
    assert (small_disk / "run.nc").read_text() == "precious"
    assert sorted(p.name for p in small_disk.iterdir()) == ["ballast", "run.nc"]


def test_full_disk_in_a_sweep_keeps_what_was_finished(folder, small_disk):
    many = ["--set", "sweep.axes=[{field = \"network.width_exponent\", linear = [0.5, 2.5, 3000]}]", "--set",
            "network.variance_exponent=-1", "--set", "solver.max_steps=1", "--set", "task.dim=4"]
    done = linnet("sweep", "grid.toml", *many, "--out", small_disk / "grid.nc", cwd=folder)
    assert done.returncode == 4, done.stderr
    assert not (small_disk / "grid.nc").exists()
    subprocess.run(["mount", "-o", "remount,size=16m", small_disk], check=True)
    assert linnet("sweep", "grid.toml", *many, "--out", small_disk / "grid.nc", "--resume", cwd=folder).returncode == 0
    assert linnet("sweep", "grid.toml", *many, "--out", "straight.nc", cwd=folder).returncode == 0
    assert filecmp.cmp(folder / "straight.nc", small_disk / "grid.nc", shallow=False)


def on_a_terminal(*arguments, cwd):
    """What a terminal would show of the command: its standard output and error, one after the other as they came."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen([COMMAND, *arguments], cwd=cwd, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown = b""
    try:
        while part := os.read(ours, 65536):
            shown += part
    except OSError:  # how Linux says that the other end is closed
        pass
    os.close(ours)
    assert process.wait() == 0, shown
    return shown.decode()


@pytest.mark.parametrize(
    "arguments, unit, result",
    [
        (["run", "run.toml", "--set", "solver.max_steps=100000", "--set", "record.every=1000"], "steps",
         "run.nc: completed at step 100000, t = 1000"),
        (["sweep", "grid.toml", "--set", "solver.max_steps=4000"], "points", "grid.nc: 64 points"),
    ],
)
def test_the_line_of_progress_is_gone_before_the_result(folder, arguments, unit, result):
    shown = on_a_terminal(*arguments, cwd=folder)
    assert f" {unit}, " in shown and " left" in shown
    # Each line of progress replaces the previous one, and the result replaces the last.
    assert shown.split("\r\x1b[K")[-1] == result + "\r\n"


def test_what_is_printed_into_a_full_disk_is_told(folder):
    assert linnet("run", "run.toml", cwd=folder).returncode == 0
    for arguments in (["info"], ["info", "--keys"], ["plot", "run.nc", "--script"], ["--help"], ["--version"], ["reproduce", "list"],
                      ["run", "run.toml", "--force"]):
        with open("/dev/full", "w") as full:
            done = subprocess.run([COMMAND, *arguments], cwd=folder, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
        refused(done, 4, "standard output: expected room for what is printed, got No space left on device")
