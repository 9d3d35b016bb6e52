"""`embspace study`: a study made here, as a job, listed, and refused."""

import html
import json
import shlex
from pathlib import Path

import pandas as pd
import pytest

from embspace.studies import stored_output
from embspace.studies.command import command_line
from embspace.studies.config import StudyConfig
from embspace.studies.outputs import stored_studies
from embspace.studies.registry import STUDIES
from embspace.studies.study import Finding, Item, Output, Study
from embspace.workspace import Workspace
from test_cli import embspace


@pytest.fixture(autouse=True)
def study(monkeypatch):
    def cosines(context):
        table = pd.DataFrame({"": ["be"], "be": [float(context.config.scale)]})
        return Output({"cosines": table}, findings=[Finding("Kin are close", "Table 2", False, "0.1 < 0.2")])

    items = {"table-1": Item("Sizes", lambda _: Output(missing="No data.")), "table-2": Item("Cosines", cosines)}
    monkeypatch.setattr(stored_output, "_draw", lambda figure, path: None)
    made_up = Study("exploring", "A paper", items, lambda _: ["All."], {"train": "tagged sentences"})
    monkeypatch.setitem(STUDIES, "exploring", made_up)


def test_a_study_says_what_holds_what_is_missing_and_where_the_report_is(workspace: Workspace) -> None:
    code, out, _ = embspace("study", "exploring", "--scale", "0.5", "--seed", "3", "--corpus", "train=mine")
    assert code == 0
    lines = out.splitlines()
    assert lines[0].split()[:2] == ["where", "here"] and "does not hold" in lines[1] and "0.1 < 0.2" in lines[1]
    assert "table-1 is missing: No data." in lines
    (folder,) = stored_studies(workspace)
    assert lines[-1] == f"report: {folder.report}" and folder.report.is_file()
    assert folder.config.seeds == (3,) and folder.config.corpora == {"train": "mine"}


def test_one_item_comes_beside_those_that_are_there(workspace: Workspace) -> None:
    embspace("study", "exploring", "--only", "table-1")
    code, out, _ = embspace("study", "exploring", "--only", "table-2", "--json")
    assert code == 0 and list(json.loads(out)["items"]) == ["table-2"]
    (folder,) = stored_studies(workspace)
    assert [bool(one.made) for one in folder.read()] == [True, True]


def test_in_the_background_it_is_a_job(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    submitted = []
    monkeypatch.setattr("embspace.cli_study.do", lambda *given: submitted.append(given))
    assert embspace("study", "exploring", "--background", "--epochs", "2")[0] == 0
    ((name, config, place, background, as_json),) = submitted
    assert (name, config.epochs, place.root, background, as_json) == ("study", 2, workspace.root, True, False)


def test_the_list_names_items_and_parts_of_the_data() -> None:
    code, out, _ = embspace("study", "--list")
    assert code == 0 and "exploring: A paper" in out and "table-2" in out and "tagged sentences" in out
    assert json.loads(embspace("study", "--list", "--json")[1])["exploring"]["items"]["table-1"] == "Sizes"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ([], "Which study?"),
        (["none"], "there is none of this name"),
        (["exploring", "--only", "table-9"], "exploring has no table-9"),
        (["exploring", "--corpus", "train"], "expected ROLE=NAME"),
        (["exploring", "--corpus", "dev=x"], "reads no dev"),
        (["exploring", "--scale", "2"], "scale = 2"),
    ],
)
def test_what_is_not_possible_is_one_line(given: list[str], told: str, workspace: Workspace) -> None:
    code, _, error = embspace("study", *given)
    assert code == 1 and error.startswith("embspace: ") and told in error
    assert not stored_studies(workspace)


def test_the_report_is_written_as_markdown_where_it_is_asked_for(workspace: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    code, out, _ = embspace("study", "exploring", "--markdown", str(folder))
    assert code == 0
    page = Path(out.splitlines()[-1].removeprefix("Markdown: "))
    text = html.unescape(page.read_text()).replace("\\", "")
    assert page.parent == folder and "Kin are close" in text and "0.1 < 0.2" in text and "No data." in text
    code, _, error = embspace("study", "exploring", "--markdown", str(folder), "--background")
    assert code == 1 and "run the study again with it when the job has ended" in error


@pytest.mark.parametrize(
    "config",
    [
        StudyConfig("exploring"),
        StudyConfig("lingua-franca", "a b/c", 0.5, 2000, 500, 3, 1e-3, (4,), ("en", "tr"), device="cpu", threads=1),
        StudyConfig("exploring", scale=0.1234567, corpora={"train": "my corpus"}, only=("table-1", "table-2")),
    ],
)
def test_the_command_line_says_all_of_a_config(config: StudyConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    submitted = []
    monkeypatch.setattr("embspace.cli_study.do", lambda *given: submitted.append(given[1]))
    program, *words = shlex.split(command_line(config))
    assert program == "embspace"
    assert embspace(*words, "--background")[0] == 0
    assert submitted == [config]
