"""`linnet run`: what it computes and writes."""

import filecmp
import subprocess

import numpy as np
import xarray
from command import COMMAND, linnet


def test_run_writes_a_labelled_set(folder):
    done = linnet("run", "run.toml", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "run.nc: completed at step 40, t = 0.4\n"
    assert done.stderr == ""
    with xarray.open_dataset(folder / "run.nc") as data:
        assert dict(data.sizes) == {"time": 41, "mode": 10, "output": 10, "input": 10}
        assert data.test_error.dims == ("time",)
        assert data.singular_values.dims == ("time", "mode")
        np.testing.assert_allclose(data.time, 0.01 * np.arange(41), rtol=1e-14)
        s = np.linalg.svd(data.final_end_to_end.values, compute_uv=False)
        np.testing.assert_allclose(data.singular_values[-1], s, rtol=1e-12)
        assert data.attrs["status"] == "completed"
        assert "time_convention" in data.attrs and "cost_normalisation" in data.attrs
        # The resolved configuration alone brings back the same file.
        (folder / "again.toml").write_text(data.attrs["configuration"])
    assert linnet("run", "again.toml", "--quiet", cwd=folder).stdout == ""
    assert filecmp.cmp(folder / "run.nc", folder / "again.nc", shallow=False)


def test_set_overrides_and_is_recorded(folder):
    assert linnet("run", "run.toml", "--set", "network.width=7", "--set", "solver.order=sequential", cwd=folder).returncode == 0
    with xarray.open_dataset(folder / "run.nc") as data:
        assert "width = 7\n" in data.attrs["configuration"]
        assert 'order = "sequential"' in data.attrs["configuration"]


def test_an_override_takes_the_place_of_the_other_key(folder):
    (folder / "pairs.toml").write_text("""
task = {kind = "teacher", dim = 2, samples = 10}
network = {kind = "perceptron", initialization = "pairs", width = 6, tau = 0.5, alpha = 0.5}
solver = {step = 0.01, max_steps = 3}
""")
    done = linnet("run", "pairs.toml", "--set", "network.delta=0.1", cwd=folder)
    assert done.returncode == 0, done.stderr
    with xarray.open_dataset(folder / "pairs.nc") as data:
        assert "delta = 0.1\n" in data.attrs["configuration"]
        assert "alpha" not in data.attrs["configuration"]


def test_a_width_that_no_weights_have(folder):
    done = linnet("run", "run.toml", "--set", "network.width=2_000_000_000_000_000_000", "--set", "network.variance=1e-19", cwd=folder)
    assert done.returncode == 0, done.stderr


def test_divergence_is_told_and_kept(folder):
    done = linnet("run", "run.toml", "--set", "solver.step=5", "--out", "wild.nc", cwd=folder)
    assert done.returncode == 3
    assert done.stderr.startswith("linnet: solver.step: expected a run that stays bounded, got divergence at step ")
    with xarray.open_dataset(folder / "wild.nc") as data:
        assert data.attrs["status"] == "diverged"
        assert data.sizes["time"] > 1


WEIGHTS_ON_DATA = """
[task]
kind = "regression"
inputs = "x.npy"
targets = "t.npy"
[network]
kind = "weights"
w1 = "w1.npy"
w2 = "w2.npy"
"""


def test_records_follow_the_rates_and_the_inputs(folder):
    rng = np.random.default_rng(3)
    x = rng.normal(size=(40, 5)) * [3, 2, 1, 0.5, 0.1]
    w1, w2 = rng.normal(size=(2, 5)), rng.normal(size=(3, 2))
    for name, array in (("x", x), ("t", x @ rng.normal(size=(5, 3))), ("w1", w1), ("w2", w2)):
        np.save(folder / f"{name}.npy", array)
    (folder / "regression.toml").write_text(WEIGHTS_ON_DATA + """
[solver]
kind = "flow"
t_end = 0.01
rates = [4.0, 1.0]
[record]
observables = ["kernel_distance", "hidden_similarity", "preconditioner_largest", "balance", "end_to_end"]
schedule = "ends"
""")
    done = linnet("run", "regression.toml", "--out", "r.nc", cwd=folder)
    assert done.returncode == 0, done.stderr
    d = xarray.open_dataset(folder / "r.nc")
    m = 4 * np.linalg.eigvalsh(w2 @ w2.T)[-1] + np.linalg.eigvalsh(w1.T @ w1)[-1]
    np.testing.assert_allclose(d.preconditioner_largest[0], m, rtol=1e-12)
    np.testing.assert_allclose(d.balance, np.trace(w2.T @ w2 - w1 @ w1.T / 4) / 2, rtol=1e-5)
    values, vectors = np.linalg.eigh(x.T @ x / 40)
    root = vectors * np.sqrt(values) @ vectors.T
    np.testing.assert_allclose(d.hidden_similarity[0], root @ w1.T @ w1 @ root, rtol=1e-10, atol=1e-10)
    assert 1e-4 < d.kernel_distance[-1] < 1


def test_thousands_of_outputs_from_narrow_weights(folder):
    rng = np.random.default_rng(4)
    for name, array in (("x", np.eye(8)), ("t", rng.normal(size=(8, 10_000))),
                        ("w1", 0.1 * rng.normal(size=(30, 8))), ("w2", 0.1 * rng.normal(size=(10_000, 30)))):
        np.save(folder / f"{name}.npy", array)
    (folder / "items.toml").write_text(WEIGHTS_ON_DATA + """
[solver]
step = 0.01
max_steps = 20
[record]
observables = ["train_error", "hidden_similarity", "output_similarity", "kernel_distance", "active", "closure_residual"]
""")
    # Matrices of outputs x outputs, 0.8 GB each, are beyond this limit.
    limit = 2**21
    done = subprocess.run(f"ulimit -v {limit}; exec '{COMMAND}' run items.toml --out r.nc", shell=True, cwd=folder,
                          capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    d = xarray.open_dataset(folder / "r.nc")
    assert d.hidden_similarity.shape == (21, 8, 8) and np.isfinite(d.kernel_distance).all()
    assert float(d.attrs["threshold"]) > 0
