"""The studies of a workspace: those that are stored, and those that are under way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from embspace.errors import EmbspaceError
from embspace.jobs.job import Job
from embspace.studies.config import StudyConfig
from embspace.studies.facts import settings_in_short
from embspace.studies.outputs import StudyFolder, stored_studies
from embspace.workflows.settings import from_json
from embspace.workspace import Workspace


@dataclass(frozen=True, slots=True)
class ListedStudy:
    """A study with its settings.

    Attributes:
        folder: where it lies, or will.
        config: its settings; the items are those that were asked for last.
        stored: whether it has begun.
        job: that worked on it last; None: it was made without one.
    """

    folder: StudyFolder
    config: StudyConfig
    stored: bool
    job: Job | None

    @property
    def name(self) -> str:
        """That of its folder."""
        return self.folder.path.name

    @property
    def title(self) -> str:
        """In a menu."""
        return f"{self.config.study}: {settings_in_short(self.config)}"

    @property
    def runs(self) -> bool:
        """Whether it is under way."""
        return self.job is not None and not self.job.state.ended


def listed_studies(workspace: Workspace, jobs: Iterable[Job]) -> list[ListedStudy]:
    """Those under way that have not begun, then those stored, the one begun last first.

    Args:
        workspace: where they lie.
        jobs: every job, the latest first.
    """
    worked: dict[str, tuple[Job, StudyConfig]] = {}
    for job in jobs:
        if job.workflow == "study":
            try:
                config = from_json(StudyConfig, job.config, "job.json")
            except EmbspaceError:
                continue
            worked.setdefault(StudyFolder.of(config, workspace).path.name, (job, config))
    stored = [
        ListedStudy(one, one.config, True, worked.get(one.path.name, (None, None))[0])
        for one in stored_studies(workspace)
    ]
    known = {one.name for one in stored}
    waiting = [
        ListedStudy(StudyFolder.of(config, workspace), config, False, job)
        for name, (job, config) in worked.items()
        if name not in known
    ]
    return [*waiting, *stored]
