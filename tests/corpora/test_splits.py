"""The split is 80/20, fixed, and keeps equal names together."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from embspace.corpora.splits import split_entities, split_frames
from embspace.corpora.templates import FORMS, TYPES, Cell, Frame, NamedEntity


def entity(key, type, kind, name):
    return NamedEntity(key, type, kind, {"nominative": {"en": Cell("", name, "")}})


@given(st.lists(st.integers(0, 40), min_size=6, max_size=6))
@settings(deadline=None, max_examples=50)
def test_frames_are_split_per_type_and_form(sizes):
    frames, at = [], 0
    for type in TYPES:
        for form in FORMS[type]:
            same = type == "PER"  # the genders of a frame share its id
            frames += [
                Frame(f"{type}-{'' if same else form}-{n}", type, form, {}) for n in range(sizes[0 if same else at])
            ]
            at += 1
    train = split_frames(frames)
    for type in TYPES:
        ids = {frame.id for frame in frames if frame.type == type}
        assert len(ids & train) == round(0.8 * len(ids))
        for form in FORMS[type]:
            ids = {frame.id for frame in frames if frame.type == type and frame.form == form}
            assert abs(len(ids & train) - 0.8 * len(ids)) < 1


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 30), st.integers(0, 10))
@settings(deadline=None, max_examples=50)
def test_entities_are_split_per_type_and_equal_names_stay_together(persons, places, ambiguous, clubs):
    both = [f"both{n}" for n in range(ambiguous)]
    named = [entity(f"per-{n}", "PER", "male" if n % 3 else "female", f"P{n}") for n in range(persons)]
    named += [entity(f"loc-{n}", "LOC", "", f"L{n}") for n in range(places)]
    named += [entity(f"per-{name}", "PER", "male", name) for name in both]
    named += [entity(f"loc-{name}", "LOC", "", name.upper()) for name in both]
    named += [entity(f"org-{n}", "ORG", "club", f"O{n}") for n in range(clubs)]
    train = split_entities(named)
    sizes = Counter(one.type for one in named)
    split = Counter(one.type for one in named if one.id in train)
    for type in TYPES:
        # Where most names are ambiguous the shared clusters alone decide.
        if {"PER": persons, "LOC": places, "ORG": clubs}[type] >= sizes[type] / 2:
            assert split[type] == round(0.8 * sizes[type])
    for name in both:
        assert (f"per-{name}" in train) == (f"loc-{name}" in train)


def test_an_entity_that_connects_two_others_brings_them_together():
    chain = [
        NamedEntity("loc-rome", "LOC", "", {"nominative": {"en": Cell("", "Rome", ""), "tr": Cell("", "Roma", "")}}),
        NamedEntity(
            "org-roma", "ORG", "club", {"nominative": {"en": Cell("", "Roma", ""), "be": Cell("«", "Рома", "»")}}
        ),
        NamedEntity("per-roma", "PER", "male", {"nominative": {"ru": Cell("", "Рома", "")}}),
    ]
    for order in (chain, chain[::-1], [chain[0], chain[2], chain[1]]):
        others = [entity(f"loc-{n}", "LOC", "", f"L{n}") for n in range(10)]
        assert len(split_entities([*order, *others]) & {"loc-rome", "org-roma", "per-roma"}) in (0, 3)


def test_the_split_does_not_depend_on_the_order():
    named = [entity(f"org-{n}", "ORG", ("club", "media", "company")[n % 3], f"O{n % 60}") for n in range(67)]
    named += [entity(f"loc-{n}", "LOC", "", f"O{3 * n}") for n in range(41)]
    assert split_entities(named) == split_entities(named[::-1])
    frames = [Frame(f"loc-{n}", "LOC", FORMS["LOC"][n % 3], {}) for n in range(59)]
    assert split_frames(frames) == split_frames(frames[::-1])
