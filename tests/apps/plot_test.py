"""`linnet plot` and `--plot`."""

import os
import pathlib
import shlex
import subprocess
import sys

import numpy as np
import pytest
import xarray
from command import COMMAND, ENDLESS, linnet, refused

PACKAGE = pathlib.Path(COMMAND).resolve().parent.parent / "python"  # as it was built, beside the command


def test_plot(folder):
    assert linnet("run", "run.toml", "--plot", "run.svg", cwd=folder).returncode == 0
    assert (folder / "run.svg").read_text().startswith("<?xml")
    assert linnet("plot", "run.nc", "--out", "run.pdf", cwd=folder).returncode == 0
    assert (folder / "run.pdf").read_bytes().startswith(b"%PDF")
    assert linnet("plot", "run.nc", cwd=folder).returncode == 0
    assert (folder / "run.png").read_bytes().startswith(b"\x89PNG")
    refused(linnet("plot", "run.nc", "--out", "run.gif", cwd=folder), 2,
            '--out: expected a file name ending in .svg, .pdf or .png, got "run.gif"', 'for example "run.pdf"')
    (folder / "cut.nc").write_bytes((folder / "run.nc").read_bytes()[:1000])
    done = linnet("plot", "cut.nc", cwd=folder)
    assert done.returncode == 2 and done.stderr.startswith("linnet: cut.nc: "), done.stderr


@pytest.mark.parametrize("sweep", [False, True])
def test_pictures_that_cannot_be_are_refused_before_anything_is_computed(folder, sweep):
    (folder / "there.png").write_text("precious")
    run = ("sweep", "grid.toml", *ENDLESS) if sweep else ("run", "run.toml", *ENDLESS)
    refused(linnet(*run, "--plot", "a.gif", cwd=folder), 2,
            '--plot: expected a file name ending in .svg, .pdf or .png, got "a.gif"', 'for example "a.pdf"')
    refused(linnet(*run, "--plot", "nowhere/a.png", cwd=folder), 4,
            'nowhere/a.png: expected a folder that exists, got no folder "nowhere"', "mkdir -p nowhere")
    refused(linnet(*run, "--plot", "/proc/a.png", cwd=folder), 4,
            "/proc/a.png: expected a file that can be written, got No such file or directory")
    refused(linnet(*run, "--plot", "there.png", cwd=folder), 2, "there.png: expected a new file, got one that exists",
            "give --force to replace it")
    refused(linnet(*run, "--plot", "a.png", "--out", "./a.png", cwd=folder), 2,
            "--plot: expected another file than the result's, got a.png")
    refused(linnet(*run, "--plot", "a.png", cwd=folder, env={**os.environ, "LINNET_PYTHON": "/no/python"}), 4,
            "a.png: expected a picture from linnet.figures, got no Python: /no/python (No such file or directory)",
            "set LINNET_PYTHON to a Python that has linnet and matplotlib")
    assert (folder / "there.png").read_text() == "precious"
    assert sorted(p.name for p in folder.iterdir()) == ["grid.toml", "run.toml", "there.png"]


def test_pictures_show_what_can_be_drawn(folder):
    everything = ["--set", 'record.observables=["train_error", "end_to_end", "singular_values"]']
    assert linnet("run", "run.toml", *everything, "--plot", "run.svg", cwd=folder).returncode == 0
    picture = (folder / "run.svg").read_text()
    assert "median of 100" in picture and "train error" in picture
    nothing = ["--set", "record.observables=[]", *ENDLESS]
    refused(linnet("run", "run.toml", *nothing, "--plot", "a.png", "--out", "a.nc", cwd=folder), 2,
            "--plot: expected a run that records something, got record.observables = []",
            "leave --plot out, or record what it is to show")
    one = ["--set", 'sweep.axes=[{field = "network.width", values = [3]}]', "--set", "network.state=auto", *ENDLESS]
    refused(linnet("sweep", "grid.toml", *one, "--plot", "a.png", "--out", "a.nc", cwd=folder), 2,
            "--plot: expected a sweep with an axis of more than one point, got a single point", "leave it out, or record less")


def test_a_map_hatches_what_diverged(folder):
    wild = ["--set", "solver.step=0.05", "--set", "solver.max_steps=40"]
    assert linnet("sweep", "grid.toml", *wild, cwd=folder).returncode == 0
    with xarray.open_dataset(folder / "grid.nc") as data:
        diverged = int((data.status == 2).sum())
        assert 0 < diverged < 64 and np.isfinite(data.best_test_error).sum() > 64 - diverged
        assert "masks" in data.status.attrs["comment"] and data.best_test_error.attrs["ancillary_variables"] == "status"
    done = linnet("plot", "grid.nc", "--variable", "best_test_error", "--out", "grid.svg", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "no value: diverged or not finished" in (folder / "grid.svg").read_text()


def without_python(folder):
    """A Python that has neither linnet nor matplotlib."""
    bare = folder / "python"
    bare.write_text(f"#!/bin/sh\nexec {sys.executable} -I -S \"$@\"\n")
    bare.chmod(0o755)
    return {**os.environ, "LINNET_PYTHON": str(bare)}


def test_without_python_results_are_written_and_it_is_said_how_to_draw_them_later(folder):
    python = without_python(folder)
    assert linnet("run", "run.toml", cwd=folder, env=python).returncode == 0
    done = linnet("plot", "run.nc", "--variable", "test_error", "--out", "a.svg", cwd=folder, env=python)
    refused(done, 4, "a.svg: expected a picture from linnet.figures, got ModuleNotFoundError: No module named 'linnet'",
            "set LINNET_PYTHON to a Python that has linnet and matplotlib, then: linnet plot run.nc --variable test_error --out a.svg")
    assert not (folder / "a.svg").exists()


def test_a_picture_takes_nothing_from_the_working_folder(folder):
    """Not even where PYTHONPATH has an empty part, which is that folder to Python."""
    assert linnet("run", "run.toml", cwd=folder).returncode == 0
    for module in ("sitecustomize", "usercustomize", "numpy", "matplotlib", "linnet"):
        (folder / f"{module}.py").write_text("open('PWNED', 'w')\n")
    (folder / "matplotlibrc").write_bytes(b"backend: module://numpy\ntext.usetex: True\n\xff")
    for path in (None, "", ":/nowhere", "/nowhere:", "/nowhere::/nowhere"):
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        if path is not None:
            environment["PYTHONPATH"] = path
        done = linnet("plot", "run.nc", "--force", cwd=folder, env=environment)
        assert done.returncode == 0, (path, done.stderr)
        assert not (folder / "PWNED").exists(), path


def test_what_to_type_later_is_quoted(folder):
    assert linnet("run", "run.toml", "--out", "a b;c.nc", cwd=folder).returncode == 0
    words = ["plot", "a b;c.nc", "--variable", "$(x)", "--out", "-'d'.svg"]
    done = linnet(*words, cwd=folder, env={**os.environ, "LINNET_PYTHON": "/no/python"})
    typed = done.stderr.rstrip("\n").split("then: linnet ")[1]
    assert shlex.split(typed) == [*words[:-1], "./-'d'.svg"] and "'$(x)'" in typed, typed



def test_a_failure_leaves_the_old_picture_and_says_why(folder):
    assert linnet("run", "run.toml", cwd=folder).returncode == 0
    (folder / "run.png").write_text("an older picture")
    stand_in = folder / "python"
    for script, why in (("echo one >&2; echo 'two words' >&2; exit 1", "two words"), ("exit 0", "an empty file"),
                        ("kill -SEGV $$", "its end by signal 11"), ("exit 3", "a failure without a message")):
        stand_in.write_text(f"#!/bin/sh\n{script}\n")
        stand_in.chmod(0o755)
        done = linnet("plot", "run.nc", "--force", cwd=folder, env={**os.environ, "LINNET_PYTHON": str(stand_in)})
        refused(done, 4, f"run.png: expected a picture from linnet.figures, got {why}",
                "set LINNET_PYTHON to a Python that has linnet and matplotlib, then: linnet plot run.nc --out run.png")
        assert (folder / "run.png").read_text() == "an older picture"
    assert sorted(p.name for p in folder.iterdir()) == ["grid.toml", "python", "run.nc", "run.png", "run.toml"]


def test_the_command_python_and_the_printed_script_draw_one_picture(folder):
    assert linnet("run", "run.toml", cwd=folder).returncode == 0
    asked = ("plot", "run.nc", "--variable", "train_error", "--variable", "singular_values")
    assert linnet(*asked, "--out", "a.png", cwd=folder).returncode == 0
    script = linnet(*asked, "--out", "it's \"b\" \\.png", "--script", cwd=folder).stdout
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE)}
    subprocess.run([sys.executable, "-"], input=script, text=True, cwd=folder, env=environment, check=True)
    call = [sys.executable, "-m", "linnet.figures", "run.nc", "--out", "c.png", *asked[2:]]
    subprocess.run(call, cwd=folder, env=environment, check=True)
    one, other, third = ((folder / name).read_bytes() for name in ("a.png", "it's \"b\" \\.png", "c.png"))
    assert one == other == third


def test_the_working_folder_has_no_say(folder):
    """Neither modules nor settings that lie there, perhaps a stranger's, are read."""
    assert linnet("run", "run.toml", cwd=folder).returncode == 0
    assert linnet("plot", "run.nc", "--out", "a.png", cwd=folder).returncode == 0
    for module in ("linnet", "matplotlib", "runpy", "numpy"):
        (folder / f"{module}.py").write_text("open('PWNED', 'w')")
    (folder / "matplotlibrc").write_text("font.size: 30\ntext.usetex: True\n")
    done = linnet("plot", "run.nc", "--out", "b.png", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert not (folder / "PWNED").exists()
    assert (folder / "a.png").read_bytes() == (folder / "b.png").read_bytes()


def test_no_name_is_a_command(folder):
    """A folder, a file or a link may be called anything: none of it acts."""
    assert linnet("run", "run.toml", cwd=folder).returncode == 0
    odd = folder / "x\n! touch PWNED\n`touch PWNED`"
    odd.mkdir()
    done = linnet("plot", folder / "run.nc", cwd=odd)
    assert done.returncode == 0, done.stderr
    assert [p.name for p in odd.iterdir()] == ["run.png"]
    (odd / "there.png").write_text("")
    (folder / "link.png").symlink_to(odd / "there.png")
    assert linnet("plot", "run.nc", "--out", "link.png", "--force", cwd=folder).returncode == 0
    assert (odd / "there.png").read_bytes().startswith(b"\x89PNG")
    for name in ("'tis.svg", "f''(x).svg", "a'b`c`.svg"):
        assert linnet("plot", "run.nc", "--out", name, cwd=folder).returncode == 0
        assert (folder / name).read_text().rstrip().endswith("</svg>")
    refused(linnet("plot", "run.nc", "--out", "a\nb.png", cwd=folder), 2,
            "--out: expected a file name without control characters, got a b.png")
    assert not list(folder.rglob("PWNED"))
