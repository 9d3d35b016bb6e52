"""The pages of analyses, without a browser."""

import json
import shlex
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import plotly.graph_objects as go
import pytest
import streamlit as st
from app_views import ROOT, alone, app, errors, labels
from typer.testing import CliRunner

import embspace as es
import state
from embspace import cli
from embspace.corpora.catalog import add_corpus
from embspace.corpora.records import Sentence
from embspace.jobs.job import State
from embspace.jobs.supervisor import all_jobs
from embspace.progress import Silent
from embspace.workflows.analyses import ANALYSES
from embspace.workflows.analyze import make_tables
from embspace.workflows.given_files import keep_files
from embspace.workspace import Workspace
from python_lines import analysis_command, analysis_lines
from screen import screens
from subject import Question, Subject
from widgets.pick_scores import EXAMPLE
from work import title

PREDICTED = """system,train,sentence,position,word,language,gold,predicted
one,be,0,0,Empoli,en,B-ORG,B-LOC
one,be,0,1,won,en,O,O
one,be,1,0,Мінск,be,B-LOC,B-LOC
two,en,0,0,Empoli,en,B-ORG,B-ORG
two,en,0,1,won,en,O,O
two,en,1,0,Мінск,be,B-LOC,O
"""
"""of two taggers"""
OF_CHECKPOINTS = [name for name, one in ANALYSES.items() if not one.steps]
"""analyses that need no training"""
VIEWS = sorted(path.stem for path in (ROOT / "app" / "views").glob("*.py") if path.stem in ANALYSES)

PLAIN = (
    "similarity",
    "isotropy",
    "tokenization",
    "splits",
    "significance",
    "spelling",
    "relatedness",
    "change",
    "probe",
    "confusion",
    "organizations",
    "transfer",
)
"""pages that show the usual figure and table"""


@pytest.fixture
def subject(bert_folder):
    return Subject(per_type=4, languages=("be", "en"), checkpoints=(str(bert_folder),))


def page(question):
    """The page of a question, not run yet."""
    return app(**question.to_address()).switch_page(f"views/{question.analysis}.py")


def test_a_space_that_is_missing_is_offered_made_and_shown(workspace, subject):
    test = page(Question("similarity", subject)).run()
    assert not errors(test) and not test.get("plotly_chart") and all_jobs(workspace) == []
    assert any("16 sentences" in one.value for one in test.markdown)
    next(one for one in test.button if one.label == "Read and compute").click().run()
    [job] = all_jobs(workspace)
    assert job.workflow == "analyze" and "Cancel" in labels(test)
    assert title(job, []) == f"Similarity, {subject.checkpoints[0]}"
    assert job.wait(120) is State.FINISHED, job.error
    test.run()
    assert not errors(test) and len(test.get("plotly_chart")) == 1
    assert len(test.dataframe) == 1 and len(test.dataframe[0].value) == 4
    assert len(all_jobs(workspace)) == 1


def test_a_quick_analysis_of_a_stored_space_begins_by_itself(workspace, subject):
    question = Question("isotropy", subject)
    [extraction] = question.config().spaces
    es.extract(extraction.checkpoint, es.synthetic_ner(["be", "en"], entity="Washington", per_type=4))
    test = page(question).run()
    [job] = all_jobs(workspace)
    assert job.wait(120) is State.FINISHED, job.error
    assert len(test.run().get("plotly_chart")) == 1


def test_a_slow_one_asks_first_and_another_question_stops_it(workspace, subject):
    [extraction] = Question("grouping", subject).config().spaces
    es.extract(extraction.checkpoint, es.synthetic_ner(["be", "en"], entity="Washington", per_type=4))
    test = alone("widgets.show_analysis", "show_analysis", "grouping")
    for name, value in Question("grouping", subject).to_address().items():
        test.query_params[name] = value
    assert labels(test.run()) == ["Compute"] and all_jobs(workspace) == []
    test.button[0].click().run()
    [first] = all_jobs(workspace)
    next(one for one in test.number_input if one.label == "Sentences per type").set_value(3).run()
    assert first.wait(120) in (State.STOPPED, State.FINISHED)
    assert labels(test) == ["Read and compute"]


def test_cancel_says_so_and_offers_to_start_again(workspace, subject):
    test = page(Question("similarity", subject)).run()
    test.button[0].click().run()
    [job] = all_jobs(workspace)
    next(one for one in test.button if one.label == "Cancel").click().run()
    assert job.wait(60) in (State.STOPPED, State.FINISHED)
    if job.state is State.STOPPED:
        assert "Stopped" in test.run().info[0].value and "Start again" in labels(test)


def ask(name, subject):
    """A question that says all that its analysis needs."""
    if (given := ANALYSES[name].given) and given.needed:
        path = Path(es.current_workspace().root) / f"{given.argument}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(EXAMPLE if given.argument == "scores" else PREDICTED)
        settings = {"baseline": "baseline"} if given.argument == "scores" else {}
        return Question(name, subject, settings, files=keep_files([path], es.current_workspace()))
    return Question(name, subject, {"word": "Washington"} if name == "splits" else {})


def made(question, root):
    """The tables of a question, stored."""
    return make_tables(question.config(), Workspace(root), Silent())[1]


@pytest.mark.parametrize("name", VIEWS)
def test_every_page_shows_every_table_and_says_what_it_shows(workspace, subject, xlmr_folder, name, monkeypatch):
    # Whatever the page asks for is there: some begin with settings of their own.
    monkeypatch.setattr(state, "tables", lambda config: (make_tables(config, workspace, Silent())[1], ()))
    question = ask(name, subject)
    if ANALYSES[name].takes == "pair":
        assert "second checkpoint" in page(question).run().info[0].value
        question = replace(question, subject=replace(subject, checkpoints=(*subject.checkpoints, str(xlmr_folder))))
    for at, (label, _, figure) in enumerate(screens(ANALYSES[name])):
        test = page(replace(question, shown=at)).run()
        assert not errors(test), (name, label)
        assert test.get("plotly_chart") or test.dataframe or test.get("html")
        if name in PLAIN:
            assert len(test.get("plotly_chart")) == (figure is not None) and len(test.dataframe) == 1
        assert "What this shows" in [one.label for one in test.expander]
        assert any(ANALYSES[name].about in one.value for one in test.markdown)
    assert all_jobs(workspace) == []


CHANGES = [
    {},
    {"words": ("Washington", "Paris"), "per_type": 2, "transforms": ("center", "all-but-the-top:1"), "layer": 0},
    {"words": (), "languages": ("be", "en", "ru")},
]


@pytest.mark.parametrize(
    ("name", "changes"),
    [("similarity", CHANGES[0]), ("similarity", CHANGES[2])] + [(name, CHANGES[1]) for name in OF_CHECKPOINTS],
)
def test_the_lines_of_python_make_what_the_page_shows(workspace, subject, name, changes):
    if name == "splits":  # of the word alone that is looked at
        changes = {key: value for key, value in changes.items() if key != "words"}
    question = ask(name, replace(subject, **changes))
    wanted = made(question, workspace.root)
    lines = analysis_lines(question)
    found = {}
    exec(compile(lines, "lines", "exec"), found)
    pd.testing.assert_frame_equal(found["result"], next(iter(wanted.values())))
    for table, result in list(wanted.items())[1:]:
        pd.testing.assert_frame_equal(found[f"{table}_table"], result)
    drawn = [
        line for line in lines.splitlines() if "=" not in line.split("(")[0] and not line.startswith(("import", "from"))
    ]
    figures = [eval(line, found) for line in drawn if line]
    assert len(figures) == sum(len(table.figures) for table in ANALYSES[name].tables.values())
    assert all(isinstance(one, go.Figure) for one in figures)
    assert len(list(workspace.spaces.glob("*/space.json"))) == (0 if ANALYSES[name].takes in ("corpus", "files") else 1)


@pytest.mark.parametrize("name", VIEWS)
def test_the_command_finds_what_the_page_stored(workspace, subject, name):
    question = ask(name, replace(subject, transforms=("center",)))
    wanted = made(question, workspace.root)
    done = CliRunner().invoke(cli.app, [*shlex.split(analysis_command(question))[1:], "--json"])
    assert done.exit_code == 0, done.output
    rows = json.loads(done.stdout[done.stdout.index("{") :])["tables"]
    assert {table: len(found) for table, found in rows.items()} == {one: len(table) for one, table in wanted.items()}
    assert len(list(workspace.results.iterdir())) == 1


def test_the_lines_of_another_corpus_run_with_its_links(workspace, bert_folder):
    texts = [("en", "a small town"), ("be", "малы горад"), ("en", "the first house"), ("be", "першы дом")]
    sentences = [Sentence(tuple(text.split()), code, parallel=str(at // 2)) for at, (code, text) in enumerate(texts)]
    columns = ["parallel", "language_a", "word_a", "language_b", "word_b"]
    links = pd.DataFrame([(str(at), "en", 1, "be", 0) for at in range(2)], columns=columns)
    add_corpus(sentences, name="towns", links=links)
    subject = Subject("towns", sentences=2, languages=("en", "be"), checkpoints=(str(bert_folder),))
    question = Question("relatedness", subject)
    wanted = made(question, workspace.root)
    assert wanted["relatedness"]["n_related"].max() == 2
    found = {}
    exec(analysis_lines(question), found)
    pd.testing.assert_frame_equal(found["result"], wanted["relatedness"])
    test = alone("widgets.show_analysis", "show_analysis", "relatedness")
    for name, value in question.to_address().items():
        test.query_params[name] = value
    assert len(test.run().dataframe) == 1 and not test.exception


def test_similarity_of_parallel_text_is_of_its_aligned_words(workspace, bert_folder):
    subject = Subject("parallel-sample", sentences=6, languages=("be", "en", "uk"), checkpoints=(str(bert_folder),))
    question = Question("similarity", subject)
    wanted = made(question, workspace.root)["similarity"]
    assert wanted["n"].min() == 0 and wanted["n"].max() > 40
    found = {}
    exec(analysis_lines(question), found)
    pd.testing.assert_frame_equal(found["result"], wanted)
    test = page(question).run()
    assert not errors(test) and len(test.get("plotly_chart")) == 1 and len(test.dataframe[0].value) == 9


def test_the_subject_goes_from_page_to_page_and_the_address_says_it(workspace, subject):
    made(Question("similarity", subject), workspace.root)
    made(Question("tokenization", subject), workspace.root)
    test = page(Question("similarity", subject)).run()
    [slider] = test.select_slider
    slider.set_value(1).run()
    assert test.query_params["layer"] == "1"
    assert len(test.dataframe[0].value) == 4
    test.query_params.clear()
    test.switch_page("views/tokenization.py").run()
    assert not errors(test) and len(test.get("plotly_chart")) == 1
    assert test.query_params["languages"] == ["be", "en"] and test.query_params["layer"] == "1"


def test_what_cannot_be_done_is_said(workspace, subject):
    for changes, said in (
        ({"checkpoints": ("./no/such",)}, "does not exist"),
        ({"corpus": "no-such"}, "There is no corpus"),
    ):
        [message, *_] = errors(page(Question("similarity", replace(subject, **changes))).run())
        assert said in message and "Traceback" not in message


def test_a_bad_address_falls_back_with_a_notice(workspace, subject):
    test = app(**Question("similarity", replace(subject, languages=())).to_address(), languages=["be", "xx"])
    test = test.switch_page("views/similarity.py").run()
    assert not errors(test) and "'xx'" in test.warning[0].value
    assert "languages" not in test.query_params


def test_a_transform_that_is_not_possible_is_said_by_its_job(workspace, subject):
    es.extract(subject.checkpoints[0], es.synthetic_ner(["be", "en"], entity="Washington", per_type=4))
    test = page(Question("similarity", replace(subject, transforms=("magic",)))).run()
    assert all_jobs(workspace)[0].wait(120) is State.FAILED
    assert "There is no transform 'magic'" in errors(test.run())[0]
    assert "Try again" not in labels(test)  # the same would be said again


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("spelling", "no names are marked in plain"),
        ("similarity", "none of its words are aligned"),
        ("precision_at_k", "give a dictionary in the sidebar"),
    ],
)
def test_what_a_corpus_lacks_is_said_before_anything_is_computed(workspace, subject, name, said):
    add_corpus([Sentence("A dog.", "en", parallel="1"), Sentence("Ein Hund.", "de", parallel="1")], name="plain")
    test = page(Question(name, replace(subject, corpus="plain", languages=()))).run()
    assert not test.exception and said in test.info[0].value and "SyntheticNER" in test.info[0].value
    assert not all_jobs(workspace) and "Compute" not in labels(test) and "Read and compute" not in labels(test)


def test_what_a_job_made_is_shown_though_its_code_is_newer_than_the_app(workspace, subject, monkeypatch):
    es.extract(subject.checkpoints[0], es.synthetic_ner(["be", "en"], entity="Washington", per_type=4))
    monkeypatch.setattr("embspace.workflows.analyze.code_fingerprint", lambda module: "older")
    test = page(Question("similarity", subject)).run()
    assert all_jobs(workspace)[0].wait(120) is State.FINISHED
    assert not errors(test.run()) and len(test.get("plotly_chart")) == 1
    shutil.rmtree(workspace.results)
    state.result_of(all_jobs(workspace)[0])  # read once, it is shared
    st.cache_resource.clear()
    assert "what it made is gone" in test.run().warning[0].value and "Make it again" in labels(test)


def test_the_pages_load_no_model_library(workspace, subject):
    made(Question("similarity", subject), workspace.root)
    code = (
        "import sys, json; sys.path[:0] = json.loads(sys.argv[1])\n"
        "from app_views import app\n"
        "test = app(**json.loads(sys.argv[2])).switch_page('views/similarity.py').run()\n"
        "assert not test.exception and len(test.get('plotly_chart')) == 1, test\n"
        "print(json.dumps([name for name in ('torch', 'transformers', 'umap', 'faiss') if name in sys.modules]))"
    )
    paths = json.dumps([str(ROOT / "app"), str(ROOT / "tests" / "app")])
    given = json.dumps(Question("similarity", subject).to_address())
    command = [sys.executable, "-c", code, paths, given]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == []
