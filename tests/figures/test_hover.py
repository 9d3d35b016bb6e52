import re
from html import unescape

from hypothesis import given, settings
from hypothesis import strategies as st
from results import projected

from embspace.figures.hover import around_word, hover_texts, marked_sentence


def test_the_word_is_marked_and_html_is_escaped():
    # Quotes stay: plotly would show &quot; as it stands.
    text = "<script>alert('x\"')</script> & Washington left."
    start = text.index("Washington")
    expected = "&lt;script&gt;alert('x\"')&lt;/script&gt; &amp; <b>Washington</b> left."
    assert marked_sentence(text, start, start + 10) == expected


def test_the_word_itself_is_escaped():
    assert marked_sentence("a <b> c", 2, 5) == "a <b>&lt;b&gt;</b> c"


def test_long_sentences_wrap_between_words_and_a_span_may_cross_lines():
    text = "word " * 11 + "New York City " + "word " * 20
    start = text.index("New")
    lines = marked_sentence(text, start, start + 13).split("<br>")
    assert len(lines) == 3
    assert all(len(re.sub("</?b>", "", line)) <= 60 for line in lines)
    assert lines[0].endswith("<b>New</b>") and lines[1].startswith("<b>York City</b>")


def test_scripts_without_blanks_wrap_too():
    lines = marked_sentence("字" * 150, 70, 72).split("<br>")
    assert [len(re.sub("</?b>", "", line)) for line in lines] == [60, 60, 30]
    assert "<b>字字</b>" in lines[1]


@given(st.text(alphabet="ab<&>\"' \n字", min_size=1, max_size=200), st.data())
@settings(deadline=None, max_examples=60)
def test_nothing_but_blanks_is_lost_and_only_our_tags_are_tags(text, data):
    start = data.draw(st.integers(0, len(text)))
    stop = data.draw(st.integers(start, len(text)))
    marked = marked_sentence(text, start, stop)
    assert set(re.findall("<[^>]*>", marked)) <= {"<b>", "</b>", "<br>"}
    plain = unescape(re.sub("<[^>]*>", "", marked))
    assert "".join(plain.split()) == "".join(text.split())
    bold = unescape("".join(re.findall("<b>(.*?)</b>", marked, re.DOTALL)))
    assert "".join(bold.split()) == "".join(text[start:stop].split())


def test_the_box_names_language_type_and_pieces():
    text = hover_texts(projected())[0]
    expected = "0 Then <b>Washington</b> left.<br><br>Belarusian · PER<br>3 pieces: ▁Wash  ·  ing  ·  ton"
    assert text == expected


def test_pieces_and_types_are_escaped_and_one_may_be_missing():
    result = projected(types=(None,), per_type=1)
    result["pieces"], result["n_pieces"] = "<i>", 1
    assert hover_texts(result)[1].endswith("<br><br>English<br>1 piece: &lt;i&gt;")


@given(st.text(min_size=1), st.integers(0, 200), st.integers(1, 30), st.integers(1, 30))
def test_a_text_cut_around_a_word_still_holds_it(text, start, length, room):
    start = start % len(text)
    stop = min(len(text), start + length)
    cut, first, last = around_word(text, start, stop, room)
    assert cut[first:last] == text[start:stop]
    assert len(cut) <= stop - start + 2 * room + 4
    assert cut.removeprefix("… ").removesuffix(" …") in text or "…" in text


def test_a_text_is_cut_at_blanks_and_left_alone_where_it_is_short():
    assert around_word("one two three four five", 8, 13, 6) == ("… two three four …", 6, 11)
    assert around_word("one two three", 4, 7, 20) == ("one two three", 4, 7)
    assert around_word("あいうえおかきくけこ", 4, 6, 2) == ("… うえおかきく …", 4, 6)
