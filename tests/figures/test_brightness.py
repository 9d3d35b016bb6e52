"""A figure drawn for a light page and darkened is, but for its marks' text, the one that is drawn for a dark page."""

import json

import pandas as pd
import plotly.graph_objects as go
import pytest

from embspace.figures import theme
from embspace.figures.brightness import dark_colors, darkened
from embspace.figures.drawing import Drawing
from embspace.figures.similarity import similarity_heatmap
from embspace.figures.theme import DARK, LIGHT, contrast

COSINES = pd.DataFrame(
    [
        (0, a, b, value, 5)
        for a, b, value in (("be", "en", 0.2), ("en", "be", 0.2), ("be", "be", 1.0), ("en", "en", 1.0))
    ],
    columns=["layer", "language_a", "language_b", "value", "n"],
)


def spec(figure):
    return json.loads(figure.to_json())


def test_a_heat_map_is_the_one_that_is_drawn_for_a_dark_page():
    light, dark = (spec(similarity_heatmap(COSINES, 0, one)) for one in (False, True))
    made = darkened(light)
    own = [made["data"][1]["textfont"].pop("color"), dark["data"][1]["textfont"].pop("color")]
    assert made == dark
    assert len(own[0]) == len(own[1]) == 4


@pytest.mark.parametrize("code", ["be", "en", "tr", "de"])
def test_lines_bands_and_edges_of_a_language_are_those_of_a_dark_page(code):
    def drawn(dark):
        color = theme.language_color(code, dark)
        trace = go.Scatter(x=[1], y=[1], fillcolor=theme.faint(color), line={"color": color})
        trace.marker = {"line": {"color": theme.look(dark).edge}}
        return spec(go.Figure(trace, {"template": theme.template(dark), "meta": {"dark": dark}}))

    assert darkened(drawn(False)) == drawn(True)


def test_pieces_are_legible_on_their_chips():
    draw = Drawing(False)
    for row, code in enumerate(("be", "ru", "es", "tr")):
        draw.text("written", 0, row)
        draw.chip("piece", 90, row, theme.language_color(code))
    made = darkened(spec(draw.figure(4)))
    chips = [one["fillcolor"] for one in made["layout"]["shapes"]]
    pieces = [one["font"]["color"] for one in made["layout"]["annotations"] if one["font"].get("family") == theme.MONO]
    assert chips == [theme.language_color(code, True) for code in ("be", "ru", "es", "tr")]
    assert all(contrast(one, on) > 4.4 for one, on in zip(pieces, chips, strict=True))
    assert {one["font"]["color"] for one in made["layout"]["annotations"] if one["text"] == "written"} == {DARK.text}


def test_text_in_bars_is_legible_and_text_of_corpora_stays():
    bar = go.Bar(
        x=["#abcdef is no color"],
        y=[1],
        marker={"color": theme.two_colors(False)[1]},
        insidetextfont={"color": LIGHT.text},
    )
    made = darkened(spec(go.Figure(bar)))["data"][0]
    assert made["x"] == ["#abcdef is no color"]
    assert contrast(made["insidetextfont"]["color"], made["marker"]["color"]) > 4


def test_a_dark_figure_stays_and_no_two_languages_become_one():
    dark = spec(similarity_heatmap(COSINES, 0, True))
    assert darkened(dark) == dark
    known = dark_colors()
    languages = {
        theme.language_color(code) for code in ("be", "en", "ru", "tr", "es", "cs", "pl", "bg", "sl", "uk", "ca")
    }
    assert len({known[one] for one in languages}) == len(languages)
