"""Trainings in the place of checkpoints: analyses of all steps whose spaces they stored. Loads nothing heavy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from embspace.corpora.entries import SYNTHETIC
from embspace.encoders.trained import find_runs, is_trained
from embspace.errors import CorpusError, SettingsError
from embspace.workflows.analysis import Analysis
from embspace.workspace import Workspace

STEPS = "@steps"
"""behind the name of a training: all of its steps, in the sentences that it was probed with"""


def runs_of(entry: Analysis, name: str, checkpoints: Sequence[str]) -> tuple[str, ...]:
    """The trainings all of whose steps are meant, without `STEPS`; none where these are checkpoints.

    Args:
        entry: of the analysis.
        name: of the analysis, for errors.
        checkpoints: `job:ID@steps`, or `job:ID` where the analysis is of steps; or other names.

    Raises:
        SettingsError: trainings stand beside checkpoints, or the analysis takes one or two checkpoints.
    """
    found = tuple(one.removesuffix(STEPS) for one in checkpoints if _is_run(entry, one))
    if not found:
        return ()
    if entry.takes != "spaces":
        raise SettingsError(f"{name} takes no list of checkpoints, which {found[0]}{STEPS} is; name a step: @50.")
    if len(found) < len(checkpoints):
        other = next(one for one in checkpoints if not _is_run(entry, one))
        raise SettingsError(
            f"{found[0]}{STEPS} are spaces of the sentences that a training was probed with, which {other} would not "
            f"share; name each step instead ({found[0]}@0 {found[0]}@50), and the sentences by --corpus."
        )
    return found


def in_order(checkpoints: Sequence[str]) -> tuple[str, ...]:
    """The names of checkpoints; where all are steps of trainings, those of each by their numbers."""
    runs = [name.partition("@") for name in checkpoints]
    if not all(is_trained(run) and step.isdecimal() for run, _, step in runs):
        return tuple(checkpoints)
    first = list(dict.fromkeys(run for run, _, _ in runs))
    return tuple(sorted(checkpoints, key=lambda name: (first.index(name.partition("@")[0]), int(name.split("@")[1]))))


def of_steps(checkpoints: Sequence[str]) -> bool:
    """Whether names mean two steps of trainings or more, and nothing else."""
    several = len(checkpoints) > 1 or any(one.endswith(STEPS) for one in checkpoints)
    return several and all(
        is_trained(one) and (one.endswith(STEPS) or one.partition("@")[2].isdecimal()) for one in checkpoints
    )


def probed_corpus(names: Sequence[str], workspace: Workspace) -> str:
    """The corpus whose sentences trainings were probed with, of the first one.

    Raises:
        EncoderError: there is no such training.
    """
    probe = find_runs(names[0], workspace)[0].record["config"].get("probe")
    return str(probe["corpus"]) if probe else SYNTHETIC


def languages_of_runs(names: Sequence[str], workspace: Workspace) -> dict[str, list[str]]:
    """Training, as its steps are called -> the languages that it learned from, as far as they are known."""
    return {
        run.name(): list(trained_on(run.record["config"].get("train", []), workspace))
        for name in names
        for run in find_runs(name.partition("@")[0], workspace)
    }


def trained_on(
    parts: Sequence[Mapping[str, Any]], workspace: Workspace, known: dict[str, Sequence[str]] | None = None
) -> tuple[str, ...]:
    """The languages of the parts of a corpus that a config of training names; none where one is not known any more.

    Args:
        parts: of `TrainConfig.train`, as JSON.
        workspace: where added corpora lie.
        known: corpus -> its languages, as they are found; for who asks for many trainings.
    """
    from embspace.corpora.catalog import choose
    from embspace.corpora.templates import CODES

    codes: dict[str, None] = {}
    known = {} if known is None else known
    for part in parts:
        languages = part.get("languages")
        if languages is None and part["corpus"] == SYNTHETIC:
            languages = CODES
        elif languages is None:
            name = str(part["corpus"])
            try:
                languages = known[name] if name in known else choose(name, None, workspace)[1]
            except CorpusError:
                return ()
            known[name] = languages
        codes |= dict.fromkeys(languages)
    return tuple(codes)


def _is_run(entry: Analysis, name: str) -> bool:
    return is_trained(name) and (name.endswith(STEPS) or (entry.steps and "@" not in name))
