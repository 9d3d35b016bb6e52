from typing import Any

import numpy as np
import pandas as pd
import pytest

from embspace.errors import SettingsError
from embspace.figures import grouping, theme

# plotly has no types for what a figure holds
grouping_curves: Any = grouping.grouping_curves
variance_shares: Any = grouping.variance_shares


def made(kinds=("mini",), layers=(0, 1, 2), by=("language", "type")):
    rows = []
    for kind in kinds:
        for layer in layers:
            for at, one in enumerate(by):
                rows.append((kind, layer, "silhouette", one, 0.3 - 0.2 * at + 0.1 * layer, 0.0, np.nan, np.nan, 90, ""))
                rows.append((kind, layer, "purity", one, 0.75, (0.1, 0.5)[at], np.nan, np.nan, 50, ""))
                rows.append((kind, layer, "nearer", one, (0.9, 0.1)[at], 0.5, np.nan, np.nan, 90, ""))
            for term, share in zip((*by, "interaction", "rest"), (0.6, 0.1, 0.1, 0.2), strict=True):
                rows.append((kind, layer, "variance", term, share, 0.01, 12.5, 0.002, 90, ""))
    columns = ["checkpoint", "layer", "measure", "factor", "value", "chance", "f", "p", "n", "why"]
    frame = pd.DataFrame(rows, columns=columns).sample(frac=1, random_state=0)
    order = [one for kind in kinds for one in frame.index[frame["checkpoint"] == kind]]
    frame = frame.loc[sorted(order)]
    frame.attrs["settings"] = {"analysis": "grouping", "n_layers": 3}
    return frame


def test_a_panel_per_measure_with_a_line_per_factor_above_chance():
    figure = grouping_curves(made())
    titles = [note.text for note in figure.layout.annotations if "<span" not in note.text]
    assert titles == ["silhouette", "purity of neighbors", "nearer to its own", "variance"]
    lines = {(line.yaxis, line.name): line for line in figure.data}
    assert len(lines) == 8
    assert np.allclose(lines["y", "language"].y, [0.3, 0.4, 0.5])
    assert np.allclose(lines["y2", "language"].y, (0.75 - 0.1) / 0.9)
    assert np.allclose(lines["y2", "type"].y, 0.5)
    assert np.allclose(lines["y3", "type"].y, 0.1)
    assert np.allclose(lines["y4", "language"].y, 0.59 / 0.99)
    assert list(lines["y2", "type"].customdata[2]) == ["output", "0.750", "<br>chance 0.500", 50]
    # Factors differ by color, dash and marker.
    one, other = lines["y", "language"], lines["y", "type"]
    assert one.line.dash != other.line.dash
    assert one.marker.symbol != other.marker.symbol
    assert one.line.color != other.line.color
    names = [note.text for note in figure.layout.annotations if note.text.endswith("</span> language")]
    assert names == [f'<span style="color:{one.line.color}">●</span> language'] * 4


def test_several_checkpoints_have_a_row_each():
    figure = grouping_curves(made(("mini", "a<b")), measures=("silhouette", "purity"))
    assert len(figure.data) == 2 * 2 * 2
    assert "a&lt;b" in [note.text for note in figure.layout.annotations]
    # The panels of a measure share their span.
    assert figure.layout.yaxis.range == figure.layout.yaxis3.range


def test_what_is_not_known_is_left_out():
    result = made()
    result.loc[result["factor"] == "type", "value"] = np.nan
    figure = grouping_curves(result)
    assert not any(note.text.endswith("> type") for note in figure.layout.annotations)
    assert any(note.text.endswith("> language") for note in figure.layout.annotations)
    with pytest.raises(SettingsError, match="no rows"):
        grouping_curves(made().iloc[:0])
    with pytest.raises(SettingsError, match="none of spread"):
        grouping_curves(made(), measures=("spread",))


def test_shares_of_variance_are_stacked_and_named():
    figure = variance_shares(made())
    assert [bar.name for bar in figure.data] == ["language", "type", "interaction", "rest"]
    assert np.allclose(sum(np.array(bar.y) for bar in figure.data), 1)
    assert list(figure.data[0].text) == ["60%"] * 3
    assert figure.data[0].customdata[0][1] == "<br>pseudo-F 12.5, p = 0.002<br>90 words"
    names = {note.text: note.y for note in figure.layout.annotations}
    assert list(names) == ["language", "type beyond language", "interaction", "rest"]
    assert names["language"] == pytest.approx(0.3)
    assert names["rest"] == pytest.approx(0.9)
    patterns = [bar.marker.pattern.shape for bar in figure.data[:3]]
    assert len(set(patterns)) == 3
    assert theme.contrast(figure.data[0].insidetextfont.color, figure.data[0].marker.color) > 3.5
    assert len(variance_shares(made(), layer=2).data[0].y) == 1
    with pytest.raises(SettingsError, match="no shares of variance"):
        variance_shares(made(), layer=7)
