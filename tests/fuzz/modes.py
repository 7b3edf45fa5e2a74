#!/usr/bin/python3
"""Single modes in closed form against SciPy's integrator."""

import numpy as np
from harness import close, main, problem
from scipy.integrate import solve_ivp

import linnet


@problem
def coefficient(rng):
    y, kappa = np.exp(rng.uniform(-2, 2)), np.exp(rng.uniform(-3, 2))
    t = np.sort(rng.uniform(0, 3, size=4))

    # To the end of each interval: between its steps the integrator interpolates, to fewer digits.
    def expected(end):
        return solve_ivp(lambda _, a: 2 * np.hypot(kappa, a) * (y - a), (0, end), [0.0], method="DOP853", rtol=3e-14, atol=1e-15).y[0, -1]

    close(linnet.Mode(target=y, threshold=kappa).at(t), np.array([expected(end) for end in t]), 1e-11, "a(t)")


if __name__ == "__main__":
    main()
