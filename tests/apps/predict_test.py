"""`linnet predict`."""

import numpy as np
import xarray
from command import linnet

CONFIGURATION = """
seed = 3
task = {kind = "low_rank_plus_noise", dim = 8, rank = 2}
network = {kind = "gaussian", width = 40, variance = 0.01}
solver = {kind = "flow", t_end = 0.5, rtol = 1e-10}
record = {observables = ["train_error", "test_error"], schedule = "at", at = [0.1, 0.5]}
"""


def test_predicts_the_run_of_a_configuration(folder):
    (folder / "c.toml").write_text(CONFIGURATION)
    done = linnet("predict", "c.toml", "--times", "0.1,0.5,inf", "--out", "p.nc", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "prediction   gram flow: the start does not satisfy the closure (residual" in done.stdout
    assert " at t = 0.1: " in done.stdout and " at t = inf: " in done.stdout
    assert "estimated error: " in done.stdout and "test error " in done.stdout and done.stdout.rstrip().endswith("p.nc")
    rows = [line.split() for line in done.stdout.splitlines() if line.strip()[:1].isdigit()]
    assert [row[0] for row in rows] == [str(i) for i in range(1, 9)] and {row[2] for row in rows} <= {"active", "lazy"}
    assert linnet("run", "c.toml", "--out", "r.nc", cwd=folder).returncode == 0
    with xarray.open_dataset(folder / "p.nc") as p, xarray.open_dataset(folder / "r.nc") as r:
        assert p.time.values.tolist() == [0, 0.1, 0.5, np.inf]
        for name in ("train_error", "test_error"):
            np.testing.assert_allclose(p[name].values[:3], r[name].values, atol=1e-6)
        assert p.attrs["prediction_method"] == "gram_flow" and "closure" in p.attrs["prediction_reason"]
        assert 0 < p.attrs["prediction_error"] < 1e-6 and "low_rank_plus_noise" in str(p.attrs)
        assert p["regime"].values.tolist() == [row[2] for row in rows] and (p["learning_time"].values > 0).all()


def test_takes_the_method_that_is_asked_for(folder):
    (folder / "c.toml").write_text(CONFIGURATION)
    near = linnet("predict", "c.toml", "--tolerance", "0.5", "--plot", "p.svg", cwd=folder)
    assert near.returncode == 0 and "nearest closed form: the weights satisfy the closure only to" in near.stdout, near.stderr
    assert (folder / "p.svg").read_text().rstrip().endswith("</svg>")
    forced = linnet("predict", "c.toml", "--method", "self_consistent", "--quiet", cwd=folder)
    assert forced.returncode == 0 and forced.stdout == ""
    (folder / "wide.toml").write_text(CONFIGURATION.replace('"gaussian", width = 40, variance = 0.01', '"infinite_width", scale = 0.5'))
    wide = linnet("predict", "wide.toml", cwd=folder)
    assert wide.returncode == 0, wide.stderr
    assert "mode by mode: the network is infinitely wide" in wide.stdout


def test_refuses_bad_input(folder):
    (folder / "c.toml").write_text(CONFIGURATION)

    def refused(*arguments):
        done = linnet("predict", "c.toml", *arguments, cwd=folder)
        assert done.returncode == 2 and done.stdout == "", done
        return done.stderr

    assert refused("--times", "0.1,-1").startswith('linnet: --times: expected times >= 0 with commas between, as 0.1,1,inf, got "0.1,-1"')
    assert refused("--times", "nan").startswith("linnet: --times: expected")
    assert refused("--method", "gram").startswith("linnet: --method: expected one of mode_by_mode")
    assert refused("--method", "closed_form").startswith("linnet: method: expected a start that satisfies the closure")
    assert refused("--tolerance", "0").startswith("linnet: --tolerance: expected a finite number > 0")
    assert refused("--set", "sweep.seeds=3").startswith("linnet: sweep: expected no axes, for a prediction")
    assert "linnet sweep" in refused("--set", "sweep.seeds=3")
    assert refused("--set", 'task.then=["reversed"]').startswith("linnet: task.then: expected one task")
    (folder / "p.nc").write_text("")
    assert refused("--out", "p.nc").startswith("linnet: p.nc: expected a new file")
