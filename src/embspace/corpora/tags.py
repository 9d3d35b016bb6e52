"""Tags of named entities: IOB1, IOB2 and BIOES into spans and back, checked or mended; an entity at a time."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from embspace.corpora.records import Entity, Sentence
from embspace.errors import CorpusError, SettingsError

SCHEMES = ("iob1", "iob2", "bioes")
Span = tuple[int, int, str]
"""words start <= i < stop, and the type of the entity that they name"""


def tags_to_spans(
    tags: Sequence[str],
    scheme: str = "iob2",
    *,
    repaired: Counter[str] | None = None,
    place: Callable[[int], str] | None = None,
) -> list[Span]:
    """The entities that tags tell, in order.

    Args:
        tags: `O`, or a prefix, a hyphen and a type (`B-PER`).
        scheme: `iob1` (`B-` only where an entity follows one of its type), `iob2` (every entity begins with `B-`) or
            `bioes` (the last word is `E-`, a single one `S-`).
        repaired: tags that break the scheme are mended as CoNLL's scorer reads them, and counted here as
            `I-PER -> B-PER`; None: they are an error.
        place: the number of a word -> where it stands (file, line, word), for errors.

    Raises:
        CorpusError: a tag breaks the scheme, or is none; names its place.
    """
    check_scheme(scheme)
    spans = _lenient(tags, place or _word)
    expected = spans_to_tags(spans, len(tags), scheme)
    for number, (tag, right) in enumerate(zip(tags, expected, strict=True)):
        if tag == right:
            continue
        if repaired is None:
            raise CorpusError(
                f"{(place or _word)(number)}: the tag {tag!r} breaks {scheme.upper()}, which has {right!r} there. "
                f"Name the scheme that the file is in ({', '.join(SCHEMES)}), or have such tags mended and counted: "
                "repair=True (of a reader of its own repaired=Counter())."
            )
        repaired[f"{tag} -> {right}"] += 1
    return spans


def spans_to_tags(spans: Iterable[Span], length: int, scheme: str = "iob2") -> tuple[str, ...]:
    """The tags of a sentence of `length` words that tell these entities.

    Raises:
        CorpusError: an entity is empty, lies outside, or overlaps another one; or its type is empty.
    """
    check_scheme(scheme)
    tags, before = ["O"] * length, (0, 0, "")
    for start, stop, kind in sorted(spans):
        if not before[1] <= start < stop <= length or not kind:
            raise CorpusError(
                f"The entity {kind!r} of words {start} to {stop} cannot be tagged: it must lie within {length} words, "
                "behind the entity before it, and have a type."
            )
        tags[start:stop] = [f"I-{kind}"] * (stop - start)
        if scheme != "iob1" or (start == before[1] and kind == before[2]):
            tags[start] = f"B-{kind}"
        if scheme == "bioes":
            tags[stop - 1] = f"{'S' if stop == start + 1 else 'E'}-{kind}"
        before = (start, stop, kind)
    return tuple(tags)


def convert_tags(
    tags: Sequence[str], source: str, target: str, *, repaired: Counter[str] | None = None
) -> tuple[str, ...]:
    """Tags of one scheme in another; there and back gives the same; see `tags_to_spans`."""
    return spans_to_tags(tags_to_spans(tags, source, repaired=repaired), len(tags), target)


def check_scheme(scheme: str) -> None:
    """Raises SettingsError unless `scheme` is one of `SCHEMES`."""
    if scheme not in SCHEMES:
        raise SettingsError(f"Unknown tag scheme {scheme!r}; possible are {', '.join(SCHEMES)}.")


def one_entity_each(sentences: Iterable[Sentence], types: Iterable[str] | None = None) -> Iterator[Sentence]:
    """Yield a copy of a sentence for each of its named entities, which is marked as its `entity`.

    The entity's id is its type and its text, case folded and blanks joined (`PER:angela merkel`): the same name has
    the same id in every sentence and language. `parallel` stays where the sentence has one entity alone: of several it
    would not tell which are translations of each other. Such entities of one type share the id of the first, however
    they are written. Sentences without tags or without entities yield nothing.

    Args:
        sentences: with tags in IOB2, as all readers give them.
        types: the types of entities that are taken; None: all.

    Raises:
        CorpusError: the tags are not IOB2.
    """
    wanted = None if types is None else set(types)
    ids: dict[tuple[str, str], str] = {}
    for sentence in sentences:
        if sentence.tags is None:
            continue
        spans = tags_to_spans(sentence.tags, place=lambda number, of=sentence: f"{of.source}: {of.words[number]!r}")
        for start, stop, kind in spans:
            if wanted is None or kind in wanted:
                name = sentence.text[sentence.offsets[start][0] : sentence.offsets[stop - 1][1]]
                id, group = f"{kind}:{_normalized(name)}", sentence.parallel if len(spans) == 1 else None
                if group is not None:
                    id = ids.setdefault((group, kind), id)
                yield replace(sentence, entity=Entity(start, stop, kind, id), parallel=group)


def _normalized(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def _word(number: int) -> str:
    return f"Word {number + 1}"


def _lenient(tags: Sequence[str], place: Callable[[int], str]) -> list[Span]:
    """Whatever the scheme: an entity begins at B or S, behind E or S, and where the type changes."""
    spans: list[Span] = []
    start, kind, ended = 0, "", True
    for number, tag in enumerate([*tags, "O"]):
        prefix, _, found = tag.partition("-")
        if tag != "O" and (prefix not in {"B", "I", "E", "S"} or not found):
            raise CorpusError(
                f"{place(number)}: {tag!r} is no tag of an entity; expected O, or B-, I-, E- or S- and a type. "
                "Choose the column with the tags, or scheme=None for tags of another kind."
            )
        if kind and (ended or found != kind or prefix in {"B", "S"}):
            spans.append((start, number, kind))
            kind = ""
        if found and not kind:
            start, kind = number, found
        ended = prefix in {"E", "S"}
    return spans
