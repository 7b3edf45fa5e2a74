"""How a deep linear network learns mode after mode: greedy low-rank paths, plateaus of a run, planes through saddles.

What users call stands in `linnet.landscape`. Source: docs/theory.md, "Saddle to saddle".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, List, NamedTuple, Optional, Sequence, Union

import numpy as np
from numpy.typing import ArrayLike

from . import _linnet
from ._error import Error
from ._linnet import DeepDiagonal, DeepLinear, Diagonal, Task
from ._tasks import require_task

if TYPE_CHECKING:
    from .trajectory import Trajectory

Deep = Union[DeepLinear, Sequence[ArrayLike]]


class GreedyStep(NamedTuple):
    """An instant of the flow from one critical point to the next: the time since the escape, the cost and the weights."""

    time: float
    cost: float
    network: DeepLinear


@dataclass(frozen=True)
class GreedySaddle:
    """A critical point of the greedy low-rank algorithm.

    Attributes:
        rank: k, the neurons of every hidden layer in use.
        network: its weights, of k neurons a hidden layer (one unused for k = 0).
        end_to_end: A_k.
        cost: C(A_k).
        error: the train error.
        gradient_norm: |dC/dtheta|.
        escape_strength: s, the largest singular value of dC/dA, the rate of the escape from this point (`Escape`).
        stable: a local minimum among networks of k neurons a layer.
        path: the flow that came here, a `GreedyStep` an internal step, with `keep_paths`.
    """

    rank: int
    network: DeepLinear
    end_to_end: np.ndarray
    cost: float
    error: float
    gradient_norm: float
    escape_strength: float
    stable: bool
    path: List[GreedyStep]


@dataclass(frozen=True)
class GreedyPath:
    """The critical points in the order of their ranks, from 0, and the reason for the end.

    Attributes:
        saddles: a list of `GreedySaddle`.
        completed: False when no critical point of the next rank was reached.
        ended: why it ended, in words.
    """

    saddles: List[GreedySaddle]
    completed: bool
    ended: str


def _matrices(saddles: Union[GreedyPath, Sequence[Union[GreedySaddle, ArrayLike]]]) -> list:
    if isinstance(saddles, GreedyPath):
        saddles = saddles.saddles
    return [s.end_to_end if isinstance(s, GreedySaddle) else s for s in saddles]


def greedy_low_rank(
    task: Task,
    *,
    depth: int = 2,
    max_rank: Optional[int] = None,
    size: float = 1e-3,
    cost_tolerance: float = 1e-9,
    tolerance: float = 1e-9,
    keep_paths: bool = False,
) -> GreedyPath:
    """The critical points of rank 0, 1, 2, ... that gradient flow from vanishing weights visits.

    From each of them one neuron is added to every hidden layer along the fastest escape, gradient flow goes down from
    there, and Newton's method ends at the critical point of the next rank.

    Args:
        task: the task.
        depth: layers, at least 2.
        max_rank: where to end; the smaller dimension by default.
        size: of the start along the escape, relative to the weights of the mode that is learned.
        cost_tolerance: ends once the cost above the minimum is this fraction of its fall.
        tolerance: of |dC/dtheta|, relative to its largest value on the way.
        keep_paths: whether saddles have the flows that came to them.

    Raises:
        linnet.Error: for one layer. Where no critical point is reached (a mask may have its infimum at infinity) the
            path is not `completed`.
    """
    saddles, completed, ended = _linnet.greedy_low_rank(
        require_task(task), depth, max_rank, size, cost_tolerance, tolerance, keep_paths
    )
    found = [GreedySaddle(*saddle[:-1], [GreedyStep(*step) for step in saddle[-1]]) for saddle in saddles]
    return GreedyPath(found, completed, ended)


@dataclass(frozen=True)
class DiagonalSaddle:
    """A saddle that a diagonal network visits from a vanishing start, or the minimum at the end.

    Attributes:
        time: at which it is reached, in units of `SmallStart.unit`.
        values: s.
        cost: C(s).
        reached: the inputs whose integral reached 1 or -1 then, and whose values may move since.
    """

    time: float
    values: np.ndarray
    cost: float
    reached: List[int]


class SmallStart(NamedTuple):
    """What the limit of vanishing starts needs to know of a small diagonal network.

    unit: the time T in which a value grows from the start to order 1 where |dC/ds_i| = 1.
    positive: whether values stay positive; else they start at 0 and take either sign.
    """

    unit: float
    positive: bool


def diagonal_saddles(task: Task, *, positive: bool = False) -> List[DiagonalSaddle]:
    """The saddles that gradient flow of a diagonal network visits as its start vanishes, with the times of the jumps.

    From s = 0 the integrals of -dC/ds_i grow until one reaches 1 or -1; then s jumps to the least cost where s_i has
    the sign of its integral if that is 1 or -1, and is 0 elsewhere; and so on (Pesme & Flammarion 2023; here at any
    depth). The last one is the minimum, of the least sum of |s_i|. `positive` is for starts that keep the values
    positive, of which only the integrals that reach 1 count. `small_start` gives the unit of time.
    Source: docs/theory.md, "Jumps of diagonal networks".

    Raises:
        linnet.Error: for more than one output, and for costs without a target.
    """
    return [DiagonalSaddle(*saddle) for saddle in _linnet.diagonal_saddles(require_task(task), positive)]


def small_start(start: Union[Diagonal, DeepDiagonal]) -> SmallStart:
    """The unit of time of `diagonal_saddles` for this start, at rates 1, and whether its values stay positive.

    `Diagonal` with values 0 and one threshold below 1, log(1/threshold)/2; or `DeepDiagonal` with the same weight below
    1 in all layers (positive), or in all layers but one of 0.

    Raises:
        linnet.Error: for other starts.
    """
    return SmallStart(*_linnet.small_start(start))


@dataclass(frozen=True)
class Plateau:
    """A part of a run in which the cost hardly changes.

    Attributes:
        entered: time; 0 for a plateau that begins with the run.
        left: time; that of the last record for a plateau that ends with the run.
        record: the index of its flattest record, at which the following are measured.
        cost: the cost.
        gradient_norm: |dC/dtheta|; nan where not given.
        rank: singular values above `rank_fraction` of the largest of the run; -1 where not given.
        saddle: the index of the nearest saddle; -1 where no saddles or matrices are given.
        distance: |A - A_k| to it.
    """

    entered: float
    left: float
    record: int
    cost: float
    gradient_norm: float
    rank: int
    saddle: int
    distance: float


def find_plateaus(
    time: ArrayLike,
    cost: ArrayLike,
    *,
    gradient_norm: Optional[ArrayLike] = None,
    singular_values: Optional[ArrayLike] = None,
    end_to_end: Sequence[ArrayLike] = (),
    saddles: Sequence[Union[GreedySaddle, ArrayLike]] = (),
    slope: float = 0.05,
    floor: float = 1e-3,
    shortest: float = 0.1,
    step: float = 0.01,
    rank_fraction: float = 0.1,
) -> List[Plateau]:
    """The plateaus of a run in log time: where |dC/d ln t| <= slope (C - min C + floor (max C - min C)).

    Args:
        time: of the records, rising; some ten in an e-fold of time are needed (`linnet.logarithmic`).
        cost: at the records, or an error.
        gradient_norm: |dC/dtheta| at the records.
        singular_values: of A, records x modes.
        end_to_end: A at the records.
        saddles: from `greedy_low_rank`, or their end-to-end matrices; each plateau is matched with the nearest.
        slope: the largest fall of the cost on a plateau in an e-fold of time, relative to its height.
        floor: added to every height, relative to the whole fall, so that the end of the run is a plateau.
        shortest: the least ln(left / entered) of a plateau.
        step: two plateaus that differ by less than this fraction of the height count as one.
        rank_fraction: singular values above this fraction of the run's largest count for `rank`.

    Raises:
        linnet.Error: when lengths differ, times do not rise, or fewer than 3 records have t > 0.
    """
    found = _linnet.find_plateaus(
        time,
        cost,
        gradient_norm,
        singular_values,
        list(end_to_end),
        _matrices(saddles),
        slope,
        floor,
        shortest,
        step,
        rank_fraction,
    )
    return [Plateau(*plateau) for plateau in found]


def plateaus(run: "Trajectory", **options: Any) -> List[Plateau]:
    """The plateaus of a run that has recorded cost or train_error; `find_plateaus` has the options.

    parameter_gradient_norm, singular_values and end_to_end are used where they were recorded.

    Raises:
        linnet.Error: as `find_plateaus`, and for `saddles` with a run that has not recorded end_to_end.
    """
    known = {
        "gradient_norm": "parameter_gradient_norm",
        "singular_values": "singular_values",
        "end_to_end": "end_to_end",
    }
    recorded = {option: run[name] for option, name in known.items() if name in run}
    given = {**recorded, **options}
    if len(_matrices(given.get("saddles", ()))) > 0 and len(given.get("end_to_end", ())) == 0:
        raise Error(
            "plateaus.saddles",
            "a run that has recorded end_to_end, to tell which saddle a plateau is nearest to",
            "a run that has not",
            'record "end_to_end" too',
        )
    return find_plateaus(run.time, run["cost" if "cost" in run else "train_error"], **given)


class Near(NamedTuple):
    """The nearest of some end-to-end matrices to another one: its index, and |A - A_k|_F."""

    index: int
    distance: float


def nearest(saddles: Sequence[Union[GreedySaddle, ArrayLike]], end_to_end: ArrayLike) -> Near:
    """The saddle nearest to this A, of those of `greedy_low_rank` or of their end-to-end matrices; -1 without any.

    Raises linnet.Error when the shapes differ.
    """
    return Near(*_linnet.nearest_of(_matrices(saddles), end_to_end))


class Plane:
    """The plane through three points of the space of all weights, for example successive saddles.

    Its coordinates have the first point at the origin and the second on the x axis; lengths are those of |theta|.

    Args:
        first, second, third: networks of the same sizes (`padded` adds neurons).

    Raises:
        linnet.Error: when the sizes differ or the points lie on a line.
    """

    def __init__(self, first: Deep, second: Deep, third: Deep) -> None:
        self._plane = _linnet.LandscapePlane(first, second, third)

    def project(self, network: Deep) -> np.ndarray:
        """The coordinates (x, y) of the foot of the perpendicular from these weights."""
        return self._plane.project(network)

    def height(self, network: Deep) -> float:
        """The distance of these weights from the plane."""
        return self._plane.height(network)

    def at(self, x: float, y: float) -> DeepLinear:
        """The network at these coordinates."""
        return self._plane.at(x, y)


@dataclass(frozen=True)
class Slice:
    """The cost on a grid of a plane.

    Attributes:
        x, y: the coordinates, of `Plane`.
        cost: C at them, x by y.
    """

    x: np.ndarray
    y: np.ndarray
    cost: np.ndarray


def slice(plane: Plane, task: Task, points: ArrayLike, *, count: int = 41) -> Slice:
    """The cost at count x count points of the plane, over the box of `points` with a margin around it.

    Args:
        plane: the plane.
        task: its train cost is evaluated.
        points: coordinates inside the box, one (x, y) a row, as from `Plane.project`; not all the same.
        count: points along each axis, at least 2. Each point of the grid takes one product of the layers.
    """
    return Slice(*_linnet.slice(plane._plane, require_task(task), points, count))
