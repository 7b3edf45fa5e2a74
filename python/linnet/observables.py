"""Observables: what can be recorded of a run, and the same quantities of a matrix at hand.

`names()` lists the names that `linnet.train(..., record=[...])` accepts. The functions below need A only and apply to
any matrix; each computes its singular values once.
"""

from __future__ import annotations

from typing import Any, List, Optional

import numpy as np
from numpy.typing import ArrayLike

from . import _linnet
from ._linnet import Task

__all__ = ["effective_rank", "names", "nuclear_norm", "rank", "singular_values", "stable_rank"]


def names(network: Optional[Any] = None, task: Optional[Task] = None) -> List[str]:
    """The names of all observables, or, given both, of those that this network has on this task.

    Of every network: cost, train_error, test_error; of tasks with samples train_accuracy and test_accuracy.

    Of the end-to-end matrix A, which linear networks have: gradient_norm, rank, stable_rank, effective_rank, nuclear_norm;
    one for each singular mode: singular_values, alignment, active; A itself: end_to_end, records x outputs x inputs.

    Of linear networks and perceptrons: imbalance_drift, kernel_distance; of their weights parameter_norm,
    parameter_gradient_norm, parameter_distance, and on samples hamming_distance. Of two layers with one output, for each
    hidden neuron: neuron_balance (at the rates of a flow; of descent at the steps over their geometric mean),
    neuron_size, neuron_readout, and neuron_path and neuron_direction with their coordinates.

    Of two layers: closure_residual; and of their representations hidden_similarity and output_similarity, matrices over
    pairs of inputs. Of the weights of linear networks: balance and balance_spread (two layers), escape_alignment.

    Of deep weights over the landscape of the cost: minimum_distance, minimum_distance_bound, saddle_distance,
    saddle_distance_bound, hessian_smallest, hessian_largest, hessian_index; and of the matrix M by which they move A:
    preconditioner_largest, preconditioner_smallest, preconditioner_condition, preconditioner_spectrum.

    Of one output: coefficients; and of one neuron or a diagonal network neuron_weights, neuron_magnitude,
    neuron_alignment, mirror_potential.

    An observable that a network does not have is an error, which names the networks that have it.
    kernel_distance and the similarities are on the task's inputs, with Sigma_xx^{1/2} where these are not white.
    balance, balance_spread and the preconditioner are at the rates of a flow. For descent, whose step k is t = k eta,
    they are at the steps divided by their geometric mean. Source: docs/notation.md, docs/theory.md.
    """
    return _linnet.observable_names(network, task)


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
