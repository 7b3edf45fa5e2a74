"""The preconditioner M of a deep linear network, by which the gradient of the cost moves A = W_L ... W_1.

Under gradient flow dvec(A)/dt = -M vec(grad C(A)), vec stacking columns, with the preconditioner

    M = sum_l eta_l (W_{l-1} ... W_1)^T (W_{l-1} ... W_1) (x) (W_L ... W_{l+1}) (W_L ... W_{l+1})^T.

Source: docs/theory.md, "Layers out of balance".
"""

from __future__ import annotations

from typing import NamedTuple, Optional, Sequence, Union

import numpy as np
from numpy.typing import ArrayLike

from . import _convert, _linnet
from ._linnet import DeepLinear, Preconditioner
from ._pickle import remember
from .networks import Layerwise

__all__ = ["Preconditioner", "PreconditionerModes", "preconditioner", "preconditioner_modes"]


class PreconditionerModes(NamedTuple):
    """M (v_i (x) u_j) = eigenvalues[j, i] v_i (x) u_j, with u_j and v_i the columns of u and v."""

    u: np.ndarray
    eigenvalues: np.ndarray
    v: np.ndarray

    def apply(self, gradient: ArrayLike) -> np.ndarray:
        """M vec(gradient) as a matrix, outputs x inputs."""
        return self.u @ (self.eigenvalues * (self.u.T @ _convert.reals(gradient, "gradient") @ self.v)) @ self.v.T


def preconditioner(network: Union[DeepLinear, Sequence[ArrayLike]], rates: Layerwise = 1.0) -> Preconditioner:
    """M of these weights, exactly: `.apply(gradient)`, `.dense()`, `.eigenvalues()`, `.range()`.

    Memory inputs^2 + outputs^2 a layer. Of two layers it is eta_1 I (x) C_2 + eta_2 C_1 (x) I; with rates 1 it is the
    neural tangent kernel over whitened inputs.

    Raises:
        linnet.Error: unless there is one positive rate, or one a layer.
    """
    made = _linnet.preconditioner(network, rates)
    remember(made, preconditioner, network, rates)
    return made


def preconditioner_modes(
    end_to_end: ArrayLike,
    *,
    depth: int,
    balance: float = 0.0,
    layer: str = "first",
    width: Optional[int] = None,
    rates: Layerwise = 1.0,
) -> PreconditionerModes:
    """M from A alone, for weights balanced except for the first or last layer (`deep_unbalanced`), at any time of their flow.

    `width` is that of the hidden layer beside the unbalanced one, needed for a balance other than 0.

    Raises:
        linnet.Error: where A does not determine which of its unused directions the larger layers have: the width must
            be the number of inputs or outputs that they face, or the rank of A.
    """
    return PreconditionerModes(
        *_linnet.preconditioner_modes(end_to_end, depth, balance, layer, 0 if width is None else width, rates)
    )
