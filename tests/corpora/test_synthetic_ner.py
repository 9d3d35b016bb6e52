"""SyntheticNER: sizes, splits, and sentences without flaws."""

import time
from collections import Counter
from itertools import product

import pytest
from sentence_flaws import check, marked

from embspace.corpora.filling import Context, fill
from embspace.corpora.synthetic_ner import (
    contexts,
    counts,
    entities,
    entity_names,
    load,
    synthetic_ner,
)
from embspace.corpora.templates import CODES, FORMS, TYPES, Cell, Frame, NamedEntity, Opening


def test_every_frame_in_every_language_and_position():
    positions = {code: {type: Counter() for type in TYPES} for code in CODES}
    openings = load().openings
    for number, frame in enumerate(load().frames):
        alone, later = Context(frame), Context(frame, openings[number % len(openings)])
        fitting = [entity for entity in entities(frame.type) if alone.takes(entity)]
        for code in CODES:
            one = fitting[number % len(fitting)]
            check(fill(later, one, code))
            sentence = fill(alone, one, code)
            check(sentence)
            is_word = [word[0].isalnum() for word in sentence.words]
            start, end = any(is_word[: marked(sentence).start]), any(is_word[marked(sentence).stop :])
            positions[code][frame.type]["first" if not start else "middle" if end else "last"] += 1
    for code, type in product(CODES, TYPES):
        found = positions[code][type]
        assert min(found[place] for place in ("first", "middle", "last")) >= 0.2 * found.total(), (code, type, found)


def test_every_entity_in_every_language_and_form():
    for type in TYPES:
        for form in FORMS[type]:
            first = next(c for c in contexts(type, form=form) if c.frame.texts["en"][0] == "")
            later = next(c for c in contexts(type, form=form) if c.frame.texts["en"][0] != "")
            for one, context, code in product(entities(type), (first, later), CODES):
                if context.takes(one):
                    sentence = fill(context, one, code)
                    check(sentence)
                    spans = sentence.offsets[marked(sentence).start : marked(sentence).stop]
                    name = one.cells.get(form, one.cells["nominative"])[code].name
                    assert sentence.text[spans[0][0] : spans[-1][1]].casefold() == name.casefold()
                    assert marked(sentence).id == one.id


def test_ids_and_texts_are_unique():
    frames = [(frame.id, frame.form) for frame in load().frames]
    names = [entity.id for entity in load().entities]
    assert len(set(frames)) == len(frames)
    assert len(set(names)) == len(names)
    for code in CODES:
        for form in {frame.form for frame in load().frames}:
            texts = [frame.texts[code] for frame in load().frames if frame.form == form]
            assert len(set(texts)) == len(texts), (code, form, [t for t, n in Counter(texts).items() if n > 1])


def test_sizes():
    sizes = Counter()
    for row in counts():
        sizes[row.language, row.type, row.form] += row.contexts
    for code in CODES:
        assert sizes[code, "PER", "male"] >= 500
        assert sizes[code, "PER", "female"] >= 500
        assert sizes[code, "LOC", "nominative"] >= 500
        assert sizes[code, "LOC", "directional"] >= 60
        assert sizes[code, "LOC", "locative"] >= 60
        assert sizes[code, "ORG", "nominative"] >= 300
    for type in TYPES:
        assert len({context.frame.id for context in contexts(type)}) >= 60
    assert len(entities("PER")) >= 150
    assert len(entities("LOC")) >= 150
    assert len(entities("ORG")) >= 100
    persons, places = ({entity.names["en"] for entity in entities(type)} for type in ("PER", "LOC"))
    assert len(persons & places) >= 20


def test_clubs_named_after_cities():
    """A club counts whose English name has the name of a city as a word: one of the corpus, or one of those below."""
    others = "Basel Bologna Bournemouth Braga Cardiff Empoli Freiburg Genk Krasnodar Leeds Leicester Lille Metz Monaco "
    others += "Málaga Nantes Napoli Parma Perugia Porto Swansea Troyes Wolfsburg"
    cities = {place.names[code] for place in entities("LOC") for code in ("en", "es", "tr")}.union(others.split())
    clubs = {entity.id: entity.names["en"].split() for entity in entities("ORG") if entity.kind == "club"}
    named = [key for key, words in clubs.items() if cities & set(words)]
    assert len(named) >= 20, f"{len(named)} clubs are named after a city: {named}"
    assert {"org-perugia", "org-empoli", "org-troyes", "org-swansea-city"} <= set(named)


def test_splits_are_disjoint_and_80_to_20():
    for type in TYPES:
        train, test = ({context.frame.id for context in contexts(type, split)} for split in ("train", "test"))
        assert not train & test
        assert len(train) == round(0.8 * (len(train) + len(test)))
        assert train | test == {context.frame.id for context in contexts(type)}
        train, test = ({entity.id for entity in entities(type, split)} for split in ("train", "test"))
        assert not train & test
        assert len(train) == round(0.8 * (len(train) + len(test)))
        assert train | test == {entity.id for entity in entities(type)}
        for form in FORMS[type]:
            share = len(contexts(type, "train", form)) / len(contexts(type, form=form))
            assert 0.7 < share < 0.9, (type, form, share)


def test_no_name_is_on_both_sides():
    train, test = (
        {name.casefold() for type in TYPES for entity in entities(type, split) for name in entity.names.values()}
        for split in ("train", "test")
    )
    assert not train & test
    ids = {entity.id for entity in entities("PER", "train")}
    for place in entities("LOC"):
        person = place.id.replace("loc-", "per-")
        if person in {entity.id for entity in entities("PER")}:
            assert (person in ids) == (place in entities("LOC", "train"))


def test_both_genders_of_a_frame_are_on_one_side():
    for split in ("train", "test"):
        male, female = ({c.frame.id for c in contexts("PER", split, form)} for form in FORMS["PER"])
        assert male == female


def test_entity_names_for_pickers():
    names = entity_names()
    assert len(names) == len(load().entities)
    assert all(set(name.names) == set(CODES) for name in names)
    roma = next(name for name in names if name.id == "org-roma")
    assert (roma.type, roma.names["ru"], roma.names["en"]) == ("ORG", "Рома", "Roma")


@pytest.mark.parametrize(
    ("language", "cell", "text", "name"),
    [
        ("tr", Cell("", "izmir'de", ""), "İzmir'de, then.", "İzmir'de"),
        ("be", Cell("ў ", "Мінску", ""), "У Мінску, then.", "Мінску"),
        ("be", Cell("«", "рома", "»"), "«Рома», then.", "Рома"),
        ("ca", Cell("a ", "la Haia", ""), "A la Haia, then.", "la Haia"),
        ("en", Cell("", "3 Rivers", ""), "3 Rivers, then.", "3 Rivers"),
    ],
)
def test_a_slot_at_the_start_gets_a_capital(language, cell, text, name):
    context = Context(Frame("loc-1", "LOC", "locative", {language: ("", ", then.")}))
    place = NamedEntity("loc-x", "LOC", "", {"nominative": {language: cell}, "locative": {language: cell}})
    sentence = fill(context, place, language)
    assert sentence.text == text
    assert " ".join(sentence.words[marked(sentence).start : marked(sentence).stop]) == name
    behind = fill(Context(context.frame, Opening("opening-1", {language: "Now."})), place, language)
    assert behind.text == f"Now. {text}"
    assert behind.words[marked(behind).start : marked(behind).stop] == tuple(name.split())
    assert behind.parallel == "opening-1+loc-1:loc-x"


@pytest.mark.parametrize(
    ("before", "text"), [("Яна вярнулася ", "ў Мінск"), ("Ён паехаў ", "у Мінск"), ("Яна, ", "у Мінск")]
)
def test_the_belarusian_preposition_follows_the_word_before_it(before, text):
    context = Context(Frame("loc-1", "LOC", "directional", {"be": (before, ".")}))
    place = NamedEntity(
        "loc-x",
        "LOC",
        "",
        {"nominative": {"be": Cell("", "Мінск", "")}, "directional": {"be": Cell("у ", "Мінск", "")}},
    )
    assert fill(context, place, "be").text == f"{before}{text}."


def test_eleven_languages_are_built_at_once():
    load()
    times = []
    for seed in range(3):
        start = time.perf_counter()
        assert len(synthetic_ner(entity="Washington", seed=seed)) == 2200
        times.append(time.perf_counter() - start)
    assert min(times) < 1
