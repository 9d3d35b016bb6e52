"""Words and tags in columns, as the shared tasks and their users write them."""

from collections import Counter

import pytest

from embspace.corpora.conll import (
    read_columns,
    read_conllx,
    read_wikiann,
    write_columns,
    write_conllx,
    write_wikiann,
)
from embspace.corpora.records import Sentence
from embspace.errors import CorpusError, SettingsError

CONLL2003 = """-DOCSTART- -X- -X- O

EU NNP I-NP I-ORG
rejects VBZ I-VP O
German JJ I-NP I-MISC
Dutch JJ I-NP B-MISC
call NN I-NP O

-DOCSTART- -X- -X- O

Peter NNP I-NP I-PER
Blackburn NNP I-NP I-PER
"""


def file(tmp_path, text, name="a.txt"):
    (tmp_path / name).write_text(text, "utf-8")
    return tmp_path / name


def test_conll2003_in_iob1_comes_out_as_iob2(tmp_path):
    path = file(tmp_path, CONLL2003)
    first, second = read_columns(path, "en", scheme="iob1")
    assert first.words == ("EU", "rejects", "German", "Dutch", "call")
    assert first.tags == ("B-ORG", "O", "B-MISC", "B-MISC", "O")
    assert first.text == "EU rejects German Dutch call"
    assert (first.source, second.source) == ("a.txt, line 3", "a.txt, line 11")
    assert second.tags == ("B-PER", "I-PER")
    write_columns(tmp_path / "b.txt", [first, second], scheme="iob1", separator=" ")
    rows = [line.split() for line in CONLL2003.splitlines() if "DOCSTART" not in line]
    expected = [f"{cells[0]} {cells[3]}" for cells in rows if cells]
    assert [line for line in (tmp_path / "b.txt").read_text().splitlines() if line] == expected


def test_columns_can_be_chosen(tmp_path):
    path = file(tmp_path, CONLL2003)
    first = next(read_columns(path, "en", tag=1, scheme=None))
    assert first.tags == ("NNP", "VBZ", "JJ", "JJ", "NN")
    assert next(read_columns(path, "en", word=1, tag=None)).words == first.tags
    assert next(read_columns(path, "en", tag=None)).tags is None
    with pytest.raises(CorpusError, match=r"a\.txt, line 3: column 4 was asked for, but there are 4"):
        list(read_columns(path, "en", tag=4))
    with pytest.raises(SettingsError, match="Unknown tag scheme 'IOB'"):
        list(read_columns(path, "en", scheme="IOB"))


def test_tags_that_break_the_scheme_are_named_or_mended(tmp_path):
    path = file(tmp_path, CONLL2003)
    with pytest.raises(CorpusError, match=r"a\.txt, line 3, word 'EU': the tag 'I-ORG' breaks IOB2, which has 'B-ORG'"):
        list(read_columns(path, "en"))
    repaired = Counter()
    mended = list(read_columns(path, "en", repaired=repaired))
    assert [one.tags for one in mended] == [one.tags for one in read_columns(path, "en", scheme="iob1")]
    assert repaired == {"I-ORG -> B-ORG": 1, "I-MISC -> B-MISC": 1, "I-PER -> B-PER": 1}


def test_comments_are_told_from_words(tmp_path):
    between_tabs = file(tmp_path, "# doc = 1 sent = 0\n#\tO\n# x\tO\n\n# doc = 2\nb\tO\n")
    assert [one.words for one in read_columns(between_tabs, "en")] == [("#", "# x"), ("b",)]
    between_blanks = file(tmp_path, "# doc = 1\na O\n# O\n\n# O\n# doc = 2\nb O\n", "b.txt")
    assert [one.words for one in read_columns(between_blanks, "en")] == [("a", "#"), ("#", "b")]
    with pytest.raises(CorpusError, match=r"b\.txt, line 2: expected 4 columns between blanks, as in line 1, got 2"):
        list(read_columns(between_blanks, "en", scheme=None, comments=False))


def test_words_may_have_blanks_between_tabs(tmp_path):
    sentence = Sentence(("200 000", "\u00a0", "\ufeffa"), "uk", tags=("O", "O", "B-LOC"))
    path = tmp_path / "a.txt"
    write_columns(path, [sentence])
    assert next(read_columns(path, "uk")).words == sentence.words
    with pytest.raises(CorpusError, match="the cell '200 000' is empty or holds a separator"):
        write_columns(path, [sentence], separator=" ")


def test_a_leading_byte_order_mark_of_a_word_is_kept(tmp_path):
    write_columns(tmp_path / "a.txt", [Sentence(("\ufeffa",), "uk", tags=("O",))])
    assert next(read_columns(tmp_path / "a.txt", "uk")).words == ("\ufeffa",)


def test_runs_of_blanks_and_other_separators(tmp_path):
    assert next(read_columns(file(tmp_path, "a  NN   O\nb NN O \n"), "en")).tags == ("O", "O")
    assert next(read_columns(file(tmp_path, "a b|O\n"), "en", separator="|")).words == ("a b",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a\tO\nb O\n", r"line 2: expected 2 columns between tabs, as in line 1, got 1: 'b O'"),
        ("a\tO\nb\tX\tO\n", r"line 2: expected 2 columns between tabs, as in line 1, got 3"),
        ("a\tO\n\tO\n", r"line 2: the word is empty: '\\tO'"),
        ("a\tNOUN\n", r"line 1, word 'a': 'NOUN' is no tag of an entity; .*scheme=None"),
    ],
)
def test_rows_that_are_wrong(tmp_path, text, message):
    with pytest.raises(CorpusError, match=message):
        list(read_columns(file(tmp_path, text), "en"))


@pytest.mark.parametrize(
    ("sentences", "message"),
    [
        (
            [Sentence(("a",), "en", tags=("O",)), Sentence(("b",), "en")],
            "sentence 1 .*some have none",
        ),
        ([Sentence(("a",), "en", tags=("I-X",))], "sentence 0 .*the tag 'I-X' breaks IOB2"),
        ([Sentence(("-DOCSTART-",), "en", tags=("O",))], "'-DOCSTART-' would not be read as one"),
        ([Sentence(("# a",), "en")], "'# a' would not be read as one"),
    ],
)
def test_columns_that_could_not_be_read_again(tmp_path, sentences, message):
    with pytest.raises(CorpusError, match=message):
        write_columns(tmp_path / "a.txt", sentences)
    assert not (tmp_path / "a.txt").exists()


def test_other_schemes_and_no_tags_are_written(tmp_path):
    path = tmp_path / "a.txt"
    sentence = Sentence(("New", "York", "wins"), "en", tags=("B-ORG", "I-ORG", "O"))
    write_columns(path, [sentence], scheme="bioes")
    assert path.read_text() == "New\tB-ORG\nYork\tE-ORG\nwins\tO\n\n"
    assert next(read_columns(path, "en", scheme="bioes")).tags == sentence.tags
    write_columns(path, [Sentence(("New", "York"), "en")])
    assert path.read_text() == "New\nYork\n\n"
    assert next(read_columns(path, "en", tag=None)).tags is None


def test_wikiann(tmp_path):
    path = file(tmp_path, "be:Мінск\tB-LOC\nbe::\tO\n\nbe:be:x\tO\n")
    first, second = read_wikiann(path)
    assert (first.words, first.tags, first.language) == (("Мінск", ":"), ("B-LOC", "O"), "be")
    assert second.words == ("be:x",)
    assert next(read_wikiann(path, "be-tarask")).language == "be-tarask"
    write_wikiann(tmp_path / "b.txt", [first, Sentence(("a",), "en", tags=("O",))])
    assert (tmp_path / "b.txt").read_text("utf-8") == "be:Мінск\tB-LOC\nbe::\tO\n\nen:a\tO\n\n"
    for text in ("be:a\tO\nb\tO\n", "be:a\tO\nen:b\tO\n", "be:a\tO\nbe:\tO\n"):
        with pytest.raises(CorpusError, match=r"a\.txt, line 1, word 2: expected a word behind its language, such"):
            list(read_wikiann(file(tmp_path, text)))


def test_conllx(tmp_path):
    row = "{}\t{}\t_\t{}\t{}\t_\t2\tdet\t_\t_\n"
    text = row.format(1, "De", "Art", "Art|bep") + row.format(2, "Nijmeegse", "Adj", "Adj|attr") + "\n"
    path = file(tmp_path, text)
    (sentence,) = read_conllx(path, "nl")
    assert (sentence.words, sentence.tags) == (("De", "Nijmeegse"), ("Art", "Adj"))
    assert next(read_conllx(path, "nl", tag="pos")).tags == ("Art|bep", "Adj|attr")
    assert next(read_conllx(path, "nl", tag=None)).tags is None
    write_conllx(tmp_path / "b.txt", [sentence], tag="pos")
    assert next(read_conllx(tmp_path / "b.txt", "nl", tag="pos")).tags == ("Art", "Adj")
    with pytest.raises(SettingsError, match="Unknown column 'upos' of CoNLL-X; possible are lemma, cpos"):
        list(read_conllx(path, "nl", tag="upos"))
    with pytest.raises(CorpusError, match=r"line 2: expected word 2, got '3'; a row or the blank line"):
        list(read_conllx(file(tmp_path, text.replace("2\tN", "3\tN")), "nl"))
    with pytest.raises(CorpusError, match=r"line 1: expected 6 to 10 tab-separated columns, got 2"):
        list(read_conllx(file(tmp_path, "1\tDe\n"), "nl"))
    with pytest.raises(CorpusError, match=r"it has no tags"):
        write_conllx(path, [Sentence(("De",), "nl")])


def test_blanks_behind_a_tag_are_none_of_it(tmp_path):
    (tmp_path / "a.txt").write_text("Eve\tB-PER \nran\tO \n")
    assert next(read_columns(tmp_path / "a.txt", "en")).tags == ("B-PER", "O")
