"""Costs beside squares from files: what `linnet run` ends at, against the loop in NumPy."""

import numpy as np
import xarray
from command import linnet

RNG = np.random.default_rng(5)
OUTPUTS, INPUTS, COUNT, STEP, STEPS = 3, 4, 15, 0.05, 40
Y = RNG.normal(size=(OUTPUTS, INPUTS))
X = RNG.normal(size=(COUNT, INPUTS))
LABELS = np.arange(COUNT) % OUTPUTS
T = X @ Y.T + RNG.normal(size=(COUNT, OUTPUTS))
W = np.abs(RNG.normal(size=Y.shape))
MATRICES = RNG.normal(size=(7, OUTPUTS, INPUTS))
HELD = np.eye(OUTPUTS, INPUTS)


def write(folder, task, solver=""):
    np.savetxt(folder / "y.csv", Y, delimiter=",")
    np.savetxt(folder / "w.csv", W, delimiter=",")
    np.savetxt(folder / "held.csv", HELD, delimiter=",")
    np.save(folder / "x.npy", X)
    np.save(folder / "t.npy", T)
    np.save(folder / "labels.npy", LABELS.astype(float))
    np.save(folder / "sample_weights.npy", 1.0 + LABELS)
    np.save(folder / "m.npy", MATRICES.reshape(7, -1))
    np.save(folder / "values.npy", np.einsum("mij,ij->m", MATRICES, Y))
    (folder / "cost.toml").write_text(f"""
[task]
{task}
[network]
kind = "gaussian"
width = 30
variance = 0.01
[solver]
kind = "descent"
step = {STEP}
max_steps = {STEPS}
{solver}
[record]
observables = ["cost", "train_error", "gradient_norm"]
""")


def softmax_gradient(a):
    p = np.exp(X @ a.T)
    return (p / p.sum(axis=1, keepdims=True) - np.eye(OUTPUTS)[LABELS]).T @ X / COUNT


GRADIENTS = {
    'kind = "target"\nfile = "y.csv"\nweights = "w.csv"': lambda a: W * (a - Y),
    'kind = "target"\nfile = "y.csv"\nhuber = 0.3': lambda a: np.clip(a - Y, -0.3, 0.3),
    'kind = "completion"\nfile = "y.csv"\ntest_mask = "held.csv"\nhuber = 0.3': lambda a: (1 - HELD) * np.clip(a - Y, -0.3, 0.3),
    'kind = "regression"\ninputs = "x.npy"\ntargets = "t.npy"\nweights = "sample_weights.npy"': lambda a: (
        (X @ a.T - T) * (1.0 + LABELS)[:, None]
    ).T
    @ X
    / COUNT,
    'kind = "classification"\ninputs = "x.npy"\nlabels = "labels.npy"': softmax_gradient,
    'kind = "sensing"\nshape = [3, 4]\nmatrices = "m.npy"\nvalues = "values.npy"': lambda a: np.einsum(
        "m,mij->ij", np.einsum("mij,ij->m", MATRICES, a - Y), MATRICES
    ),
}


def test_the_end_of_each_run_has_the_gradient_of_numpy(folder):
    for task, gradient in GRADIENTS.items():
        write(folder, task)
        done = linnet("run", "cost.toml", "--force", cwd=folder)
        assert done.returncode == 0, done.stderr
        with xarray.open_dataset(folder / "cost.nc") as data:
            end = data.final_end_to_end.values
            np.testing.assert_allclose(data.gradient_norm[-1], np.linalg.norm(gradient(end)), rtol=1e-10)
            assert data.cost[-1] < data.cost[0]
            assert data.attrs["cost_normalisation"].startswith("C = ")


def test_classification_by_minibatches_and_by_a_perceptron(folder):
    task = 'kind = "classification"\ninputs = "x.npy"\nlabels = "labels.npy"\ntest_inputs = "x.npy"\ntest_labels = "labels.npy"'
    write(folder, task, "batch = 5\nstop = []")
    perceptron = ["--set", "network.kind=perceptron", "--set", "network.widths=[8]", "--set", "network.variance=0.2"]
    for options in ([], perceptron):
        done = linnet("run", "cost.toml", "--force", "--set", 'record.observables=["train_accuracy","test_accuracy","test_error","train_error"]',
                      *options, cwd=folder)
        assert done.returncode == 0, done.stderr
        with xarray.open_dataset(folder / "cost.nc") as data:
            np.testing.assert_allclose(data.test_error, data.train_error, rtol=1e-12)
            np.testing.assert_allclose(data.test_accuracy, data.train_accuracy)


def test_bad_input_names_its_key(folder):
    refused = {
        'kind = "classification"\ninputs = "x.npy"\nlabels = "t.npy"': "task.labels: expected one number a sample",
        'kind = "classification"\ninputs = "x.npy"\nlabels = "labels.npy"\nclasses = 2': "task.labels: expected whole numbers",
        'kind = "sensing"\nshape = [3, 4]': "task.matrices: expected matrices with values, or a target",
        'kind = "sensing"\nshape = [3, 4]\nmatrices = "m.npy"': "task.values: expected a number for each matrix",
        'kind = "sensing"\nshape = [3, 4]\nmatrices = "m.npy"\nvalues = "values.npy"\nnoise = 1.0': "task.noise",
        'kind = "sensing"\nshape = [3, 4]\nmodes = [1.0]': "task.measurements: expected a whole number >= 1",
        'kind = "target"\nfile = "y.csv"\nhuber = 0': "task.huber",
        'kind = "target"\nfile = "y.csv"\nweights = "held.csv"\nmask = "held.csv"': "task.mask",
        'kind = "regression"\ninputs = "x.npy"\ntargets = "t.npy"\nwhiten = true\nhuber = 1.0': "task.whiten",
        'kind = "custom"': "task.kind",
    }
    for task, message in refused.items():
        write(folder, task)
        done = linnet("run", "cost.toml", "--force", cwd=folder)
        assert done.returncode == 2 and message in done.stderr, (task, done.stderr)
    write(folder, 'kind = "classification"\ninputs = "x.npy"\nlabels = "labels.npy"')
    exact = ["--set", "solver.kind=exact", "--set", "solver.t_end=1"]
    for options in (exact, ["--set", "network.compare=greedy"], ["--set", 'record.observables=["alignment"]']):
        done = linnet("run", "cost.toml", "--force", *options, cwd=folder)
        assert done.returncode == 2, done.stderr
