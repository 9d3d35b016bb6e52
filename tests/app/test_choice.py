import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from choice import (
    FRAMES,
    MARKS,
    METHODS,
    PLAYED,
    SHAPES,
    TARGETS,
    Choice,
    all_words,
    from_address,
    marks,
    most_contexts,
)
from embspace.corpora.entries import Entry
from embspace.corpora.templates import CODES

corpora = st.builds(dict, corpus=st.just("parallel-sample"), sentences=st.none() | st.integers(1, 99)) | st.just({})
views = st.builds(
    lambda chosen, **rest: Choice(**chosen, **rest),
    corpora,
    words=st.lists(st.sampled_from(["Washington", "Paris", "Swansea City"]), unique=True).map(tuple),
    languages=st.lists(st.sampled_from(CODES), min_size=1, unique=True).map(tuple),
    per_type=st.integers(1, 20),
    checkpoint=st.sampled_from(["mini", "./a folder", "FacebookAI/xlm-roberta-base@main"]),
    layers=st.lists(st.integers(-30, 30), min_size=1, max_size=2).map(tuple),
    method=st.sampled_from(list(METHODS)),
    perplexity=st.sampled_from([1.0, 12.5, 70.0]),
    neighbors=st.integers(2, 100),
    min_distance=st.sampled_from([0.0, 0.05, 0.5]),
    dimensions=st.sampled_from([2, 3]),
    transforms=st.lists(st.sampled_from(["center", "all-but-the-top:3", "z"]), max_size=2, unique=True).map(tuple),
    frame=st.sampled_from(list(FRAMES)),
    targets=st.sampled_from(list(TARGETS)),
    color=st.sampled_from(list(MARKS)),
    shape=st.sampled_from(list(SHAPES)),
    beside=st.lists(st.sampled_from(["./another", "org/name@main"]), max_size=2, unique=True).map(tuple),
    play=st.sampled_from(list(PLAYED)),
    lines=st.booleans(),
    selection=st.sampled_from(["", "two clouds", "Вашингтон-1.b"]),
)


def address_of(view):
    return {name: value if isinstance(value, list) else [value] for name, value in view.to_address().items()}


@settings(deadline=None, max_examples=50)
@given(views)
def test_address_restores_the_view(view):
    assert from_address(address_of(view)) == (view, [])


def test_start_page_has_a_plain_address():
    assert Choice().to_address() == {}
    assert from_address({}) == (Choice(), [])


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("words", "Wahsington", "Washington"),
        ("languages", "xx", "Unknown language code 'xx'"),
        ("per_type", "many", "not a number"),
        ("per_type", "0", "Possible is 1"),
        ("layers", "last", "not a number"),
        ("method", "magic", "tsne, umap, pca"),
        ("perplexity", "nan", "Possible is 1 to 1000"),
        ("dimensions", "4", "Possible is 2 to 3"),
        ("center", "maybe", "True, False"),
        ("color", "<b>", "language, type, tag, n_pieces"),
        ("frame", "none", "chained, joint"),
        ("corpus", " ", "no name of a corpus"),
        ("sentences", "0", "Possible is 1"),
        ("checkpoint", " ", "no name of a checkpoint"),
        ("play", "film", "no, layers, checkpoints"),
        ("selection", "../../etc/passwd", "no name of a selection"),
    ],
)
def test_a_bad_value_falls_back_with_a_notice(name, value, said):
    view, notices = from_address({name: [value]})
    assert view == Choice()
    assert len(notices) == 1
    assert said in notices[0]
    assert f"{name} = {value}" in notices[0]


def test_more_contexts_than_there_are_fall_to_the_most():
    view, notices = from_address({"per_type": ["99999"]})
    assert view.per_type == most_contexts(("Washington",)) < 99999
    assert str(view.per_type) in notices[0]


def test_an_address_from_before_there_were_transforms():
    assert from_address({"center": ["True"]}) == (Choice(transforms=("center",)), [])
    both = {"center": ["True"], "transforms": ["whiten"]}
    assert from_address(both) == (Choice(transforms=("center", "whiten")), [])
    assert from_address({"center": ["False"]}) == (Choice(), [])


@pytest.mark.parametrize(
    ("entry", "view", "shown"),
    [
        (Entry("a", tags=("NOUN",)), Choice(corpus="a"), ("language", "tag")),
        (Entry("a", tags=("O",), entities=3), Choice(corpus="a"), ("language", "type")),
        (Entry("a"), Choice(corpus="a", color="tag", shape="type"), ("language", "none")),
        (Entry("a"), Choice(corpus="a", shape="n_pieces"), ("language", "n_pieces")),
        (None, Choice(shape="tag"), ("language", "type")),
    ],
)
def test_marks_are_those_that_the_words_have(entry, view, shown):
    assert marks(view, entry) == shown


def test_unknown_parameters_are_passed_over():
    assert from_address({"embed": ["true"]}) == (Choice(), [])


def test_a_word_of_another_language_is_found_by_its_english_name():
    assert from_address({"words": ["Вашингтон"]})[0].words == ("Washington",)
    assert "Washington" in all_words()


def test_the_work_depends_on_nothing_that_does_not_matter_to_it():
    view = Choice()
    assert (
        view.config()
        == Choice(neighbors=3, min_distance=0.7, color="type", shape="n_pieces", layers=(0, -1), play="layers").config()
    )
    assert view.config() != Choice(perplexity=30).config()
    assert view.config() != Choice(beside=("another",)).config()
    pca = Choice(method="pca")
    assert pca.config() == Choice(method="pca", perplexity=5).config()
