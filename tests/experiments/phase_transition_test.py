"""`linnet reproduce saddle/phase-transition`: the statements of docs/reproductions.md."""

import numpy as np
import pytest


@pytest.mark.parametrize("depth, gammas, widths", [
    (3, [0.75, 0.9, 1.0], [32, 64, 128]),
    (4, [0.75, 0.9, 1.0], [24, 48, 96]),
    (3, [1.5, 2.0], [16, 32, 64]),
    (4, [1.5, 2.0], [16, 32, 64]),
])
def test_saddle_phase_transition(saddle, depth, gammas, widths):
    d = saddle("phase-transition", "--set", f'sweep.axes=[{{field="network.depth", values=[{depth}]}},'
               f' {{field="network.gamma", values={gammas}}}, {{field="network.width", values={widths}}}]')
    assert (d.final_saddle_distance_bound > 0).all() and (d.final_saddle_distance_bound < d.final_saddle_distance).all()
    expected = {"saddle": lambda g, depth: (1 - g) / 2, "minimum": lambda g, depth: min(0, (g - 1) * (depth - 1) / 2)}
    for variable, room in (("saddle", 0.07), ("minimum", 0.3)):
        distance = np.log(d[f"final_{variable}_distance"])
        exponent = d[f"final_{variable}_distance_exponent"]
        for gamma in gammas:
            slopes = np.polyfit(np.log(d.width), distance.sel(depth=depth, gamma=gamma).transpose("width", "seed"), 1)[0]
            here = {"depth": depth, "gamma": gamma}
            np.testing.assert_allclose(exponent.sel(**here, law="fitted"), slopes.mean(), atol=1e-12)
            error = d[f"final_{variable}_distance_exponent_error"].sel(**here, law="fitted")
            np.testing.assert_allclose(error, slopes.std(ddof=1) / 2, atol=1e-12)
            law = expected[variable](gamma, depth)
            np.testing.assert_allclose(exponent.sel(**here, law="expected"), law, atol=1e-12)
            assert abs(slopes.mean() - law) < room, (variable, depth, gamma, slopes)
