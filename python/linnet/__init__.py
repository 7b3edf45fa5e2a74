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
    diagnose             regime and predicted learning curve of your own weights
    ModeFlow, Mode       the same mode by mode, for infinite width and aligned starts
    DeepMode             one mode of balanced weights of any depth; UnbalancedMode of one layer out of balance
    NeuronFlow, neuron   one hidden neuron: its weights in closed form, signs included
    linnet.mirror        potentials of one neuron and of diagonal networks (Diagonal), and their limits
    run, sweep           a run or a grid of runs from a TOML configuration
    linnet.landscape     critical points of deep networks, distances to them, escapes, plateaus of a run
    read_matrix, open, save, plot    files: .npy and CSV in, NetCDF results as xarray, pictures by gnuplot

Conventions: matrices are as in the formulas, outputs x inputs (A, Y; w1 is width x inputs, w2 outputs x width); data
sets are samples in rows. Time is gradient-flow time: step k of descent is t = k step. An argument for both layers is
one number, or a pair. Invalid arguments raise `linnet.Error`, a ValueError that names the argument.
"""

from . import _error  # the compiled half raises it
from ._error import Error
from . import _linnet

_error.make_readable(_linnet)

from . import event, landscape, mirror, observables, solvers, starts, stop, tasks  # noqa: I001
from ._linnet import Diagonal, StopRule, Task
from .event import FlowEvent
from .exact import Diagnosis, ExactFlow, diagnose
from .modes import DeepMode, Mode, ModeBest, ModeFlow, OneLayerFlow, TaskSpectrum, UnbalancedMode, limit_spectrum, sample_spectrum
from .networks import (
    Closure,
    DeepBalanced,
    DeepLinear,
    DeepLinearized,
    EffectiveBalance,
    GramState,
    SelfConsistent,
    Weights,
    effective_balance,
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
from .observables import effective_rank, nuclear_norm, rank, singular_values, stable_rank
from .perceptrons import Perceptron, PerceptronLinearized, ReluNet
from .preconditioning import Preconditioner, PreconditionerModes, preconditioner, preconditioner_modes
from .results import open, plot, read_matrix, save, write_npy  # noqa: A004
from .schedules import Schedule, at, ends, every, linear, logarithmic
from .solvers import *  # noqa: F403, one a kind
from .sweeps import resolve, run, sweep
from .training import compare, train
from .trajectory import Best, Comparison, EventHit, Statistics, Trajectory
from .starts import *  # noqa: F403, one a kind; last, as `neuron` is a module too

__version__: str = _linnet.version

for _class in (Task, GramState, SelfConsistent, DeepLinear, DeepLinearized, DeepBalanced, Diagonal, Preconditioner, TaskSpectrum, StopRule,
               Schedule, Perceptron, PerceptronLinearized):
    _class.__module__ = "linnet"
del _class

__all__ = [
    "Best",
    "Closure",
    "Comparison",
    "DeepBalanced",
    "DeepLinear",
    "DeepLinearized",
    "DeepMode",
    "Diagnosis",
    "Diagonal",
    "EffectiveBalance",
    "Error",
    "EventHit",
    "ExactFlow",
    "FlowEvent",
    "GramState",
    "Mode",
    "ModeBest",
    "ModeFlow",
    "NeuronFlow",
    "OneLayerFlow",
    "Perceptron",
    "PerceptronLinearized",
    "Preconditioner",
    "PreconditionerModes",
    "ReluNet",
    "Schedule",
    "SelfConsistent",
    "Statistics",
    "StopRule",
    "Task",
    "TaskSpectrum",
    "Trajectory",
    "UnbalancedMode",
    "Weights",
    "at",
    "compare",
    "diagnose",
    "effective_balance",
    "effective_rank",
    "ends",
    "event",
    "every",
    "expected_balance",
    "fit_closure",
    "gaussian_scales",
    "glorot_variance",
    "he_variance",
    "kernel_distance",
    "landscape",
    "lecun_variance",
    "limit_spectrum",
    "linear",
    "logarithmic",
    "mirror",
    "neural_tangent_kernel",
    "nuclear_norm",
    "observables",
    "open",
    "plot",
    "preconditioner",
    "preconditioner_modes",
    "random_end_to_end",
    "rank",
    "read_matrix",
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
