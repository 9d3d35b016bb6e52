"""The sentences of a fine-tuning: what is learned from, what chooses, what is scored, what is looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from embspace.corpora.catalog import open_corpus
from embspace.corpora.dividing import divide
from embspace.corpora.entries import SYNTHETIC
from embspace.corpora.mixing import hold_out, quarter_mix
from embspace.corpora.records import Corpus, Sentence
from embspace.corpora.synthetic_ner import synthetic_ner
from embspace.corpora.templates import CODES
from embspace.errors import CorpusError
from embspace.training.config import Part, TrainConfig
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
        train: tagged.
        dev: tagged; may be empty.
        test: tagged; may be empty.
        unlabelled: for objectives; may be empty.
        probe: what is looked at; None: nothing.
    """

    train: Corpus
    dev: Corpus
    test: Corpus
    unlabelled: Corpus
    probe: Corpus | None

    def fingerprints(self) -> dict[str, str]:
        """Of what the trained weights depend on."""
        return {name: getattr(self, name).fingerprint for name in ("train", "dev", "unlabelled")}


def read_material(config: TrainConfig, workspace: Workspace) -> Material:
    """Open all sentences of a config.

    Raises:
        CorpusError: corpora or languages are not there, or sentences have no tags: all problems, a line each.
        StoreError: an added corpus is damaged.
    """
    problems: list[str] = []
    train, held = _learned(config, workspace, problems)
    opened = {
        name: _joined([*_opened(name, getattr(config, name), workspace, problems)])
        for name in ("dev", "test", "unlabelled")
    }
    opened["dev"] += held
    probes = [_probe(config, train)] if config.probe_every else []
    probe = next(_opened("probe", probes, workspace, problems), None)
    for name, sentences in (("train", train), ("dev", opened["dev"]), ("test", opened["test"])):
        problems += [f"{name}: {text}" for text in _unfit(sentences, config.task)]
        if config.task == "pos" and any(part.corpus == SYNTHETIC for part in getattr(config, name)):
            problems.append(f"{name}: synthetic-ner has named entities alone, and the task is 'pos'; choose another.")
    if config.task == "ner" and train and all(one.tags and {*one.tags} == {"O"} for one in train):
        problems.append("train: no sentence has a named entity; give some that have.")
    if problems:
        raise CorpusError("\n".join(problems))
    if config.mix != "all":
        by_language: dict[str, list[Sentence]] = {}
        for one in train:
            by_language.setdefault(one.language, []).append(one)
        train = quarter_mix(by_language, config.mix, _DRAW)
    corpora = {"train": train, **opened}
    return Material(**{name: Corpus(name, of) for name, of in corpora.items()}, probe=probe)


def open_part(part: Part, workspace: Workspace) -> Corpus:
    """The sentences of a part.

    Raises:
        CorpusError: there is no such corpus or language, or it has not so many sentences.
        StoreError: an added corpus is damaged.
    """
    if part.corpus != SYNTHETIC:
        return open_corpus(part.corpus, languages=part.languages, limit=part.sentences, workspace=workspace)
    return synthetic_ner(part.languages, per_type=part.numbers(), split=part.split, seed=part.seed)


def _unfit(sentences: Sequence[Sentence], task: str) -> Iterator[str]:
    """What of sentences cannot be learned from or scored, a sentence each."""
    bare = next((one for one in sentences if one.tags is None), None)
    if bare is not None:
        yield f"{bare.source or bare.text[:60]!r} has no tags, which {task} is learned from."
    words = Counter[str]()
    for one in sentences:
        words[one.language] += len(one.words)
    if empty := [code for code, count in words.items() if not count]:
        yield f"the sentences in {', '.join(empty)} have no words; give others, or leave the language out."


def _learned(config: TrainConfig, workspace: Workspace, problems: list[str]) -> tuple[list[Sentence], list[Sentence]]:
    """What is learned from, and what is held out of it; what is wrong is added to the problems."""
    share = 0.0 if config.dev else config.dev_share
    learned, held, others = list[Sentence](), list[Sentence](), list[Sentence]()
    for part in config.train:
        try:
            if share and part.corpus == SYNTHETIC:
                drawn = divide(part.languages, per_type=part.numbers(), share=share, split=part.split, seed=part.seed)
                learned += drawn[0]
                held += drawn[1]
            else:
                others += next(_opened("train", [part], workspace, problems), ())
        except CorpusError as error:
            problems.append(f"train: {error}")
    if share and others:
        try:
            others, some = hold_out(others, share, _DRAW)
            held += some
        except CorpusError as error:
            problems.append(f"train: {error}")
    return learned + others, held


def _opened(name: str, parts: Sequence[Part], workspace: Workspace, problems: list[str]) -> Iterator[Corpus]:
    for part in parts:
        try:
            corpus = open_part(part, workspace)
        except CorpusError as error:
            problems.append(f"{name}: {error}")
        else:
            if not len(corpus):
                of = f" in {', '.join(part.languages)}" if part.languages else ""
                problems.append(f"{name}: {part.corpus} has no sentences{of}; choose others.")
            yield corpus


def _joined(corpora: Sequence[Corpus]) -> list[Sentence]:
    return [sentence for corpus in corpora for sentence in corpus]


def _probe(config: TrainConfig, train: Sequence[Sentence]) -> Part:
    if config.probe is not None:
        return config.probe
    trained = next((one.language for one in train if one.language in CODES), None)
    others = [one for one in _LOOKED_AT if one != trained]
    return Part(languages=(trained, *others[:3]) if trained else _LOOKED_AT[:4], split="test", per_type=_PROBE)
