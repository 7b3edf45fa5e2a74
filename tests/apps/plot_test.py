"""`linnet plot` and `--plot`."""

import subprocess

import numpy as np
import pytest
import xarray
from command import ENDLESS, linnet, refused


def test_plot(folder):
    assert linnet("run", "run.toml", "--plot", "run.svg", cwd=folder).returncode == 0
    assert (folder / "run.svg").read_text().startswith("<?xml")
    assert linnet("plot", "run.nc", "--out", "run.pdf", cwd=folder).returncode == 0
    assert (folder / "run.pdf").read_bytes().startswith(b"%PDF")
    assert linnet("plot", "run.nc", cwd=folder).returncode == 0
    assert (folder / "run.png").read_bytes().startswith(b"\x89PNG")
    assert "test error" in linnet("plot", "run.nc", "--script", cwd=folder).stdout
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
    refused(linnet(*run, "--plot", "a.png", cwd=folder, env={"PATH": str(folder)}), 4,
            "a.png: expected a picture from gnuplot, got no such program on the PATH", "apt-get install gnuplot-nox")
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
    script = linnet("plot", "grid.nc", "--script", "--variable", "best_test_error", cwd=folder).stdout
    rows = lambda name: script.split(f"$p1_{name} << EOD\n")[1].split("EOD")[0].splitlines()  # noqa: E731
    assert len(rows("failed")) == diverged and len(rows("cells")) == 64 - diverged
    assert "no value: diverged or not finished" in script


def test_no_name_is_a_command(folder):
    """A folder, a file or a link may be called anything: gnuplot is told none of it."""
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
        script = linnet("plot", "run.nc", "--script", "--out", name, "--force", cwd=folder).stdout
        (folder / name).unlink()
        subprocess.run(["gnuplot", "-d", "/dev/stdin"], input=script, text=True, cwd=folder, check=True)
        assert (folder / name).read_text().rstrip().endswith("</svg>")
    refused(linnet("plot", "run.nc", "--out", "a\nb.png", cwd=folder), 2,
            "--out: expected a file name without control characters, got a b.png")
    assert not list(folder.rglob("PWNED"))
