"""Runs that are cut and continued, and files of networks and checkpoints."""

import dataclasses
import json
import os
import pickle
import subprocess

import numpy as np
import pytest
from test_pickle import NETWORKS, same

import linnet

RNG = np.random.default_rng(2)
X, T = RNG.normal(size=(30, 5)), RNG.normal(size=(30, 3))
TASK = linnet.tasks.regression(X, T, X[:10] + 0.1, T[:10])
RECORD = ["train_error", "test_error"]
SOLVERS = {
    "plain": linnet.GradientDescent(step=2e-2, max_steps=60),
    "momentum": linnet.GradientDescent(step=1e-2, momentum=0.9, max_steps=60),
    "minibatches": linnet.GradientDescent(step=1e-2, batch=7, seed=4, max_steps=60),
    "both": linnet.GradientDescent(step=5e-3, momentum=0.5, batch=7, seed=2**63, max_steps=60),
}


def cut(solver, steps):
    return dataclasses.replace(solver, max_steps=steps)


@pytest.mark.parametrize("way", ["object", "pickle", "npz", "nc"])
@pytest.mark.parametrize("name", SOLVERS)
def test_two_halves_are_the_whole(name, way, tmp_path):
    for net in (NETWORKS["deep"](), NETWORKS["perceptron"]()):
        whole = linnet.train(net, TASK, SOLVERS[name], RECORD)
        half = linnet.train(net, TASK, cut(SOLVERS[name], 30), RECORD).checkpoint
        if way == "pickle":
            half = pickle.loads(pickle.dumps(half))
        elif way != "object":
            path = tmp_path / f"{type(net).__name__}.{way}"
            half.save(path)
            half = linnet.load(path)
        assert (half.step, half.time) == (30, whole.time[30]) and bool(half.momentum) == ("momentum" in name or name == "both")
        rest = linnet.train(half, TASK, SOLVERS[name], RECORD)
        assert same(rest.final, whole.final) and rest.best == whole.best
        assert rest.steps.tolist() == list(range(30, 61)) and np.array_equal(rest.time, whole.time[30:])
        for observable in RECORD:
            assert np.array_equal(rest[observable][1:], whole[observable][31:])
        assert same(rest.checkpoint, whole.checkpoint)


def test_many_cuts_and_interruptions():
    solver = SOLVERS["both"]
    whole = linnet.train(NETWORKS["deep"](), TASK, solver)
    run = linnet.train(NETWORKS["deep"](), TASK, cut(solver, 7))
    for steps in (7, 8, 31, 60):
        run = linnet.train(run.checkpoint, TASK, cut(solver, steps))
    assert same(run.final, whole.final)
    endless, ends = cut(solver, 10**8), linnet.ends()
    stopped = linnet.train(NETWORKS["deep"](), TASK, endless, schedule=ends, progress=lambda done, total: done < 20)
    assert stopped.status == "interrupted"
    steps = stopped.final_step + 40
    rest = linnet.train(stopped.checkpoint, TASK, cut(solver, steps), schedule=ends)
    once = linnet.train(NETWORKS["deep"](), TASK, cut(solver, steps), schedule=ends)
    assert same(rest.final, once.final)


def test_a_run_may_go_on_otherwise():
    run = linnet.train(NETWORKS["deep"](), TASK, SOLVERS["plain"])
    slower = linnet.train(run.checkpoint, TASK, linnet.GradientDescent(step=1e-3, max_steps=70))
    assert slower.time[0] == run.final_time and slower.final_time == pytest.approx(run.final_time + 0.01)
    flow = linnet.train(run.checkpoint, TASK, linnet.GradientFlow(t_end=2.0), "parameter_distance", schedule=[1.5])
    assert flow.time.tolist() == [run.final_time, 1.5, 2.0]
    start = NETWORKS["deep"]()
    moved = np.sqrt(sum(np.sum((a - b) ** 2) for a, b in zip(flow.final.weights, start.weights)))
    assert flow["parameter_distance"][-1] == pytest.approx(moved, rel=1e-12)  # from the start of the run


def test_flows_go_on_to_their_tolerance():
    net = NETWORKS["deep"]()
    whole = linnet.train(net, TASK, linnet.GradientFlow(t_end=2, rtol=1e-10), ["singular_values"], schedule=[1.0, 1.5])
    half = linnet.train(net, TASK, linnet.GradientFlow(t_end=1, rtol=1e-10)).checkpoint
    rest = linnet.train(half, TASK, linnet.GradientFlow(t_end=2, rtol=1e-10), ["singular_values"], schedule=[1.0, 1.5])
    assert rest.time.tolist() == [1, 1.5, 2]
    assert np.allclose(rest["singular_values"], whole["singular_values"][1:], rtol=1e-8)


def test_nothing_to_continue():
    with pytest.raises(linnet.Error, match="closed form"):
        linnet.ModeFlow(linnet.tasks.target(T[:5])).trace(1.0).checkpoint
    diverged = linnet.train(NETWORKS["deep"](), TASK, linnet.GradientDescent(step=100.0))
    with pytest.raises(linnet.Error, match="diverged"):
        diverged.checkpoint
    half = linnet.train(NETWORKS["deep"](), TASK, cut(SOLVERS["plain"], 30)).checkpoint
    with pytest.raises(linnet.Error, match="solver.max_steps") as caught:
        linnet.train(half, TASK, cut(SOLVERS["plain"], 20))
    assert "start of the run" in caught.value.hint


@pytest.mark.parametrize("ending", ["npz", "nc"])
@pytest.mark.parametrize("name", NETWORKS)
def test_networks_in_files(name, ending, tmp_path):
    net = NETWORKS[name]()
    path = tmp_path / f"net.{ending}"
    net.save(path)
    assert type(linnet.load(path)) is type(net) and same(linnet.load(path), net)
    with pytest.raises(linnet.Error, match="exist"):
        net.save(path)
    linnet.save(net, path, force=True)
    assert os.listdir(tmp_path) == [path.name]  # nothing is left beside it


def test_numbers_in_attributes_stay_numbers(tmp_path):
    import xarray

    linnet.SelfConsistent(X[:3], (0.1, 0.3)).save(tmp_path / "net.nc")
    data = xarray.open_dataset(tmp_path / "net.nc")
    assert data.attrs["scales"].tolist() == [0.1, 0.3] and data["end_to_end"].shape == (3, 5)


def test_files_that_hold_something_else(tmp_path):
    run = linnet.train(NETWORKS["deep"](), TASK, SOLVERS["plain"])
    linnet.save(run, tmp_path / "run.nc")
    np.savez(tmp_path / "other.npz", a=X)
    (tmp_path / "broken.npz").write_bytes(b"PK\x03\x04 but no more")
    for name, told in (("run.nc", "linnet.open|open"), ("other.npz", "network"), ("broken.npz", "npz"), ("none.npz", "none.npz")):
        with pytest.raises(linnet.Error, match=told) as caught:
            linnet.load(tmp_path / name)
        assert name in str(caught.value)


def test_the_command_writes_and_continues_checkpoints(tmp_path):
    command = os.environ.get("LINNET_COMMAND")
    if command is None:
        pytest.skip("no command")
    settings = {"task": {"kind": "low_rank_plus_noise", "dim": 8, "rank": 2}, "network": {"kind": "gaussian", "width": 30, "variance": 0.01},
                "solver": {"kind": "descent", "step": 0.01, "max_steps": 20}}
    (tmp_path / "c.toml").write_text(
        "".join(f"[{section}]\n" + "".join(f"{k} = {json.dumps(v)}\n" for k, v in keys.items()) for section, keys in settings.items())
    )

    def run(*arguments):
        return subprocess.run([command, "run", "c.toml", *arguments], cwd=tmp_path, capture_output=True, text=True)

    assert run("--out", "whole.nc", "--set", "solver.max_steps=50").returncode == 0
    assert run("--out", "half.nc", "--checkpoint", "half.check.nc").returncode == 0
    assert run("--out", "rest.nc", "--set", "solver.max_steps=50", "--continue", "half.check.nc").returncode == 0
    whole, rest = linnet.open(tmp_path / "whole.nc"), linnet.open(tmp_path / "rest.nc")
    assert rest["step"].values.tolist() == list(range(20, 51))
    assert np.array_equal(rest["final_end_to_end"], whole["final_end_to_end"])
    assert np.array_equal(rest["train_error"][1:], whole["train_error"][21:])
    # Python goes on where the command ended.
    half = linnet.load(tmp_path / "half.check.nc")
    assert half.step == 20
    refused = run("--out", "x.nc", "--continue", "half.nc")
    assert refused.returncode == 2 and "a network or a checkpoint" in refused.stderr
    exact = run("--out", "y.nc", "--set", "network.compare=self_consistent", "--continue", "half.check.nc")
    assert exact.returncode == 2 and "--continue" in exact.stderr
