from typing import Any

import numpy as np
import pandas as pd
import pytest
from results import ELEVEN, paired

from embspace.errors import SettingsError
from embspace.figures import similarity, theme, tokenization

# plotly has no types for what a figure holds
similarity_heatmap: Any = similarity.similarity_heatmap
tokenization_table: Any = tokenization.tokenization_table


def test_a_number_per_pair_by_family_of_the_layer_asked_for():
    result = paired(ELEVEN)
    figure = similarity_heatmap(result, layer=1)
    heat, numbers = figure.data
    assert list(heat.x) == list(heat.y)
    assert list(heat.x)[:4] == ["Belarusian", "Russian", "Ukrainian", "Czech"]
    own = result[result["layer"] == 1].set_index(["language_a", "language_b"])["value"]
    codes = theme.by_family(ELEVEN)
    for i, one in enumerate(codes):
        for j, other in enumerate(codes):
            assert heat.z[i][j] == own[(one, other)]
    assert len(numbers.text) == 121
    at = [(x, y) for x, y in zip(numbers.x, numbers.y, strict=True)].index(("Turkish", "Belarusian"))
    assert numbers.text[at] == f"{own[('be', 'tr')]:.2f}"
    assert figure.layout.title.text == "layer 1"


def test_the_colors_span_what_is_off_the_diagonal():
    result = paired()
    layout = similarity_heatmap(result).layout
    assert (layout.xaxis.constraintoward, layout.yaxis.constraintoward) == ("right", "top")  # beside the bar of colors
    heat = similarity_heatmap(result).data[0]
    own = result[(result["layer"] == 2) & (result["language_a"] != result["language_b"])]["value"]
    assert (heat.zmin, heat.zmax) == (own.min(), own.max())
    assert similarity_heatmap(result, layer=-3).layout.title.text == "embeddings"


def test_spelling_has_no_layers_and_missing_pairs_stay_empty():
    result = paired(layers=(0,)).drop(columns="layer")
    result.attrs["settings"] = {"analysis": "spelling"}
    result.loc[(result["language_a"] == "be") & (result["language_b"] == "en"), "value"] = np.nan
    figure = similarity_heatmap(result)
    assert figure.data[0].colorbar.title.text == "mean TNLD"
    assert len(figure.data[1].text) == 8
    one = similarity_heatmap(paired(("en",)))
    assert list(one.data[1].text) == ["1.00"]


def test_layers_that_are_not_there_are_refused():
    with pytest.raises(SettingsError, match="no layer 7; it has 0, 1, 2"):
        similarity_heatmap(paired(), layer=7)
    with pytest.raises(SettingsError, match="no rows"):
        similarity_heatmap(paired().iloc[:0])


@pytest.fixture
def forms():
    rows = [
        ("tr", "Vaşington", "PER", 3, "▁Va ş ington", 5),
        ("be", "Вашынгтон", "PER", 2, "▁ Вашынгтон", 7),
        ("be", "Вашынгтон", "LOC", 2, "▁ Вашынгтон", 2),
        ("be", "Вашынгтоне", "LOC", 3, "▁ Вашынгтон е", 8),
        ("be", "<b>&", "LOC", 2, "<b> &", 1),
        ("en", "\u200b", "LOC", 0, "", 1),
    ]
    return pd.DataFrame(rows, columns=["language", "text", "type", "n_pieces", "pieces", "count"])


def test_a_row_per_form_with_its_pieces_in_the_color_of_the_language(forms):
    figure = tokenization_table(forms)
    notes = list(figure.layout.annotations)
    texts = [note.text for note in notes]
    # Belarusian, the family first; Вашынгтон has 9 occurrences over both types, so it stands before Вашынгтоне.
    assert texts.index("Вашынгтон") < texts.index("Вашынгтоне") < texts.index("&lt;b&gt;&amp;")
    assert "no pieces" in texts
    chips = [note for note in notes if note.font.family == theme.MONO]
    assert [chip.text for chip in chips] == [
        *("▁", "Вашынгтон", "▁", "Вашынгтон", "е", "&lt;b&gt;", "&amp;"),
        *("▁Va", "ş", "ington"),
    ]
    boxes = [shape for shape in figure.layout.shapes if shape.type == "path"]
    assert [box.fillcolor for box in boxes] == [theme.language_color(code) for code in ["be"] * 7 + ["tr"] * 3]
    for chip, box in zip(chips, boxes, strict=True):
        assert theme.contrast(chip.font.color, box.fillcolor) > 3.5
    row = [chip for chip in chips if chip.y == chips[0].y]
    assert row[0].x < row[1].x


def test_the_most_frequent_forms_are_shown_and_the_rest_counted(forms):
    texts = [note.text for note in tokenization_table(forms, per_language=1).layout.annotations]
    assert "Вашынгтоне" not in texts
    assert "and 2 less frequent forms" in texts
    with pytest.raises(SettingsError, match="per_language=0 is not possible"):
        tokenization_table(forms, per_language=0)
