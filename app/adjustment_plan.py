"""What adjust, fine-tune, compare would do, told before it starts: its trainings, and all that speaks against it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from embspace.corpora.entries import Entry
from embspace.errors import EmbspaceError
from embspace.jobs.devices import device_name
from embspace.workflows.stages import STAGES, AdjustConfig, tuning
from plan import joined, objections


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
        problems += objections(tuning(config, languages), entries)
    if problems:
        return AdjustmentPlan(problems=tuple(joined(problems)))
    draw = config.adjust.draw
    pairs = sum(count if draw is None else min(count, draw) for count in _counts(config, aligned).values())
    trainings = (len(STAGES) - 1) * len(config.seeds)
    return AdjustmentPlan(trainings, pairs, config.adjust_epochs * -(-pairs // config.adjust_batch))


def wanted_languages(config: AdjustConfig, aligned: Sequence[Mapping[str, int]]) -> list[str]:
    """The languages of the translations: those that are named, else all that are aligned."""
    named = zip(config.aligned, aligned, strict=True)
    found = [code for part, known in named for code in (known if part.languages is None else part.languages)]
    return [code for code in dict.fromkeys(found) if code != config.adjust.source]


def _machine(config: AdjustConfig) -> Iterator[str]:
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
    few = [f"{code} {number}" for code, number in _counts(config, aligned).items() if 0 < number < (draw or 0)]
    if few:
        yield f"draw = {draw:,} aligned pairs of each language, but there are {', '.join(few)}; draw fewer."


def _counts(config: AdjustConfig, aligned: Sequence[Mapping[str, int]]) -> dict[str, int]:
    """Aligned sentences by language, of all parts."""
    counts = Counter[str]()
    for part, known in zip(config.aligned, aligned, strict=True):
        for code in known if part.languages is None else part.languages:
            if code != config.adjust.source:
                counts[code] += min(known.get(code, 0), part.sentences or known.get(code, 0))
    return dict(counts)
