"""The landscape of a deep linear network's cost: its critical points, their distances, and the escapes from them.

Networks are `linnet.DeepLinear`, or a list of matrices, W_1 first, each outputs x inputs. A vector
over all weights has the layers in order, each by columns. Source: docs/theory.md, "Saddle to saddle".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import List, NamedTuple, Sequence, Tuple, Union

import numpy as np
from numpy.typing import ArrayLike

from . import _linnet
from ._error import Error
from ._linnet import DeepLinear, Task
from ._tasks import require_task
from ._types import Seed
from .modes import _over
from .saddle_to_saddle import (
    Deep,
    DiagonalSaddle,
    GreedyPath,
    GreedySaddle,
    GreedyStep,
    Near,
    Plane,
    Plateau,
    Slice,
    SmallStart,
    _matrices,
    diagonal_saddles,
    find_plateaus,
    greedy_low_rank,
    nearest,
    plateaus,
    slice,
    small_start,
)

__all__ = [
    "DecayedMinima",
    "DiagonalSaddle",
    "Embedding",
    "Escape",
    "Extremes",
    "GreedyPath",
    "GreedySaddle",
    "GreedyStep",
    "HessianIndex",
    "MinimizerSharpness",
    "MinimumDistance",
    "Near",
    "Plane",
    "Plateau",
    "Point",
    "SaddleDistance",
    "Slice",
    "UnimodalPhase",
    "SmallStart",
    "decayed_minima",
    "diagonal_saddles",
    "distance_exponents",
    "edge_of_stability",
    "escape_direction",
    "escape_radius",
    "escape_time",
    "find_escape_direction",
    "find_plateaus",
    "first_path",
    "greedy_low_rank",
    "minimizer_sharpness",
    "nearest",
    "nearest_embedding",
    "nearest_minimum",
    "nearest_saddle",
    "padded",
    "plateaus",
    "saddle_bound",
    "slice",
    "unimodal_phase",
    "small_start",
]

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
        self._point = _linnet.LandscapePoint(network, require_task(task))

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
    return MinimumDistance(*_linnet.nearest_minimum(network, require_task(task), tolerance, max_steps))


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
    network: Deep, task: Task, *, critical: Sequence[Union[GreedySaddle, ArrayLike]] = (), tolerance: float = 1e-8
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
    return SaddleDistance(*_linnet.nearest_saddle(network, require_task(task), _matrices(critical), tolerance))


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
    return Escape(*_linnet.escape_direction(network, require_task(task), tolerance))


def find_escape_direction(network: Deep, task: Task, *, seed: Seed = 0, tolerance: float = 1e-10) -> Escape:
    """The same found numerically, to check the closed form or where it does not apply.

    Two layers: the smallest eigenvector of the Hessian at any critical point. More: the largest fall on the unit sphere
    of the unused neurons' weights, by power iteration from a random start; other directions are not searched.

    Raises:
        linnet.Error: as `escape_direction`; of kind "numerical" when the cost does not fall or the iteration does not
            converge.
    """
    return Escape(*_linnet.find_escape_direction(network, require_task(task), seed, tolerance))


def escape_time(depth: int, strength: float, r_0: float, r_1: float) -> float:
    """The time gradient flow takes from r_0 to r_1 along the escape: ln(r_1/r_0)/s for two layers.

    From three layers on it is finite for r_1 = inf. Raises linnet.Error for r_1 < r_0 or r_0 <= 0.
    """
    return _linnet.escape_time(depth, strength, r_0, r_1)


def escape_radius(depth: int, strength: float, r_0: float, t: ArrayLike) -> Union[float, np.ndarray]:
    """r(t) from r_0 along the escape, in the shape of t; inf once it has blown up."""
    return _over(lambda times: np.array([_linnet.escape_radius(depth, strength, r_0, x) for x in times]), t)


@dataclass(frozen=True)
class Embedding:
    """A narrow network as a wide one of the same A: W_l = O_l V_l O_(l-1)^T.

    Attributes:
        network: the wide network.
        distance: |theta - theta'| from the one it was to be next to.
        frames: O_l of each hidden layer, orthonormal columns.
    """

    network: DeepLinear
    distance: float
    frames: List[np.ndarray]


def nearest_embedding(narrow: Deep, whole: Deep) -> Embedding:
    """The embedding of a narrow network, over rotations of its hidden layers, that is next to a wide one.

    Exact for two layers; a local minimum for more.

    Raises:
        linnet.Error: for networks of other depths, inputs or outputs, and a narrow one that is wider.
    """
    return Embedding(*_linnet.nearest_embedding(narrow, whole))


def first_path(task: Task, depth: int, level: float) -> DeepLinear:
    """The point of the first path where the largest singular value of A is `level`, as a network of width 1.

    The first path leaves the origin along the fastest escape, by gradient flow of one neuron in each hidden layer. Wide
    networks from ever smaller starts follow it (*Saddle-to-saddle*, its main theorem); `nearest_embedding` measures how
    far they are from it, and so does the observable `first_path_distance`.

    Raises:
        linnet.Error: for one layer and a level that is not positive; of kind "numerical" for one that the path does not
            reach.
    """
    return _linnet.first_path(require_task(task), depth, level)


@dataclass(frozen=True)
class DecayedMinima:
    """All local minima of a full-matrix cost with weight decay, C + weight_decay (|W_1|^2 + ... + |W_L|^2)/2.

    A mode of the target, singular value y, has the cost (s - y)^2/2 + weight_decay L s^(2/L)/2 at the singular value s.
    There is one minimum of each rank in `ranks`: the first modes of the target, each at its `values`.

    Attributes:
        targets: the singular values y of the target, falling.
        values: of each mode the s > 0 of its local minimum; 0 where there is none.
        barriers: of each mode the s of the maximum between 0 and it; 0 for L <= 2, where 0 is no minimum.
        critical: the y above which a mode has a minimum with s > 0; weight_decay for L = 2.
        ranks: those of the minima, rising.
        costs: of the minima, with the weight decay, C as the task has it.
        best_rank: of the one with the least cost.
    """

    targets: np.ndarray
    values: np.ndarray
    barriers: np.ndarray
    critical: float
    ranks: np.ndarray
    costs: np.ndarray
    best_rank: int
    _left: np.ndarray = field(repr=False)
    _right: np.ndarray = field(repr=False)

    def end_to_end(self, rank: int) -> np.ndarray:
        """A of the minimum of this rank.

        Raises:
            linnet.Error: when there is none.
        """
        if rank not in self.ranks:
            raise Error("rank", f"that of a minimum, {self.ranks[0]} to {self.ranks[-1]}", str(rank))
        return (self._left[:, :rank] * self.values[:rank]) @ self._right[:, :rank].T


def decayed_minima(task: Task, depth: float, weight_decay: float) -> DecayedMinima:
    """The local minima that weight decay leaves, mode by mode: roots of t^(L-2) (y - t^L) = weight_decay, s = t^L.

    For L = 2 it is soft thresholding, s = max(y - weight_decay, 0), one minimum. For L > 2 s = 0 is a minimum of every
    mode, and every number of first modes can be present: minima of several ranks. A minimum without a mode before one
    that it has would be a saddle, because turning the second into the first lowers the cost at the same norms.

    Args:
        task: a full-matrix cost, or white inputs.
        depth: L >= 1, any real number; hidden layers are as wide as the rank needs.
        weight_decay: of every layer, >= 0.

    Raises:
        linnet.Error: for a task whose modes are coupled, and for numbers out of range.

    One SVD of the target. Source: docs/theory.md, "Weight decay".
    """
    parts = _linnet.decayed_minima(require_task(task), depth, weight_decay)
    targets, values, barriers, critical, least, costs, best, left, right = parts
    ranks = np.arange(least, least + len(costs))
    return DecayedMinima(targets, values, barriers, critical, ranks, costs, best, left, right)


class MinimizerSharpness(NamedTuple):
    """The sharpness, largest eigenvalue of the Hessian, of global minima of one depth: no one has less than `least`, and every
    balanced one has `balanced`, at most the condition number of the inputs times that, and the same for white inputs."""

    least: float
    balanced: float


def minimizer_sharpness(task: Task, depth: int) -> MinimizerSharpness:
    """How sharp the global minima of networks with this many layers are, whatever their widths.

    For white inputs depth y_1^(2 - 2/depth), y_1 the largest singular value of the target, is the least sharpness, and that of
    every balanced minimum, to which the flow tends from small weights. `bound.least` is proven for correlated inputs too.
    Source: docs/theory.md, "Sharpness".

    Raises:
        linnet.Error: for a depth below 1, or a cost that is not quadratic or has a mask or weights of entries.
    """
    return MinimizerSharpness(*_linnet.minimizer_sharpness(require_task(task), depth))


def edge_of_stability(step: float, *, momentum: float = 0.0) -> float:
    """2 (1 + momentum) / step, the largest sharpness of a minimum that gradient descent with this step does not leave.

    Raises:
        linnet.Error: for a step that is not positive and a momentum outside [0, 1).
    """
    return _linnet.edge_of_stability(step, momentum)


class UnimodalPhase(NamedTuple):
    """The phase in which one block of inputs is learned and not the other: block `first`, 0 or 1, by its `strength`, the norm of
    its correlation with the output (`other` that of the other block). The network then waits at `end_to_end`, the best map of
    that block alone, which the other escapes at the rate `rest`. From vanishing weights of late fusion the second block is
    learned at `ratio` times the time of the first."""

    first: int
    strength: float
    other: float
    rest: float
    end_to_end: np.ndarray
    ratio: float


def unimodal_phase(task: Task, inputs: int) -> UnimodalPhase:
    """The saddle between two blocks of inputs, and how long late fusion waits there; the first block has this many inputs.

    ratio = 1 + (strength - other) / rest at any depth, inf where the first block explains all. Early fusion does not wait.
    Source: docs/theory.md, "Blocks of inputs".

    Raises:
        linnet.Error: for several outputs, a block without inputs or with a singular covariance, or a cost other than squares.
    """
    return UnimodalPhase(*_linnet.unimodal_phase(require_task(task), inputs))
