"""Which corpora a task can be learned from and scored on, and what the others lack."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache

from embspace.corpora.dividing import divide
from embspace.corpora.entries import RECORDS, SYNTHETIC, Entry
from embspace.corpora.mixed_languages import ENGLISH
from embspace.corpora.synthetic_ner import synthetic_ner
from embspace.corpora.templates import CODES
from embspace.errors import EmbspaceError
from embspace.training.config import ADJUSTMENT, TAGGED
from embspace.training.part import Part

FORMATS = {"nli": "nli", "qa": "squad"}
"""task -> the format whose corpora keep what it reads"""
SAMPLES = {"nli": ("nli-sample", "nli-sample-test"), "qa": ("qa-sample", "qa-sample-test"), "ner": (SYNTHETIC,) * 2}
"""task -> the corpora that are learned from and scored where nothing else is chosen"""
_OTHERS = {"pos": "parts of speech", "nli": "pairs", "qa": "questions", ADJUSTMENT: "aligned words"}
"""task -> what it learns from, where that is not named entities or any sentence"""


def fitting(entries: Mapping[str, Entry], task: str) -> list[str]:
    """The names of the corpora that a task can be learned from or scored on; any sentences do for a task of no name."""
    return [name for name, one in entries.items() if not list(_lacks(one, task))]


def lacking(part: Part, entries: Mapping[str, Entry], *, task: str, share: float = 0.0) -> Iterator[str]:
    """What a part has not that a task reads, a sentence each.

    Args:
        part: that is learned from or scored.
        entries: the corpora that there are, by name.
        task: empty: reads any sentences.
        share: of it that is held out.
    """
    entry = entries.get(part.corpus)
    if entry is None:
        yield f"there is no corpus {part.corpus!r} that can be opened; add it on the page Corpora."
        return
    lacks = list(_lacks(entry, task))
    yield from lacks
    drawn = part.corpus == SYNTHETIC
    known = CODES if drawn else entry.languages
    if lost := [code for code in part.languages or () if code not in known]:
        yield f"{part.corpus} has no {', '.join(lost)}; it has {', '.join(known)}."
    if part.english != "none" and not lacks and ENGLISH not in known:
        yield f"{part.corpus} has no English originals, of which texts in two languages are made; leave these out."
    if drawn and (part.per_type or part.sentences):
        yield from _too_many(replace(part, languages=(ENGLISH,)), share)


def _lacks(entry: Entry, task: str) -> Iterator[str]:
    if entry.name == SYNTHETIC:
        if task in _OTHERS:
            yield f"SyntheticNER has named entities alone, and the task is {_OTHERS[task]}; choose another corpus."
    elif task in TAGGED:
        yield from _tags(entry, task)
    elif task in FORMATS and entry.records != FORMATS[task]:
        form = FORMATS[task]
        yield f"{entry.name} has no {RECORDS[form]}; choose a corpus that was added in the format {form}."
    elif task == ADJUSTMENT and not entry.links:
        yield f"no words of {entry.name} are aligned; add it again with word alignments."


def _tags(entry: Entry, task: str) -> Iterator[str]:
    named = any(tag[:2] in ("B-", "I-") for tag in entry.tags)
    if not entry.tags:
        yield f"the words of {entry.name} have no tags to learn from; choose a tagged corpus."
    elif task == "ner" and not named:
        yield f"the tags of {entry.name} ({', '.join(entry.tags[:5])}) are not those of named entities."
    elif task == "pos" and named:
        yield f"the tags of {entry.name} ({', '.join(entry.tags[:5])}) are named entities, not parts of speech."


@lru_cache(maxsize=64)
def _too_many(part: Part, share: float) -> tuple[str, ...]:
    """Why so many sentences cannot be drawn of SyntheticNER; empty: they can."""
    try:
        if share:
            divide(part.languages, per_type=part.numbers(), share=share, split=part.split)
        else:
            synthetic_ner(part.languages, per_type=part.numbers(), split=part.split)
    except EmbspaceError as error:
        return (str(error),)
    return ()
