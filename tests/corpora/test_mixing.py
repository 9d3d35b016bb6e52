from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embspace.corpora.mixing import hold_out, quarter_mix, round_robin
from embspace.corpora.records import LABELS, Entailment, Question, Sentence
from embspace.corpora.synthetic_ner import synthetic_ner
from embspace.errors import CorpusError, SettingsError


def some(language, number, parallel=False):
    return [Sentence((f"{language}{one}",), language, parallel=str(one) if parallel else None) for one in range(number)]


def sizes(sentences):
    return Counter(one.language for one in sentences)


def test_quarters_of_every_language_or_all_of_english_and_quarters():
    sets = {"de": some("de", 10), "en": some("en", 41), "nl": some("nl", 2), "es": some("es", 40)}
    joint, added = quarter_mix(sets, "A"), quarter_mix(sets, "B")
    assert sizes(joint) == {"de": 3, "en": 10, "nl": 1, "es": 10}
    assert sizes(added) == {"de": 3, "en": 41, "nl": 1, "es": 10}
    assert [one for one in joint if one.language != "en"] == [one for one in added if one.language != "en"]
    assert set(joint) <= set(added)
    assert quarter_mix(sets, "A") == joint
    assert quarter_mix(sets, "A", seed=1) != joint
    alone = quarter_mix({"es": sets["es"]}, "A")
    assert alone == [one for one in joint if one.language == "es"], "other languages change nothing"
    assert alone == [one for one in sets["es"] if one in alone], "in their order"
    assert quarter_mix({"en": [], "de": sets["de"]}, "B") == quarter_mix({"de": sets["de"]}, "A")
    with pytest.raises(SettingsError, match="possible are A, B"):
        quarter_mix(sets, "C")
    with pytest.raises(SettingsError, match="takes all of en, and the languages are de"):
        quarter_mix({"de": sets["de"]}, "B")
    assert sizes(quarter_mix({"de": sets["de"]}, "B", whole="de")) == {"de": 10}


def test_each_language_is_tested_once():
    assert round_robin(["de", "en", "nl"]) == [(("en", "nl"), "de"), (("de", "nl"), "en"), (("de", "en"), "nl")]
    for wrong in ([], ["en"], ["en", "en"]):
        with pytest.raises(SettingsError, match="two or more, each once"):
            round_robin(wrong)


def test_no_translation_of_a_held_out_sentence_is_trained_on():
    corpus = synthetic_ner(["en", "ru", "be"], split="train", per_type=20)
    train, dev = hold_out(corpus.sentences, 0.1, seed=3)
    assert sizes(dev) == {"en": 6, "ru": 6, "be": 6}
    assert not {one.parallel for one in dev} & {one.parallel for one in train}
    assert hold_out(corpus.sentences, 0.1, seed=3) == (train, dev)
    assert hold_out(corpus.sentences, 0.1, seed=4) != (train, dev)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.sampled_from(["en", "de", "fr"]), st.sampled_from([None, "1", "2", "3", "4"])), max_size=30),
    st.floats(0.01, 0.99),
    st.integers(0, 5),
)
def test_parts_are_a_partition_by_groups(drawn, share, seed):
    sentences = [Sentence((str(number),), code, parallel=group) for number, (code, group) in enumerate(drawn)]
    groups = {one.parallel or one.words for one in sentences}
    try:
        train, dev = hold_out(sentences, share, seed)
    except CorpusError:
        assert len(groups) < 2
        return
    assert train
    assert dev
    numbers = [[int(one.words[0]) for one in part] for part in (train, dev)]
    assert all(part == sorted(part) for part in numbers)
    assert sorted(numbers[0] + numbers[1]) == [*range(len(sentences))]
    assert not {one.parallel for one in train if one.parallel} & {one.parallel for one in dev if one.parallel}


def test_every_language_has_its_share():
    _, dev = hold_out([*some("en", 100), *some("de", 20), *some("fr", 50, parallel=True)], 0.1)
    assert sizes(dev) == {"en": 10, "de": 2, "fr": 5}
    _, dev = hold_out(some("en", 4), 0.01)
    assert len(dev) == 1
    train, _ = hold_out([*some("en", 1), *some("de", 1)], 0.9)
    assert len(train) == 1


def test_what_cannot_be_held_out_is_refused():
    for share in (0, 1, -0.5):
        with pytest.raises(SettingsError, match="more than 0 and less than 1"):
            hold_out(some("en", 4), share)
    with pytest.raises(CorpusError, match="1 sentences in 1 groups of translations cannot be divided"):
        hold_out(some("en", 1), 0.1)
    with pytest.raises(CorpusError, match="2 sentences in 1 groups"):
        hold_out([Sentence(("a",), "en", parallel="1"), Sentence(("b",), "de", parallel="1")], 0.5)


def test_questions_about_one_paragraph_and_pairs_with_one_premise_stay_on_one_side():
    asked = [
        Question(f"q{number}", "?", f"{code} paragraph {number // 3}", (), (code, code))
        for code in ("en", "ru")
        for number in range(30)
    ]
    told = [
        Entailment(f"premise {number // 3}", f"h{number}", LABELS[number % 3], ("en", "en"), str(number))
        for number in range(30)
    ]
    for records in (asked, told):
        learned, held = hold_out(records, 0.2)
        assert len(held) in (len(records) // 5,) and len(learned) + len(held) == len(records)
        ids, texts = ({one.parallel for one in some} for some in (learned, held))
        assert not ids & texts
        of = [{getattr(one, "paragraph", None) or one.premise for one in some} for some in (learned, held)]
        assert not of[0] & of[1]
