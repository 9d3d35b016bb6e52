"""Parts of speech of every tagset become the universal twelve."""

import pytest

from embspace.corpora.records import Sentence
from embspace.corpora.universal_tags import TAGSETS, UNIVERSAL, universal_tags, with_universal_tags
from embspace.errors import CorpusError, SettingsError


@pytest.mark.parametrize("tagset", TAGSETS)
def test_every_tagset_covers_the_twelve_but_those_it_lacks(tagset):
    lacks = {"eagles": {"PRT"}, "conll2002-nl": {"PRT"}}.get(tagset, set())
    assert set(TAGSETS[tagset].values()) == set(UNIVERSAL) - lacks


@pytest.mark.parametrize(
    ("tagset", "tags", "expected"),
    [
        ("upos", "PROPN AUX CCONJ SCONJ PART PUNCT SYM INTJ", "NOUN VERB CONJ CONJ PRT . X X"),
        ("penn", 'NNP MD EX WP$ TO POS RP WRB " NN|SYM', "NOUN VERB DET PRON PRT PRT PRT ADV . NOUN"),
        (
            "stts",
            "NE VAFIN ADJD PPOSAT PIDAT KOKOM PTKVZ APPRART $( CARD TRUNC",
            "NOUN VERB ADJ PRON PRON CONJ PRT ADP . NUM X",
        ),
        (
            "eagles",
            "NC VMI VSI AQ AO P0 DA SP Fpa Fc Z Zm CS RN Y NCMS000",
            "NOUN VERB VERB ADJ ADJ PRON DET ADP . . NUM NUM CONJ ADV X NOUN",
        ),
        (
            "conll2002-nl",
            "N V Adj Adv Pron Art Prep Num Conj Punc Int Misc",
            "NOUN VERB ADJ ADV PRON DET ADP NUM CONJ . X X",
        ),
    ],
)
def test_examples(tagset, tags, expected):
    assert universal_tags(tags.split(), tagset) == tuple(expected.split())


def test_upos_is_whole():
    upos = [
        "ADJ",
        "ADP",
        "ADV",
        "AUX",
        "CCONJ",
        "DET",
        "INTJ",
        "NOUN",
        "NUM",
        "PART",
        "PRON",
        "PROPN",
        "PUNCT",
        "SCONJ",
        "SYM",
        "VERB",
        "X",
    ]
    assert set(upos) <= set(TAGSETS["upos"])


def test_tags_that_a_tagset_has_not():
    sentences = [Sentence(("a", "b"), "en", tags=("NN", "nn"), source="a.txt, line 3"), Sentence(("c",), "en")]
    with pytest.raises(CorpusError, match=r"^a\.txt, line 3, word 2: the tagset penn has no tag 'nn'\. .*unknown='X'"):
        list(with_universal_tags(sentences, "penn"))
    first, second = with_universal_tags(sentences, "penn", unknown="X")
    assert (first.tags, second.tags) == (("NOUN", "X"), None)
    with pytest.raises(
        SettingsError, match="Unknown tagset 'ptb'; possible are upos, penn, stts, eagles, conll2002-nl"
    ):
        universal_tags([], "ptb")
