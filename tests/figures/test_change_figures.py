from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest
from results import paired

from embspace.errors import SettingsError
from embspace.figures import change, cka, neighbor_overlap, relatedness, similarity, theme

# plotly has no types for what a figure holds
cka_heatmap: Any = cka.cka_heatmap
drift_bars: Any = change.drift_bars
overlap_curves: Any = neighbor_overlap.overlap_curves
relatedness_histograms: Any = relatedness.relatedness_histograms
similarity_curves: Any = similarity.similarity_curves
similarity_heatmap: Any = similarity.similarity_heatmap


def settings(*checkpoints, **more):
    return {"spaces": [{"checkpoint": one, "space": at, "n_layers": 3} for at, one in enumerate(checkpoints)], **more}


def counted(checkpoints=("original", "<adjusted>"), layers=(1, 2), metrics=("l2", "cosine")):
    rows = [
        (checkpoint, layer, metric, kind, low, low + 2.0, count, 0.9, 1.25)
        for checkpoint, layer, metric, (kind, counts) in product(
            checkpoints, layers, metrics, (("related", (3, 1, 0)), ("unrelated", (0, 2, 6)))
        )
        for low, count in zip((0.0, 2.0, 4.0), counts, strict=True)
    ]
    columns = ["checkpoint", "layer", "metric", "kind", "low", "high", "count", "auc", "difference"]
    frame = pd.DataFrame(rows, columns=columns)
    frame.attrs["settings"] = settings(*checkpoints)
    return frame


def texts(figure):
    return [one.text for one in figure.layout.annotations]


def test_two_histograms_of_area_one_in_a_panel_per_checkpoint():
    figure = relatedness_histograms(counted())
    assert [trace.name for trace in figure.data] == ["unrelated words", "related words"] * 2
    assert [trace.xaxis for trace in figure.data] == ["x", "x", "x2", "x2"]
    unrelated, related = figure.data[:2]
    assert list(related.x) == [0, 0, 2, 4, 6] and related.line.shape == "hv"
    assert np.allclose(related.y, [0, 3 / 8, 1 / 8, 0, 0])
    assert np.allclose(unrelated.y, [0, 0, 1 / 8, 3 / 8, 0])
    assert texts(figure)[:2] == ["original, output", "&lt;adjusted&gt;, output"]
    assert texts(figure)[2] == "AUC <b>0.900</b><br>difference <b>1.25</b>"
    assert figure.layout.annotations[3].xref == "x2 domain"
    assert [trace.showlegend for trace in figure.data] == [True, True, False, False]
    assert figure.layout.xaxis2.matches == "x"
    assert figure.layout.yaxis.range[0] == 0 and figure.layout.yaxis.range[1] > 1.1 * 3 / 8  # room for the numbers


def test_a_layer_and_a_metric_of_the_distances_may_be_chosen():
    figure = relatedness_histograms(counted(("one",)), layer=1, metric="cosine", dark=True)
    assert len(figure.data) == 2 and figure.layout.xaxis.title.text == "cosine distance"
    assert figure.data[1].line.color == theme.two_colors(True)[0]
    relatedness_histograms(counted(), layer=-2)
    with pytest.raises(SettingsError, match="no layer 0 of original; it has 1, 2"):
        relatedness_histograms(counted(), layer=0)
    with pytest.raises(SettingsError, match="no metric 'l1'; it has l2, cosine"):
        relatedness_histograms(counted(), metric="l1")
    with pytest.raises(SettingsError, match="no rows"):
        relatedness_histograms(counted().iloc[:0])


@pytest.mark.parametrize("dark", [False, True])
def test_two_colors_are_told_apart_in_gray_and_seen_on_the_page(dark):
    one, other = theme.two_colors(dark)
    assert theme.contrast(one, other) > 1.8
    assert theme.contrast(one, theme.look(dark).page) > 1.8 and theme.contrast(other, theme.look(dark).page) > 1.8


def alike():
    frame = pd.DataFrame(
        [(a, b, 1.0 if a == b else 0.5 + 0.1 * b, 40) for a in range(3) for b in range(3)],
        columns=["layer", "layer_after", "value", "n"],
    )
    frame.attrs["settings"] = settings("a<b", "c")
    return frame


def test_a_cell_per_pair_of_layers_before_upward_after_to_the_right():
    figure = cka_heatmap(alike())
    heat, numbers = figure.data
    assert list(heat.x) == list(heat.y) == ["embeddings", "layer 1", "output"]
    assert heat.z[0][2] == pytest.approx(0.7) and heat.z[2][0] == pytest.approx(0.5)
    at = list(zip(numbers.x, numbers.y, strict=True)).index(("output", "embeddings"))
    assert numbers.text[at] == "0.70"
    assert figure.layout.yaxis.title.text == "layer of a&lt;b" and figure.layout.xaxis.title.text == "layer of c"
    assert figure.layout.yaxis.autorange is None
    same = alike()
    same.attrs["settings"] = settings("a", "a")
    assert cka_heatmap(same).layout.xaxis.title.text == "layer of a, after"


def moved(count=10):
    rows = [
        (layer, layer, f"<w{n}>", "tr", 0.01 * n + layer, 2.0 - 0.1 * n, n) for layer in (1, 2) for n in range(1, count)
    ]
    frame = pd.DataFrame(rows, columns=["layer", "layer_after", "text", "language", "cosine", "l2", "n"])
    frame.attrs["settings"] = settings("a", "b")
    return frame.sample(frac=1, random_state=0)


def test_the_words_that_moved_most_and_least():
    figure = drift_bars(moved(), top=3)
    most, least = figure.data
    assert np.allclose(most.x, [2.09, 2.08, 2.07]) and np.allclose(least.x, [2.01, 2.02, 2.03])
    assert figure.layout.yaxis.ticktext[0] == "&lt;w9&gt; <i>tr</i>"
    assert figure.layout.yaxis2.ticktext[0] == "&lt;w1&gt; <i>tr</i>"
    assert texts(figure) == ["moved most", "moved least"]
    assert most.customdata[0][0] == "&lt;w9&gt;, Turkish" and most.marker.color[0] == theme.language_color("tr")
    assert np.allclose(drift_bars(moved(), layer=1, top=3, measure="l2").data[0].x, [1.9, 1.8, 1.7])
    assert np.allclose(drift_bars(moved(), top=3, least=3).data[1].x, [2.03, 2.04, 2.05])


def test_few_words_or_languages_stand_in_one_panel():
    assert len(drift_bars(moved(4)).data[0].x) == 3
    frame = moved(4).sort_values(["layer", "n"]).drop(columns="text").assign(language=["all", "be", "tr"] * 2)
    frame.attrs["settings"] = settings("a", "b")
    figure = drift_bars(frame)
    assert sorted(figure.layout.yaxis.ticktext) == ["Belarusian", "Turkish", "all words"]
    with pytest.raises(SettingsError, match="no layer 0; it has 1, 2"):
        drift_bars(moved(), layer=0)
    with pytest.raises(SettingsError, match="occurs 99 times"):
        drift_bars(moved(), least=99)
    with pytest.raises(SettingsError, match='by="form"'):
        drift_bars(moved().drop(columns="n"))


def test_curves_of_neighbors_that_stay():
    rows = [(layer, layer + 1, code, 0.3 * layer + 0.1, 9) for layer in (0, 1) for code in ("all", "tr", "be")]
    frame = pd.DataFrame(rows, columns=["layer", "layer_after", "language", "value", "n"])
    frame.attrs["settings"] = settings("a", "a", k=7)
    figure = overlap_curves(frame)
    assert [trace.name for trace in figure.data] == ["Belarusian", "Turkish", "all words"]
    assert list(figure.layout.xaxis.ticktext) == ["embeddings → 1", "1 → output"]
    assert figure.layout.yaxis.title.text == "overlap of the 7 nearest neighbors"
    assert np.allclose(figure.data[0].y, [0.1, 0.4]) and figure.data[2].line.dash == "dash"
    assert sorted(texts(figure)) == ["Belarusian", "Turkish", "all words"]
    for draw in (overlap_curves, cka_heatmap, drift_bars, similarity_curves):
        with pytest.raises(SettingsError, match="no rows"):
            draw(frame.iloc[:0])


def test_curves_of_similarity_to_a_language_a_panel_per_checkpoint():
    figure = similarity_curves(paired())
    assert [trace.name for trace in figure.data] == ["Belarusian", "Turkish"]
    assert list(figure.layout.xaxis.ticktext) == ["embeddings", "1", "output"]
    own = paired().query("language_a == 'tr' and language_b == 'en'")["value"]
    assert np.allclose(figure.data[1].y, own)
    assert texts(figure) == ["Belarusian", "Turkish"]
    assert figure.layout.yaxis.title.text == "mean cosine with English"
    both = pd.concat([paired().assign(checkpoint="a"), paired(layers=(0, 1)).assign(checkpoint="b")])
    both.attrs["settings"] = settings("a", "b")
    figure = similarity_curves(both, "tr")
    assert [trace.xaxis for trace in figure.data] == ["x", "x", "x2", "x2"]
    assert texts(figure) == ["a", "b", "Belarusian", "English"]
    assert [one.xref for one in figure.layout.annotations[2:]] == ["x2", "x2"]
    with pytest.raises(SettingsError, match="no other language beside 'ru'; it has be, en, tr"):
        similarity_curves(both, "ru")
    assert similarity_heatmap(both, checkpoint="b").layout.title.text == "b, layer 1"
    assert similarity_heatmap(both).layout.title.text == "a, output"
    both.attrs["settings"]["spaces"][1]["transforms"] = ["z"]
    assert texts(similarity_heatmap(both)) == [] and texts(similarity_heatmap(both, checkpoint="b")) == ["z-normalized"]
    assert similarity_heatmap(paired().assign(checkpoint="a")).layout.title.text == "output"
    with pytest.raises(SettingsError, match="no checkpoint 'c'; it has a, b"):
        similarity_heatmap(both, checkpoint="c")


def test_bars_of_drift_have_their_numbers_and_room_for_them():
    figure = drift_bars(moved(), top=2)
    for bars in figure.data:
        assert [float(text) for text in bars.text] == pytest.approx(list(bars.x), rel=6e-3)
    low, high = figure.layout.xaxis.range
    assert low == 0 and high > 1.1 * max(max(bars.x) for bars in figure.data)
    assert drift_bars(moved().assign(cosine=0.0)).layout.xaxis.range[1] > 0


def test_layers_of_cka_are_numbers_beside_a_title_that_names_the_model():
    figure = cka_heatmap(alike())
    assert not any("layer" in text for text in (*figure.layout.xaxis.ticktext, *figure.layout.yaxis.ticktext))
    assert figure.layout.yaxis.title.text.startswith("layer of") and figure.layout.yaxis.title.standoff >= 10
