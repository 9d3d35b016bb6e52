"""Aligned pairs of a corpus of the catalog: sentences of one language and their translations, word by word."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from random import Random

import pandas as pd

from embspace.corpora.alignment import aligned_pairs
from embspace.corpora.catalog import choose, open_corpus, open_links
from embspace.corpora.records import AlignedPair, Records
from embspace.errors import CorpusError
from embspace.workspace import Workspace


def open_aligned(
    name: str,
    source: str = "en",
    *,
    languages: Iterable[str] | None = None,
    limit: int | None = None,
    workspace: Workspace | None = None,
) -> Records[AlignedPair]:
    """The sentences of a language with their translations and the links between their words.

    Args:
        name: of the catalog, such as "parallel-sample".
        source: the language whose sentences come first in each pair.
        languages: of the translations, BCP 47 codes; None: all that are aligned to the source.
        limit: the first n parallel groups, as of `open_corpus`; None: all.
        workspace: where added corpora lie; None: the current one.

    Raises:
        CorpusError: there is no such corpus, it has no such language, or no words of one are aligned to the source.
        StoreError: a file of an added corpus is damaged.
    """
    entry, has = choose(name, None, workspace)
    if source not in has:
        raise CorpusError(f"{entry.name} has no sentences in {source}; it has {', '.join(has)}.")
    links = open_links(name, workspace)
    turned = pd.DataFrame() if links is None else source_links(links, source)
    known = tuple(turned["language_b"].unique()) if len(turned) else ()
    wanted = known if languages is None else tuple(one for one in languages if one != source)
    absent = [one for one in wanted if one not in known]
    if absent or not wanted:
        told = f"those in {', '.join(known)} are" if known else "it has no word alignments"
        raise CorpusError(
            f"{entry.name}: no words in {', '.join(absent) or 'any language'} are aligned to {source}; {told}. Add it "
            "again with --align, or with --links FILE.pharaoh."
        )
    corpus = open_corpus(name, languages=[source, *wanted], limit=limit, workspace=workspace)
    pairs = aligned_pairs(corpus, turned.loc[turned["language_b"].isin(wanted)])
    title = entry.name if limit is None else f"{entry.name}, first {limit}"
    found = Records(title, pairs)
    if bare := [one for one in wanted if one not in found.languages]:
        raise CorpusError(f"{title}: no sentence in {', '.join(bare)} has words aligned to {source}; take more of it.")
    return found


def draw_pairs(pairs: Sequence[AlignedPair], number: int | None, seed: int) -> list[AlignedPair]:
    """So many of the pairs of each language, drawn at random without repetition, in their order; None: all.

    Raises:
        CorpusError: a language has fewer.
    """
    if number is None:
        return list(pairs)
    by_language: dict[str, list[int]] = {}
    for place, one in enumerate(pairs):
        by_language.setdefault(one.language, []).append(place)
    if few := [f"{code} {len(places)}" for code, places in by_language.items() if len(places) < number]:
        raise CorpusError(
            f"draw = {number} aligned pairs of each language, but there are {', '.join(few)}; draw fewer."
        )
    drawn = (Random(f"{seed} {code}").sample(places, number) for code, places in by_language.items())
    return [pairs[place] for place in sorted(place for some in drawn for place in some)]


def source_links(links: pd.DataFrame, source: str) -> pd.DataFrame:
    """The links of one language to others, that language first; links between others are left out."""
    return pd.concat(_turned(links, source), ignore_index=True)


def _turned(links: pd.DataFrame, source: str) -> Iterator[pd.DataFrame]:
    yield links.loc[links["language_a"] == source]
    back = {"language_a": "language_b", "word_a": "word_b", "language_b": "language_a", "word_b": "word_a"}
    yield links.loc[links["language_b"] == source].rename(columns=back)
