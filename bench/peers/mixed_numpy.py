"""The Mixed experiment as a straightforward NumPy script: the weights themselves, trained step by step.

    mixed_numpy.py FOLDER STEPS STEP_SIZE

FOLDER has target.npy, signal.npy, w1.npy (width x inputs) and w2.npy (outputs x width). Gradient descent, layer 1
first, then layer 2 with the new W_1 but the old residual; train and test error before each update. Writes
numpy_end_to_end.npy, numpy_errors.npy and prints the wall-clock seconds of one step.
"""

import sys
import time
from pathlib import Path

import numpy as np


def main(folder, steps, eta):
    folder = Path(folder)
    target = np.load(folder / "target.npy")
    signal = np.load(folder / "signal.npy")
    w1 = np.ascontiguousarray(np.load(folder / "w1.npy"))  # NumPy's own order, as if drawn there
    w2 = np.ascontiguousarray(np.load(folder / "w2.npy"))
    entries = target.size
    errors = np.empty((steps + 1, 2))

    began = time.perf_counter()
    for step in range(steps):
        a = w2 @ w1
        residual = a - target
        errors[step] = np.sum(residual**2) / entries, np.sum((a - signal) ** 2) / entries
        w1 -= eta * (w2.T @ residual)
        w2 -= eta * (residual @ w1.T)
    seconds = (time.perf_counter() - began) / steps

    a = w2 @ w1
    errors[steps] = np.sum((a - target) ** 2) / entries, np.sum((a - signal) ** 2) / entries
    np.save(folder / "numpy_end_to_end.npy", a)
    np.save(folder / "numpy_errors.npy", errors)
    print(seconds)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
