import json
from typing import Any

import numpy as np
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
    assert not figure.layout.annotations
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


def test_the_same_language_has_the_same_color_in_light_and_dark_and_alone():
    colors = [
        {trace.legendgroup: trace.marker.color for trace in drawn(projection_map(projected(codes), dark=dark))}
        for dark in (False, True)
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
