"""Sentences with tags, and all formats that hold them, for the tests beside this file."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from hypothesis import strategies as st

from embspace.corpora.conll import (
    read_columns,
    read_conllx,
    read_wikiann,
    write_columns,
    write_conllx,
    write_wikiann,
)
from embspace.corpora.conll2012 import read_conll2012, write_conll2012
from embspace.corpora.conllu import read_conllu, read_uner, write_conllu, write_uner
from embspace.corpora.records import Sentence
from embspace.corpora.tags import spans_to_tags


class Format(NamedTuple):
    read: Callable[..., Iterator[Sentence]]
    write: Callable[[Path, Iterable[Sentence]], int]
    names: bool
    """whether tags are of named entities"""


FORMATS = {
    "columns": Format(read_columns, write_columns, True),
    "wikiann": Format(read_wikiann, write_wikiann, True),
    "conllx": Format(read_conllx, write_conllx, False),
    "conll2012": Format(read_conll2012, write_conll2012, True),
    "conllu": Format(read_conllu, write_conllu, False),
    "uner": Format(read_uner, write_uner, True),
}

letters = st.characters(categories=["L", "M", "N", "P", "S"], exclude_characters="|")
words = st.text(letters, min_size=1, max_size=6).filter(lambda word: word != "-DOCSTART-")


@st.composite
def tagged(draw, names: bool) -> Sentence:
    """A sentence of words between blanks, with IOB2 tags or parts of speech."""
    some = draw(st.lists(words, min_size=1, max_size=6))
    kinds = st.sampled_from(["PER", "LOC", "NOUN"])
    if not names:
        return Sentence(tuple(some), "be", tags=tuple(draw(kinds) for _ in some))
    start = draw(st.integers(0, len(some) - 1))
    spans = [(start, draw(st.integers(start + 1, len(some))), draw(kinds))]
    return Sentence(tuple(some), "be", tags=spans_to_tags(spans, len(some)))


def without_source(sentences: Iterable[Sentence]) -> list[Sentence]:
    return [replace(sentence, source="") for sentence in sentences]
