"""Word alignments: Pharaoh files in and out, the frame of links, and alignment by eflomal."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import TypeAlias

import pandas as pd

from embspace.corpora import eflomal_runs
from embspace.corpora.languages import check_languages
from embspace.corpora.records import AlignedPair, Corpus, Sentence
from embspace.corpora.symmetrization import METHODS, Link, symmetrize
from embspace.corpora.text_files import numbered_lines, write_lines
from embspace.errors import CorpusError, SettingsError
from embspace.progress import Progress, Silent
from embspace.storage import fingerprint, write_aside
from embspace.workspace import Workspace, current_workspace

COLUMNS = ("parallel", "language_a", "word_a", "language_b", "word_b")
"""of a frame of links: words by their number in their sentences, from 0; a row per link"""
Pair: TypeAlias = tuple[Sentence, Sentence]
_LINK = re.compile(r"(\d+)([-?p])(\d+)")


def sentence_pairs(corpus: Iterable[Sentence], source: str, target: str) -> list[Pair]:
    """The sentences of two languages that share their `parallel`, in the order of the source.

    Raises:
        CorpusError: two sentences of one language share it, so a link could mean either.
    """
    groups: dict[str, dict[str, Sentence]] = {source: {}, target: {}}
    for one in corpus:
        if one.parallel is not None and one.language in groups:
            if one.parallel in groups[one.language]:
                raise CorpusError(
                    f"Two sentences in {one.language} have the same `parallel` {one.parallel!r}; a word alignment "
                    "needs one sentence per language in each group."
                )
            groups[one.language][one.parallel] = one
    others = groups[target]
    return [(one, others[parallel]) for parallel, one in groups[source].items() if parallel in others]


def read_pharaoh(
    path: Path | str, pairs: Iterable[Pair], *, possible: bool = False, first: int = 0
) -> Iterator[AlignedPair]:
    """Yield the pairs with the links of a Pharaoh file (`0-0 1-2`), line by line.

    Args:
        path: of the file; an empty line is a pair without links.
        pairs: the sentences that its lines align, in the same order; `sentence_pairs` of a corpus, for example.
        possible: take possible links (`0?1`, `0p1`) too, beside the sure ones.
        first: the number of the first word, 0 or 1.

    Raises:
        CorpusError: a link that is none, or goes beyond a sentence; not as many lines as pairs.
    """
    number = 0
    for line, pair in zip_longest(numbered_lines(path), pairs):
        if line is None or pair is None:
            short = f"the file ends after line {number}" if line is None else f"the pairs end before line {line[0]}"
            raise CorpusError(
                f"{path}: a line per pair of sentences is needed, but {short}. A pair with an empty side has no line."
            )
        number, text = line
        where = f"{path}, line {number}"
        sizes = len(pair[0].words), len(pair[1].words)
        yield AlignedPair(pair[0], pair[1], tuple(_read_links(text, sizes, where, possible=possible, first=first)))


def _read_links(text: str, sizes: tuple[int, int], where: str, *, possible: bool, first: int) -> Iterator[Link]:
    for cell in text.split():
        found = _LINK.fullmatch(cell)
        if not found:
            raise CorpusError(f"{where}: {cell!r} is no link; expected two numbers, as in `0-0` (or possible: `0?0`).")
        link = int(found[1]) - first, int(found[3]) - first
        if not all(0 <= word < size for word, size in zip(link, sizes, strict=True)):
            raise CorpusError(
                f"{where}: the link {cell} goes beyond its sentences of {sizes[0]} and {sizes[1]} words, numbered from "
                f"{first}. Are words split as they were when they were aligned (with tokenized: at blanks), and source "
                "and target in this order?"
            )
        if possible or found[2] == "-":
            yield link


def write_pharaoh(pairs: Iterable[AlignedPair], path: Path | str) -> int:
    """Write a line of links (`0-0 1-2`) per pair; how many lines.

    Raises:
        StoreError: the disk is full or refuses the write.
    """
    return write_lines(path, (" ".join(f"{one}-{other}" for one, other in pair.links) for pair in pairs))


def links_of(pairs: Iterable[AlignedPair]) -> pd.DataFrame:
    """The links of pairs whose sentences are told apart by `parallel`: `parallel language_a word_a language_b word_b`.

    Raises:
        CorpusError: a pair whose sentences do not share a `parallel`.
    """
    rows: list[tuple[str, str, int, str, int]] = []
    for pair in pairs:
        parallel, a, b = pair.source.parallel, pair.source.language, pair.target.language
        if parallel is None or pair.target.parallel != parallel:
            raise CorpusError(f"Aligned sentences need one `parallel`; {pair.source.text[:60]!r} has {parallel!r}.")
        rows += [(parallel, a, word_a, b, word_b) for word_a, word_b in pair.links]
    return _frame(rows)


def aligned_pairs(corpus: Iterable[Sentence], links: pd.DataFrame) -> Iterator[AlignedPair]:
    """Yield the pairs of a corpus that have links, each with its own.

    Raises:
        CorpusError: a link goes beyond the words of its sentence.
    """
    sentences = list(corpus)
    for key, group in links.groupby(["language_a", "language_b"], sort=False):
        a, b = map(str, key) if isinstance(key, tuple) else (str(key), str(key))
        words = zip(group["word_a"].tolist(), group["word_b"].tolist(), strict=True)
        found: dict[str, list[Link]] = {}
        for parallel, link in zip(group["parallel"].tolist(), words, strict=True):
            found.setdefault(parallel, []).append(link)
        for source, target in sentence_pairs(sentences, a, b):
            if source.parallel in found:
                yield AlignedPair(source, target, tuple(found[source.parallel]))


def align(
    corpus: Corpus,
    source: str = "en",
    *,
    method: str = METHODS[0],
    length: float = 1.0,
    null_prior: float = 0.2,
    workspace: Workspace | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Links between the words of one language and those of each other: `parallel language_a word_a language_b word_b`.

    Aligned by eflomal (Östling and Tiedemann 2016), words in lower case, language by language, in both directions,
    and made one by `symmetrize`. It learns from the corpus alone: more text, better links. Each language's links
    are kept in the workspace and found again for the same sentences and settings; eflomal takes no seed, so links that
    are made anew differ a little. Sentences of 1,024 words and more have no links.

    Args:
        corpus: sentences that share `parallel`.
        source: the language of `word_a`.
        method: of `symmetrization.METHODS`.
        length: iterations relative to eflomal's own number, above 0.
        null_prior: prior probability that a word has no counterpart, 0 .. 1.
        workspace: None: the current one.
        progress: counts languages.

    Returns:
        The links; `.attrs["settings"]` holds the settings and under `pairs` the number of pairs of sentences of each
        language.

    Raises:
        SettingsError: eflomal is not installed (the message says how to), or a setting out of its range.
        CorpusError: a language that the corpus has not, no sentence with a translation, an ambiguous `parallel`.
    """
    if method not in METHODS or not length > 0 or not 0 < null_prior < 1:
        raise SettingsError(f"method is one of {', '.join(METHODS)}, length above 0 and null_prior between 0 and 1.")
    check_languages([source], corpus.languages)
    aligner = f"eflomal {eflomal_runs.version()}"
    settings = {"aligner": aligner, "method": method, "length": float(length), "null_prior": float(null_prior)}
    languages = {one: sentence_pairs(corpus, source, one) for one in corpus.languages if one != source}
    if not any(languages.values()):
        raise CorpusError(f"No sentence of {corpus.name} shares its `parallel` with one in {source}; nothing to align.")
    folder = (workspace or current_workspace()).alignments
    progress = progress or Silent()
    progress.stage("aligning words", len(languages), "languages")
    frames = []
    for language, pairs in languages.items():
        progress.advance(0, language)
        if pairs:
            frames.append(_aligned(pairs, folder, settings, progress))
        progress.advance(1, language)
    links = pd.concat(frames, ignore_index=True)
    counts = {language: len(pairs) for language, pairs in languages.items()}
    origin = {"corpus": corpus.name, "corpus_fingerprint": corpus.fingerprint, "source": source}
    links.attrs["settings"] = {**origin, **settings, "pairs": counts}
    return links


def _aligned(pairs: Sequence[Pair], folder: Path, settings: dict[str, str | float], progress: Progress) -> pd.DataFrame:
    """The links of one language, stored or made; their key is the words, so other languages of a corpus may change."""
    content = [(a.parallel, a.language, a.words, b.language, b.words) for a, b in pairs]
    path = folder / f"{fingerprint([settings, content])}.parquet"
    try:
        stored = pd.read_parquet(path, page_checksum_verification=True)
        if tuple(stored.columns) == COLUMNS:
            return stored
    except (OSError, ValueError):  # never made, or damaged: made anew
        pass
    found = eflomal_runs.run(
        [a.words for a, _ in pairs],
        [b.words for _, b in pairs],
        lambda: progress.advance(0),
        length=float(settings["length"]),
        null_prior=float(settings["null_prior"]),
    )
    both = (symmetrize(forward, reverse, str(settings["method"])) for forward, reverse in found)
    links = links_of(AlignedPair(a, b, one) for (a, b), one in zip(pairs, both, strict=True))
    packed = io.BytesIO()
    links.to_parquet(packed, index=False, write_page_checksum=True)
    write_aside(path, lambda stream: stream.write(packed.getvalue()))
    return links


def _frame(rows: Sequence[tuple[str, str, int, str, int]]) -> pd.DataFrame:
    types = {"parallel": "str", "language_a": "str", "word_a": "int64", "language_b": "str", "word_b": "int64"}
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(types)
