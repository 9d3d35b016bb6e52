"""Running text -> words with offsets: punctuation stands apart, apostrophes and hyphens inside words stay."""

from __future__ import annotations

import re
import unicodedata


class _Classes(dict[int, str]):
    """Code point -> `w` for letters and marks, `d` for digits, anything else as it is; filled on demand."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        category = unicodedata.category(char)
        letter = category[0] in "LM" or char in "\u200c\u200d"
        self[code] = kind = "w" if letter else "d" if category[0] == "N" else char
        return kind


_CLASSES = _Classes()
_WORD = re.compile(
    r"d+(?:[.,:]d+)+(?![wd])"  # 250.000, 3,5, 18:40
    r"|[wd]+(?:['’ʼ·\-‐‑][wd]+)*"  # Vaşington'a, l'Havana, col·lecció, Нью-Ёрк
    r"|([^wd\s])\1*"  # one mark, or the same mark repeated
)


def word_spans(text: str) -> tuple[tuple[int, int], ...]:
    """(start, stop) of each word of `text` in characters; together they cover all that is not blank.

    A word is a run of letters, marks and digits with single apostrophes, hyphens or middle dots inside it, a number
    with its separators, or a punctuation mark (a repeated one is one word). Scripts without blanks are not segmented.
    """
    return tuple(match.span() for match in _WORD.finditer(text.translate(_CLASSES)))


def split_words(text: str) -> tuple[tuple[str, ...], tuple[tuple[int, int], ...]]:
    """The words of `text` and the (start, stop) of each, in characters; see `word_spans`."""
    spans = word_spans(text)
    return tuple(text[start:stop] for start, stop in spans), spans
