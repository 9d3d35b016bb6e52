"""OntoNotes: names between brackets become tags and brackets again."""

import pytest

from embspace.corpora.conll2012 import read_conll2012, write_conll2012
from embspace.corpora.records import Sentence
from embspace.errors import CorpusError, SettingsError

ROW = "bc/x/00/x_0000   0   {}   {}   {}   (TOP*   -   -   -   Speaker#1   {}   *   (12|(0)\n"


def document(*rows, number=None):
    lines = [ROW.format(at if number is None else number, *row) for at, row in enumerate(rows)]
    return "#begin document (bc/x/00/x_0000); part 000\n" + "".join(lines) + "\n#end document\n"


def file(tmp_path, text):
    (tmp_path / "x.v4_gold_conll").write_text(text, "utf-8")
    return tmp_path / "x.v4_gold_conll"


GOOD = (
    ("Mr.", "NNP", "(PERSON*"),
    ("Li", "NNP", "*"),
    ("Na", "NNP", "*)"),
    ("in", "IN", "*"),
    ("Paris", "NNP", "(GPE)"),
    ("Rome", "NNP", "(GPE*)"),
    ("/.", ".", "-"),
)


def test_names_and_parts_of_speech(tmp_path):
    path = file(tmp_path, document(*GOOD))
    (sentence,) = read_conll2012(path, "en")
    assert sentence.words == ("Mr.", "Li", "Na", "in", "Paris", "Rome", "/.")
    assert sentence.tags == ("B-PERSON", "I-PERSON", "I-PERSON", "O", "B-GPE", "B-GPE", "O")
    assert sentence.source == "x.v4_gold_conll, line 2"
    assert next(read_conll2012(path, "en", tag="pos")).tags == ("NNP", "NNP", "NNP", "IN", "NNP", "NNP", ".")
    assert next(read_conll2012(path, "en", tag=None)).tags is None
    with pytest.raises(SettingsError, match="Unknown tags 'upos' of CoNLL-2012; possible are name, pos"):
        list(read_conll2012(path, "en", tag="upos"))


def test_what_is_written(tmp_path):
    path = tmp_path / "a b.txt"
    write_conll2012(path, [Sentence(("New", "York", "x"), "en", tags=("B-GPE", "I-GPE", "B-ORG"))], document="a b")
    assert path.read_text().splitlines() == [
        "#begin document (a_b); part 000",
        "a_b 0 0 New - * - - - - (GPE* -",
        "a_b 0 1 York - * - - - - *) -",
        "a_b 0 2 x - * - - - - (ORG) -",
        "",
        "#end document",
    ]
    write_conll2012(path, [Sentence(("New", "x"), "en", tags=("NNP", "UH"))], tag="pos")
    assert next(read_conll2012(path, "en", tag="pos")).tags == ("NNP", "UH")


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ("(A* (B* *)", r"line 3, word 'w': the name '\(B\*' does not fit what is open \(A\)"),
        ("* *) *", r"line 3, word 'w': the name '\*\)' does not fit what is open \(nothing\)"),
        ("(A(B) * *", r"line 2, word 'w': the name '\(A\(B\)'"),
        ("(A * *", r"line 2, word 'w': the name '\(A' does not fit"),
        ("* (A* *", r"line 4: the sentence ends inside the name that begins with \(A"),
    ],
)
def test_brackets_that_do_not_match(tmp_path, names, message):
    path = file(tmp_path, document(*(("w", "NN", name) for name in names.split())))
    with pytest.raises(CorpusError, match=message):
        list(read_conll2012(path, "en"))


def test_files_that_are_not_whole(tmp_path):
    with pytest.raises(CorpusError, match=r"line 2: the words of this skeleton file are missing; fill them in"):
        list(read_conll2012(file(tmp_path, document(("[WORD]", "NN", "*"))), "en"))
    with pytest.raises(CorpusError, match=r"line 2: expected 12 columns or more, as CoNLL-2012 has, got 3"):
        list(read_conll2012(file(tmp_path, "#begin document (x); part 000\na b c\n"), "en"))
    with pytest.raises(CorpusError, match=r"line 3: expected word 1, got '0'"):
        list(read_conll2012(file(tmp_path, document(GOOD[0], GOOD[1], number=0)), "en"))


@pytest.mark.parametrize(
    ("tags", "message"),
    [(("I-X",), "the tag 'I-X' breaks IOB2"), (("B-X(",), r"the type 'X\(' cannot stand in brackets")],
)
def test_tags_that_cannot_stand_in_brackets(tmp_path, tags, message):
    with pytest.raises(CorpusError, match=message):
        write_conll2012(tmp_path / "a.txt", [Sentence(("a",), "en", tags=tags)])
