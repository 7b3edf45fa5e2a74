"""`linnet reproduce sharpness`: the statements of docs/reproductions.md."""

import numpy as np


def test_edge_of_stability(sharpness):
    d = sharpness("edge")
    s = d.hessian_largest.values  # step x (descent, edge) x time
    assert np.allclose(s[:, 1, 0], [256, 64, 32, 16])
    assert np.ptp(s[:, 0, 0]) == 0, "one start"
    ends = s[:, 0, -1]
    assert (ends[:3] < s[:3, 1, 0]).all() and (np.diff(ends) < 0).all() and ends[0] > 32
    assert s[3, 0, -2] < 16 < s[3, 0, -1], "descent swings around the edge"
    late, early = s[3, 0, -8:], s[3, 0, 8:16]
    assert np.ptp(late) < 0.5 * np.ptp(early)
    assert (s[:, 0, -1] > 10).all(), "no minimum is flatter"


def test_minimizers(sharpness):
    d = sharpness("minimizers", "--set", "sweep.seeds=2")
    s = d.final_hessian_largest.transpose("start", "dynamics", "depth", "seed").values
    ratio = s[:, 0] / s[:, 1]
    assert (ratio > 1).all(), "no minimum is below the bound"
    assert np.allclose(ratio[0], np.array([1.0609, 1.0332, 1.0221, 1.0163, 1.0128, 1.0105, 1.0089, 1.0077, 1.0067])[:, None], atol=1e-3)
    assert (ratio[1, 3:] > 1.2).all(), "Gaussian starts end in sharper ones"
    assert np.allclose(np.diff(s[0, 1, :, 0], 2), 0, atol=0.02), "the bound grows linearly with the depth"
