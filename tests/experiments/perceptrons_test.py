"""`linnet reproduce rich`, networks that are not linear, in part: the statements of docs/reproductions.md."""

import subprocess

import numpy as np
import pytest
import xarray
from paths import LINNET


@pytest.fixture
def rich_data(tmp_path):
    """The data of an experiment below `rich/`, with further options."""

    def open_data(name, *options):
        sets = [word for option in options for word in (("--set", option) if "=" in option else (option,))]
        done = subprocess.run([LINNET, "reproduce", f"rich/{name}", "--quiet", "--force", "--out", tmp_path, *sets],
                              capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert (tmp_path / "rich" / name / "figure.png").stat().st_size > 10_000
        return xarray.open_dataset(tmp_path / "rich" / name / "data.nc")

    return open_data


def test_relu_plane(rich_data):
    d = rich_data("relu-plane")
    assert int(d.status.max()) == 0
    path, readout = d.neuron_path, d.neuron_readout.isel(time=-1)
    # The large start hardly moves.
    large = path.sel(start="τ = 2, α = 1")
    assert float(abs(large.isel(time=-1) - large.isel(time=0)).max()) < 0.15 * float(abs(large).max())
    # From a small first layer the large neurons point along a neuron of the teacher, with the same
    # sign.
    small = {"start": "τ = 0.1, α = 10"}
    end, a = path.sel(small).isel(time=-1).values, readout.sel(small).values
    size = np.linalg.norm(end, axis=1)
    cosines = end @ d.teacher_direction.values.T / size[:, None]
    fits = np.sign(a)[:, None] == np.sign(d.teacher_readout.values)
    best = np.where(fits, cosines, -1).max(axis=1)
    assert (size * best).sum() > 0.93 * size.sum()


def test_relu_grid(rich_data):
    axes = "sweep.axes=[{field = 'network.tau', values = [0.2, 2.0]}, {field = 'network.delta', values = [-0.5, 0.5]}]"
    d = rich_data("relu-grid/flow", "sweep.seeds=1", axes)
    error, kernel = d.final_test_error, d.final_kernel_distance
    assert float(d.final_train_error.max()) < 1e-5
    assert float(error.sel(tau=0.2, delta=0.5)) < 0.6 * float(error.sel(tau=0.2, delta=-0.5)) < 0.6 * float(error.sel(tau=2).min())
    assert float(kernel.sel(tau=0.2).min()) > 0.05 and float(kernel.sel(tau=2).max()) < 0.005
    # The maps are at steps of descent, whatever τ is; the last one is the end.
    np.testing.assert_array_equal(d.steps, [0, 100, 1000, 10000, 100000])
    np.testing.assert_array_equal(d.test_error.isel(steps=-1), error)
    assert bool((d.test_error.diff("steps").isel(steps=slice(0, 2)) < 0).all())


def test_relu_flow_is_the_limit_of_the_authors_descent(rich_data):
    axes = "sweep.axes=[{field = 'training', cases = [{label = 'flow', set = ['solver.kind=flow']}, " \
           "{label = 'descent', set = ['solver.kind=descent']}]}, {field = 'network.delta', values = [-0.5, 0.5]}]"
    d = rich_data("relu-grid/descent", "--quick", "network.tau=0.3", axes)
    flow, descent = (d.sel(training=which) for which in ("flow", "descent"))
    np.testing.assert_allclose(flow.final_time, descent.final_time, rtol=1e-12)
    np.testing.assert_allclose(flow.final_test_error, descent.final_test_error, rtol=0.01)
    np.testing.assert_allclose(flow.final_kernel_distance, descent.final_kernel_distance, rtol=0.05)


def test_first_layer_scale(rich_data):
    values = "sweep.axes=[{field = 'network.alpha', values = [0.3, 10.0]}]"
    d = rich_data("first-layer-scale/hierarchy", "--quick", "task.samples=4096", values)
    assert float(d.final_train_accuracy.sel(alpha=10)) > 0.99
    assert float(d.final_test_accuracy.sel(alpha=10)) > float(d.final_test_accuracy.sel(alpha=0.3)) + 0.2
    axes = "sweep.axes=[{field = 'network.last_scale', values = [0.03, 0.1]}, {field = 'network.alpha', values = [1.0, 4.64]}]"
    d = rich_data("first-layer-scale/modular-addition", "sweep.seeds=1", "solver.step=0.01", "solver.max_steps=2000", axes)
    # The small output groks soonest, and before that the training pairs are right.
    assert float(d.final_step.sel(last_scale=0.03).max()) < 0.6 * float(d.final_step.sel(last_scale=0.1, alpha=1))
    assert float(d.final_step.sel(last_scale=0.1, alpha=4.64)) > 1.5 * float(d.final_step.sel(last_scale=0.1, alpha=1))


def test_relu_partition(rich_data):
    d = rich_data("relu-partition")
    path = d.neuron_path.isel(time=-1).values
    start = d.neuron_path.isel(time=0).values
    cosine = (path * start).sum(-1) / np.linalg.norm(path, axis=-1) / np.linalg.norm(start, axis=-1)
    turned = dict(zip(d.start.values, np.degrees(np.arccos(np.clip(cosine, -1, 1))).mean(-1)))
    assert turned["upstream"] > 30 > 12 > turned["lazy"]
    assert float(d.kernel_distance.sel(start="lazy").max()) < 0.01 < 0.05 < float(d.kernel_distance.sel(start="upstream").isel(time=-1))
    assert float(d.train_error.isel(time=-1).max()) < 0.03
    # Signs of f at the samples, from what the picture is drawn from.
    a = np.sign(d.neuron_readout.isel(time=-1).values)
    x, y = d.sample_point.values, d.sample_target.values
    for p, sign in zip(path, a):
        assert (np.sign(np.maximum(x @ p.T, 0) @ sign) == y).all()
