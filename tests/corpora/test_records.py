"""Sentences check themselves; corpora with equal content have equal fingerprints."""

import pytest

from embspace.corpora.records import AlignedPair, Corpus, Entailment, Entity, Question, Sentence
from embspace.errors import CorpusError


def test_text_and_offsets_are_made_from_words():
    sentence = Sentence(("Ivan", "sleeps", "."), "en")
    assert sentence.text == "Ivan sleeps ."
    assert [sentence.text[a:b] for a, b in sentence.offsets] == list(sentence.words)


def test_given_text_is_kept():
    sentence = Sentence(("Ivan", "."), "en", text="Ivan.", offsets=((0, 4), (4, 5)))
    assert sentence.text == "Ivan."


def test_offsets_must_be_one_per_word():
    with pytest.raises(CorpusError, match=r"x\.txt: 2 words but 1 offsets"):
        Sentence(("Ivan", "."), "en", text="Ivan.", offsets=((0, 4),), source="x.txt")


def test_tags_must_be_one_per_word():
    with pytest.raises(CorpusError, match=r"x\.txt: 1 words but 2 tags"):
        Sentence(("Ivan",), "en", tags=("O", "O"), source="x.txt")


@pytest.mark.parametrize(("start", "stop"), [(-1, 1), (1, 1), (0, 3)])
def test_entity_must_lie_inside(start, stop):
    with pytest.raises(CorpusError, match="entity per-1 lies outside the sentence"):
        Sentence(("Ivan", "sleeps"), "en", entity=Entity(start, stop, "PER", "per-1"))


def test_corpus_is_a_sequence_with_languages_in_order():
    corpus = Corpus("two", [Sentence(("a",), "tr"), Sentence(("b",), "be"), Sentence(("c",), "tr")])
    assert len(corpus) == 3
    assert corpus[1].words == ("b",)
    assert [sentence.words[0] for sentence in corpus[1:]] == ["b", "c"]
    assert corpus.languages == ("tr", "be")
    assert repr(corpus) == "Corpus('two', 3 sentences, languages tr be)"


def test_fingerprint_depends_on_content_alone():
    one = Corpus("one", [Sentence(("a",), "tr")])
    assert one.fingerprint == Corpus("other name", iter([Sentence(("a",), "tr")])).fingerprint
    assert one.fingerprint == Corpus("one", [Sentence(("a",), "tr", source="another file, line 3")]).fingerprint
    others = [
        Sentence(("a",), "tr", text="a.", offsets=((0, 1),)),
        Sentence(("a",), "tr", entity=Entity(0, 1, "LOC", "x")),
        Sentence(("a",), "tr", parallel="1"),
    ]
    assert len({one.fingerprint, *(Corpus("one", [other]).fingerprint for other in others)}) == 4
    assert one.fingerprint != Corpus("one", [Sentence(("a",), "be")]).fingerprint
    assert one.fingerprint != Corpus("one", [Sentence(("a",), "tr"), Sentence(("a",), "tr")]).fingerprint
    assert one.fingerprint != Corpus("one", [Sentence(("a",), "tr", tags=("O",))]).fingerprint


def test_an_aligned_pair_has_its_links_sorted_and_once():
    pair = AlignedPair(Sentence(("a", "b"), "en"), Sentence(("c",), "be"), ((1, 0), (0, 0), (1, 0)))
    assert pair.links == ((0, 0), (1, 0))


@pytest.mark.parametrize("link", [(2, 0), (0, 1), (-1, 0)])
def test_a_link_beyond_the_words(link):
    with pytest.raises(CorpusError, match=rf"7: link {link[0]}-{link[1]} lies outside 2 and 1 words\."):
        AlignedPair(Sentence(("a", "b"), "en", parallel="7"), Sentence(("c",), "be"), (link,))


def test_labels_are_the_three():
    with pytest.raises(CorpusError, match=r"Pair 7: label 'yes'; possible are entailment, neutral, contradiction\."):
        Entailment("a", "b", "yes", ("en", "en"), "7")


@pytest.mark.parametrize("answer", [("b", 0), ("b", -1), ("", 0)])
def test_answers_stand_where_they_say(answer):
    Question("7", "?", "ab", (("b", 1),), ("en", "en"))
    with pytest.raises(CorpusError, match=r"Question 7: the answer '.*' is not at -?\d in its paragraph\."):
        Question("7", "?", "ab", (answer,), ("en", "en"))
