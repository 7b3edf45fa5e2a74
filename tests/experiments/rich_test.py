"""`linnet reproduce rich`, linear networks: the statements of docs/reproductions.md."""

import subprocess

import numpy as np
import pytest
import xarray
from paths import EXPERIMENTS, LINNET


def test_rich_deep(tmp_path):
    done = subprocess.run([LINNET, "reproduce", "rich/deep", "--quiet", "--out", tmp_path], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    open_data = lambda name: xarray.open_dataset(tmp_path / "rich" / "deep" / name / "data.nc")

    d = open_data("speed")
    time, kernel = d.final_time, d.final_kernel_distance
    first, last = (time.sel(layer=f"{which} layer").values for which in ("first", "last"))
    np.testing.assert_allclose(first, last[:, ::-1], rtol=1e-7)
    first = {"layer": "first layer"}
    depth = d.depth.values
    np.testing.assert_allclose(time.sel(first).sel(balance=10), np.log(10) / 10 ** (depth - 1), rtol=0.06)
    assert (kernel.sel(first).sel(balance=10) < 1e-3).all()
    # Downstream is faster than balanced, and as rich as a balanced network with one layer less.
    assert (time.sel(first).sel(balance=-10) < 0.6 * time.sel(first).sel(balance=0)).all()
    np.testing.assert_allclose(kernel.sel(first).sel(balance=-10)[1:], kernel.sel(first).sel(balance=0)[:-1], rtol=0.1)

    d = open_data("preconditioner")
    for name in ("preconditioner_largest", "preconditioner_smallest"):
        start = d[name].sel(first).sel(balance=2.0).isel(time=0)
        np.testing.assert_allclose(start, 2.0 ** (d.depth - 1), rtol=0.02)
    assert (d.preconditioner_smallest.sel(first).sel(balance=-2.0).min("time") < 1e-6).all()

    d = open_data("spectrum")
    spectrum = d.preconditioner_spectrum
    assert spectrum.sizes["eigenvalue"] == 18 and (spectrum.diff("eigenvalue") <= 0).all()
    np.testing.assert_allclose(spectrum.sel(balance=2.0).isel(time=0), 4, rtol=0.02)  # λ^(L−1), all of them
    ends = open_data("preconditioner").sel(first).sel(depth=3, balance=[-2.0, 0.0, 2.0])
    np.testing.assert_allclose(spectrum.isel(eigenvalue=0), ends.preconditioner_largest, rtol=1e-6)
    np.testing.assert_allclose(spectrum.isel(eigenvalue=-1), ends.preconditioner_smallest, rtol=1e-6, atol=1e-12)

    d = open_data("learning").train_error
    np.testing.assert_allclose(d.sel(depth=2).isel(layer=0), d.sel(depth=2).isel(layer=1), rtol=1e-9, atol=1e-15)
    half = lambda balance: d.time.values[np.argmax(d.sel(first).sel(balance=balance).values < 0.39, axis=-1)]
    assert (half(2.0) < half(-2.0)).all() and (half(-2.0) < half(0.0)).all()


@pytest.mark.parametrize("layer, balance", [("first", -2.0), ("first", 2.0), ("last", 0.5)])
def test_unbalanced_modes_are_the_closed_form(tmp_path, layer, balance):
    config = EXPERIMENTS / "rich" / "deep" / "speed.toml"
    done = subprocess.run([LINNET, "run", config, "--quiet", "--out", tmp_path / "run.nc", "--set", "network.compare=exact",
                           "--set", f"network.unbalanced={layer}", "--set", f"network.balance={balance}",
                           "--set", "network.depth=4", "--set", "sweep.axes=[]"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert float(xarray.open_dataset(tmp_path / "run.nc").distance.max()) < 1e-7
@pytest.fixture(scope="module")
def rich(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rich")
    done = subprocess.run([LINNET, "reproduce", "rich/one-neuron", "rich/implicit-bias", "rich/potentials", "--quiet",
                           "--out", folder], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr

    def open_data(name):
        assert (folder / "rich" / name / "figure.png").stat().st_size > 10_000
        result = xarray.open_dataset(folder / "rich" / name / "data.nc")
        assert int(result.status.max()) <= 1, "completed, or stopped by the event"
        return result

    return open_data


@pytest.mark.parametrize("name", ["trajectories", "scalar", "surface"])
def test_one_neuron(rich, name):
    d = rich(f"one-neuron/{name}")
    assert float(d.gram_distance.max()) < 1e-8 and float(d.largest_distance.max()) < 1e-8
    if "neuron_weights" in d:
        w, a = d.neuron_weights[..., :-1], d.neuron_weights[..., -1]
        assert float(abs(a**2 - (w**2).sum("weight") - d.delta).max()) < 1e-8
        assert float(abs(d.neuron_weights.diff("dynamics")).max()) < 1e-8
        signs = np.sign(a.isel(time=[0, -1], dynamics=0)).prod("time")
        assert (signs.where(d.delta > 0, 1) == 1).all(), "upstream a keeps its sign"
        assert float(signs.min()) == -1, "downstream it may not"


def test_both_sides_of_the_basins(rich):
    d = rich("one-neuron/basins")
    assert float(abs(d.neuron_weights.diff("dynamics")).max()) < 1e-8
    start, end = (d.neuron_weights.isel(dynamics=0, time=t).values for t in (0, -1))
    np.testing.assert_allclose(end[:, 2:] * end[:, :2], np.tile([1, 0.25], (6, 1)), atol=1e-6)
    for first, second in ((0, 1), (2, 3), (4, 5)):
        np.testing.assert_allclose(start[first, :2], start[second, :2], rtol=1e-12)
        np.testing.assert_allclose(start[[first, second], 2], [-4.001, -3.999], rtol=1e-12)
        assert end[first, 2] < 0 < end[second, 2]


def test_the_minima_of_one_sample_are_where_neurons_end(rich):
    d = rich("implicit-bias/surface")
    target = np.array(d.attrs["cost_target"].split(), float)
    covariance = np.array(d.attrs["cost_covariance"].split(), float).reshape(2, 2)
    w = d.neuron_weights.isel(time=-1).transpose("start", "delta", "weight").values
    away = w[..., 2:] * w[..., :2] - target
    assert np.linalg.eigvalsh(covariance)[0] < 1e-12 < np.linalg.eigvalsh(covariance)[1]
    assert np.einsum("sdi,ij,sdj->sd", away, covariance, away).max() < 1e-8
    assert (w[..., 2] < 0).sum() == 1 and w[1, 0, 2] < 0, "only downstream a passes 0"


def test_implicit_bias(rich):
    for name in ("ends", "plane", "depth"):
        d = rich(f"implicit-bias/{name}")
        assert float(abs(d.final_coefficients.diff("dynamics")).max()) < 1e-6, name
    # One sample: δ → ∞ gives the solution nearest to β_0, δ → −∞ a multiple of β_0.
    start = np.array([0.35, -0.15])
    ends = rich("implicit-bias/plane").final_coefficients.isel(start=0, dynamics=0)
    along = ends.sel(delta=-30).values
    assert along @ start / np.linalg.norm(along) / np.linalg.norm(start) > 0.999
    distances = np.linalg.norm(ends.values - start, axis=-1)
    assert distances.argmin() == 6 and np.all(np.diff(distances) < 0)


def test_recovered_values(rich):
    d = rich("potentials/recovered")
    assert float(abs(d.final_coefficients.diff("dynamics")).max()) < 1e-4
    end = d.final_coefficients.isel(dynamics=0)
    truth = np.zeros(20)
    truth[:3] = 2.0, -1.0, 0.5
    assert float(abs(end.isel(kappa=0) - truth).max()) < 1e-4
    l1, l2 = abs(end).sum("coefficient").values, (end**2).sum("coefficient").values
    assert np.all(np.diff(l1) > -1e-4) and np.all(np.diff(l2) < 1e-4)


def test_the_potential_of_a_neuron_has_its_powers(rich):
    potential = rich("potentials/neuron").final_mirror_potential
    size = np.log(potential.start_size.values)
    slopes = np.gradient(np.log(potential.transpose("delta", "start_size").values), size, axis=1)
    np.testing.assert_allclose(slopes[:, 0], [1, 1, 1.5, 2, 2], atol=0.02)
    np.testing.assert_allclose(slopes[2], 1.5, atol=1e-6)
