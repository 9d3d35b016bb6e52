"""A workspace with two trainings, and words that their steps have labelled."""

import shutil
import sys
from pathlib import Path

import pandas as pd
import pytest

from embspace.analyses.result_store import write_result
from embspace.progress import Silent
from embspace.workflows.predict import PredictConfig, predictions_key, run, sentences_of
from embspace.workspace import Workspace

sys.path.append(str(Path(__file__).parents[1] / "workflows"))
from small_runs import train_two

EN, RU = "job:en-job@best", "job:ru-job/1@best"


@pytest.fixture(scope="session")
def two_taggers(bert_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace with the trainings `en-job` and `ru-job`, not to be changed."""
    place = Workspace(tmp_path_factory.mktemp("tagged") / "workspace")
    train_two(bert_folder, place)
    return place


@pytest.fixture
def taught(workspace: Workspace, two_taggers: Workspace) -> Workspace:
    """The current workspace, with a copy of the trainings."""
    shutil.copytree(two_taggers.root, workspace.root, dirs_exist_ok=True)
    return workspace


def label(config: PredictConfig, workspace: Workspace) -> None:
    """Do in this process what a job would."""
    run(config, workspace, Silent())


def store(config: PredictConfig, workspace: Workspace, changed: dict[int, str]) -> None:
    """Labels that are gold, but for some sentences, whose entity is labelled as another type ("O": as none)."""
    sentences = sentences_of(config, workspace)
    rows = []
    for number, one in enumerate(sentences):
        for position, (word, tag) in enumerate(zip(one.words, one.tags or (), strict=True)):
            kind = changed.get(number, tag[2:]) if tag != "O" else "O"
            found = "O" if kind == "O" else f"{tag[:2]}{kind}"
            rows.append((number, position, word, one.language, tag, found))
    table = pd.DataFrame(rows, columns=["sentence", "position", "word", "language", "gold", "predicted"])
    table.attrs["settings"] = {"checkpoint": config.checkpoint, "encoding": "IOB2", "changed": str(changed)}
    write_result(workspace.results, predictions_key(config, sentences), {"predictions": table}, {"of": []})
