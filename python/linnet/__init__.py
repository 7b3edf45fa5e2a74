"""linnet: learning dynamics of linear networks, from lazy to rich.

    import linnet

    task = linnet.tasks.low_rank_plus_noise(dim=200, rank=5, seed=7)
    net = linnet.gaussian_gram(task, width=2_800_000, variance=1e-6, seed=8)
    run = linnet.train(net, task, linnet.GradientDescent(step=1e-3, max_steps=750),
                       record=["train_error", "test_error", "singular_values"])
    run["test_error"], run.time, run.final.end_to_end, run.to_xarray(), run.plot()

Contents:

    linnet.tasks         tasks: low_rank_plus_noise, target, regression, completion, modes, coefficients, hierarchy,
                         branching; and from a given task: reversed, with_new_outputs, with_low_rank_change
    networks             Weights (DeepLinear of two layers), GramState (any width), SelfConsistent; gaussian_weights,
                         gaussian_gram, infinite_width
    perceptrons          Perceptron, ReluNet (ReLU, leaky, quadratic); spherical_pairs, gaussian_perceptron;
                         PerceptronLinearized, their lazy limit; tasks.teacher, tasks.random_hierarchy,
                         tasks.modular_addition, tasks.regression
    deep networks        DeepLinear, DeepLinearized, DeepBalanced; gaussian_deep, balanced_deep, deep_unbalanced, orthogonal_deep,
                         escape_path; preconditioner, the matrix by which they move A
    solvers              GradientDescent (with rules of linnet.stop), GradientFlow (with events of linnet.event)
    train, compare       train a network on a task; linnet.observables.names() lists what can be recorded
    ExactFlow            the closed form at any time: balanced weights, one neuron, infinite width
    predict              the flow of any network on any task, by the cheapest exact method, before training
    diagnose             regime and predicted learning curve of your own weights
    design               the network of the smallest test error, or of a wanted regime, and when to stop its training
    ModeFlow, Mode       the same mode by mode, for infinite width and aligned starts
    WideFlow             infinite width at any depth, mode by mode
    TiedFlow             embeddings of words with W_2 = W_1^T; tasks.words, tasks.tied, tasks.from_svd
    DeepMode             one mode of balanced weights of any depth; UnbalancedMode of one layer out of balance
    NeuronFlow, neuron   one hidden neuron: its weights in closed form, signs included
    linnet.mirror        potentials of one neuron and of diagonal networks (Diagonal), and their limits
    deep_diagonal        diagonal networks of any depth by their weights (DeepDiagonal)
    load, save           networks and checkpoints in files; results, for linnet.open
    observable           a Python function as an observable
    run, sweep           a run or a grid of runs from a TOML configuration
    linnet.landscape     critical points of deep networks, distances to them, escapes, plateaus of a run
    read_matrix, open, save, plot    files: .npy and CSV in, NetCDF results as xarray, pictures
    explore              the explorer in a notebook: dials for the start, the dynamics at once
    report               one HTML page about a result: pictures, numbers, configuration
    linnet.figures       pictures by matplotlib: draw, one function a kind, a style sheet

Numbers and units:

    matrices             outputs x inputs, as in the formulas: A, Y; w1 width x inputs, w2 outputs x width
    data sets            samples in rows, P x inputs; targets of one output may be a vector
    arrays               anything that NumPy, pandas, PyTorch, JAX or DLPack hold, of floats, integers or booleans; float64
                         inside; nan, pd.NA and masked entries are the unseen entries of tasks.completion, else refused
    a number a layer     one number for all layers, or a sequence (a pair for two layers): rates, steps, variances, scales
    t                    gradient-flow time; step k of descent is t = k (step_1 ... step_L)^(1/L) / (1 - momentum)
    cost                 C(A) = |A - Y|^2 / 2, or sum |f(x) - y|^2 / (2 P) on data; `task.cost_normalisation` says it
    errors               means over entries, or over samples and outputs: 2 C / entries
    kappa, lambda        threshold and balance, in the units of A (of W W^T at rates 1)
    seed                 0 ... 2^64 - 1, the same bits on every machine; a numpy Generator (draws) or SeedSequence; None
                         draws one, which the object's attribute `seed` and its repr tell
    schedule             n: every n-th step of descent, refused for a flow; a list: steps of descent, times of a flow; what
                         is asked for is recorded, or refused
    paths                str or os.PathLike; ~ is the home folder

Everything pickles and copies, to the same bits. Invalid arguments raise `linnet.Error`, a ValueError that names the argument.
"""

from . import _error  # the compiled module raises it
from ._error import Error
from . import _linnet

_error.make_readable(_linnet)

from . import _behaviour
from . import event, landscape, mirror, observables, solvers, starts, stop, tasks  # noqa: I001
from ._linnet import Checkpoint, DeepDiagonal, Diagonal, StopRule, Task
from .certificate import ConvergenceBound, convergence_bound, polyak_lojasiewicz
from .designs import Design, SpectrumEstimate, design, estimate_spectrum
from .event import FlowEvent
from .exact import ExactFlow
from .explorer import explore
from .modes import DeepMode, Mode, ModeBest, ModeFlow, OneLayerFlow, TaskSpectrum, TiedFlow, UnbalancedMode, WideFlow, limit_spectrum, sample_spectrum
from .networks import (
    Closure,
    DeepBalanced,
    DeepLinear,
    DeepLinearized,
    EffectiveBalance,
    GramState,
    LightCone,
    SelfConsistent,
    Weights,
    compress,
    effective_balance,
    expand,
    expected_balance,
    fit_closure,
    gaussian_scales,
    glorot_variance,
    he_variance,
    kernel_distance,
    lecun_variance,
    neural_tangent_kernel,
    random_end_to_end,
    saddle_variance,
    self_consistent,
    semi_orthogonal,
    tilt,
)
from .neuron import NeuronFlow
from .observables import Observable, effective_rank, nuclear_norm, observable, rank, singular_values, stable_rank
from .perceptrons import Perceptron, PerceptronLinearized, ReluNet
from .prediction import Diagnosis, Prediction, diagnose, predict
from .preconditioning import Preconditioner, PreconditionerModes, preconditioner, preconditioner_modes
from ._files import load
from .reports import report
from .results import open, plot, read_matrix, save, write_npy  # noqa: A004
from .schedules import Schedule, at, ends, every, linear, logarithmic
from .solvers import *  # noqa: F403, one a kind
from .sweeps import merge, resolve, run, sweep
from .training import compare, train
from .trajectory import Best, Comparison, EventHit, Statistics, Trajectory
from .starts import *  # noqa: F403, one a kind; last, as `neuron` is a module too

__version__: str = _linnet.version


def __getattr__(name: str):  # matplotlib is imported by those who draw
    if name == "figures":
        import importlib

        return importlib.import_module(".figures", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")



for _class in (Task, GramState, SelfConsistent, DeepLinear, DeepLinearized, DeepBalanced, Diagonal, DeepDiagonal, Preconditioner, TaskSpectrum,
               StopRule, Schedule, Perceptron, PerceptronLinearized, Checkpoint):
    _class.__module__ = "linnet"
del _class

_behaviour.give()

__all__ = [
    "Best",
    "Checkpoint",
    "Closure",
    "Comparison",
    "ConvergenceBound",
    "DeepBalanced",
    "DeepDiagonal",
    "DeepLinear",
    "DeepLinearized",
    "DeepMode",
    "Design",
    "Diagnosis",
    "Diagonal",
    "EffectiveBalance",
    "Error",
    "EventHit",
    "ExactFlow",
    "FlowEvent",
    "GramState",
    "LightCone",
    "Mode",
    "ModeBest",
    "ModeFlow",
    "NeuronFlow",
    "Observable",
    "OneLayerFlow",
    "Perceptron",
    "PerceptronLinearized",
    "Prediction",
    "Preconditioner",
    "PreconditionerModes",
    "ReluNet",
    "Schedule",
    "SelfConsistent",
    "SpectrumEstimate",
    "Statistics",
    "StopRule",
    "Task",
    "TaskSpectrum",
    "TiedFlow",
    "Trajectory",
    "UnbalancedMode",
    "Weights",
    "WideFlow",
    "at",
    "compare",
    "compress",
    "convergence_bound",
    "design",
    "diagnose",
    "effective_balance",
    "effective_rank",
    "ends",
    "estimate_spectrum",
    "event",
    "every",
    "expand",
    "expected_balance",
    "explore",
    "fit_closure",
    "gaussian_scales",
    "glorot_variance",
    "he_variance",
    "kernel_distance",
    "landscape",
    "lecun_variance",
    "limit_spectrum",
    "linear",
    "load",
    "logarithmic",
    "merge",
    "mirror",
    "neural_tangent_kernel",
    "nuclear_norm",
    "observable",
    "observables",
    "open",
    "plot",
    "polyak_lojasiewicz",
    "preconditioner",
    "preconditioner_modes",
    "predict",
    "random_end_to_end",
    "rank",
    "read_matrix",
    "report",
    "resolve",
    "run",
    "saddle_variance",
    "sample_spectrum",
    "save",
    "self_consistent",
    "semi_orthogonal",
    "singular_values",
    "stable_rank",
    "stop",
    "sweep",
    "tasks",
    "tilt",
    "train",
    "write_npy",
]
__all__ += solvers.__all__
__all__ += starts.__all__
