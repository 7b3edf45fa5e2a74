"""Functions as observables, blocks of A, networks kept along a run, distances of runs."""

import functools

import numpy as np
import pytest

import linnet

RNG = np.random.default_rng(11)
Y = RNG.normal(size=(3, 5))
TASK = linnet.tasks.target(Y, signal=Y + 0.1)
NET = linnet.DeepLinear(RNG.normal(size=(4, 5)) * 0.3, RNG.normal(size=(3, 4)) * 0.3)
DESCENT = linnet.GradientDescent(step=1e-2, max_steps=40)


def weight_norm(net):
    return np.sqrt(sum(np.sum(w**2) for w in net.weights))


def test_a_function_of_the_network():
    run = linnet.train(NET, TASK, DESCENT, ["parameter_norm", weight_norm], schedule=linnet.every(8))
    assert np.allclose(run["weight_norm"], run["parameter_norm"], rtol=1e-14)
    assert run["weight_norm"].shape == (6,)
    assert np.array_equal(linnet.train(NET, TASK, DESCENT, weight_norm)["weight_norm"][::8], run["weight_norm"])


def test_a_function_of_a_with_dimensions_and_units():
    def gram(a):
        return a @ a.T

    rows = linnet.observable(gram, name="outer", dims=("output", "output_2"), units="m^2", long_name="A A^T", of="end_to_end")
    run = linnet.train(NET, TASK, DESCENT, [rows, "end_to_end"], schedule=linnet.every(10))
    a = run["end_to_end"]
    assert np.allclose(run["outer"], a @ np.swapaxes(a, 1, 2), rtol=1e-13)
    data = run.to_xarray()["outer"]
    assert data.dims == ("time", "output", "output_2") and data.attrs == {"long_name": "A A^T", "units": "m^2"}


def test_attributes_of_the_function():
    def first_layer(net):
        return net.w1

    first_layer.dims, first_layer.units = ("neuron", "input"), "V"
    run = linnet.train(NET, TASK, DESCENT, [first_layer], keep_networks=True)
    assert np.array_equal(run["first_layer"], [net.w1 for net in run.networks])
    assert run.to_xarray()["first_layer"].attrs["units"] == "V"
    plain = linnet.train(NET, TASK, DESCENT, [lambda_of_name("plain")]).to_xarray()["plain"]
    assert plain.dims == ("time", "plain_1")


def lambda_of_name(name):
    return linnet.observable(lambda net: net.w1[0], name=name)


def test_functions_without_a_name_are_numbered():
    run = linnet.train(NET, TASK, DESCENT, [lambda net: net.w1.sum(), functools.partial(lambda scale, net: scale * net.w2.sum(), 2.0), "train_error", lambda net: 3])
    assert list(run) == ["function_1", "function_2", "train_error", "function_3"]
    assert run["function_1"][0] == NET.w1.sum() and (run["function_3"] == 3).all()


def test_functions_of_every_dynamics():
    for net in (linnet.GramState.from_weights(NET.w1, NET.w2), linnet.self_consistent(NET), linnet.DeepLinearized(NET)):
        run = linnet.train(net, TASK, DESCENT, [linnet.observable(lambda n: type(n).__name__ == type(net).__name__, name="kind")])
        assert (run["kind"] == 1).all()
    flow = linnet.train(NET, TASK, linnet.GradientFlow(t_end=0.3), [weight_norm, "parameter_norm"])
    assert np.allclose(flow["weight_norm"], flow["parameter_norm"], rtol=1e-14)
    trace_of_a = linnet.observable(lambda a: a[0, 0], name="corner", of="end_to_end")
    exact = linnet.ExactFlow(linnet.infinite_width(TASK, scale=0.1), TASK).trace(1.0, [trace_of_a, "end_to_end"])
    assert np.array_equal(exact["corner"], exact["end_to_end"][:, 0, 0])
    best = linnet.train(NET, TASK, DESCENT, at_best=[trace_of_a])
    assert np.isfinite(best.best.values["corner"])
    pair = linnet.compare(NET, NET, TASK, DESCENT, [weight_norm])
    assert np.array_equal(pair.first["weight_norm"], pair.second["weight_norm"])


def test_exceptions_come_out_as_they_are():
    calls = []

    def fails(net):
        calls.append(net)
        if len(calls) == 4:
            raise ZeroDivisionError("on purpose")
        return 0.0

    for solver in (DESCENT, linnet.GradientFlow(t_end=0.3)):
        calls.clear()
        with pytest.raises(ZeroDivisionError, match="on purpose"):
            linnet.train(NET, TASK, solver, [fails])
    sizes = iter([1, 1, 2])
    with pytest.raises(linnet.Error, match="record.grows") as caught:
        linnet.train(NET, TASK, DESCENT, [linnet.observable(lambda net: np.zeros(next(sizes)), name="grows")])
    assert "(1,)" in caught.value.expected and "(2,)" in caught.value.got
    with pytest.raises(linnet.Error, match="record.words"):
        linnet.train(NET, TASK, DESCENT, [linnet.observable(lambda net: "words", name="words")])


def test_what_is_no_observable():
    with pytest.raises(linnet.Error, match="name"):
        linnet.observable(lambda net: 0)
    with pytest.raises(linnet.Error, match='"cost"'):
        linnet.observable(weight_norm, name="cost")
    with pytest.raises(linnet.Error, match="dims"):
        linnet.train(NET, TASK, DESCENT, [linnet.observable(lambda net: net.w1, name="w1", dims="neuron")])
    with pytest.raises(linnet.Error, match="function"):
        linnet.observable(3, name="three")
    with pytest.raises(linnet.Error, match="of"):
        linnet.observable(weight_norm, of="gradient")


def test_a_block_of_a():
    run = linnet.train(NET, TASK, DESCENT, ["end_to_end"])["end_to_end"]
    for rows, columns in (([0, 2], [1, 4]), (range(2), 3), (slice(1, 3), np.array([True, False, False, False, True]))):
        block = linnet.train(NET, TASK, DESCENT, [("end_to_end", rows, columns)])["end_to_end"]
        chosen = np.arange(5)[columns] if not isinstance(columns, int) else [columns]
        assert np.array_equal(block, run[:, np.arange(3)[rows]][:, :, chosen])
    with pytest.raises(linnet.Error, match="rows from 0 to 2"):
        linnet.train(NET, TASK, DESCENT, ("end_to_end", [3], [0]))
    assert linnet.train(NET, TASK, DESCENT, ("rank", 0.1))["rank"].ndim == 1


def test_networks_at_times():
    run = linnet.train(NET, TASK, DESCENT, ["end_to_end"], schedule=linnet.every(5), keep_networks=True)
    assert len(run.networks) == len(run.time) == 9
    assert np.array_equal(run.at(0.1).end_to_end, run["end_to_end"][2])
    assert [n.end_to_end.tolist() for n in run.at([0.0, 0.4])] == [run["end_to_end"][i].tolist() for i in (0, 8)]
    with pytest.raises(linnet.Error, match="times") as caught:
        run.at(0.13)
    assert "0.15" in caught.value.hint
    with pytest.raises(linnet.Error, match="keep_networks"):
        linnet.train(NET, TASK, DESCENT).at(0.0)


def test_distances_of_runs():
    other = linnet.DeepLinear(NET.w1 + 0.1, NET.w2)
    one, two = (linnet.train(n, TASK, DESCENT, keep_networks=True) for n in (NET, other))
    pair = linnet.compare(NET, other, TASK, DESCENT, keep_networks=True)
    assert np.allclose(one.distance(two), pair.distance, rtol=1e-12)
    apart = one.distance(two, of="weights")
    assert apart[0] == pytest.approx(0.1 * np.sqrt(20), rel=1e-12)
    right = [np.sqrt(np.sum((a.w1 - b.w1) ** 2) + np.sum((a.w2 - b.w2) ** 2)) for a, b in zip(one.networks, two.networks)]
    assert np.allclose(apart, right, rtol=1e-14) and np.array_equal(pair.weight_distance, apart)
    with pytest.raises(linnet.Error, match="weights"):
        linnet.compare(NET, linnet.self_consistent(NET), TASK, DESCENT, keep_networks=True).weight_distance
    with pytest.raises(linnet.Error, match="same recorded times"):
        one.distance(linnet.train(NET, TASK, linnet.GradientDescent(max_steps=3), keep_networks=True))


def test_two_solvers():
    flow = linnet.GradientFlow(t_end=0.4)
    distances = []
    for step, steps in ((1e-2, 40), (1e-3, 400)):
        solver = linnet.GradientDescent(step=step, max_steps=steps)
        pair = linnet.compare(NET, NET, TASK, (solver, flow), schedule=linnet.linear(5))
        assert np.allclose(pair.first.time, [0, 0.1, 0.2, 0.3, 0.4]) and len(pair.second.time) == 5
        distances.append(pair.largest_distance)
    assert distances[0] / distances[1] == pytest.approx(10, rel=0.1)  # Euler's error is linear in the step
    turned = linnet.compare(NET, NET, TASK, (flow, linnet.GradientDescent(step=1e-2, max_steps=40)), schedule=linnet.linear(5))
    assert turned.largest_distance == pytest.approx(distances[0], rel=1e-9)
    fine, coarse = linnet.GradientDescent(step=1e-3, max_steps=400), DESCENT
    assert 0 < linnet.compare(NET, NET, TASK, (fine, coarse)).largest_distance < distances[0]
    with pytest.raises(linnet.Error, match="end at the same time"):
        linnet.compare(NET, NET, TASK, (flow, linnet.GradientDescent(step=1e-2, max_steps=41)))
    with pytest.raises(linnet.Error, match="instants that both solvers have"):
        linnet.compare(NET, NET, TASK, (DESCENT, linnet.GradientDescent(step=4e-3, max_steps=100)))


def test_instants_asked_for_are_got_or_refused():
    assert np.allclose(linnet.train(NET, TASK, linnet.GradientFlow(t_end=0.3), schedule=[0.1, 0.2]).time, [0, 0.1, 0.2, 0.3])
    with pytest.raises(linnet.Error, match="record.at"):
        linnet.train(NET, TASK, linnet.GradientFlow(t_end=0.3), schedule=[0.1, 0.5])
    for solver in (linnet.GradientFlow(t_end=30.0),):
        with pytest.raises(linnet.Error, match="record.every"):  # every n-th step: a flow has no steps of its own
            linnet.train(NET, TASK, solver, schedule=10)
    assert linnet.train(NET, TASK, DESCENT, schedule=10).steps.tolist() == [0, 10, 20, 30, 40]
    with pytest.raises(linnet.Error, match="whole numbers of steps"):
        linnet.train(NET, TASK, DESCENT, schedule=[0.5])
    with pytest.raises(linnet.Error, match="record.at"):
        linnet.train(NET, TASK, DESCENT, schedule=[41])
