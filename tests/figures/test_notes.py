from typing import Any

import pytest
from results import paired, projected

from embspace.figures import isotropy, projection, similarity
from embspace.figures.notes import note, transforms_text


def said(figure: Any) -> list[str]:
    return [one.text for one in figure.layout.annotations if one.name == "note of transforms"]


def curves(result):
    return isotropy.isotropy_curves(result.assign(language=result["language_a"]).drop_duplicates(["layer", "language"]))


@pytest.mark.parametrize(
    ("draw", "result"),
    [(similarity.similarity_heatmap, paired()), (curves, paired()), (projection.projection_map, projected())],
)
def test_figures_say_what_was_done_to_the_vectors_and_nothing_where_nothing_was(draw, result):
    assert said(draw(result)) == []
    result.attrs["settings"]["transforms"] = ["center", "all-but-the-top:3", "rotate:en"]
    assert said(draw(result)) == ["centered per language, then all but the top 3, then rotated onto English"]


def test_checkpoints_that_differ_are_told_apart():
    result = paired()
    spaces = [{"checkpoint": "a", "transforms": ["z"]}, {"checkpoint": "b<", "transforms": []}]
    result.attrs["settings"]["spaces"] = spaces
    assert transforms_text(result) == "a: z-normalized · b&lt;: as stored"
    spaces[1]["transforms"] = ["z"]
    assert transforms_text(result) == "z-normalized"


def test_text_is_escaped_and_a_dark_page_has_its_color():
    result = paired()
    result.attrs["settings"]["transforms"] = ["<b>"]
    figure: Any = similarity.similarity_heatmap(result, dark=True)
    assert said(figure) == ["&lt;b&gt;"]
    assert figure.layout.annotations[-1].font.color == "#9aa3af"
    bare: Any = similarity.similarity_heatmap(paired())
    assert note(bare, result).layout["margin"]["t"] is None
