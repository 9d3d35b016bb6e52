"""Whatever words, sentences, types, languages and checkpoints are called: figures and tables show it as it is."""

import re
from html import unescape
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pandas as pd
import pytest
from odd_spaces import OddSpace, given, usual
from test_every_analysis import all_tables, draw

from embspace.analyses.transformation import transform
from embspace.figures.escaping import escaped
from embspace.figures.neighbors import neighbors_html
from embspace.figures.projection import projection_map
from embspace.figures.saving import latex
from embspace.workflows.analyses import ANALYSES

TEXTS = [
    "<script>alert(1)</script>",
    "<b>bold",
    "$\\LaTeX_{x}$",
    "%{evil}",
    "[link](javascript:alert(1))",
    "👩‍🚀🏳️‍🌈",
    "\u202etxet",
    "a\x01b\x1b[31m\x9f",
    '"it\'s" &amp; &#36;',
    "<a href='javascript:alert(1)'>x</a>",
]
MARKUP = re.compile(
    r"</?b>|</?i>|</?sub>|<br>|<extra></extra>|</span>|<span style=\"color:(?:#[0-9a-f]{6}|rgba?\([\d., ]+\))\">"
)
VARIABLE = re.compile(r"%\{(?:[xyz]|hovertext|customdata(?:\[\d\])?)(?::[^}]*)?\}")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def hostile() -> OddSpace:
    """Every text of a space is one of `TEXTS`, or has one in it."""
    made = usual(("en", TEXTS[3] + TEXTS[1], TEXTS[2]))
    texts = [TEXTS[row % len(TEXTS)] for row in range(made.n_words)]
    types = made.words["type"].map({"PER": TEXTS[0] + TEXTS[3], "LOC": TEXTS[2] + TEXTS[6] + TEXTS[7]})
    made.sentences = made.sentences.assign(text=[f"{one} was {one} here" for one in texts])
    lengths = [len(one) for one in texts]
    made = made.told(text=texts, start=0, stop=lengths, type=types, pieces=texts, tag=types)
    made.recipe = {"checkpoint": "/models/" + "".join(TEXTS).replace("/", ""), "corpus": TEXTS[0]}
    return made


def texts_of(part: Any, under: str = "") -> list[tuple[str, str]]:
    """(key, text) of all that a figure holds but what is never shown."""
    if isinstance(part, dict):
        return [one for key, value in part.items() for one in texts_of(value, str(key)) if key not in HIDDEN]
    if isinstance(part, list | tuple | np.ndarray):
        return [one for value in part for one in texts_of(value, under)]
    return [(under, part)] if isinstance(part, str) else []


HIDDEN = {"legendgroup", "meta", "template", "uirevision", "path", "family", "args"}


def check_figure(figure: Any) -> None:
    for key, text in texts_of(figure.to_plotly_json()):
        plain = MARKUP.sub("", text)
        assert "<" not in plain and not re.search(r"&(?!amp;|lt;|gt;|#36;|#123;)", plain), (key, text)
        assert not re.search(r"\$", plain), (key, text)
        assert not CONTROL.search(plain), (key, text)
        assert plain.count("\u202e") == plain.count("\u202c"), (key, text)
        if key in ("hovertemplate", "texttemplate"):
            assert "%{" not in VARIABLE.sub("", plain), (key, text)


@pytest.mark.parametrize("name", ANALYSES)
def test_figures_show_any_text_as_it_is(name):
    space = hostile()
    entry = ANALYSES[name]
    if entry.takes == "corpus":  # names are compared in Latin letters; without any of these there is an error
        space = space.rows(
            [row for row, text in enumerate(space.words["text"]) if text.isascii() and text.isprintable()]
        )
    other = space.moved(space.vectors + np.random.default_rng(1).normal(size=space.vectors.shape))
    other.recipe = {**space.recipe, "checkpoint": TEXTS[2] + TEXTS[3]}
    drawn = 0
    calls = [
        *given(entry, space, other),
        *([(([space, other],), {})] if entry.takes == "spaces" and not entry.steps else []),
    ]
    for args, settings in calls:
        for key, table in all_tables(name, *args, **settings).items():
            check_latex(table)
            for path in entry.tables[key].figures:
                if (figure := draw(path, table)) is not None:
                    drawn += 1
                    check_figure(figure)
    assert drawn


def projected(space: OddSpace) -> pd.DataFrame:
    shown = space.words.drop(columns=["position", "tag", "found"])
    context = space.sentences["text"].reindex(shown["sentence"]).to_numpy()
    parts = [shown.assign(context=context, layer=layer, x=space.vectors[0, :, 0], y=1.0) for layer in (0, 1)]
    parts += [one.assign(checkpoint=TEXTS[2] + TEXTS[0]) for one in parts]
    found = pd.concat([one.assign(checkpoint=one.get("checkpoint", TEXTS[3])) for one in parts], ignore_index=True)
    found.attrs["settings"] = {"analysis": "projection", "n_layers": 2, "transforms": [TEXTS[0]]}
    return found


def test_maps_show_any_text_as_it_is():
    found = projected(hostile())
    for settings in ({}, {"color": "type", "symbol": "language"}, {"color": "text", "animate": "checkpoint"}):
        figure = projection_map(found.rename(columns={}), **settings)
        check_figure(figure)
    assert any("%&#123;evil}" in text for _, text in texts_of(figure.to_plotly_json()))
    boxes = [one for trace in figure.data for one in (trace.hovertext if trace.hovertext is not None else ())]
    assert any(one.startswith("<b>&lt;script&gt;alert(1)&lt;/script&gt;</b>") for one in boxes)


def test_notes_of_transforms_of_checkpoints_are_escaped():
    space = hostile()
    both = [space, transform(space, "center")]
    check_figure(draw(ANALYSES["isotropy"].tables["isotropy"].figures[0], all_tables("isotropy", both)["isotropy"]))


class Tags(HTMLParser):
    """What a page is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


def test_neighbors_as_html_have_no_tags_but_ours():
    table = all_tables("neighbors", hostile())["neighbors"]
    page = Tags()
    page.feed(neighbors_html(table, queries=10, beside=0))
    assert page.tags <= {"div", "p", "table", "thead", "tbody", "tr", "th", "td", "mark", "bdi", "span"}
    assert page.attributes <= {"style", "lang", "dir", "rowspan", "title", "class"}
    shown = set(table["text"]) | set(table["context"])
    assert all(one in page.text for one in shown if "\r" not in one)


def check_latex(table: pd.DataFrame) -> None:
    """Nothing that TeX takes for more than text is left in the cells."""
    body = latex(table).split("\\midrule")[-1].split("\\bottomrule")[0]
    known = r"\\textbackslash |\\textasciitilde |\\textasciicircum |\\[&%$#_{}]| \\\\\n|\\space ?"
    rest = re.sub(known, "", body)
    assert not re.search(r"[%$#_{}~^\\]", rest), rest
    assert not CONTROL.search(rest), rest
    assert body.count(" \\\\\n") == len(table)


def test_latex_escapes_what_tex_takes_for_more_than_text():
    table = pd.DataFrame(
        {"a_b": ["& % $ # _ { } ~ ^ \\", "line\nend\ttab", "\\input{/etc/passwd}\x01"], "n": [1, 2, 3]}
    )
    text = latex(table)
    assert r"\& \% \$ \# \_ \{ \} \textasciitilde \space \textasciicircum \space \textbackslash " in text
    assert "line end tab & 2" in text
    assert r"\textbackslash input\{/etc/passwd\}" in text
    assert r"a\_b" in text
    check_latex(table)


@pytest.mark.parametrize("text", [*TEXTS, "".join(TEXTS)])
def test_escaped_text_is_the_text_again(text):
    safe = escaped(text)
    assert "<" not in safe and "$" not in safe and "%{" not in safe and not CONTROL.search(safe)
    assert unescape(safe).rstrip("\u202c") == CONTROL.sub("\ufffd", text)


@pytest.mark.parametrize(
    ("text", "added"),
    [
        ("plain", ""),
        ("\u202eleft", "\u202c"),
        ("\u202eclosed\u202c", ""),
        ("\u2067\u202eboth", "\u202c\u2069"),
        ("\u2067\u202eisolate closes both\u2069", ""),
        ("\u202e\u2067an override does not end an isolate\u202c", "\u2069\u202c"),
        ("\u202c\u2069 nothing is open", ""),
    ],
)
def test_what_is_left_open_is_closed(text, added):
    assert escaped(text) == text + added
