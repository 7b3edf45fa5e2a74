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
    flow = solve_ivp(lambda _, a: 2 * np.hypot(kappa, a) * (y - a), (0, t[-1]), [0.0], t_eval=t, method="DOP853", rtol=1e-12, atol=1e-14)
    close(linnet.Mode(target=y, threshold=kappa).at(t), flow.y[0], 1e-10, "a(t)")


if __name__ == "__main__":
    main()
