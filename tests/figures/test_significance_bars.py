"""Bars of systems beside a baseline: what is long, what is starred, and where the numbers stand."""

from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest

from embspace.analyses.significance import significance
from embspace.errors import SettingsError
from embspace.figures import significance as figures

significance_bars: Any = figures.significance_bars  # plotly has no types for what a figure holds


def scores(systems=("mBERT", "same", "<b>adjusted</b>"), languages=("es", "ru"), seeds=3):
    rng = np.random.default_rng(0)
    gains = {"mBERT": 0.5, "same": 0.5}
    rows = [
        (system, language, seed, example, gains.get(system, 0.8) + 0.1 * rng.normal())
        for system, language, seed, example in product(systems, languages, range(seeds), range(20))
    ]
    return pd.DataFrame(rows, columns=["system", "language", "seed", "example", "score"])


def test_a_panel_per_language_with_a_bar_per_system():
    result = significance(scores(), "mBERT", by=["language"])
    figure = significance_bars(result)
    bars, texts = figure.data[::2], figure.data[1::2]
    assert [note.text for note in figure.layout.annotations] == ["Spanish", "Russian"]
    for bar, text, (_, own) in zip(bars, texts, result.groupby("language", sort=False), strict=True):
        assert list(bar.x) == own["mean"].tolist() and list(bar.error_x.array) == own["deviation"].tolist()
        assert list(bar.y) == [0, 1, 2]
        assert [said.split() for said in text.text] == [
            [f"{mean:.3f}", stars] if stars else [f"{mean:.3f}"]
            for mean, stars in zip(own["mean"], own["stars"], strict=True)
        ]
        base, same, better = bar.marker.color
        assert len({base, same, better}) == 3  # the baseline, pale, strong
        assert all(text.x >= own["mean"] + own["deviation"]) and all(text.x >= own["mean"].iloc[0])
    assert list(figure.layout.yaxis.ticktext)[2] == "&lt;b&gt;adjusted&lt;/b&gt;"
    assert "&lt;b&gt;adjusted" in bars[0].customdata[2] and "paired t-test: p " in bars[0].customdata[2]
    assert [line.x0 for line in figure.layout.shapes] == result.loc[result["system"] == "mBERT", "mean"].tolist()
    assert figure.layout.title.text == "paired t-test against mBERT: * p &lt; 0.05, ** p &lt; 0.01, *** p &lt; 0.001"


def test_twelve_systems_in_eleven_languages_have_their_bars_below_each_other():
    names = ["mBERT", *(f"system {i}" for i in range(11))]
    codes = ("be", "bg", "ca", "cs", "en", "es", "pl", "ru", "sl", "tr", "uk")
    figure = significance_bars(significance(scores(names, codes, seeds=1), "mBERT", by=["language"]), dark=True)
    assert len(figure.data) == 22 and figure.layout.height / 4 > 12 * 20
    longest = max(max(bar.x) for bar in figure.data[::2])
    low, high = figure.layout.xaxis.range
    assert low == 0 and high > 1.3 * longest
    assert figure.layout.xaxis.title.text is None or figure.layout.xaxis.title.text == ""
    assert figure.layout.xaxis11.title.text == "mean score"


def test_worse_than_nothing_and_no_rows():
    frame = scores(languages=("es",)).assign(score=lambda rows: rows["score"] - 1)
    figure = significance_bars(significance(frame, "mBERT"))
    low, high = figure.layout.xaxis.range
    assert low < min(figure.data[0].x) and high > 0
    assert all(x >= 0 for x in figure.data[1].x)
    result = significance(scores(), "mBERT", by=["language"])
    with pytest.raises(SettingsError, match="no rows"):
        significance_bars(result.iloc[:0])
