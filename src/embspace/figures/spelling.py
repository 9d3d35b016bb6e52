"""How far apart names are written: pairs of names with their Latin letters, what differs marked."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from Levenshtein import opcodes
from numpy.typing import NDArray

from embspace.errors import SettingsError
from embspace.figures import theme
from embspace.figures.drawing import LETTER, Drawing, shortened, shown_length
from embspace.figures.escaping import escaped

_CHARACTER = 8.2  # the width of a character of the text font, about
_DOT = 20.0
_HEADERS = {
    "language_a": "language", "name_a": "name", "latin_a": "Latin letters", "latin_b": "", "name_b": "name",
    "language_b": "language",
}  # fmt: skip
_LANGUAGES, _LATIN = ("language_a", "language_b"), ("latin_a", "latin_b")


def spelling_pairs(result: pd.DataFrame, *, farthest: int = 6, nearest: int = 6, dark: bool = False) -> go.Figure:
    """The pairs of names that are written farthest apart and, below a line, nearest: each as written and in Latin.

    Of each entity only its farthest and its nearest pair can stand; of pairs that are equally far the longest names do,
    and between the two parts it is said how many more there are. Letters that have no equal in the other name (of one
    shortest way to edit one into the other) are bold. Pairs that could not be compared are counted below.

    Args:
        result: of `analyses.spelling.spelled`, or some of its rows, such as one pair of languages.
        farthest: number of pairs from the top.
        nearest: number of pairs from the bottom, none of which is shown twice.
        dark: for a dark page.

    Raises:
        SettingsError: the result has no pair with a value, or no pairs are asked for.
    """
    compared = result.loc[result["value"].notna()]
    if not len(compared):
        raise SettingsError("The result has no rows with a value, so there is nothing to draw.")
    if min(farthest, nearest) < 0 or not farthest + nearest:
        raise SettingsError(f"farthest={farthest}, nearest={nearest} is not possible; ask for one pair or more.")
    top = _ranked(compared, False).head(farthest)
    low = _ranked(compared.drop(index=top.index), True).head(nearest).iloc[::-1]
    shown = pd.concat([top, low])
    left = _left(compared["value"].to_numpy(dtype=float), top, low)
    draw = Drawing(dark)
    at, x = {}, 56.0
    for column, header in _HEADERS.items():
        texts = [theme.language_name(one) for one in shown[column]] if column in _LANGUAGES else shown[column]
        at[column] = x
        draw.text(header, x, 0, muted=True)
        width = LETTER if column in _LATIN else _CHARACTER
        x += width * max(len(header), *(shown_length(str(one)) for one in texts)) + 22
        x += _DOT if column in _LANGUAGES else 0
    draw.text("TNLD", 0, 0, muted=True)
    row = 1
    for part in (top, low):
        if len(part):
            draw.rule(row)
        if part is low and left:
            draw.text(left, at["language_a"], row, muted=True)
            row += 1
        for one in part.to_dict("records"):
            draw.text(f"{one['value']:.2f}", 0, row)
            for column, text in zip(_LATIN, _marked(str(one["latin_a"]), str(one["latin_b"])), strict=True):
                draw.text(text, at[column], row, mono=True)
            for column in _LANGUAGES:
                code = str(one[column])
                draw.text(_dot(code, dark), at[column], row)
                draw.text(escaped(theme.language_name(code)), at[column] + _DOT, row, muted=True)
            for column in ("name_a", "name_b"):
                draw.text(escaped(shortened(str(one[column]))), at[column], row)
            row += 1
    if absent := len(result) - len(compared):
        draw.rule(row)
        said = f"{_counted(absent)} left out: a name cannot be written in Latin letters"
        draw.text(said, at["language_a"], row, muted=True)
        row += 1
    draw.widen(x)
    return draw.figure(row)


def _ranked(rows: pd.DataFrame, ascending: bool) -> pd.DataFrame:
    """The first pair of each entity by value; of equal ones the longest, then by languages and entity."""
    longest = np.max([rows[one].str.len().to_numpy(dtype=np.int64) for one in _LATIN], axis=0)
    keys = ["value", "_longest", "entity", "language_a", "language_b"]
    ranked = rows.assign(_longest=-longest).sort_values(keys, ascending=[ascending, *[True] * 4], kind="stable")
    return ranked.drop_duplicates("entity")


def _left(values: NDArray[np.float64], top: pd.DataFrame, low: pd.DataFrame) -> str:
    """How many pairs are not shown, and how many of them are as far, or as near, as the last that are."""
    left = len(values) - len(top) - len(low)
    if not left:
        return ""
    shown = pd.concat([top, low])["value"].to_numpy(dtype=float)
    ends = dict.fromkeys([*top["value"].iloc[-1:], *low["value"].iloc[:1]])
    tied = {end: int((values == end).sum() - (shown == end).sum()) for end in ends}
    same = [f"{number:,} of {end:.2f}" for end, number in tied.items() if number]
    return ", ".join([_counted(left, "other "), *([" and ".join(same)] if same else [])])


def _counted(number: int, kind: str = "") -> str:
    return f"{number:,} {kind}pair{'s' if number != 1 else ''}"


def _dot(code: str, dark: bool) -> str:
    return f'<span style="color:{theme.language_color(code, dark)}">●</span>'


def _marked(one: str, other: str) -> tuple[str, str]:
    """Both in HTML, with the letters that differ in bold."""
    sides = ["", ""]
    one, other = shortened(one), shortened(other)
    for kind, start, stop, begin, end in opcodes(one, other):
        for at, text in enumerate((one[start:stop], other[begin:end])):
            sides[at] += escaped(text) if kind == "equal" or not text else f"<b>{escaped(text)}</b>"
    return sides[0].replace("</b><b>", ""), sides[1].replace("</b><b>", "")
