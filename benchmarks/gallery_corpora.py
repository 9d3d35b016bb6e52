"""The corpora and spaces of the gallery: files on the disk -> what its sections measure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
import plotly.graph_objects as go

import embspace as es
from embspace import figures
from embspace.corpora.records import Corpus, Entity, Sentence
from embspace.corpora.text_files import numbered_lines
from embspace.spaces.space import Space

CODES = ("en", "es", "ca", "tr", "pl", "cs", "sl", "bg", "ru", "uk", "be")
PUD = {"cs": "Czech", "en": "English", "es": "Spanish", "pl": "Polish", "ru": "Russian", "tr": "Turkish"}
PANX = ("en", "es", "tr", "pl", "bg", "ru", "uk")
HELD_OUT = 1497
"""the first line of NTREX that `mini` was not trained on"""


class Gallery:
    """Corpora and spaces, made when they are first asked for, and where figures go."""

    def __init__(self, data: Path, out: Path, checkpoint: str) -> None:
        self.data, self.out, self.checkpoint = data, out, checkpoint
        out.mkdir(parents=True, exist_ok=True)

    def save(self, figure: go.Figure, name: str, width: int | None = None, height: int | None = None) -> None:
        """Write a PNG on white, in the figure's own size where none is said."""
        size: Any = {key: value for key, value in (("width", width), ("height", height)) if value}
        figure.update_layout(paper_bgcolor="white", **size)
        path = figures.save(figure, self.out / f"{name}.png")
        print(f"  {path.name}: {path.stat().st_size / 1000:.0f} kB")

    @cached_property
    def all_lines(self) -> Corpus:
        """NTREX in all languages."""
        return es.corpus([self.data / f"parallel/ntrex/{one}.txt.gz" for one in CODES], name="NTREX")

    @cached_property
    def ntrex(self) -> Corpus:
        """The last 500 lines in all languages."""
        return Corpus("NTREX, last 500", [one for one in self.all_lines if line_of(one) >= HELD_OUT])

    @cached_property
    def words(self) -> Space:
        """The words of the last 500 lines."""
        return es.extract(self.checkpoint, self.ntrex, targets="words")

    @cached_property
    def links(self) -> pd.DataFrame:
        """Word alignments of English with each other language, learned from all lines."""
        return es.align(self.all_lines, "en")

    @cached_property
    def names(self) -> Corpus:
        """Names of the last 500 lines: English capitalized words with one link, to a capital, in all ten languages."""
        return Corpus("names of NTREX", name_sentences(self.ntrex, self.links))

    @cached_property
    def name_space(self) -> Space:
        """The names, each in its sentence."""
        return es.extract(self.checkpoint, self.names, targets="entities")

    @cached_property
    def pud(self) -> Space:
        """The first 300 sentences of each treebank, every word with its universal part of speech."""
        sentences: list[Sentence] = []
        for code, name in PUD.items():
            read = es.corpus(self.data / f"ud/{name}-PUD/test.conllu.gz", language=code, parallel=True, limit=300)
            sentences += read
        return es.extract(self.checkpoint, Corpus("PUD, first 300", sentences), targets="words")

    @cached_property
    def panx(self) -> Space:
        """The first 300 named entities of each dev part."""
        entities: list[Sentence] = []
        for code in PANX:
            read = es.corpus(self.data / f"ner/panx/{code}.dev.tsv.gz", language=code, limit=600)
            entities += list(es.one_entity_each(read))[:300]
        return es.extract(self.checkpoint, Corpus("PAN-X", entities), targets="entities")

    def dictionary(self) -> pd.DataFrame:
        """English words and their translations, as `precision_at_k` takes them."""
        rows = []
        for code in CODES:
            if (path := self.data / f"lexicon/muse/en-{code}.txt.gz").exists():
                pairs = {tuple(line.split()) for _, line in numbered_lines(path)}
                rows += [("en", one[0], code, one[1]) for one in sorted(pairs) if len(one) == 2]
        return pd.DataFrame(rows, columns=["language_a", "word_a", "language_b", "word_b"])


def line_of(sentence: Sentence) -> int:
    """The number of a sentence's line, from 0."""
    return int((sentence.parallel or "").rpartition(":")[2])


def name_sentences(corpus: Corpus, links: pd.DataFrame) -> Iterable[Sentence]:
    """A sentence per name and language, the name marked; the same name has one id, a line and place one `parallel`."""
    by_place = {(one.parallel, one.language): one for one in corpus}
    targets: dict[tuple[str, int], dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    sources: Counter[tuple[str, str, int]] = Counter()
    columns: Any = [links[one].tolist() for one in ("parallel", "word_a", "language_b", "word_b")]
    for parallel, word, code, other in zip(*columns, strict=True):
        targets[parallel, word][code].append(other)
        sources[parallel, code, other] += 1
    for (parallel, word), linked in sorted(targets.items()):
        if word == 0 or len(linked) < len(CODES) - 1 or any(len(one) != 1 for one in linked.values()):
            continue
        if (parallel, "en") not in by_place or any(sources[parallel, code, at[0]] != 1 for code, at in linked.items()):
            continue
        places = {"en": word, **{code: at[0] for code, at in linked.items()}}
        forms = {code: by_place[parallel, code].words[at] for code, at in places.items()}
        if all(form[:1].isupper() and form.isalpha() and len(form) > 2 for form in forms.values()):
            for code in CODES:
                at, one = places[code], by_place[parallel, code]
                marked = Entity(at, at + 1, "NAME", forms["en"].casefold())
                yield replace(one, entity=marked, parallel=f"{parallel}:{word}")
