"""What objects do beside computing: they are pickled and copied, shown, saved; in one place for all classes."""

from __future__ import annotations

from . import _display, _files, _linnet, _solver, certificate, designs, event, exact, landscape, mirror, modes, networks, neuron, observables
from . import prediction, torch_weights, trajectory
from ._pickle import by_arguments, by_fields, by_parts, by_recipe

VALUES = (
    *_files.NETWORKS,
    _linnet.Task,
    _linnet.Schedule,
    _linnet.StopRule,
    _linnet.TaskSpectrum,
    _linnet.Checkpoint,
    _linnet.Run,
    trajectory.Trajectory,
)
COMPUTED = (
    exact.ExactFlow,
    modes.Mode,
    modes.DeepMode,
    modes.UnbalancedMode,
    modes.ModeFlow,
    modes.WideFlow,
    modes.OneLayerFlow,
    modes.TiedFlow,
    neuron.NeuronFlow,
    mirror.DeepPotential,
    mirror.NeuronPotential,
    mirror.HyperbolicEntropy,
    landscape.Point,
    landscape.Plane,
    _linnet.PerceptronLinearized,
)
DATA = (
    certificate.ConvergenceBound,
    _solver.Solver,
    designs.Design,
    designs.Price,
    designs.Ridge,
    designs.SpectrumEstimate,
    event.FlowEvent,
    landscape.DecayedMinima,
    landscape.DiagonalSaddle,
    landscape.Embedding,
    landscape.Escape,
    landscape.Extremes,
    landscape.GreedyPath,
    landscape.GreedySaddle,
    landscape.HessianIndex,
    landscape.MinimumDistance,
    landscape.Plateau,
    landscape.SaddleDistance,
    landscape.Slice,
    networks.Closure,
    prediction.Diagnosis,
    observables.Observable,
    trajectory.Comparison,
)


def _save(self: object, path: object, *, force: bool = False) -> None:
    """Write it to a file, .npz or NetCDF by the ending, that `linnet.load` reads, to the last bit.

    An existing file is replaced only with force. Raises linnet.Error when it exists or cannot be written.
    """
    _files.write(self, path, force=force)  # type: ignore[arg-type]


def give() -> None:
    """Give the classes these methods; called once, when the package is imported."""
    for cls in VALUES:
        by_parts(cls)
    for cls in COMPUTED:
        by_arguments(cls)
    for cls in DATA:
        by_fields(cls)
    by_recipe(_linnet.Preconditioner)
    by_recipe(prediction.Prediction)
    for cls in _files.KEPT:
        cls.save = _save
    for cls in (_linnet.DeepLinear, _linnet.Perceptron):
        cls.to_state_dict = torch_weights.to_state_dict
    _display.give()
