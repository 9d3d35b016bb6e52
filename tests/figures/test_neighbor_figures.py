import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from embspace.analyses.hubness import COLUMNS as HUBS
from embspace.analyses.hubness import skewness
from embspace.analyses.neighbors import COLUMNS
from embspace.errors import SettingsError
from embspace.figures import hubness, neighbors, precision, theme
from embspace.figures.excerpts import excerpt, marked_line, right_to_left

# plotly has no types for what a figure holds
neighbors_table: Any = neighbors.neighbors_table
neighbors_html = neighbors.neighbors_html
hub_bars: Any = hubness.hub_bars
k_occurrence_histogram: Any = hubness.k_occurrence_histogram
precision_heatmap: Any = precision.precision_heatmap
ARABIC = "قال الشرطي إن المدينة"


def found(queries=2, layers=(0, 4), per_language=3):
    rows = []
    for layer in layers:
        for query in range(queries):
            asked = (layer, query, "police", "en", '<i>The</i> "police" came', 12, 18)
            for code, context, start in (("tr", "Polis & <b>geldi</b>", 0), ("ar", ARABIC, 4), ("be", "a паліцыя", 2)):
                for rank in range(1, per_language + 1):
                    word = context[start:].split()[0]
                    near = (
                        code,
                        rank,
                        9,
                        word,
                        context,
                        start,
                        start + len(word),
                        0.9 - rank / 10 - layer / 100,
                        False,
                    )
                    rows.append((*asked, *near))
    frame = pd.DataFrame(rows, columns=COLUMNS)
    frame.attrs["settings"] = {"analysis": "neighbors", "n_layers": 5, "metric": "cosine"}
    return frame


def test_a_line_per_neighbor_by_family_with_the_words_marked():
    figure = neighbors_table(found(), queries=1, per_language=2)
    texts = [note.text for note in figure.layout.annotations]
    plain = [re.sub("<[^>]*>|[\u2066-\u2069]", "", text) for text in texts]
    assert [name for name in plain if name.startswith("●")] == ["● English", "● Belarusian", "● Turkish", "● Arabic"]
    assert '&lt;i&gt;The&lt;/i&gt; "police" came' in plain
    assert plain.count("0.760") == 3
    assert "0.560" not in plain
    bold = [re.search("<b>(.*?)</b>", text)[1] for text in texts if "<b>" in text]  # pyright: ignore
    assert re.sub("<[^>]*>", "", bold[0]) == "police"
    assert bold[1:] == ["паліцыя"] * 2 + ["Polis"] * 2 + ["الشرطي"] * 2
    assert "and 1 more word asked for" in plain
    assert "output" in plain
    assert figure.layout.width > 0


def test_scripts_run_as_they_are_written():
    assert right_to_left(ARABIC)
    assert right_to_left("עיר 2020, T") is True
    assert not right_to_left("Вашынгтон")
    assert not right_to_left("12.5")
    line = marked_line(ARABIC, 4, 10, 90)
    assert line == "\u2067قال <b>الشرطي</b> إن المدينة\u2069"
    assert marked_line("a < b", 4, 5, 90, "#123456").startswith("\u2066a &lt; <b><span")
    page = neighbors_html(found(1), layer=0)
    assert '<td lang="ar" dir="rtl"' in page
    assert page.count('dir="rtl"') == 2 * 3
    assert '<bdi dir="rtl">الشرطي</bdi>' in page


def test_text_is_escaped_in_html():
    page = neighbors_html(found(), dark=True)
    assert "&lt;i&gt;The&lt;/i&gt; &quot;<mark" in page
    assert "Polis</mark> &amp; &lt;b&gt;geldi&lt;/b&gt;" in page
    assert "<b>" not in page
    assert theme.look(True).text in page
    assert page.count("<table") == 2
    assert page.count("<tr>") == 2 * (1 + 9)
    hostile = found(1, (0,)).assign(language='"><script>', text="<script>")
    assert "<script" not in neighbors_html(hostile)


def test_words_of_another_layer_stand_beside():
    result = found(1)
    result.loc[result["layer"] == 0, "text"] = "static<"
    page = neighbors_html(result, beside=0)
    assert page.count("<bdi") == 18
    assert page.count("static&lt;</bdi>") == 9
    assert ">embeddings</th>" in page
    assert "static" not in neighbors_html(result)


def test_layers_and_numbers_that_are_not_there_are_refused():
    with pytest.raises(SettingsError, match="no layer 3; it has 0, 4"):
        neighbors_table(found(), layer=3)
    assert "0.800" in neighbors_html(found(), layer=0)
    assert "0.760" in neighbors_html(found(), layer=-1)
    with pytest.raises(SettingsError, match="queries=0 are not possible"):
        neighbors_table(found(), queries=0)
    with pytest.raises(SettingsError, match="no rows"):
        neighbors_html(found().iloc[:0])


@given(st.text(min_size=1, max_size=300), st.data())
def test_an_excerpt_holds_the_word_and_is_short(text, data):
    start = data.draw(st.integers(0, len(text) - 1))
    stop = data.draw(st.integers(start + 1, len(text)))
    before, word, after = excerpt(text, start, stop, 60)
    assert word == text[start:stop]
    assert len(before + word + after) <= max(60, len(word)) + 2
    assert text[:start].endswith(before.removeprefix("…")) or before == "…"
    assert text[stop:].startswith(after.removesuffix("…")) or after == "…"


def counted():
    rows = []
    for one, other, counts in (("en", "ar", [40, 7, 0, 0]), ("ar", "en", [20, 2, 1, 0]), ("en", "en", [99, 3, 3, 3])):
        for at, count in enumerate(counts):
            context = "<The> شرطي"
            rows.append((2, one, other, at, ("شرطي", "<The>")[at % 2], context, 6, 10, count, sum(counts) / 4))
    frame = pd.DataFrame(rows, columns=HUBS)
    frame.attrs["settings"] = {"analysis": "hubness", "n_layers": 3, "k": 10}
    return frame


def test_the_largest_hubs_of_a_pair_with_their_counts():
    figure = hub_bars(counted(), most=3)
    bar = figure.data[0]
    assert list(bar.x) == [40, 7, 0]
    assert list(bar.text) == ["40", "7", "0"]
    assert set(bar.marker.color) == {theme.language_color("ar")}
    names = list(figure.layout.yaxis.ticktext)
    assert names == ["\u2067&lt;The&gt; <b>شرطي</b>\u2069"] * 3
    assert "&lt;The&gt; <b>شرطي</b>" in bar.customdata[0][0]
    assert "output · English → Arabic" in figure.layout.title.text
    assert list(hub_bars(counted(), language_b="en").data[0].x) == [99, 3, 3, 3]
    with pytest.raises(SettingsError, match="no words of ru that words of en were to find"):
        hub_bars(counted(), language_b="ru")


def test_the_distribution_of_counts_in_bins_of_double_width():
    figure = k_occurrence_histogram(counted())
    bar = figure.data[0]
    assert list(figure.layout.xaxis.ticktext) == ["0", "1", "2-3", "4-7", "8-15", "16-31", "32-63"]
    assert list(bar.y) == [2, None, None, 1, None, None, 1]
    assert f"skewness {skewness([40, 7, 0, 0]):.2f} · 50% never" in figure.layout.title.text
    assert list(k_occurrence_histogram(counted().assign(count=0)).data[0].y) == [4, None]
    assert np.isfinite(figure.layout.yaxis.range).all()


def test_precision_at_one_k_per_direction():
    rows = [(2, a, b, k, k / 10 + (a == "be") / 4, 9, 9, 0) for a, b in (("be", "en"), ("en", "be")) for k in (1, 5)]
    frame = pd.DataFrame(
        rows, columns=["layer", "language_a", "language_b", "k", "value", "n", "candidates", "missing"]
    )
    frame.attrs["settings"] = {"analysis": "precision_at_k", "n_layers": 3}
    heat = precision_heatmap(frame).data[0]
    assert list(heat.y) == ["Belarusian", "English"]
    assert heat.z[0][1] == pytest.approx(0.35)
    assert heat.z[1][0] == pytest.approx(0.1)
    assert heat.colorbar.title.text == "precision at 1"
    assert precision_heatmap(frame, k="5").data[0].z[1][0] == pytest.approx(0.5)
    with pytest.raises(SettingsError, match="no precision at 2; it has 1, 5"):
        precision_heatmap(frame, k=2)


def starred(others=("be", "ru", "tr"), layers=(1, 2)):
    """Precision of all directions to and from English."""
    pairs = [pair for other in others for pair in ((other, "en"), ("en", other))]
    rows = [
        (layer, a, b, 1, layer / 10 + (ord(a[0]) - ord(b[0])) / 100 + 0.3, 9, 20, 0)
        for layer in layers
        for a, b in pairs
    ]
    columns = ["layer", "language_a", "language_b", "k", "value", "n", "candidates", "missing"]
    frame = pd.DataFrame(rows, columns=columns)
    frame.attrs["settings"] = {"analysis": "precision_at_k", "n_layers": 3}
    return frame


def test_precision_with_one_language_is_drawn_as_bars_of_both_directions():
    frame = starred()
    figure = precision_heatmap(frame)
    assert [bar.type for bar in figure.data] == ["bar", "bar"]
    assert [one.text for one in figure.layout.annotations] == ["to English", "from English"]
    own = frame[frame["layer"] == 2].set_index(["language_a", "language_b"])["value"]
    codes = theme.by_family(["be", "ru", "tr"])
    assert list(figure.data[0].x) == [own[(code, "en")] for code in codes]
    assert list(figure.data[1].x) == [own[("en", code)] for code in codes]
    assert list(figure.data[0].marker.color) == [theme.language_color(code) for code in codes]
    assert figure.data[1].customdata[0][0] == "English → Belarusian"
    assert figure.layout.title.text == "output"
    assert precision_heatmap(frame, layer=1).data[0].x[0] == pytest.approx(own[(codes[0], "en")] - 0.1)
    frame.loc[(frame["language_a"] == "tr") & (frame["layer"] == 2), "value"] = np.nan
    assert list(precision_heatmap(frame).data[0].text)[-1] == ""
    with pytest.raises(SettingsError, match="no layer 0; it has 1, 2"):
        precision_heatmap(frame, layer=0)


def test_few_or_all_pairs_stay_a_heat_map():
    assert precision_heatmap(starred(("be", "ru"))).data[0].type == "heatmap"
    both = starred(("be", "ru", "tr"))
    more = both.iloc[:1].assign(language_b="ru")
    both = pd.concat([both, more], ignore_index=True)
    both.attrs["settings"] = {"n_layers": 3}
    assert precision_heatmap(both).data[0].type == "heatmap"
    with pytest.raises(SettingsError, match="not all of one language"):
        precision.precision_bars(both)
