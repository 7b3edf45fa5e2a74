"""Tasks: what a network learns.

A task knows its cost, of linear networks a function C(A) of the end-to-end matrix A (outputs x inputs), and, where one
is known, what the test error is measured by. Tasks with samples (regression, low_rank_regression, teacher,
random_hierarchy, modular_addition) are for perceptrons too: C = sum_i |f(x_i) - y_i|^2 / (2 P), errors are means over
samples and outputs. `half=False` leaves out the 1/2, `mean_over_outputs=False` makes errors sums over the outputs; both
together are the convention of the authors of Get rich quick, where the error is the cost.
Source: docs/theory.md, "Network, cost, training".
"""

from __future__ import annotations

from typing import Optional, Tuple

from numpy.typing import ArrayLike

from . import _linnet
from ._linnet import Task

__all__ = [
    "Task",
    "completion",
    "hierarchy",
    "low_rank_plus_noise",
    "low_rank_regression",
    "modes",
    "modular_addition",
    "random_hierarchy",
    "regression",
    "reversed",
    "target",
    "teacher",
    "with_low_rank_change",
    "with_new_outputs",
]


def low_rank_plus_noise(*, dim: int = 200, rank: int = 5, noise: float = 1.0, seed: int = 0) -> Task:
    """The task of Mixed: a low-rank signal in noise, Y = A* + E.

    A* = U V^T with U, V of shape dim x rank and entries N(0, rank^(-1/2)), so that the singular values of A* are near
    dim / sqrt(rank); the entries of E are N(0, noise^2). The cost is that of `target`; train error |A - Y|^2 / dim^2,
    test error |A - A*|^2 / dim^2. The same seed gives the same bits on every machine.
    Source: docs/theory.md, "The Mixed experiment".

    Raises:
        linnet.Error: for dim < 1, rank outside 1 ... dim, noise < 0 or a negative seed.
    """
    return _linnet.low_rank_plus_noise(dim, rank, noise, seed)


def target(y: ArrayLike, signal: Optional[ArrayLike] = None) -> Task:
    """Learn the matrix y (outputs x inputs): C(A) = |A - Y|^2 / 2, the cost of whitened inputs.

    Time has the usual unit: with rates 1 a singular mode of size y is learned at rate 2y. With `signal` (the shape of
    y) the test error is |A - signal|^2 / entries.

    Raises:
        linnet.Error: unless both are matrices of finite numbers and of one shape, without a mask of their own.
    """
    return _linnet.target(y, signal)


def hierarchy(*, levels: int = 3) -> Task:
    """The semantic hierarchy: 2^levels one-hot items, and the properties of a binary tree (Y is properties x items).

    The first property is shared by all items; the next tells the two halves apart (+1, -1); each of the next two the
    halves of a half, 0 elsewhere; and so on. The rows of Y are orthogonal.
    Source: docs/theory.md, "Structured tasks".

    Raises:
        linnet.Error: for levels outside 0 ... 12.
    """
    return _linnet.hierarchy(levels)


def modes(values: ArrayLike, *, shape: Tuple[int, int], seed: int = 0) -> Task:
    """Y of the given singular values along random orthonormal vectors; `shape` is (outputs, inputs).

    Raises:
        linnet.Error: for no values, more of them than min(shape), or one below 0.
    """
    return _linnet.modes(values, shape, seed)


def low_rank_regression(
    values: ArrayLike,
    *,
    shape: Tuple[int, int],
    samples: int = 100,
    condition: float = 1.0,
    noise: float = 0.0,
    seed: int = 0,
    half: bool = True,
    mean_over_outputs: bool = True,
) -> Task:
    """Regression on data of a low-rank teacher, T = A* X + noise, A* of the given singular values.

    The inputs are Gaussian; the eigenvalues of their covariance fall from 1 to 1/condition, evenly in logarithm, along
    random axes. As many samples again are held out for the test error. The cost is that of `regression`.

    Raises:
        linnet.Error: for values that do not fit the shape, no samples, a condition below 1 or a negative noise.
    """
    return _linnet.low_rank_regression(values, shape, samples, condition, noise, seed, half, mean_over_outputs)


def reversed(task: Task) -> Task:
    """Y -> -Y: what has to be unlearned first.

    This and the next two change the targets of the data, or the entries seen, and what the task is tested by, in the
    same way; inputs, mask and least cost stay.
    """
    return _linnet.reversed(task)


def with_new_outputs(task: Task, *, seed: int = 0) -> Task:
    """Y -> O Y with a random orthogonal O: the same input structure Y^T Y, new outputs.

    Raises:
        linnet.Error: for a task with a mask, which does not go with rows that are mixed.
    """
    return _linnet.with_new_outputs(task, seed)


def with_low_rank_change(task: Task, *, rank: int = 1, size: float = 1.0, seed: int = 0) -> Task:
    """Y -> Y + Delta, a random matrix of this rank, its singular values all `size`: what to fine-tune on.

    The targets of data become T + Delta X.
    """
    return _linnet.with_low_rank_change(task, rank, size, seed)


def regression(
    inputs: ArrayLike,
    targets: ArrayLike,
    test_inputs: Optional[ArrayLike] = None,
    test_targets: Optional[ArrayLike] = None,
    whiten: bool = False,
    *,
    half: bool = True,
    mean_over_outputs: bool = True,
) -> Task:
    """Regression on data: C = sum over samples |f(x) - y|^2 / (2 P), of a linear network f(x) = A x.

    Samples are rows: `inputs` is P x inputs, `targets` P x outputs; a vector is one number for each sample. Held-out
    samples give the test error. With `whiten` the inputs are replaced by Sigma_xx^(-1/2) x, so that the closed forms hold; `task.condition` is the
    condition number of Sigma_xx either way. One SVD of the inputs, for linear networks. `half` and `mean_over_outputs`
    normalise cost and errors as the module says.

    Raises:
        linnet.Error: when the numbers of samples or columns do not match, an entry is not finite, or inputs without
            full column rank are to be whitened.
    """
    return _linnet.regression(inputs, targets, test_inputs, test_targets, whiten, half, mean_over_outputs)


def completion(
    target: ArrayLike,
    mask: Optional[ArrayLike] = None,
    fraction: Optional[float] = None,
    seed: int = 0,
    signal: Optional[ArrayLike] = None,
) -> Task:
    """Matrix completion: C(A) = |M * (A - Y)|^2 / 2 over the seen entries.

    `mask` holds 1 (or True) where an entry of `target` is seen. Without one, a target that has nan, or is a masked
    array, is seen where it is known; of a target that is known everywhere, round(fraction * entries) entries, half of
    them by default, are drawn uniformly at random by `seed`. Unseen entries may be nan beside a mask too. The test
    error is over all of `signal`, or, without one, over the unseen entries of the target where all of those are known.

    Raises:
        linnet.Error: when the mask has another shape, another value than 0 and 1, or sees nothing; for a fraction
            beside a mask or a target with nan.
    """
    return _linnet.completion(target, mask, fraction, seed, signal)


def teacher(
    *,
    dim: int = 100,
    neurons: int = 3,
    samples: int = 1000,
    test_samples: int = 10_000,
    slope: float = 0,
    seed: int = 0,
    half: bool = True,
    mean_over_outputs: bool = True,
) -> Task:
    """The task of Get rich quick: what a small ReLU network says on the unit sphere.

    Inputs are uniform on the unit sphere of R^dim; the teacher's w_k are too, its a_k are +1 or -1. The cost is that of
    `regression`; the paper's, sum |f - y|^2 / P, is that with half=False. The test error is over fresh samples.

    Args:
        dim: of the inputs.
        neurons: of the teacher.
        samples: P.
        test_samples: as many fresh ones; 0 for none.
        slope: of the teacher's leaky ReLU.
        seed: the same seed gives the same bits on every machine.
        half, mean_over_outputs: of cost and errors, as the module says.

    Raises:
        linnet.Error: for numbers below 1.
    """
    return _linnet.teacher(dim, neurons, samples, test_samples, slope, seed, half, mean_over_outputs)


def random_hierarchy(
    *,
    levels: int = 3,
    features: int = 8,
    synonyms: int = 3,
    branching: int = 2,
    classes: int = 8,
    samples: int = 1000,
    test_samples: int = 4000,
    seed: int = 0,
    half: bool = True,
    mean_over_outputs: bool = True,
) -> Task:
    """Samples of the random hierarchy model: classes of trees of symbols, one-hot leaves.

    A class stands for `synonyms` tuples of `branching` symbols out of `features`, each of these symbols for as many
    tuples of the level below, and so on down `levels` levels, by rules drawn at random. No tuple stands below two
    symbols of a level, so that an input has one class. Inputs are P x features branching^levels, a one for each leaf;
    targets are P x classes. No sample occurs twice; those held out are the same for every number of samples.
    Source: docs/theory.md, "Hierarchical data and modular addition".

    Args:
        levels: of rules.
        features: symbols at each level below the classes.
        synonyms: tuples that a symbol stands for.
        branching: symbols of a tuple.
        classes: how many.
        samples: P.
        test_samples: held out; 0 for none.
        seed: of rules and samples; the same seed gives the same bits on every machine.
        half, mean_over_outputs: of cost and errors, as the module says.

    Raises:
        linnet.Error: for numbers below 1, more synonyms than there are tuples, more samples than there are inputs.
    """
    return _linnet.random_hierarchy(
        levels, features, synonyms, branching, classes, samples, test_samples, seed, half, mean_over_outputs
    )


def modular_addition(
    *, modulus: int = 53, fraction: float = 0.5, seed: int = 0, half: bool = True, mean_over_outputs: bool = True
) -> Task:
    """(a + b) mod p from part of the p^2 pairs; the other pairs are held out.

    Inputs are one-hot, ones at a and p + b of 2p; targets have a one at the sum.
    Source: docs/theory.md, "Hierarchical data and modular addition".

    Args:
        modulus: p.
        fraction: of the pairs, to learn from.
        seed: which pairs.
        half, mean_over_outputs: of cost and errors, as the module says.

    Raises:
        linnet.Error: for p outside 2 ... 1000, or a fraction that leaves nothing to see or nothing to hold out.
    """
    return _linnet.modular_addition(modulus, fraction, seed, half, mean_over_outputs)
