import pandas as pd
import pytest
from tagged_words import BLIND, PLACES, predictions, system

from embspace.analyses.wrong_words import error_counts, type_of, wrong_words
from embspace.errors import SettingsError

BOTH = ("B-LOC O B-ORG I-ORG O", "B-PER O O B-LOC O", "O O B-LOC", "O B-PER O")


def rows(table):
    columns = ["sentence", "case", "position", "word", "first", "second", "types"]
    return list(table[columns].itertuples(index=False, name=None))


def test_a_row_for_each_word_that_one_of_two_gets_wrong():
    found = wrong_words({"A": system(*PLACES), "B": system(*BLIND)})
    assert rows(found) == [
        (0, "first", 0, "Empoli", "B-LOC", "B-ORG", "LOC ORG"),
        (0, "first", 3, "City", "I-LOC", "I-ORG", "LOC ORG"),
        (1, "second", 0, "Washington", "B-PER", "O", "PER"),
        (2, "first", 0, "Эмполи", "B-LOC", "B-ORG", "LOC ORG"),
        (3, "second", 1, "спит", "O", "B-PER", "PER"),
    ]
    assert found.attrs["settings"]["sentences"] == {"en": 2, "ru": 2}
    other = wrong_words({"A": system(*PLACES), "B": system(*BLIND)}, "B", "A")
    assert [row[1] for row in rows(other)] == ["second", "second", "first", "second", "first"]


def test_both_err_where_each_has_a_wrong_word_even_another_one():
    found = wrong_words({"A": system(*PLACES), "B": system(*BOTH)})
    assert [(row[0], row[1], row[6]) for row in rows(found)] == [
        (0, "both", "LOC ORG"),
        (0, "both", "LOC ORG"),  # B has this word right: it is A's alone
        (2, "both", "LOC ORG"),
        (3, "second", "PER"),
    ]


def test_one_system_errs_alone():
    found = wrong_words(system(*BLIND))
    assert [(row[0], row[1], row[5]) for row in rows(found)] == [(1, "first", ""), (3, "first", "")]
    counts = error_counts(found)
    assert set(counts["case"]) == {"first"}
    kept = counts[counts["sentences"] > 0]
    assert kept[["language", "type", "sentences", "share"]].to_numpy().tolist() == [
        ["en", "PER", 1, 0.5],
        ["en", "any", 1, 0.5],
        ["ru", "PER", 1, 0.5],
        ["ru", "any", 1, 0.5],
    ]


def test_a_sentence_counts_once_for_a_type_and_once_for_any():
    counts = error_counts(wrong_words({"A": system(*PLACES), "B": system(*BOTH)}))
    found = counts.set_index(["case", "language", "type"])["sentences"]
    assert found["both", "en", "LOC"] == found["both", "en", "ORG"] == found["both", "en", "any"] == 1
    assert found["both", "ru", "any"] == 1 and found["second", "ru", "PER"] == 1
    assert found.sum() == 3 * 2 + 2
    right = error_counts(wrong_words(system(*("B-ORG O B-ORG I-ORG O", BOTH[1], "B-ORG O B-LOC", "O O O"))))
    assert right["sentences"].tolist() == [0, 0] and right["type"].tolist() == ["any", "any"]


def test_what_is_not_comparable_is_refused():
    two = {"A": system(*PLACES), "B": system(*BLIND)}
    other = predictions(("en", "a b", "O O", "O O"))
    changed = system(*BLIND).assign(gold="O")
    for given, names, message in (
        (two, ("A", "C"), "no system 'C'; there are A, B"),
        (two, ("A", "A"), "'A' is compared with itself"),
        ({"A": two["A"], "B": other}, (), "'A' and 'B' differ in sentence"),
        ({"A": two["A"], "B": changed}, (), "differ in gold at word 0 of sentence 0 .'Empoli'"),
        (two["A"].assign(gold=None), (), "words have no gold tag"),
    ):
        with pytest.raises(SettingsError, match=message):
            wrong_words(given, *names)


@pytest.mark.parametrize(
    ("tag", "kind"), [("B-ORG", "ORG"), ("S-X-Y", "X-Y"), ("O", "O"), ("NOUN", "NOUN"), ("B-", "B-")]
)
def test_types_of_tags(tag, kind):
    assert type_of(tag) == kind


def test_words_that_were_chosen_can_be_counted():
    found = wrong_words({"A": system(*PLACES), "B": system(*BLIND)})
    some = error_counts(found.loc[found["language"] == "ru"])
    assert isinstance(some, pd.DataFrame) and some["sentences"].sum() == 5
