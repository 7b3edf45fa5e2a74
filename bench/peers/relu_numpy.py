"""A two-layer ReLU network as a straightforward NumPy script.

    relu_numpy.py FOLDER STEPS STEP_SIZE WAY

FOLDER has inputs.npy (samples in rows), targets.npy, w1.npy and w2.npy. Gradient descent on the mean over the samples of
|f - y|^2, both layers from the old weights. WAY is lean, with as few passes over the activations as NumPy needs, or published,
as the authors of Get rich quick compute it. What a step makes is kept to the next: freed sooner, its pages would go back
to the system and be faulted in again. Writes numpy_w1.npy and numpy_w2.npy and prints the CPU seconds of one step.
"""

import sys
import time
from pathlib import Path

import numpy as np


def lean(x, y, w, a, steps, eta):
    for _ in range(steps):
        h = x @ w.T
        s = np.maximum(h, 0)
        g = (2 / len(y)) * (s @ a - y)
        gradient_a = g @ s
        gradient_w = (g[:, None] * a * (h > 0)).T @ x
        w, a = w - eta * gradient_w, a - eta * gradient_a
    return w, a


def active(h):
    mask = h.copy()
    mask[h >= 0] = 1
    mask[h < 0] = 0
    return mask


def published(x, y, w, a, steps, eta):
    for _ in range(steps):
        h = x @ w.T
        s = np.maximum(h, 0)
        residual = 2 * (y - s @ a)
        gradient_a = -s.T @ residual
        gradient_w = -(np.outer(a, residual) * active(h.T)) @ x
        w = w - eta / len(y) * gradient_w
        a = a - eta / len(y) * gradient_a
    return w, a


def main(folder, steps, eta, way):
    folder = Path(folder)
    x, y, w, a = (np.ascontiguousarray(np.load(folder / f"{name}.npy")) for name in ("inputs", "targets", "w1", "w2"))
    loop = {"lean": lean, "published": published}[way]
    began = time.process_time()
    w, a = loop(x, y[:, 0], w, a[0], steps, eta)
    seconds = (time.process_time() - began) / steps
    np.save(folder / "numpy_w1.npy", w)
    np.save(folder / "numpy_w2.npy", a[None])
    print(seconds)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), sys.argv[4])
