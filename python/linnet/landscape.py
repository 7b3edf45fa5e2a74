"""The landscape of a deep linear network's cost: its critical points, their distances, and the escapes from them.

Networks are `linnet.DeepLinear`, or a list of matrices, W_1 first, each outputs x inputs. A vector
over all weights has the layers in order, each by columns. Source: docs/theory.md, "Saddle to saddle".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, List, NamedTuple, Optional, Sequence, Tuple, Union

import numpy as np
from numpy.typing import ArrayLike

from . import _linnet
from ._error import Error, shown
from ._linnet import DeepLinear, Task
from .modes import _shaped, _times

if TYPE_CHECKING:
    from .trajectory import Trajectory

__all__ = [
    "Escape",
    "Extremes",
    "GreedyPath",
    "GreedySaddle",
    "HessianIndex",
    "MinimumDistance",
    "Near",
    "Plane",
    "Plateau",
    "Point",
    "SaddleDistance",
    "Slice",
    "distance_exponents",
    "escape_direction",
    "escape_radius",
    "escape_time",
    "find_escape_direction",
    "find_plateaus",
    "greedy_low_rank",
    "nearest",
    "nearest_minimum",
    "nearest_saddle",
    "padded",
    "plateaus",
    "saddle_bound",
    "slice",
]

Deep = Union[DeepLinear, Sequence[ArrayLike]]


def _task(task: Any) -> Task:
    if not isinstance(task, Task):
        raise Error("task", "a task, made by linnet.tasks", shown(task))
    return task


@dataclass(frozen=True)
class Extremes:
    """Eigenvalues of the Hessian at both ends, with multiplicity.

    Attributes:
        smallest: rising; smallest_vectors has their vectors in columns.
        largest: falling; largest_vectors has their vectors in columns.
    """

    smallest: np.ndarray
    smallest_vectors: np.ndarray
    largest: np.ndarray
    largest_vectors: np.ndarray


@dataclass(frozen=True)
class HessianIndex:
    """The number of negative eigenvalues of the Hessian.

    Attributes:
        negative: that number, with multiplicity.
        exact: False when the search stopped at its limit or did not converge: there are at least so many.
    """

    negative: int
    exact: bool


class Point:
    """A point theta of the landscape C(W_L ... W_1): cost, gradient and Hessian there.

    Args:
        network: the weights; they are copied.
        task: its train cost is the landscape.

    The Hessian is not formed: a product with it costs about twice a gradient.

    Raises:
        linnet.Error: when the network does not fit the task.
    """

    def __init__(self, network: Deep, task: Task) -> None:
        self._point = _linnet.LandscapePoint(network, _task(task))

    @property
    def unknowns(self) -> int:
        """The number of weights."""
        return self._point.unknowns()

    @property
    def network(self) -> DeepLinear:
        """The network at this point."""
        return self._point.network()

    @property
    def theta(self) -> np.ndarray:
        """All weights: the layers in order, each by columns."""
        return self._point.theta()

    @property
    def cost(self) -> float:
        """C(A)."""
        return self._point.cost()

    @property
    def gradient(self) -> np.ndarray:
        """dC/dtheta."""
        return self._point.gradient()

    @property
    def gradient_norm(self) -> float:
        """|dC/dtheta|."""
        return self._point.gradient_norm()

    def hessian_product(self, direction: ArrayLike) -> np.ndarray:
        """H v, exactly."""
        return self._point.hessian_product(direction)

    def hessian(self) -> np.ndarray:
        """The Hessian as a matrix, `unknowns` square and as many products: for small networks."""
        return self._point.hessian()

    def extreme_eigenvalues(self, count: int = 1, *, tolerance: float = 1e-10, max_restarts: int = 1000) -> Extremes:
        """The `count` smallest and largest eigenvalues of the Hessian, repeated as often as they occur.

        Up to 1000 unknowns from the whole Hessian; beyond by Lanczos's method, with the vectors found shifted away, so
        that eigenspaces are complete. `tolerance` is relative to the largest eigenvalue.

        Raises:
            linnet.Error: for a count outside 1 ... unknowns; of kind "numerical" when Lanczos does not converge.
        """
        return Extremes(*self._point.extremes(count, tolerance, max_restarts))

    def index(self, *, tolerance: float = 1e-8, limit: int = 64) -> HessianIndex:
        """The number of eigenvalues below -tolerance times the largest in size.

        Exact up to 6000 unknowns: from the whole spectrum, or (above 1000) the signs of a factorization of the Hessian.
        Beyond, Lanczos's method stops once `limit` are found; `exact` of the result is then False.
        """
        return HessianIndex(*self._point.index(tolerance, limit))

    def __repr__(self) -> str:
        return f"<linnet.landscape.Point, {self.unknowns} weights, cost {self.cost:.6g}>"


@dataclass(frozen=True)
class MinimumDistance:
    """The distance |theta - theta_0| to the nearest global minimum.

    Attributes:
        lower: a proven lower bound.
        upper: the distance of the minimum found.
        point: the minimum found.
        residual: |A - A*| there, relative to |A*|, over the observed entries.
        stationarity: the part of theta_0 - theta along the minima; 0 where the distance is stationary.
        exact: lower = upper: one layer, or a start that is a minimum.
    """

    lower: float
    upper: float
    point: DeepLinear
    residual: float
    stationarity: float
    exact: bool


def nearest_minimum(network: Deep, task: Task, *, tolerance: float = 1e-10, max_steps: int = 200) -> MinimumDistance:
    """The distance from these weights to the nearest global minimum, between two bounds.

    Upper bound: damped Gauss-Newton steps of least length move the weights to the minima, and then along them while the
    distance falls. Lower bound: from how much A can change within a distance, and from the least norm of weights of A*.

    Args:
        network: the weights theta_0.
        task: a masked one needs hidden layers wide enough to reach cost 0; in others, layers narrower than the target's
            rank have the best matrix of their rank as the minimum.
        tolerance: of the residual.
        max_steps: steps along the minima.

    Raises:
        linnet.Error: when the network does not fit; of kind "numerical" when no minimum is reached.
    """
    return MinimumDistance(*_linnet.nearest_minimum(network, _task(task), tolerance, max_steps))


@dataclass(frozen=True)
class SaddleDistance:
    """The nearest saddle that was found.

    Attributes:
        lower: a proven lower bound, see `saddle_bound`.
        upper: the distance |theta - theta_0| of this saddle; there may be nearer ones unless `exact`.
        point: the saddle.
        gradient_norm: |dC/dtheta| there.
        rank: of A.
        cost: C(A), above the minimum.
        exact: the start is a saddle itself.
    """

    lower: float
    upper: float
    point: DeepLinear
    gradient_norm: float
    rank: int
    cost: float
    exact: bool


def nearest_saddle(
    network: Deep, task: Task, *, critical: Sequence[Union["GreedySaddle", ArrayLike]] = (), tolerance: float = 1e-8
) -> SaddleDistance:
    """The distance from these weights to the nearest saddle found: an upper bound, exact at a saddle.

    A saddle is found as a cut of the network in two: the first layers map the row space of dC/dA to 0, and the last
    layers do not reach its column space. The search tries the nearest cuts at A = 0 and, at other critical A, the
    nearest weights of A on a cut; up to 100 weights also other critical points, by Newton's method and steps towards
    the start.

    Args:
        network: the weights theta_0, at least two layers.
        task: the task.
        critical: critical points, from `greedy_low_rank`, or their end-to-end matrices, of the task's shape. By default
            sums of some of the target's modes for tasks without a mask, and only A = 0 for masked ones.
        tolerance: |dC/dtheta| of a critical point, relative to |dC/dA| and the norms of the other layers; and the
            largest distance from a cut, relative to |theta|, at which weights count as a saddle themselves.

    Raises:
        linnet.Error: for one layer, or a cost that is least at A = 0: there is no saddle; for `critical` matrices of
            another shape, or not critical.
    """
    return SaddleDistance(*_linnet.nearest_saddle(network, _task(task), _matrices(critical), tolerance))


def saddle_bound(network: Deep) -> float:
    """A lower bound on the distance of these weights to any saddle, whatever the task.

    At a saddle W_L...W_2 does not reach all outputs, and W_{L-1}...W_1 maps some input to 0. Two layers are at least
    sqrt(smin(W_2^T)^2 + smin(W_1)^2) from such weights, smin over the outputs and the inputs (docs/theory.md, "Saddle
    to saddle"). For more layers the bound follows from the change of these products. 0 where the hidden layers are
    narrower.

    Args:
        network: the weights, at least two layers.

    Raises:
        linnet.Error: for one layer, whose cost has no saddle.
    """
    return _linnet.saddle_bound(network)


def distance_exponents(depth: float, gamma: float) -> Tuple[float, float]:
    """The exponents x of d_m and d_s ~ w^x for a wide Gaussian start of variance w^-gamma.

    d_m, to the nearest global minimum: -(1 - gamma)(L - 1)/2 for 1 - 1/L <= gamma <= 1, 0 beyond, nan below, where the
    theory makes no statement. d_s, to the nearest saddle: (1 - gamma)/2. A sweep can fit exponents: `sweep.exponents`.

    Raises:
        linnet.Error: unless depth > 1 and gamma is finite.
    """
    return _linnet.distance_exponents(depth, gamma)


@dataclass(frozen=True)
class Escape:
    """The direction of fastest escape from a critical point, and its law.

    Attributes:
        direction: of norm 1; the cost is C + value r^L along it, to leading order.
        strength: s; gradient flow moves by dr/dt = s L^(1 - L/2) r^(L - 1).
        value: -s L^(-L/2).
    """

    direction: DeepLinear
    strength: float
    value: float


def padded(network: Deep, extra: int = 1) -> DeepLinear:
    """The network with `extra` unused neurons, of zero weights in and out, in every hidden layer."""
    return _linnet.padded(network, extra)


def escape_direction(network: Deep, task: Task, *, tolerance: float = 1e-6) -> Escape:
    """The direction of fastest escape from the origin, or from a critical point with unused neurons, in closed form.

    With (s, u, v) the largest singular triple of dC/dA, W_l = L^(-1/2) z_l z_(l-1)^T, z_0 = v, z_L = -u, and
    z_l an unused neuron.

    Raises:
        linnet.Error: for one layer, a hidden layer without an unused neuron (`padded` adds some), a point that is not
            critical within the tolerance, or a minimum, which has no direction of escape.
    """
    return Escape(*_linnet.escape_direction(network, _task(task), tolerance))


def find_escape_direction(network: Deep, task: Task, *, seed: int = 0, tolerance: float = 1e-10) -> Escape:
    """The same found numerically, to check the closed form or where it does not apply.

    Two layers: the smallest eigenvector of the Hessian at any critical point. More: the largest fall on the unit sphere
    of the unused neurons' weights, by power iteration from a random start; other directions are not searched.

    Raises:
        linnet.Error: as `escape_direction`; of kind "numerical" when the cost does not fall or the iteration does not
            converge.
    """
    return Escape(*_linnet.find_escape_direction(network, _task(task), seed, tolerance))


def escape_time(depth: int, strength: float, r_0: float, r_1: float) -> float:
    """The time gradient flow takes from r_0 to r_1 along the escape: ln(r_1/r_0)/s for two layers.

    From three layers on it is finite for r_1 = inf. Raises linnet.Error for r_1 < r_0 or r_0 <= 0.
    """
    return _linnet.escape_time(depth, strength, r_0, r_1)


def escape_radius(depth: int, strength: float, r_0: float, t: ArrayLike) -> Union[float, np.ndarray]:
    """r(t) from r_0 along the escape, in the shape of t; inf once it has blown up."""
    times = _times(t)
    return _shaped(np.array([_linnet.escape_radius(depth, strength, r_0, x) for x in times.ravel()]), times)


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
    """

    rank: int
    network: DeepLinear
    end_to_end: np.ndarray
    cost: float
    error: float
    gradient_norm: float
    escape_strength: float
    stable: bool


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


def _matrices(saddles: Union["GreedyPath", Sequence[Union[GreedySaddle, ArrayLike]]]) -> list:
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

    Raises:
        linnet.Error: for one layer. Where no critical point is reached (a mask may have its infimum at infinity) the
            path is not `completed`.
    """
    saddles, completed, ended = _linnet.greedy_low_rank(_task(task), depth, max_rank, size, cost_tolerance, tolerance)
    return GreedyPath([GreedySaddle(*saddle) for saddle in saddles], completed, ended)


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
    return Slice(*_linnet.slice(plane._plane, _task(task), points, count))
