"""Observables: what can be recorded of a run, and the same quantities of a matrix at hand.

`names()` lists the names that `linnet.train(..., record=[...])` accepts. The functions below need A only and apply to
any matrix; each computes its singular values once.
"""

from __future__ import annotations

from typing import List

import numpy as np
from numpy.typing import ArrayLike

from . import _linnet

__all__ = ["effective_rank", "names", "nuclear_norm", "perceptron_names", "rank", "singular_values", "stable_rank"]


def names() -> List[str]:
    """The names of all observables.

    A number at each record: cost, gradient_norm, train_error, test_error, rank, stable_rank, effective_rank,
    nuclear_norm, imbalance_drift, kernel_distance. One for each singular mode: singular_values, alignment, active.
    A itself: end_to_end, records x outputs x inputs.

    Of two layers: closure_residual; and of their representations hidden_similarity and output_similarity, matrices over
    pairs of inputs. Of weights: balance and balance_spread (two layers); parameter_norm, parameter_gradient_norm,
    parameter_distance and escape_alignment (any depth).

    Of deep weights over the landscape of the cost: minimum_distance, minimum_distance_bound, saddle_distance,
    saddle_distance_bound, hessian_smallest, hessian_largest, hessian_index; and of the matrix M by which they move A:
    preconditioner_largest, preconditioner_smallest, preconditioner_condition, preconditioner_spectrum.

    Of one output: coefficients; and of one neuron or a diagonal network neuron_weights, neuron_magnitude,
    neuron_alignment, mirror_potential.

    kernel_distance and the similarities are on the task's inputs, with Sigma_xx^{1/2} where these are not white.
    balance, balance_spread and the preconditioner are at the rates of a flow. For descent, whose step k is t = k eta,
    they
    are at the steps divided by their geometric mean. Source: docs/notation.md, docs/theory.md.
    """
    return _linnet.observable_names()


def perceptron_names() -> List[str]:
    """The names of the observables of perceptrons.

    A number at each record: cost, train_error, test_error, train_accuracy, test_accuracy, kernel_distance,
    hamming_distance, parameter_norm, parameter_distance, imbalance_drift. Of two layers with one output, for each
    neuron: neuron_balance (at the rates of the flow; of descent at the steps over their geometric mean),
    neuron_magnitude, neuron_readout, and neuron_path and neuron_direction with their coordinates.
    """
    return _linnet.perceptron_observable_names()


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
