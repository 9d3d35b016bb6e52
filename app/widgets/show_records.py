"""The first pairs or questions of a corpus, as they are learned from."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from embspace.corpora.records import Entailment, Question
from embspace.figures.theme import category_colors, language_name

AROUND = 240
"""characters of a paragraph that are shown before and behind an answer"""


def record_rows(records: Sequence[Entailment | Question]) -> str:
    """An HTML table of pairs with their labels, or of questions with the answer marked; every text is escaped."""
    rows = "".join(_pair(one) if isinstance(one, Entailment) else _question(one) for one in records)
    return f'<table class="sentences tagged"><tbody>{rows}</tbody></table>'


def _pair(one: Entailment) -> str:
    told = f"{_text(one.premise, one.languages[0])}<br>{_text(one.hypothesis, one.languages[1])}"
    return _row(one.languages, told, escape(one.label))


def _question(one: Question) -> str:
    text, start = one.answers[0] if one.answers else ("", 0)
    stop = start + len(text)
    before, behind = one.paragraph[max(0, start - AROUND) : start], one.paragraph[stop : stop + AROUND]
    color = category_colors(["answer"])["answer"]
    marked = f'<mark style="background: {color}38">{escape(text)}</mark>' if text else ""
    paragraph = (
        f"{'... ' if start > AROUND else ''}{escape(before)}{marked}{escape(behind)}"
        f"{' ...' if stop + AROUND < len(one.paragraph) else ''}"
    )
    asked, about = one.languages
    told = f'<b>{_text(one.question, asked)}</b><br><span lang="{escape(about)}" dir="auto">{paragraph}</span>'
    return _row(one.languages, told, "" if text else "no answer")


def _text(text: str, code: str) -> str:
    return f'<span lang="{escape(code)}" dir="auto">{escape(text)}</span>'


def _row(codes: Sequence[str], told: str, label: str) -> str:
    names = ", ".join(language_name(code) for code in dict.fromkeys(codes))
    return f"<tr><td>{escape(names)}</td><td>{label}</td><td>{told}</td></tr>"
