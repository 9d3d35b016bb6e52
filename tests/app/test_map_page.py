"""The page of the map: several checkpoints, what plays, how far to trust it, selections."""

import shlex
import shutil
from dataclasses import replace

import pandas as pd
import pytest
from app_views import app, small
from typer.testing import CliRunner

import selections
import state
from choice import Choice
from embspace import cli
from embspace.corpora.catalog import add_corpus
from embspace.corpora.records import Sentence
from embspace.jobs.supervisor import all_jobs, submit
from embspace.progress import Silent
from embspace.workflows.project import make_maps
from map_lines import map_command, map_lines
from stored import Maps
from subject import Question, Subject
from widgets.show_examples import examples
from widgets.show_map import Plan, draw, plan_of, selected, shown_places
from widgets.show_selection import counts, sentence_table
from widgets.show_trust import trust_line


@pytest.fixture
def view(bert_folder, tmp_path):
    """Two checkpoints that are one, placed by PCA."""
    other = shutil.copytree(bert_folder, tmp_path / "tuned")
    return small(bert_folder, beside=(str(other),), method="pca")


@pytest.fixture
def maps(view, workspace):
    space, places = make_maps(view.config(), workspace, Silent())
    return Maps(space, places, (space,))


def captions(test):
    assert not test.exception
    assert not [error.value for error in test.error]
    return [one.value for one in test.caption]


def test_checkpoints_are_placed_by_one_job_and_shown(view, workspace):
    job = submit("project", view.config(), workspace)
    job.wait(120)
    test = app(view).run()
    assert len(test.get("plotly_chart")) == 3
    [line] = [text for text in captions(test) if text.startswith("trustworthiness")]
    assert line.endswith("moved 0.00 from " + view.checkpoint.rstrip("/").split("/")[-1] + ", 0% far")
    options = next(one for one in test.segmented_control if "layout" in one.key).options
    assert [one.content if hasattr(one, "content") else one for one in options] == [
        *("One layer", "Two layers", "Play", "Play checkpoints")
    ]


def test_what_plays_stands_in_the_address(view, workspace, maps):
    test = app(replace(view, beside=())).run()
    assert len(test.select_slider) == 1
    next(one for one in test.segmented_control if "layout" in one.key).set_value("layers").run()
    assert test.query_params["play"] == ["layers"] or test.query_params["play"] == "layers"
    assert len(test.select_slider) == 0  # the figure has one
    assert any(" – " in text for text in captions(test) if text.startswith("trustworthiness"))


def test_a_plan_has_a_panel_for_what_does_not_play(view, maps):
    layers = [0, 2]
    assert plan_of(view, maps, layers).panels == 4
    assert plan_of(replace(view, play="layers"), maps, [2]) == Plan(None, "layer", False, "language", "type", 2)
    assert plan_of(replace(view, play="checkpoints"), maps, layers).panels == 2
    alone = Maps(maps.space, maps.places)
    assert plan_of(replace(view, play="checkpoints"), alone, [2]).play == "no"


@pytest.mark.parametrize("play", ["no", "layers", "checkpoints"])
def test_a_figure_has_one_frame_and_its_rows_are_those_taken_away(view, maps, play):
    plan = plan_of(replace(view, play=play), maps, [1])
    figure = draw(plan, maps.places, False)
    assert len(figure.frames) == {"no": 0, "layers": 3, "checkpoints": 2}[play]
    places = shown_places(plan, maps.places)
    assert len(places) == {"no": 40, "layers": 120, "checkpoints": 40}[play]
    ranges = {tuple(axis.range) for axis in figure.select_xaxes()}
    assert len(ranges) == 1
    [(low, high)] = ranges
    assert low < maps.places["x"].min() and maps.places["x"].max() < high


def test_selected_points_are_words_once_whatever_the_layer(maps):
    event = type("Event", (), {"selection": {"points": [{"customdata": one} for one in (0, 20, 3, [63], 9999, None)]}})
    rows = selected(maps.places, event())
    assert rows.index.tolist() == [0, 3]


def test_trust_is_a_range_of_several_maps_and_nothing_without(maps):
    assert trust_line(maps, [0, 2], "no").startswith("trustworthiness ")
    bare = Maps(maps.space, maps.places.copy())
    bare.places.attrs = {}
    assert trust_line(bare, [0], "no") == ""


def test_a_stored_selection_is_marked_listed_and_removed(view, maps, workspace):
    view = replace(view, beside=(), selection="three")
    selections.save(selections.select("three", maps.space, maps.places.iloc[:3]), workspace)
    test = app(view).run()
    assert not test.exception and not test.error
    assert any("**3** **three**" in one.value for one in test.markdown)
    assert [one.label for one in test.get("page_link")] == ["Tokenization"] or len(test.get("page_link")) >= 1
    test.button(key="remove_three").click().run()
    assert selections.names(workspace) == []
    assert "selection" not in test.query_params
    assert not test.exception and not test.error


def test_a_selection_of_other_sentences_is_said(view, maps, workspace):
    made = selections.select("three", maps.space, maps.places.iloc[:3])
    selections.save(replace(made, space="another", corpus_fingerprint="another"), workspace)
    test = app(replace(view, beside=(), selection="three")).run()
    [message] = [one.value for one in test.error]
    assert "picked from other sentences" in message


def test_tokenization_takes_a_selection(bert_folder, workspace, maps, view):
    words = pd.DataFrame(maps.places.iloc[:2])
    selections.save(selections.select("two", maps.space, words), workspace)
    subject = Subject(per_type=5, languages=("be", "en"), checkpoints=(str(bert_folder),), selection="two")
    question = Question("tokenization", subject)
    submit("analyze", question.config(), workspace).wait(120)
    test = app(**question.to_address()).switch_page("views/tokenization.py").run()
    assert not test.exception and not test.error
    assert any(one.value.startswith("**two** · ") for one in test.markdown)
    assert test.query_params["selection"] in ("two", ["two"])
    next(one for one in test.button if one.label == "Show all").click().run()
    assert not test.exception
    assert "selection" not in test.query_params


@pytest.fixture
def tagged(workspace):
    """A corpus of two languages whose words have tags."""
    tags = ("B-LOC", "O", "O")
    rows = [
        Sentence(words, language, tags=tags, parallel=str(number))
        for number in range(4)
        for language, words in (("be", ("Мінск", "быў", "тут")), ("en", ("Minsk", "was", "here")))
    ]
    return add_corpus(rows, name="tagged", workspace=workspace)


@pytest.mark.parametrize(("corpus", "shape", "points"), [("tagged", "tag", 24), ("parallel-sample", "none", None)])
def test_the_words_of_any_corpus_are_on_the_map_and_below_it_is_the_way_to_other_pages(
    bert_folder, workspace, tagged, corpus, shape, points
):
    view = Choice(corpus=corpus, checkpoint=str(bert_folder), sentences=4, languages=("en", "be"), method="pca")
    space, _ = make_maps(view.config(), workspace, Silent())
    test = app(view).run()
    assert not test.exception and not test.error
    assert len(test.get("plotly_chart")) == 1
    assert next(one for one in test.selectbox if "map_shape" in one.key).value == shape
    assert test.query_params["corpus"] in (corpus, [corpus])
    assert "shape" not in test.query_params
    assert "Neighbors" in [one.label for one in test.get("page_link")]
    if points:
        assert space.n_words == points
        assert any("8 sentences, 24 words" in one.value for one in test.caption)


def test_one_run_after_transforms_is_shown_with_all_its_layers(bert_folder, workspace, tagged):
    view = Choice(corpus="tagged", checkpoint=str(bert_folder), method="pca", frame="joint", transforms=("center", "z"))
    make_maps(view.config(), workspace, Silent())
    test = app(replace(view, layers=(0, -1))).run()
    assert not test.exception and not test.error
    assert test.select_slider[0].options == ["embeddings", "layer 1", "output"]
    found = state.maps(view.config())
    assert found is not None and found.complete
    assert found.places.attrs["settings"]["frame"] == "joint"
    texts = [one.text for one in draw(plan_of(view, found, [2]), found.places, False).layout.annotations]
    assert texts == ["output", "centered per language, then z-normalized"]


def test_a_transform_that_is_not_possible_is_said(bert_folder, workspace, tagged):
    view = Choice(corpus="tagged", checkpoint=str(bert_folder), method="pca")
    make_maps(view.config(), workspace, Silent())
    view = replace(view, transforms=("rotate:xx",))
    test = app(view).run()
    assert not test.exception
    assert any("rotate" in one.value and "names no language" in one.value for one in test.error)


def test_a_large_map_is_offered_not_begun(bert_folder, workspace, tagged, monkeypatch):
    monkeypatch.setattr(state, "points", lambda config: 60_000)
    test = app(Choice(corpus="tagged", checkpoint=str(bert_folder), method="pca")).run()
    assert not test.exception and not test.error
    assert all_jobs(workspace) == []
    assert any("60,000 points in each layer" in one.value for one in test.markdown)
    next(one for one in test.button if one.label == "Make the map").click().run()
    [job] = all_jobs(workspace)
    assert not test.exception and "Make the map" not in [one.label for one in test.button]
    job.cancel()
    job.wait(60)


def test_examples_are_of_each_language(bert_folder, workspace, tagged):
    shown = examples(state.corpus(Choice(corpus="tagged").extraction()))
    assert shown["language"].tolist() == ["be", "en"] and shown["type"].isna().all()
    assert "<mark>" not in sentence_table(shown) and "Type" not in sentence_table(shown)


def test_rows_of_words_say_their_tags(bert_folder, workspace, tagged):
    config = Choice(corpus="tagged", checkpoint=str(bert_folder), method="pca").config()
    _, places = make_maps(config, workspace, Silent())
    rows = places.loc[places["layer"] == 2]
    assert counts(rows) == "O 16, B-LOC 8 · Belarusian 12, English 12"
    table = sentence_table(rows.head(1))
    assert "<th>Tag</th>" in table and "<td>B-LOC</td>" in table and "<mark>Мінск</mark>" in table


@pytest.mark.parametrize(
    ("frame", "expected"), [("chained", "--layers=-1"), ("joint", "--frame joint")], ids=["chained", "joint"]
)
def test_the_command_finds_what_the_page_stored(bert_folder, workspace, tagged, tmp_path, frame, expected):
    view = Choice(
        corpus="tagged", checkpoint=str(bert_folder), method="pca", frame=frame, transforms=("z",), languages=("en",)
    )
    make_maps(view.config(), workspace, Silent())
    before = sorted(workspace.maps.iterdir())
    line = map_command(view, state.entry("tagged"))
    assert expected in line and "--transform z" in line and "--symbol tag" in line
    page = tmp_path / "map.html"
    done = CliRunner().invoke(cli.app, [*shlex.split(line)[1:-1], str(page)])
    assert done.exit_code == 0, done.output
    assert page.stat().st_size > 5000
    assert sorted(workspace.maps.iterdir()) == before
    made = {}
    exec(map_lines(view, state.entry("tagged"), tables=False), made)
    assert made["space"].n_words == 12
    assert sorted(workspace.maps.iterdir()) == before
