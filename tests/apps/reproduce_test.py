"""`linnet reproduce`: pictures, data and configurations, and what an interruption leaves of them."""

import os
import signal
import time

import xarray
from command import linnet, refused, start


def test_several_figures_are_checked_before_the_first_is_computed(folder):
    taken = folder / "reproductions" / "mixed" / "figure-2-infinite-width"
    taken.mkdir(parents=True)
    (taken / "figure.png").write_text("precious")
    refused(linnet("reproduce", "lazy-to-rich/reversal/loss", "mixed/figure-2-infinite-width", cwd=folder), 2,
            "reproductions/mixed/figure-2-infinite-width/figure.png: expected a new file, got one that exists",
            "give --force to replace it")
    assert not list(folder.rglob("*.nc")) and (taken / "figure.png").read_text() == "precious"


SMALL = ["--set", "task.dim=20", "--set", "task.rank=2", "--set", "network.width_exponent=1.5", "--set", "solver.max_steps=20"]


def test_reproduce_writes_picture_data_and_configuration(folder):
    done = linnet("reproduce", "mixed/figure-1", *SMALL, cwd=folder)
    assert done.returncode == 0, done.stderr
    out = folder / "reproductions" / "mixed" / "figure-1"
    assert sorted(p.name for p in out.iterdir()) == ["configuration.toml", "data.nc", "figure.png"]
    assert "width_exponent = 1.5" in (out / "configuration.toml").read_text()
    names = linnet("reproduce", "list", cwd=folder).stdout
    for name in ("mixed/figure-1", "mixed/figure-2", "mixed/figure-2-logged", "mixed/figure-2-infinite-width", "mixed/figure-2-limit"):
        assert name in names


def test_a_folder_of_experiments_is_reproduced_by_its_name(folder):
    done = linnet("reproduce", "lazy-to-rich/reversal", cwd=folder)
    assert done.returncode == 0, done.stderr
    out = folder / "reproductions" / "lazy-to-rich" / "reversal"
    for name in ("loss", "time"):
        assert sorted(p.name for p in (out / name).iterdir()) == ["configuration.toml", "data.nc", "figure.png"]
    # A prefix that is no folder is no name.
    refused(linnet("reproduce", "lazy-to-rich/rev", cwd=folder), 2,
            'reproduce: expected the name of an experiment, got "lazy-to-rich/rev"',
            'did you mean "lazy-to-rich"? `linnet reproduce list` shows all')


def stop_in_the_second_drawing(folder):
    """A Python that can be called once; then Ctrl-C comes, to it and to who called it."""
    script = folder / "python"
    script.write_text("#!/bin/sh\nif [ -e drawn ]; then kill -INT $PPID; kill -INT $$; fi\n: > drawn\n")
    script.chmod(0o755)
    return {**os.environ, "LINNET_PYTHON": str(script)}


def test_reproduce_draws_what_an_interruption_left_undrawn(folder):
    out = folder / "reproductions" / "mixed" / "figure-1"
    done = linnet("reproduce", "mixed/figure-1", *SMALL, cwd=folder, env=stop_in_the_second_drawing(folder))
    refused(done, 130, "reproductions/mixed/figure-1/figure.png: expected a picture from linnet.figures, got an interruption")
    assert sorted(p.name for p in out.iterdir()) == ["configuration.toml", "data.nc"]
    written = (out / "data.nc").stat().st_mtime_ns

    def again(*options):
        done = linnet("reproduce", "mixed/figure-1", *SMALL, *options, cwd=folder)
        assert done.returncode == 0, done.stderr
        assert (out / "figure.png").read_bytes().startswith(b"\x89PNG")
        return "reproductions/mixed/figure-1/data.nc: complete, not computed again\n" in done.stdout

    (out / "configuration.toml").unlink()
    assert again()
    assert (out / "configuration.toml").exists()
    refused(linnet("reproduce", "mixed/figure-1", *SMALL, cwd=folder), 2,
            "reproductions/mixed/figure-1/figure.png: expected a new file, got one that exists", "give --force to replace it")
    drawn = (out / "figure.png").stat().st_mtime_ns
    assert again("--resume")
    assert (out / "figure.png").stat().st_mtime_ns == drawn, "there is nothing left to do"
    # A picture of earlier data is drawn anew.
    os.utime(out / "figure.png", ns=(written - 10**9, written - 10**9))
    assert again()
    assert (out / "figure.png").stat().st_mtime_ns > written
    assert (out / "data.nc").stat().st_mtime_ns == written
    assert not again("--force")
    assert (out / "data.nc").stat().st_mtime_ns > written


def test_reproduce_takes_no_other_data_for_its_own(folder):
    out = folder / "reproductions" / "mixed" / "figure-1"
    assert linnet("reproduce", "mixed/figure-1", *SMALL, cwd=folder).returncode == 0
    (out / "figure.png").unlink()
    refused(linnet("reproduce", "mixed/figure-1", *SMALL, "--set", "seed=9", cwd=folder), 2,
            "reproductions/mixed/figure-1/data.nc: expected a new file, got one that exists", "give --force to replace it")
    (out / "data.nc").write_bytes((out / "data.nc").read_bytes()[:5000])
    refused(linnet("reproduce", "mixed/figure-1", *SMALL, cwd=folder), 2,
            "reproductions/mixed/figure-1/data.nc: expected a new file, got one that exists", "give --force to replace it")


def test_reproduce_resumes_a_run_by_running_it_again(folder):
    long = ["--set", "task.dim=20", "--set", "task.rank=2", "--set", "solver.max_steps=200000", "--set", "record.every=10000"]
    process = start("reproduce", "mixed/figure-1", *long, cwd=folder)
    process.stdout.readline()  # the title, after the picture was checked: from here on it computes
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode == 130
    refused(linnet("reproduce", "mixed/figure-1", *long, cwd=folder), 2,
            "reproductions/mixed/figure-1/data.nc: expected a new file, got one that exists", "give --force to replace it")
    assert linnet("reproduce", "mixed/figure-1", *long, "--resume", cwd=folder).returncode == 0
    with xarray.open_dataset(folder / "reproductions" / "mixed" / "figure-1" / "data.nc") as data:
        assert data.attrs["status"] == "completed"


def test_a_step_without_effect_leaves_no_divisor_behind(folder):
    flow = ["--set", "solver.step=mixed", "--set", "solver.kind=flow", "--set", "solver.t_end=0.1", "--set", "solver.step_divisor=5"]
    refused(linnet("run", "run.toml", *flow, cwd=folder), 2,
            "solver.step: expected network.kind = perceptron, for this key, got a network that is linear", "leave it out: it would have no effect")
    small = ["--set", "task.dim=20", "--set", "solver.kind=flow", "--set", "solver.t_end=0.1", "--set", "network.compare=none"]
    assert linnet("reproduce", "mixed/figure-1", *small, cwd=folder).returncode == 0
    done = linnet("run", "reproductions/mixed/figure-1/configuration.toml", "--out", "again.nc", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert (folder / "again.nc").read_bytes() == (folder / "reproductions/mixed/figure-1/data.nc").read_bytes()
