"""Defaults in Python are those of the page of keys, which the tests in C++ compare with the library's structs."""

import inspect
import re

import pytest

import linnet


def page_of_keys():
    """(section, kind) -> key -> default, as text; a section's own keys have no kind."""
    page, section, kind = {}, "", ""
    for line in linnet._linnet.configuration_reference().splitlines():
        if line.startswith("## "):
            section, kind = line.strip("# `[]"), ""
        if line.startswith("### "):
            kind = line.split("kind = ", 1)[1]
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)]
        if len(cells) > 4 and cells[1].startswith("`"):
            page.setdefault((section, kind), {})[cells[1].strip("`")] = cells[3].strip("`")
    return page


PAGE = page_of_keys()
TASKS = sorted(kind for section, kind in PAGE if section == "task" and kind)

# Options that have another name in Python than in files.
OTHER_NAMES = {"first_scale": "alpha", "layer": "unbalanced"}

OTHERS = [
    (linnet.spherical_pairs, [("network", "perceptron, initialization = pairs")], 5),
    (linnet.gaussian_perceptron, [("network", "perceptron, initialization = gaussian")], 3),
    (linnet.neuron, [("network", "neuron")], 1),
    (linnet.balanced, [("network", "balanced"), ("solver", "")], 2),
    (linnet.deep_unbalanced, [("network", "deep, initialization = unbalanced"), ("solver", "")], 2),
    (linnet.orthogonal_deep, [("network", "deep, initialization = orthogonal")], 1),
    (linnet.identity_deep, [("network", "deep, initialization = identity")], 1),
    (linnet.GradientDescent, [("solver", "descent")], 5),
    (linnet.GradientFlow, [("solver", "flow"), ("solver", "")], 6),
]


def text(default):
    if default is None or (isinstance(default, tuple) and not default):
        return ("unset", "[]")
    if isinstance(default, bool):
        return (str(default).lower(),)
    if isinstance(default, str):
        return (f'"{default}"',)
    return (repr(default), repr(float(default)))


def compared(function, pages):
    """The number of defaults compared with the page."""
    keys = {key: default for page in pages for key, default in PAGE[page].items()}
    count = 0
    for name, parameter in inspect.signature(function).parameters.items():
        key = OTHER_NAMES.get(name, name)
        if parameter.default is inspect.Parameter.empty or key not in keys or name == "seed":
            continue
        if name in ("depth", "width", "variance"):  # one of several ways, none of them by default
            continue
        expected = keys[key]
        shown = text(parameter.default)
        try:
            same = any(float(one) == float(expected) for one in shown)
        except ValueError:
            same = expected in shown
        assert same, (function.__name__, name, parameter.default, expected)
        count += 1
    return count


@pytest.mark.parametrize("kind", TASKS)
def test_tasks_have_the_defaults_of_files(kind):
    function = getattr(linnet.tasks, kind)
    optional = [p for p in inspect.signature(function).parameters.values() if p.default is not inspect.Parameter.empty]
    least = {"modes": 0, "target": 1}.get(kind, 1)
    assert compared(function, [("task", kind)]) >= least, optional
    assert "Args:" in function.__doc__ and function.__doc__.count(":") > len(optional)


@pytest.mark.parametrize("function, pages, least", OTHERS, ids=[case[0].__name__ for case in OTHERS])
def test_networks_and_solvers_have_the_defaults_of_files(function, pages, least):
    assert compared(function, pages) >= least


def test_every_kind_of_task_is_a_function():
    assert set(TASKS) <= set(linnet.tasks.__all__)
    source = inspect.getsource(linnet.tasks.modes)
    assert source.startswith("def modes(values: ArrayLike, *, shape: Tuple[int, int], seed: int = 0) -> Task:\n")
