"""Scores of settings as dots, and over epochs as lines."""

from typing import Any

import pandas as pd
import pytest

from embspace.errors import SettingsError
from embspace.figures import theme
from embspace.figures.setting_curves import setting_curves
from embspace.figures.setting_scores import setting_scores

DOTS = pd.DataFrame(
    [("none", "ru", 60.0, 1.0, 3, "ML"), ("3", "ru", 65.0, 0.5, 3, "ML"), ("3", "en", 70.0, float("nan"), 1, "<CL>")],
    columns=["setting", "language", "mean", "deviation", "n", "group"],
)
CURVES = pd.DataFrame(
    [
        (setting, "ru", seed, epoch, 50.0 + 5 * epoch + seed)
        for setting in ("none", "2", "3")
        for seed in (0, 1)
        for epoch in (1, 2)
    ],
    columns=["setting", "language", "seed", "epoch", "f1"],
)


def test_dots_are_means_with_their_deviation_in_the_colors_of_languages() -> None:
    traces: Any = setting_scores(DOTS.drop(columns="group")).data
    assert [one.name for one in traces] == ["Russian", "English"]
    russian, english = traces
    assert list(russian.y) == [60, 65] and list(russian.error_y.array) == [1, 0.5]
    assert russian.x[1] - russian.x[0] == 1 and english.x[0] > russian.x[1]  # side by side at the same setting
    assert russian.marker.color == theme.language_color("ru")
    assert "± 1 of 3 seeds" in russian.customdata[0] and "one seed" in english.customdata[0]
    alone: Any = setting_scores(DOTS.drop(columns="group"), joined=False).data[0]
    assert alone.mode == "markers"


def test_groups_are_panels_whose_names_are_escaped() -> None:
    figure: Any = setting_scores(DOTS)
    assert [one.text for one in figure.layout.annotations] == ["ML", "&lt;CL&gt;"]
    assert {one.xaxis for one in figure.data} == {"x", "x2"}


def test_curves_have_a_line_and_a_band_for_each_setting() -> None:
    figure: Any = setting_curves(CURVES)
    lines = [one for one in figure.data if one.mode == "lines+markers"]
    assert [one.name for one in lines] == ["none", "2", "3"]
    assert list(lines[0].y) == [55.5, 60.5] and lines[0].line.dash == "dash"
    assert len({one.line.color for one in lines}) == 3
    assert len(figure.data) == 6
    alone: Any = setting_curves(CURVES.loc[CURVES["seed"] == 0])
    assert len(alone.data) == 3


@pytest.mark.parametrize(("draw", "result"), [(setting_scores, DOTS), (setting_curves, CURVES)])
def test_nothing_to_draw_is_refused(draw: Any, result: pd.DataFrame) -> None:
    with pytest.raises(SettingsError, match="no rows"):
        draw(result.iloc[:0])
