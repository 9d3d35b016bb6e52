"""The fine-tunings of "adjustment": five stages for each task and language, whose adjustments all tasks share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from embspace.corpora.catalog import choose
from embspace.corpora.entries import SYNTHETIC
from embspace.errors import StudyError
from embspace.studies.config import StudyConfig
from embspace.training.adjust import Adjust
from embspace.training.part import Part
from embspace.workflows.stages import (
    ADJUSTED,
    ADJUSTED_TUNED,
    CONTINUAL,
    TUNED,
    AdjustConfig,
    TaskName,
    adjusting,
    tuning,
    tuning_after,
)
from embspace.workflows.training_batch import After, Plan

PAPER_PAIRS, PAPER_LANGUAGES = 30_000, ("es", "ru", "vi", "hi")
LANGUAGES = ("es", "ru", "tr")
"""two of the paper's, and one for its others, in all that ships"""
SOURCE = "en"
DEFAULTS = {
    "aligned": "parallel-sample",
    "look": "parallel-sample",
    "nli": "nli-sample",
    "nli-test": "nli-sample-test",
    "ner": SYNTHETIC,
    "ner-test": SYNTHETIC,
    "qa": "qa-sample",
    "qa-test": "qa-sample-test",
    "retrieval": "parallel-sample",
}
"""role -> the corpus that serves where none is named"""
_NER_SAMPLE = 200
"""of SyntheticNER: sentences that are tested per language, where nothing else is said"""


def corpus_of(config: StudyConfig, role: str, language: str) -> str:
    """The corpus of a role; `{language}` in its name stands for the code of a language."""
    return config.corpora.get(role, DEFAULTS[role]).replace("{language}", language)


def languages(config: StudyConfig, task: TaskName | None = None) -> tuple[str, ...]:
    """The languages of the translations, of a task those that its test records have.

    Raises:
        CorpusError: there is no such corpus, or it has no such language.
        StudyError: a task has none of them.
    """
    wanted = tuple(dict.fromkeys(one for one in config.languages or LANGUAGES if one != SOURCE))
    if not wanted:
        raise StudyError("adjustment: English is adjusted to translations in other languages; name one or more.")
    if task is None:
        return wanted
    found = tuple(one for one in wanted if one in choose(corpus_of(config, f"{task}-test", one))[0].languages)
    if not found:
        name = corpus_of(config, f"{task}-test", wanted[0])
        raise StudyError(f"{task}-test: {name} has none of {', '.join(wanted)}; name another corpus.")
    return found


def stage_config(config: StudyConfig, task: TaskName, chosen: Sequence[str]) -> AdjustConfig:
    """The stages of a task for one language; several for what is not adjusted, which they share."""
    first = chosen[0]
    look = corpus_of(config, "look", first)
    return AdjustConfig(
        checkpoint=config.checkpoint,
        aligned=(Part(corpus=corpus_of(config, "aligned", first), languages=(first,)),),
        task=task,
        train=(_learned(config, task),),
        test=tuple(part for one in chosen for part in _tested(config, task, one)),
        look=Part(corpus=look, languages=(first,)),
        seeds=config.seeds,
        adjust=Adjust(source=SOURCE, draw=_pairs(config, first)),
        adjust_rate=config.adjust_rate or AdjustConfig().adjust_rate,
        epochs=config.epochs,
        rate=config.rate,
        length=config.length if task == "qa" else None,
        threads=config.threads,
        device=config.device,
    )


def trainings(*tasks: TaskName) -> Callable[[StudyConfig], dict[str, Plan]]:
    """What an item needs that is made of some tasks."""

    def found(config: StudyConfig) -> dict[str, Plan]:
        every: dict[str, Plan] = {}
        for task in tasks:
            every |= _plans(config, task)
        return every

    return found


def _plans(config: StudyConfig, task: TaskName) -> dict[str, Plan]:
    chosen = languages(config, task)
    for role in {"nli": ("look",), "qa": ("retrieval",)}.get(task, ()):  # read when all is trained: better said now
        for one in chosen:
            choose(corpus_of(config, role, one), [SOURCE, one])
    found: dict[str, Plan] = {f"{task}: {TUNED}": tuning(stage_config(config, task, chosen), chosen)}
    for one in chosen:
        own = stage_config(config, task, [one])
        for seed in config.seeds:
            parent = f"{one}: {ADJUSTED}, seed {seed}"
            found[parent] = adjusting(own, seed)
            for stage in (ADJUSTED_TUNED, CONTINUAL):
                found[f"{task} {one}: {stage}, seed {seed}"] = After(parent, tuning_after(own, [one], stage, seed))
    return found


def _learned(config: StudyConfig, task: TaskName) -> Part:
    name = corpus_of(config, task, SOURCE)
    if name == SYNTHETIC:
        return Part(languages=(SOURCE,), sentences=config.sentences)
    return Part(corpus=name, languages=(SOURCE,), sentences=config.sentences)


def _tested(config: StudyConfig, task: TaskName, language: str) -> list[Part]:
    name = corpus_of(config, f"{task}-test", language)
    if name == SYNTHETIC:
        number = config.test_sentences or _NER_SAMPLE
        return [Part(languages=(language,), split="test", sentences=number)]
    part = Part(corpus=name, languages=(language,), sentences=config.test_sentences)
    mixed = {"nli": ("either",), "qa": ("paragraph", "question")}.get(task, ())
    return [part, *(replace(part, english=one) for one in mixed)]


def _pairs(config: StudyConfig, language: str) -> int | None:
    """Pairs that a seed draws; None: all, where the paper's number is more than there are."""
    wanted = config.pairs or max(1, round(PAPER_PAIRS * config.scale))
    has = choose(corpus_of(config, "aligned", language))[0].sentences.get(language, 0)
    return wanted if config.pairs or wanted < has else None
