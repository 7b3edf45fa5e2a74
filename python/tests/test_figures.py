"""Pictures of runs, and what all pictures share: asked of matplotlib's artists, which must be the data set's numbers."""

import io
import pickle
import sys

import numpy as np
import pytest
import xarray

import linnet

figures = pytest.importorskip("linnet.figures")


def lockstep(**attributes):
    """Two dynamics over 6 steps of 4 modes, two of them the task's."""
    steps = np.arange(6)
    train = np.tile(10.0**-steps, (2, 1))
    test = 1 - 0.1 * steps + 0.01 * np.arange(2)[:, None]
    modes = np.tile(steps[:, None] / np.arange(1, 5), (2, 1, 1))
    return xarray.Dataset(
        {
            "train_error": (("dynamics", "time"), train, {"long_name": "train error"}),
            "test_error": (("dynamics", "time"), test, {"long_name": "test error"}),
            "singular_values": (("dynamics", "time", "mode"), modes, {"long_name": "singular values of A"}),
        },
        {"dynamics": ["gradient descent", "self-consistent"], "time": 0.25 * steps, "step": ("time", steps)},
        {"kind": "run", "title": "A_run {of} mine", "solver": "descent", "threshold": "1.5", "task_rank": "2", **attributes},
    )


def run_of(kind="run", **variables):
    return xarray.Dataset({name: v for name, v in variables.items()}, {"time": [0.0, 1.0, 2.0, 3.0]}, {"kind": kind})


def texts(figure):
    """All that is written on a picture."""
    import matplotlib.text

    return [t.get_text() for t in figure.findobj(matplotlib.text.Text) if t.get_visible() and t.get_text()]


def said(figure, part):
    return sum(part in t.replace("\n", " ") for t in texts(figure))


def error_of(*arguments, **options):
    with pytest.raises(linnet.Error) as caught:
        figures.draw(*arguments, **options)
    return str(caught.value)


def test_a_run_shows_errors_and_spectrum_with_its_numbers():
    data = lockstep()
    figure = figures.draw(data)
    errors, spectrum = figure.axes
    assert errors.get_xlabel() == "step k of gradient descent\ngradient-flow time t = ηk, η = 0.25"
    assert errors.get_ylabel() == "error" and errors.get_yscale() == "log"  # the train error spans five decades
    drawn = [line.get_ydata() for line in errors.lines]
    for line, expected in zip(drawn, np.concatenate([data.train_error, data.test_error])):
        np.testing.assert_array_equal(line, expected)
    for line in errors.lines:
        np.testing.assert_array_equal(line.get_xdata(), data.step)
    # The first of the dynamics is solid, the second dashed above it, darker and thinner.
    first, second = errors.lines[:2]
    assert first.get_linestyle() == "-" and second.get_linestyle() == "--" and second.get_linewidth() < first.get_linewidth()
    assert spectrum.get_ylabel().startswith("singular values") and spectrum.get_yscale() == "linear"
    for text in ("train error", "test error", "gradient descent", "self-consistent", "leading modes 1–2", "bulk: modes 3–4", "threshold κ = 1.5"):
        assert said(figure, text) == 1 + (text == "gradient descent") * 2, text


def test_the_bulk_is_shaded_between_its_least_and_largest_mode_and_the_threshold_is_where_it_is():
    data = lockstep()
    ax = figures.modes(data).axes[0]
    shaded = ax.collections[0].get_paths()[0].vertices
    for step in range(1, 6):
        at = shaded[shaded[:, 0] == step][:, 1]
        assert at.min() == pytest.approx(step / 4) and at.max() == pytest.approx(step / 3)
    levels = [line.get_ydata()[0] for line in ax.lines if len(set(line.get_ydata())) == 1]
    assert levels == [1.5]
    far = figures.modes(lockstep(threshold="1000"))
    assert said(far, "threshold κ = 1000 (above the axes)") == 1 and far.axes[0].get_ylim()[1] < 10


def test_a_flow_says_time_and_not_steps():
    ax = figures.draw(lockstep(solver="flow")).axes[0]
    assert ax.get_xlabel().startswith("gradient-flow time t") and "step k" not in ax.get_xlabel()
    assert ax.lines[0].get_xdata()[3] == 0.75


def test_kinds_and_variables_choose_panels():
    assert len(figures.draw(lockstep(), "curves").axes) == 1 == len(figures.draw(lockstep(), "modes").axes)
    figure = figures.draw(lockstep(), variables="test_error")
    assert len(figure.axes) == 1 and not said(figure, "train error")
    assert error_of(lockstep(), "curve") == (
        'kind: expected auto, curves, modes, heat_map, lines, matrices, entries, plane, paths or partition, got "curve"\n  hint: did you mean "curves"?'
    )
    assert error_of(lockstep(), "heat_map") == "kind: expected curves or modes for a run, got heat_map"
    assert error_of(lockstep(), variables="test_eror") == (
        'variables: expected variables of the data set, got "test_eror"\n  hint: did you mean "test_error"?'
    )
    assert error_of(lockstep(), "curves", "singular_values") == 'variables: expected variables over time, got "singular_values", which is not'
    assert error_of(lockstep(), width_cm=3) == "width_cm: expected 0 or 10 to 200 for 2 panels in a row, got 3"
    assert error_of(lockstep(), width_cm=float("nan")).startswith("width_cm")
    assert error_of(lockstep(), "plane").startswith("data: expected a slice of the cost")
    assert error_of(xarray.Dataset({}, {"time": [0, 1]}, {"kind": "run"})) == "data: expected a variable over time, got none"


def test_a_kind_is_called_as_its_function_and_as_in_earlier_files():
    assert all(callable(getattr(figures, kind)) for kind in figures.KINDS if kind != "auto")
    for earlier, now in {"spectrum": "modes", "curves": "curves"}.items():
        old, new = figures.draw(lockstep(figure=earlier)), figures.draw(lockstep(figure=now))
        assert texts(old) == texts(new) and len(new.axes) == 1
        assert len(figures.draw(lockstep()).axes) == 2  # as the attribute, and not the dimensions, says


def test_a_title_says_what_the_labels_beside_it_do_not():
    figure = figures.curves(lockstep())
    assert said(figure, "errors") == 0 and texts(figure).count("error") == 1
    assert said(figures.modes(lockstep()), "singular values") == 1
    both = figures.draw(lockstep())
    assert said(both, "singular values") == 1 and "(a)" in texts(both)
    with figures.style():
        ax = figures.Picture().subplots()
    figures.curves(lockstep(), ax=ax)
    assert ax.get_title() == "" and ax.get_ylabel() == "error"
    assert said(figures.draw(run_of(parameter_distance=("time", np.ones(4)))), "parameter distance") == 1


def test_a_run_drawn_by_itself_its_data_set_and_its_file_is_one_picture(tmp_path):
    task = linnet.tasks.low_rank_plus_noise(dim=12, rank=2, seed=1)
    net = linnet.gaussian_gram(task, width=40, variance=1e-2, seed=2)
    run = linnet.train(net, task, linnet.GradientDescent(step=1e-3, max_steps=30), record=["train_error", "test_error", "singular_values"])
    linnet.save(run, tmp_path / "run.nc")
    linnet.plot(tmp_path / "run.nc", tmp_path / "a.png")
    linnet.plot(run.to_xarray(), tmp_path / "b.png")
    figures.save(run.plot(), tmp_path / "c.png")
    pictures = [(tmp_path / f"{letter}.png").read_bytes() for letter in "abc"]
    assert pictures[0] == pictures[1] == pictures[2]
    errors, spectrum = run.plot().axes
    np.testing.assert_array_equal(errors.lines[1].get_ydata(), run["test_error"])
    assert any(np.allclose(line.get_ydata(), run.threshold, rtol=1e-5) for line in spectrum.lines)


def test_nothing_is_left_behind_in_matplotlib():
    """A picture is no state of pyplot, and no parameter of the caller's changes."""
    import matplotlib

    before = dict(matplotlib.rcParams)
    figure = figures.draw(lockstep())
    figure.savefig(io.BytesIO(), format="svg")
    assert dict(matplotlib.rcParams) == before
    if "matplotlib.pyplot" in sys.modules:
        assert not sys.modules["matplotlib.pyplot"].get_fignums()
    with matplotlib.rc_context({"font.size": 20, "axes.grid": False, "lines.linewidth": 9}):
        assert figures.draw(lockstep())._repr_png_() == figure._repr_png_()  # whatever the caller's style
    assert len(pickle.loads(pickle.dumps(figure)).axes) == 2


@pytest.mark.parametrize("form", ["svg", "pdf", "png"])
def test_the_same_data_are_the_same_bytes(form, tmp_path):
    heads = {"svg": b"<?xml", "pdf": b"%PDF-", "png": b"\x89PNG\r\n"}
    for name in "ab":
        linnet.plot(lockstep(), tmp_path / f"it's {name}.{form}")
    one, other = ((tmp_path / f"it's {name}.{form}").read_bytes() for name in "ab")
    assert one == other and one.startswith(heads[form])
    assert len(list(tmp_path.iterdir())) == 2  # nothing left beside them


def test_a_panel_is_as_wide_as_a_column():
    figure = figures.draw(lockstep(), variables="test_error")
    assert figure.get_size_inches()[0] == pytest.approx(8.5 / 2.54)
    assert figures.draw(lockstep()).get_size_inches()[0] == pytest.approx(17 / 2.54)
    assert figures.draw(lockstep(), width_cm=12).get_size_inches()[0] == pytest.approx(12 / 2.54)


def test_nothing_lies_on_anything_else_and_all_is_on_the_page():
    figure = figures.draw(lockstep())
    renderer = figure.canvas.get_renderer()
    boxes = [ax.get_tightbbox(renderer) for ax in figure.axes] + [legend.get_window_extent(renderer) for legend in figure.legends]
    boxes += [legend.get_window_extent(renderer) for legend in figure.artists]
    boxes += [text.get_window_extent(renderer) for text in figure.texts if not text.get_fontweight() == "bold"]
    assert len(boxes) >= 2 + 2 + 3
    width, height = figure.canvas.get_width_height()
    for i, a in enumerate(boxes):
        assert a.x0 >= -1 and a.y0 >= -1 and a.x1 <= width + 1 and a.y1 <= height + 1
        for b in boxes[:i]:
            # A pixel is no overlap.
            assert min(a.x1, b.x1) - max(a.x0, b.x0) < 2 or min(a.y1, b.y1) - max(a.y0, b.y0) < 2


def test_axes_of_ones_own_are_filled_and_returned():
    from matplotlib.figure import Figure

    axes = Figure().subplots(1, 2)
    assert figures.draw(lockstep(), ax=axes) is axes
    assert axes[0].get_ylabel() == "error" and axes[1].get_legend() is not None
    one = Figure().subplots()
    assert figures.curves(lockstep(), "test_error", ax=one) is one and len(one.lines) == 2
    assert error_of(lockstep(), ax=one) == "ax: expected 2 axes, one a panel, got 1"


@pytest.mark.parametrize(
    "text", ["'tis", "a\n! touch PWNED\n", "`touch PWNED`", "\\", "x\\$", "$(x) @y", "$\\frac{1}{$", '"q"; !', "100%", "{{^_", "a$b$c", "$"]
)
def test_users_text_prints_as_it_stands(text):
    data = lockstep(title=text)
    for v in data.variables.values():
        v.attrs.update(long_name=text, units=text)
    data["dynamics"] = [text, text + text]
    picture = io.BytesIO()
    figures.draw(data).savefig(picture, format="png")  # mathematics that does not parse would raise
    shown = [t.replace("\\$", "$") for t in texts(figures.draw(lockstep(title=text)))]
    assert any(t == " ".join(text.split()) for t in shown) or " " in text.strip()


def test_symbols_have_their_indices_set_low():
    from linnet.figures.labels import number, plain

    assert plain("γ_w n_0 |A|_F snake_case x_") == (
        r"$\mathregular{γ_{w}}$ $\mathregular{n_{0}}$ |A$\mathregular{|_{F}}$ snake_case x_"
    )
    assert plain("|A - A_k|_F") == r"|A - $\mathregular{A_{k}}$$\mathregular{|_{F}}$"
    assert [number(v) for v in (0, -2.5, 12345, 0.001)] == ["0", "−2.5", "12345", "0.001"]
    assert number(1e-7) == r"$\mathregular{10^{−7}}$" and number(2.34e6) == r"$\mathregular{2.34·10^{6}}$"


def test_units_stand_on_the_axes():
    data = run_of(force=("time", [1.0, 2, 3, 4], {"long_name": "force", "units": "N"}))
    assert figures.draw(data).axes[0].get_ylabel() == "force (N)"


def test_tasks_tell_colours_and_their_starts_are_marked():
    data = run_of(task_error=(("time", "task"), np.arange(8.0).reshape(4, 2)))
    data["task"] = ["first", "second"]
    data.attrs["tasks_start"] = "2 7"
    figure = figures.draw(data)
    lines = figure.axes[0].lines
    np.testing.assert_array_equal(lines[1].get_ydata(), [1, 3, 5, 7])
    upright = [line for line in lines if list(line.get_xdata()) == [2, 2]]
    assert len(upright) == 1 and not any(7 in line.get_xdata() for line in lines)  # 7 is after the end
    assert said(figure, "second") == 1


def test_few_components_are_lines_and_many_their_spread():
    data = run_of(
        neuron_balance=(("time", "neuron"), np.tile(np.arange(101.0), (4, 1))),
        neuron_weights=(("time", "weight"), np.arange(12.0).reshape(4, 3)),
    )
    figure = figures.draw(data)
    fan, few = figure.axes
    np.testing.assert_array_equal(fan.lines[0].get_ydata(), [50] * 4)
    for band, (low, high) in zip(fan.collections, ((0, 100), (25, 75))):
        y = band.get_paths()[0].vertices[:, 1]
        assert (y.min(), y.max()) == (low, high)
    assert said(figure, "median of 101") == 1
    assert [list(line.get_ydata()) for line in few.lines] == [[0, 3, 6, 9], [1, 4, 7, 10], [2, 5, 8, 11]]


def test_what_is_compared_with_nothing_has_no_legend():
    values = np.array([[4.0, 3, 2, 1], [np.nan] * 4])
    data = run_of(cost=(("dynamics", "time"), values)).assign_coords(dynamics=["trained", "closed form"])
    figure = figures.draw(data)
    assert not said(figure, "closed form") and len(figure.axes[0].lines) == 1


def test_what_does_not_move_has_a_readable_axis():
    figure = figures.draw(run_of(cost=("time", [0.0] * 4), other=("time", [-2.0] * 4)))
    assert [tuple(ax.get_ylim()) for ax in figure.axes] == [(0, 1), (-3, -1)]


def test_an_instant_is_a_point():
    data = run_of(cost=("time", [1.0, 1, 1, 1])).assign_coords(time=[0.0] * 4)
    assert figures.draw(data).axes[0].lines[0].get_marker() == "o"


def test_long_runs_are_thinned_to_their_ends():
    data = xarray.Dataset({"cost": ("time", np.arange(20001.0))}, {"time": np.arange(20001.0)}, {"kind": "run"})
    x = figures.draw(data).axes[0].lines[0].get_xdata()
    assert len(x) < 4100 and x[0] == 0 and x[-1] == 20000


def test_a_slice_is_a_map_of_the_cost_with_the_run_and_its_plateaus():
    data = xarray.Dataset(
        {
            "slice_cost": (("slice_x", "slice_y"), [[7.0, 5], [3, 1]]),
            "path_x": ("time", [0.25, 0.75]),
            "path_y": ("time", [0.0, 0.5]),
            "plateau_x": ("plateau", [0.5]),
            "plateau_y": ("plateau", [0.125]),
        },
        {"slice_x": [0.0, 1], "slice_y": [0.0, 1], "time": [0.0, 1]},
        {"kind": "run"},
    )
    ax = figures.plane(data).axes[0]
    np.testing.assert_array_equal(ax.collections[0].get_array().reshape(2, 2), [[7, 3], [5, 1]])  # rows along y
    paths = [line.get_xydata().tolist() for line in ax.lines]
    assert [[0.25, 0], [0.75, 0.5]] in paths and [[0.5, 0.125]] in paths
