"""`linnet report`: a result as one page."""

import os

import pytest
from command import linnet, refused


def test_a_page(folder):
    assert linnet("run", "run.toml", "--set", "title=<script>alert(1)</script> & co", cwd=folder).returncode == 0
    done = linnet("report", "run.nc", cwd=folder)
    assert done.returncode == 0 and done.stdout == "run.html\n", done.stderr
    page = (folder / "run.html").read_text()
    assert page.startswith("<!DOCTYPE html>") and page.endswith("</html>\n")
    assert "<script" not in page and "&lt;script&gt;alert(1)&lt;/script&gt; &amp; co" in page
    assert page.count('src="data:image/png;base64,') == 2  # errors, singular values
    assert "completed at step 40" in page and "max_steps = 40" in page
    assert not any(word in page for word in ("http://", "https://", "url(", "@import"))


def test_pages_are_not_overwritten_nor_left_half_written(folder):
    assert linnet("run", "run.toml", cwd=folder).returncode == 0
    (folder / "run.html").write_text("precious")
    refused(linnet("report", "run.nc", cwd=folder), 2, "run.html: expected a new file, got one that exists",
            "give --force to replace it")
    assert (folder / "run.html").read_text() == "precious"
    assert linnet("report", "run.nc", "--force", "--quiet", cwd=folder).stdout == ""
    assert (folder / "run.html").read_text().startswith("<!DOCTYPE")
    refused(linnet("report", "run.nc", "--out", "run.pdf", cwd=folder), 2,
            '--out: expected a file name ending in .html, got "run.pdf"', 'for example "run.html"')
    before = sorted(p.name for p in folder.iterdir())
    refused(linnet("report", "run.nc", "--out", "a.html", cwd=folder, env={**os.environ, "LINNET_PYTHON": "/no/python"}), 4,
            "a.html: expected a page from linnet.report, got no Python: /no/python (No such file or directory)",
            "set LINNET_PYTHON to a Python that has linnet and matplotlib, then: linnet report run.nc --out a.html")
    (folder / "cut.nc").write_bytes((folder / "run.nc").read_bytes()[:1000])
    for file in ("cut.nc", "absent.nc", "run.toml"):
        done = linnet("report", file, "--out", "b.html", cwd=folder)
        assert done.returncode == 2 and done.stderr.startswith(f"linnet: {file}: "), done.stderr
    assert sorted(p.name for p in folder.iterdir()) == sorted([*before, "cut.nc"])


@pytest.mark.parametrize("axes", [1, 2])
def test_sweeps(folder, axes):
    one = ["--set", 'sweep.axes=[{field = "network.variance_exponent", linear = [-2.5, -1.0, 4]}]',
           "--set", "network.width_exponent=1"]  # fmt: skip
    assert linnet("sweep", "grid.toml", *(one if axes == 1 else []), cwd=folder).returncode == 0
    assert linnet("report", "grid.nc", cwd=folder).returncode == 0
    page = (folder / "grid.html").read_text()
    assert f"{4 if axes == 1 else 64} points" in page and "data:image/png" in page
