"""`linnet reproduce blocks`: the statements of docs/reproductions.md."""

import numpy as np


def test_fusion(blocks):
    d = blocks("fusion")
    expected = d.unimodal_ratio.values  # fusion x correlation
    measured = d.unimodal_ratio_of_run.values
    assert np.allclose(expected[0], 1) and np.allclose(expected[1], [1 + 3.0 / 0.64, 4, 5], rtol=1e-12)
    assert (measured[0] < 1.5).all(), "early fusion does not wait"
    assert np.allclose(measured[1], expected[1], rtol=0.05)
    late = d.coefficients.isel(fusion=1)
    wait = late.sel(time=6.0, method="nearest").isel(dynamics=0).values
    assert np.allclose(wait[:, 0], [0.7, 1.0, 1.25], atol=0.01) and (np.abs(wait[:, 1]) < 0.01).all()
