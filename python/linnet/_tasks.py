"""Tasks that are no kind of their own: a cost of your own, tasks made of other tasks; and the check that a task is one."""

from __future__ import annotations

from typing import Any, Callable, Optional, Tuple

from numpy.typing import ArrayLike

from . import _linnet
from ._error import Error, shown
from ._linnet import Task
from ._types import Seed


def require_task(task: Any) -> Task:
    if not isinstance(task, Task):
        raise Error("task", "a task, made by linnet.tasks", shown(task))
    return task


def custom(
    f: Callable[[Any], Tuple[Any, Any]],
    shape: Tuple[int, int],
    *,
    test: Optional[Callable[[Any], Tuple[Any, Any]]] = None,
    curvature: Optional[Callable[[Any, Any], Any]] = None,
    check_at: Optional[ArrayLike] = None,
) -> Task:
    """A cost of your own: any differentiable function of the end-to-end matrix A. The error is the cost.

    `f(A) -> (C, gradient)` gets a fresh outputs x inputs array and returns the cost and the gradient of the same
    shape. They are compared with difference quotients at once, along three directions at a random A of entries of
    variance 1/inputs, or at `check_at`. What f raises in a run ends the run and comes out as it is. One call takes a
    step of descent, so that its time adds to that of the step. Outside of its domain it may return an infinite cost: a
    flow then tries a smaller step, and descent has diverged. Every linear network trains on it, by descent and by
    flow, also the implicit one; closed forms do not know it, nor do configurations. A pickle has f itself: pickle wants
    a function that it can import.
    Source: docs/costs.md.

    Args:
        f: A -> (C, gradient of C at A).
        shape: (outputs, inputs) of A.
        test: as f, without use of its gradient: its value is the test error.
        curvature: (A, D) -> the second derivative of C at A along D, outputs x inputs. Implicit flow of deep networks is
            faster with it; Hessians of the landscape need it.
        check_at: where gradient and curvature are checked.

    Raises:
        linnet.Error: when a difference quotient differs from the gradient or the curvature, and in a run when a
            gradient is not finite or of another shape.
    """
    for given, field in ((f, "task.f"), (test, "task.test"), (curvature, "task.curvature")):
        if not callable(given) and (given is not None or field == "task.f"):
            raise Error(field, "a function", shown(given))
    return _linnet.custom_task(shape, f, test, curvature, check_at)


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
