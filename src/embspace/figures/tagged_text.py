"""Sentences as HTML with the labels of their words: marked in the running text, readings that differ below it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import NamedTuple

import pandas as pd

from embspace.analyses.wrong_words import type_of
from embspace.corpora.records import Sentence
from embspace.corpora.tags import Span, tags_to_spans
from embspace.figures import theme
from embspace.figures.escaping import one_line

Tags = Sequence[str | None]

MOST = 100
"""sentences that are drawn"""
_WIDE = 8
"""words of a marked place that stay in one line"""
_NO_TAG = ("O", "_", "")
_FAINT = "38", "73"
"""opacity of a color behind text on a light and on a dark page, in hexadecimal digits"""
_CHIP = "border-radius:.2em;font-size:.66em;line-height:1.5;padding:0 .35em;white-space:nowrap;text-align:center;"


class _Place(NamedTuple):
    """Words start <= i < stop of a sentence, and what each reading has of them, in words of the sentence."""

    start: int
    stop: int
    spans: dict[str, list[Span]]


def tagged_html(
    predictions: pd.DataFrame,
    corpus: Sequence[Sentence] | None = None,
    *,
    sentences: Sequence[int] | None = None,
    names: Mapping[str, str] | None = None,
    agreed: bool = True,
) -> str:
    """A table of sentences, their entities marked in the running text; all text is escaped.

    Where gold and all systems agree, the words are marked with the type's color; where they do not, what each of them
    says stands below the words, and what is wrong is bold. In a notebook:
    `IPython.display.HTML(es.figures.tagged_html(es.predict(...)))`.

    Args:
        predictions: as `embspace.predict` gives them; of several systems with a column `system`.
        corpus: the sentences, by their numbers, for their running text; None: words are joined by blanks.
        sentences: numbers of those that are drawn, in this order; None: the first 100.
        names: system -> what it is called below the words; None: an arrow, of several A, B, ...
        agreed: whether words are marked that everyone labels rightly or alike.
    """
    table = predictions if "system" in predictions.columns else predictions.assign(system="")
    systems = [str(one) for one in dict.fromkeys(table["system"])]
    if names is None:
        names = {one: chr(65 + at) if len(systems) > 1 else "→" for at, one in enumerate(systems)}
    numbers = list(dict.fromkeys(table["sentence"]))[:MOST] if sentences is None else list(sentences)
    colors = tag_colors(table)
    entities = _of_entities([*table["gold"].dropna().unique(), *table["predicted"].dropna().unique()])
    chosen = table.loc[table["sentence"].isin(numbers)]
    groups = {(int(number), str(system)): own for (number, system), own in chosen.groupby(["sentence", "system"])}
    rows = []
    for number in numbers:
        own = {system: groups[number, system] for system in systems if (number, system) in groups}
        if not own:
            continue
        words = next(iter(own.values()))
        language = str(words["language"].iat[0])
        one = corpus[number] if corpus is not None else Sentence(tuple(map(str, words["word"])), language)
        gold = {"gold": _tags(words["gold"])} if words["gold"].notna().any() else {}
        readings = gold | {names[system]: _tags(of["predicted"]) for system, of in own.items()}
        text = tagged_text(one, readings, colors, entities=entities, agreed=agreed)
        rows.append(
            f'<tr><td style="white-space:nowrap;vertical-align:top;padding-inline-end:.75rem">'
            f'{escape(theme.language_name(language))}</td><td lang="{escape(language)}" dir="auto">{text}</td></tr>'
        )
    return f'<table class="sentences tagged labelled"><tbody>{"".join(rows)}</tbody></table>'


def tagged_text(
    sentence: Sentence,
    readings: Mapping[str, Tags],
    colors: Mapping[str, str],
    *,
    entities: bool = True,
    agreed: bool = True,
) -> str:
    """The running text of a sentence as HTML with the labels of its words.

    Args:
        sentence: whose text it is.
        readings: name -> tags of its words; "gold" counts as right where it is there.
        colors: type or tag -> `#rrggbb`.
        entities: whether tags are of named entities, with a prefix.
        agreed: whether places are marked that all readings agree upon.
    """
    parts, at = [], 0
    for place in _places(readings, entities):
        spans = list(place.spans.values())
        alike = all(one == spans[0] for one in spans) and len(spans[0]) == 1
        if alike and not agreed:
            continue
        begin = max(at, sentence.offsets[place.start][0])
        parts.append(escape(sentence.text[at:begin]))
        if alike:
            at = max(begin, *(stop for _, stop in sentence.offsets[place.start : place.stop]))
            kind = spans[0][0][2]
            parts.append(
                f'<mark style="background:{behind(_color(kind, colors))}" title="{escape(kind)}">'
                f"{escape(sentence.text[begin:at])}<sub>{escape(kind)}</sub></mark>"
            )
            continue
        for start in range(place.start, place.stop, _WIDE):
            part, at = _grid(sentence, place, start, min(start + _WIDE, place.stop), begin, colors)
            parts.append(part)
            begin = at
    return "".join([*parts, escape(sentence.text[at:])])


def tag_colors(predictions: pd.DataFrame) -> dict[str, str]:
    """Type of entity, or tag -> its color, of all that occur in a table of predictions."""
    known = {type_of(str(tag)) for name in ("gold", "predicted") for tag in predictions[name].dropna().unique()}
    return theme.category_colors(sorted(known - set(_NO_TAG)))


def behind(color: str) -> str:
    """A color `#rrggbb` as it stands behind text, on light pages and on dark ones, in CSS."""
    return f"light-dark({color}{_FAINT[0]}, {color}{_FAINT[1]})"


def _grid(
    sentence: Sentence, place: _Place, start: int, stop: int, begin: int, colors: Mapping[str, str]
) -> tuple[str, int]:
    """Words in columns, a row below them for each reading; and where in the text they end."""
    cells, at = [], begin
    for column, word in enumerate(range(start, stop), 1):
        end = max(at, sentence.offsets[word][1])
        if word + 1 < stop:
            end = max(end, sentence.offsets[word + 1][0])  # the blank behind a word is of its column
        text = escape(sentence.text[at:end])
        cells.append(f'<span style="grid-row:1;grid-column:{column};white-space:pre-wrap">{text}</span>')
        at = end
    right = place.spans.get("gold")
    for row, (name, spans) in enumerate(place.spans.items(), 2):
        weight = "font-weight:600;" if right is not None and spans != right else "opacity:.8;" if right else ""
        inside = [one for one in spans if one[0] < stop and one[1] > start]
        for first, last, kind in inside:
            where = f"grid-row:{row};grid-column:{max(first, start) - start + 1}/{min(last, stop) - start + 1};"
            cells.append(
                f'<span style="{where}{_CHIP}{weight}background:{behind(_color(kind, colors))}">'
                f"{escape(name)} {escape(kind)}</span>"
            )
        if not inside:
            look = f"grid-row:{row};grid-column:1/{stop - start + 1};{_CHIP}{weight}"
            cells.append(f'<span style="{look}box-shadow:inset 0 0 0 1px #8886">{escape(name)} –</span>')
    style = f"display:inline-grid;grid-template-columns:repeat({stop - start},auto);gap:2px 1px;vertical-align:baseline"
    return f'<span style="{style};margin:0 .15em">{"".join(cells)}</span>', at


def _places(readings: Mapping[str, Tags], entities: bool) -> Iterator[_Place]:
    """Runs of words that some reading labels; spans that overlap are of one place."""
    every = {name: _spans(tags, entities) for name, tags in readings.items()}
    found: list[list[int]] = []
    for start, stop, _ in sorted(one for spans in every.values() for one in spans):
        if found and start < found[-1][1]:
            found[-1][1] = max(found[-1][1], stop)
        else:
            found.append([start, stop])
    for start, stop in found:
        yield _Place(start, stop, {name: [one for one in of if start <= one[0] < stop] for name, of in every.items()})


def _spans(tags: Tags, entities: bool) -> list[Span]:
    """What a reading labels; of tags that are none of entities each word by itself."""
    if entities:
        return tags_to_spans([tag or "O" for tag in tags], repaired=Counter())
    return [(at, at + 1, tag) for at, tag in enumerate(tags) if tag and tag not in _NO_TAG]


def _of_entities(tags: Sequence[object]) -> bool:
    """Whether tags are of named entities: `O`, or a prefix and a type."""
    return all(tag == "O" or type_of(str(tag)) != tag for tag in tags)


def _tags(values: pd.Series) -> list[str | None]:
    return [None if one is None or one != one else str(one) for one in values]


def _color(kind: str, colors: Mapping[str, str]) -> str:
    return colors.get(kind, "#808080")


def conll(predictions: pd.DataFrame) -> str:
    """Predictions as CoNLL's scorer reads them: word, gold (if it is known) and prediction with a tab between.

    An empty line ends a sentence; blanks inside words become `_`, a word without label is `O`.
    """
    known = bool(predictions["gold"].notna().to_numpy().any())
    columns = [_tags(pd.Series(predictions[name])) for name in ("word", *(["gold"] if known else []), "predicted")]
    lines: list[str] = []
    before = None
    for number, word, *tags in zip(predictions["sentence"].tolist(), *columns, strict=True):
        if before is not None and number != before:
            lines.append("")
        before = number
        lines.append("\t".join(["_".join(str(one_line(word or "")).split()) or "_", *(tag or "O" for tag in tags)]))
    return "\n".join([*lines, ""])
