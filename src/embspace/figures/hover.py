"""What stands in the box beside a point: its sentence with the word marked, and what is known about the word."""

from __future__ import annotations

import re
from html import escape

import pandas as pd

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
        before, word, after = (
            escape(text[a:b], quote=False) for a, b in ((first, inner), (inner, outer), (outer, last))
        )
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
    """The box of each row of a projection: sentence; language, type; pieces.

    Args:
        result: its rows.
        room: characters of the sentence on each side of the word; None: all of it.
    """
    texts = []
    for row in result.itertuples(index=False):
        known = [language_name(row.language)] + ([str(row.type)] if pd.notna(row.type) else [])  # pyright: ignore
        pieces = "" if pd.isna(row.pieces) else str(row.pieces)  # pyright: ignore
        number = int(row.n_pieces)  # pyright: ignore
        split = f"{number} piece{'' if number == 1 else 's'}: {'  ·  '.join(pieces.split())}"
        context = str(row.context), int(row.start), int(row.stop)  # pyright: ignore
        sentence = marked_sentence(*(context if room is None else around_word(*context, room)))
        texts.append(f"{sentence}<br><br>{escape(' · '.join(known), quote=False)}<br>{_wrapped(split)}")
    return texts


def _wrapped(text: str) -> str:
    return "<br>".join(escape(line, quote=False) for line in _LINE.findall(text))
