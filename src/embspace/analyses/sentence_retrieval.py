"""Retrieval of sentences: whether a sentence's nearest one in another language is its translation, layer by layer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from embspace.analyses.distances import Layers, layer_numbers
from embspace.analyses.results import checkpoint_labels, result
from embspace.analyses.retrieval import partner_ranks, retrieval
from embspace.analyses.sampling import rows_of_layer
from embspace.errors import SettingsError
from embspace.progress import Progress, Silent

if TYPE_CHECKING:
    from embspace.spaces.space import Space

MEASURES = ("mrr", "accuracy")
_COLUMNS = ["layer", "language", "measure", "value", "n"]


def sentence_retrieval(
    spaces: Space | Sequence[Space],
    layer: Layers = None,
    *,
    to: str = "en",
    center: bool = False,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """How well sentences find their translation by cosine: `layer language measure value n`.

    Each sentence of a language that has a translation seeks it among the translations of all of them; `value` is the
    mean reciprocal rank (`mrr`) or the share that is found first (`accuracy`), 0 .. 1, NaN where a language has none;
    `n` the number of queries. A sentence is the mean of its words' vectors, each as often as it has pieces: with mean
    pooling the mean of the pieces of words. "adjustment" 4.5 (XSR: queries in the other language, corpus in English,
    mean of token vectors, mean reciprocal rank); accuracy as for Tatoeba.

    Args:
        spaces: of words, of parallel sentences; rows with `found` count. Of several, a column `checkpoint` comes first.
        layer: a number, several, or all of them (None).
        to: the language that is searched, BCP 47.
        center: subtract each language's own mean first; the paper does not.
        progress: told of every layer.

    Raises:
        SettingsError: a space has no sentences in that language, or none with a translation in it.
    """
    several = isinstance(spaces, Sequence)
    listed = list(spaces) if several else [spaces]
    if not listed:
        raise SettingsError("sentence_retrieval: no space was given; give one, or a list of them.")
    layers = [layer_numbers(space, layer) for space in listed]
    pairs = [_Pairs(space, to) for space in listed]
    progress = progress or Silent()
    progress.stage("retrieval", sum(map(len, layers)), "layers")
    rows = []
    for space, known, label, numbers in zip(listed, pairs, checkpoint_labels(listed), layers, strict=True):
        for number in numbers:
            vectors = known.vectors(space, number)
            for language, queries, partners in known.languages:
                found = retrieval(vectors[queries], vectors[partners], center=center) if len(queries) else None
                values = (found.mean_reciprocal_rank, found.accuracy) if found else (float("nan"), float("nan"))
                head = [*([label] if several else []), number, language]
                rows += [(*head, name, value, len(queries)) for name, value in zip(MEASURES, values, strict=True)]
            progress.advance()
    columns = [*(["checkpoint"] if several else []), *_COLUMNS]
    settings: dict[str, Any] = {"layers": layers[0], "to": to, "center": center}
    return result(rows, columns, "sentence_retrieval", listed, **settings)


def sentence_ranks(space: Space, layer: int = -1, *, to: str = "en", center: bool = False) -> pd.DataFrame:
    """The rank at which each sentence finds its translation in one layer: `language parallel rank`, from 1.

    What the scores of `sentence_retrieval` are means of, for tests over sentences; arguments as there.

    Raises:
        SettingsError: as of `sentence_retrieval`.
    """
    known, (number,) = _Pairs(space, to), layer_numbers(space, layer)
    vectors, parts = known.vectors(space, number), []
    for language, queries, partners in known.languages:
        if len(queries):
            ranks = partner_ranks(vectors[queries], vectors[partners], center=center)
            ids = known.parallels(space, queries)
            parts.append(pd.DataFrame({"language": language, "parallel": ids, "rank": ranks}))
    return pd.concat(parts, ignore_index=True)


def best_layers(retrieval: pd.DataFrame) -> pd.DataFrame:
    """The layer at which each language's sentences are found best: `language measure layer value n`.

    Of layers that are equally good the lowest; as "adjustment" 4.5 reports it, so the layer is chosen on the test
    sentences themselves.

    Args:
        retrieval: of `sentence_retrieval`.
    """
    keys = [*(["checkpoint"] if "checkpoint" in retrieval.columns else []), "language", "measure"]
    there = retrieval.loc[retrieval["value"].notna()].sort_values("layer", kind="stable")
    best = there.loc[there.groupby(keys, sort=False)["value"].idxmax()]
    order = {key: at for at, key in enumerate(dict.fromkeys(retrieval[keys].itertuples(index=False, name=None)))}
    place = [order[key] for key in best[keys].itertuples(index=False, name=None)]
    found = best.assign(_at=place).sort_values("_at")[[*keys, "layer", "value", "n"]].reset_index(drop=True)
    found.attrs["settings"] = {**retrieval.attrs.get("settings", {}), "analysis": "best_layers"}
    return found


class _Pairs:
    """The sentences of a space that have translations in one language.

    Attributes:
        languages: each other language, the numbers of its sentences, and those of their translations.
    """

    def __init__(self, space: Space, corpus: str) -> None:
        words = space.words
        self._rows = np.flatnonzero(words["found"].to_numpy(dtype=bool))
        owner = words["sentence"].to_numpy(dtype=np.int64)[self._rows]
        order = np.argsort(owner, kind="stable")
        self._order, owner = order, owner[order]
        self._starts = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]]) if len(owner) else owner
        pieces = words["n_pieces"].to_numpy(dtype=float)[self._rows][order]
        self._weights = np.maximum(pieces, 1.0)
        self._numbers = owner[self._starts]
        self.languages = list(self._read(space.sentences, corpus))

    def vectors(self, space: Space, layer: int) -> NDArray[np.float64]:
        """(n, dim): the mean of each sentence that has words."""
        rows = rows_of_layer(space, layer, self._rows)[self._order]
        sums = np.add.reduceat(rows * self._weights[:, None], self._starts, axis=0)
        return sums / np.add.reduceat(self._weights, self._starts)[:, None]

    def parallels(self, space: Space, numbers: NDArray[np.int64]) -> list[str]:
        """The ids that sentences share with their translations."""
        return space.sentences["parallel"].iloc[self._numbers[numbers]].astype(str).tolist()

    def _read(self, sentences: pd.DataFrame, corpus: str) -> Iterator[tuple[str, NDArray[np.int64], NDArray[np.int64]]]:
        own = sentences.iloc[self._numbers].assign(at=np.arange(len(self._numbers)))
        if corpus not in set(own["language"]):
            there = ", ".join(map(str, dict.fromkeys(own["language"]))) or "none"
            raise SettingsError(
                f"sentence_retrieval: no sentence is in {corpus!r}, which is searched; there are sentences in {there}."
            )
        known = own.loc[own["parallel"].notna()].drop_duplicates(["language", "parallel"])
        theirs = known.loc[known["language"] == corpus].set_index("parallel")["at"]
        if not known.loc[known["language"] != corpus, "parallel"].isin(theirs.index).any():
            raise SettingsError(
                f"sentence_retrieval: no sentence has a translation in {corpus!r}; give parallel sentences."
            )
        for language in dict.fromkeys(own["language"]):
            if language == corpus:
                continue
            mine = known.loc[(known["language"] == language) & known["parallel"].isin(theirs.index)]
            yield str(language), mine["at"].to_numpy(dtype=np.int64), theirs.loc[mine["parallel"]].to_numpy(np.int64)
