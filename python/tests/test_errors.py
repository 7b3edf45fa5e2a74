"""Errors: their text and their parts; arrays of every kind are accepted or refused correctly."""

import pickle

import linnet
import numpy as np
import pytest

TASK = linnet.tasks.target(np.eye(3, 4))
NET = linnet.infinite_width(TASK, scale=1.0)


def descend(**options):
    return linnet.train(NET, TASK, linnet.GradientDescent(**options))


def deep(**options):
    return linnet.gaussian_deep(TASK, variance=1.0, **options)


CASES = [
    (lambda: linnet.tasks.target(np.zeros(3)), "task.target: expected a matrix, 2 dimensions, got 1 dimension"),
    (
        lambda: linnet.tasks.target(np.zeros((2, 2, 2))),
        "task.target: expected a matrix, 2 dimensions, got 3 dimensions",
    ),
    (lambda: linnet.tasks.target([["a"]]), "task.target: expected an array of real numbers, got dtype <U1"),
    (lambda: linnet.tasks.target([[1j]]), "task.target: expected an array of real numbers, got dtype complex128"),
    (
        lambda: linnet.tasks.target([[1], [1, 2]]),
        "task.target: expected an array of real numbers, got [[1], [1, 2]]"
        "\n  hint: its conversion raised ValueError: setting an array element with a sequence",
    ),
    (
        lambda: linnet.tasks.target([[np.nan]]),
        "task.target: expected finite numbers, got a nan or an infinity among the entries",
    ),
    (
        lambda: linnet.tasks.target(np.eye(2), signal=np.eye(3)),
        "task.signal: expected 2 x 2, the shape of the target, got 3 x 3",
    ),
    (
        lambda: linnet.tasks.completion(np.eye(2), np.zeros((2, 2))),
        "task.mask: expected at least one seen entry (1), got none\n"
        "  hint: a mask holds 1 where an entry of the target is seen",
    ),
    (lambda: linnet.tasks.low_rank_plus_noise(dim=5, rank=6), "task.rank: expected at most dim = 5, got 6"),
    (lambda: linnet.tasks.low_rank_plus_noise(dim=[2]), "task.dim: expected a whole number, got [2]"),
    (
        lambda: linnet.tasks.low_rank_plus_noise(dim=2**70),
        f"task.dim: expected a whole number of at most 64 bits, got {2**70}",
    ),
    (lambda: linnet.tasks.low_rank_plus_noise(dim=2.5), "task.dim: expected a whole number, got 2.5"),
    (lambda: linnet.tasks.low_rank_plus_noise(seed=-1), "task.seed: expected a whole number from 0 to 2^64 - 1, got -1"),
    (lambda: linnet.tasks.low_rank_plus_noise(noise="x"), "task.noise: expected a number, got 'x'"),
    (
        lambda: linnet.Weights(np.zeros((3, 2)), np.zeros((2, 4))),
        "network.w2: expected 3 columns, the width of w1, got 2 x 4\n"
        "  hint: w1 is width x inputs, w2 is outputs x width",
    ),
    (lambda: linnet.gaussian_gram(TASK, width=0), "network.width: expected a whole number >= 1, got 0"),
    (
        lambda: linnet.gaussian_gram(TASK, width=5, variance=-1),
        "network.variance: expected a finite number >= 0, got -1",
    ),
    (
        lambda: linnet.gaussian_gram(TASK, width=5, variance=(1, 2, 3)),
        "network.variance: expected a number, or a pair of them, one a layer, got (1, 2, 3)",
    ),
    (
        lambda: linnet.gaussian_gram("abc", width=5),
        "shape: expected a task, or a pair (outputs, inputs), got 'abc'",
    ),
    (
        lambda: linnet.GramState.from_gram(np.eye(3), outputs=2, inputs=2),
        "network.gram: expected 4 x 4, inputs + outputs square, got 3 x 3",
    ),
    (lambda: TASK.cost(np.zeros((4, 3))), "a: expected 3 x 4, outputs x inputs, got 4 x 3"),
    (
        lambda: TASK.test_error(np.zeros((3, 4))),
        "task.test_error: expected a task with a signal or held-out data, got a task without: target",
    ),
    (lambda: descend(step=-1), "solver.step: expected a finite number > 0, got -1"),
    (lambda: descend(step=np.nan), "solver.step: expected a finite number > 0, got nan"),
    (lambda: descend(max_steps=-1), "solver.max_steps: expected a whole number >= 0, got -1"),
    (
        lambda: descend(order="random"),
        'solver.order: expected "simultaneous" or "sequential", got "random"',
    ),
    (lambda: descend(stop=["soon"]), "solver.stop: expected stop rules, made by linnet.stop, got 'soon'"),
    (
        lambda: descend(stop=linnet.stop.test_error_rose()),
        "solver.stop: expected rules that need no test error, got test_error_rose\n"
        "  hint: give the task a signal or held-out data, or drop the rule",
    ),
    (
        lambda: linnet.train(NET, TASK, linnet.GradientDescent(), record=["trian_error"]),
        'record.observables: expected the name of an observable, got "trian_error"\n'
        '  hint: did you mean "train_error"?',
    ),
    (
        lambda: linnet.train(NET, TASK, linnet.GradientDescent(), record=[3]),
        'record.observables: expected names of observables, functions, ("rank", fraction), ("new_property", item), ("parameter_noise_error", deviation, draws, width) or ("end_to_end", rows, columns), got 3\n'
        "  hint: linnet.observables.names() lists them",
    ),
    (
        lambda: linnet.train(np.eye(3), TASK, linnet.GradientDescent()),
        "network: expected a network: DeepLinear, GramState, …, got ndarray of shape (3, 3)",
    ),
    (lambda: linnet.train(NET, TASK, "descent"), "solver: expected a GradientDescent, a GradientFlow or a SpectralDescent, got 'descent'"),
    (
        lambda: linnet.train(NET, np.eye(9), linnet.GradientFlow()),
        "task: expected a task, made by linnet.tasks, got ndarray of shape (9, 9)",
    ),
    (
        lambda: linnet.train(NET, TASK, linnet.GradientDescent(), schedule=0.5),
        "schedule: expected a vector, 1 dimension, got 0 dimensions",
    ),
    (
        lambda: linnet.train(NET, TASK, linnet.GradientFlow(method="euler")),
        'solver.method: expected "adams", "bdf" or "explicit_runge_kutta", got "euler"',
    ),
    (
        lambda: descend(max_steps=1)["test_eror"],
        'trajectory: expected the name of a recorded observable, got "test_eror"\n  hint: did you mean "train_error"?',
    ),
    (
        lambda: descend(max_steps=1)["weather"],
        'trajectory: expected the name of a recorded observable, got "weather"\n  hint: recorded: train_error',
    ),
    (lambda: linnet.Mode(1.0).at(-1.0), "t: expected a time in [0, inf], got -1"),
    (
        lambda: linnet.at(np.ma.masked_greater([1.0, 2.0], 1.5)),
        "record.at: expected an array without a mask, got MaskedArray of shape (2,)\n"
        "  hint: entries that are not seen are a task of their own, linnet.tasks.completion(y)",
    ),
    (
        lambda: linnet.ModeFlow(TASK).modes(np.ma.masked_greater([1.0, 2.0], 1.5)),
        "t: expected an array without a mask, got MaskedArray of shape (2,)\n"
        "  hint: t.compressed() has those that are not masked",
    ),
    (
        lambda: linnet.ExactFlow(linnet.infinite_width(TASK, scale=1.0), TASK).train_error(np.ma.masked),
        "t: expected an array without a mask, got masked\n  hint: t.compressed() has those that are not masked",
    ),
    (
        lambda: linnet.ModeFlow(linnet.tasks.completion(np.eye(3), fraction=0.5)),
        "task: expected whitened or aligned inputs, no mask and no weights, for the closed form, got completion\n"
        "  hint: whiten the inputs or train by gradient flow",
    ),
    (
        lambda: linnet.ModeFlow(TASK).best(),
        "task.signal: expected a signal A*, for the test error, got a task without one\n"
        "  hint: give the task a signal, or use the train error",
    ),
    (
        lambda: linnet.tasks.target(np.ma.masked_invalid([[1.0, np.nan]])),
        "task.target: expected an array without a mask, got MaskedArray of shape (1, 2)\n"
        "  hint: entries that are not seen are a task of their own, linnet.tasks.completion(y)",
    ),
    (
        lambda: linnet.tasks.completion(np.eye(2), np.eye(2), fraction=0.5),
        "task.fraction: expected either a mask or a fraction of the entries, got both",
    ),
    (
        lambda: linnet.GramState([[-1.0]], [[0.0]], [[1.0]]),
        "network.gram: expected a positive semidefinite matrix, got an eigenvalue of -1\n"
        "  hint: a Gram state is QQᵀ of some weights Q = [W_1ᵀ; W_2]",
    ),
    (
        lambda: linnet.kernel_distance(NET, linnet.infinite_width((4, 4), scale=1.0)),
        "network: expected two networks of one shape, to compare their kernels, got 3 x 4 and 4 x 4",
    ),
    (
        lambda: linnet.mirror.interpolator(linnet.Diagonal(np.ones(4), 1.0), linnet.tasks.target(np.ones((1, 4))), sign=1),
        "sign: expected none for a diagonal network, which has no a, got 1",
    ),
    (
        lambda: linnet.diagnose(linnet.gaussian_weights(TASK, width=3), TASK, tolerance=-1),
        "tolerance: expected a finite number > 0, got -1",
    ),
    (lambda: linnet.ExactFlow(NET, TASK).state([0, 1]), "t: expected one time, got [0, 1]"),
    (lambda: linnet.ExactFlow(NET, TASK).network("now"), "t: expected a time or an array of times, got 'now'"),
    (lambda: deep(depth=2.5, width=3), "network.depth: expected a whole number, got 2.5"),
    (lambda: deep(depth="3", width=3), "network.depth: expected a whole number, got '3'"),
    (lambda: deep(depth=3, width=2.5), "network.width: expected a whole number, got 2.5"),
    (lambda: deep(widths=3), "network.widths: expected a sequence of whole numbers, got 3"),
    (lambda: deep(widths=[2.7, 3]), "network.widths: expected a whole number, got 2.7"),
    (lambda: deep(depth=5, widths=[3, 3]), "network.widths: expected either depth and width, or widths, got both"),
    (lambda: deep(width=5), "network.widths: expected either depth and width, or widths, got neither"),
    (
        lambda: linnet.DeepLinear(3),
        "network.weights: expected a sequence of matrices, W_1 first, a module of PyTorch or its state_dict, got 3",
    ),
    (
        lambda: linnet.tasks.reversed(np.eye(2)),
        "reversed: expected arguments (Task), got (ndarray of shape (2, 2))",
    ),
]


@pytest.mark.parametrize("call, text", CASES, ids=[text.split(":")[0] + f"-{i}" for i, (_, text) in enumerate(CASES)])
def test_text(call, text):
    with pytest.raises(linnet.Error) as caught:
        call()
    assert str(caught.value) == text
    assert isinstance(caught.value, ValueError)


def test_parts_and_pickle():
    with pytest.raises(linnet.Error) as caught:
        linnet.Weights(np.zeros((3, 2)), np.zeros((2, 4)))
    for error in (caught.value, pickle.loads(pickle.dumps(caught.value))):
        assert error.field == "network.w2"
        assert error.expected == "3 columns, the width of w1"
        assert error.got == "2 x 4"
        assert error.hint == "w1 is width x inputs, w2 is outputs x width"
        assert error.kind == "input"
        assert str(error) == str(caught.value)


def test_arrays_of_any_layout_and_dtype(rng):
    y = rng.integers(-5, 5, size=(3, 4))
    expected = linnet.tasks.target(y.astype(float))
    strided = np.zeros((6, 8))
    strided[::2, ::2] = y
    kinds = (y, y.tolist(), np.asfortranarray(y), y.astype("f4"), y.astype(">f8"), strided[::2, ::2], y.T.copy().T)
    for given in kinds:
        np.testing.assert_array_equal(linnet.tasks.target(given).target, expected.target)
    mask = y > 0
    np.testing.assert_array_equal(linnet.tasks.completion(y, mask).mask, mask)


def test_views_are_read_only_and_outlive_their_owner():
    view = linnet.tasks.target(np.eye(3)).target
    with pytest.raises(ValueError, match="read-only"):
        view[0, 0] = 2
    np.testing.assert_array_equal(view, np.eye(3))


def test_numbers_of_any_kind():
    for width in (5, np.int32(5), 5.0, np.float64(5)):
        assert linnet.gaussian_weights((2, 3), width=width).width == 5
    for variance in (2, np.float32(2), (2, 2), [2.0, 2.0], np.array([2, 2]), np.array(2.0)):
        assert linnet.gaussian_scales(width=3, variance=variance) == (6, 6)


def test_everything_public_is_documented():
    missing = []
    for module in (linnet, linnet.tasks, linnet.stop, linnet.event, linnet.observables):
        assert module.__doc__
        for name in module.__all__:
            thing = getattr(module, name)
            if not thing.__doc__:
                missing.append(name)
            if isinstance(thing, type):
                for member, value in vars(thing).items():
                    is_own = not member.startswith("_") and (callable(value) or isinstance(value, property))
                    if is_own and not value.__doc__:
                        missing.append(f"{name}.{member}")
    assert missing == []


def test_version_is_the_library_s():
    assert linnet.__version__ == linnet.tasks._linnet.version


def test_names_of_observables_are_all_described():
    for name in linnet.observables.names():
        assert name in linnet.observables.names.__doc__, name
