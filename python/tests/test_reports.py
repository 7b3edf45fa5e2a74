"""Reports: one HTML page about a result, with its numbers, which loads and runs nothing."""

import base64
import html.parser
import os
import re

import numpy as np
import pytest
import xarray

import linnet

pytest.importorskip("linnet.figures")

VOID = {"meta", "img", "br"}
EVIL = '<script>alert("1")</script>\x1b[2J & \u202etxt'


class Page(html.parser.HTMLParser):
    """The elements of a page, whose tags must be balanced."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.texts = [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID and not self.get_starttag_text().endswith("/>"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag != "polyline":
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)

    @property
    def pictures(self):
        return [a["src"] for tag, a in self.tags if tag == "img"]


def page_of(result, tmp_path):
    path = linnet.report(result, tmp_path / "page.html", force=True)
    assert path == str(tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    page = Page(text)
    for source in page.pictures:
        assert base64.b64decode(source.removeprefix("data:image/png;base64,")).startswith(b"\x89PNG")
    assert all(not {"src", "href"} & set(a) for tag, a in page.tags if tag != "img")
    assert not re.search(r"url\(|@import|https?:", text)
    assert {tag for tag, _ in page.tags}.isdisjoint({"script", "iframe", "object", "link", "form"})
    return page


@pytest.fixture(scope="module")
def run():
    task = linnet.tasks.low_rank_plus_noise(dim=12, rank=2, seed=1)
    net = linnet.gaussian_weights(task, width=30, variance=0.05, seed=1)
    return linnet.train(net, task, linnet.GradientDescent(step=0.01, max_steps=50), record=["train_error", "singular_values"])


def test_a_run_and_its_file_tell_the_same_numbers(run, tmp_path):
    linnet.save(run, tmp_path / "run.nc")
    for result in (run, tmp_path / "run.nc", linnet.open(tmp_path / "run.nc")):
        page = page_of(result, tmp_path)
        said = " ".join(page.texts)
        assert f"{run['train_error'][-1]:.6g}" in said and f"{run['train_error'][0]:.6g}" in said
        assert "completed at step 50, t = 0.5" in said and f"linnet {linnet.__version__}" in said
        assert len(page.pictures) == 2


SWEEP = """
seed = 5
[task]
dim = 12
rank = 2
[network]
state = "gram"
[solver]
step = 0.01
max_steps = 30
[sweep]
axes = [{field = "network.variance", values = [0.1, 0.2, 0.3]}, {field = "network.width", values = [10, 20]}]
"""


def test_a_sweep_tells_its_outcomes_and_its_best_point(tmp_path):
    data = linnet.sweep(SWEEP)
    best = data["best_test_error"]
    where = best.isel(best.argmin(...))
    page = page_of(data, tmp_path)
    said = " ".join(page.texts)
    assert "6 points: 6 completed" in said and "6 completed" in said
    assert f"{float(where):.6g} at variance {float(where.variance):.6g}, width {float(where.width):.6g}" in said
    assert len(page.pictures) >= 1


def test_a_perceptron(tmp_path):
    data = linnet.run("""
seed = 1
task = {kind = "teacher", dim = 6, samples = 40, test_samples = 40}
network = {kind = "perceptron", initialization = "pairs", width = 10, delta = 0.5, compare = "linearized"}
solver = {step = 0.01, max_steps = 30}
record = {observables = ["train_error", "test_error", "kernel_distance"], every = 5}
""")
    page = page_of(data, tmp_path)
    assert len(page.pictures) == 2 and any("linearized" in t for t in page.texts)


def test_text_of_a_result_stays_text(tmp_path):
    data = xarray.Dataset(
        {EVIL: ("time", [1.0, np.nan, 3.0], {"long_name": EVIL, "units": EVIL})},
        {"time": [0.0, 1.0, 2.0]},
        {"kind": "run", "title": EVIL, "status": EVIL, "warning": EVIL, "configuration": EVIL, "seed": EVIL, "mine": EVIL},
    )
    page = page_of(data, tmp_path)
    assert sum('<script>alert("1")</script>' in t for t in page.texts) >= 6
    assert not any("\x1b" in t or "\u202e" in t for t in page.texts)


def test_results_without_a_picture_or_a_finite_number_have_a_page(tmp_path):
    data = xarray.Dataset({"x": ("time", [np.nan, np.inf]), "empty": ("none", np.zeros(0))}, {"time": [0.0, 1.0]}, {"kind": "run"})
    said = " ".join(page_of(data, tmp_path).texts)
    assert "no finite value" in said and "no values" in said


def test_pages_that_cannot_be_written(run, tmp_path):
    def refused(result, out, **options):
        with pytest.raises(linnet.Error) as caught:
            linnet.report(result, out, **options)
        return str(caught.value)

    (tmp_path / "there.html").write_text("precious")
    assert "expected a new file, got one that exists" in refused(run, tmp_path / "there.html")
    assert (tmp_path / "there.html").read_text() == "precious"
    assert "a file name ending in .html" in refused(run, tmp_path / "page.pdf")
    (tmp_path / "run.html").write_bytes(b"")
    assert "another file than the result" in refused(tmp_path / "run.html", tmp_path / "run.html", force=True)
    xarray.Dataset({"x": ("t", [1.0])}).to_netcdf(tmp_path / "other.nc")
    assert "expected a result of linnet" in refused(tmp_path / "other.nc", tmp_path / "a.html")
    linnet.save(run.final, tmp_path / "net.nc")
    assert "got a network" in refused(tmp_path / "net.nc", tmp_path / "a.html")
    assert "absent.nc" in refused(tmp_path / "absent.nc", tmp_path / "a.html")
    assert sorted(os.listdir(tmp_path)) == ["net.nc", "other.nc", "run.html", "there.html"]


def test_dimensions_of_length_0_and_numbers_near_the_largest(tmp_path):
    task = linnet.tasks.target(np.diag([2.0, 1.0]))
    net = linnet.gaussian_gram(task, width=5, variance=0.1)
    data = linnet.train(net, task, linnet.GradientDescent(step=0.1, max_steps=5), record=["train_error", "singular_values"]).to_xarray()
    for changed in (data.isel(time=slice(0)), data.isel(mode=slice(0)), data.drop_vars("step").assign(step=(("mode", "mode_2"), np.ones((2, 3)))),
                    data.assign(train_error=data.train_error * 0 + 1e308)):  # fmt: skip
        linnet.report(changed, tmp_path / "r.html", force=True)
        Page((tmp_path / "r.html").read_text())
