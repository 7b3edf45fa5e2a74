"""Pictures of sweeps: curves in panels, lines along an axis, maps, matrices, paths."""

import itertools
import math

import numpy as np
import pytest
import xarray
from matplotlib.collections import PolyCollection, QuadMesh
from test_figures import error_of, figures, said

import linnet

nan = math.nan
SIZES = {"balance": 3, "network": 2, "dynamics": 2, "time": 4, "mode": 2, "input": 3, "input_2": 3, "width": 2, "seed": 3}


def telling(*dims, **sizes):
    """Numbers whose decimal digits are the indices (from 1) of their place: 231 is the second, the third, the first."""
    shape = [{**SIZES, **sizes}[d] for d in dims]
    values = [int("".join(map(str, place))) for place in itertools.product(*(range(1, n + 1) for n in shape))]
    return dims, np.array(values, float).reshape(shape)


def axis(name, values, scale="list"):
    return xarray.DataArray(values, dims=name, attrs={"long_name": f"network.{name}", "scale": scale})


def balances(**variables):
    """Three balances of two networks, each trained and in closed form, at four times."""
    coordinates = {
        "balance": axis("balance", [-10.0, 0, 10], "symmetric"),
        "network": ["narrow", "wide"],
        "dynamics": ["trained", "closed form"],
        "time": [0.0, 1, 2, 3],
        "mode": [1, 2],
    }
    used = {d for dims, *_ in variables.values() for d in ((dims,) if isinstance(dims, str) else dims)}
    return xarray.Dataset(variables, {k: v for k, v in coordinates.items() if k in used}, {"kind": "sweep"})


def phase(n=9):
    """The Mixed plane with a point that diverged; the test error is a plane in the two exponents."""
    x, y = np.linspace(-2, 0, n), np.linspace(0, 2, n)
    status = np.zeros((n, n), int)
    status[-1, -1] = 2
    dims = ("variance_exponent", "width_exponent")
    height = (x[:, None] + 2 + y) / 4
    return xarray.Dataset(
        {
            "status": (dims, status),
            "best_test_error": (dims, height, {"long_name": "smallest test error"}),
            "best_step": (dims, np.round(10 ** (3 - 2 * height)), {"long_name": "step of the smallest test error"}),
        },
        {"variance_exponent": axis("variance_exponent", x, "linear"), "width_exponent": axis("width_exponent", y, "linear")},
        {"kind": "sweep", "dim": "100", "task_rank": "10", "regime_lines": "mixed"},
    )


def titles(figure):
    return [" ".join(t.get_text() for t in figure.texts)]


def ys(ax):
    return [list(line.get_ydata()) for line in ax.lines]


def mesh_of(ax):
    return next(c for c in ax.collections if isinstance(c, QuadMesh))


def test_modes_tell_colours_and_the_other_axes_panels():
    figure = figures.draw(balances(modes=telling("balance", "dynamics", "time", "mode")))
    assert len(figure.axes) == 3
    middle = figure.axes[1]
    # λ = 0, third time: trained modes 1 and 2, then those in closed form.
    assert [y[2] for y in ys(middle)] == [2131, 2132, 2231, 2232]
    assert [line.get_color() for line in middle.lines[:2]] == ["#0072B2", "#D55E00"]
    assert middle.lines[2].get_linestyle() == "--" and said(figure, "λ = 0") == 1
    assert said(figure, "mode 1") == 1 and said(figure, "closed form") == 1


def test_without_modes_the_last_axis_of_numbers_tells_colours():
    data = balances(cost=telling("width", "balance", "network", "time")).assign_coords(width=axis("width", [8.0, 16], "logarithmic"))
    figure = figures.draw(data)
    assert len(figure.axes) == 4 and said(figure, "w = 16, narrow") == 1
    assert [y[3] for y in ys(figure.axes[2])] == [2114, 2214, 2314]  # w = 16, narrow, last time; a balance each
    assert said(figure, "λ = −10") == 1


def test_panels_of_a_variable_share_their_range_unless_it_asks_for_its_own():
    shared = figures.draw(balances(cost=telling("network", "balance", "time")))
    one, other = (ax.get_ylim() for ax in shared.axes)
    assert one == other and one[0] <= 111 and one[1] >= 234
    values = np.array([[[1.0, 1, 1, 0]] * 3, [[10, 10, 10, 0]] * 3])
    own = figures.draw(balances(cost=(("network", "balance", "time"), values, {"axis_scale": "own linear"})))
    assert [ax.get_ylim()[1] for ax in own.axes] == [pytest.approx(1.05), pytest.approx(10.5)]


def test_many_series_take_colours_of_a_ramp():
    figure = figures.draw(balances(cost=telling("width", "time", width=7)).assign_coords(width=axis("width", np.arange(1.0, 8))))
    colours = [line.get_color() for line in figure.axes[0].lines]
    assert len(set(colours)) == 7 and colours[0] == "#440154"
    assert said(figure, "w = ") == 7


def test_one_colour_never_means_two_things():
    figure = figures.draw(balances(cost=telling("balance", "time"), modes=telling("network", "time", "mode")))
    assert said(figure, "(b–c)") == 1 and said(figure, "λ = 0") == 1 and said(figure, "mode 2") == 1


def test_curves_average_seeds_and_say_so():
    data = balances(cost=telling("balance", "seed", "time")).assign_coords(seed=[1, 2, 3])
    figure = figures.draw(data)
    assert [y[0] for y in ys(figure.axes[0])] == [121, 221, 321] and said(figure, "(mean of 3 seeds)") == 1


def test_curves_on_each_other_show_by_turns():
    values = [[1, 0.6, 0.3, 0.1], [1, 0.9, 0.8, 0.7], [1, 0.6001, 0.3, 0.1]]
    lines = figures.draw(balances(cost=(("balance", "time"), values))).axes[0].lines
    assert [line.is_dashed() for line in lines] == [False, False, True]


def test_logarithmic_records_have_a_logarithmic_time_axis():
    data = balances(cost=telling("balance", "time")).assign_coords(time=[0.0, 0.01, 0.1, 10])
    ax = figures.draw(data).axes[0]
    assert ax.get_xscale() == "log" and ax.get_xlim() == (0.01, 10)


def test_scales_are_those_asked():
    def ax_with(scale):
        values = [[1, 0.1, 0.01, 1e-6], [5, 2, 1, 0.5]]
        return figures.draw(balances(cost=(("network", "time"), values, {"axis_scale": scale}))).axes[0]

    assert ax_with("").get_yscale() == "log" and ax_with("linear").get_yscale() == "linear"
    asked = ax_with("logarithmic 1e-2 10")
    assert asked.get_yscale() == "log" and 0.007 < asked.get_ylim()[0] < 0.01


def test_lines_compare_samples_with_their_limit():
    values = 10 + np.arange(40.0).reshape(10, 2, 2)[..., None] + [-0.5, 0, 0.5]
    data = xarray.Dataset(
        {"best_test_error": (("width", "dim", "spectrum", "seed"), values)},
        {"width": axis("width", 10.0 ** np.arange(10), "logarithmic"), "dim": [100, 200], "spectrum": ["sample", "limit"], "seed": [1, 2, 3]},
        {"kind": "sweep"},
    )
    figure = figures.draw(data)
    ax = figure.axes[0]
    assert ax.get_xscale() == "log" and ax.get_xlabel() == "width w"
    points = [line for line in ax.lines if line.get_linestyle() == "None" and line.get_color() == "#D55E00" and len(line.get_xdata()) == 10]
    line = next(line for line in ax.lines if line.get_linestyle() == "-" and line.get_color() == "#D55E00")
    assert line.get_ydata()[3] == 25 and any(p.get_marker() == "s" and p.get_ydata()[3] == 24 for p in points)
    assert all(said(figure, text) for text in ("d = 100", "sample", "limit", "± one standard deviation over 3 seeds"))


def test_the_spread_on_a_logarithmic_axis_is_a_factor():
    data = balances(final_cost=(("balance", "seed"), [[1e-3, 1e-1], [1, 4], [100, 100]])).assign_coords(seed=[1, 2])
    figure = figures.draw(data)
    ax = figure.axes[0]
    assert ax.lines[0].get_ydata()[0] == pytest.approx(1e-2) and ax.lines[0].get_ydata()[2] == pytest.approx(100)
    band = ax.collections[0].get_paths()[0].vertices
    factor = 10 ** math.sqrt(2)  # each logarithm is one off the middle
    at_first = band[np.isclose(band[:, 0], ax.lines[0].get_xdata()[0])][:, 1]
    assert at_first.min() == pytest.approx(1e-2 / factor) and at_first.max() == pytest.approx(1e-2 * factor)
    assert said(figure, "geometric mean") == 1


def test_failed_points_have_no_say_in_the_kind_of_mean():
    def first(values):
        data = balances(final_cost=(("balance", "seed"), values), status=("balance", [0, 2, 0])).assign_coords(seed=[1, 2])
        return figures.draw(data).axes[0].lines[0].get_ydata()[0]

    # One of 1e9 would make the axis logarithmic, one of −1 linear.
    assert first([[1.0, 3], [1e9, 1e9], [4, 6]]) == 2
    assert first([[1.0, 100], [-1, -1], [1000, 1000]]) == pytest.approx(10)


def test_the_standard_error_beside_a_result_is_its_spread_and_its_status_is_not():
    data = balances(
        slope=("balance", [1.0, 2, 3], {"ancillary_variables": "slope_error"}),
        slope_error=("balance", [0.1, 0.2, 0.3]),
        final_error=("balance", [1.0, 2, 3], {"ancillary_variables": "status"}),
        status=("balance", [0, 0, 0]),
    )
    band = figures.draw(data, "lines", "slope").axes[0].collections[0].get_paths()[0].vertices
    assert band[:, 1].min() == pytest.approx(0.9) and band[:, 1].max() == pytest.approx(3.3)
    plain = figures.draw(data, "lines", "final_error")
    assert not plain.axes[0].collections and not said(plain, "standard")


def test_missing_points_of_lines_are_marked_and_said():
    data = balances(final_cost=("balance", [1, nan, 2]))
    figure = figures.draw(data)
    crosses = [line for line in figure.axes[0].lines if line.get_marker() == "x"]
    assert len(crosses) == 1 and list(crosses[0].get_xdata()) == [0] and said(figure, "no value: diverged or not finished") == 1
    data.attrs["missing"] = "it stays at the saddle"
    assert said(figures.draw(data), "no value: it stays at the saddle") == 1
    assert not said(figures.draw(balances(final_cost=("balance", [1.0, 3, 2]))), "no value")


def test_lines_on_each_other_mark_their_share_of_the_points():
    data = balances(final_cost=(("balance", "width"), [[4.0, 3, 2, 1]] * 2 + [[9.0, 8, 7, 6]]))
    data = data.assign_coords(width=axis("width", [1.0, 2, 3, 4], "linear"))
    data.attrs["x_axis"] = "width"
    lines = figures.draw(data).axes[0].lines
    assert [line.get_markevery() for line in lines] == [(0, 2), (1, 2), None]
    assert [line.is_dashed() for line in lines] == [False, True, False]


def test_texts_below_an_axis_are_side_by_side_and_print_as_they_stand():
    names = ["a start with a long name", "10%", "it's `id`"]
    data = xarray.Dataset({"final_error": ("start", [1.0, 2, 3])}, {"start": names}, {"kind": "sweep"})
    ax = figures.draw(data).axes[0]
    assert [t.get_text().replace("\n", " ") for t in ax.get_xticklabels()] == names
    assert "\n" in ax.get_xticklabels()[0].get_text()


def test_a_symmetric_axis_is_linear_inside_the_unit_and_logarithmic_beyond():
    values = [-50, -5, -0.5, 0, 0.5, math.sqrt(2.5), 5, 50]
    data = xarray.Dataset({"rank": ("balance", np.arange(8.0))}, {"balance": axis("balance", values, "symmetric")}, {"kind": "sweep"})
    ax = figures.draw(data).axes[0]
    np.testing.assert_allclose(ax.lines[0].get_xdata(), [-3, -2, -1, 0, 1, 1.5, 2, 3], atol=1e-12)
    ticks = dict(zip(ax.get_xticks(), (t.get_text() for t in ax.get_xticklabels())))
    assert ticks[0] == "0" and ticks[3] == "50" and ticks[-3] == "−50" and ax.get_xlabel() == "balance λ"


def test_values_of_a_logarithmic_axis_have_their_own_names():
    data = balances(final_cost=("width", [1.0, 2, 3, 4])).assign_coords(width=axis("width", [1e6, 100, 300, 1000], "logarithmic"))
    ax = figures.draw(data).axes[0]
    names = dict(zip(ax.get_xticks(), (t.get_text() for t in ax.get_xticklabels())))
    assert names[300] == "300" and "6" in names[1e6]  # 300 lies half a decade above 100


def test_a_map_has_exact_cells_contours_regime_lines_and_scales():
    data = phase(20)
    figure = figures.draw(data)
    error, step = [ax for ax in figure.axes if ax.collections]
    assert error.get_xlabel().startswith("variance exponent") and error.get_ylabel().startswith("width exponent")
    # The error is a plane, so that its contours are straight lines at the levels of their labels.
    bare = figures.draw(data.assign_attrs(regime_lines=""), variables="best_test_error").axes[0]
    assert {t.get_text() for t in bare.texts} == {"0.25", "0.5", "0.75"}
    contours = [line.get_xydata() for line in error.lines if line.get_linewidth() < 1]
    heights = np.concatenate([(c.sum(1) + 2) / 4 for c in contours])
    heights = heights[np.isfinite(heights)]
    assert len(heights) > 100
    np.testing.assert_allclose(heights / 0.25, np.round(heights / 0.25), atol=1e-9)
    assert step.child_axes[0].get_yscale() == "log"  # the step spans two decades
    assert step.child_axes[0].get_ylabel() == "step" and error.child_axes[0].get_ylabel() == "test error"
    for text in ("active/lazy", "infinite noise", "underparameterized: w < k = 10"):
        assert said(figure, text) == 1  # once, though there are two panels


def test_regime_lines_are_where_theory_says_and_end_on_the_frame():
    data = phase()
    ax = figures.draw(data, variables="best_step").axes[0]
    regimes = [line.get_xydata() for line in ax.lines if line.get_linewidth() > 1]
    assert len(regimes) == 3
    lazy, noise, narrow = regimes
    np.testing.assert_allclose(lazy.sum(1), 1)
    np.testing.assert_allclose(noise @ [2, 1], 0, atol=1e-12)
    np.testing.assert_allclose(narrow[:, 1], 0.5)  # k = √d
    for x, y in np.concatenate(regimes):
        assert max(-2.125 - x, x - 0.125, -0.125 - y, y - 2.125) == pytest.approx(0, abs=1e-9)
    data.attrs["regime_lines"] = "mixed_infinite"
    assert not said(figures.draw(data, variables="best_step"), "underparameterized")


def grid(x, y=None, scale="list", status=None, values=None):
    n = len(x)
    y = np.arange(float(n)) if y is None else y
    values = np.arange(float(n * len(y))).reshape(n, -1) if values is None else values
    status = np.zeros(values.shape, int) if status is None else status
    return xarray.Dataset(
        {"status": (("x", "y"), status), "final_error": (("x", "y"), values)},
        {"x": axis("x", np.array(x, float), scale), "y": axis("y", y)},
        {"kind": "sweep"},
    )


def test_a_sweep_without_a_test_shows_its_train_error():
    errors = {"best_test_error": ("balance", [nan] * 3), "final_train_error": ("balance", [1.0, 2.0, 3.0])}
    (ax,) = figures.draw(balances(**errors)).axes
    assert ax.get_ylabel() == "train error"
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), [1, 2, 3])


def test_cells_of_a_map_end_where_the_next_begin_and_failed_ones_are_hatched():
    status = np.zeros((6, 6), int)
    status[2, 3] = 2  # at x = 4, y = 3
    figure = figures.heat_map(grid([1, 2, 4, 0, 64, 8], status=status), "final_error")  # neither even nor in order
    ax = figure.axes[0]
    mesh = mesh_of(ax)
    corners = mesh._coordinates
    np.testing.assert_allclose(corners[0, :, 0], [-0.5, 0.5, 1.5, 3, 6, 36, 92])
    np.testing.assert_allclose(corners[:, 0, 1], np.arange(7) - 0.5)
    shown = mesh.get_array().reshape(6, 6)  # rows along y
    assert shown[0, 0] == 3 * 6 and np.ma.getmaskarray(shown).sum() == 1 and np.ma.getmaskarray(shown)[3, 3]
    hatched = [c for c in ax.collections if isinstance(c, PolyCollection) and c.get_hatch()]
    assert len(hatched) == 1 and len(hatched[0].get_paths()) == 1
    box = hatched[0].get_paths()[0].get_extents()
    assert (box.x0, box.x1, box.y0, box.y1) == (3, 6, 2.5, 3.5)
    assert len(hatched[0].get_facecolor()) == 0  # what is below is seen
    assert said(figure, "no value: diverged or not finished") == 1


def test_a_map_is_called_as_in_earlier_files_and_says_its_label_once():
    small = grid([1, 2, 4])
    drawn = [figures.draw(small.assign_attrs(figure=kind), variables="final_error") for kind in ("heatmap", "heat_map")]
    assert [len(mesh_of(figure.axes[0]).get_array().ravel()) for figure in drawn] == [small.final_error.size] * 2
    assert not figures.draw(small, variables="final_error").axes[0].collections  # lines, where nothing is said
    named = grid([1, 2, 4, 8, 16, 32])
    named.final_error.attrs["long_name"] = "error"
    assert titles(figures.heat_map(named, "final_error")) == [""]  # of the colour bar
    assert titles(figures.heat_map(phase(), "best_test_error")) == ["smallest test error"]


def test_a_mean_of_some_seeds_keeps_its_colour_below_the_hatching():
    data = grid(range(6)).expand_dims(seed=[1, 2]).copy(deep=True)
    data.status.values[1, 2, 3] = 2
    data.final_error.values[1, 2, 3] = 1e6
    figure = figures.heat_map(data.transpose("x", "y", "seed"), "final_error")
    ax = figure.axes[0]
    assert mesh_of(ax).get_array().reshape(6, 6)[3, 2] == 2 * 6 + 3
    assert any(getattr(c, "get_hatch", lambda: None)() for c in ax.collections)
    assert said(figure, "the others' mean") == 1


def test_a_logarithmic_axis_of_a_map_has_edges_at_geometric_means():
    ax = figures.heat_map(grid([1, 2, 4, 8, 16, 32], scale="logarithmic"), "final_error").axes[0]
    assert ax.get_xscale() == "log"
    np.testing.assert_allclose(mesh_of(ax)._coordinates[0, :, 0], 2.0 ** (np.arange(7) - 0.5))


def test_values_that_come_twice_make_no_map():
    for x in ([1, 2, 2, 4, 8, 16], [1, 2, math.inf, 4, 8, 16]):
        figure = figures.draw(grid(x))
        assert not any(isinstance(c, QuadMesh) for ax in figure.axes for c in ax.collections)


def test_width_is_the_ordinate_whatever_the_order():
    ax = figures.draw(phase().transpose("width_exponent", "variance_exponent"), variables="best_test_error").axes[0]
    shown = mesh_of(ax).get_array().reshape(9, 9)
    assert shown[1, 0] == pytest.approx(0.0625) and ax.get_ylabel().startswith("width")


def test_a_cut_colour_scale_says_so():
    data = grid(range(6), values=10.0 ** -(np.arange(36).reshape(6, 6) / 5))
    data.final_error.attrs["axis_scale"] = "logarithmic 1e-4 1e-1"
    mesh = mesh_of(figures.heat_map(data, "final_error").axes[0])
    assert (mesh.norm.vmin, mesh.norm.vmax) == (1e-4, 1e-1) and mesh.colorbar.extend == "both"


def test_maps_of_a_third_axis_share_their_colours():
    widths = axis("width", [1.0, 2, 4, 8, 16, 32], "logarithmic")
    balance = axis("balance", [-10.0, -1, 0, 1, 10, 100], "symmetric")
    rank = telling("balance", "width", "network", balance=6, width=6, network=3)
    coordinates = {"balance": balance, "width": widths, "network": ["one", "two", "three"]}
    data = xarray.Dataset({"rank": rank}, coordinates, {"kind": "sweep"})
    figure = figures.draw(data)
    meshes = [mesh_of(ax) for ax in figure.axes if ax.collections]
    assert len(meshes) == 3 and {(m.norm.vmin, m.norm.vmax) for m in meshes} == {(111, 663)}
    assert meshes[1].get_array().reshape(6, 6)[1, 3] == 422  # balance 1 is the fourth value, width 2 the second
    lines = figures.draw(data, "lines")
    assert len(lines.axes) == 3 and len({ax.get_ylim() for ax in lines.axes}) == 1


def test_everything_missing_is_still_a_picture():
    data = phase()
    data.status[:] = 2
    assert figures.draw(data)._repr_png_().startswith(b"\x89PNG")


def test_matrices_stand_row_by_row_each_on_its_own_scale():
    figure = figures.draw(balances(similarity=telling("balance", "time", "input", "input_2")))
    images = figure.axes[0].images
    assert len(images) == 3 * 4
    # λ = 0 (second row), third time; the first row is on top.
    square = images[1 * 4 + 2]
    np.testing.assert_allclose(square.get_array(), np.array([[2311, 2312, 2313], [2321, 2322, 2323], [2331, 2332, 2333]]) / 2333)
    assert square.origin == "upper" and list(square.get_extent()) == pytest.approx([2.24, 3.24, -2.12, -1.12])
    assert said(figure, "λ = 0") == 1 and said(figure, "t = 2") == 1 and said(figure, "values are relative to its largest") == 1


def test_matrices_of_both_signs_are_white_at_zero():
    dims, values = telling("balance", "dynamics", "input", "input_2")
    values -= 2000
    values[0, 0, 1, 1] = nan
    figure = figures.draw(balances(similarity=(dims, values)))
    image = figure.axes[0].images[0]
    assert (image.norm.vmin, image.norm.vmax) == (-1, 1) and min(image.cmap(0.5)[:3]) > 0.95
    assert said(figure, "no value") == 1


def test_long_sequences_of_matrices_show_six_times_with_their_ends():
    kernel = np.array([[[100, 0], [0, i]] for i in range(50)], float)
    data = xarray.Dataset({"kernel": (("time", "input", "input_2"), kernel)}, {"time": np.arange(50.0)}, {"kind": "sweep"})
    images = figures.draw(data).axes[0].images
    assert [image.get_array()[1, 1] for image in images] == pytest.approx([0, 0.09, 0.19, 0.29, 0.39, 0.49])


def test_entries_are_lines_and_of_a_symmetric_matrix_its_upper_half():
    data = balances(
        a=telling("balance", "time", "output", "input", output=2),
        similarity=telling("balance", "time", "input", "input_2"),
        kernel=telling("time", "output", "input", "output_2", "input_2", output=2, output_2=2),
    )
    figure = figures.draw(data, "entries", variables=["a", "similarity", "kernel"])
    drawn = [[list(line.get_ydata()) for line in ax.lines] for ax in figure.axes if ax.lines]
    assert [len(lines) for lines in drawn] == [6] * 3 + [6] * 3 + [21], "a panel for each balance"
    assert drawn[1] == [[2000 + 100 * t + 10 * i + j for t in (1, 2, 3, 4)] for i in (1, 2) for j in (1, 2, 3)]
    upper = [(i, j) for i in (1, 2, 3) for j in (1, 2, 3) if i <= j]
    assert drawn[3] == [[1000 + 100 * t + 10 * i + j for t in (1, 2, 3, 4)] for i, j in upper]
    rows = [(o, i) for o in (1, 2) for i in (1, 2, 3)]
    pairs = [(a, b) for k, a in enumerate(rows) for b in rows[k:]]
    assert drawn[6] == [[int(f"{t}{o}{i}{p}{q}") for t in (1, 2, 3, 4)] for (o, i), (p, q) in pairs]
    assert len(figures.draw(data, "auto", variables="similarity").axes[0].images) == 12


def weights(count):
    """Two balances at three times, each of so many weights: 100 δ index + 10 time + coordinate."""
    dims, values = telling("delta", "time", "weight", delta=2, time=3, weight=count)
    return xarray.Dataset(
        {"neuron_weights": (dims, values, {"long_name": "weights"})},
        {"delta": axis("delta", [-1.0, 2]), "time": [0.0, 1, 2]},
        {"kind": "sweep", "neuron_rates": "1 1"},
    )


def test_paths_of_two_weights_lie_on_their_hyperbolas():
    ax = figures.draw(weights(2)).axes[0]
    paths = [line.get_xydata().tolist() for line in ax.lines]
    assert [[111, 112], [121, 122], [131, 132]] in paths and [[231, 232]] in paths  # the second ends in a dot
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("w", "a")
    conserved = np.concatenate([line.get_xydata() for line in ax.lines if len(line.get_xdata()) > 100])
    w, a = conserved[np.isfinite(conserved).all(1)].T
    delta = a**2 - w**2
    assert len(w) > 100
    assert np.minimum(abs(delta - (112**2 - 111**2)), abs(delta - (212**2 - 211**2))).max() < 1e-6


def test_paths_of_three_weights_lie_in_space_on_the_conserved_surface():
    from linnet.figures.data import Data
    from linnet.figures.surfaces import surfaces

    figure = figures.draw(weights(3))
    assert len(figure.axes) == 2 and figure.axes[1].lines[0].get_data_3d()[2][0] == 213
    path = np.array([[211.0, 212, 213], [221, 222, 223]])
    x, y, a = surfaces(Data.of(weights(3)), [path])[0].reshape(3, -1)
    delta = 213**2 - 211**2 - 212**2
    assert len(a) > 100
    np.testing.assert_allclose(a**2 - x**2 - y**2, delta, rtol=1e-9)
    assert "expected variables over time and two or three" in error_of(weights(4), "paths", "neuron_weights")


def test_predicted_interpolators_lie_on_a_line():
    """Two balances that start at 0 and are to end at two β with β_1 + 2 β_2 = 3."""
    values = np.array([0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 3, 0, 3, 0, 3, 0], float).reshape(2, 2, 2, 2)
    data = xarray.Dataset(
        {"coefficients": (("delta", "dynamics", "time", "coefficient"), values)},
        {"delta": [-1.0, 2], "dynamics": ["gradient flow", "predicted"], "time": [0.0, 1]},
        {"kind": "sweep"},
    )
    figure = figures.draw(data)
    ends = figure.axes[0].lines[0].get_xydata()
    np.testing.assert_allclose(ends @ [1, 2], 3, atol=1e-9)
    assert said(figure, "all β that fit the data") == 1


def test_neurons_move_in_the_plane_of_their_inputs_beside_their_teacher():
    paths = np.arange(24.0).reshape(3, 4, 2) - 10
    data = xarray.Dataset(
        {
            "neuron_path": (("time", "neuron", "input"), paths),
            "neuron_readout": (("time", "neuron"), np.tile([1.0, -1, 1, -1], (3, 1))),
            "teacher_direction": (("teacher", "teacher_input"), [[1.0, 1.0]]),
            "teacher_readout": ("teacher", [1.0]),
        },
        {"time": [0.0, 1, 2]},
        {"kind": "run"},
    )
    figure = figures.draw(data, variables="neuron_path")
    ax = figure.axes[0]
    drawn = [line.get_xydata().tolist() for line in ax.lines]
    for k in range(4):
        assert paths[:, k].tolist() in drawn
    assert ax.get_xlim() == tuple(-x for x in ax.get_xlim()[::-1]) == ax.get_ylim()
    assert all(said(figure, text) for text in ("teacher, a > 0", "neuron, a < 0, at the end", "at the start"))


def test_least_costs_lie_on_the_surface_and_on_the_samples():
    from linnet.figures.data import Data
    from linnet.figures.surfaces import conserved, loss, minima

    path = np.array([[0.5, -1.0, 2.0]])
    for covariance, points in (("2 0.5 0.5 1", 1), ("0.25 0.5 0.5 1", 100)):  # the second is of inputs along (1, 2)
        attributes = {"kind": "sweep", "cost_target": "1.5 -0.4", "cost_covariance": covariance, "neuron_rates": "1 2"}
        data = Data.of(xarray.Dataset({"a": ("time", [0.0])}, attrs=attributes))
        curves = minima(data, path, 8.0)
        assert len(curves) == 2
        for sign, curve in zip((1, -1), curves):
            known = curve[:, np.isfinite(curve).all(0)]
            assert known.shape[1] >= points and (sign * known[2] > 0).all()
            np.testing.assert_allclose(loss(data, known), 0, atol=1e-9)
            np.testing.assert_allclose([conserved(data, w) for w in known.T], conserved(data, path[0]), atol=1e-9)


def test_a_partition_is_that_of_the_network():
    from linnet.figures import partitions

    start = linnet.spherical_pairs(2, width=10, tau=0.7, alpha=2.0, slope=0.1, antisymmetric=False, seed=4)
    task = linnet.tasks.xor_points(samples=12, seed=1)
    run = linnet.train(start, task, linnet.GradientDescent(step=0.05, max_steps=20),
                       record=["neuron_path", "neuron_readout"], schedule=linnet.ends())
    x = np.random.default_rng(0).normal(size=(400, 2))
    path, readout = run["neuron_path"][-1], run["neuron_readout"][-1]
    np.testing.assert_allclose(partitions.function(path, readout, 0.1, x), run.final(x)[:, 0], atol=1e-12)

    def inside(triangle, points):
        corners = np.linalg.solve(triangle[1:].T, points.T)
        return (corners > 0).all(0)

    odd = np.any([inside(t, x) for t in partitions.sectors(path)], axis=0)
    np.testing.assert_array_equal(odd, (x @ run.final.weights[0].T > 0).sum(1) % 2 == 1)
    figure = figures.draw(run, "partition")
    assert len(figure.axes) == 2 and said(figure, "odd number of active neurons") == 1
    assert said(figure, "sample, y > 0") == 1


def test_maps_over_steps_leave_out_the_start():
    values = np.arange(5.0 * 6 * 4).reshape(6, 5, 4)
    data = xarray.Dataset(
        {"error": (("tau", "delta", "steps"), values)},
        {"tau": np.arange(1.0, 7), "delta": np.arange(5.0), "steps": [0.0, 10, 100, 1000]},
        {"kind": "sweep"},
    )
    figure = figures.draw(data, "heat_map", "error")
    maps = [c.get_array() for ax in figure.axes for c in ax.collections if isinstance(c, QuadMesh) and c.get_rasterized()]
    assert len(maps) == 3
    for k, drawn in enumerate(maps):
        np.testing.assert_array_equal(np.ravel(drawn), values[:, :, k + 1].T.ravel())


def test_each_variable_is_shown_as_it_fits():
    data = balances(
        cost=telling("balance", "time"),
        rank=telling("balance", "width", width=6, balance=3),
        similarity=telling("time", "input", "input_2"),
        share=telling("width", width=6),
    ).assign_coords(width=axis("width", np.arange(6.0)))
    data.attrs["panels"] = "cost similarity share gone"
    figure = figures.draw(data)
    panels = [ax for ax in figure.axes if ax.lines or ax.images]
    assert len(panels) == 3 and len(panels[1].images) == 4
    assert len(figures.draw(data, "curves").axes) == 1


def test_of_very_many_panels_the_first_are_drawn_and_it_is_said():
    data = balances(loss=(("width", "balance", "time"), np.ones((30, 3, 4)))).assign_coords(width=axis("width", np.arange(30.0)))
    figure = figures.draw(data, variables="loss")
    assert len(figure.axes) == 24 and said(figure, '"loss": the first 24 of 30 panels') == 1


def test_bad_options_are_named():
    data = balances(cost=telling("balance", "time"), final_cost=telling("balance"))
    assert error_of(data, "modes") == "data: expected a variable over time and mode, got none"
    assert error_of(data, "curves", "final_cost") == 'variables: expected variables over time, got "final_cost", which is not'
    assert error_of(data, "lines", "cost") == 'variables: expected variables over the axes of the sweep alone, got "cost", which is not'
    assert error_of(data, "heat_map") == "data: expected two axes of numbers for a heat map, got balance"
    assert error_of(phase(), "modes") == "kind: expected heat_map or lines for a sweep, got modes"
    one = xarray.Dataset({"best_test_error": ("width", [0.5])}, {"width": [8.0]}, {"kind": "sweep"})
    assert error_of(one) == "data: expected a sweep with an axis of more than one point, got a single point"
