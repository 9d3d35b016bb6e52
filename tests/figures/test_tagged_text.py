import re

import pandas as pd

from embspace.analyses.wrong_words import error_counts
from embspace.corpora.records import Sentence
from embspace.figures.error_counts import error_counts_heatmap
from embspace.figures.tagged_text import behind, conll, tag_colors, tagged_html, tagged_text
from embspace.figures.theme import category_colors

COLORS = category_colors(["LOC", "ORG", "PER"])


def table(*rows, system=None):
    columns = ["sentence", "position", "word", "language", "gold", "predicted"]
    found = pd.DataFrame(rows, columns=columns)
    return found if system is None else found.assign(system=system)


def plain(html):
    return re.sub(r"<[^>]+>", "", html)


def test_what_all_agree_upon_is_marked_in_the_running_text():
    one = Sentence(("Washington", ",", "D.C", "."), "en", "Washington, D.C.", ((0, 10), (10, 11), (12, 15), (15, 16)))
    html = tagged_text(one, {"predicted": ["B-LOC", "I-LOC", "I-LOC", "O"]}, COLORS)
    behind_it = behind(COLORS["LOC"])
    assert html == f'<mark style="background:{behind_it}" title="LOC">Washington, D.C<sub>LOC</sub></mark>.'
    assert tagged_text(one, {"a": ["O"] * 4, "b": ["O"] * 4}, COLORS) == "Washington, D.C."


def test_readings_that_differ_stand_below_the_words_and_what_is_wrong_is_bold():
    one = Sentence(("Swansea", "City", "won"), "en")
    readings = {"gold": ["B-ORG", "I-ORG", "O"], "A": ["B-LOC", "O", "O"], "B": ["B-ORG", "I-ORG", "O"], "C": ["O"] * 3}
    html = tagged_text(one, readings, COLORS)
    assert plain(html) == "Swansea Citygold ORGA LOCB ORGC – won"
    chips = dict(re.findall(r"grid-row:(\d);grid-column:([\d/]+)", html.split("City</span>")[1]))
    assert chips == {"2": "1/3", "3": "1/2", "4": "1/3", "5": "1/3"}
    bold = re.findall(r"font-weight:600;[^>]*>([^<]+)<", html)
    assert bold == ["A LOC", "C –"]
    assert tagged_text(one, readings, COLORS, agreed=False) == html


def test_all_text_is_escaped_and_nothing_of_it_is_lost():
    words = ("<script>alert(1)</script>", "&", '"x"')
    one = Sentence(words, "en")
    html = tagged_text(one, {"gold": ["B-<b>", "O", "O"], "A": ["O", "B-LOC", "I-LOC"]}, COLORS)
    assert "<script" not in html and "<b>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html and "gold &lt;b&gt;" in html
    page = tagged_html(table((0, 0, "<i>", 'e"n', "O", "B-LOC")))
    assert "<i>" not in page and 'lang="e&quot;n"' in page


def test_long_places_are_broken_and_words_that_share_a_place_are_written_once():
    words = tuple(f"w{number}" for number in range(20))
    html = tagged_text(Sentence(words, "en"), {"gold": ["O"] * 20, "A": ["B-LOC", *["I-LOC"] * 19]}, COLORS)
    assert html.count("inline-grid") == 3
    assert re.findall(r"w\d+", plain(html)) == list(words)
    shared = Sentence(("de", "el", "mar"), "es", "del mar", ((0, 3), (0, 3), (4, 7)))
    html = tagged_text(shared, {"gold": ["O", "O", "O"], "A": ["O", "B-LOC", "I-LOC"]}, COLORS)
    assert plain(html).replace("gold –", "").replace("A LOC", "") == "del mar"


def test_tags_of_other_kinds_mark_each_word():
    rows = [(0, 0, "dogs", "en", "NOUN", "NOUN"), (0, 1, "bark", "en", "VERB", "NOUN"), (1, 0, "x", "en", "X", None)]
    html = tagged_html(table(*rows))
    assert "dogs<sub>NOUN</sub>" in html and "gold VERB" in html and "→ NOUN" in html and "→ –" in html
    assert set(tag_colors(table(*rows))) == {"NOUN", "VERB", "X"}


def test_sentences_are_chosen_and_systems_have_letters():
    rows = [(number, 0, f"w{number}", "en", "B-LOC", "B-LOC" if number else "O") for number in range(3)]
    both = pd.concat([table(*rows, system="one"), table(*rows, system="<two>")])
    html = tagged_html(both, sentences=[2, 0])
    assert html.index("w2") < html.index("w0") and "w1" not in html
    assert "A –" in html and "B –" in html and "two" not in html
    corpus = [Sentence(("w0",), "en", "(w0)", ((1, 3),)), *[Sentence(("w",), "en")] * 2]
    assert "(<span" in tagged_html(both, corpus, sentences=[0])


def test_conll_is_what_its_scorer_reads():
    rows = [(0, 0, "New York", "en", "B-LOC", "O"), (0, 1, "is", "en", "O", None), (4, 0, "x", "en", "O", "O")]
    assert conll(table(*rows)) == "New_York\tB-LOC\tO\nis\tO\tO\n\nx\tO\tO\n"
    assert conll(table((0, 0, "a\tb", "en", None, "B-LOC"))) == "a_b\tB-LOC\n"


def test_counts_are_cells_colored_by_shares():
    words = table((0, 0, "x", "en", "B-LOC", "O")).assign(case="both", first="O", second="O", types="LOC", sentence=0)
    words.attrs["settings"] = {"first": "A", "second": "B", "sentences": {"en": 4, "be": 2}}
    figure = error_counts_heatmap(error_counts(words))
    assert [note.text for note in figure.layout.annotations] == ["only A errs", "only B errs", "both err"]
    cells = [one for one in figure.data if one.type == "heatmap"]
    assert cells[2].x == ("be", "en") and cells[2].y == ("LOC", "any")
    assert cells[2].z.tolist() == [[0, 0.25], [0, 0.25]] and cells[0].z.sum() == 0
    texts = [one for one in figure.data if one.type == "scatter"]
    assert list(texts[2].text) == ["0", "1", "0", "1"]
    words.attrs["settings"]["second"] = None
    alone = error_counts_heatmap(error_counts(words.assign(case="first")), dark=True)
    assert len(alone.data) == 2 and not alone.layout.annotations
