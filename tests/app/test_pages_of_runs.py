"""Pages of what trainings predicted, and pages of analyses of their steps."""

import json
import shlex

import pandas as pd
import plotly.graph_objects as go
import pytest
from app_views import app
from typer.testing import CliRunner

import state
from embspace import cli
from embspace.progress import Silent
from embspace.workflows.analyze import make_tables
from embspace.workflows.stored_predictions import keep_predictions, stored_predictions
from predicted import label
from python_lines import analysis_command, analysis_lines
from screen import OVER_STEPS
from subject import Question, Subject
from widgets.pick_predictions import shown

STEPS = Subject(words=(), per_type=3, languages=("en", "ru"), checkpoints=("job:en-job@4", "job:en-job@0"))


@pytest.fixture
def made(taught, monkeypatch):
    """Whatever a page asks for is there at once."""
    monkeypatch.setattr(state, "tables", lambda config: (make_tables(config, taught, Silent())[1], ()))


def page(question):
    return app(**question.to_address()).switch_page(f"views/{question.analysis}.py")


def one_of(elements, label):
    return next(one for one in elements if one.label == label)


def references(test):
    """What the address names; one alone is no list."""
    found = test.query_params.get("files", [])
    return (found,) if isinstance(found, str) else tuple(found)


def files(test):
    return [one.rpartition("/")[2] for one in references(test)]


def test_predictions_of_trainings_are_chosen_added_and_removed(taught, made):
    test = page(Question("confusion")).run()
    assert not test.exception and not test.error and not test.get("plotly_chart")
    [choice] = test.multiselect
    assert len(choice.options) == 3 and all("SyntheticNER, English, Russian" in one for one in choice.options)
    choice.set_value(["job:en-job"]).run()
    one_of(test.button, "Show").click().run()
    assert not test.exception and not test.error and len(test.get("plotly_chart")) == 1
    assert references(test) == keep_predictions(["job:en-job"], taught)
    add = one_of(test.selectbox, "Stored")
    assert len(add.options) == 2
    add.set_value("job:ru-job/2").run()
    assert not test.exception and files(test) == ["job_en-job.parquet", "job_ru-job_2.parquet"]
    assert any("trained on Russian, seed 2" in one.value for one in test.markdown)
    assert one_of(test.selectbox, "language").value == "all" and len(test.dataframe[0].value) == 2 * 2 * 9
    one_of(test.selectbox, "language").set_value("ru").run()
    assert len(test.dataframe[0].value) == 2 * 9 and test.query_params["draw_language"] == "ru"
    one_of(test.segmented_control, "Labels").set_value("types").run()
    assert test.query_params["labels"] == "types" and not test.error
    next(one for one in test.button if one.help.startswith("Remove")).click().run()
    assert files(test) == ["job_ru-job_2.parquet"] and not test.exception
    assert page(Question("confusion", files=references(test))).run().get("plotly_chart")


def test_a_file_without_gold_is_refused_and_one_with_it_comes_beside(taught, made, tmp_path):
    [kept] = keep_predictions(["job:en-job"], taught)
    path = tmp_path / "mine.csv"
    table = stored_predictions(taught)[0].table().drop(columns=["system", "train", "seed"])
    table.drop(columns="gold").to_csv(path, index=False)
    test = page(Question("confusion", files=(kept,))).run()
    one_of(test.text_input, "Or a path on this machine").set_value(str(path)).run()
    assert not test.exception and any("no column 'gold'" in one.value.replace("\\", "") for one in test.error)
    table.to_csv(path, index=False)
    one_of(test.text_input, "Or a path on this machine").set_value(f"{path} ").run()
    assert not test.exception and not test.error and files(test) == ["job_en-job.parquet", "mine.csv"]


def test_without_predictions_it_is_said_where_they_come_from(workspace):
    for name in ("confusion", "organizations", "transfer"):
        test = page(Question(name)).run()
        assert not test.exception and "fine-tune a model on the page Jobs" in test.info[0].value
        assert any("`predicted`" in one.value for one in test.markdown)
        assert any("`train`" in one.value for one in test.markdown) == (name == "transfer")


def test_errors_of_trainings_stand_against_the_spellings_of_all_entities(taught, made):
    question = Question("transfer", files=keep_predictions(["job:en-job", "job:ru-job"], taught))
    test = page(question).run()
    assert not test.exception and not test.error and len(test.get("plotly_chart")) == 1
    assert not any(one.label == "Words" for one in test.multiselect)
    [space] = question.config().spaces
    assert space.entities == () and Question("spelling").config().spaces[0].entities == ("Washington",)
    test = page(Question("transfer", Subject(languages=("be", "en")), files=question.files)).run()
    assert not test.exception and any("has no sentences in ru" in one.value for one in test.error)


QUESTIONS = [
    Question("isotropy_change", Subject(checkpoints=("job:en-job", "job:ru-job")), {"every": 2}),
    Question("isotropy_change", Subject(checkpoints=("job:en-job",), transforms=("center",)), {"every": 2}),
    Question("similarity", Subject(checkpoints=("job:en-job@steps",))),
    *(Question(name, STEPS) for name in ("similarity", "isotropy", "grouping", "relatedness")),
]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda one: f"{one.analysis} {one.subject.checkpoints[0]}")
def test_the_lines_and_the_command_make_what_the_page_shows(taught, question):
    wanted = make_tables(question.config(), taught, Silent())[1]
    found = {}
    lines = analysis_lines(question)
    exec(compile(lines, "lines", "exec"), found)
    pd.testing.assert_frame_equal(found["result"], wanted[question.analysis])
    drawn = [one for one in lines.splitlines() if one.startswith("es.figures.")]
    assert drawn and all(isinstance(eval(one, found), go.Figure) for one in drawn)
    done = CliRunner().invoke(cli.app, [*shlex.split(analysis_command(question))[1:], "--json"])
    assert done.exit_code == 0, done.output
    rows = json.loads(done.stdout[done.stdout.index("{") :])["tables"]
    assert {name: len(table) for name, table in rows.items()} == {name: len(table) for name, table in wanted.items()}
    assert len(list(taught.results.iterdir())) == 1


@pytest.mark.parametrize("name", ["similarity", "isotropy", "grouping", "relatedness"])
def test_steps_of_a_training_are_drawn_over_steps_first(taught, made, name):
    test = page(Question(name, STEPS)).run()
    assert not test.exception and not test.error and len(test.get("plotly_chart")) == 1
    shows = one_of(test.segmented_control, "Show")
    assert shows.options[0] == OVER_STEPS
    figure = json.loads(test.get("plotly_chart")[0].proto.spec)
    assert figure["layout"]["xaxis"]["title"]["text"] == "step"
    for number in range(1, len(shows.options)):
        other = page(Question(name, STEPS, shown=number)).run()
        assert not other.exception and not other.error
    assert page(Question(name, Subject(checkpoints=("job:en-job@steps",)))).run().get("plotly_chart")


def test_steps_of_a_training_have_sentences_of_their_own_and_stand_beside_no_checkpoint(taught, made):
    subject = Subject(checkpoints=("job:en-job@steps",))
    test = page(Question("isotropy", subject)).run()
    assert not test.exception and not any(one.label == "Corpus" for one in test.selectbox)
    assert any("was probed with" in one.value for one in test.caption)
    one_of(test.multiselect, "Checkpoints").set_value(["job:en-job@steps", "mini"]).run()
    assert not test.exception and any("which mini would not share" in one.value for one in test.error)


def test_what_stored_predictions_are_called(taught):
    labels = {one.name: label(one) for one in stored_predictions(taught)}
    assert labels["job:ru-job/2"].startswith("trained on Russian, seed 2 · SyntheticNER, English, Russian · ")
    assert labels["job:ru-job/2"].endswith(" · job:ru-job/2")
    assert shown(f"{'0' * 32}/job_en-job.parquet") == "job:en-job" and shown("x/mine.csv") == "mine"
