"""`linnet reproduce saddle`, but for the phase transition: the statements of docs/reproductions.md."""

import numpy as np
import pytest


def test_saddle_trajectory(saddle):
    d = saddle("trajectory")
    small = d.sel(gamma=2.5)
    for rank, cost in ((1, 5.0), (2, 0.5)):
        near = np.abs(small.cost / cost - 1) < 0.1
        assert float(np.abs(small.cost / cost - 1).min()) < 1e-3, "it comes to the saddle"
        assert near.sum() > 30 and (small["rank"].values[near.values] == rank).all()
        assert float(small.parameter_gradient_norm.values[near.values].min()) < 0.02

    def decades(gamma, cost):
        times = d.time.values[(np.abs(d.cost.sel(gamma=gamma) / cost - 1) < 0.1).values]
        return np.log10(times.max() / times.min()) if times.size else 0

    for cost in (5.0, 0.5):
        lengths = [decades(gamma, cost) for gamma in (1.0, 1.5, 2.0, 2.5)]
        assert lengths[0] < 0.05 and (np.diff(lengths) > 0).all() and lengths[-1] > 0.4


def test_saddle_completion(saddle):
    d = saddle("completion", "--set", "sweep.seeds=2")
    assert (d.final_train_error < 1e-4).all()
    error = d.final_test_error.mean("seed")
    for seed in range(2):  # one layer: the unobserved entries keep their start, of variance w^{-γ}
        one = d.final_test_error.isel(seed=seed).sel(depth=1)
        assert 0.02 < float(one.sel(gamma=0.75) - one.sel(gamma=2.5)) < 0.05
    assert (error.sel(gamma=0.75) > 0.5).all() and float(error.sel(depth=2, gamma=2.5)) < 0.02
    assert (error.sel(depth=[2, 3, 4]).diff("gamma").sel(gamma=[1.0, 1.25, 1.5]) < 0).all()
    assert float(error.sel(depth=4, gamma=1.25)) < 0.1 * float(error.sel(depth=2, gamma=1.25))
    assert (error.sel(depth=[3, 4], gamma=[2.0, 2.5]) < 0.005).all()
    assert (np.abs(d.final_effective_rank.sel(depth=[3, 4], gamma=2.5) - 2.95) < 0.1).all()


def test_saddle_escape(saddle):
    d = saddle("escape/path")
    np.testing.assert_allclose(d.escape_strength, 3, rtol=1e-12)
    np.testing.assert_allclose(d.escape_strength_found, d.escape_strength, rtol=1e-8)
    for depth in (2, 3, 4):
        run, law = d.parameter_norm.sel(depth=depth)
        learned = (run / np.sqrt(depth)) ** depth / 3
        off = np.abs(run / law - 1)
        assert float((off / learned).where(learned < 0.01).max()) < 0.55, "the correction is half of s(A)/y"
        np.testing.assert_allclose(d.escape_alignment.sel(depth=depth).isel(dynamics=0).dropna("time"), 1, rtol=1e-12)
    d = saddle("escape/random")
    for depth in (2, 3, 4):
        run, law = d.parameter_norm.sel(depth=depth)
        assert not (run > law * (1 + 1e-6)).any(), "nothing is faster"
        aligned = d.escape_alignment.sel(depth=depth).isel(dynamics=0)
        assert abs(float(aligned[0])) < 0.05 and float(aligned.max()) > 0.9998
        assert float(aligned.where(run > 5 * run[0]).dropna("time")[0]) > 0.88, "it turns before it grows"


def test_saddle_weight_decay(saddle):
    d = saddle("weight-decay")
    assert list(d["rank"].isel(time=-1).values) == [6, 5, 3, 2]
    late = d["rank"].isel(time=d.time.values > 9)
    assert (late.diff("time") <= 0).all() and (late.isel(time=0) > late.isel(time=-1)).all(), "jumps, only down"
    ends = d.test_error.isel(time=-1)
    assert float(ends.sel(label_noise=4)) < 0.7 * float(ends.sel(label_noise=0)), "rank 2 is that of the signal"


def test_saddle_depth(saddle):
    d = saddle("depth")
    assert float(d.distance.max()) < 1e-7
    half = [float(np.interp(0.5, d.singular_values.sel(depth=depth).isel(dynamics=0, mode=0), d.time))
            for depth in range(1, 6)]
    np.testing.assert_allclose(half[:2], [np.log(0.999 / 0.5), np.log(999) / 2], rtol=1e-4)
    assert (np.diff(half) > 0).all()


@pytest.mark.parametrize("name", ["full-matrix", "regression", "completion"])
def test_saddle_greedy(saddle, name):
    d = saddle(f"greedy/{name}")
    visited = len(d.plateau)
    assert list(d.plateau_rank) == list(d.plateau_saddle) == list(range(visited)) and visited >= 3
    assert float(d.plateau_distance.max()) < 1e-6
    np.testing.assert_allclose(d.plateau_cost, d.saddle_cost[:visited], rtol=1e-6, atol=1e-12)
    found = d.saddle_escape_found.values
    above = d.saddle_cost.values - float(d.saddle_cost[-1])
    saddles = above > 1e-7 * above[0]
    np.testing.assert_array_equal(np.isnan(found), ~saddles, "nothing leaves a minimum")
    np.testing.assert_allclose(found[saddles], d.saddle_escape_strength[saddles], rtol=1e-6)
    if name == "full-matrix":
        modes = np.array([4.0, 1.6, 0.6, 0.02])
        np.testing.assert_allclose(d.saddle_cost, [np.sum(modes[k:] ** 2) / 2 for k in range(5)], rtol=1e-9, atol=1e-20)


def test_saddle_figure_1(saddle):
    d = saddle("figure-1")
    assert list(d.plateau_rank) == list(d.plateau_saddle) == [0, 1, 2, 3]
    np.testing.assert_allclose(d.plateau_cost[:3], d.saddle_cost[:3], rtol=1e-3)
    run = d.cost.isel(dynamics=0).values
    for k, path in enumerate(zip(*(d[f"greedy_{name}"].values for name in ("time", "cost", "x", "y")))):
        time, cost, x, y = (v[np.isfinite(path[0])] for v in path)
        np.testing.assert_allclose(cost[[0, -1]], d.saddle_cost[k : k + 2], atol=1e-3)
        half = np.interp((cost[0] + cost[-1]) / 2, cost[::-1], time[::-1])
        assert abs(np.interp(half, d.time, run) - (cost[0] + cost[-1]) / 2) < 0.05 * (cost[0] - cost[-1])
        if k > 0:
            between = (cost < 0.9 * cost[0] + 0.1 * cost[-1]) & (cost > 0.1 * cost[0] + 0.9 * cost[-1])
            away = [np.hypot(d.path_x - a, d.path_y - b).min() for a, b in zip(x[between], y[between])]
            assert max(away) < 0.2, "beside the run, in a plane of sides 2.8 and 2.2"


def test_saddle_first_path(saddle):
    d = saddle("first-path")
    slope = lambda v: np.log10(v.sel(scale=1e-5) / v.sel(scale=1e-6))  # noqa: E731
    gap = {"full matrix": 0.5, "completion": 0.348}
    for task, exponent in gap.items():
        distance, rest = (d[f"final_{name}"].sel(task=task) for name in ("first_path_distance", "rank_one_rest"))
        np.testing.assert_allclose(slope(distance).sel(depth=[2, 3]), exponent, atol=0.015)
        np.testing.assert_allclose(slope(rest), [2 * exponent, 2, 2], atol=0.015)
    assert 0.5 < float(slope(d.final_first_path_distance.sel(task="full matrix", depth=4))) < 0.7


def test_saddle_diagonal(saddle):
    d = saddle("diagonal")
    trained, jumps = d.coefficients.isel(dynamics=0), d.coefficients.isel(dynamics=1).isel(κ=0).values
    at = np.flatnonzero(abs(np.diff(jumps, axis=0)).max(1))
    np.testing.assert_allclose(d.time.values[at + 1], [0.688, 1.128, 1.274, 1.981, 4.420, 5.064], atol=4e-3)
    np.testing.assert_allclose(jumps[-1, :3], [2, -1, 0.6], atol=1e-9)
    between = (at[:-1] + at[1:]) // 2  # at rest at all but the third saddle, which lasts the shortest
    off = abs(trained.isel(time=between) - jumps[between]).max("coefficient")
    assert (off.diff("κ") < 0).all() and float(off.isel(κ=-1, time=[0, 1, 2, 3]).max()) < 0.02


def test_saddle_landscape(saddle):
    d = saddle("landscape")
    assert list(d.plateau_rank) == [0, 1, 2, 3]
    first, second, third = np.column_stack([d.plateau_x, d.plateau_y])
    away = (second - first) / np.linalg.norm(second - first)
    on = (third - second) / np.linalg.norm(third - second)
    assert abs(away @ on) < 0.05, "each mode has weights of its own: a right angle"
    # Balanced weights of k modes have |θ|² = L Σ y_i^(2/L).
    np.testing.assert_allclose(np.linalg.norm(second - first), np.sqrt(3 * 3 ** (2 / 3)), rtol=0.02)
    near = lambda x, y: float(d.slice_cost.sel(slice_x=x, slice_y=y, method="nearest"))  # noqa: E731
    for (x, y), cost in zip((first, second, third), (5.66, 1.16, 0.18)):
        assert abs(near(x, y) - cost) < 0.15, "the slice goes through the plateaus"
