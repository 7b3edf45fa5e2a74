"""Named rules to stop gradient descent early.

They look at the errors before each update, with steps counted from 0; the first that fires is the run's `rule`.
Source: docs/theory.md, "The Mixed experiment".
"""

from __future__ import annotations

from typing import List

from . import _linnet
from ._linnet import StopRule

__all__ = [
    "StopRule",
    "cost_below",
    "gradient_below",
    "mixed_authors",
    "test_accuracy_above",
    "test_error_rose",
    "train_error_below",
    "train_error_stalled",
]


def train_error_below(value: float = 1e-3) -> StopRule:
    """Stop once the train error is below `value`."""
    return _linnet.train_error_below(value)


def test_error_rose(times: int = 2, from_step: int = 4) -> StopRule:
    """Stop once the test error has risen in `times` consecutive steps, from step `from_step` on. The task must have a test."""
    return _linnet.test_error_rose(times, from_step)


test_error_rose.__test__ = False  # pytest takes the name for a test's


def train_error_stalled(change: float = 2e-4, drop: float = 1e-2, from_step: int = 4) -> StopRule:
    """Stop once the train error moves less than `change` in a step and is more than `drop` below its start."""
    return _linnet.train_error_stalled(change, drop, from_step)


def cost_below(value: float) -> StopRule:
    """Stop once the cost C(A) is below `value`."""
    return _linnet.cost_below(value)


def gradient_below(value: float) -> StopRule:
    """Stop once the Frobenius norm of the gradient of C at A is below `value`."""
    return _linnet.gradient_below(value)


def test_accuracy_above(value: float = 0.95, every: int = 10) -> StopRule:
    """Stop once a perceptron's test accuracy, checked every `every` steps, exceeds `value`: the time to generalize."""
    return _linnet.test_accuracy_above(value, every)


test_accuracy_above.__test__ = False  # as above


def mixed_authors() -> List[StopRule]:
    """The three rules of the Mixed authors: train_error_below(), test_error_rose(), train_error_stalled()."""
    return _linnet.mixed_authors()
