"""Defaults in Python are those of the page of keys, which the tests in C++ compare with the library's structs."""

import inspect
import re

import linnet
import numpy as np
import pytest


def page_of_keys():
    """(section, kind) -> Python's argument -> default, as text, and -> Python's functions; a section's own keys have no kind."""
    page, functions, section, kind = {}, {}, "", ""
    for line in linnet._linnet.configuration_reference().splitlines():
        if line.startswith("## "):
            section, kind = line.strip("# `[]"), ""
        if line.startswith("### "):
            kind = line.split("kind = ", 1)[1]
        if " In Python: " in line:
            functions[section, kind] = re.findall("`([^`]*)`", line.split(" In Python: ")[1])
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)]
        if len(cells) > 4 and cells[1].startswith("`"):
            other = re.search("; in Python `([^`]*)`", cells[4])
            page.setdefault((section, kind), {})[other[1] if other else cells[1].strip("`")] = cells[3].strip("`")
    return page, functions


PAGE, MADE_BY = page_of_keys()
SECTION_OF = {"tasks": "task", "starts": "network", "solvers": "solver"}
# The function or class of Python, its section and its kind.
FUNCTIONS = [(name, *where) for where, names in MADE_BY.items() for name in names]

# Made by a class of Python's own, or by none of it.
WITHOUT = {
    ("network", "weights"): linnet.Weights,
    ("network", "deep, initialization = weights"): linnet.DeepLinear,
    ("network", "diagonal"): linnet.Diagonal,
    ("network", "perceptron, initialization = weights"): linnet.Perceptron,
    ("solver", "exact"): linnet.ExactFlow,
    ("solver", "design"): linnet.Design,
}

# Arguments that files say in other sections, or that are objects.
NOT_KEYS = {"task", "shape", "seed", "point", "rates", "stop", "events", "step_factor", "inputs", "sizes", "end_to_end", "half", "mean_over_outputs", "cross_entropy"}

# Where a file has to name one of several keys, or says it elsewhere, Python has the struct's default, or none.
DEFAULTS = {
    ("teacher", "slope"): 0.0,
    ("GradientDescent", "seed"): 0,
    ("SpectralDescent", "seed"): 0,
    ("gaussian_weights", "variance"): 1.0,
    ("gaussian_gram", "variance"): 1.0,
    ("identity_deep", "variance"): 0.0,
    **{(name, "depth"): None for name, _, kind in FUNCTIONS if kind.startswith("deep,")},
}


def function_named(name):
    return getattr(linnet.tasks, name) if name in linnet.tasks.__all__ else getattr(linnet, name)


def texts(default):
    """What a page may have for it."""
    if default is None or (isinstance(default, tuple) and not default):
        return ("unset", "[]")
    if isinstance(default, bool):
        return (str(default).lower(),)
    if isinstance(default, str):
        return (f'"{default}"',)
    return (repr(default), repr(float(default)))


@pytest.mark.parametrize("name, section, kind", FUNCTIONS, ids=[name for name, _, _ in FUNCTIONS])
def test_names_and_defaults_are_those_of_the_description(name, section, kind):
    keys = PAGE[section, kind]
    for argument, parameter in inspect.signature(function_named(name)).parameters.items():
        if (name, argument) in DEFAULTS:
            assert parameter.default == DEFAULTS[name, argument], argument
            continue
        assert argument in keys or argument in NOT_KEYS
        if argument not in keys or parameter.default is inspect.Parameter.empty:
            continue
        shown = texts(parameter.default)
        try:
            same = any(float(one) == float(keys[argument]) for one in shown)
        except ValueError:
            same = keys[argument] in shown
        assert same, (argument, parameter.default, keys[argument])


@pytest.mark.parametrize("name, section, kind", FUNCTIONS, ids=[name for name, _, _ in FUNCTIONS])
def test_help_has_every_argument(name, section, kind):
    function = function_named(name)
    described = function.__doc__.split("Args:", 1)[1]
    for argument in inspect.signature(function).parameters:
        assert re.search(rf"^ +{argument}: \S", described, re.MULTILINE), argument


def test_every_kind_is_made_by_a_function_or_a_class():
    made = {(section, kind) for _, section, kind in FUNCTIONS}
    assert made.isdisjoint(WITHOUT)
    assert made | set(WITHOUT) == {page for page in PAGE if page[1]}
    for module, section in SECTION_OF.items():
        listed = set(getattr(linnet, module).__all__)
        assert {name for name, of, _ in FUNCTIONS if of == section} <= listed
        assert module == "tasks" or listed <= set(linnet.__all__)
    source = inspect.getsource(linnet.tasks.modes)
    signature = "def modes(values: ArrayLike, *, shape: Tuple[int, int], input_variances: ArrayLike = (), seed: Seed = 0) -> Task:\n"
    assert source.startswith(signature)


STARTS = [
    ("gaussian_weights", dict(width=5, variance=0.3), 'kind = "gaussian"\nstate = "weights"\nwidth = 5\nvariance = 0.3'),
    ("gaussian_weights", dict(width=5, variance="he"), 'kind = "gaussian"\nstate = "weights"\nwidth = 5\nvariance = "he"'),
    ("gaussian_gram", dict(width=50, variance=(0.3, 2)), 'kind = "gaussian"\nstate = "gram"\nwidth = 50\nvariance = [0.3, 2]'),
    ("gaussian_deep", dict(widths=[5, 6], gamma=1.5), 'kind = "deep"\ndepth = 3\nwidths = [5, 6]\ngamma = 1.5'),
    ("orthogonal_deep", dict(depth=3, width=4, scale=0.5), 'kind = "deep"\ninitialization = "orthogonal"\ndepth = 3\nwidth = 4\nscale = 0.5'),
    ("identity_deep", dict(depth=3, width=4, variance=0.1), 'kind = "deep"\ninitialization = "identity"\ndepth = 3\nwidth = 4\nvariance = 0.1'),
    ("escape_path", dict(depth=3, width=4, size=0.5, mode=1), 'kind = "deep"\ninitialization = "escape"\ndepth = 3\nwidth = 4\nstart_size = 0.5\nmode = 1'),
]  # fmt: skip


@pytest.mark.parametrize("name, options, network", STARTS, ids=[f"{name}-{i}" for i, (name, _, _) in enumerate(STARTS)])
def test_files_and_functions_make_the_same_network(name, options, network):
    text = '[task]\nkind = "modes"\nmodes = [3.0, 2.0, 1.0]\nshape = [4, 3]\n[solver]\nmax_steps = 0\n[network]\nseed = 8\n'
    task = linnet.tasks.modes([3.0, 2.0, 1.0], shape=(4, 3))
    made = function_named(name)(task, seed=8, **options).end_to_end
    assert np.linalg.norm(made) > 1e-3
    np.testing.assert_array_equal(made, linnet.run(text + network).final_end_to_end)


def test_rules_that_a_description_does_not_know_are_refused():
    with pytest.raises(linnet.Error, match='network.variance: expected .*"lecun", "he" or "glorot", got "haiku"'):
        linnet.gaussian_gram((3, 4), width=5, variance="haiku")
    with pytest.raises(linnet.Error, match="solver.step: expected a number, got 'mixed'"):
        linnet.train(linnet.infinite_width((3, 3), scale=1), linnet.tasks.target(np.eye(3)), linnet.GradientDescent(step="mixed"))
