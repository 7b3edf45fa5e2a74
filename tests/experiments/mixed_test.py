"""`linnet reproduce mixed/certificate` and `mixed/duration`: the statements of docs/reproductions.md."""

import subprocess

import numpy as np
import xarray
from paths import LINNET


def data_of(folder, name, *options):
    done = subprocess.run([LINNET, "reproduce", f"mixed/{name}", "--quiet", "--out", folder, *options], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return xarray.open_dataset(folder / "mixed" / name / "data.nc")


def test_the_cost_is_below_its_certificate(tmp_path):
    d = data_of(tmp_path, "certificate")
    cost, bound = (d.cost.isel(dynamics=i).transpose("task", "scale", "time").values for i in (0, 1))
    seen = bound > 1e-8 * bound[..., :1]  # above the integrator's error
    assert (cost[seen] <= bound[seen] * (1 + 1e-6)).all()
    np.testing.assert_allclose(d.bound_rate.isel(task=0), 4 * d.scale)
    ratio = cost / bound
    assert 0.9 < ratio[0, 2, np.argmax(bound[0, 2] < 1e-2 * bound[0, 2, 0])] < 1, "sharp at large κ"
    assert (ratio[:, 0, -1] < 0.01).all(), "active modes are faster"


def test_how_long_the_test_error_is_below_a_bound(tmp_path):
    ray = "{label = '%s', set = ['network.variance_exponent=%s', 'network.width_exponent=2.25']}"
    rays = ", ".join(ray % row for row in (("active", -1.85), ("between", -1.4), ("lazy", -0.65)))
    axes = "sweep.axes=[{field = 'ray', cases = [%s]}, {field = 'task.dim', values = [50, 100]}]" % rays
    d = data_of(tmp_path, "duration", "--set", axes)
    since, length = d.below_from.mean("seed"), d.below_time.mean("seed")
    np.testing.assert_allclose(since.sel(ray="active"), [0.0236, 0.0157], rtol=0.02)
    np.testing.assert_allclose(length.sel(ray="active"), [0.0774, 0.0626], rtol=0.02)
    assert np.isnan(since.sel(ray="lazy")).all()
    ratio = (length / since).transpose("ray", "dim").values[:2]
    assert (np.diff(ratio, axis=1) > 0).all() and (ratio[0] > ratio[1]).all()
