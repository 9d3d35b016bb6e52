"""Pairs and questions in two languages are made of translations and their English originals."""

from dataclasses import replace

import pytest

from embspace.corpora.mixed_languages import cross_lingual_questions, mixed_entailments
from embspace.corpora.records import LABELS, Entailment, Question
from embspace.errors import CorpusError, SettingsError


def pairs(language, ids):
    return [
        Entailment(f"{language} p{id}", f"{language} h{id}", LABELS[int(id) % 3], (language, language), str(id), "g")
        for id in ids
    ]


def questions(language, ids):
    return [
        Question(
            str(id), f"{language}{id}?", f"In {language}.", ((language, 3),), (language, language), f"title {language}"
        )
        for id in ids
    ]


ENGLISH = pairs("en", range(200))


def test_either_premise_or_hypothesis_is_english():
    made = mixed_entailments([*pairs("be", range(200)), *ENGLISH[:9], *pairs("ru", range(50))], ENGLISH, 0)
    assert [(one.id, one.language) for one in made] == [
        *((str(id), "be+en") for id in range(200)),
        *((str(id), "en+ru") for id in range(50)),
    ]
    for one in made:
        first, second = one.languages
        assert (one.premise, one.hypothesis) == (f"{first} p{one.id}", f"{second} h{one.id}")
        assert "en" in one.languages and first != second
        assert (one.label, one.genre) == (LABELS[int(one.id) % 3], "g")
    assert 70 < sum(one.languages[0] == "en" for one in made[:200]) < 130


def test_a_draw_depends_on_seed_id_and_language_alone():
    alone = mixed_entailments(pairs("be", range(200)), ENGLISH, 3)
    beside = mixed_entailments([*pairs("ru", range(9)), *pairs("be", range(200))[::-1]], ENGLISH[::-1], 3)
    assert beside[9:] == alone[::-1]
    assert mixed_entailments(pairs("be", [17]), ENGLISH, 3) == [alone[17]]
    assert mixed_entailments(pairs("be", range(200)), ENGLISH, 4) != alone
    russian = mixed_entailments(pairs("ru", range(200)), ENGLISH, 3)
    assert [one.languages.index("en") for one in russian] != [one.languages.index("en") for one in alone]


def test_questions_about_paragraphs_of_the_other_language():
    given = [*questions("be", "31"), *questions("en", "12"), *questions("ru", "1")]
    english = questions("en", "123")
    assert cross_lingual_questions(given, english, "question") == [
        Question("3", "en3?", "In be.", (("be", 3),), ("en", "be"), "title be"),
        Question("1", "en1?", "In be.", (("be", 3),), ("en", "be"), "title be"),
        Question("1", "en1?", "In ru.", (("ru", 3),), ("en", "ru"), "title ru"),
    ]
    assert cross_lingual_questions(given, english, "paragraph") == [
        Question("3", "be3?", "In en.", (("en", 3),), ("be", "en"), "title en"),
        Question("1", "be1?", "In en.", (("en", 3),), ("be", "en"), "title en"),
        Question("1", "ru1?", "In en.", (("en", 3),), ("ru", "en"), "title en"),
    ]
    with pytest.raises(SettingsError, match="'answer' cannot be English; possible are question, paragraph"):
        cross_lingual_questions(given, english, "answer")


def mixed_pairs(given, english):
    return mixed_entailments(given, english, 0)


def english_questions(given, english):
    return cross_lingual_questions(given, english, "question")


def english_paragraphs(given, english):
    return cross_lingual_questions(given, english, "paragraph")


@pytest.mark.parametrize(
    ("mix", "made", "what"),
    [
        (mixed_pairs, pairs, "pairs"),
        (english_questions, questions, "questions"),
        (english_paragraphs, questions, "questions"),
    ],
)
def test_what_cannot_be_joined_is_told(mix, made, what):
    english, others = made("en", range(4)), made("be", range(10))
    with pytest.raises(
        CorpusError, match=rf"6 of 10 {what} have no English original: 4, 5, 6, 7, 8, \.\.\.\. Expected"
    ):
        mix([*others, *made("ru", range(9))], english)
    with pytest.raises(CorpusError, match=rf"1 of 1 {what} have no English original: 4\. Expected"):
        mix(others[4:5], others)
    with pytest.raises(CorpusError, match=rf"The id 3 stands for two different English {what}"):
        mix(others, [*english, replace(english[2], id="3")])
    assert mix(others[:4], [*english, english[3]]) == mix(others[:4], english), "the same twice is one"
    with pytest.raises(CorpusError, match=rf"0 is in two languages already \(.*\); expected {what} in one language"):
        mix(mix(others[:1], english), english)
    assert mix(english, english) == []


def test_pairs_that_are_no_translations_of_each_other_are_refused():
    other = [replace(one, label=LABELS[(LABELS.index(one.label) + 1) % 3]) for one in pairs("be", range(3))]
    with pytest.raises(CorpusError, match="Pair 0 is neutral in be, and its English original is not"):
        mixed_entailments(other, ENGLISH, 0)
