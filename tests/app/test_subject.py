import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from choice import Choice
from embspace.corpora.entries import SYNTHETIC
from embspace.workflows.analyses import ANALYSES
from subject import Question, Subject, question_from_address, subject_of, with_sentences

subjects = st.builds(
    Subject,
    words=st.lists(st.sampled_from(["Washington", "Paris"]), unique=True).map(tuple),
    per_type=st.integers(1, 20),
    languages=st.lists(st.sampled_from(["be", "en", "ru"]), unique=True).map(tuple),
    checkpoints=st.lists(st.sampled_from(["mini", "./a folder", "org/model@main"]), min_size=2, unique=True).map(tuple),
    transforms=st.lists(st.sampled_from(["center", "all-but-the-top:3", "whiten"])).map(
        lambda x: tuple(dict.fromkeys(x))
    ),
    layer=st.integers(-5, 20),
) | st.builds(Subject, corpus=st.just("parallel-sample"), sentences=st.none() | st.integers(1, 99))
given_files = st.builds(
    Question,
    st.sampled_from(["precision_at_k", "significance"]),
    subjects,
    files=st.just((f"{'0' * 32}/en-es.txt", f"{'1' * 32}/b")),
)
asked = st.builds(Question, st.sampled_from(list(ANALYSES)), subjects, shown=st.integers(0, 3)) | given_files


def address_of(question):
    return {name: value if isinstance(value, list) else [value] for name, value in question.to_address().items()}


@settings(deadline=None, max_examples=60)
@given(asked)
def test_address_restores_the_question(question):
    assert question_from_address(question.analysis, address_of(question)) == (question, [])


@pytest.mark.parametrize(
    ("analysis", "given"),
    [
        ("neighbors", {"k": 3, "languages": ("be", "en"), "query": "Washington"}),
        ("grouping", {"by": ("language", "entity"), "permutations": 9}),
        ("isotropy", {"measures": "all", "confidence": 0.5}),
    ],
)
def test_settings_are_in_the_address_beside_the_subject(analysis, given):
    question = Question(analysis, Subject(languages=("ru",)), given)
    assert question_from_address(analysis, address_of(question)) == (question, [])


def test_the_start_page_has_a_plain_address():
    assert Question("similarity").to_address() == {}
    assert question_from_address("similarity", {}) == (Question("similarity"), [])


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("words", "Wahsington", "Washington"),
        ("per_type", "many", "not a number"),
        ("checkpoints", " ", "no name of a checkpoint"),
        ("corpus", " ", "no name of a corpus"),
        ("layer", "last", "not a number"),
        ("k", "three", "expected a whole number"),
        ("metric", "magic", "expected"),
    ],
)
def test_a_bad_value_falls_back_with_a_notice(name, value, said):
    question, notices = question_from_address("neighbors", {name: [value]})
    assert question == Question("neighbors")
    assert len(notices) == 1 and said in notices[0]


def test_the_work_is_that_of_the_checkpoints_that_an_analysis_takes():
    subject = Subject(checkpoints=("a", "b", "c"), transforms=("center",))
    names = {one: [space.checkpoint for space in Question(one, subject).config().spaces] for one in ANALYSES}
    assert names["significance"] == []
    assert names["neighbors"] == ["a"] and names["change"] == ["a", "b"] and names["similarity"] == ["a", "b", "c"]
    assert [one.checkpoint for one in Question("change", Subject()).config().spaces] == ["mini", "mini"]
    assert Question("spelling", subject).config().transforms == ()
    assert Question("relatedness").config().settings == {"layer": None}


def test_who_comes_from_the_map_looks_at_its_words():
    assert subject_of(Choice()) == Subject()
    view = Choice(words=("Paris",), languages=("be", "en"), per_type=7, checkpoint="x")
    assert subject_of(view) == Subject(SYNTHETIC, ("Paris",), 7, None, ("be", "en"), ("x",))
    view = Choice(corpus="parallel-sample", sentences=9, beside=("y",), transforms=("z",), selection="few")
    assert subject_of(view) == Subject(
        "parallel-sample", sentences=9, checkpoints=("mini", "y"), transforms=("z",), selection="few"
    )
    assert with_sentences(Choice(transforms=("z",)), subject_of(view)) == Choice(
        corpus="parallel-sample", sentences=9, transforms=("z",)
    )
