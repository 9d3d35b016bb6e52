"""Whose pieces are whose, in many scripts, for every kind of tokenizer; told again by sets of characters."""

import unicodedata

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tiny_models import TOKENIZERS

from embspace.corpora.records import Sentence
from embspace.encoders.tokenizing import Cut

SCRIPTS = {
    "Cyrillic": [*"абвгіўґёй", "и\u0306"],
    "Latin": [*"aAnİßﬁşã", "e\u0301", "n\u0303", "a\u0328\u0301"],
    "Devanagari": ["वॉ", "शिं", "ग", "ट", "क्षि", "न्"],
    "Han": [*"東京日本中国", "\U00020000"],
    "Arabic": ["و", "ا", "شِ", "ط\u0640", "ﻻ"],
    "Greek": ["Ο", "υ", "ά", "ς", "Σ", "ΐ"],
    "Thai": ["กรุ", "ง", "เ", "ทพ", "ำ"],
    "Hebrew": ["שׁ", "ל", "וֹ", "ם"],
    "Hangul": ["한", "\u1112\u1161\u11ab", "\u1100", "\u1161", "ㅋ"],
    "emoji": ["😀", "👩🏽‍🔬", "👨‍👩‍👧", "🇧🇾", "❤️", "1️⃣", "\U0001f3fd"],
    "unseen": [
        "\u200b",
        "\u200c",
        "\u200d",
        "\u2060",
        "\ufeff",
        "\u00ad",
        "\u200e",
        "\u202b",
        "\ufe0f",
        "\x00",
        "\x01",
    ],
    "marks alone": ["\u0301", "\u20dd", "\u0489", "\u093f", "\u05c1"],
    "signs": [*".'’-½①Ⅳ㎏,", "\ufffd", "\ue000"],
}
UNITS = st.sampled_from(list(SCRIPTS)).flatmap(lambda script: st.sampled_from(SCRIPTS[script]))
ONE_SCRIPT = st.sampled_from(list(SCRIPTS)).flatmap(
    lambda script: st.lists(st.sampled_from(SCRIPTS[script]), max_size=5)
)
WORDS = st.lists((ONE_SCRIPT | st.lists(UNITS, max_size=5)).map("".join), max_size=6)
EVERY = pytest.mark.parametrize("kind", TOKENIZERS)


def cleaned(letter):
    """What BERT's tokenizer takes out of a text."""
    return unicodedata.category(letter)[0] == "C" or letter == "\ufffd"


def composed(letter):
    """What becomes one with the letter before it; offsets tell of the first letter alone."""
    return unicodedata.category(letter)[0] == "M" or 0x1160 <= ord(letter) <= 0x11FF


LEFT_OUT = {
    "wordpiece": cleaned,
    "wordpiece-uncased": lambda letter: cleaned(letter) or composed(letter),
    **dict.fromkeys(["unigram", "deberta", "modernbert", "qwen", "word-ends"], composed),
}


@pytest.fixture(scope="module")
def cut():
    """The tokenizer of a kind, its own and embspace's; made once."""
    made = {}

    def of(kind):
        if kind not in made:
            tokenizer = TOKENIZERS[kind].make()
            made[kind] = (tokenizer.backend_tokenizer, Cut(kind, tokenizer, 10**9))
        return made[kind]

    return of


def given_words(kind, words):
    """The words as a tokenizer of the kind is to be given them."""
    return [f" {word}" if TOKENIZERS[kind].blank and word and not word[0].isspace() else word for word in words]


def owners_of(pieces):
    """The words of every piece."""
    owners = [{int(word)} - {-1} for word in pieces.words]
    for piece, word in pieces.also:
        owners[piece].add(int(word))
    return owners


def uncovered(kind, text, spans):
    """Letters of a text that are in no piece though the tokenizer takes nothing out that is like them."""
    seen = {at for start, stop in spans for at in range(start, stop)}
    left_out = LEFT_OUT.get(kind, lambda _: False)
    return [one for at, one in enumerate(text) if at not in seen and not one.isspace() and not left_out(one)]


@EVERY
@settings(deadline=None, max_examples=40)
@given(words=WORDS)
@example(words=["", "\u200b", "a", "[SEP]", "</s>", "a b", " a", "a "])
@example(words=[])
def test_pieces_of_a_word_cover_it(kind, cut, words):
    backend, own = cut(kind)
    pieces = own.tokenize([Sentence(tuple(words), "en")])
    given = given_words(kind, words)
    encoding = backend.encode(given, is_pretokenized=True)
    assert pieces.ids.tolist() == encoding.ids
    assert len(pieces.also) == 0
    owned = pieces.words[pieces.words >= 0]
    assert np.all(np.diff(owned) >= 0)
    for owner, word, (start, stop), special in zip(
        pieces.words, encoding.word_ids, encoding.offsets, encoding.special_tokens_mask, strict=True
    ):
        assert owner == (-1 if special or start == stop else word)
    for word, text in enumerate(given):
        assert not uncovered(kind, text, [encoding.offsets[at] for at in np.flatnonzero(pieces.words == word)])


@EVERY
@settings(deadline=None, max_examples=25)
@given(words=WORDS.filter(len))
def test_a_word_is_cut_as_if_it_stood_alone(kind, cut, words):
    """So a word without pieces is one of which the tokenizer leaves nothing, and not one that was lost."""
    _, own = cut(kind)
    together = own.tokenize([Sentence(tuple(words), "en")])
    for number, word in enumerate(words):
        alone = own.tokenize([Sentence((word,), "en")])
        assert together.ids[together.words == number].tolist() == alone.ids[alone.words == 0].tolist()


@EVERY
def test_words_of_a_list_are_cut_as_in_running_text(kind, cut):
    """Each word as after a blank: in running text only the first one may be cut otherwise."""
    backend, own = cut(kind)
    words = ("the", "Washington", "was", "Вашынгтон", "New", "中国", "😀", "of", "York", ".")
    pieces = own.tokenize([Sentence(words, "en")])
    text = backend.encode(" ".join(given_words(kind, words[:1]) + list(words[1:])))
    assert pieces.ids.tolist() == text.ids


@EVERY
def test_sentences_do_not_touch_each_other(kind, cut):
    _, own = cut(kind)
    sentences = [Sentence(tuple(words.split()), "en") for words in ("Washington was", "", "a", "中国 \u200b . 😀 x")]
    together = own.tokenize(sentences * 300)
    alone = [own.tokenize([one]) for one in sentences]
    assert together.lengths.tolist() == [int(one.lengths[0]) for one in alone] * 300
    assert together.ids.tolist() == [one for pieces in alone for one in pieces.ids.tolist()] * 300
    assert together.words.tolist() == [one for pieces in alone for one in pieces.words.tolist()] * 300


@st.composite
def running_text(draw):
    """A text in which words stand with or without blanks between them, and some of it in no word."""
    words, gaps = draw(WORDS), st.sampled_from(["", "", " ", " ", "  ", "\u3000", " — ", "x"])
    text, offsets = draw(gaps), []
    for word in words:
        offsets.append((len(text), len(text) + len(word)))
        text += word + draw(gaps)
    return Sentence(tuple(words), "en", text=text, offsets=tuple(offsets)) if text else Sentence((), "en")


@EVERY
@settings(deadline=None, max_examples=40)
@given(sentence=running_text())
@example(sentence=Sentence(("W", "", "a"), "en", text="was Washi", offsets=((4, 5), (5, 5), (5, 6))))
@example(sentence=Sentence(("e", "\u0301"), "en", text="e\u0301", offsets=((0, 1), (1, 2))))
@example(sentence=Sentence(("Wash", "ing", "ton"), "en", text="Washington", offsets=((0, 4), (4, 7), (7, 10))))
@example(sentence=Sentence(("😀", "a"), "en", text="😀 a", offsets=((0, 1), (2, 3))))
def test_pieces_of_running_text_belong_to_the_words_that_they_overlap(kind, cut, sentence):
    backend, own = cut(kind)
    pieces = own.tokenize([sentence], as_text=True)
    encoding = backend.encode(sentence.text)
    assert pieces.ids.tolist() == encoding.ids
    owners = owners_of(pieces)
    letters = [set(range(start, stop)) for start, stop in sentence.offsets]
    for owner, (start, stop) in zip(owners, encoding.offsets, strict=True):
        own_letters = {at for at in range(start, stop) if not sentence.text[at].isspace()}
        assert owner == {word for word, some in enumerate(letters) if some & own_letters}
    assert all(first < more for first, more in ((pieces.words[piece], word) for piece, word in pieces.also))
    owned = pieces.words[pieces.words >= 0]
    assert np.all(np.diff(owned) >= 0)
    for word, (start, stop) in enumerate(sentence.offsets):
        spans = [encoding.offsets[at] for at, owner in enumerate(owners) if word in owner]
        spans = [(a - start, b - start) for a, b in spans]
        assert not uncovered(kind, sentence.text[start:stop], spans)


@EVERY
def test_running_texts_keep_their_own_further_owners(kind, cut):
    """Where pieces belong to two words, they are told by their place among the pieces of all sentences."""
    _, own = cut(kind)
    offsets = ((0, 3), (4, 6), (6, 8), (8, 11), (11, 14))
    apart = Sentence(("was", "Wa", "sh", "ing", "ton"), "en", text="was Washington", offsets=offsets)
    whole = Sentence(("Washington", "was"), "en")
    alone, together = own.tokenize([apart], True), own.tokenize([whole, apart, whole, apart], True)
    starts = together.starts
    assert len(alone.also) > 0
    expected = [[piece + start, word] for start in starts[[1, 3]] for piece, word in alone.also]
    assert together.also.tolist() == expected
