"""What a study would do, told before it starts: its fine-tunings, how long they take, what speaks against it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from embspace.corpora.entries import Entry
from embspace.errors import EmbspaceError
from embspace.studies.config import StudyConfig
from embspace.studies.registry import STUDIES
from embspace.training.config import TAGGED
from embspace.workflows.training_batch import After
from paces import Pace, Time, expected
from plan import joined, model_folder, objections, plan


@dataclass(frozen=True, slots=True)
class StudyPlan:
    """How much a study is.

    Attributes:
        items: tables and figures that are made.
        settings: different fine-tunings.
        runs: of them, one per seed.
        steps: of all runs.
        time: how long they take one after the other; None: nothing tells, or there are none.
        problems: what is not possible, a sentence each; empty: it can start.
    """

    items: int = 0
    settings: int = 0
    runs: int = 0
    steps: int = 0
    time: Time | None = None
    problems: tuple[str, ...] = ()


def study_plan(
    config: StudyConfig, entries: Mapping[str, Entry], paces: Sequence[Pace], model: Path | None
) -> StudyPlan:
    """How much a study is, from what the catalog knows of its corpora; what was trained before is counted too.

    Args:
        config: of the study.
        entries: the corpora that there are, by name.
        paces: of earlier runs, the latest first.
        model: the folder of the checkpoint, as `paces.expected` takes it.
    """
    study = STUDIES[config.study]
    try:
        model_folder(config.checkpoint)
        items = study.chosen(config)
        plans = study.trainings(config)
    except EmbspaceError as error:
        return StudyPlan(problems=(str(error),))
    trainings = {name: one.config if isinstance(one, After) else one for name, one in plans.items()}
    problems = [text for one in trainings.values() for text in objections(one, entries)]
    if problems:
        return StudyPlan(problems=tuple(joined(problems)))
    sizes = {name: plan(one, entries) for name, one in trainings.items()}
    steps = {name: one.steps for name, one in sizes.items()}
    times = [expected(one, sizes[name], paces, model) for name, one in trainings.items()]
    known = [one for one in times if one is not None]
    whole = None
    told = all(one.task in TAGGED and not one.aligned for one in trainings.values())  # paces are of tagged sentences
    if told and known and len(known) == len(times):
        whole = Time(sum(one.seconds for one in known), known[0].basis, any(one.rough for one in known))
    runs = {name: len(one.seeds) for name, one in trainings.items()}
    return StudyPlan(
        len(items), len(trainings), sum(runs.values()), sum(steps[name] * count for name, count in runs.items()), whole
    )
