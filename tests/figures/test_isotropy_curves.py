from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from results import ELEVEN

from embspace.errors import SettingsError
from embspace.figures import isotropy, theme
from embspace.figures.line_ends import apart

isotropy_curves: Any = isotropy.isotropy_curves


def curves(codes=("tr", "ru", "be"), measures=("mean_cosine",)):
    rows = [
        (layer, code, measure, 0.9 - 0.1 * layer, 0.85 - 0.1 * layer, 0.93 - 0.1 * layer, 40)
        for layer in (0, 1, 2)
        for code in codes
        for measure in measures
    ]
    result = pd.DataFrame(rows, columns=["layer", "language", "measure", "value", "low", "high", "n"])
    result = result.sample(frac=1, random_state=0)
    result.attrs["settings"] = {"n_layers": 3}
    return result


def lines(figure):
    return [one for one in figure.data if one.mode == "lines+markers"]


def test_a_line_per_language_over_the_layers():
    figure = isotropy_curves(curves())
    assert [line.name for line in lines(figure)] == ["Belarusian", "Russian", "Turkish"]
    for line, code in zip(lines(figure), ("be", "ru", "tr"), strict=True):
        assert list(line.x) == [0, 1, 2]
        assert np.allclose(line.y, [0.9, 0.8, 0.7])
        assert line.line.color == theme.language_color(code)
    assert len({line.marker.symbol for line in lines(figure)}) == 3
    assert list(figure.layout.xaxis.ticktext) == ["embeddings", "1", "output"]
    with pytest.raises(SettingsError, match="no rows"):
        isotropy_curves(curves().iloc[:0])


def test_the_interval_is_a_band_behind_the_lines():
    figure = isotropy_curves(curves())
    bands = [one for one in figure.data if one.fill == "toself"]
    assert len(bands) == 3 and figure.data[:3] == tuple(bands)
    assert list(bands[0].x) == [0, 1, 2, 2, 1, 0]
    assert np.allclose(bands[0].y, [0.85, 0.75, 0.65, 0.73, 0.83, 0.93])
    low, high = figure.layout.yaxis.range
    assert low < 0.65 and high > 0.93
    assert not [one for one in isotropy_curves(curves(), bands=False).data if one.fill]
    without = curves().drop(columns=["low", "high", "measure"])
    assert len(isotropy_curves(without).data) == 3
    half = curves()
    half.loc[half["layer"] == 0, ["low", "high"]] = np.nan
    assert list(isotropy_curves(half).data[0].x) == [1, 2, 2, 1]


def test_names_stand_at_the_ends_of_lines_and_not_over_each_other():
    figure = isotropy_curves(curves(ELEVEN))
    notes = figure.layout.annotations
    assert [note.text for note in notes] == [theme.language_name(code) for code in theme.by_family(ELEVEN)]
    assert {(note.x, round(note.y, 9)) for note in notes} == {(2, 0.7)}
    assert figure.layout.showlegend is False
    assert np.diff(sorted(note.ay for note in notes)).min() >= 15
    many = isotropy_curves(curves([f"x{number:02}" for number in range(20)]))
    assert not many.layout.annotations and many.layout.showlegend is not False
    assert [line.legendgrouptitle.text for line in lines(many)][:2] == ["Other", None]


def test_a_measure_is_chosen_and_named():
    result = curves(measures=("mean_cosine", "partition", "isoscore"))
    result.loc[result["measure"] == "partition", "value"] = 1e-9
    assert isotropy_curves(result).layout.yaxis.title.text == isotropy.TITLES[result["measure"].iloc[0]]
    figure = isotropy_curves(result, "partition")
    assert figure.layout.yaxis.type == "log" and figure.layout.annotations[0].y == pytest.approx(-9)
    assert len(lines(isotropy_curves(result, "isoscore"))) == 3
    with pytest.raises(SettingsError, match="no measure 'top_1'; it has"):
        isotropy_curves(result, "top_1")


def test_checkpoints_differ_by_their_dashes():
    result = pd.concat([curves().assign(checkpoint=one) for one in ("mini", "<b>")])
    figure = isotropy_curves(result, dark=True)
    found = lines(figure)
    assert len(found) == 6 and [one.line.dash for one in found[:2]] == ["solid", "dash"]
    keys = [one for one in figure.data if one.showlegend is not False]
    assert [(one.name, one.line.dash) for one in keys] == [("mini", "solid"), ("&lt;b&gt;", "dash")]
    assert len(figure.layout.annotations) == 3
    assert all("<b>," not in one.hovertemplate for one in found)


def test_what_was_done_to_the_vectors_is_said():
    result = curves()
    result.attrs["settings"]["transforms"] = ["center"]
    texts = [one.text for one in isotropy_curves(result).layout.annotations]
    assert any("centered" in text for text in texts)


@given(st.lists(st.floats(-1000, 1000), max_size=12))
@settings(deadline=None, max_examples=60)
def test_places_are_moved_apart_no_more_than_needed(places):
    moved = apart(places, 10)
    assert len(moved) == len(places)
    order = np.argsort(places, kind="stable")
    gaps = np.diff(np.array(moved)[order]) if places else np.array([])
    assert (gaps >= 10 - 1e-6).all()
    if not len(gaps) or np.diff(np.sort(places)).min() >= 10:
        assert np.allclose(moved, places)
    assert np.isclose(np.mean(moved) if places else 0, np.mean(places) if places else 0)
