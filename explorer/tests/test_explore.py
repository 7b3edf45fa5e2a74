"""linnet.explore from Python's side: what it takes and refuses, its traits, and what crosses to the page."""

import json
import math
import subprocess
import sys

import numpy as np
import pytest

import linnet
from linnet import explorer

RNG = np.random.default_rng(5)
TASK = linnet.tasks.target(RNG.normal(size=(3, 4)), RNG.normal(size=(3, 4)))


def error_of(function):
    with pytest.raises(linnet.Error) as caught:
        function()
    return str(caught.value)


@pytest.fixture
def explore(monkeypatch):
    """Without the page, which only a browser needs."""
    pytest.importorskip("anywidget")
    monkeypatch.setattr(explorer, "module", lambda: "export default {}")
    return linnet.explore


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ({"skale": 1}, 'skale: expected a field of the state: task, table, items, properties, noise, angle, matrix, width, neurons, depth, scale, '
                       'balance, seed, time, map, dots, lesson, given, got an unknown one\n  hint: did you mean "scale"?'),
        ({"scale": 100}, "scale: expected a number from 1e-12 to 10, got 100"),
        ({"scale": "big"}, "scale: expected a number from 1e-12 to 10, got 'big'"),
        ({"balance": math.nan}, "balance: expected a number from -10 to 10, got nan"),
        ({"depth": 2.5}, "depth: expected a whole number, got 2.5"),
        ({"depth": 6}, "depth: expected a whole number from 1 to 5, got 6"),
        ({"map": "both"}, "map: expected one of kernel, test, got 'both'"),
        ({"dots": 1}, "dots: expected True or False, got 1"),
        ({"time": -1}, "time: expected a number from 0 to inf, got -1"),
        ({"table": [[1, 2], [3, 4]], "items": ["one"]}, "items: expected a name for each column of the table, 2, got 1"),
        ({"noise": {"dim": 3}}, "noise: expected a dict of dim, rank, noise, seed, got {'dim': 3}"),
        ({"noise": {"dim": 3, "rank": 4, "noise": 1, "seed": 0}}, "noise.rank: expected at most dim = 3, got 4"),
        ({"matrix": np.eye(2)}, "matrix: expected a text, got ndarray of shape (2, 2)\n  hint: of an array: explore(linnet.tasks.target(y))"),
    ],
)
def test_fields_are_checked(state, expected):
    assert error_of(lambda: linnet.explore(**state)) == expected


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((3,), "task: expected a task, made by linnet.tasks, or the name of one of the page, got 3"),
        (("tree",), "task: expected one of hierarchy, noise, neuron, reversal, matrix, got 'tree'"),
        ((None, linnet.gaussian_weights((3, 4), width=2)), "task: expected a task for the start, got none\n  hint: explore(task, start)"),
        ((TASK, np.eye(3)), "start: expected a linear network: Weights, DeepLinear, GramState or SelfConsistent, got ndarray of shape (3, 3)"),
        ((TASK, linnet.gaussian_weights((2, 4), width=2)), "start: expected 3 outputs and 4 inputs, as the task, got 2 x 4"),
        ((linnet.tasks.low_rank_plus_noise(dim=201),), "task: expected at most 200 outputs and inputs, got 201 x 201\n  hint: the page computes while one drags"),
    ],
)
def test_tasks_and_starts_are_checked(arguments, expected):
    assert error_of(lambda: linnet.explore(*arguments)) == expected


def test_other_costs_are_refused():
    seen = linnet.tasks.completion(RNG.normal(size=(3, 4)), fraction=0.5)
    assert error_of(lambda: linnet.explore(seen)).startswith("task: expected the full-matrix cost C = |A - Y|^2 / 2, got completion: C = |M * (A - Y)|^2 / 2")


def test_a_start_has_its_scale():
    start = linnet.gaussian_weights(TASK, width=2)
    assert error_of(lambda: linnet.explore(TASK, start, scale=1)) == "scale: expected none beside a start, got 1\n  hint: the start has it already"


def test_without_anywidget_or_the_page_it_says_what_is_missing(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "anywidget", None)
    monkeypatch.delitem(sys.modules, "linnet._widget", raising=False)
    text = error_of(linnet.explore)
    assert text.startswith("explore: expected the package anywidget, got ") and text.endswith('hint: pip install "linnet[notebook]"')
    monkeypatch.setattr(explorer, "__file__", str(tmp_path / "explorer.py"))
    assert error_of(explorer.module).startswith("explore: expected the page, built for notebooks, got none in this package")


def test_a_task_and_a_start_cross_with_all_digits(explore):
    start = linnet.gaussian_weights(TASK, width=5, seed=3)
    state = json.loads(json.dumps(explore(TASK, start, time=math.inf).get_state()["state"]))
    assert (state["task"], state["width"], state["depth"], state["time"]) == ("matrix", "given", 2, "inf")
    np.testing.assert_array_equal(state["given"]["target"], TASK.target)
    np.testing.assert_array_equal(state["given"]["signal"], TASK.signal)
    for ours, its in zip(state["given"]["weights"], (start.w1, start.w2)):
        np.testing.assert_array_equal(ours, its)


@pytest.mark.parametrize(
    "start",
    [linnet.infinite_width(TASK, scale=0.1), linnet.SelfConsistent(np.zeros((3, 4)), (0.1, 0.2)), linnet.gaussian_weights(TASK, width=500)],
)
def test_wide_starts_cross_as_their_gram_state(explore, start):
    given = explore(TASK, start).state["given"]
    np.testing.assert_array_equal(given["gram"], start.gram)
    assert "weights" not in given


def test_the_hierarchy_is_a_table(explore):
    w = explore(linnet.tasks.hierarchy(levels=2))
    assert w.state["task"] == "hierarchy" and len(w.state["items"]) == 4
    np.testing.assert_array_equal(w.state["table"], linnet.tasks.hierarchy(levels=2).target)


def test_state_goes_both_ways(explore):
    w = explore("noise", scale=1e-3, balance=1)
    assert w.state == {"task": "noise", "scale": 1e-3, "balance": 1.0} and math.isnan(w.time) and w.python == ""
    assert repr(w) == "<linnet.explore(task='noise', scale=0.001, balance=1.0)>"
    seen = []
    w.observe(lambda change: seen.append(change["new"]["scale"]), names="state")
    w.state = w.state | {"scale": 0.5}
    w.set_state({"state": {**w.get_state()["state"], "scale": 0.25, "time": None}, "time": "inf", "python": "import linnet"})  # the page
    assert seen == [0.5, 0.25] and math.isnan(w.state["time"]) and w.time == math.inf and w.python == "import linnet"
    with pytest.raises(linnet.Error, match="scale: expected a number"):
        w.state = w.state | {"scale": -1}
    assert w.state["scale"] == 0.25


def test_importing_linnet_does_not_need_anywidget():
    code = "import sys; sys.modules['anywidget'] = None; import linnet; linnet.explore"
    subprocess.run([sys.executable, "-c", code], check=True)
