import re
from html import unescape

from hypothesis import given, settings
from hypothesis import strategies as st
from results import projected

from embspace.figures.hover import hover_texts, marked_sentence


def test_the_word_is_marked_and_html_is_escaped():
    text = "<script>alert('x')</script> & Washington left."
    start = text.index("Washington")
    expected = "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt; &amp; <b>Washington</b> left."
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
