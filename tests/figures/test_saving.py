import json
import os
import shutil
import sys
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import pytest
from plotly.subplots import make_subplots
from results import projected

from embspace.errors import SettingsError
from embspace.figures import theme
from embspace.figures.projection import projection_map
from embspace.figures.saving import picture_size, save


def test_html_works_offline_and_has_the_page_of_its_figure(tmp_path):
    for dark in (False, True):
        page = save(projection_map(projected(), dark=dark), tmp_path / "deep" / "map.html").read_text("utf-8")
        assert len(page) > 1_000_000
        assert 'src="http' not in page
        assert f"background:{theme.look(dark).page}" in page


def test_json_is_the_figure(tmp_path):
    figure: Any = projection_map(projected())
    stored = json.loads(save(figure, tmp_path / "map.json").read_text("utf-8"))
    assert len(stored["data"]) == len(figure.data)


def test_a_result_is_saved_as_csv(tmp_path):
    result = projected()
    path = save(result, str(tmp_path / "map.csv"))
    read = pd.read_csv(path)
    assert list(read.columns) == list(result.columns)
    assert read["pieces"].tolist() == result["pieces"].tolist()


@pytest.mark.parametrize("ending", ["svg", "png"])
def test_pictures_ask_for_kaleido_where_it_is_missing(tmp_path, monkeypatch, ending):
    monkeypatch.setattr("embspace.figures.saving.find_spec", lambda name: None)
    with pytest.raises(SettingsError, match=r'pip install "kaleido>=1"'):
        save(projection_map(projected()), tmp_path / f"map.{ending}")
    assert not list(tmp_path.glob("map*"))


@pytest.mark.skipif(
    not any(map(shutil.which, ("chromium", "google-chrome", "chrome"))) and os.environ.get("CI") != "true",
    reason="kaleido draws with Chromium; install it: apt-get install -y chromium",
)
def test_pictures_are_drawn_by_kaleido(tmp_path):
    assert save(projection_map(projected()), tmp_path / "map.svg").read_text("utf-8").startswith("<svg")


def test_a_picture_has_room_for_its_panels():
    assert picture_size(go.Figure()) == picture_size(make_subplots(2, 2)) == (700, 500)
    assert picture_size(make_subplots(3, 4)) == (1200, 720)
    assert picture_size(make_subplots(3, 4).update_layout(width=500, height=400)) == (500, 400)


def test_other_endings_are_refused_with_those_that_are_possible(tmp_path):
    with pytest.raises(SettingsError, match=r"map.gif: a figure is saved as .html, .json, .svg, .png, .pdf"):
        save(projection_map(projected()), tmp_path / "map.gif")
    with pytest.raises(SettingsError, match=r"map.html: a result is saved as .csv"):
        save(projected(), tmp_path / "map.html")


def test_the_door_of_the_room_offers_the_figures():
    import embspace.figures as figures

    assert figures.save is save
    assert figures.projection_map is projection_map
    assert all(callable(getattr(figures, name)) for name in figures.__all__)
    assert "embspace.figures.saving" in sys.modules
