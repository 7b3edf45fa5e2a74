"""The explorer in a notebook: the page of docs/explorer.md as a widget, its state readable and writable from Python."""

from __future__ import annotations

import difflib
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional, Union

import numpy as np

from . import _convert
from ._error import Error, shown, whole_number
from ._linnet import DeepLinear, GramState, SelfConsistent, Task

if TYPE_CHECKING:
    from ._widget import Explorer

__all__ = ["explore"]

MODULE = "explorer.mjs"
LARGEST = 200  # rows or columns of a matrix that the page follows while one drags
DEEPEST = 5

Check = Callable[[str, Any], Any]


def _word(*known: str) -> Check:
    def check(field: str, value: Any) -> str:
        if value not in known:
            raise Error(field, f"one of {', '.join(known)}", shown(value))
        return value

    return check


def _number(least: float, most: float) -> Check:
    def check(field: str, value: Any) -> float:
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = math.nan
        if not least <= number <= most:
            raise Error(field, f"a number from {least:g} to {most:g}", shown(value))
        return number

    return check


def _whole(least: int, most: int) -> Check:
    def check(field: str, value: Any) -> int:
        number = whole_number(value, field)
        if not least <= number <= most:
            raise Error(field, f"a whole number from {least} to {most}", shown(value))
        return number

    return check


def _flag(field: str, value: Any) -> bool:
    if not isinstance(value, (bool, np.bool_)):
        raise Error(field, "True or False", shown(value))
    return bool(value)


def _text(field: str, value: Any) -> str:
    if not isinstance(value, str):
        raise Error(field, "a text", shown(value), "of an array: explore(linnet.tasks.target(y))" if field == "matrix" else "")
    return value


def _names(field: str, value: Any) -> List[str]:
    if not isinstance(value, (list, tuple)) or not all(isinstance(name, str) for name in value):
        raise Error(field, "a list of names", shown(value))
    return list(value)


def _matrix(field: str, value: Any) -> List[List[float]]:
    matrix = _convert.reals(value, field).astype(float)
    if matrix.ndim != 2 or matrix.size == 0 or not np.isfinite(matrix).all():
        raise Error(field, "a matrix of finite numbers", shown(value))
    return matrix.tolist()


def _time(field: str, value: Any) -> float:
    """nan: where the page puts the cursor."""
    return math.nan if value is None or value != value else _number(0, math.inf)(field, value)


SEED = 2**53 - 1  # the largest that JavaScript keeps

NOISE: Dict[str, Check] = {"dim": _whole(2, LARGEST), "rank": _whole(1, LARGEST), "noise": _number(0, 100), "seed": _whole(0, SEED)}


def _noise(field: str, value: Any) -> Dict[str, Any]:
    if not isinstance(value, dict) or set(value) != set(NOISE):
        raise Error(field, f"a dict of {', '.join(NOISE)}", shown(value))
    checked = {key: NOISE[key](f"noise.{key}", of) for key, of in value.items()}
    if checked["rank"] > checked["dim"]:
        raise Error("noise.rank", f"at most dim = {checked['dim']}", str(checked["rank"]))
    return checked


def _given(field: str, value: Any) -> Dict[str, Any]:
    if not isinstance(value, dict) or "target" not in value or set(value) - {"target", "signal", "weights", "gram"}:
        raise Error(field, "a dict of target and perhaps signal, weights or gram", shown(value))
    made: Dict[str, Any] = {}
    for key, of in value.items():
        if of is not None:
            made[key] = [_matrix("given.weights", w) for w in of] if key == "weights" else _matrix(f"given.{key}", of)
    return made


FIELDS: Dict[str, Check] = {
    "task": _word("hierarchy", "noise", "neuron", "reversal", "matrix"),
    "table": _matrix,
    "items": _names,
    "properties": _names,
    "noise": _noise,
    "angle": _number(0, 180),
    "matrix": _text,
    "width": _word("infinite", "balanced", "gaussian", "given"),
    "neurons": _whole(1, 10**9),
    "depth": _whole(1, DEEPEST),
    "scale": _number(1e-12, 10),
    "balance": _number(-10, 10),
    "seed": _whole(0, SEED),
    "time": _time,
    "map": _word("kernel", "test"),
    "dots": _flag,
    "lesson": _whole(0, 4),
    "given": _given,
}


def checked(state: Dict[str, Any]) -> Dict[str, Any]:
    """The fields of a state as plain Python values. Raises linnet.Error for one that is unknown or out of its range."""
    for field in state:
        if field not in FIELDS:
            close = difflib.get_close_matches(str(field), FIELDS, 1)
            raise Error(str(field), f"a field of the state: {', '.join(FIELDS)}", "an unknown one", f'did you mean "{close[0]}"?' if close else "")
    made = {field: FIELDS[field](field, value) for field, value in state.items() if value is not None or field == "time"}
    if "table" in made:
        shape = (len(made["table"]), len(made["table"][0]))
        for field, count, what in (("properties", shape[0], "row"), ("items", shape[1], "column")):
            names = made.setdefault(field, [f"{field[:-1] if field == 'items' else 'property'} {i + 1}" for i in range(count)])
            if len(names) != count:
                raise Error(field, f"a name for each {what} of the table, {count}", str(len(names)))
    return made


def _of_task(task: Task, start: Any) -> Dict[str, Any]:
    if task.mask is not None or not task.cost_normalisation.startswith("C = |A - Y|^2 / 2;"):
        hint = "linnet.tasks.target(task.target) has the same Y" if task.target is not None else ""
        raise Error("task", "the full-matrix cost C = |A - Y|^2 / 2", f"{task.name}: {task.cost_normalisation}", hint)
    if max(task.shape) > LARGEST:
        raise Error("task", f"at most {LARGEST} outputs and inputs", f"{task.shape[0]} x {task.shape[1]}", "the page computes while one drags")
    if task.name == "hierarchy" and start is None:
        return {"task": "hierarchy", "table": task.target}
    given = {"target": task.target, "signal": task.signal if task.has_test else None}
    return {"task": "matrix", "given": given}


def _of_start(start: Any, task: Task) -> Dict[str, Any]:
    if not isinstance(start, (DeepLinear, GramState, SelfConsistent)):
        raise Error("start", "a linear network: Weights, DeepLinear, GramState or SelfConsistent", shown(start))
    if tuple(start.shape) != tuple(task.shape):
        raise Error("start", f"{task.shape[0]} outputs and {task.shape[1]} inputs, as the task", f"{start.shape[0]} x {start.shape[1]}")
    if isinstance(start, DeepLinear) and (start.depth != 2 or start.width <= sum(start.shape)):
        if start.depth > DEEPEST or max(start.sizes) > LARGEST * 2:
            expected = f"at most {DEEPEST} layers of at most {LARGEST * 2} neurons"
            raise Error("start", expected, f"sizes {', '.join(map(str, start.sizes))}", "linnet.compress makes narrow layers of wide ones")
        return {"depth": start.depth, "weights": start.weights}
    return {"depth": 2, "gram": start.gram}


def module() -> str:
    """The page as a module for notebooks: of this package, or of the source tree that it was built in."""
    here = Path(__file__).resolve()
    for file in (here.with_name(MODULE), *(parent / "explorer" / "build" / "widget" / "widget.mjs" for parent in here.parents)):
        if file.is_file():
            return file.read_text("utf-8")
    raise Error("explore", "the page, built for notebooks", "none in this package", "scripts/explorer --build makes it; then install linnet again")


def explore(task: Optional[Union[Task, str]] = None, start: Optional[Any] = None, **state: Any) -> "Explorer":
    """The explorer in a notebook: how a linear network learns, with dials for the scale and the balance of its start.

    Everything is computed in the browser, by linnet itself; nothing is sent anywhere. The widget has the attributes
    `state` (a dict, of which an assignment changes the page, and which follows what one does there), `time` (of the
    cursor), `python` and `toml` (the present state as a program and as a configuration). `observe(f, names="state")`
    calls f at every change. Needs the package anywidget: `pip install "linnet[notebook]"`.
    Source: docs/explorer.md.

    Args:
        task: a task of the full-matrix cost C = |A - Y|^2 / 2, as `tasks.target` and `tasks.low_rank_plus_noise`; or the
            name of one of the page: "hierarchy", "noise", "neuron", "reversal", "matrix". The hierarchy by default.
        start: a network of the task's shape: `Weights`, `DeepLinear`, `GramState` or `SelfConsistent`; without it the one
            of the fields width, neurons, depth, scale, balance and seed.
        state: other fields of the page: width ("infinite", "balanced" or "gaussian"), neurons, depth, scale, balance,
            seed, time, map ("kernel" or "test"), dots, lesson, table with items and properties, noise, angle, matrix.

    Raises:
        linnet.Error: for a field that is unknown or out of its range, for tasks and networks that the page does not have,
            and where anywidget or the page is missing.
    """
    if isinstance(task, str):
        state = {"task": task, **state}
        task = None
    if task is not None and not isinstance(task, Task):
        raise Error("task", "a task, made by linnet.tasks, or the name of one of the page", shown(task))
    if start is not None and task is None:
        raise Error("task", "a task for the start", "none", "explore(task, start)")
    if task is not None:
        given = _of_task(task, start)
        if start is not None:
            of_start = _of_start(start, task)
            fixed = [name for name in ("width", "neurons", "depth", "scale", "balance", "seed") if name in state]
            if fixed:
                raise Error(fixed[0], "none beside a start", shown(state[fixed[0]]), "the start has it already")
            given = {**given, "width": "given", "depth": of_start.pop("depth"), "given": {**given["given"], **of_start}}
        fixed = [name for name in given if name in state]
        if fixed:
            raise Error(fixed[0], "none beside a task", shown(state[fixed[0]]), "the task has it already")
        state = {**given, **state}
    first = checked(state)
    try:
        from ._widget import Explorer
    except ImportError as error:
        raise Error("explore", "the package anywidget", str(error), 'pip install "linnet[notebook]"') from None
    return Explorer(module(), first)
