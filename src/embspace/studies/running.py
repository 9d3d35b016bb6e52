"""A study as a whole job: fine-tunings -> tables and figures, one after the other -> a report."""

from __future__ import annotations

import time
from typing import Any

from embspace.errors import EmbspaceError
from embspace.progress import Progress
from embspace.studies.batch import train_all
from embspace.studies.config import StudyConfig
from embspace.studies.outputs import StudyFolder
from embspace.studies.registry import STUDIES
from embspace.studies.report import write_report
from embspace.studies.study import Context, Item, Output, Trained
from embspace.workspace import Workspace

__all__ = ["StudyConfig", "run"]


def run(config: StudyConfig, workspace: Workspace, progress: Progress) -> dict[str, Any]:
    """Make the tables and figures of a paper; what was trained, extracted or placed before is found.

    Returns:
        `folder report items`: where all of it lies, the HTML report, and item -> what is missing of it.

    Raises:
        Cancelled: fine-tunings under way have saved a checkpoint.
        JobError: fine-tunings failed; each one and why.
        EmbspaceError: a setting, corpus or checkpoint is impossible, or the disk refuses.
    """
    study = STUDIES[config.study]
    items = study.chosen(config)
    folder = StudyFolder.of(config, workspace)
    folder.begin(config, study)
    start = time.time()
    trained = train_all(study.trainings(config), workspace, progress)
    missing = {}
    for name, item in items.items():
        progress.stage(f"{name}: {item.title}")
        output = _made(item, config, workspace, progress, trained)
        folder.write(name, item.title, output)
        missing[name] = output.missing
    folder.end(time.time() - start)
    return {"folder": str(folder.path), "report": str(write_report(folder)), "items": missing}


def _made(
    item: Item, config: StudyConfig, workspace: Workspace, progress: Progress, trained: dict[str, Trained]
) -> Output:
    """What an item comes to; what keeps it from being made keeps no other."""
    needed = {name: trained[name] for name in item.trainings(config)}
    try:
        return item.make(Context(config, workspace, progress, needed))
    except EmbspaceError as error:
        return Output(missing=str(error))
