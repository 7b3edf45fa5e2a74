"""The reference of the Python package, from its docstrings: every public name, each once."""

import linnet

GROUPS = {
    "Training": "train compare Trajectory Best EventHit Statistics Comparison Checkpoint Error",
    "Networks": "Weights DeepLinear GramState SelfConsistent DeepLinearized DeepBalanced Diagonal DeepDiagonal Perceptron ReluNet PerceptronLinearized "
    "LightCone compress expand self_consistent random_end_to_end semi_orthogonal",
    "Starts": " ".join(linnet.starts.__all__) + " tilt gaussian_scales lecun_variance he_variance glorot_variance saddle_variance",
    "Solvers": "GradientDescent SpectralDescent GradientFlow Schedule at ends every linear logarithmic",
    "Closed forms": "ExactFlow ModeFlow ModeBest Mode WideFlow DeepMode UnbalancedMode NeuronFlow OneLayerFlow TiedFlow TaskSpectrum sample_spectrum "
    "limit_spectrum design Design estimate_spectrum SpectrumEstimate predict Prediction diagnose Diagnosis convergence_bound ConvergenceBound polyak_lojasiewicz",
    "Properties of networks": "kernel_distance neural_tangent_kernel preconditioner Preconditioner preconditioner_modes PreconditionerModes "
    "fit_closure Closure effective_balance expected_balance EffectiveBalance",
    "Configurations and files": "run sweep merge resolve open save plot report explore load read_matrix write_npy",
}
MODULES = {
    "tasks": "Tasks",
    "observables": "Observables",
    "stop": "Stop rules",
    "event": "Events",
    "landscape": "Landscape",
    "mirror": "Mirror flows",
    "figures": "Pictures",
}
HIDDEN = {"figures": {"KINDS", "SHEET", "parameters"}}


def entry(module, name):
    thing = getattr(module, name)
    kind = "autoclass" if isinstance(thing, type) else "autofunction" if callable(thing) else "autodata"
    inherits = isinstance(thing, type) and any(base.__name__.startswith("_") for base in thing.__bases__)  # shown nowhere else
    return f".. {kind}:: {module.__name__}.{name}\n" + ("   :inherited-members:\n" if inherits else "")


def title(text, line="="):
    return f"{text}\n{line * len(text)}\n"


def pages():
    """Name and text of each page."""
    in_modules = {name for module in MODULES for name in getattr(linnet, module).__all__}
    listed = [name for names in GROUPS.values() for name in names.split()]
    missing = set(linnet.__all__) - set(listed) - in_modules - set(MODULES)
    twice = {name for name in listed if listed.count(name) > 1}
    if missing or twice:
        raise SystemExit(f"docs/site/python_api.py: public names in no group: {sorted(missing)}; in two: {sorted(twice)}")
    made = {}
    for group, names in GROUPS.items():
        file = "python-" + group.lower().replace(" ", "-")
        made[file] = title(group) + "\n.. currentmodule:: linnet\n\n" + "\n".join(entry(linnet, name) for name in names.split())
    for module, heading in MODULES.items():
        names = [n for n in getattr(linnet, module).__all__ if n not in HIDDEN.get(module, ())]
        made[f"python-{module}"] = title(heading) + f"\n.. automodule:: linnet.{module}\n   :no-members:\n\n" + "\n".join(
            entry(getattr(linnet, module), name) for name in names
        )
    contents = "\n".join(f"   {file}" for file in made)
    made["python-api"] = (
        title("Python reference")
        + "\nEvery public name of the package, from its docstring, as ``help`` shows it. :doc:`python` is the guide.\n\n"
        + f".. toctree::\n   :maxdepth: 1\n\n{contents}\n"
    )
    return {f"{file}.rst": text for file, text in made.items()}
