"""Draws of SyntheticNER in two parts: as many sentences as asked for, and nothing of the one in the other."""

from collections import Counter

import pytest

from embspace.corpora.dividing import divide, held_count
from embspace.corpora.synthetic_ner import PAPER_TEST, PAPER_TRAIN, in_proportion, load
from embspace.corpora.templates import CODES
from embspace.errors import CorpusError, SettingsError


def names(sentences):
    """Of the entities, in every language."""
    ids = {one.entity.id for one in sentences}
    return {name.casefold() for entity in load().entities if entity.id in ids for name in entity.names.values()}


def frames(sentences):
    """Without gender: both genders of a frame are one."""
    ids = {one.parallel.partition(":")[0].rpartition("+")[2] for one in sentences}
    return {one.partition(".")[0] for one in ids}


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5, 0.9])
def test_neither_names_nor_frames_are_on_both_sides(share):
    learned, held = divide(("en",), per_type=PAPER_TRAIN, share=share)
    assert len(held) == held_count(8534, share) and len(learned) + len(held) == 8534
    assert not names(learned) & names(held)
    assert not frames(learned) & frames(held)
    for type, count in PAPER_TRAIN.items():
        assert sum(one.entity.type == type for one in held) == pytest.approx(share * count, abs=1)
    assert len({one.parallel for one in (*learned, *held)}) == 8534


def test_all_languages_are_divided_alike_and_draws_of_other_seeds_keep_apart():
    per_type = {"PER": 20, "LOC": 10, "ORG": 5}
    learned, held = divide(None, per_type=per_type, share=0.2)
    for part in (learned, held):
        alike = [[one.parallel for one in part if one.language == code] for code in CODES]
        assert all(one == alike[0] for one in alike)
    assert Counter(one.language for one in held) == dict.fromkeys(CODES, 7)
    other, _ = divide(("tr",), per_type=per_type, share=0.2, seed=1)
    assert {one.parallel for one in other} != {one.parallel for one in learned}
    assert not names(other) & names(held) and not frames(other) & frames(held)
    assert held.fingerprint == divide(None, per_type=per_type, share=0.2)[1].fingerprint


@pytest.mark.parametrize(("count", "share", "held"), [(2, 0.01, 1), (2, 0.99, 1), (30, 0.1, 3), (5, 0.1, 1)])
def test_neither_side_is_empty(count, share, held):
    assert held_count(count, share) == held
    parts = divide(["be"], per_type={"LOC": count}, share=share, split="test")
    assert [len(part) for part in parts] == [count - held, held]


def test_what_cannot_be_divided():
    with pytest.raises(SettingsError, match="A share of 1 cannot be held out; give more than 0 and less than 1"):
        divide(["en"], per_type={"PER": 5}, share=1)
    with pytest.raises(CorpusError, match="One sentence cannot be divided into two parts"):
        divide(["en"], per_type={"PER": 1}, share=0.5)
    with pytest.raises(CorpusError, match=r"but the part of the train split that is held out has \d+; ask for at most"):
        divide(["en"], per_type={"ORG": 20_000}, share=0.9)
    with pytest.raises(CorpusError, match="Unknown language code 'xx'"):
        divide(["xx"], per_type={"PER": 5}, share=0.5)


def test_sentences_in_the_proportions_of_the_paper():
    assert in_proportion(8534, "train") == PAPER_TRAIN
    assert in_proportion(1613, "test") == PAPER_TEST
    assert in_proportion(100, "train") == {"PER": 71, "LOC": 19, "ORG": 10}  # of 71.3, 18.5 and 10.2
    assert in_proportion(3, "train") == {"PER": 1, "LOC": 1, "ORG": 1}
    assert in_proportion(4, "test") == {"PER": 2, "LOC": 1, "ORG": 1}
    assert all(sum(in_proportion(number, split).values()) == number for number in range(3, 300) for split in "ab")
    with pytest.raises(SettingsError, match="sentences = 2: expected 3 or more, one of each type"):
        in_proportion(2, "train")
