"""The records of a fine-tuning: what is learned from, what chooses, what is scored, what is looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from embspace.corpora.aligned import open_aligned
from embspace.corpora.catalog import open_corpus, open_entailments, open_questions
from embspace.corpora.dividing import divide
from embspace.corpora.entries import SYNTHETIC
from embspace.corpora.mixed_languages import cross_lingual_questions, mixed_entailments
from embspace.corpora.mixing import hold_out, quarter_mix
from embspace.corpora.records import AlignedPair, Corpus, Records
from embspace.corpora.synthetic_ner import synthetic_ner
from embspace.corpora.templates import CODES
from embspace.encoders.checkpoints import find_checkpoint
from embspace.errors import CorpusError
from embspace.training.config import ADJUSTMENT, TAGGED, TrainConfig
from embspace.training.part import Part
from embspace.workspace import Workspace

_DRAW = 0
"""seed of what is held out and mixed: the same sentences for all seeds of a run"""
_LOOKED_AT = ("en", "es", "ru", "tr", "pl", "uk")
"""languages of the default probe, beside one that is trained on: the first three others"""
_PROBE = 100
"""sentences per type and language of the default probe"""


@dataclass(frozen=True, slots=True)
class Material:
    """What a config names, opened.

    Attributes:
        train: labelled for the task.
        dev: labelled; may be empty.
        test: labelled; may be empty.
        unlabelled: sentences for objectives; may be empty.
        aligned: pairs for the objective of the adjustment; may be empty.
        probe: what is looked at; None: nothing.
        original: the fingerprint of the frozen model of the adjustment; empty: the checkpoint, or there is none.
    """

    train: Records[Any]
    dev: Records[Any]
    test: Records[Any]
    unlabelled: Corpus
    aligned: Records[AlignedPair]
    probe: Corpus | None
    original: str = ""

    def fingerprints(self) -> dict[str, str]:
        """Of what the trained weights depend on."""
        found = {name: getattr(self, name).fingerprint for name in ("train", "dev", "unlabelled")}
        later = {"aligned": self.aligned.fingerprint if len(self.aligned) else "", "original": self.original}
        return found | {name: value for name, value in later.items() if value}


def read_material(config: TrainConfig, workspace: Workspace) -> Material:
    """Open all sentences of a config.

    Raises:
        CorpusError: corpora or languages are not there, or sentences have no tags: all problems, a line each.
        StoreError: an added corpus is damaged.
    """
    problems: list[str] = []
    train, held = _learned(config, workspace, problems)
    kinds = {"dev": config.task, "test": config.task, "unlabelled": "", "aligned": ADJUSTMENT}
    opened = {
        name: _joined([*_opened(name, getattr(config, name), kind, config, workspace, problems)])
        for name, kind in kinds.items()
        if name != "test" or _has_test(config)
    }
    opened.setdefault("test", [])
    opened["dev"] += held
    probes = [_probe(config, train)] if config.probe_every else []
    looked_at = next(_opened("probe", probes, "", config, workspace, problems), None)
    probe = None if looked_at is None else Corpus(looked_at.name, looked_at)
    for name, sentences in (("train", train), ("dev", opened["dev"]), ("test", opened["test"])):
        problems += [f"{name}: {text}" for text in unfit(sentences, config.task)]
        if config.task == "pos" and any(part.corpus == SYNTHETIC for part in getattr(config, name)):
            problems.append(f"{name}: synthetic-ner has named entities alone, and the task is 'pos'; choose another.")
    if config.task == "ner" and train and all(one.tags and {*one.tags} == {"O"} for one in train):
        problems.append("train: no sentence has a named entity; give some that have.")
    if problems:
        raise CorpusError("\n".join(problems))
    if config.mix != "all":
        by_language: dict[str, list[Any]] = {}
        for one in train:
            by_language.setdefault(one.language, []).append(one)
        train = quarter_mix(by_language, config.mix, _DRAW)
    corpora = {"train": train, **opened}
    given = {name: Records(name, of) for name, of in corpora.items() if name != "unlabelled"}
    frozen = find_checkpoint(config.adjust.original).fingerprint if config.adjust.original else ""
    return Material(**given, unlabelled=Corpus("unlabelled", corpora["unlabelled"]), probe=probe, original=frozen)


def open_records(part: Part, task: str, workspace: Workspace, source: str = "en") -> Records[Any]:
    """The records of a part that a task learns from or is scored on; of no task its sentences.

    Args:
        part: which of which corpus.
        task: in `TASKS`, or empty.
        workspace: where added corpora lie.
        source: of the adjustment: the language that stays.

    Raises:
        CorpusError: there is no such corpus or language, or it has no such records.
        StoreError: an added corpus is damaged.
    """
    given: dict[str, Any] = {"limit": part.sentences, "workspace": workspace}
    if part.english != "none" and (task, part.english) not in _ENGLISH:
        raise CorpusError(
            f"english = {part.english!r} is not possible for {task or 'sentences'}; of nli it is either, of qa "
            "question or paragraph."
        )
    if task == ADJUSTMENT:
        return open_aligned(part.corpus, source, languages=part.languages, **given)
    if task not in ("nli", "qa"):
        return open_part(part, workspace)
    both = part.languages if part.english == "none" or part.languages is None else ("en", *part.languages)
    if task == "nli":
        pairs = open_entailments(part.corpus, languages=both, **given)
        return pairs if part.english == "none" else Records(pairs.name, mixed_entailments(pairs, pairs, part.seed))
    asked = open_questions(part.corpus, languages=both, **given)
    if part.english in ("question", "paragraph"):
        return Records(asked.name, cross_lingual_questions(asked, asked, part.english))
    return asked


_ENGLISH = {("nli", "either"), ("qa", "question"), ("qa", "paragraph")}


def open_part(part: Part, workspace: Workspace) -> Corpus:
    """The sentences of a part.

    Raises:
        CorpusError: there is no such corpus or language, or it has not so many sentences.
        StoreError: an added corpus is damaged.
    """
    if part.corpus != SYNTHETIC:
        return open_corpus(part.corpus, languages=part.languages, limit=part.sentences, workspace=workspace)
    return synthetic_ner(part.languages, per_type=part.numbers(), split=part.split, seed=part.seed)


def _has_test(config: TrainConfig) -> bool:
    """Whether test records are wanted: those by default are tagged sentences, and of no other task."""
    return config.task in TAGGED or config.test != TrainConfig().test


def unfit(sentences: Sequence[Any], task: str) -> Iterator[str]:
    """What of records cannot be learned from or scored, a sentence each."""
    if task not in TAGGED:
        return
    bare = next((one for one in sentences if one.tags is None), None)
    if bare is not None:
        yield f"{bare.source or bare.text[:60]!r} has no tags, which {task} is learned from."
    words = Counter[str]()
    for one in sentences:
        words[one.language] += len(one.words)
    if empty := [code for code, count in words.items() if not count]:
        yield f"the sentences in {', '.join(empty)} have no words; give others, or leave the language out."


def _learned(config: TrainConfig, workspace: Workspace, problems: list[str]) -> tuple[list[Any], list[Any]]:
    """What is learned from, and what is held out of it; what is wrong is added to the problems."""
    share = 0.0 if config.dev else config.dev_share
    learned, held, others = list[Any](), list[Any](), list[Any]()
    for part in config.train:
        try:
            if share and part.corpus == SYNTHETIC and config.task in TAGGED:
                drawn = divide(part.languages, per_type=part.numbers(), share=share, split=part.split, seed=part.seed)
                learned += drawn[0]
                held += drawn[1]
            else:
                others += next(_opened("train", [part], config.task, config, workspace, problems), ())
        except CorpusError as error:
            problems.append(f"train: {error}")
    if share and others:
        try:
            others, some = hold_out(others, share, _DRAW)
            held += some
        except CorpusError as error:
            problems.append(f"train: {error}")
    return learned + others, held


def _opened(
    name: str, parts: Sequence[Part], task: str, config: TrainConfig, workspace: Workspace, problems: list[str]
) -> Iterator[Records[Any]]:
    """The records of parts; what is wrong is added to the problems."""
    for part in parts:
        try:
            corpus = open_records(part, task, workspace, config.adjust.source)
        except CorpusError as error:
            problems.append(f"{name}: {error}")
        else:
            if not len(corpus):
                of = f" in {', '.join(part.languages)}" if part.languages else ""
                problems.append(f"{name}: {part.corpus} has no sentences{of}; choose others.")
            yield corpus


def _joined(corpora: Sequence[Records[Any]]) -> list[Any]:
    return [one for corpus in corpora for one in corpus]


def _probe(config: TrainConfig, train: Sequence[Any]) -> Part:
    if config.probe is not None:
        return config.probe
    trained = next((one.language for one in train if one.language in CODES), None)
    others = [one for one in _LOOKED_AT if one != trained]
    return Part(languages=(trained, *others[:3]) if trained else _LOOKED_AT[:4], split="test", per_type=_PROBE)
