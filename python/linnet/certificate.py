"""A certificate of exponential convergence for two layers within the closure, for any cost.

Source: docs/theory.md, "Self-consistent dynamics".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Union

import numpy as np
from numpy.typing import ArrayLike

from . import _linnet
from ._linnet import Task
from ._tasks import require_task
from .networks import Network, PerLayer

__all__ = ["ConvergenceBound", "convergence_bound", "polyak_lojasiewicz"]


@dataclass(frozen=True)
class ConvergenceBound:
    """C(A(t)) <= least + exp(-rate t) (cost - least) for every t >= 0 of gradient flow.

    Attributes:
        rate: 2 (eta_1 b + eta_2 a) mu, which is 4 kappa mu at rates 1.
        cost: C at the start.
        least: the least cost.
    """

    rate: float
    cost: float
    least: float

    def at(self, t: ArrayLike) -> Union[float, np.ndarray]:
        """The bound on C(A(t)), in the shape of t."""
        bound = self.least + np.exp(-self.rate * np.asarray(t, float)) * (self.cost - self.least)
        return float(bound) if np.ndim(t) == 0 else bound


def polyak_lojasiewicz(task: Task) -> float:
    """mu of |grad C|^2 / 2 >= mu (C - least C): the least nonzero eigenvalue of the cost's second derivative in A.

    1 for the full matrix and a mask; of a regression that of the covariance of the inputs.

    Raises:
        linnet.Error: for costs that are not quadratic.
    """
    return _linnet.polyak_lojasiewicz(require_task(task))


def convergence_bound(
    start: Network,
    task: Task,
    *,
    rates: PerLayer = 1.0,
    strength: Optional[float] = None,
    least: Optional[float] = None,
    tolerance: float = 1e-8,
) -> ConvergenceBound:
    """The certificate for gradient flow from this start.

    Args:
        start: a `SelfConsistent` network, or weights or a Gram state that satisfy the closure in full rank: for them
            the self-consistent dynamics is exact, and the certificate is proven. A wide Gaussian start is near
            `infinite_width`.
        task: of a cost with the constant mu, as `polyak_lojasiewicz` has it, or as given by `strength`.
        rates: the learning rate of both layers or of each.
        strength: mu of another cost.
        least: its least value, for costs that do not know their own.
        tolerance: the largest relative distance of the start's Gram state from that of its closure at the same A.

    Raises:
        linnet.Error: for another start, and where mu or the least cost is neither known nor given.
    """
    return ConvergenceBound(*_linnet.convergence_bound(start, require_task(task), rates, strength, least, tolerance))
