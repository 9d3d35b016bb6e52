"""Steps of preprocessing keep words, text, tags and the marked entity together."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embspace.corpora import preprocessing
from embspace.corpora.preprocessing import STEPS, preprocess
from embspace.corpora.records import Entity, Sentence
from embspace.corpora.tags import tags_to_spans
from embspace.corpora.words import split_words
from embspace.errors import CorpusError, SettingsError


def running(text, language="en", **more):
    words, offsets = split_words(text)
    return Sentence(words, language, text, offsets, **more)


def after(sentence, *steps):
    (found,) = preprocess([sentence], steps)
    return found


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        ("en", "The İstanbul Straße", ("the", "i̇stanbul", "straße")),
        ("tr", "IŞIK İstanbul", ("ışık", "istanbul")),
        ("el", "Ο ΟΔΟΣ.", ("ο", "οδος", ".")),
        ("ru", "МОСКВА", ("москва",)),
    ],
)
def test_lower_case(language, text, words):
    found = after(running(text, language), "lower-case")
    assert found.words == words
    assert [found.text[start:stop] for start, stop in found.offsets] == list(words)


def test_punctuation():
    found = after(running("«Так…» – сказаў “ён”，\u00a0д’Арк！", "be"), "punctuation")
    assert found.text == '"Так..." - сказаў "ён", д\'Арк!'
    assert found.words == ('"', "Так", "...", '"', "-", "сказаў", '"', "ён", '"', ",", "д'Арк", "!")
    assert [found.text[start:stop] for start, stop in found.offsets] == list(found.words)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30), st.sampled_from(["lower-case", "punctuation"]))
def test_words_stay_where_they_are(text, step):
    sentence = running(text)
    found = after(sentence, step)
    assert [found.text[start:stop] for start, stop in found.offsets] == list(found.words)
    assert len(found.words) == len(sentence.words)
    whole = sentence.text.lower() if step == "lower-case" else None
    assert whole is None or found.text == whole


def test_words_that_the_text_has_otherwise_are_rewritten_apart():
    sentence = Sentence(("DE", "El"), "es", "Del", ((0, 3), (0, 3)))
    found = after(sentence, "lower-case")
    assert (found.words, found.text, found.offsets) == (("de", "el"), "del", ((0, 3), (0, 3)))
    assert after(Sentence(("Iİ",), "tr", "x", ((0, 1),)), "lower-case").words == ("ıi",)


def test_tokenization_keeps_names_and_the_entity():
    sentence = Sentence(
        ("«New", "York»", "wins,", "Real", "Madrid", "too."),
        "en",
        tags=("B-LOC", "I-LOC", "O", "B-ORG", "I-ORG", "O"),
        entity=Entity(3, 5, "ORG", "org-1"),
    )
    found = after(sentence, "tokenize")
    assert found.words == ("«", "New", "York", "»", "wins", ",", "Real", "Madrid", "too", ".")
    assert found.tags and tags_to_spans(found.tags) == [(0, 4, "LOC"), (6, 8, "ORG")]
    assert found.entity == Entity(6, 8, "ORG", "org-1")
    assert found.text == sentence.text


def test_tokenization_joins_what_was_apart():
    sentence = Sentence(("do", "n't", "x"), "en", "don't x", ((0, 2), (2, 5), (6, 7)), ("AUX", "PART", "NOUN"))
    assert after(sentence, "tokenize").tags == ("AUX", "NOUN")
    names = Sentence(("A", "-", "B"), "en", "A-B", ((0, 1), (1, 2), (2, 3)), ("B-PER", "O", "B-LOC"))
    found = after(names, "tokenize")
    assert (found.words, found.tags) == (("A-B",), ("B-PER",))
    plain = Sentence(("a,b",), "en")
    assert after(plain, "tokenize").words == ("a", ",", "b")
    assert after(Sentence((" ",), "en"), "tokenize").words == (" ",)
    unspaced = Sentence(("美國", "的"), "zh", "美國的", ((0, 2), (2, 3)), ("B-LOC", "O"))
    assert after(unspaced, "tokenize") == unspaced
    with pytest.raises(CorpusError, match="the words are not in the order of the text"):
        after(Sentence(("b", "a"), "en", "a b", ((2, 3), (0, 1))), "tokenize")


def test_simplified_chinese():
    sentence = Sentence(("漢語", "在", "臺灣"), "zh", "漢語在臺灣", ((0, 2), (2, 3), (3, 5)), ("O", "O", "B-LOC"))
    found = after(sentence, "simplified-chinese")
    assert (found.words, found.text) == (("汉语", "在", "台湾"), "汉语在台湾")
    assert (found.offsets, found.tags) == (sentence.offsets, sentence.tags)
    assert after(Sentence(("漢語",), "zh-Hant"), "simplified-chinese").words == ("汉语",)
    assert after(Sentence(("漢語",), "ja"), "simplified-chinese").words == ("漢語",)


def test_simplification_that_changes_the_length_goes_character_by_character(monkeypatch):
    class Longer:
        def convert(self, text):
            return {"甲": "乙", "子": "子子"}.get(text, text + "!")

    monkeypatch.setattr(preprocessing, "_opencc", Longer)
    found = after(Sentence(("甲", "子"), "zh", "甲子", ((0, 1), (1, 2))), "simplified-chinese")
    assert (found.text, found.words) == ("乙子", ("乙", "子"))


def test_simplification_without_its_library(monkeypatch):
    monkeypatch.setitem(sys.modules, "opencc", None)
    preprocessing._opencc.cache_clear()
    with pytest.raises(
        SettingsError, match=r"Simplification of Chinese needs OpenCC: pip install 'embspace\[chinese\]'"
    ):
        preprocess([], "simplified-chinese")


def test_steps_follow_one_another_and_are_lazy():
    def endless():
        while True:
            yield running("“Так”, Мінск!", "be")

    first = next(preprocess(endless(), ["punctuation", "lower-case"]))
    assert first.text == '"так", мінск!'
    assert next(preprocess([running("A")], "lower-case")).text == "a"
    assert next(preprocess([running("A")], [])).text == "A"


def test_unknown_step():
    with pytest.raises(SettingsError, match=f"Unknown preprocessing 'lower'; possible are {', '.join(STEPS)}"):
        preprocess([], ["lower"])
