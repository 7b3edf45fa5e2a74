"""What notebooks and prompts show."""

import io
import sys
import types
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from test_pickle import FLOWS, NETWORKS, TASKS

import linnet

SOLVER = linnet.GradientDescent(step=1e-2, max_steps=30)


@pytest.mark.parametrize("name", NETWORKS)
def test_networks_tell_their_sizes(name):
    net = NETWORKS[name]()
    text = repr(net)
    assert text.startswith(f"<linnet.{type(net).__name__}, ") and text.endswith(">")
    if hasattr(net, "sizes"):
        assert ", ".join(map(str, net.sizes)) in text
    else:
        assert "3 x 5" in text
    assert "width 4" in repr(NETWORKS["weights"]()) and "slope 0.1" in repr(NETWORKS["perceptron"]())


def test_tasks_tell_their_shapes():
    assert repr(TASKS["target"]()) == "<linnet.Task target, 3 x 5, with a test>"
    assert "samples 20" in repr(TASKS["regression"]()) and "seen 10 of 15 entries" in repr(TASKS["completion"]())


def test_schedules_are_written_as_they_are_made():
    for text in ("linnet.every(3)", "linnet.linear(5)", "linnet.logarithmic(0.5, 7)", "linnet.ends()", "linnet.at([1.0, 4.0])"):
        assert repr(eval(text)) == text


def shown():
    task = TASKS["target"]()
    yield from (make() for make in TASKS.values())
    yield from (make() for make in NETWORKS.values())
    yield FLOWS["exact"]()
    yield linnet.train(NETWORKS["weights"](), task, SOLVER, ["train_error", "singular_values"])
    yield linnet.train(NETWORKS["weights"](), task, SOLVER, ["singular_values"])


@pytest.mark.parametrize("made", list(shown()), ids=lambda made: type(made).__name__)
def test_small_tables_in_notebooks(made):
    page = made._repr_html_()
    tree = ElementTree.fromstring(page)  # it is well-formed
    assert len(page) < 4000 and type(made).__name__ in tree.find("b").text
    curves = list(tree.iter("{http://www.w3.org/2000/svg}polyline"))
    if curves:
        points = np.array([p.split(",") for p in curves[0].get("points").split()], dtype=float)
        assert (points >= 0).all() and points[:, 0].max() <= 160 and points[:, 1].max() <= 40


def test_the_curve_is_that_of_the_run():
    run = linnet.train(NETWORKS["weights"](), TASKS["target"](), SOLVER)
    tree = ElementTree.fromstring(run._repr_html_())
    points = next(tree.iter("{http://www.w3.org/2000/svg}polyline")).get("points").split()
    heights = np.array([float(p.split(",")[1]) for p in points])
    assert len(points) == 31 and (np.diff(heights) >= 0).all()  # the error falls, and y points down


def test_names_are_escaped():
    task = TASKS["target"]()
    run = linnet.train(NETWORKS["weights"](), task, SOLVER, [linnet.observable(lambda net: 1.0, name="a", long_name="<b>")])
    run.warning = "<script>"
    assert "<script>" not in run._repr_html_()


def test_progress_by_tqdm(monkeypatch):
    bars = []

    class Bar:
        def __init__(self, total, **options):
            self.total, self.n, self.closed = total, 0, False
            bars.append(self)

        def refresh(self):
            pass

        def close(self):
            self.closed = True

    monkeypatch.setitem(sys.modules, "tqdm", types.ModuleType("tqdm"))
    monkeypatch.setitem(sys.modules, "tqdm.auto", types.SimpleNamespace(tqdm=Bar))
    linnet.train(NETWORKS["weights"](), TASKS["target"](), SOLVER, progress=True)
    assert bars[0].total == 30 and bars[0].closed


def test_progress_without_tqdm(monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    linnet.train(NETWORKS["weights"](), TASKS["target"](), SOLVER, progress=True)
    assert "% of 30" in sys.stderr.getvalue()
    with pytest.raises(linnet.Error, match="progress"):
        linnet.train(NETWORKS["weights"](), TASKS["target"](), SOLVER, progress="bar")


def test_help_has_the_units():
    for word in ("outputs x inputs", "gradient-flow time", "2^64 - 1", "pickles"):
        assert word in linnet.__doc__
