"""What pages write as HTML holds no tags but their own, whatever sentences, words and languages say."""

from html.parser import HTMLParser

import pandas as pd
import pytest

from embspace.corpora.records import Corpus, Entity, Sentence
from inventory import Words
from widgets.say import plain
from widgets.show_corpus import sentence_rows
from widgets.show_examples import examples
from widgets.show_selection import sentence_table
from widgets.show_sizes import size_bar
from widgets.show_space import facts, word_table

EVIL = "<script>alert(1)</script>\"'><img/onerror=alert(1)>\u202e\x01$x$%{x}</mark></td>"
TAGS = {"table", "thead", "tbody", "tr", "th", "td", "mark", "sub", "span", "i", "b", "div"}
ATTRIBUTES = {"class", "lang", "dir", "title", "style"}


class Page(HTMLParser):
    """Tags, attributes and text of HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: dict[str, set[str]] = {}
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            self.attributes.setdefault(name, set()).add(value or "")

    def handle_data(self, data: str) -> None:
        self.text += data


def sentence(**known) -> Sentence:
    words = (*EVIL.split(), "end")
    return Sentence(words, EVIL, entity=Entity(0, 1, EVIL, EVIL), parallel="s", **known)


PAGES = {
    "tagged": lambda: sentence_rows([sentence(tags=(f"B-{EVIL}", "O"))]),
    "entity": lambda: sentence_rows([sentence()]),
    "examples": lambda: sentence_table(examples(Corpus(EVIL, [sentence()]))),
    "words": lambda: word_table(
        Words(2, 1, (EVIL,), pd.DataFrame({"language": [EVIL], "text": [EVIL], "pieces": [EVIL]}))
    ),
    "facts": lambda: facts({EVIL: EVIL}),
    "sizes": lambda: size_bar(1, {EVIL: 10, "b": 5}, 100),
}


@pytest.mark.parametrize("name", PAGES)
def test_text_stays_text(name):
    page = Page(PAGES[name]())
    assert page.tags <= TAGS
    assert set(page.attributes) <= ATTRIBUTES
    assert EVIL.strip() in page.text
    assert not any("alert" in value for value in page.attributes.get("style", ()))


def test_text_in_markdown_stays_text():
    shown = plain("**b** [link](javascript:alert(1)) <b> $x$ :red[x] #h _i_")
    assert shown == (r"\*\*b\*\* \[link\](javascript\:alert(1)) \<b\> \$x\$ \:red\[x\] \#h \_i\_")
