"""A study as a whole job: fine-tunings -> tables and figures, one after the other -> a report."""

from __future__ import annotations

import time
from typing import Any

from embspace.errors import EmbspaceError
from embspace.progress import Progress
from embspace.studies.config import StudyConfig
from embspace.studies.outputs import StudyFolder
from embspace.studies.registry import STUDIES
from embspace.studies.report import write_report
from embspace.studies.study import Context, Item, Output
from embspace.workflows.training_batch import Batch
from embspace.workspace import Workspace, in_its_workspace

__all__ = ["StudyConfig", "run"]


@in_its_workspace
def run(config: StudyConfig, workspace: Workspace, progress: Progress) -> dict[str, Any]:
    """Make the tables and figures of a paper; what was trained, extracted or placed before is found.

    An item is made as soon as its fine-tunings are done. What keeps one from being made keeps no other.

    Returns:
        `folder report items`: where all of it lies, the HTML report, and item -> what is missing of it.

    Raises:
        Cancelled: fine-tunings under way have saved a checkpoint.
        JobError: fine-tunings failed, each one and why; items that do not need them are made.
        EmbspaceError: a setting, corpus or checkpoint is impossible, or the disk refuses.
    """
    study = STUDIES[config.study]
    items = study.chosen(config)
    folder = StudyFolder.of(config, workspace)
    folder.begin(config, study)
    start = time.time()
    missing = {}
    with Batch(study.trainings(config), workspace, progress) as batch:
        for name, item in items.items():
            progress.stage(f"{name}: {item.title}")
            output = _made(item, config, workspace, progress, batch)
            folder.write(name, item.title, output)
            missing[name] = output.missing
            write_report(folder)
    folder.end(
        time.time() - start,
        {run["key"]: run["seconds"] for one in batch.finished for run in one.result.get("runs", ())},
    )
    report = write_report(folder)
    batch.check()
    return {"folder": str(folder.path), "report": str(report), "items": missing}


def _made(item: Item, config: StudyConfig, workspace: Workspace, progress: Progress, batch: Batch) -> Output:
    """What an item comes to, when its fine-tunings have ended."""
    try:
        return item.make(Context(config, workspace, progress, batch.wait(item.trainings(config))))
    except EmbspaceError as error:
        return Output(missing=str(error))
