"""Observables: what can be recorded of a run, and the same quantities of a matrix at hand.

`names()` lists the names that `linnet.train(..., record=[...])` accepts. The functions below need A only and apply to
any matrix; each computes its singular values once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, List, Optional, Sequence, Tuple

import numpy as np
from numpy.typing import ArrayLike

from . import _linnet
from ._error import Error, shown
from ._linnet import Task

__all__ = ["Observable", "effective_rank", "names", "nuclear_norm", "observable", "rank", "singular_values", "stable_rank"]


def names(network: Optional[Any] = None, task: Optional[Task] = None) -> List[str]:
    """The names of all observables, or, given both, of those that this network has on this task.

    Of every network: cost, train_error, test_error; of tasks with samples train_accuracy and test_accuracy.

    Of the end-to-end matrix A, which linear networks have: gradient_norm, rank, stable_rank, effective_rank, nuclear_norm;
    one for each singular mode: singular_values, mode_strengths, alignment, active; A itself: end_to_end, records x outputs x inputs.

    mode_strengths are u_i^T A v_i along the singular vectors of the task's Y; along others: a function of A,
    `observable(lambda a: np.einsum("oi,oj,ji->i", u, a, v), name="strengths", of="end_to_end")`.

    Of linear networks and perceptrons: imbalance_drift, kernel_distance; of their weights parameter_norm,
    parameter_gradient_norm, parameter_distance, and on samples hamming_distance. Of two layers with one output, for each
    hidden neuron: neuron_balance (at the rates of a flow; of descent at the steps over their geometric mean),
    neuron_size, neuron_readout, neuron_growth (the speed of the size), neuron_turning (the speed of the direction), and
    neuron_path, neuron_direction and neuron_drive (xi_k, by which the samples move it) with their coordinates.

    Of two layers: closure_residual; their representations input_representation and output_representation, and over pairs of
    inputs hidden_similarity and output_similarity; new_property and new_property_all_layers, for each input, what it gets
    of a property that one of them is taught. Of any depth tangent_kernel, records x outputs x inputs x outputs x inputs. Of
    the weights of linear networks: balance and balance_spread (two layers), escape_alignment.

    On tasks with a squared error, what noise does to it: input_noise_error and, of weights and Gram states,
    parameter_noise_error.

    Of deep weights over the landscape of the cost: minimum_distance, minimum_distance_bound, saddle_distance,
    saddle_distance_bound, first_path_distance, rank_one_rest, hessian_smallest, hessian_largest, hessian_index; and of
    the matrix M by which they move A: preconditioner_largest, preconditioner_smallest, preconditioner_condition,
    preconditioner_spectrum.

    Of one output: coefficients; and of one neuron, a diagonal network or balanced layers neuron_weights, neuron_magnitude,
    neuron_alignment, mirror_potential.

    An observable that a network does not have is an error, which names the networks that have it.
    kernel_distance and the similarities are on the task's inputs, with Sigma_xx^{1/2} where these are not white.
    balance, balance_spread, tangent_kernel and the preconditioner are at the rates of a flow. For descent, whose step k is t = k eta,
    they are at the steps divided by their geometric mean. Source: docs/notation.md, docs/theory.md.
    """
    return _linnet.observable_names(network, task)


@dataclass(frozen=True)
class Observable:
    """A Python function to be recorded; made by `linnet.observable`."""

    function: Callable[[Any], Any]
    name: str
    dims: Optional[Tuple[str, ...]] = None
    units: str = "1"
    long_name: str = ""
    of: str = "network"

    def dimensions(self, count: int) -> Tuple[str, ...]:
        """The names of so many dimensions of its values."""
        if self.dims is None:
            return tuple(f"{self.name}_{i + 1}" for i in range(count))
        if len(self.dims) != count:
            raise Error(f"record.{self.name}", f"dims for {count} dimensions", shown(self.dims))
        return self.dims


def is_named(function: Callable[[Any], Any]) -> bool:
    """Whether the function has a name that an observable can have; a lambda has none."""
    return str(getattr(function, "__name__", "")).isidentifier()


def observable(
    function: Callable[[Any], Any],
    *,
    name: Optional[str] = None,
    dims: Optional[Sequence[str]] = None,
    units: Optional[str] = None,
    long_name: Optional[str] = None,
    of: Optional[str] = None,
) -> Observable:
    """A Python function as an observable: `record=[linnet.observable(f, name="skew"), ...]`, or f itself.

    Args:
        function: called with the network at each record (its `final` has the same type), once more at the start, for
            the shape of what it returns: a number, or an array of always the same shape. What it raises ends the run.
        name: in results; the function's own by default. In a `record` a lambda is function_1, the next one function_2.
        dims: a name for each dimension of an array, NAME_1, NAME_2, … by default.
        units, long_name: for files and plots; "1", and the name.
        of: "network" (the default), or "end_to_end" to be called with A, outputs x inputs, which is faster for wide networks.

    The attributes dims, units, long_name and of of the function itself are taken where they are not given here.
    """
    if not callable(function):
        raise Error("function", "a function of the network", shown(function))

    def own(attribute: str, given: Any, otherwise: Any) -> Any:
        return getattr(function, attribute, otherwise) if given is None else given

    name = own("__name__", name, "")
    if not isinstance(name, str) or not name.isidentifier():
        raise Error("name", "a name for the observable", shown(name), "linnet.observable(function, name=...)")
    if name in names() or name in ("time", "step", "mode"):
        raise Error("name", "a name that no observable of linnet has", f'"{name}"')
    dims = own("dims", dims, None)
    if isinstance(dims, str):
        dims = (dims,)
    of = own("of", of, "network")
    if of not in ("network", "end_to_end"):
        raise Error("of", '"network" or "end_to_end"', shown(of))
    return Observable(
        function=function,
        name=name,
        dims=None if dims is None else tuple(dims),
        units=str(own("units", units, "1")),
        long_name=str(own("long_name", long_name, name.replace("_", " "))),
        of=of,
    )


def singular_values(a: ArrayLike) -> np.ndarray:
    """The singular values of a, falling."""
    return _linnet.singular_values(a)


def rank(a: ArrayLike, fraction: float = 0.2) -> int:
    """How many singular values are above `fraction` of the largest; Mixed uses 1/5."""
    return _linnet.rank(a, fraction)


def stable_rank(a: ArrayLike) -> float:
    """|a|_F^2 / |a|_op^2, between 1 and the rank; 0 for a = 0."""
    return _linnet.stable_rank(a)


def effective_rank(a: ArrayLike) -> float:
    """exp of the entropy of s / sum(s), between 1 and the rank; 0 for a = 0."""
    return _linnet.effective_rank(a)


def nuclear_norm(a: ArrayLike) -> float:
    """The sum of the singular values."""
    return _linnet.nuclear_norm(a)
