"""`linnet diagnose`."""

import numpy as np
from command import linnet


def test_diagnose_says_what_is_never_learned(folder):
    np.save(folder / "w1.npy", np.eye(3))
    np.save(folder / "w2.npy", np.diag([1.0, 1.0, -1.0]))
    np.save(folder / "y.npy", np.diag([3.0, 2.0, 1.0]))
    done = linnet("diagnose", "w1.npy", "w2.npy", "--target", "y.npy", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "-0" not in done.stdout and "closure      lambda = 0, c^2 = 0, residual 0" in done.stdout
    rows = [line.split() for line in done.stdout.splitlines() if line.strip()[:1].isdigit()]
    assert [row[2] for row in rows] == ["active", "active", "never"] and rows[2][3:] == ["never", "never"]
    assert "never learned: 3 (the start has no part growing into it, or all its columns go to larger modes)" in done.stdout


def test_diagnose_says_what_must_turn(folder):
    rng = np.random.default_rng(2)
    q = np.linalg.qr(rng.normal(size=(6, 3)))[0]
    np.save(folder / "w1.npy", np.sqrt(1000) * q.T)  # lambda = -1000: three of six inputs
    np.save(folder / "w2.npy", np.zeros((3, 3)))
    y = rng.normal(size=(3, 6))
    np.save(folder / "y.npy", y)
    done = linnet("diagnose", "w1.npy", "w2.npy", "--target", "y.npy", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "closure      lambda = -1000, c^2 = 0, residual" in done.stdout
    outside = 1 - ((np.linalg.svd(y)[2][:3] @ q) ** 2).sum(axis=1)
    rows = [line.split() for line in done.stdout.splitlines() if line.strip()[:1].isdigit()]
    moved = 1 - np.sqrt(0.5)  # the kernel of a lazy mode, of which a part is missing, by the root of that part
    assert [row[2] for row in rows] == ["delayed-rich" if part > moved**2 else "lazy" for part in outside]
    assert f"moves by {outside.mean():.2f}" in done.stdout and "the larger layer must turn to them" in done.stdout


def test_diagnose_tells_the_regime_and_the_curve(folder):
    rng = np.random.default_rng(1)
    x = rng.normal(size=(300, 6)) * np.linspace(1, 2, 6)
    np.save(folder / "x.npy", x)
    np.save(folder / "t.npy", x @ rng.normal(size=(6, 3)))
    np.save(folder / "w1.npy", rng.uniform(-1, 1, size=(200, 6)) / np.sqrt(6))
    np.save(folder / "w2.npy", rng.uniform(-1, 1, size=(3, 200)) / np.sqrt(200))
    weights, data = ("w1.npy", "w2.npy"), ("--inputs", "x.npy", "--targets", "t.npy")
    alone = linnet("diagnose", *weights, cwd=folder)
    assert alone.returncode == 0 and "threshold    kappa = " in alone.stdout and "prediction" not in alone.stdout
    raw = linnet("diagnose", *weights, *data, cwd=folder)
    assert raw.returncode == 0 and "prediction   integrated: the start does not satisfy the closure" in raw.stdout
    assert "the inputs are not white: their covariance has condition number" in raw.stdout and "    3 " in raw.stdout
    white = linnet("diagnose", *weights, *data, "--whiten", "--plot", "curve.svg", cwd=folder)
    assert white.returncode == 0, white.stderr
    assert "prediction   approximate: the weights satisfy the closure only to" in white.stdout
    rows = [line.split() for line in white.stdout.splitlines() if line.strip()[:1].isdigit()]
    assert [row[0] for row in rows] == ["1", "2", "3"] and all(float(row[3]) > 0 for row in rows)
    assert (folder / "curve.svg").read_text().rstrip().endswith("</svg>")

    def refused(*arguments):
        done = linnet("diagnose", *arguments, cwd=folder)
        assert done.returncode == 2 and done.stdout == "", done
        return done.stderr

    assert refused(*weights, "--plot", "new.png").startswith("linnet: --plot: expected something to learn, got weights alone")
    assert refused(*weights, *data, "--plot", "new.gif").startswith("linnet: --plot: expected a file name ending in .svg")
    assert refused(*weights, *data, "--whiten", "--plot", "curve.svg").startswith("linnet: curve.svg: expected a new file")
    np.save(folder / "y.npy", np.eye(3, 6))
    unused = "linnet: --whiten: expected inputs to make white, got "
    assert refused(*weights, "--whiten").startswith(unused + "weights alone")
    assert refused(*weights, "--whiten", "--target", "y.npy").startswith(unused + "a target, which stands for white inputs")
    assert refused(*weights, "--inputs", "x.npy").startswith("linnet: --inputs, --targets: expected both of them, or neither")
    assert refused("w1.npy", "none.npy").startswith("linnet: W2: expected")
    assert refused("w2.npy", "w1.npy").startswith("linnet: network")
