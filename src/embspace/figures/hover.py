"""What stands in the box beside a point: its sentence with the word marked, and what is known about the word."""

from __future__ import annotations

import re

import pandas as pd

from embspace.figures.escaping import escaped
from embspace.figures.theme import language_name

_WIDTH = 60
# Lines of at most _WIDTH characters that end before a blank; where a script has no blanks, anywhere.
_LINE = re.compile(rf"\S(?:.{{0,{_WIDTH - 2}}}\S)?(?=\s|$)|\S{{1,{_WIDTH}}}", re.DOTALL)


def marked_sentence(text: str, start: int, stop: int) -> str:
    """The sentence wrapped at some 60 characters, characters start <= i < stop in bold, safe against HTML in it."""
    # plotly knows &lt; &gt; &amp; but would show &quot; as it stands.
    lines = []
    for found in _LINE.finditer(text):
        first, last = found.span()
        inner, outer = min(max(start, first), last), min(max(stop, first), last)
        before, word, after = (escaped(text[a:b]) for a, b in ((first, inner), (inner, outer), (outer, last)))
        lines.append(f"{before}<b>{word}</b>{after}" if word else before + after)
    return "<br>".join(lines)


def around_word(text: str, start: int, stop: int, room: int) -> tuple[str, int, int]:
    """A text cut to at most `room` characters on each side of a word, at blanks, and where the word is in it then."""
    first, last = max(0, start - room), min(len(text), stop + room)
    if first:
        first = text.find(" ", first, start) + 1 or first
    if last < len(text) and (blank := text.rfind(" ", stop, last)) >= 0:
        last = blank
    head, tail = "… " if first else "", " …" if last < len(text) else ""
    moved = len(head) - first
    return head + text[first:last] + tail, start + moved, stop + moved


def hover_texts(result: pd.DataFrame, room: int | None = None) -> list[str]:
    """The box of each row of a projection: sentence; language, type, tag; pieces.

    Args:
        result: its rows.
        room: characters of the sentence on each side of the word; None: all of it.
    """
    columns = ("context", "start", "stop", "language", "type", "tag", "pieces", "n_pieces")
    result = result if "tag" in result.columns else result.assign(tag=None)
    known: dict[tuple[object, ...], str] = {}
    texts = []
    # Few words differ in what is known of them: it is put together once for all that share it.
    for context, start, stop, *about in zip(*(result[name].tolist() for name in columns), strict=True):
        key = tuple(about)
        if key not in known:
            known[key] = _about(*about)
        place = str(context), int(start), int(stop)
        sentence = marked_sentence(*place) if room is None else _marked_line(*around_word(*place, room))
        texts.append(sentence + known[key])
    return texts


def _marked_line(text: str, start: int, stop: int) -> str:
    before, word, after = (escaped(part) for part in (text[:start], text[start:stop], text[stop:]))
    return f"{before}<b>{word}</b>{after}"


def _about(language: str, kind: object, tag: object, pieces: object, n_pieces: int) -> str:
    said = language_name(language) + "".join("" if pd.isna(one) else f" · {one}" for one in (kind, tag))  # pyright: ignore
    split = f"{int(n_pieces)} piece{'' if n_pieces == 1 else 's'}: "
    split += "  ·  ".join(("" if pd.isna(pieces) else str(pieces)).split())  # pyright: ignore
    return f"<br><br>{escaped(said)}<br>{_wrapped(split)}"


def _wrapped(text: str) -> str:
    return "<br>".join(escaped(line) for line in _LINE.findall(text))
