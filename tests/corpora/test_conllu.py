"""CoNLL-U: words with their places in the text, whatever lies between token and word; and Universal NER."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from embspace.corpora.conllu import read_conllu, read_uner, write_conllu, write_uner
from embspace.corpora.records import Sentence
from embspace.corpora.words import split_words
from embspace.errors import CorpusError, SettingsError

HEAD = "# newdoc\n# sent_id = n01\n# text = Vámonos al mar, ok.\n"
ROWS = """1-2 Vámonos _ _ _ _ _ _ _ _
1 Vamos ir VERB V Mood=Imp 0 root _ _
2 nos yo PRON P _ 1 obj _ _
3-4 al _ _ _ _ _ _ _ _
3 a a ADP S _ 5 case _ _
4 el el DET D _ 5 det _ _
5 mar mar NOUN N _ 1 obl _ SpaceAfter=No
6 , , PUNCT F _ 7 punct _ _
6.1 hay haber VERB V _ _ _ 0:root _
7 ok ok INTJ I _ 1 discourse _ Gloss=ok|SpaceAfter=No
8 . . PUNCT F _ 1 punct _ _
""".replace(" ", "\t")
OFFSETS = ((0, 7), (0, 7), (8, 10), (8, 10), (11, 14), (14, 15), (16, 18), (18, 19))


def file(tmp_path, text):
    (tmp_path / "a.conllu").write_text(text, "utf-8")
    return tmp_path / "a.conllu"


def rows(*forms, misc="_"):
    return "".join(
        f"{at}\t{form}{chr(9)}_\tX{chr(9)}{chr(9).join('_' * 5)}\t{misc}\n" for at, form in enumerate(forms, 1)
    )


@pytest.mark.parametrize("head", [HEAD, ""])
def test_words_and_places(tmp_path, head):
    (sentence,) = read_conllu(file(tmp_path, head + ROWS), "es")
    assert sentence.words == ("Vamos", "nos", "a", "el", "mar", ",", "ok", ".")
    assert sentence.tags == ("VERB", "PRON", "ADP", "DET", "NOUN", "PUNCT", "INTJ", "PUNCT")
    assert sentence.text == "Vámonos al mar, ok."
    assert sentence.offsets == OFFSETS
    assert sentence.parallel is None
    assert sentence.source == f"a.conllu, line {4 if head else 1}"


def test_multiword_tokens_as_words(tmp_path):
    (sentence,) = read_conllu(file(tmp_path, HEAD + ROWS), "es", multiword="whole", parallel=True)
    assert sentence.words == ("Vámonos", "al", "mar", ",", "ok", ".")
    assert sentence.tags == ("VERB+PRON", "ADP+DET", "NOUN", "PUNCT", "INTJ", "PUNCT")
    assert [sentence.text[start:stop] for start, stop in sentence.offsets] == list(sentence.words)
    assert sentence.parallel == "n01"


def test_parts_that_add_up_to_their_token_have_places_of_their_own(tmp_path):
    text = (
        "# text = I don't\n"
        + rows("I")
        + "2-3\tdon't"
        + "\t_" * 8
        + "\n2\tdo"
        + "\t_" * 8
        + "\n3\tn't"
        + "\t_" * 8
        + "\n"
    )
    (sentence,) = read_conllu(file(tmp_path, text), "en")
    assert sentence.offsets == ((0, 1), (2, 4), (4, 7))


@pytest.mark.parametrize(
    ("tag", "expected"),
    [("xpos", "V"), ("lemma", "ir"), ("feats", "Mood=Imp"), ("deprel", "root"), ("upos", "VERB")],
)
def test_other_columns(tmp_path, tag, expected):
    (sentence,) = read_conllu(file(tmp_path, HEAD + ROWS), "es", tag=tag)
    assert sentence.tags and sentence.tags[0] == expected
    write_conllu(tmp_path / "b.conllu", [sentence], tag=tag)
    assert next(read_conllu(tmp_path / "b.conllu", "es", tag=tag)).tags == sentence.tags
    assert next(read_conllu(file(tmp_path, HEAD + ROWS), "es", tag=None)).tags is None


def test_what_is_written(tmp_path):
    (sentence,) = read_conllu(file(tmp_path, HEAD + ROWS), "es", parallel=True)
    path = tmp_path / "b.conllu"
    write_conllu(path, [sentence, Sentence(("a",), "es")])
    lines = path.read_text("utf-8").splitlines()
    assert lines[:3] == ["# sent_id = n01", "# text = Vámonos al mar, ok.", "1-2\tVámonos" + "\t_" * 8]
    assert lines[3] == "1\tVamos\t_\tVERB" + "\t_" * 6
    assert [line.split("\t")[0] for line in lines if line.endswith("SpaceAfter=No")] == ["5", "7"]
    assert lines[-4:] == ["# sent_id = 2", "# text = a", "1\ta" + "\t_" * 8, ""]
    again = next(read_conllu(path, "es", parallel=True))
    assert (again.words, again.offsets, again.text, again.parallel) == (
        sentence.words,
        OFFSETS,
        sentence.text,
        "n01",
    )


def test_text_with_odd_blanks_is_kept(tmp_path):
    sentence = Sentence(
        ("200 000", "a", "b"), "ru", "  200 000\u00a0a  b ", ((2, 9), (10, 11), (13, 14)), ("X", "X", "X")
    )
    write_conllu(tmp_path / "a.conllu", [sentence])
    again = next(read_conllu(tmp_path / "a.conllu", "ru"))
    assert (again.text, again.offsets, again.words) == (sentence.text, sentence.offsets, sentence.words)


@settings(max_examples=60, deadline=None)
@given(text=st.text(st.characters(categories=["L", "M", "N", "P", "S", "Zs"]), max_size=40), data=st.data())
def test_running_text_comes_back_as_it_was(text, data, tmp_path_factory):
    words, offsets = split_words(text)
    assume(words and "де" not in text)
    first = data.draw(st.integers(0, len(words) - 1))
    if data.draw(st.booleans()):  # a word of two words that are written otherwise
        words = (*words[:first], "д", "е", *words[first + 1 :])
        offsets = (*offsets[: first + 1], *offsets[first:])
    sentence = Sentence(words, "be", text, offsets, tags=("X",) * len(words), parallel="1")
    path = tmp_path_factory.mktemp("a") / "a.conllu"
    write_conllu(path, [sentence])
    (again,) = read_conllu(path, "be", parallel=True)
    assert replace(again, source="") == sentence


def test_words_alone(tmp_path):
    path = file(tmp_path, "# text = other\n" + rows("a", "b", misc="SpaceAfter=No"))
    with pytest.raises(
        CorpusError, match=r"a\.conllu, line 2: .*`# text` goes on with 'other', where 'a' and the rest"
    ):
        list(read_conllu(path, "en"))
    assert next(read_conllu(path, "en", text=False)).text == "ab"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (ROWS.replace("5\tmar", "6\tmar"), r"line 7: expected word 5, got '6'"),
        (ROWS.replace("5\tmar", "5\t"), r"line 7: the word is empty"),
        (ROWS.replace("5\tmar\t", "5\tmar "), r"line 7: expected 10 tab-separated columns, got 9"),
        (ROWS.replace("3-4", "3-1"), r"line 4: the range 3-1 is empty"),
        (rows("a") + "2-3\tbc" + "\t_" * 8 + "\n2\tb" + "\t_" * 8 + "\n", r"line 3: the sentence ends before word 3"),
        (rows("a") + "# text = b\n" + rows("b"), r"line 2: a comment inside a sentence; a blank line is missing"),
        ("# text = a b\n" + rows("a"), r"line 2: after the words so far `# text` goes on with 'a b'"),
    ],
)
def test_files_that_are_wrong(tmp_path, text, message):
    with pytest.raises(CorpusError, match=message):
        list(read_conllu(file(tmp_path, text), "es"))


def test_settings_and_ids(tmp_path):
    path = file(tmp_path, rows("a"))
    with pytest.raises(CorpusError, match=r"a\.conllu, line 1: the sentence has no `# sent_id`"):
        list(read_conllu(path, "es", parallel=True))
    with pytest.raises(SettingsError, match="Unknown column 'pos' of CoNLL-U; possible are lemma, upos, xpos"):
        list(read_conllu(path, "es", tag="pos"))
    with pytest.raises(SettingsError, match="multiword is 'both'; possible are split and whole"):
        list(read_conllu(path, "es", multiword="both"))
    with pytest.raises(SettingsError, match="Unknown column 'form'"):
        write_conllu(path, [Sentence(("a",), "es")], tag="form")


@pytest.mark.parametrize(
    ("sentence", "message"),
    [
        (Sentence(("a", "c"), "en", "a b c", ((0, 1), (4, 5))), r"the word 'c' stands in the text as ' b c'"),
        (Sentence(("a",), "en", "a b", ((0, 1),)), r"no word covers the text's end, ' b'"),
        (Sentence(("A",), "en", "a", ((0, 1),)), r"the word 'A' stands in the text as 'a'"),
        (Sentence((" a",), "en", " a", ((0, 2),)), r"is blank or has blanks around it"),
        (Sentence(("a", "b"), "en", "a\nb", ((0, 1), (2, 3))), r"'a\\nb' holds a tab or a line break"),
        (Sentence(("a",), "en", parallel=" 1"), r"its parallel id ' 1' is empty or has blanks around it"),
    ],
)
def test_sentences_that_conllu_cannot_hold(tmp_path, sentence, message):
    with pytest.raises(CorpusError, match=message):
        write_conllu(tmp_path / "a.conllu", [sentence])
    assert not (tmp_path / "a.conllu").exists()


def test_uner(tmp_path):
    rows = "1 Москва B-LOC - x\n2 - I-LOC - x\n3 река I-LOC - x\n4 . O - x\n".replace(" ", "\t")
    text = f"# sent_id = n01\n# text = Москва-река.\n{rows}"
    (sentence,) = read_uner(file(tmp_path, text), "ru", parallel=True)
    assert (sentence.tags, sentence.parallel) == (("B-LOC", "I-LOC", "I-LOC", "O"), "n01")
    assert sentence.offsets == ((0, 6), (6, 7), (7, 11), (11, 12))
    write_uner(tmp_path / "b.iob2", [sentence])
    assert (tmp_path / "b.iob2").read_text("utf-8") == text.replace("\tx\n", "\t-\n") + "\n"
    broken = text.replace("I-LOC", "I-PER", 1)
    with pytest.raises(CorpusError, match=r"a\.conllu, line 4, word '-': the tag 'I-PER' breaks IOB2"):
        list(read_uner(file(tmp_path, broken), "ru"))
    repaired = Counter()
    assert next(read_uner(file(tmp_path, broken), "ru", repaired=repaired)).tags == ("B-LOC", "B-PER", "B-LOC", "O")
    assert repaired == {"I-PER -> B-PER": 1, "I-LOC -> B-LOC": 1}
    other = text.replace("# text = Москва-река.", "# text = Москва река.")
    with pytest.raises(CorpusError, match=r"line 4: .*`# text` goes on with ' река\.', where '-'"):
        list(read_uner(file(tmp_path, other), "ru"))
    assert next(read_uner(file(tmp_path, other), "ru", text=False)).text == "Москва - река ."


def test_comments_before_a_blank_line_are_of_no_sentence(tmp_path):
    row = "\t".join(["1", "No", *["_"] * 8])
    (tmp_path / "a.conllu").write_text(f"# text = Yes\n\n# text = No\n{row}\n")
    assert [one.text for one in read_conllu(tmp_path / "a.conllu", "en")] == ["No"]
