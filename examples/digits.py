"""Regime and learning curve of a network on real data, predicted before training: the UCI digits.

1797 images of handwritten digits of 64 pixels, some of which never vary: they are whitened on the 61 directions that they
span. Ten one-hot outputs, centred; weights drawn as PyTorch draws linear layers. `predict` takes the cheapest method that is
exact, and says which and why; gradient flow of the weights agrees. The data come with Debian's python3-sklearn.
"""

import linnet
import numpy as np
from sklearn.datasets import load_digits

digits = load_digits()
x = digits.data - digits.data.mean(axis=0)
t = np.eye(10)[digits.target]
task = linnet.tasks.regression(x, t - t.mean(axis=0), whiten=True)
print(f"{x.shape[0]} samples of {x.shape[1]} pixels")

times = np.array([0.01, 0.03, 0.1, 0.3, 1.0, 3.0])
rng = np.random.default_rng(1)
for width in (64, 512, 4096):
    w1 = rng.uniform(-1, 1, size=(width, x.shape[1])) / np.sqrt(x.shape[1])
    w2 = rng.uniform(-1, 1, size=(10, width)) / np.sqrt(width)
    weights = linnet.Weights(w1, w2)
    p = linnet.predict(weights, task, times)
    trained = linnet.train(weights, task, linnet.GradientFlow(t_end=3.0, rtol=1e-9), schedule=times)["train_error"]
    off = np.abs(p.trajectory["train_error"] - trained).max() / trained[0]
    print(f"width {width}: {p.reason}")
    print(f"    κ = {p.threshold:.2f}, modes: {', '.join(sorted(f'{p.regimes.count(r)} {r}' for r in set(p.regimes)))}; "
          f"half learned from t = {p.learning_times()[:9].min():.2f} to {p.learning_times()[:9].max():.2f}; "
          f"within 1e-6 of training: {bool(off < 1e-6)}")

# Output:
#   1797 samples of 64 pixels
#   width 64: the start does not satisfy the closure (residual 0.609485) and the inputs span 61 of 64 directions, so all weights are integrated
#       κ = 0.23, modes: 1 active, 1 never, 8 lazy; half learned from t = 0.00 to 2.40; within 1e-6 of training: True
#   width 512: the start does not satisfy the closure (residual 0.347388) and the inputs span 61 of 64 directions, so the Gram state is integrated, whose size does not depend on the width
#       κ = 1.47, modes: 1 never, 9 lazy; half learned from t = 0.11 to 0.33; within 1e-6 of training: True
#   width 4096: the start does not satisfy the closure (residual 0.124901) and the inputs span 61 of 64 directions, so the Gram state is integrated, whose size does not depend on the width
#       κ = 10.84, modes: 1 never, 9 lazy; half learned from t = 0.02 to 0.05; within 1e-6 of training: True
