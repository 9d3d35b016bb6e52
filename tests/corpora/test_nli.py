"""Pairs come out of MultiNLI's and XNLI's files and go into them."""

import gzip
import json
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from embspace.corpora.nli import read_nli, write_nli
from embspace.corpora.records import LABELS, Entailment
from embspace.errors import CorpusError

XNLI = (
    "language\tgold_label\tsentence1_parse\tsentence1\tsentence2\tpromptID\tpairID\tgenre\tlabel1\n"
    "be\tneutral\t(x)\tЁн спіць.\tЁн жыве.\t7\t7n\tfiction\tneutral\n"
    "be\t-\t(x)\tА.\tБ.\t8\t8n\tfiction\tneutral\n"
    "en\tentailment\t(x)\tHe sleeps.\tHe lives.\t7\t7n\tfiction\tentailment\n"
)


def put(folder, data, name="a.tsv"):
    data = data.encode() if isinstance(data, str) else data
    (folder / name).write_bytes(gzip.compress(data) if name.endswith("gz") else data)
    return folder / name


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("name", ["a.tsv", "a.txt.gz"])
def test_tables(tmp_path, name, ends):
    path = put(tmp_path, "\ufeff" + XNLI.replace("\n", ends), name)
    unlabeled = Counter()
    assert list(read_nli(path, unlabeled=unlabeled)) == [
        Entailment("Ён спіць.", "Ён жыве.", "neutral", ("be", "be"), "7n", "fiction"),
        Entailment("He sleeps.", "He lives.", "entailment", ("en", "en"), "7n", "fiction"),
    ]
    assert unlabeled == {"be": 1}


def test_languages_are_chosen(tmp_path):
    path = put(tmp_path, XNLI)
    assert [one.languages[0] for one in read_nli(path, languages=["en"])] == ["en"]
    with pytest.raises(CorpusError, match=r"a\.tsv has no pairs in pl; its languages are be, en\."):
        list(read_nli(path, languages=["en", "pl"]))


def test_mixed_languages(tmp_path):
    text = "language\tlanguage2\tgold_label\tsentence1\tsentence2\nbe\ten\tneutral\tа\tb\nbe\t\tneutral\tа\tб\n"
    path = put(tmp_path, text)
    assert [one.languages for one in read_nli(path)] == [("be", "en"), ("be", "be")]
    assert [one.languages for one in read_nli(path, languages=["be"])] == [("be", "be")]


@pytest.mark.parametrize(
    "text",
    [
        "premise\thypo\tlabel\na\tb\tcontradictory\n",  # XNLI-MT
        "pair_ID\tsentence_A\tsentence_B\trelatedness\tentailment_judgment\n2\ta\tb\t3.6\tCONTRADICTION\n",  # SICK
        "gold_label\tsentence1\tsentence2\tpairID\ncontradiction\ta\tb\t2\n",  # MultiNLI
        "premise\thypothesis\tlabel\na\tb\t2\n",
    ],
)
def test_names_and_labels_of_others(tmp_path, text):
    path = put(tmp_path, text)
    assert list(read_nli(path, language="en")) == [Entailment("a", "b", "contradiction", ("en", "en"), "2")]
    with pytest.raises(
        CorpusError, match=r"a\.tsv, line 2: no column says the language; say it, such as language='en'"
    ):
        list(read_nli(path))


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_json_lines(tmp_path, name):
    rows = [
        {"gold_label": "neutral", "sentence1": "a\tb", "sentence2": "c\nd", "pairID": "7n", "genre": "fiction"},
        {"gold_label": "-", "sentence1": "a", "sentence2": "b", "pairID": "8n"},
        {"premise": "e", "hypothesis": "f", "label": 0},
        {"premise": "e", "hypothesis": "f", "label": -1, "language": "be"},
    ]
    path = put(tmp_path, "".join(json.dumps(row) + "\n" for row in rows), name)
    unlabeled = Counter()
    assert list(read_nli(path, language="en", unlabeled=unlabeled)) == [
        Entailment("a\tb", "c\nd", "neutral", ("en", "en"), "7n", "fiction"),
        Entailment("e", "f", "entailment", ("en", "en"), "3"),
    ]
    assert unlabeled == {"en": 1, "be": 1}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"a\.tsv: the file is empty"),
        (b"\xff", r"line 1: not UTF-8"),
        (XNLI.encode() + b"be\0", r"line 5: a NUL"),
        (
            "sentence1\tlabel\n",
            r"line 1: no column for the hypothesis; expected sentence2 or .*, got sentence1, label\.",
        ),
        (XNLI + "be\tneutral\n", r"line 5: expected 9 tab-separated columns, got 2"),
        (
            XNLI.replace("entailment", "yes"),
            r"line 4: label 'yes'; possible are entailment, neutral, contradiction, or -",
        ),
    ],
)
def test_tables_that_are_none(tmp_path, text, message):
    with pytest.raises(CorpusError, match=message):
        list(read_nli(put(tmp_path, text)))


def test_blank_lines_and_values_that_are_null_are_none(tmp_path):
    row = '{"sentence1": "a", "sentence2": "b", "label": 1, "genre": null, "pairID": null}'
    path = put(tmp_path, f"\n{row}\n \n", "a.jsonl")
    assert list(read_nli(path, language="en")) == [Entailment("a", "b", "neutral", ("en", "en"), "2")]
    path = put(tmp_path, "premise\thypothesis\tlabel\n\na\tb\t1\n\n")
    assert list(read_nli(path, language="en")) == [Entailment("a", "b", "neutral", ("en", "en"), "3")]


def test_a_language_that_is_no_code_is_told(tmp_path):
    path = put(tmp_path, XNLI.replace("be\t", "Belarusian\t"))
    with pytest.raises(CorpusError, match=r"a\.tsv, line \d: 'Belarusian' is no language code; write 'be'"):
        list(read_nli(path))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", r"a\.jsonl, line 2: no JSON at column 2: "),
        ("[1]", r"line 2: expected an object per line"),
        ('{"sentence1": "a", "label": "neutral"}', r"line 2: no column for the hypothesis; .*got sentence1, label\."),
        ('{"sentence1": 1, "sentence2": "a", "label": "neutral"}', r"line 2: premise is 1; expected text"),
        ('{"sentence1": "a", "sentence2": "a", "label": true}', r"line 2: label is True; expected text"),
        ('{"sentence1": "a", "sentence2": "a", "label": 3}', r"line 2: label '3'; possible are"),
    ],
)
def test_json_that_is_none(tmp_path, line, message):
    good = '{"sentence1": "a", "sentence2": "b", "label": 1}'
    with pytest.raises(CorpusError, match=message):
        list(read_nli(put(tmp_path, f"{good}\n{line}\n", "a.jsonl"), language="en"))


ANY = some.text(some.characters(exclude_categories=["Cs"]))
CELL = some.text(some.characters(exclude_characters="\t\r\n\0", exclude_categories=["Cs"]))
ID = some.text("abc1", min_size=1)


def pairs(texts):
    codes = some.sampled_from(["be", "en", "sr-Cyrl"])
    one = some.builds(
        Entailment, texts, texts, some.sampled_from(LABELS), some.tuples(codes, codes), ID, some.just("g")
    )
    return some.lists(one, min_size=1, max_size=5)


@given(some.one_of(some.tuples(pairs(CELL), some.just("a.tsv.gz")), some.tuples(pairs(ANY), some.just("a.jsonl"))))
def test_round_trip(case):
    made, name = case
    with tempfile.TemporaryDirectory() as folder:
        assert write_nli(iter(made), Path(folder) / name) == len(made)
        assert list(read_nli(Path(folder) / name)) == made


def test_a_table_has_no_room_for_tabs(tmp_path):
    with pytest.raises(CorpusError, match=r"Pair 7: a tab or line break in 'a\\tb'; write it as \.jsonl\."):
        write_nli([Entailment("a\tb", "c", "neutral", ("en", "en"), "7")], tmp_path / "a.tsv")
    assert not list(tmp_path.iterdir())
