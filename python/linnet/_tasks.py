"""Tasks made of other tasks, the others being a kind each in `linnet.tasks`; and the check that a task is one."""

from __future__ import annotations

from typing import Any

from . import _linnet
from ._error import Error, shown
from ._linnet import Task
from ._types import Seed


def require_task(task: Any) -> Task:
    if not isinstance(task, Task):
        raise Error("task", "a task, made by linnet.tasks", shown(task))
    return task


def reversed(task: Task) -> Task:
    """Y -> -Y: what has to be unlearned first.

    This function and the next two change the targets of the data, or the observed entries, and the signal of the test in
    the same way; inputs, mask and least cost stay the same.
    """
    return _linnet.reversed(task)


def with_new_outputs(task: Task, *, seed: Seed = 0) -> Task:
    """Y -> O Y with a random orthogonal O: the same input structure Y^T Y, new outputs.

    Raises:
        linnet.Error: for a task with a mask, because the rotation mixes rows.
    """
    return _linnet.with_new_outputs(task, seed)


def with_low_rank_change(task: Task, *, rank: int = 1, size: float = 1.0, seed: Seed = 0) -> Task:
    """Y -> Y + Delta, a random matrix of this rank, its singular values all `size`: a task for fine-tuning.

    The targets of data become T + Delta X.
    """
    return _linnet.with_low_rank_change(task, rank, size, seed)
