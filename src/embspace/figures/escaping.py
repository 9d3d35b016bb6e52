"""Text of corpora, names of checkpoints and the like, safe to stand in a figure."""

from __future__ import annotations

import re
from html import escape

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_OPENED = {"\u202a": "\u202c", "\u202b": "\u202c", "\u202d": "\u202c", "\u202e": "\u202c"}
_OPENED |= {"\u2066": "\u2069", "\u2067": "\u2069", "\u2068": "\u2069"}
_DIRECTIONS = re.compile("[\u202a-\u202e\u2066-\u2069]")


def escaped(text: str) -> str:
    """A text that plotly shows as it is, wherever it stands: in a label, a box, or a template of boxes.

    Tags, `$formulas$` and `%{variables}` become entities; quotation marks stay, as plotly would show `&quot;`. Control
    characters, which no SVG may hold, become U+FFFD, and a change of direction that is left open ends with the text.
    """
    if not text.isprintable():
        text = _CONTROL.sub("\ufffd", text)
        text += _closing(text)
    return escape(text, quote=False).replace("$", "&#36;").replace("%{", "%&#123;")


def one_line(value: object) -> object:
    """A text without line ends, tabs and control characters, for a cell of a table; anything else as it is."""
    return _CONTROL.sub("\ufffd", re.sub(r"\s", " ", value)) if isinstance(value, str) else value


def _closing(text: str) -> str:
    """What ends the overrides and isolates that a text leaves open."""
    ends: list[str] = []
    for mark in _DIRECTIONS.findall(text):
        if mark in _OPENED:
            ends.append(_OPENED[mark])
        elif mark in ends:  # the end of an isolate also ends what was opened inside; that of an override does not
            at = len(ends) - 1 - ends[::-1].index(mark)
            if mark == "\u2069" or at == len(ends) - 1:
                del ends[at:]
    return "".join(reversed(ends))
