"""A study's folder: what is written is read; what is damaged is said; other items come beside those that are there."""

import os
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from made_up_outputs import STUDY, cosines

from embspace.encoders.checkpoints import find_checkpoint
from embspace.errors import StoreError
from embspace.progress import Silent
from embspace.studies import stored_output
from embspace.studies.config import StudyConfig
from embspace.studies.outputs import StudyFolder, stored_studies
from embspace.studies.study import Context, Output
from embspace.workspace import Workspace

CONFIG = StudyConfig("exploring", seeds=(0,), corpora={"train": "shelf"})


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setattr(stored_output, "_draw", lambda figure, path: None)  # a browser takes seconds
    return Workspace(tmp_path)


@pytest.fixture
def folder(workspace: Workspace) -> StudyFolder:
    made = StudyFolder.of(CONFIG, workspace)
    made.begin(CONFIG, STUDY)
    made.write("table-1", "Sizes", Output(missing="No OntoNotes at hand."))
    made.write("table-2", "Cosines", cosines(Context(CONFIG, workspace, Silent(), {})))
    made.end(12.34)
    return made


def test_which_items_are_asked_for_makes_no_other_folder(workspace: Workspace) -> None:
    assert StudyFolder.of(StudyConfig("exploring", only=("table-1",)), workspace) == StudyFolder.of(
        StudyConfig("exploring"), workspace
    )
    assert StudyFolder.of(StudyConfig("exploring", epochs=2), workspace) != StudyFolder.of(
        StudyConfig("exploring"), workspace
    )


def test_what_is_written_is_read(folder: StudyFolder) -> None:
    sizes, cosine, washington = folder.read()
    assert sizes.missing == "No OntoNotes at hand." and sizes.made
    assert not washington.made and not washington.problem
    table = cosine.tables["cosines"]
    assert list(table.columns) == ["", "be", "na"] and list(table.iloc[:, 0]) == ["be", "na"]
    assert table["na"].tolist() == [0.12345, 1.0]
    assert [one.holds for one in cosine.findings] == [True, False, None]
    assert cosine.figure("over steps").to_dict()["data"][0]["text"][0] == "</script><b>bold</b>"
    assert cosine.notes == ("Of 2 languages & <more>.",)
    assert folder.config == CONFIG
    assert folder.record["runs"][0]["seconds"] == 12.3
    assert set(folder.record["versions"]) == {"embspace", "torch", "transformers"}
    assert len(folder.record["checkpoint"]["fingerprint"]) == 32


def test_a_second_run_keeps_what_is_there_and_replaces_what_it_makes(folder: StudyFolder) -> None:
    folder.begin(CONFIG, STUDY)
    folder.write("table-2", "Cosines", Output(tables={"only": pd.DataFrame({"a": [1]})}))
    sizes, cosine, _ = folder.read()
    assert sizes.missing and list(cosine.tables) == ["only"]
    assert sorted(path.name for path in (folder.path / "table-2").iterdir()) == ["only.csv", "output.json"]
    assert [run["seconds"] for run in folder.record["runs"]] == [12.3, None]
    assert not list(folder.path.glob(".*"))


@pytest.mark.parametrize("file", ["output.json", "cosines.csv", "over-steps.json"])
def test_a_damaged_item_is_said_and_hides_no_other(folder: StudyFolder, file: str) -> None:
    path = folder.path / "table-2" / file
    path.write_text(path.read_text()[:-9])
    sizes, cosine, _ = folder.read()
    assert sizes.missing
    assert file in cosine.problem and "only = table-2" in cosine.problem


def test_names_that_are_no_files_and_names_that_meet(folder: StudyFolder) -> None:
    table = pd.DataFrame({"a": [1]})
    folder.write("table-1", "Sizes", Output(tables={"../x y": table, "x/y": table + 1, "": table}))
    found = folder.read()[0]
    assert len({path.name for path in found.csv.values()}) == 3
    assert all(path.parent == folder.path / "table-1" for path in found.csv.values())
    assert found.tables["x/y"]["a"].tolist() == [2]


def test_studies_of_a_workspace_are_found_the_last_first(workspace: Workspace, folder: StudyFolder) -> None:
    assert stored_studies(workspace) == [folder]
    broken = workspace.studies / "exploring-broken"
    broken.mkdir()
    (broken / "study.json").write_text("{")
    assert stored_studies(workspace) == [folder]
    with pytest.raises(StoreError, match="damaged"):
        StudyFolder(broken).read()


def test_items_of_other_weights_say_so(folder: StudyFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not any("other weights" in note for one in folder.read() for note in one.notes)
    other = replace(find_checkpoint("mini"), fingerprint="f" * 32)
    monkeypatch.setattr("embspace.encoders.checkpoints.find_checkpoint", lambda name: other)
    folder.begin(CONFIG, STUDY)
    assert "Made with other weights" in folder.read()[1].notes[0]
    folder.write("table-2", "Cosines", Output(tables={"only": pd.DataFrame({"a": [1]})}))
    assert not any("other weights" in note for note in folder.read()[1].notes)


def test_a_disk_that_refuses_keeps_what_was_there(folder: StudyFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    replaced, real = [], os.replace

    def refuse(one: Path, other: Path) -> None:
        if Path(other).name == "table-2" and not replaced:
            replaced.append(one)
            raise OSError(28, "No space left on device")
        real(one, other)

    monkeypatch.setattr("embspace.studies.stored_output.os.replace", refuse)
    with pytest.raises(StoreError):
        folder.write("table-2", "Cosines", Output(tables={"only": pd.DataFrame({"a": [1]})}))
    assert list(folder.read()[1].tables) == ["cosines", "by seed"] and replaced


def test_what_cannot_be_made_again_is_kept_and_said(folder: StudyFolder) -> None:
    for why in ("The model is gone.", "The disk is full."):
        folder.write("table-2", "Cosines", Output(missing=why))
        cosine = folder.read()[1]
        assert list(cosine.tables) == ["cosines", "by seed"] and cosine.findings and not cosine.missing
        assert cosine.notes == ("Of 2 languages & <more>.", f"Made before; a later run could not make it again: {why}")
    folder.write("table-1", "Sizes", Output(missing="Still none."))
    assert folder.read()[0].missing == "Still none."
