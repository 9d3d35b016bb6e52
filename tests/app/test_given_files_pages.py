"""Pages of analyses that take files: a dictionary, scores; and the splits of one word."""

import json
import shlex

import pandas as pd
import pytest
from app_views import app, errors
from typer.testing import CliRunner

import embspace as es
from embspace import cli
from embspace.corpora.catalog import add_corpus
from embspace.corpora.records import Sentence
from embspace.errors import EmbspaceError
from embspace.jobs.job import State
from embspace.jobs.supervisor import all_jobs
from embspace.progress import Silent
from embspace.workflows.analyze import find_tables, make_corpora, make_tables
from embspace.workflows.given_files import keep_files
from python_lines import analysis_command, analysis_lines
from subject import Question, Subject
from widgets.pick_dictionary import check
from widgets.pick_form import known_forms
from widgets.pick_scores import EXAMPLE

TEXTS = [("en", "a small town"), ("be", "малы горад"), ("en", "the *first* house"), ("be", "першы дом")]


@pytest.fixture
def towns(workspace, bert_folder):
    add_corpus([Sentence(tuple(text.split()), code) for code, text in TEXTS], name="towns")
    return Subject("towns", checkpoints=(str(bert_folder),))


@pytest.fixture
def dictionary(workspace, tmp_path):
    path = tmp_path / "en-be.txt"
    path.write_text("town горад\nhouse дом\nhouse хата\n")
    return keep_files([path], workspace)


@pytest.fixture
def scores(workspace, tmp_path):
    path = tmp_path / "scores.csv"
    path.write_text(EXAMPLE)
    return keep_files([path], workspace)


def page(question):
    return app(**question.to_address()).switch_page(f"views/{question.analysis}.py")


def lines_make(question):
    """The tables of a question, as the job, the lines of Python and the command make them."""
    tables = make_tables(question.config(), es.current_workspace(), Silent())[1]
    found = {}
    exec(compile(analysis_lines(question), "lines", "exec"), found)
    pd.testing.assert_frame_equal(found["result"], tables[question.analysis])
    done = CliRunner().invoke(cli.app, [*shlex.split(analysis_command(question))[1:], "--json"])
    assert done.exit_code == 0, done.output
    [rows] = json.loads(done.stdout[done.stdout.index("{") :])["tables"].values()
    assert len(rows) == len(tables[question.analysis])
    assert len(list(es.current_workspace().results.iterdir())) == 1
    return tables[question.analysis]


def test_a_dictionary_takes_the_place_of_links(workspace, towns, dictionary):
    question = Question("precision_at_k", towns, files=dictionary)
    table = lines_make(question)
    assert table.attrs["settings"]["pairs"] == "dictionary"
    assert set(table["n"]) == {2} and set(table["missing"]) == {1}
    test = page(question).run()
    assert not test.exception and not test.error and len(test.get("plotly_chart")) == 1
    assert any("English – Belarusian: 3 pairs" in one.value.replace("\\", "") for one in test.caption)
    assert test.query_params["files"] == dictionary[0]
    next(one for one in test.button if one.label == "Remove").click().run()
    assert "files" not in test.query_params and not any(one.label == "Remove" for one in test.button)


def test_another_dictionary_is_another_result(workspace, towns, dictionary, tmp_path):
    config = Question("precision_at_k", towns, files=dictionary).config()
    make_tables(config, workspace, Silent())
    (tmp_path / "en-be.txt").write_text("town горад\n")
    other = Question("precision_at_k", towns, files=keep_files([tmp_path / "en-be.txt"], workspace)).config()
    corpora = make_corpora(config.spaces, workspace)
    assert find_tables(config, corpora, workspace)[0] is not None
    assert find_tables(other, corpora, workspace) == (None, ())


def test_a_dictionary_that_does_not_tell_its_languages(workspace, towns, tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("town горад\n")
    test = page(Question("precision_at_k", towns)).run()
    next(one for one in test.text_input if one.label.startswith("Or a path")).set_value(str(path)).run()
    assert any("does not say the languages" in one.value for one in test.caption)
    for label, code in (("First words", "en"), ("Second words", "be")):
        next(one for one in test.selectbox if one.label == label).set_value(code).run()
    assert test.query_params["files"].endswith("/en-be.words.txt")
    path.write_text("only\n")
    with pytest.raises(EmbspaceError, match="expected two words"):
        check(Question("precision_at_k", towns), [path.rename(tmp_path / "en-be.txt")])


def test_a_file_of_another_workspace_is_asked_for_again(workspace, towns):
    gone = (f"{'0' * 32}/en-be.txt",)
    test = page(Question("precision_at_k", towns, files=gone)).run()
    assert not test.exception
    assert any("is not in this workspace" in one for one in errors(test))
    assert any(one.label == "Remove" for one in test.button)
    assert any("is not in this workspace" in one for one in errors(page(Question("significance", files=gone)).run()))


def test_scores_begin_with_their_columns_and_become_a_figure(workspace, tmp_path):
    test = page(Question("significance")).run()
    assert not test.exception and not test.error and all_jobs(workspace) == []
    assert any("`system`" in one.value for one in test.markdown)
    path = tmp_path / "scores.csv"
    field = next(one for one in test.text_input if one.label.startswith("Or a path"))
    field.set_value(str(path)).run()
    assert any("no such file" in one for one in errors(test))
    path.write_text("system,example,score\na,1,much\n")
    test.text_input[0].set_value(f" {path}").run()
    assert any("row 1: score is 'much'; expected a number" in one for one in errors(test))
    path.write_text(EXAMPLE)
    test.text_input[0].set_value(f"{path}  ").run()
    [job] = all_jobs(workspace)
    assert job.wait(120) is State.FINISHED, job.error
    test.run()
    assert not test.error and len(test.get("plotly_chart")) == 1
    assert (test.query_params["baseline"], test.query_params["by"]) == ("baseline", '["language"]')
    assert len(test.dataframe[0].value) == 4


def test_the_lines_of_significance_make_what_the_page_shows(workspace, scores):
    table = lines_make(Question("significance", settings={"baseline": "adjusted", "by": ("language",)}, files=scores))
    assert table["system"].tolist() == ["adjusted", "baseline"] * 2


def test_a_word_is_chosen_and_what_no_sentence_has_is_said(workspace, towns):
    lines_make(Question("splits", towns, {"word": "town"}))
    test = page(Question("splits", towns, {"word": "TOWN"})).run()
    assert not test.exception and not test.error and len(test.get("plotly_chart")) == 1
    assert test.query_params["word"] == "town"
    test = page(Question("splits", towns, {"word": "nowhere"})).run()
    assert test.query_params["word"] == "small"
    entities = es.synthetic_ner(["be", "en"], entity="Washington", per_type=2)
    assert {"washington", "вашынгтон"} <= set(known_forms(entities)) and "the" not in known_forms(entities)
