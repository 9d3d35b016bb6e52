"""Words that the steps of two trainings have labelled."""

import pandas as pd

from embspace.analyses.result_store import write_result
from embspace.progress import Silent
from embspace.workflows.predict import PredictConfig, predictions_key, run, sentences_of
from embspace.workspace import Workspace

EN, RU = "job:en-job@best", "job:ru-job/1@best"


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
