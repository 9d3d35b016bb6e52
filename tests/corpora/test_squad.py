"""Questions come out of SQuAD's JSON and go into it; answers stand where they say, or are found, or told."""

import gzip
import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from embspace.corpora.records import Question
from embspace.corpora.squad import Flaw, cross_lingual, read_squad, write_squad
from embspace.errors import CorpusError

CONTEXT = "\ufeffМінск — сталіца. Мінск стаіць на Свіслачы."


def squad(*answers, id="q1", **more):
    asked = {"id": id, "question": "Дзе?", "answers": [{"text": a, "answer_start": at} for a, at in answers], **more}
    return {"version": "1.1", "data": [{"title": "Мінск", "paragraphs": [{"context": CONTEXT, "qas": [asked]}]}]}


def put(folder, value, name="a.json"):
    data = value if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False, indent=1).encode()
    (folder / name).write_bytes(gzip.compress(data) if name.endswith("gz") else data)
    return folder / name


@pytest.mark.parametrize("name", ["a.json", "a.json.gz"])
@pytest.mark.parametrize("change", [lambda data: data, lambda data: b"\xef\xbb\xbf" + data.replace(b"\n", b"\r\n")])
def test_questions_are_read(tmp_path, name, change):
    data = json.dumps(squad(("Мінск", 18), ("Свіслачы", 34), is_impossible=False), indent=1).encode()
    flaws = []
    [found] = read_squad(put(tmp_path, change(data), name), "be", flaws=flaws)
    answers = (("Мінск", 18), ("Свіслачы", 34))
    assert found == Question("q1", "Дзе?", CONTEXT, answers, ("be", "be"), "Мінск")
    assert not flaws


def test_two_languages_numbers_and_no_title(tmp_path):
    value = squad(("Мінск", "1"), id=959)  # TQuAD: the id is a number, the offset text
    del value["data"][0]["title"]
    [found] = read_squad(put(tmp_path, value), ("en", "be"))
    assert (found.id, found.answers, found.languages, found.title) == ("959", (("Мінск", 1),), ("en", "be"), "")


def test_a_misplaced_answer_that_stands_there_once_is_moved(tmp_path):
    flaws = []
    [found] = read_squad(put(tmp_path, squad(("Свіслачы", 3), ("Мінск", 1))), "be", flaws=flaws)
    assert found.answers == (("Свіслачы", 34), ("Мінск", 1))
    assert flaws == [Flaw("q1", "Свіслачы", 3, 34)]


@pytest.mark.parametrize(("answer", "start"), [("Мінск", 3), ("Брэст", 1), ("Мінск", -1), ("Мінск", 999)])
def test_an_answer_that_cannot_be_placed_is_left_out(tmp_path, answer, start):
    flaws = []
    [found] = read_squad(put(tmp_path, squad((answer, start), ("Свіслачы", 34))), "be", flaws=flaws)
    assert found.answers == (("Свіслачы", 34),)
    assert flaws == [Flaw("q1", answer, start, None)]
    assert list(read_squad(put(tmp_path, squad((answer, start))), "be")) == []


def test_occurrences_may_overlap(tmp_path):
    value = squad(("aa", 7))
    value["data"][0]["paragraphs"][0]["context"] = "b aaa b"
    assert list(read_squad(put(tmp_path, value), "be")) == []


def test_questions_without_answers(tmp_path):
    [found] = read_squad(put(tmp_path, squad(is_impossible=True)), "be")
    assert found.answers == ()
    flaws = []
    [found] = read_squad(put(tmp_path, squad(("", 0))), "be", flaws=flaws)
    assert (found.answers, flaws) == ((), [Flaw("q1", "", 0, None)])


def without(path, value):
    """The file with one part left out or put in another's place."""
    made = squad(("Мінск", 1))
    at = made
    for key in path[:-1]:
        at = at[key]
    if value is None:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return made


QA = ("data", 0, "paragraphs", 0, "qas", 0)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], r"a\.json: expected an object, as in SQuAD's JSON, got list\."),
        (without(("data",), None), r"a\.json: expected 'data' \(list\), as in SQuAD's JSON, got only version\."),
        (without(("data", 0), 1), r"a\.json, data\[0\]: expected an object, .*got int\."),
        (without(("data", 0, "paragraphs"), None), r"data\[0\]: expected 'paragraphs' \(list\), .*got only title\."),
        (without(QA[:-3], [{"qas": []}]), r"data\[0\]\.paragraphs\[0\]: expected 'context' \(str\), .*only qas\."),
        (without((*QA, "id"), None), r"paragraphs\[0\]\.qas\[0\]: expected 'id' \(str or int\)"),
        (without((*QA, "question"), 7), r"qas\[0\]: expected 'question' \(str\), .*got 7\."),
        (without((*QA, "answers"), {"text": ["a"]}), r"qas\[0\]: expected 'answers' \(list\), .*got \{'text'"),
        (without((*QA, "answers", 0, "answer_start"), None), r"answers\[0\]: expected 'answer_start' \(int or str\)"),
        (
            without((*QA, "answers", 0, "answer_start"), "x"),
            r"answers\[0\]: expected 'answer_start' to be a number, got 'x'",
        ),
        (b"", r"a\.json: the file is empty"),
        (b"{\n \xff", r"a\.json, line 2: not UTF-8"),
        (b"{\n \0", r"a\.json, line 2: a NUL"),
        (b'{\r\n "data": [,', r"a\.json, line 2, column 11: no JSON: "),
    ],
)
def test_what_is_not_squad(tmp_path, value, message):
    with pytest.raises(CorpusError, match=message):
        list(read_squad(put(tmp_path, value), "be"))


def question(id, text="?", language="be", start=0):
    return Question(id, text, f"paragraph {language}", (("para", start),), (language, language), language)


def test_questions_of_one_language_about_paragraphs_of_another():
    found = list(cross_lingual([question("1", "one?", "en"), question("3", "three?", "en")], map(question, "321")))
    assert [(one.id, one.question) for one in found] == [("3", "three?"), ("1", "one?")]
    assert {(one.paragraph, one.languages, one.title) for one in found} == {("paragraph be", ("en", "be"), "be")}
    with pytest.raises(CorpusError, match=r"Question 1 stands twice among the questions"):
        list(cross_lingual([question("1"), question("1")], []))


TEXT = some.text(some.characters(exclude_categories=["Cs"]))


@some.composite
def questions(draw):
    made = []
    for number in range(draw(some.integers(1, 4))):
        title, paragraph = draw(some.sampled_from("ab")), draw(TEXT)
        for part in range(draw(some.integers(1, 3))):
            spans = draw(some.lists(some.tuples(some.integers(0, 9), some.integers(1, 9)), max_size=2))
            answers = [(paragraph[start : start + size], start) for start, size in spans]
            answers = tuple((text, start) for text, start in answers if text)
            made.append(Question(f"{number}.{part}", draw(TEXT), paragraph, answers, ("en", "be"), title))
    return made


@given(questions(), some.sampled_from(["a.json", "a.json.gz"]))
def test_round_trip(made, name):
    with tempfile.TemporaryDirectory() as folder:
        assert write_squad(iter(made), Path(folder) / name) == len(made)
        assert list(read_squad(Path(folder) / name, ("en", "be"))) == made


def test_paragraphs_are_written_once(tmp_path):
    write_squad([question("1"), question("2")], tmp_path / "a.json")
    written = json.loads((tmp_path / "a.json").read_text("utf-8"))
    assert [len(one["qas"]) for one in written["data"][0]["paragraphs"]] == [2]
    with pytest.raises(CorpusError, match=r"a\.json: a SQuAD file has one language of questions and one of paragraphs"):
        write_squad([question("1"), question("2", language="en")], tmp_path / "a.json")
