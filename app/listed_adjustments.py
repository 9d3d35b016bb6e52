"""The runs of adjust, fine-tune, compare: those whose tables are stored, and the jobs that came to none so far."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from embspace.analyses.result_store import SETTINGS
from embspace.errors import EmbspaceError
from embspace.figures.theme import language_name
from embspace.jobs.job import Job
from embspace.storage import read_json
from embspace.workflows.adjust import VERSION
from embspace.workflows.settings import from_json
from embspace.workflows.stages import AdjustConfig
from embspace.workspace import Workspace
from inventory import moment

TASKS = {"nli": "inference", "qa": "questions", "ner": "named entities", "pos": "parts of speech"}
MOST_LANGUAGES = 3
"""that a title names"""


@dataclass(frozen=True, slots=True)
class ListedAdjustment:
    """A run of the recipe.

    Attributes:
        name: the key of its tables; of a job without tables its id.
        config: its settings.
        stored: whether there are tables.
        stages: stage -> seed -> checkpoint; empty without tables.
        when: its tables were stored, or its job began; seconds since 1970.
        job: that made it, or is to; None: it was made without one.
    """

    name: str
    config: AdjustConfig
    stored: bool
    stages: Mapping[str, Mapping[str, str]]
    when: float
    job: Job | None = None

    @property
    def runs(self) -> bool:
        """Whether it is under way."""
        return self.job is not None and not self.job.state.ended

    @property
    def title(self) -> str:
        """In a menu."""
        what = "under way" if self.runs else f"{moment(self.when):%m-%d %H:%M}" if self.stored else "not finished"
        given = Path(self.config.checkpoint).name or self.config.checkpoint
        return f"{self.config.task.upper()} {languages_said(self.config)}, {what}, {given}"


def languages_said(config: AdjustConfig) -> str:
    """The languages of the translations, or how many; none are named where all that are aligned are meant."""
    codes = list(dict.fromkeys(code for part in config.aligned for code in part.languages or ()))
    if any(part.languages is None for part in config.aligned):
        return "all languages"
    return ", ".join(map(language_name, codes)) if len(codes) <= MOST_LANGUAGES else f"{len(codes)} languages"


def listed_adjustments(
    workspace: Workspace, jobs: Iterable[Job], known: dict[str, ListedAdjustment | None]
) -> list[ListedAdjustment]:
    """Every run of the recipe, the latest first.

    Args:
        workspace: where they lie.
        jobs: every job, the latest first.
        known: what was read before; a stored result does not change.
    """
    found: dict[str, ListedAdjustment] = {}
    for path in workspace.results.glob(f"[!.]*/{SETTINGS}"):
        if str(path) not in known:
            known[str(path)] = _read(path)
        if (one := known[str(path)]) is not None:
            found[one.name] = one
    seen = set[str]()
    for job in jobs:
        if job.workflow != "adjust" or job.key in seen:
            continue
        seen.add(job.key)
        key = str((job.result or {}).get("result", ""))
        if key in found:
            found[key] = replace(found[key], job=job)
            continue
        try:
            found[job.id] = ListedAdjustment(
                job.id, from_json(AdjustConfig, job.config, "job.json"), False, {}, job.created, job
            )
        except EmbspaceError:
            continue  # of another version; the page of jobs lists it
    return sorted(found.values(), key=lambda one: one.when, reverse=True)


def find_adjustment(asked: str, listed: Iterable[ListedAdjustment]) -> ListedAdjustment | None:
    """The run that an address means: by the key of its tables, or by its job, which may have come to tables since."""
    return next((one for one in listed if asked in (one.name, one.job and one.job.id)), None)


def _read(path: Path) -> ListedAdjustment | None:
    """What is stored of a run of the recipe; None: it is another analysis, or of another version."""
    try:
        about: dict[str, Any] = read_json(path)
        if about.get("analysis") != "stages" or about.get("version") != VERSION:
            return None
        config = from_json(AdjustConfig, about["config"], str(path))
        stages = {str(stage): {str(seed): str(name) for seed, name in of.items()} for stage, of in _items(about)}
        return ListedAdjustment(path.parent.name, config, True, stages, path.stat().st_mtime)
    except (EmbspaceError, OSError, KeyError, AttributeError, TypeError):
        return None


def _items(about: Mapping[str, Any]) -> Iterable[tuple[str, Mapping[str, Any]]]:
    return about["stages"].items()
