"""What adjust, fine-tune, compare would do, told before it starts: its trainings, and all that speaks against it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from embspace.corpora.entries import RECORDS, SYNTHETIC, Entry
from embspace.corpora.mixed_languages import ENGLISH
from embspace.errors import EmbspaceError
from embspace.jobs.devices import device_name
from embspace.training.config import TAGGED
from embspace.training.part import Part
from embspace.workflows.stages import STAGES, AdjustConfig, test_parts, train_parts, tuning
from plan import joined, model_folder, objections

KINDS = {"nli": "nli", "qa": "squad"}
"""task -> what a corpus keeps beside its sentences that is learned from and scored"""


@dataclass(frozen=True, slots=True)
class AdjustmentPlan:
    """How much a run of the recipe is.

    Attributes:
        trainings: of all stages and seeds.
        pairs: aligned sentences that each seed adjusts with, of all languages.
        steps: of each adjustment; of the fine-tuning the trainings tell.
        problems: what is not possible, a sentence each; empty: it can start.
    """

    trainings: int = 0
    pairs: int = 0
    steps: int = 0
    problems: tuple[str, ...] = ()


def adjustment_plan(
    config: AdjustConfig, entries: Mapping[str, Entry], aligned: Sequence[Mapping[str, int]]
) -> AdjustmentPlan:
    """How much a run is, from what the catalog knows of its corpora; what was trained before is counted too.

    Args:
        config: of the recipe.
        entries: the corpora that there are, by name.
        aligned: for each part of `config.aligned` language -> sentences with words aligned to the source.
    """
    languages = wanted_languages(config, aligned)
    problems = [*_machine(config), *_aligned(config, entries, aligned)]
    if languages:
        problems += _records(config, languages, entries)
    if problems:
        return AdjustmentPlan(problems=tuple(joined(problems)))
    pairs = _pairs(config, aligned)
    trainings = (len(STAGES) - 1) * len(config.seeds)
    return AdjustmentPlan(trainings, pairs, config.adjust_epochs * -(-pairs // config.adjust_batch))


def wanted_languages(config: AdjustConfig, aligned: Sequence[Mapping[str, int]]) -> list[str]:
    """The languages of the translations: those that are named, else all that are aligned."""
    named = zip(config.aligned, aligned, strict=True)
    found = [code for part, known in named for code in (known if part.languages is None else part.languages)]
    return [code for code in dict.fromkeys(found) if code != config.adjust.source]


def fitting(entries: Mapping[str, Entry], task: str) -> list[str]:
    """The names of the corpora that a task can be learned from or scored on."""
    if task in KINDS:
        return [name for name, one in entries.items() if one.records == KINDS[task]]
    if task == "ner":
        return [name for name, one in entries.items() if name == SYNTHETIC or any(map(_names, one.tags))]
    return [name for name, one in entries.items() if one.tags and not any(map(_names, one.tags))]


def _names(tag: str) -> bool:
    return tag[:2] in ("B-", "I-")


def _machine(config: AdjustConfig) -> Iterator[str]:
    if config.task not in TAGGED:  # with these the checkpoint is looked at
        try:
            model_folder(config.checkpoint)
        except EmbspaceError as error:
            yield str(error)
    if config.device:
        try:
            device_name(config.device, os.environ)
        except EmbspaceError as error:
            yield str(error)


def _aligned(config: AdjustConfig, entries: Mapping[str, Entry], aligned: Sequence[Mapping[str, int]]) -> Iterator[str]:
    source, draw = config.adjust.source, config.adjust.draw
    for part, known in zip(config.aligned, aligned, strict=True):
        if part.corpus not in entries:
            yield f"aligned: there is no corpus {part.corpus!r} that can be opened; add it on the page Corpora."
            continue
        bare = [code for code in part.languages or () if code != source and code not in known]
        if bare or not known:
            said = f"those in {', '.join(known)} are" if known else "it has no such words"
            yield (
                f"aligned: no words of {part.corpus} in {', '.join(bare) or 'any language'} are aligned to {source}; "
                f"{said}."
            )
        few = [f"{code} {known[code]}" for code in part.languages or known if known.get(code, draw or 0) < (draw or 0)]
        if few:
            yield f"draw = {draw:,} aligned pairs of each language, but there are {', '.join(few)}; draw fewer."


def _records(config: AdjustConfig, languages: Sequence[str], entries: Mapping[str, Entry]) -> Iterator[str]:
    """What the corpora of the task have not."""
    if config.task in TAGGED:
        yield from objections(tuning(config, languages), entries)
    for name, parts in (("train", train_parts(config)), ("test", test_parts(config, languages))):
        for part in parts:
            entry = entries.get(part.corpus)
            if entry is not None and (config.task in KINDS or part.corpus == SYNTHETIC):
                yield from (f"{name}: {text}" for text in _lacks(part, entry, config.task))
            elif entry is None and config.task in KINDS:
                yield f"{name}: there is no corpus {part.corpus!r} that can be opened; add it on the page Corpora."


def _lacks(part: Part, entry: Entry, task: str) -> Iterator[str]:
    if task in KINDS and entry.records != KINDS[task]:
        yield f"{entry.name} keeps no {RECORDS[KINDS[task]]}, which {task} needs; choose another corpus."
        return
    if lost := [code for code in part.languages or () if code not in entry.languages]:
        yield f"{entry.name} has no {', '.join(lost)}; it has {', '.join(entry.languages)}."
    if part.english != "none" and ENGLISH not in entry.languages:
        yield f"{entry.name} has no English originals, of which texts in two languages are made; leave these out."


def _pairs(config: AdjustConfig, aligned: Sequence[Mapping[str, int]]) -> int:
    counts: dict[str, int] = {}
    for part, known in zip(config.aligned, aligned, strict=True):
        for code in known if part.languages is None else part.languages:
            if code != config.adjust.source:
                counts[code] = counts.get(code, 0) + min(known[code], part.sentences or known[code])
    draw = config.adjust.draw
    return sum(count if draw is None else min(count, draw) for count in counts.values())
