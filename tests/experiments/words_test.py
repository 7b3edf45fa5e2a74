"""`linnet reproduce words`: the statements of docs/reproductions.md, on half the words."""

import numpy as np


def half_times(d, modes, squared):
    """When each mode is half learned, by descent and by the closed form."""
    s = d.singular_values.values ** (2 if squared else 1)
    half = s[:, -1:, :modes] / 2
    return np.array([[np.interp(half[i, 0, k], s[i, :, k], d.time.values) for k in range(modes)] for i in (0, 1)])


def test_words_tied(words):
    d = words("tied", "--set", "task.vocabulary=100", "--set", "solver.max_steps=8000")
    s = d.singular_values.values
    assert np.abs(s[0, -1] - s[1, -1]).max() < 0.01 * s[1, -1, 0]
    times = half_times(d, 8, squared=True)
    assert (np.diff(times, axis=1) > 0).all(), "the strongest first"
    assert np.allclose(times[0], times[1], atol=0.004), "descent against the closed form, to a few steps"
    learned = s[1, -1, :8] ** 2
    # A sigmoid of rate 2m: from a tenth to nine tenths in ln(81)/2m.
    for k in range(8):
        rise = np.interp([0.1 * learned[k], 0.9 * learned[k]], s[1, :, k] ** 2, d.time.values)
        assert abs((rise[1] - rise[0]) * 2 * learned[k] / np.log(81) - 1) < 0.05


def test_words_untied(words):
    d = words("untied", "--set", "task.vocabulary=60", "--set", "solver.max_steps=3000")
    s = d.singular_values.values
    assert np.allclose(half_times(d, 8, squared=False)[0], half_times(d, 8, squared=False)[1], atol=0.006)
    assert np.abs(s[0] - s[1])[:, :3].max() < 0.1 * s[1].max()
