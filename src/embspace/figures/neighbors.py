"""Neighbors of a word: its sentence, and below, by language, the nearest words in theirs; as a figure and as HTML."""

from __future__ import annotations

from html import escape
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from embspace.errors import SettingsError
from embspace.figures import theme
from embspace.figures.drawing import Drawing
from embspace.figures.escaping import escaped
from embspace.figures.excerpts import excerpt, marked_line, right_to_left
from embspace.figures.notes import note, transforms_text
from embspace.figures.rows import of_layer

_MEASURES = {"cosine": "cosine", "l2": "distance", "csls": "CSLS"}
_LETTER = 8.0  # pixels, about
_VALUE, _FORM, _SENTENCE = 150.0, 215.0, 380.0
_LONGEST = 90
_WORD = 17
_TABLE = "color:inherit;border-collapse:collapse;width:100%;font-size:.92em;margin-bottom:1.4em"


def neighbors_table(
    result: pd.DataFrame,
    *,
    layer: int | None = None,
    per_language: int | None = None,
    queries: int = 3,
    dark: bool = False,
) -> go.Figure:
    """A line per neighbor: language, how near, the word, and its sentence with the word in bold; queries above theirs.

    Args:
        result: of `analyses.neighbors.neighbors`.
        layer: one of the result's (negative ones count from the output); None: the highest it has.
        per_language: neighbors of each language; None: all that the result has.
        queries: the first so many words that ask; the last line says how many more there are.
        dark: for a dark page.

    Raises:
        SettingsError: the result has no such layer or no rows, or a number is below 1.
    """
    rows, title, hidden = _chosen(result, layer, per_language, queries)
    draw = Drawing(dark)
    row, widest = 0, 0
    for _, lines in rows.groupby("query_row", sort=False):
        first = lines.iloc[0]
        color = theme.language_color(first["query_language"], dark)
        draw.text(_dotted(first["query_language"], dark), 0, row)
        place = first["query_context"], int(first["query_start"]), int(first["query_stop"])
        draw.text(marked_line(*place, _LONGEST + 20, _legible(color, dark)), _VALUE, row)
        row += 1
        for header, x in ((title, 0.0), (_measure(result), _VALUE), ("word", _FORM), ("in its sentence", _SENTENCE)):
            draw.text(escaped(header), x, row, muted=True)
        row += 1
        for code in theme.by_family(lines["language"]):
            draw.rule(row)
            own = lines.loc[lines["language"] == code].sort_values(by="rank")
            draw.text(_dotted(code, dark), 0, row)
            for one in own.itertuples(index=False):
                text, start, stop = str(one.context), int(one.start), int(one.stop)  # pyright: ignore
                draw.text(_number(one.value), _VALUE, row, mono=True)
                draw.text(escaped(_short(str(one.text))), _FORM, row)
                draw.text(marked_line(text, start, stop, _LONGEST), _SENTENCE, row)
                widest = max(widest, sum(map(len, excerpt(text, start, stop, _LONGEST))))
                row += 1
        row += 1
    if hidden:
        draw.text(f"and {hidden:,} more word{'s' if hidden > 1 else ''} asked for", 0, row - 1, muted=True)
        row += 1
    draw.widen(_SENTENCE + _LETTER * widest)
    return note(draw.figure(row - 1), result)


def neighbors_html(
    result: pd.DataFrame,
    *,
    layer: int | None = None,
    per_language: int | None = None,
    queries: int = 3,
    beside: int | None = None,
    dark: bool = False,
) -> str:
    """The same as HTML: whole sentences that can be selected, in the direction of their script; all text is escaped.

    In a notebook: `IPython.display.HTML(es.figures.neighbors_html(result))`. Arguments and errors as `neighbors_table`.
    `beside` is another layer of the result, whose words stand in a column of their own: 0, the embeddings, for what is
    nearest without context ("mlma", Table 4).
    """
    rows, title, hidden = _chosen(result, layer, per_language, queries)
    other, other_title, _ = (None, "", 0) if beside is None else _chosen(result, beside, per_language, queries)
    colors = theme.look(dark)
    parts = []
    for _, lines in rows.groupby("query_row", sort=False):
        first = lines.iloc[0]
        body = []
        for code in theme.by_family(lines["language"]):
            own = lines.loc[lines["language"] == code].sort_values(by="rank")
            name = f'<th rowspan="{len(own)}" style="{_cell(colors)}white-space:nowrap">{_dotted(code, dark)}</th>'
            for at, one in enumerate(own.itertuples(index=False)):
                near = None if other is None else _at_rank(other, one)
                body.append(_line(one, name if not at else "", code, dark, near))
        heads = [title, _measure(result), "word", "in its sentence", *([other_title] if other is not None else [])]
        sides = ["", "text-align:right", "", "", ""][: len(heads)]
        head = "".join(
            f'<th style="{_cell(colors)}font-weight:400;opacity:.65;{side}">{escape(one)}</th>'
            for one, side in zip(heads, sides, strict=True)
        )
        place = first["query_context"], int(first["query_start"]), int(first["query_stop"])
        asked = _sentence(*place, first["query_language"], theme.language_color(first["query_language"], dark), "p")
        parts.append(
            f'{asked}<table style="{_TABLE}"><thead><tr>{head}</tr></thead><tbody>{"".join(body)}</tbody></table>'
        )
    if hidden:
        parts.append(f"<p style='opacity:.65'>and {hidden:,} more word{'s' if hidden > 1 else ''} asked for</p>")
    if done := transforms_text(result):
        parts.append(f"<p style='opacity:.65'>{done}</p>")
    return f'<div class="neighbors" style="color:{colors.text};font-family:{_font()}">{"".join(parts)}</div>'


def _chosen(
    result: pd.DataFrame, layer: int | None, per_language: int | None, queries: int
) -> tuple[pd.DataFrame, str, int]:
    """The rows that are shown, the name of their layer, and how many queries are not."""
    if (per_language is not None and per_language < 1) or queries < 1:
        raise SettingsError(f"per_language={per_language}, queries={queries} are not possible; both are 1 or more.")
    rows, name = of_layer(result, layer)
    rows = rows if per_language is None else rows.loc[rows["rank"] <= per_language]
    asked = list(dict.fromkeys(rows["query_row"]))
    shown = rows.loc[rows["query_row"].isin(asked[:queries])]
    return shown, name, max(0, len(asked) - queries)


def _measure(result: pd.DataFrame) -> str:
    return _MEASURES.get(result.attrs.get("settings", {}).get("metric", "cosine"), "value")


def _dotted(code: str, dark: bool) -> str:
    return f'<span style="color:{theme.language_color(code, dark)}">●</span> {escaped(theme.language_name(code))}'


def _number(value: Any) -> str:
    return f"{float(value):.3f}" if abs(float(value)) < 100 else f"{float(value):.1f}"


def _short(text: str) -> str:
    return text if len(text) <= _WORD else text[: _WORD - 1] + "…"


def _legible(color: str, dark: bool) -> str | None:
    """The color of a language where it can be read on the page, else that of text."""
    return color if theme.contrast(color, theme.look(dark).page) >= 3 else None


def _at_rank(other: pd.DataFrame, one: Any) -> str:
    """The word of the same query, language and rank at another layer."""
    same = (other["query_row"] == one.query_row) & (other["language"] == one.language) & (other["rank"] == one.rank)
    return str(other.loc[same, "text"].iloc[0]) if same.to_numpy().any() else ""


def _line(one: Any, name: str, code: str, dark: bool, near: str | None) -> str:
    cell, color = _cell(theme.look(dark)), theme.language_color(code, dark)
    sentence = _sentence(str(one.context), int(one.start), int(one.stop), code, color, "td", cell)
    known = f"rank {one.rank}" + (", in a translation of the sentence" if bool(one.translation) else "")
    digits = f'style="{cell}font-variant-numeric:tabular-nums;text-align:right" title="{known}"'
    beside = "" if near is None else _word(near, code, cell + "opacity:.75;")
    return f"<tr>{name}<td {digits}>{_number(one.value)}</td>{_word(str(one.text), code, cell)}{sentence}{beside}</tr>"


def _word(text: str, code: str, cell: str) -> str:
    way = "rtl" if right_to_left(text) else "ltr"
    return f'<td lang="{escape(code)}" style="{cell}white-space:nowrap"><bdi dir="{way}">{escape(text)}</bdi></td>'


def _sentence(text: str, start: int, stop: int, code: str, color: str, tag: str, style: str = "") -> str:
    """A whole sentence with the word marked, in the direction of its script."""
    way = "rtl" if right_to_left(text) else "ltr"
    style += f"text-align:{'right' if way == 'rtl' else 'left'};" + ("" if tag == "td" else "font-size:1.05em;")
    mark = f"background:{color}33;border-bottom:2px solid {color};color:inherit;padding:0 .12em;border-radius:.15em"
    return (
        f'<{tag} lang="{escape(code)}" dir="{way}" style="{style}">{escape(text[:start])}'
        f'<mark style="{mark}">{escape(text[start:stop])}</mark>{escape(text[stop:])}</{tag}>'
    )


def _cell(colors: theme.Look) -> str:
    return f"border-top:1px solid {colors.line};padding:.28em .9em .28em 0;text-align:left;vertical-align:top;"


def _font() -> str:
    return theme.FONT.replace('"', "'")
