"""Spaces of every odd kind that an analysis may meet, in memory."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from fake_space import FakeSpace, fake_space

from embspace.corpora.records import Corpus, Entity, Sentence
from embspace.workflows.analysis import Analysis, resolve


class OddSpace(FakeSpace):
    """A space whose words may be changed, and whose model may have layers that are not stored."""

    def __init__(self, vectors: np.ndarray, words: pd.DataFrame, sentences: pd.DataFrame) -> None:
        super().__init__(vectors, words, sentences)
        self.held = {number: number for number in self.layers}

    def layer(self, index: int) -> np.ndarray:
        return self.vectors[self.held[self.layer_number(index)]]

    def layer_rows(self, index: int, first: int, stop: int) -> np.ndarray:
        return self.layer(index)[first:stop]

    def of_five(self, number: int) -> OddSpace:
        """The same with one layer, of a model that has five."""
        made = OddSpace(self.vectors[:1], self.words, self.sentences)
        made.layers, made.n_layers, made.held = (number,), 5, {number: 0}
        return made

    def rows(self, kept: Sequence[int] | np.ndarray) -> OddSpace:
        """Some rows in the order given."""
        return OddSpace(self.vectors[:, kept], self.words.iloc[kept].reset_index(drop=True), self.sentences)

    def told(self, **columns: Any) -> OddSpace:
        """With other values in columns of its words."""
        return OddSpace(self.vectors, self.words.assign(**columns), self.sentences)

    def moved(self, vectors: np.ndarray) -> OddSpace:
        """With other vectors."""
        return OddSpace(vectors, self.words, self.sentences)


def usual(languages: tuple[str, ...] = ("be", "en", "tr"), per_type: int = 5, seed: int = 0) -> OddSpace:
    made = fake_space(languages, per_type, n_layers=2, dim=6, seed=seed)
    return OddSpace(made.vectors, made.words, made.sentences)


def lost(*rows: int) -> OddSpace:
    made = fake_space(per_type=5, n_layers=2, dim=6, lost=rows)
    return OddSpace(made.vectors, made.words, made.sentences)


def apart() -> OddSpace:
    """Sentences of several languages that translate nothing."""
    made = usual()
    made.sentences = made.sentences.assign(parallel=None)
    return made.told(parallel=None)


def worded(text: str, **columns: Any) -> OddSpace:
    """Every word written so, alone in its sentence."""
    made = usual()
    made.sentences = made.sentences.assign(text=text)
    return made.told(text=text, start=0, stop=len(text), **columns)


ODD: dict[str, Callable[[], OddSpace]] = {
    "usual": usual,
    "one language": lambda: usual(("en",)),
    "one word": lambda: usual().rows([0]),
    "two words of one language": lambda: usual().rows([0, 1]),
    "two parallel words": lambda: usual().rows([0, 10]),
    "three words": lambda: usual().rows([0, 10, 11]),
    "four words": lambda: usual().rows([0, 5, 10, 15]),
    "no words": lambda: usual().rows([]),
    "fewer words than neighbors": lambda: usual(per_type=2),
    "equal vectors": lambda: usual().moved(np.full((2, 30, 6), 0.3)),
    "zero vectors": lambda: usual().moved(np.zeros((2, 30, 6))),
    "one direction": lambda: usual().moved(np.arange(1, 31)[None, :, None] * np.ones((2, 1, 6))),
    "opposite vectors": lambda: usual().moved(
        np.where(np.arange(30) % 2, 1.0, -1.0)[None, :, None] * np.ones((2, 1, 6))
    ),
    "one dimension": lambda: usual().moved(usual().vectors[:, :, :1]),
    "some zero vectors": lambda: usual().moved(np.where(np.arange(30) % 3 == 0, 0, 1)[None, :, None] * usual().vectors),
    "infinite values": lambda: usual().moved(
        np.where((np.arange(30) % 7 == 0)[None, :, None], np.inf, usual().vectors)
    ),
    "huge values": lambda: usual().moved(usual().vectors * 1e37),
    "tiny values": lambda: usual().moved(usual().vectors * 1e-38),
    "rows not found": lambda: lost(0, 7, 12, 29),
    "a language not found": lambda: lost(*range(10)),
    "one word found": lambda: lost(*range(1, 30)),
    "nothing found": lambda: lost(*range(30)),
    "one layer of five": lambda: usual().of_five(3),
    "no entities": lambda: usual().told(entity=None, type=None),
    "no parallel sentences": apart,
    "one entity": lambda: usual().told(entity="id-1", text="Minsk"),
    "one type": lambda: usual().told(type="PER"),
    "no types": lambda: usual().told(type=None),
    "empty types": lambda: usual().told(type=""),
    "one sentence each": lambda: usual().told(sentence=np.arange(30) // 10, parallel="s"),
    "words of 200 letters": lambda: worded("ab" * 100, pieces=" ".join(["ab"] * 100), n_pieces=100),
    "blank words": lambda: worded(" ", pieces="", n_pieces=0),
    "empty words": lambda: worded("", pieces="", n_pieces=0),
}
"""name -> a space, or one that something is odd about"""


@cache
def space_of(odd: str) -> OddSpace:
    """The space of a name, made once."""
    return ODD[odd]()


def corpus_of(space: OddSpace) -> Corpus:
    """The sentences of the words of a space, with their entities."""
    found = []
    for number, row in space.words.drop_duplicates("sentence").iterrows():
        words = tuple(str(row["text"]).split()) or ("",)
        entity = None
        if pd.notna(row["entity"]):
            entity = Entity(0, len(words), str(row["type"]), str(row["entity"]))
        parallel = None if pd.isna(row["parallel"]) else str(row["parallel"])
        found.append(Sentence(words, str(row["language"]), entity=entity, parallel=parallel, source=f"here:{number}"))
    return Corpus("here", found)


def links_of(space: OddSpace) -> pd.DataFrame:
    """The first word of each sentence aligned with that of each translation."""
    rows = space.words.loc[space.words["parallel"].notna(), ["parallel", "language", "position"]]
    pairs = rows.merge(rows, on="parallel", suffixes=("_a", "_b"))
    pairs = pairs.loc[pairs["language_a"] < pairs["language_b"]]
    return pairs.rename(columns={"position_a": "word_a", "position_b": "word_b"})


def scores_of(space: OddSpace) -> pd.DataFrame:
    """A score for every word by each of three systems with two seeds: how it is cut and where it stands."""
    words = space.words.assign(example=np.arange(space.n_words), gain=space.words["n_pieces"].fillna(0).astype(float))
    names = [str(space.recipe["checkpoint"]), "other", "third"]
    tables = [
        words.assign(system=name, seed=seed, score=words["gain"] * at + (words["start"] + at) % (seed + 3))
        for at, name in enumerate(names)
        for seed in range(2)
    ]
    return pd.concat(tables, ignore_index=True)[["system", "seed", "language", "example", "score"]]


def predictions_of(space: OddSpace) -> pd.DataFrame:
    """What two systems take each word for: its own type, or at times another one; some are organizations."""
    words = space.words
    types, sentence = words["type"].fillna("").astype(str), words["sentence"].astype("int64")
    gold = np.where(types == "", "O", np.where(sentence % 4 == 1, "B-ORG", "B-" + types))
    kinds = ("O", "B-LOC", "B-ORG", "B-PER")
    rows = words[["language"]].assign(
        sentence=sentence, position=sentence.groupby(sentence).cumcount(), word=words["text"].astype(str), gold=gold
    )
    tables = []
    for name, every in ((str(space.recipe["checkpoint"]), 3), ("other", 5)):
        other = np.array(kinds)[sentence.to_numpy() % 4]
        tables.append(rows.assign(system=name, predicted=np.where(sentence % every == 0, other, gold)))
    return pd.concat(tables, ignore_index=True)


def counts_of(space: OddSpace) -> pd.DataFrame:
    """Wrong sentences of each pair of languages of a space."""
    codes = sorted(set(space.words["language"]))
    rows = [(one, other, (3 * at) % 11, 20) for at, (one, other) in enumerate(product(codes, codes))]
    return pd.DataFrame(rows, columns=["train", "test", "wrong", "sentences"])


def files_of(entry: Analysis, space: OddSpace) -> Any:
    """What the files hold that an analysis is given."""
    assert entry.given is not None
    if entry.given.argument == "scores":
        return scores_of(space)
    return counts_of(space) if entry.takes == "corpus" else predictions_of(space)


def beside(entry: Analysis, space: OddSpace) -> dict[str, Any]:
    """What an analysis needs beside a corpus."""
    needed = entry.takes == "corpus" and entry.given is not None and entry.given.needed
    return {entry.given.argument: files_of(entry, space)} if needed and entry.given else {}


def needed(path: str, given: Any) -> dict[str, Any]:
    """What a function asks for beside what is analyzed: the word or the baseline that a user names."""
    known = inspect.signature(resolve(path)).parameters
    asked: dict[str, Any] = {}
    if "word" in known:
        words = given[0].words if isinstance(given, list) else given.words
        asked["word"] = str(words["text"].iloc[0]) if len(words) else "word"
    if "baseline" in known:
        asked["baseline"] = str(given["system"].iloc[0]) if len(given) else "none"
    return asked


def steps_of(space: OddSpace, other: OddSpace) -> list[OddSpace]:
    """Two spaces as those of a training's steps, before and after the usual number of them."""
    found = [space.moved(space.vectors), other.moved(other.vectors)]
    for one, source, step in zip(found, (space, other), (0, 50), strict=True):
        one.recipe = {**source.recipe, "checkpoint": f"job:fake@{step}"}
        one.layers, one.n_layers, one.held = source.layers, source.n_layers, source.held
    return found


def given(entry: Analysis, space: OddSpace, other: OddSpace) -> Iterator[tuple[tuple[Any, ...], dict[str, Any]]]:
    """What an analysis takes of a space, in each way that it may be asked; `other` is a second checkpoint."""
    if entry.takes == "corpus":
        yield (corpus_of(space),), beside(entry, space)
    elif entry.takes == "files":
        yield (files_of(entry, space),), {}
    elif entry.takes == "pair":
        yield (space, other), {}
    elif entry.steps:
        yield (steps_of(space, other),), {}
    else:
        yield (space,), {}
    if entry.links:
        yield (space,), {"links": links_of(space)}
