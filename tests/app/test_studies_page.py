"""The page of studies: what is stored, how it is steered by the address, how one is started and gone on with."""

import io
import json
import subprocess
import sys
import zipfile
from dataclasses import replace

import pandas as pd
import plotly.graph_objects as go
import pytest
from app_views import ROOT, drawn, field, html, labels, opened, started, text
from streamlit.testing.v1 import AppTest
from test_jobs_page import made

from embspace.corpora.catalog import add_corpus, catalog
from embspace.corpora.records import Sentence
from embspace.encoders.checkpoints import find_checkpoint
from embspace.jobs.state import State
from embspace.studies import stored_output
from embspace.studies.config import StudyConfig
from embspace.studies.outputs import StudyFolder
from embspace.studies.registry import STUDIES
from embspace.studies.study import Finding, Item, Output, Study
from embspace.training.config import TrainConfig
from embspace.training.part import Part
from embspace.workflows.settings import to_json
from listed_studies import listed_studies
from study_lines import study_lines
from study_plan import study_plan
from widgets.show_study import csv_of

CONFIG = StudyConfig("exploring", sentences=40, seeds=(0, 1))


def cosines(_):
    table = pd.DataFrame({"": ["be", "en"], "be": [1.0, 0.12345], "en": [0.12345, 1.0]})
    curve = go.Figure(go.Scatter(x=[1, 2], y=[3, 4]))
    return Output(
        {"after": table, "by seed": pd.DataFrame({"seed": [0], "value": [0.5]})},
        {"after": curve, "over steps": go.Figure(go.Bar(x=["a"], y=[1]))},
        ["Of <b>two</b> languages."],
        [
            Finding("Kin <i>are</i> close", "Table 2", False, "0.12 < 0.2"),
            Finding("Others not", "3.2", None, "one seed"),
        ],
    )


def trained(config):
    part = Part(languages=("en",), sentences=config.amount(100))
    return {"en": TrainConfig(train=(part,), test=(), seeds=config.seeds)}


MADE_UP = Study(
    "exploring",
    "A <b>paper</b>",
    {
        "table-1": Item("sizes", lambda _: Output(missing="No data <i>here</i>.")),
        "table-2": Item("cosines", cosines, trained),
        "figure-1": Item("a map", lambda _: Output(tables={"one": pd.DataFrame({"a": [1]})})),
    },
    lambda config: [f"The model is {config.checkpoint}."],
    {"train": "tagged sentences"},
)


@pytest.fixture(autouse=True)
def study(monkeypatch):
    monkeypatch.setattr(stored_output, "_draw", lambda figure, path: None)
    monkeypatch.setitem(STUDIES, "exploring", MADE_UP)


@pytest.fixture
def folder(workspace):
    one = StudyFolder.of(CONFIG, workspace)
    one.begin(CONFIG, MADE_UP)
    for name in ("table-1", "table-2"):
        one.write(name, MADE_UP.items[name].title, MADE_UP.items[name].make(None))  # pyright: ignore[reportArgumentType]
    one.end(75)
    return one


def page(**parameters):
    return opened("studies", **parameters)


def test_an_empty_workspace_says_what_to_do(workspace):
    test = page()
    assert "Start a study" in test.info[0].value
    assert labels(test) == ["Start a study"]


def test_findings_come_first_and_lead_to_their_items(folder):
    test = page()
    shown = html(test)
    assert "Kin &lt;i&gt;are&lt;/i&gt; close" in shown and "does not hold" in shown and "cannot be told" in shown
    assert f"?study={folder.path.name}&amp;item=table-2" in shown
    assert "The model is mini" in text(test, "markdown")
    assert "40 per language" in text(test, "caption")
    assert not test.get("plotly_chart")


def test_an_address_shows_a_figure_and_both_tables(folder):
    test = page(study=folder.path.name, item="table-2", figure="over steps", table="by seed")
    [chart] = test.get("plotly_chart")
    assert json.loads(chart.proto.spec)["data"][0]["type"] == "bar"
    shown = html(test)
    assert "0.1235" in shown and "0.9372" in shown and shown.index("0.1235") < shown.index("0.9372")
    assert list(test.dataframe[0].value.columns) == ["seed", "value"]
    assert "Of <b>two</b> languages" in text(test, "caption") and "<b>" not in test.caption[-2].value
    code = [one.value for one in test.code]
    assert any("outputs['table-2'].figure('over steps')" in one for one in code)
    assert any(one.startswith("embspace study exploring --sentences 40") and "--only table-2" in one for one in code)
    assert test.query_params["item"] == "table-2" or test.query_params["item"] == ["table-2"]


def test_another_item_forgets_the_figure_of_the_one_before(folder):
    test = page(item="table-2", figure="over steps")
    test.session_state["studies_item_exploring_1"] = "table-1"
    test.run()
    assert not test.exception
    assert "No data <i>here</i>" in test.info[0].value.replace("\\", "")
    assert "figure" not in test.query_params and "item" in test.query_params
    assert "so far" in page(item="figure-1").info[0].value


def test_what_the_address_asks_for_and_is_not_there_is_said(folder):
    test = page(study="gone*", item="no-such", figure="none")
    assert "gone*" in test.warning[0].value.replace("\\", "")
    assert "does not hold" in html(test)


def test_a_damaged_item_and_a_damaged_record_are_said(folder, workspace):
    path = folder.path / "table-2" / "after.csv"
    path.write_text("x")
    assert "is not as it was written" in page(item="table-2").error[0].value.replace("\\", "")
    (folder.path / "study.json").write_text("{")
    assert "Start a study" in page().info[0].value


def draw_items():
    """The inside of the dialog about items that are not made, drawn alone."""
    import state
    from listed_studies import listed_studies
    from widgets.show_study import make_items

    state.study_view()
    make_items.__wrapped__(listed_studies(state.workspace(), [])[0], ("figure-1",))


def test_the_rest_is_made_after_it_was_said_how_much_that_is(folder, monkeypatch):
    begun = []
    monkeypatch.setattr("session.jobs.submit", lambda *given: begun.append(given))
    for item, button in (("findings", "Make the rest"), ("figure-1", "Make it")):
        test = page(item=item)
        field(test, "button", button).click().run()
        assert not test.exception
        assert "Nothing is fine-tuned" in text(test, "markdown") and "figure-1" in text(test, "markdown")
    assert not begun
    test = AppTest.from_function(draw_items, default_timeout=60).run()
    field(test, "button", "Start").click().run()
    assert [(workflow, config) for workflow, config, _ in begun] == [("study", replace(CONFIG, only=("figure-1",)))]


def test_what_stopped_is_gone_on_with(folder, workspace, monkeypatch):
    job = made(workspace, "s", ("state", {"state": State.STOPPED}), workflow="study", config=to_json(CONFIG))
    gone_on = []
    monkeypatch.setattr("widgets.show_study.resume", gone_on.append)
    test = page()
    assert "Make the rest" not in labels(test)
    field(test, "button", "Go on").click().run()
    assert not test.exception
    assert [one.id for one in gone_on] == [job.id]


def test_a_study_under_way_is_followed_and_stopped(folder, workspace):
    job = made(workspace, "later", workflow="study", config=to_json(CONFIG), device=None)
    [one] = listed_studies(workspace, [job])
    assert one.runs and one.job is not None and one.job.id == "later"
    test = page()
    assert "Go on" not in labels(test)
    field(test, "button", "Stop").click().run()
    assert not test.exception
    assert job.state in (State.STOPPING, State.STOPPED)


def test_one_that_has_not_begun_is_there_too(workspace):
    made(workspace, "new", workflow="study", config=to_json(StudyConfig("lingua-franca")), device=None)
    made(workspace, "odd", workflow="study", config={"study": "none"}, device=None)
    test = page()
    assert "lingua-franca" in test.header[0].value
    assert "under way" in test.selectbox[0].options[0]


def test_the_report_and_all_tables_can_be_taken_away(folder):
    names = zipfile.ZipFile(io.BytesIO(csv_of(folder.read()))).namelist()
    assert sorted(names) == ["table-2/after.csv", "table-2/by-seed.csv"]
    assert [one.label for one in page().get("download_button")][:2] == ["Report", "CSV"]


def test_the_lines_of_python_make_the_study_and_open_it(workspace):
    scope: dict = {}
    exec(study_lines(StudyConfig("exploring", only=("figure-1",)), "figure-1", "one"), scope)
    assert scope["table"]["a"].tolist() == [1]
    assert "corpora={'train': 'x'}" in study_lines(StudyConfig("exploring", corpora={"train": "x"}))


def form():
    return drawn("widgets.pick_study_settings", "pick_study_settings")


def test_the_form_says_how_much_it_is_and_gives_the_config(workspace):
    test = form()
    assert "3 fine-tunings" in text(test, "markdown") and "3 tables and figures" in text(test, "markdown")
    field(test, "number_input", "Sentences").set_value(60)
    field(test, "number_input", "Epochs").set_value(2)
    field(test, "text_input", "Seeds").input("4 5")
    field(test, "multiselect", "Languages").set_value(["en", "tr"])
    field(test, "multiselect", "Tables and figures").set_value(["table-2"])
    test.run()
    assert "2 fine-tunings" in text(test, "markdown")
    assert started(test, StudyConfig) == StudyConfig(
        "exploring", sentences=60, epochs=2, seeds=(4, 5), languages=("en", "tr"), only=("table-2",)
    )
    field(test, "multiselect", "Tables and figures").set_value(["table-1"]).run()
    assert "Nothing is fine-tuned" in text(test, "markdown")


def test_all_that_is_not_possible_is_said_together(workspace):
    test = form()
    field(test, "text_input", "Seeds").input("0 0 x")
    field(test, "multiselect", "Languages").set_value(["en"])
    test.run()
    [said] = [one.value.replace("\\", "") for one in test.error]
    assert "seeds: 'x'" in said and "seeds = [0, 0]" in said and "languages = ['en']" in said
    assert field(test, "button", "Start").disabled
    field(test, "text_input", "Seeds").input("0")
    field(test, "multiselect", "Languages").set_value([])
    field(test, "text_input", "Checkpoint").input("/no/such/folder")
    test.run()
    assert "/no/such/folder does not exist" in test.error[0].value.replace("\\", "")


def test_sentences_of_ones_own_are_a_part_of_the_study(workspace):
    add_corpus([Sentence(("Eve", "saw", "Bo"), "en", tags=("B-PER", "O", "B-PER"))], name="names")
    test = form()
    field(test, "selectbox", "train").set_value("names").run()
    assert started(test, StudyConfig).corpora == {"train": "names"}


def test_the_plan_counts_runs_and_steps_of_every_seed(workspace):
    entries = {one.name: one for one in catalog(workspace)}
    model = find_checkpoint("mini").folder
    found = study_plan(CONFIG, entries, [], model)
    assert (found.items, found.settings, found.runs, found.problems) == (3, 1, 2, ())
    assert found.steps == 2 * 3  # 36 of 40 sentences, 16 a step
    assert found.time is not None and found.time.rough and found.time.seconds > 0
    assert "no table-9" in study_plan(StudyConfig("exploring", only=("table-9",)), entries, [], model).problems[0]


def test_every_study_is_planned(workspace, monkeypatch):
    monkeypatch.undo()
    entries = {one.name: one for one in catalog(workspace)}
    for name, one in STUDIES.items():
        found = study_plan(StudyConfig(name, sentences=30, test_sentences=10, epochs=1), entries, [], None)
        assert not found.problems and found.items == len(one.items)
        seeds = 3 * found.settings if name != "adjustment" else 3 * (3 + 3 + 3 * 3 * 2)  # of each seed a training
        assert found.runs == seeds > 10 and found.steps > 0


def test_the_page_loads_no_model_library(folder):
    code = (
        "import sys, json; sys.path[:0] = json.loads(sys.argv[1])\n"
        "from app_views import app\n"
        "test = app(item='table-2').switch_page('views/studies.py').run()\n"
        "assert not test.exception and len(test.get('plotly_chart')) == 1, test\n"
        "import widgets.pick_study_settings\n"
        "print(json.dumps([name for name in ('torch', 'transformers', 'umap', 'openTSNE') if name in sys.modules]))"
    )
    paths = json.dumps([str(ROOT / "app"), str(ROOT / "tests" / "app")])
    done = subprocess.run([sys.executable, "-c", code, paths], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == []
