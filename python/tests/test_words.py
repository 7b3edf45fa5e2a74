"""Embeddings of words: tasks, the closed form of tied weights, singular triples."""

import pickle

import numpy as np
import pytest

import linnet

RNG = np.random.default_rng(4)
COUNTS = RNG.integers(0, 9, size=(6, 6)).astype(float)


def associations(counts):
    p = (counts + counts.T) / (2 * counts.sum())
    apart = np.outer(p.sum(axis=1), p.sum(axis=1))
    return 2 * (p - apart) / (p + apart)


def test_targets_are_associations():
    assert np.allclose(linnet.tasks.words(COUNTS).target, associations(COUNTS), atol=1e-14)
    tied = linnet.tasks.words(COUNTS, tied_width=2)
    m = associations(COUNTS)
    w = RNG.normal(size=(2, 6))
    assert tied.shape == (2, 6)
    assert tied.cost(w) == pytest.approx(((w.T @ w - m) ** 2).sum() / 4, rel=1e-13)
    assert np.allclose(tied.gradient(w), w @ (w.T @ w - m), atol=1e-13)
    again = pickle.loads(pickle.dumps(tied))
    assert again.cost(w) == tied.cost(w)
    drawn = linnet.tasks.words(vocabulary=30, topics=5, pairs=1000, seed=2)
    assert np.array_equal(drawn.target, linnet.tasks.words(vocabulary=30, topics=5, pairs=1000, seed=2).target)
    assert np.abs(drawn.target).max() <= 2


@pytest.mark.parametrize("width", [2, 4, 9])
def test_the_closed_form_is_the_flow(width):
    m = associations(COUNTS)
    values, vectors = np.linalg.eigh(m)
    start = 0.1 * RNG.normal(size=(width, 6))
    flow = linnet.TiedFlow(values, vectors, start)
    run = linnet.train(linnet.DeepLinear([start]), linnet.tasks.tied(m, tied_width=width),
                       linnet.GradientFlow(t_end=8, rtol=1e-11, atol=1e-13), record=["cost", "end_to_end"], schedule=linnet.linear(9))
    grams = np.einsum("tki,tkj->tij", run["end_to_end"], run["end_to_end"])
    closed = np.array([flow.embeddings(t).T @ flow.embeddings(t) for t in run.time])
    assert np.abs(closed - grams).max() < 1e-8
    assert np.allclose(flow.cost(run.time), run["cost"], atol=1e-8)
    assert np.allclose(flow.modes(run.time), np.einsum("ia,tij,ja->ta", vectors, grams, vectors), atol=1e-8)
    positive = np.sort(values)[::-1][:width]
    assert np.allclose(np.sort(flow.modes(np.inf))[::-1][:width], np.maximum(positive, 0), atol=1e-12)


def test_negative_modes_give_no_warning(recwarn):
    flow = linnet.TiedFlow([2.0, -3.0], np.eye(2), [[1e-3, 0.0]])
    assert flow.modes(np.inf) == pytest.approx([2.0, 0.0], rel=1e-14)
    assert float(flow.alone(0).time_to(1.0)) == pytest.approx(np.log(2 / 1e-6 - 1) / 4, rel=1e-12)
    assert not recwarn.list


def test_ten_thousand_words():
    values = np.geomspace(20, 0.5, 200)
    flow = linnet.TiedFlow.gaussian(values, words=10_000, width=200, variance=1e-10, seed=3)
    assert flow.singular_values(0.0).shape == (200,)
    # A start that is small against all modes that grow: the strongest are learned at the times of sigmoids.
    alone = np.array([float(flow.alone(i).time_to(values[i] / 2)) for i in range(5)])
    assert np.allclose([flow.modes(t)[i] / values[i] for i, t in enumerate(alone)], 0.5, atol=0.1)
    assert np.array_equal(pickle.loads(pickle.dumps(flow)).modes(0.7), flow.modes(0.7))
    assert np.allclose(flow.modes(np.inf), values, rtol=1e-12)


def test_triples():
    y = RNG.normal(size=(8, 5))
    u, s, vt = np.linalg.svd(y, full_matrices=False)
    assert np.allclose(linnet.tasks.from_svd(s, u, vt.T).target, y)
    small = linnet.ModeFlow(linnet.tasks.from_svd(s[:3], u[:, :3], vt[:3].T, coordinates=True), scales=0.2)
    whole = linnet.ModeFlow(linnet.tasks.target(y), scales=0.2)
    t = np.linspace(0, 3, 7)
    assert np.allclose(small.modes(t), whole.modes(t)[:, :3], atol=1e-14)
    part = u[:, :3] @ small.end_to_end(0.7) @ vt[:3]
    assert np.allclose(u[:, :3].T @ whole.end_to_end(0.7) @ vt[:3].T, u[:, :3].T @ part @ vt[:3].T)


@pytest.mark.parametrize("call, text", [
    (lambda: linnet.tasks.words(np.ones((2, 3))), "counts: expected a square matrix"),
    (lambda: linnet.tasks.words(-np.ones((2, 2))), "counts: expected counts"),
    (lambda: linnet.tasks.words(np.full((2, 2), np.nan)), "counts"),
    (lambda: linnet.tasks.words(COUNTS, tied_width=0), "tied_width: expected a whole number >= 1"),
    (lambda: linnet.tasks.words(vocabulary=10**9), "vocabulary: expected"),
    (lambda: linnet.tasks.words(vocabulary=5, contrast=np.nan), "contrast"),
    (lambda: linnet.tasks.tied(COUNTS, tied_width=2), "target: expected a symmetric matrix"),
    (lambda: linnet.tasks.from_svd([1.0, -1.0], coordinates=True), "values"),
    (lambda: linnet.tasks.from_svd([1.0]), "left: expected singular vectors"),
    (lambda: linnet.tasks.from_svd([1.0], np.ones((2, 1)), np.ones((2, 1))), "left: expected orthonormal"),
    (lambda: linnet.TiedFlow([1.0], np.eye(3), np.ones((2, 3))), "vectors: expected one column"),
    (lambda: linnet.TiedFlow([1.0, 2.0, np.inf], np.eye(3), np.ones((2, 3))), "values: expected finite"),
    (lambda: linnet.TiedFlow.gaussian([1.0], words=9, width=2, variance=-1), "variance"),
    (lambda: linnet.TiedFlow.gaussian([1.0], words=9, width=2).embeddings(1.0), "start: expected weights"),
])
def test_refused_by_name(call, text):
    with pytest.raises(linnet.Error) as caught:
        call()
    assert text in str(caught.value)
