import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from results import ELEVEN, projected

from embspace.errors import SettingsError
from embspace.figures import projection, theme
from embspace.figures.projection import layer_name

projection_map: Any = projection.projection_map  # plotly has no types for what a figure holds


def drawn(figure: Any) -> list[Any]:
    """The traces that hold points."""
    return [trace for trace in figure.data if trace.customdata is not None]


def entries(figure: Any, legend: str | None = None) -> list[Any]:
    return [trace for trace in figure.data if trace.customdata is None and trace.legend == legend]


@pytest.mark.parametrize("dimensions", [2, 3])
def test_every_row_is_one_point_at_its_place_with_its_color_symbol_and_text(dimensions):
    result: Any = projected(dimensions=dimensions)
    figure = projection_map(result)
    rows = np.concatenate([trace.customdata for trace in drawn(figure)])
    assert sorted(rows) == list(range(len(result)))
    for trace in drawn(figure):
        for at, row in enumerate(trace.customdata):
            for axis in "xyz"[:dimensions]:
                assert trace[axis][at] == result[axis][row]
            assert trace.marker.color == theme.language_color(result["language"][row])
            assert trace.marker.symbol == {"PER": "circle", "LOC": "diamond"}[result["type"][row]]
            assert trace.hovertext[at].startswith(f"{result['context'][row][0]} Then <b>Washington</b> left.")


def test_webgl_above_three_thousand_points():
    assert {trace.type for trace in drawn(projection_map(projected()))} == {"scatter"}
    assert {trace.type for trace in drawn(projection_map(projected(per_type=600)))} == {"scattergl"}
    assert {trace.type for trace in drawn(projection_map(projected(dimensions=3)))} == {"scatter3d"}


def test_the_legend_lists_languages_once_under_their_families_and_types_apart():
    figure = projection_map(projected(languages=ELEVEN, layers=(0, 1, 2)))
    languages = entries(figure)
    assert [trace.name for trace in languages][:4] == ["Belarusian", "Russian", "Ukrainian", "Czech"]
    assert len(languages) == 11
    titles = [trace.legendgrouptitle.text for trace in languages if trace.legendgrouptitle.text]
    assert titles == ["East Slavic", "West Slavic", "South Slavic", "Romance", "Germanic", "Turkic"]
    assert [(trace.name, trace.marker.symbol) for trace in entries(figure, "legend2")] == [
        ("PER", "circle"),
        ("LOC", "diamond"),
    ]
    # A click on a language acts on its group: all its traces, in all layers, and nothing else.
    assert figure.layout.legend.groupclick == "togglegroup"
    russian = [trace for trace in drawn(figure) if trace.legendgroup == "ru"]
    assert len(russian) == 2 * 3
    assert not any(trace.showlegend for trace in drawn(figure))
    assert {trace.legendgroup for trace in languages} == set(ELEVEN)


def test_several_layers_stand_side_by_side_in_equal_frames():
    figure = projection_map(projected(layers=(0, 1, 2)))
    assert [note.text for note in figure.layout.annotations] == ["embeddings", "layer 1", "output"]
    assert {trace.xaxis for trace in drawn(figure)} == {"x", "x2", "x3"}
    ranges = {tuple(figure.layout[f"xaxis{number}"].range) for number in ("", "2", "3")}
    assert len(ranges) == 1
    assert figure.layout.xaxis2.matches == figure.layout.xaxis3.matches == "x"
    assert figure.layout.yaxis.scaleanchor == "x"
    rows = np.concatenate([trace.customdata for trace in drawn(figure)])
    assert sorted(rows) == list(range(54))


@pytest.mark.parametrize("layer", [2, -1])
def test_one_layer_may_be_chosen(layer):
    result = projected(layers=(0, 2))
    figure = projection_map(result, layer=layer)
    rows = np.concatenate([trace.customdata for trace in drawn(figure)])
    assert set(result["layer"][rows]) == {2}
    assert [note.text for note in figure.layout.annotations] == ["output"]
    assert not projection_map(result[result["layer"] == 2]).layout.annotations
    text = drawn(figure)[0].hovertext[0]
    assert text.startswith(f"{result['context'][drawn(figure)[0].customdata[0]][0]} Then")


def test_axes_are_quiet_units_equal_and_zoom_is_kept():
    layout = projection_map(projected()).layout
    assert layout.xaxis.showticklabels is False and layout.yaxis.ticks == ""
    assert layout.uirevision == "projection"
    low, high = layout.xaxis.range
    points = projected()["x"]
    assert low < points.min() and points.max() < high


def test_other_columns_may_give_color_and_symbol():
    result = projected()
    result["n_pieces"] = [10, 9, 2] * 6
    figure = projection_map(result, color="type", symbol=None)
    assert [trace.name for trace in entries(figure)] == ["PER", "LOC"]
    assert {trace.marker.symbol for trace in drawn(figure)} == {"circle"}
    figure = projection_map(result, color="n_pieces", symbol="n_pieces")
    assert [trace.name for trace in entries(figure)] == ["2", "9", "10"]
    assert [trace.marker.symbol for trace in entries(figure, "legend2")] == ["circle", "diamond", "square"]
    assert figure.layout.legend.title.text == "pieces"


def test_eleven_languages_have_eleven_symbols_in_the_plane_and_their_names():
    figure = projection_map(projected(languages=ELEVEN), color="type", symbol="language")
    shown = entries(figure, "legend2")
    assert len({trace.marker.symbol for trace in shown}) == 11
    assert {trace.name for trace in shown} == {theme.language_name(code) for code in ELEVEN}


def test_groups_are_drawn_in_turns_so_that_none_lies_over_all_others():
    result = projected(languages=ELEVEN, per_type=60)
    traces = drawn(projection_map(result))
    assert len(traces) == 11 * 2 * 4
    order = [trace.legendgroup for trace in traces]
    assert order[:22] == order[22:44] and len(set(order[:22])) == 11
    rows = np.concatenate([trace.customdata for trace in traces])
    assert sorted(rows) == list(range(len(result)))
    for trace in traces:
        assert set(result["language"][trace.customdata]) == {trace.legendgroup}
        assert np.array_equal(trace.x, result["x"][trace.customdata])
    again = np.concatenate([trace.customdata for trace in drawn(projection_map(result))])
    assert np.array_equal(rows, again)
    chosen = {
        row
        for trace in drawn(projection_map(result, marked=[5, 700]))
        for row in trace.customdata[list(trace.selectedpoints)]
    }
    assert chosen == {5, 700}


@pytest.mark.parametrize(("dimensions", "most"), [(2, 16), (3, 8)])
def test_more_tags_than_markers_share_one_and_words_without_come_first(dimensions, most):
    result = projected(languages=("be", "en"), types=("PER",), per_type=90, dimensions=dimensions)
    tags = ["O"] * 60 + [f"T{number % 20}" for number in range(110)] + ["rare"] * 10
    figure = projection_map(result.assign(tag=tags), symbol="tag", color="tag")
    shown = entries(figure, "legend2")
    assert len({trace.marker.symbol for trace in shown}) == len(shown) == most
    assert [trace.name for trace in shown][-1] == "others"
    traces = drawn(figure)
    first = [trace.legendgroup == "O" for trace in traces]
    assert first == sorted(first, reverse=True) and any(first)
    assert {trace.marker.color for trace in traces if trace.legendgroup == "O"} == {theme.LIGHT.muted}
    assert sum(len(trace.customdata) for trace in traces) == 180


def test_what_was_done_first_is_said():
    result = projected()
    result.attrs["settings"] = {"analysis": "projection", "transforms": ["whiten"], "center": "language"}
    [said] = [note.text for note in projection_map(result).layout.annotations]
    assert said == "whitened, then centered per language"
    assert result.attrs["settings"]["transforms"] == ["whiten"]


def test_missing_types_are_drawn():
    figure = projection_map(projected(types=(None, "PER"), per_type=2))
    assert sum(len(trace.customdata) for trace in drawn(figure)) == 12
    assert [trace.name for trace in entries(figure, "legend2")] == ["PER", "none"]


def test_markup_in_a_sentence_does_not_reach_the_page():
    result = projected(languages=("en",), types=("PER",), per_type=1)
    result["context"] = "<img src=x onerror=alert(1)> Washington"
    result["start"], result["stop"] = 29, 39
    text = drawn(projection_map(result))[0].hovertext[0]
    assert "<img" not in text and "&lt;img src=x onerror=alert(1)&gt; <b>Washington</b>" in text


def test_the_figure_is_json_and_the_result_is_left_as_it_was():
    result = projected(layers=(0, 1))
    before = result.copy()
    json.loads(projection_map(result, dark=True).to_json() or "")
    assert result.equals(before)


@pytest.mark.parametrize("dark", [False, True])
def test_the_same_language_has_the_same_color_alone_and_among_others(dark):
    colors = [
        {trace.legendgroup: trace.marker.color for trace in drawn(projection_map(projected(codes), dark=dark))}
        for codes in (("be", "en", "tr"), ("tr", "be"))
    ]
    for other in colors[1:]:
        assert all(colors[0][code] == color for code, color in other.items())


def test_what_is_not_in_the_result_is_refused():
    with pytest.raises(SettingsError, match="no column 'family'; it has text, language"):
        projection_map(projected(), color="family")
    with pytest.raises(SettingsError, match="no layer 1; it has 0, 2"):
        projection_map(projected(layers=(0, 2)), layer=1)
    with pytest.raises(SettingsError, match="no rows"):
        projection_map(projected().iloc[:0])


def test_layer_names():
    assert [layer_name(number, 4) for number in range(4)] == ["embeddings", "layer 1", "layer 2", "output"]


def compared(layers=(0, 2), per_type=3, second_layers=None) -> Any:
    """A result of two checkpoints, as `project` gives it."""
    parts = []
    for name, numbers in (("one/a", layers), ("two/b", second_layers or layers)):
        part = projected(layers=numbers, per_type=per_type).assign(checkpoint=name)
        part["sentence"] = np.tile(np.arange(len(part) // len(numbers)), len(numbers))
        part[["x", "y"]] += len(parts)
        parts.append(part)
    result = pd.concat(parts, ignore_index=True)
    known = {"one/a": list(layers), "two/b": list(second_layers or layers)}
    spaces = [{"n_layers": max(numbers) + 1} for numbers in known.values()]
    result.attrs["settings"] = {"analysis": "projection", "layers": known, "spaces": spaces}
    return result


def at(result, frame, traces):
    """Row -> place in a frame, by the rows of the first step."""
    return {
        row: (x, y)
        for trace, data in zip(traces, frame.data, strict=True)
        for row, x, y in zip(trace.customdata, data.x, data.y, strict=True)
    }


def test_checkpoints_stand_side_by_side_under_their_short_names():
    figure = projection_map(compared(), layer=-1)
    assert [note.text for note in figure.layout.annotations] == ["a", "b"]
    assert len(drawn(figure)) == 12
    figure = projection_map(compared())
    assert [note.text for note in figure.layout.annotations] == [
        *("a · embeddings", "a · output", "b · embeddings", "b · output")
    ]
    figure = projection_map(compared(), checkpoint="two/b", layer=[0, -1])
    assert [note.text for note in figure.layout.annotations] == ["embeddings", "output"]
    with pytest.raises(SettingsError, match=r"no checkpoint 'c'; it has one/a, two/b"):
        projection_map(compared(), checkpoint="c")


@pytest.mark.parametrize(("layers", "columns"), [((0, 1), 2), ((0, 1, 2, 3, 4), 5), (tuple(range(8)), 4), ((2,), 2)])
def test_layers_of_several_checkpoints_have_a_row_for_each_unless_they_are_many(layers, columns):
    one = projected(layers=layers)
    result = pd.concat([one.assign(checkpoint=name) for name in ("first", "tuned")], ignore_index=True)
    figure = projection_map(result)
    bottoms = [figure.layout[name].domain[0] for name in figure.to_dict()["layout"] if name.startswith("yaxis")]
    rows = [bottoms.count(one) for one in dict.fromkeys(bottoms)]
    assert rows == [columns] * (2 * len(layers) // columns)


def test_a_layer_of_the_first_is_the_layer_of_equal_depth_of_the_others():
    result = compared(layers=(0, 1, 2), second_layers=(0, 2, 4))
    figure = projection_map(result, layer=1)
    rows = np.concatenate([trace.customdata for trace in drawn(figure)])
    assert result.loc[rows].groupby("checkpoint")["layer"].unique().map(list).to_dict() == {"one/a": [1], "two/b": [2]}


def test_a_map_plays_its_layers_with_every_word_at_its_place():
    result: Any = projected(layers=(0, 1, 2))
    result["sentence"] = np.tile(np.arange(18), 3)
    figure = projection_map(result, animate=True)
    assert [frame.name for frame in figure.frames] == ["embeddings", "layer 1", "output"]
    [slider] = figure.layout.sliders
    assert [step.label for step in slider.steps] == ["embeddings", "layer 1", "output"]
    assert [step.args[0] for step in slider.steps] == [("embeddings",), ("layer 1",), ("output",)]
    assert [button.label for button in figure.layout.updatemenus[0].buttons] == ["▶", "❚❚"]
    assert figure.layout.updatemenus[0].buttons[0].args[1]["frame"]["redraw"] is False
    first = drawn(figure)
    assert sorted(np.concatenate([trace.customdata for trace in first])) == list(range(18))
    for number, frame in enumerate(figure.frames):
        assert frame.traces == tuple(range(len(first)))
        for row, place in at(result, frame, first).items():
            assert place == tuple(result.loc[row + 18 * number, ["x", "y"]])
    # One frame of all steps: points move, the map does not.
    low, high = figure.layout.xaxis.range
    assert low < result["x"].min() and result["x"].max() < high
    json.loads(figure.to_json() or "")


def test_a_large_map_jumps_and_in_space_too():
    result = projected(layers=(0, 2), per_type=600)
    assert projection_map(result, animate=True).layout.updatemenus[0].buttons[0].args[1]["frame"]["redraw"] is True
    solid = projection_map(projected(layers=(0, 2), dimensions=3), animate=True)
    assert solid.frames[1].data[0].z is not None
    assert solid.layout.sliders[0].steps[0].args[1]["frame"]["redraw"] is True


def test_checkpoints_play_or_stand_beside_each_other_while_layers_play():
    result = compared()
    figure = projection_map(result, animate="checkpoint", layer=2)
    assert [frame.name for frame in figure.frames] == ["a", "b"]
    for row, place in at(result, figure.frames[1], drawn(figure)).items():
        assert place == tuple(result.loc[row + 36, ["x", "y"]])
    figure = projection_map(result, animate="layer")
    assert [note.text for note in figure.layout.annotations] == ["a", "b"]
    assert [frame.name for frame in figure.frames] == ["embeddings", "output"]
    assert {trace.xaxis for trace in drawn(figure)} == {"x", "x2"}
    with pytest.raises(SettingsError, match="one layer, so there is nothing to play"):
        projection_map(result, layer=0, animate="layer")
    with pytest.raises(SettingsError, match="animate='quickly' is not possible"):
        projection_map(result, animate="quickly")
    with pytest.raises(SettingsError, match="other numbers of layers"):
        projection_map(compared(layers=(0, 2), second_layers=(0, 1, 2)), animate=True)


def test_marks_that_would_change_while_playing_are_refused():
    result = compared()
    result["n_pieces"] = np.where(result["checkpoint"] == "one/a", 2, 3)
    assert projection_map(result, color="n_pieces", animate="layer").frames
    with pytest.raises(SettingsError, match="'n_pieces' differs from step to step"):
        projection_map(result, color="n_pieces", animate="checkpoint")


def test_lines_lead_from_the_place_before():
    result = compared()
    moved = {"checkpoint": "two/b", "layer": 2, "from_checkpoint": "one/a", "from_layer": 2, "median": 1, "far": 1}
    result.attrs["displacement"] = [moved]
    figure = projection_map(result, lines=True, layer=2)
    first, second = (trace for trace in figure.data if trace.mode == "lines")
    assert np.isnan(first.x).all()
    assert len(second.x) == 3 * 18
    before, after = (result.loc[(result["checkpoint"] == name) & (result["layer"] == 2)] for name in ("one/a", "two/b"))
    assert np.array_equal(second.x[0::3], before["x"])
    assert np.array_equal(second.y[1::3], after["y"])
    assert np.isnan(second.x[2::3]).all()
    played = projection_map(result, lines=True, layer=2, animate="checkpoint")
    assert np.array_equal(played.frames[1].data[0].x, second.x, equal_nan=True)


def test_of_many_words_a_sample_is_drawn_each_language_with_its_share_and_said():
    result = projected(languages=("be", "en"), types=("PER",), per_type=300, layers=(0, 2))
    result["sentence"] = np.tile(np.arange(600), 2)
    result.loc[result["sentence"] >= 590, "language"] = "tr"
    figure = projection_map(result, most=60)
    [told] = [note.text for note in figure.layout.annotations if note.name == "note of a sample"]
    assert told == "60 of 600 words, drawn at random"
    rows = np.concatenate([trace.customdata for trace in drawn(figure)])
    assert len(rows) == 120
    counts = result.loc[rows].groupby(["layer", "language"]).size().unstack()
    assert counts.to_numpy().tolist() == [[30, 29, 1]] * 2
    # The same words in each layer, and each time.
    words = [set(part["sentence"]) for _, part in result.loc[rows].groupby("layer")]
    assert words[0] == words[1]
    again = np.concatenate([trace.customdata for trace in drawn(projection_map(result, most=60))])
    assert np.array_equal(rows, again)
    assert not [note for note in projection_map(result).layout.annotations if note.name == "note of a sample"]
    assert max(rows[rows < 600]) > 400  # from everywhere


def test_boxes_of_a_large_map_show_some_words_around_the_word():
    text = "far " * 40 + "near Washington close " + "off " * 40
    for per_type, cut in ((3, False), (600, True)):
        result = projected(per_type=per_type)
        result["context"], result["start"], result["stop"] = text, 165, 175
        box = drawn(projection_map(result))[0].hovertext[0]
        assert "<b>Washington</b>" in box
        assert ("…" in box) is cut
        assert (box.count("far") < 12) is cut


def test_marked_rows_stand_out():
    figure = projection_map(projected(), marked=[0, 7])
    chosen = {row for trace in drawn(figure) for row in trace.customdata[list(trace.selectedpoints)]}
    assert chosen == {0, 7}
    assert all(trace.selectedpoints is None for trace in drawn(projection_map(projected())))
    solid = projection_map(projected(dimensions=3), marked=[0])
    sizes = [size for trace in drawn(solid) for size in trace.marker.size]
    assert (len(set(sizes)), sizes.count(max(sizes))) == (2, 1)
