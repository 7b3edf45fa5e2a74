"""A phase diagram in a few lines: the smallest test error over variance and width, as an xarray.

Y = A* + E of 50 x 50, rank 5; w = d^γ_w, σ² = d^γ_σ², at infinite width, where the diagram depends on σ²w alone.
"""

import linnet

phase = linnet.sweep(
    {
        "task": {"kind": "low_rank_plus_noise", "dim": 50, "rank": 5},
        "network": {"kind": "infinite_width"},
        "solver": {"kind": "exact", "step": "mixed", "step_divisor": 50},
        "sweep": {
            "axes": [
                {"field": "network.variance_exponent", "linear": [-3.0, 0.0, 4]},
                {"field": "network.width_exponent", "linear": [1.0, 2.5, 4]},
            ]
        },
    }
)
print(phase["best_test_error"].dims)
print(phase["best_test_error"].round(3).values)

# Output:
#   ('variance_exponent', 'width_exponent')
#   [[0.225 0.223 0.219 0.221]
#    [0.219 0.221 0.256 0.408]
#    [0.256 0.408 0.506 0.51 ]
#    [0.506 0.51  0.51  0.51 ]]
