"""A word amid its sentence, shortened to what is near; and which way its script runs."""

from __future__ import annotations

from unicodedata import bidirectional

from embspace.figures.escaping import escaped

_RIGHT, _LEFT = ("R", "AL", "AN"), ("L",)
_RLI, _LRI, _PDI = "\u2067", "\u2066", "\u2069"


def right_to_left(text: str) -> bool:
    """Whether most letters of a text belong to scripts that are written from right to left."""
    kinds = [bidirectional(letter) for letter in text]
    return sum(kind in _RIGHT for kind in kinds) > sum(kind in _LEFT for kind in kinds)


def excerpt(text: str, start: int, stop: int, most: int) -> tuple[str, str, str]:
    """What stands before a word, the word, and what stands after it, some `most` characters in all, cut at blanks.

    Args:
        text: the sentence.
        start: of the word, in characters.
        stop: behind the word.
        most: characters; a longer word is kept whole.
    """
    word = text[start:stop]
    room = max(0, most - len(word))
    before, after = text[:start], text[stop:]
    right = min(len(after), max(room - len(before), room // 2))
    left = min(len(before), room - right)
    if left < len(before):
        part = before[len(before) - left :]
        at = part.find(" ")
        before = "…" + (part[at:] if 0 <= at < len(part) - 1 else part)
    if right < len(after):
        part = after[:right]
        at = part.rfind(" ")
        after = (part[: at + 1] if at > 0 else part) + "…"
    return before, word, after


def marked_line(text: str, start: int, stop: int, most: int, color: str | None = None) -> str:
    """One line of plotly's HTML with the word in bold, everything escaped and in the direction of its script."""
    before, word, after = (escaped(_flat(part)) for part in excerpt(text, start, stop, most))
    style = f' style="color:{color}"' if color else ""
    bold = f"<b><span{style}>{word}</span></b>" if color else f"<b>{word}</b>"
    return f"{_RLI if right_to_left(text) else _LRI}{before}{bold}{after}{_PDI}"


def _flat(text: str) -> str:
    """Without line ends and tabs, which would break a line of a table."""
    return "".join(" " if letter.isspace() else letter for letter in text)
