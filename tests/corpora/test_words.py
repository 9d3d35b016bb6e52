"""Words cover the text, and what belongs together stays together."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embspace.corpora.words import split_words, word_spans


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Dün Vaşington'a gitti.", ["Dün", "Vaşington'a", "gitti", "."]),
        ("a l'Havana, la col·lecció", ["a", "l'Havana", ",", "la", "col·lecció"]),
        ("Нью-Ёрк — Сант'яга!", ["Нью-Ёрк", "—", "Сант'яга", "!"]),
        ("«[Рома]»", ["«", "[", "Рома", "]", "»"]),
        ("¿Quién es?", ["¿", "Quién", "es", "?"]),
        ("250.000 o 3,5 a les 18:40.", ["250.000", "o", "3,5", "a", "les", "18:40", "."]),
        ("19. století, 1939–1945", ["19", ".", "století", ",", "1939", "–", "1945"]),
        ("the players' ... rock-'n'-roll", ["the", "players", "'", "...", "rock", "-", "'", "n", "'", "-", "roll"]),
        ("हिन्दी में है।", ["हिन्दी", "में", "है", "।"]),
        ("S5-te v1.5b", ["S5-te", "v1", ".", "5b"]),
        ("", []),
    ],
)
def test_splits_as_written(text, words):
    assert list(split_words(text)[0]) == words


@given(st.text(st.sampled_from("ab İў1.,'’-·– \t«»'\u0301\u00a0漢"), max_size=30) | st.text(max_size=20))
@settings(deadline=None, max_examples=200)
def test_words_cover_everything_but_blanks_in_order(text):
    words, spans = split_words(text)
    assert spans == word_spans(text)
    at, rest = 0, ""
    for word, (start, stop) in zip(words, spans, strict=True):
        assert at <= start < stop
        assert text[start:stop] == word
        assert not any(char.isspace() for char in word)
        rest += text[at:start]
        at = stop
    rest += text[at:]
    assert not rest.strip()
