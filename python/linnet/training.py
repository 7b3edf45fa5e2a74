"""Training: one function for any network, task and solver."""

from __future__ import annotations

import warnings
from typing import Any, Callable, Optional, Sequence, Union

from . import _linnet, solvers
from ._error import Error, shown
from ._linnet import Perceptron, SelfConsistent, Task
from ._solver import Solver
from .networks import Network
from .schedules import ScheduleLike, or_automatic
from .solvers import GradientDescent
from .trajectory import Comparison, Trajectory, names_of, unless_raised

__all__ = ["compare", "train"]

Progress = Callable[[float, float], Any]


def _dynamics(network: Any, solver: Solver) -> str:
    return "self-consistent" if isinstance(network, SelfConsistent) else solver._dynamics


def _require_task(task: Any) -> Task:
    if not isinstance(task, Task):
        raise Error("task", "a task, made by linnet.tasks", shown(task))
    return task


def train(
    network: Union[Network, Perceptron],
    task: Task,
    solver: Solver,
    record: Union[str, Sequence[Any]] = ("train_error",),
    schedule: ScheduleLike = None,
    *,
    threshold: Optional[float] = None,
    at_best: Union[str, Sequence[Any]] = (),
    best: str = "steps",
    progress: Optional[Progress] = None,
) -> Trajectory:
    """Train a network on a task.

    The form of the network determines the dynamics. `Weights` and `GramState` follow the same gradient descent or flow
    exactly, the latter at a cost that does not depend on the width. `SelfConsistent` follows the dynamics that is
    closed in A. A `Perceptron` can be trained on every task that has samples; use its flow with method="bdf" and an
    rtol of 1e-2 to 1e-6. The interpreter's lock is released during training.

    Args:
        network: the start; it is not changed.
        task: the task.
        solver: one of `linnet.solvers`, as `GradientDescent` or `GradientFlow`.
        record: names of observables, or ("rank", fraction); `linnet.observables.names(network, task)` lists those that
            there are. They are computed at the records only.
        schedule: when to record: `linnet.every(n)` or n for every n-th step of descent, `linnet.linear(n)`,
            `linnet.logarithmic(first, n)`, or a list of steps (descent) or times (flow). Every step of descent, or 101
            times of a flow, by default. Start and end are always recorded; an instant that the run does not have is
            refused.
        threshold: kappa, between lazy and active modes; by default that of the start's best closure, computed when
            first needed.
        at_best: scalar observables to measure where the test error is smallest; for a linear network those of A.
        best: where the smallest test error is searched, at all "steps" or only at the "records". For a linear network
            this costs almost nothing. For a perceptron the test error costs a pass over the samples held out, and is
            searched only when the run records a quantity of the test or stops by one: next to a step on all samples
            it takes two thirds of a step with as many samples held out, and nine steps with ten times as many (two
            layers, d = 100). Descent by batches uses the records only.
        progress: called as progress(done, total) at most 20 times a second, in steps or time; returning False ends
            the run with status "interrupted".

    Returns:
        A `Trajectory`; its `time` is gradient-flow time. A run that diverges is a result, with status "diverged". In a
        run from `run.final` time, steps, stop rules, best test error, momentum (V = 0) and the integrator's own steps
        begin again; first_batch=run.final_step continues the order of minibatches.

    Raises:
        linnet.Error: for arguments that do not fit; of kind "numerical" when the integrator fails.
        KeyboardInterrupt: on Ctrl-C, within a second; its attribute `trajectory` has the run so far, if there is a
            record, without a `final` if the run ended within a step.

    Source: docs/theory.md, "The width drops out" and "Self-consistent dynamics".
    """
    if not isinstance(solver, Solver):
        raise Error("solver", " or ".join(f"a {name}" for name in solvers.__all__), shown(solver))
    when = or_automatic(schedule)
    _require_task(task)
    parts, raised = _linnet.train(
        network, task, solver, names_of(record), when, threshold, names_of(at_best), best, progress
    )
    trajectory = Trajectory(parts, task, _dynamics(network, solver))
    if trajectory.warning:
        warnings.warn(trajectory.warning, stacklevel=2)
    return unless_raised(trajectory, raised)


def compare(
    first: Union[Network, Perceptron],
    second: Union[Network, Perceptron],
    task: Task,
    solver: GradientDescent,
    record: Union[str, Sequence[Any]] = ("train_error",),
    schedule: ScheduleLike = None,
    *,
    threshold: Optional[float] = None,
    at_best: Union[str, Sequence[Any]] = (),
    best: str = "steps",
    progress: Optional[Progress] = None,
) -> Comparison:
    """Train two networks by the same steps of gradient descent, and measure their distance.

    The stop rules use the first network and end both. The arguments are those of `train`; an example of a pair is a
    network and its `linnet.self_consistent` approximation.

    Returns:
        A `Comparison`: `first`, `second` (trajectories), `distance` at the records, `largest_distance` over all steps:
        |A - A'|_F, or, where one is a perceptron, the root mean square over the samples of |f(x_i) - f'(x_i)|.

    Raises:
        linnet.Error: for arguments that do not fit.
        KeyboardInterrupt: on Ctrl-C, within a step; its attribute `trajectory` holds the comparison so far.
    """
    _require_task(task)
    if not isinstance(solver, GradientDescent):
        raise Error("solver", "a GradientDescent", shown(solver), "two flows share no steps: train them one by one")
    when = or_automatic(schedule)
    one, two, distance, largest, raised = _linnet.compare(
        first, second, task, solver, names_of(record), when, threshold, names_of(at_best), best, progress
    )
    result = Comparison(
        Trajectory(one, task, _dynamics(first, solver)),
        Trajectory(two, task, _dynamics(second, solver)),
        distance,
        largest,
        isinstance(first, Perceptron) or isinstance(second, Perceptron),
    )
    return unless_raised(result, raised)
