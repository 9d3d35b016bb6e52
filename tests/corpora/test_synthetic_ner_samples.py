"""Samples of SyntheticNER are strictly parallel, from their split, and as many as were asked for."""

import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sentence_flaws import check, marked, shared

from embspace.corpora.synthetic_ner import (
    PAPER_TEST,
    PAPER_TRAIN,
    contexts,
    entities,
    find_entities,
    synthetic_ner,
)
from embspace.corpora.templates import CODES, FORMS
from embspace.errors import CorpusError, EmbspaceError, SettingsError


@given(
    languages=st.lists(st.sampled_from(CODES), min_size=1, max_size=3, unique=True),
    entity=st.none() | st.sampled_from(["Washington", "loc-paris", "Парыж", "org-roma"]),
    per_type=st.integers(1, 30),
    split=st.sampled_from(["train", "test"]),
    seed=st.integers(0, 5),
)
@settings(deadline=None, max_examples=30)
def test_samples_are_parallel_and_from_the_split(languages, entity, per_type, split, seed):
    corpus = synthetic_ner(languages, entity=entity, per_type=per_type, split=split, seed=seed)
    assert corpus.languages == tuple(languages)
    ids = {code: [s.parallel for s in corpus if s.language == code] for code in languages}
    assert all(found == ids[languages[0]] for found in ids.values())
    assert len(set(ids[languages[0]])) == len(ids[languages[0]])
    alone = synthetic_ner(entity=entity, per_type=per_type, split=split, seed=seed)
    assert [s.parallel for s in alone if s.language == "uk"] == ids[languages[0]]
    found = Counter(marked(sentence).type for sentence in corpus)
    assert set(found.values()) == {per_type * len(languages)}
    frames = {context.frame.id for type in found for context in contexts(type, split)}
    for sentence in corpus:
        check(sentence)
        assert re.sub(r"^opening-\d+\+|(\.(fe)?male)?:.*$", "", shared(sentence)) in frames
        assert shared(sentence).endswith(f":{marked(sentence).id}")
        if entity is None:
            assert marked(sentence).id in {one.id for one in entities(marked(sentence).type, split)}


def test_washington_as_in_the_paper():
    corpus = synthetic_ner(["be", "en", "ru", "tr"], entity="Washington")
    assert len(corpus) == 4 * 200
    by_type = Counter((sentence.language, marked(sentence).type, marked(sentence).id) for sentence in corpus)
    assert by_type["tr", "PER", "per-washington"] == by_type["be", "LOC", "loc-washington"] == 100
    forms = Counter(
        next(c.frame.form for c in contexts("LOC") if c.id == shared(sentence).split(":")[0])
        for sentence in corpus
        if sentence.language == "en" and marked(sentence).type == "LOC"
    )
    assert sorted(forms.values()) == [33, 33, 34]
    words = {s.words[marked(s).start] for s in corpus if s.language == "tr"}
    assert words == {"Vaşington", "Vaşington'a", "Vaşington'da"}


def test_a_name_is_found_in_any_language_and_case():
    for name in ("Washington", "вашынгтон", " VAŞINGTON ", "Waszyngton"):
        assert [entity.id for entity in find_entities(name)] == ["per-washington", "loc-washington"]
    assert [entity.id for entity in find_entities("loc-washington")] == ["loc-washington"]
    assert [entity.id for entity in find_entities("istanbul")] == [e.id for e in find_entities("İSTANBUL")]
    assert find_entities("Brussel·les")[0].id == "loc-brussels"


def test_several_entities_stand_in_the_same_contexts():
    corpus = synthetic_ner(["en"], entity=["loc-paris", "loc-washington", "Paris"], per_type=40, types="LOC")
    assert Counter(marked(sentence).id for sentence in corpus) == {"loc-paris": 40, "loc-washington": 40}
    paris, washington = (
        [shared(s).split(":")[0] for s in corpus if marked(s).id == name] for name in ("loc-paris", "loc-washington")
    )
    assert paris == washington


def test_the_seed_decides():
    first, again, other = (synthetic_ner(["sl"], per_type=20, seed=seed) for seed in (1, 1, 2))
    assert first.fingerprint == again.fingerprint != other.fingerprint


def test_a_type_is_drawn_alike_whatever_the_others():
    alone = synthetic_ner(["cs"], per_type=20, types=["ORG"])
    assert list(alone) == [s for s in synthetic_ner(["cs"], per_type=20) if marked(s).type == "ORG"]


def test_the_sizes_of_the_paper_are_possible():
    for sizes, split in ((PAPER_TRAIN, "train"), (PAPER_TEST, "test")):
        corpus = synthetic_ner("en", per_type=sizes, split=split)
        assert Counter(marked(sentence).type for sentence in corpus) == sizes
        assert len({sentence.parallel for sentence in corpus}) == len(corpus)


def test_a_scarce_form_gives_way_to_the_others():
    possible = {form: len(contexts("LOC", "test", form)) for form in FORMS["LOC"]}
    corpus = synthetic_ner(["en"], entity="loc-paris", per_type=sum(possible.values()))
    assert len({sentence.parallel for sentence in corpus}) == sum(possible.values())


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        ({"languages": ["be", "tu"]}, CorpusError, r"Unknown language code 'tu'\. Did you mean"),
        ({"languages": []}, SettingsError, "languages is an empty list"),
        ({"entity": "Washingtn"}, CorpusError, r"no entity 'Washingtn'\. Near are Washington \(per-washington\)"),
        ({"entity": "Qqqqqqq"}, CorpusError, r"no entity 'Qqqqqqq'\. `entity_names\(\)` lists all"),
        ({"entity": []}, SettingsError, "entity is an empty list"),
        (
            {"entity": "Washington", "types": "ORG"},
            CorpusError,
            r"is not of type ORG; .* as PER \(per-washington\), LOC",
        ),
        (
            {"entity": "loc-paris", "per_type": 9999},
            CorpusError,
            r"9999 LOC contexts for loc-paris .* test split has \d+",
        ),
        (
            {"types": "ORG", "per_type": 99999},
            CorpusError,
            r"99999 ORG sentences were .* the test split has \d+; ask for",
        ),
        (
            {"types": ["LOC", "GPE"]},
            SettingsError,
            r"types=\['LOC', 'GPE'\] is not possible; the types are PER, LOC, ORG",
        ),
        ({"types": []}, SettingsError, r"types=\[\] is not possible"),
        ({"per_type": 0}, SettingsError, "per_type is 0 for PER; it must be 1 or more"),
        ({"per_type": {"PER": 3}, "types": ["PER", "ORG"]}, SettingsError, "per_type is 0 for ORG"),
        ({"split": "dev"}, SettingsError, "split='dev' is not possible; it is 'train' or 'test'"),
    ],
)
def test_errors(arguments, kind, message):
    with pytest.raises(kind, match=message) as error:
        synthetic_ner(**arguments)
    assert isinstance(error.value, EmbspaceError)


def test_the_message_names_a_number_that_works():
    with pytest.raises(CorpusError) as error:
        synthetic_ner("en", entity="per-washington", per_type=9999)
    most = int(re.findall(r"\d+", str(error.value))[-1])
    assert len(synthetic_ner("en", entity="per-washington", per_type=most)) == most
