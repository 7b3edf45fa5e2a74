"""A two-layer ReLU network as a straightforward NumPy script.

    relu_numpy.py FOLDER STEPS STEP_SIZE

FOLDER holds inputs.npy (samples in rows), targets.npy, w1.npy and w2.npy. Gradient descent on the mean over the samples of
|f - y|^2, both layers from the old weights. Writes numpy_w1.npy and numpy_w2.npy and prints the wall-clock seconds of
one step.
"""

import sys
import time
from pathlib import Path

import numpy as np


def main(folder, steps, eta):
    folder = Path(folder)
    x, y, w, a = (np.ascontiguousarray(np.load(folder / f"{name}.npy")) for name in ("inputs", "targets", "w1", "w2"))
    y, a = y[:, 0], a[0]
    began = time.perf_counter()
    for _ in range(steps):
        h = x @ w.T
        s = np.maximum(h, 0)
        g = (2 / len(y)) * (s @ a - y)
        gradient_a = g @ s
        gradient_w = (g[:, None] * a * (h > 0)).T @ x
        w, a = w - eta * gradient_w, a - eta * gradient_a
    seconds = (time.perf_counter() - began) / steps
    np.save(folder / "numpy_w1.npy", w)
    np.save(folder / "numpy_w2.npy", a[None])
    print(seconds)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
