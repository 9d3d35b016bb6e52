"""Tags become entities and tags again, whatever the scheme; what breaks a scheme is named or mended."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embspace.corpora.records import Entity, Sentence
from embspace.corpora.tags import SCHEMES, convert_tags, one_entity_each, spans_to_tags, tags_to_spans
from embspace.errors import CorpusError, SettingsError

SPANS = [(0, 2, "PER"), (2, 3, "PER"), (3, 4, "geo-loc"), (5, 8, "ORG")]
TAGS = {
    "iob1": "I-PER I-PER B-PER I-geo-loc O I-ORG I-ORG I-ORG",
    "iob2": "B-PER I-PER B-PER B-geo-loc O B-ORG I-ORG I-ORG",
    "bioes": "B-PER E-PER S-PER S-geo-loc O B-ORG I-ORG E-ORG",
}


@st.composite
def sentences_of_spans(draw):
    """(spans that do not overlap, length of the sentence)."""
    spans, at = [], 0
    for gap, length in draw(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 4)), max_size=6)):
        spans.append((at + gap, at + gap + length, draw(st.sampled_from(["PER", "LOC", "geo-loc"]))))
        at = spans[-1][1]
    return spans, at + draw(st.integers(0, 2))


@pytest.mark.parametrize("scheme", SCHEMES)
def test_spans_and_tags_of_an_example(scheme):
    assert spans_to_tags(SPANS, 8, scheme) == tuple(TAGS[scheme].split())
    assert tags_to_spans(TAGS[scheme].split(), scheme) == SPANS


@given(sentences_of_spans(), st.sampled_from(SCHEMES), st.sampled_from(SCHEMES))
def test_round_trips(sentence, source, target):
    spans, length = sentence
    tags = spans_to_tags(spans, length, source)
    assert tags_to_spans(tags, source) == spans
    there = convert_tags(tags, source, target)
    assert there == spans_to_tags(spans, length, target)
    assert convert_tags(there, target, source) == tags


@given(st.lists(st.sampled_from(["O", "B-A", "I-A", "E-A", "S-A", "I-B", "B-B"]), max_size=8), st.sampled_from(SCHEMES))
def test_any_tags_can_be_mended_and_stay_so(tags, scheme):
    mended = Counter()
    spans = tags_to_spans(tags, scheme, repaired=mended)
    whole = spans_to_tags(spans, len(tags), scheme)
    assert tags_to_spans(whole, scheme) == spans
    assert mended.total() == sum(a != b for a, b in zip(tags, whole, strict=True))
    assert [tag == "O" for tag in tags] == [tag == "O" for tag in whole]


@pytest.mark.parametrize(
    ("scheme", "tags", "mended"),
    [
        ("iob2", "O I-PER I-PER", "I-PER -> B-PER"),
        ("iob2", "B-PER I-LOC", "I-LOC -> B-LOC"),
        ("iob1", "O B-PER I-PER", "B-PER -> I-PER"),
        ("bioes", "B-PER O", "B-PER -> S-PER"),
        ("bioes", "B-PER I-PER O", "I-PER -> E-PER"),
    ],
)
def test_broken_tags(scheme, tags, mended):
    was, becomes = mended.split(" -> ")
    with pytest.raises(CorpusError, match=rf"^Word \d: the tag '{was}' breaks {scheme.upper()}, which has '{becomes}'"):
        tags_to_spans(tags.split(), scheme)
    repaired = Counter()
    tags_to_spans(tags.split(), scheme, repaired=repaired)
    assert repaired == {mended: 1}


@pytest.mark.parametrize("tag", ["PER", "NOUN", "X-PER", "B-", "", "b-PER"])
def test_no_tags_of_entities_are_never_mended(tag):
    with pytest.raises(CorpusError, match=rf"^a\.txt, line 2: '{tag}' is no tag of an entity; .*scheme=None"):
        tags_to_spans(["O", tag], repaired=Counter(), place=lambda number: f"a.txt, line {number + 1}")


@pytest.mark.parametrize(
    "spans", [[(0, 0, "A")], [(0, 2, "A"), (1, 3, "B")], [(2, 4, "A")], [(0, 1, "")], [(-1, 1, "A")]]
)
def test_spans_that_cannot_be_tagged(spans):
    with pytest.raises(CorpusError, match="cannot be tagged: it must lie within 3 words"):
        spans_to_tags(spans, 3)


def test_unknown_scheme():
    with pytest.raises(SettingsError, match="Unknown tag scheme 'bilou'; possible are iob1, iob2, bioes"):
        tags_to_spans(["O"], "bilou")


def test_one_entity_each():
    both = Sentence(
        ("Angela", "MERKEL", "in", "Berlin"),
        "de",
        tags=("B-PER", "I-PER", "O", "B-LOC"),
        parallel="7",
        source="a, line 1",
    )
    one = Sentence(("Berlin", "."), "de", tags=("B-LOC", "O"), parallel="8")
    none = [Sentence(("ja",), "de", tags=("O",)), Sentence(("ja",), "de")]
    found = list(one_entity_each([both, one, *none]))
    assert [each.entity for each in found] == [
        Entity(0, 2, "PER", "PER:angela merkel"),
        Entity(3, 4, "LOC", "LOC:berlin"),
        Entity(0, 1, "LOC", "LOC:berlin"),
    ]
    assert [each.parallel for each in found] == [None, None, "8"]
    assert all(each.words == both.words and each.tags == both.tags for each in found[:2])
    assert [each.entity.type for each in one_entity_each([both], types=["LOC"]) if each.entity] == ["LOC"]


def test_translations_of_one_entity_share_its_id():
    en = Sentence(("Obama", "left"), "en", tags=("B-PER", "O"), parallel="1")
    ru = Sentence(("Обама", "ушёл"), "ru", tags=("B-PER", "O"), parallel="1")
    other = Sentence(("Обама", "ушёл"), "ru", tags=("B-ORG", "O"), parallel="1")
    several = Sentence(("Обама", "Керри"), "ru", tags=("B-PER", "B-PER"), parallel="1")
    found = [one.entity.id for one in one_entity_each([en, ru, other, several]) if one.entity]
    assert found == ["PER:obama", "PER:obama", "ORG:обама", "PER:обама", "PER:керри"]


def test_one_entity_each_names_the_place_of_broken_tags():
    with pytest.raises(CorpusError, match=r"a\.txt, line 3: 'Berlin': the tag 'I-LOC' breaks IOB2"):
        list(one_entity_each([Sentence(("Berlin",), "de", tags=("I-LOC",), source="a.txt, line 3")]))
