"""Text and tables as Markdown, in which nothing of the text is markup."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]], numbers: Sequence[bool] = ()) -> str:
    """Rows under a head; columns of numbers stand to the right."""
    sides = [*numbers, *[False] * (len(head) - len(numbers))]
    lines = [_line(head), "|" + "".join(" ---: |" if right else " --- |" for right in sides)]
    return "\n".join([*lines, *(_line(row) for row in rows)])


def markdown_text(text: str) -> str:
    """A text in one line, as it is."""
    return re.sub(r"([|\\`*_<>\[\]#$])", r"\\\1", " ".join(str(text).split()))


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(markdown_text(cell) for cell in cells) + " |"
