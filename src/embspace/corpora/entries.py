"""What the catalog knows of a corpus, how one is named, and which of its sentences are taken."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from embspace.errors import CorpusError

SYNTHETIC = "synthetic-ner"
RECORDS = {"nli": "pairs", "squad": "questions"}
"""format -> what a corpus of it keeps beside its sentences"""
_NAME = re.compile(r"[^\W_][\w.-]{0,63}")


@dataclass(frozen=True, slots=True)
class Entry:
    """A corpus of the catalog.

    Attributes:
        name: what `open_corpus` takes.
        title: what it is, in a line.
        format: of `formats.FORMATS`, or what it was made of.
        languages: BCP 47 codes.
        sentences: language -> number of sentences; empty where they are drawn on demand.
        words: language -> number of words.
        license: as it was said; empty: not known.
        origin: the names and SHA-256 sums of the files it was read from.
        shipped: whether it comes with embspace.
        groups: how many ids are shared by sentences of several languages.
        links: how many pairs of words are aligned.
        tags: the tags of its words, the most frequent first, at most 64.
        entities: sentences with a marked entity.
        records: what is kept beside the sentences: `nli` pairs with labels, `squad` questions with answers; empty:
            nothing.
        n_records: how many of them, in all languages.
        fingerprint: of its content; empty where it ships.
        added: when, ISO 8601.
        path: the folder that it lies in.
        problem: why it cannot be opened; empty: it can.
    """

    name: str
    title: str = ""
    format: str = ""
    languages: tuple[str, ...] = ()
    sentences: Mapping[str, int] = field(default_factory=dict)
    words: Mapping[str, int] = field(default_factory=dict)
    license: str = ""
    origin: Mapping[str, str] = field(default_factory=dict)
    shipped: bool = False
    groups: int = 0
    links: int = 0
    tags: tuple[str, ...] = ()
    entities: int = 0
    records: str = ""
    n_records: int = 0
    fingerprint: str = ""
    added: str = ""
    path: Path | None = None
    problem: str = ""


def plain_name(name: str) -> str:
    """A name as it is kept: trimmed, composed (NFC).

    Raises:
        CorpusError: it could be a path, is too long, or has signs that a name may not have.
    """
    name = unicodedata.normalize("NFC", name).strip()
    if not _NAME.fullmatch(name) or name.endswith("."):
        raise CorpusError(
            f"{name[:80]!r} is no name for a corpus: expected a letter or digit, then at most 63 letters, digits, "
            "dots, hyphens or underscores, such as news-2024."
        )
    return name


def suggested_name(text: str) -> str:
    """A name that is like a text, such as a file's name, and can be kept."""
    return re.sub(r"[^\w.-]+", "-", unicodedata.normalize("NFC", text))[:64].strip("-_.") or "corpus"


def same_name(one: str, other: str) -> bool:
    """Whether two names are the same but for their case."""
    return unicodedata.normalize("NFC", one).casefold() == unicodedata.normalize("NFC", other).casefold()


def chosen_rows(
    languages: Sequence[str], parallels: Sequence[str | None], wanted: Iterable[str], limit: int | None
) -> list[int]:
    """The numbers of the sentences that are taken, in order.

    Args:
        languages: of each sentence.
        parallels: the parallel id of each sentence, or None.
        wanted: the languages that are taken.
        limit: the most parallel groups, those that have every wanted language first; where nothing is parallel, the
            most sentences per language. None: all.

    Raises:
        CorpusError: the limit is less than 1.
    """
    wanted = set(wanted)
    rows = [row for row, language in enumerate(languages) if language in wanted]
    if limit is None:
        return rows
    if limit < 1:
        raise CorpusError(f"{limit} sentences were asked for; expected 1 or more.")
    found: dict[str, set[str]] = {}
    for row in rows:
        if (group := parallels[row]) is not None:
            found.setdefault(group, set()).add(languages[row])
    if found:
        whole = [group for group, has in found.items() if len(has) == len(wanted)]
        rest = [group for group, has in found.items() if len(has) < len(wanted)]
        taken = {*whole[:limit], *rest[: max(0, limit - len(whole))]}
        return [row for row in rows if parallels[row] in taken]
    left = dict.fromkeys(wanted, limit)
    kept: list[int] = []
    for row in rows:
        if left[languages[row]]:
            left[languages[row]] -= 1
            kept.append(row)
    return kept
