import gzip
import json
import sys

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import embspace as es
from embspace.corpora import tables
from embspace.corpora.records import Entity, Sentence
from embspace.corpora.sources import corpus
from embspace.corpora.table_writing import write_table
from embspace.corpora.tables import read_csv, read_dataset, read_frame, read_jsonl, read_parquet
from embspace.errors import CorpusError

READERS = {".csv": read_csv, ".tsv": read_csv, ".csv.gz": read_csv, ".jsonl": read_jsonl, ".parquet": read_parquet}


def written(folder, name, text):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(("name", "cut"), [("a.csv", ","), ("a.tsv", "\t"), ("a.txt", ";")])
def test_columns_are_found_by_their_names(tmp_path, name, cut):
    rows = [["Lang", "sentence", "group"], ["be", "Я еду ў Менск.", "7"], ["en", "I go to Minsk.", "7"]]
    path = written(tmp_path, name, "\n".join(cut.join(row) for row in rows) + "\n")
    first, second = read_csv(path)
    assert first.words == ("Я", "еду", "ў", "Менск", ".") and first.text == "Я еду ў Менск."
    assert (first.language, second.language, first.parallel, second.parallel) == ("be", "en", "7", "7")
    assert first.source == name


def test_words_tags_and_entities(tmp_path):
    path = written(
        tmp_path,
        "a.csv",
        "tokens,ner_tags,entity,type,lang\nin New York today,O B-LOC I-LOC O,New York,LOC,en\n"
        '"[""a b"",""c""]","[""O"",""O""]",,,en\n',
    )
    first, second = read_csv(path)
    assert first.entity == Entity(1, 3, "LOC", "LOC:new york")
    assert first.tags == ("O", "B-LOC", "I-LOC", "O")
    assert second.words == ("a b", "c") and second.entity is None


def test_a_column_per_language_makes_parallel_sentences(tmp_path):
    path = written(tmp_path, "a.csv", 'id,en,be\n1,"Yes, please.",Так.\n2,No.,\n')
    found = list(read_csv(path))
    assert [(one.language, one.text, one.parallel) for one in found] == [
        ("en", "Yes, please.", "1"),
        ("be", "Так.", "1"),
        ("en", "No.", "2"),
    ]
    named = list(read_csv(path, columns={"en": "be", "parallel": "id"}))
    assert [(one.language, one.parallel) for one in named] == [("en", "1")]


def test_columns_by_number(tmp_path):
    path = written(tmp_path, "a.tsv", '7\tHe said "no".\n')
    [one] = read_csv(path, language="en", columns={"parallel": 0, "text": 1})
    assert (one.parallel, one.text) == ("7", 'He said "no".')


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("text,lang\na,en\nb\n", "line 3: expected 2 cells between ',' as in line 1, got 1"),
        ("text,lang\na,English\n", "line 2: 'English' is no language code; write 'en'"),
        ("text,lang\n ,en\n", "line 2: there is no text"),
        ("text,lang\na,\n", "line 2: the language is not said"),
        ("texts,lang\na,en\n", "line 2: no column holds text. There are texts, lang"),
        ("text,text\na,en\n", "line 1: two columns are named 'text'"),
        ('text,lang\n"a"b,en\n', "line 2: "),
        ('text,lang\n"a,en\n', "unexpected end of data"),
        ("words,tags,lang\na b,O,en\n", "line 2: 2 words but 1 tags"),
        ("text,words,lang\na b,a c,en\n", "line 2: the word 'c' does not stand in the text"),
        ("text,entity,lang\nNew Yorker,New York,en\n", "line 2: the entity 'New York' does not stand in the text"),
        ("words,entity_start,entity_stop,lang\na b,1,9,en\n", "line 2: entity  lies outside"),
        ("", "the file is empty"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path, text, said):
    with pytest.raises(CorpusError) as caught:
        list(read_csv(written(tmp_path, "a.csv", text)))
    assert said in str(caught.value) and "a.csv" in str(caught.value)


def test_a_column_that_is_not_there(tmp_path):
    path = written(tmp_path, "a.csv", "sentence,lang\na,en\n")
    with pytest.raises(CorpusError, match=r"no column 'sentense'\. Did you mean 'sentence'"):
        list(read_csv(path, columns={"text": "sentense"}))


def test_json_lines(tmp_path):
    lines = [{"text": "Yes.", "lang": "en"}, "No.", ["no", "more"], {"tokens": ["a"], "parallel": 3}]
    path = written(tmp_path, "a.jsonl", "\n\n".join(map(json.dumps, lines[:1])) + "\n")
    assert [one.text for one in read_jsonl(path)] == ["Yes."]
    path = written(tmp_path, "b.jsonl", "\n".join(map(json.dumps, lines[1:2])) + "\n")
    assert [one.words for one in read_jsonl(path, language="en")] == [("No", ".")]
    path = written(tmp_path, "c.jsonl", json.dumps(lines[2]))
    assert [one.words for one in read_jsonl(path, language="en")] == [("no", "more")]
    path = written(tmp_path, "d.jsonl", json.dumps(lines[3]))
    assert [one.parallel for one in read_jsonl(path, language="en")] == ["3"]
    for text, said in (("{", "line 1: this is no JSON"), ("3", "line 1: expected an object")):
        with pytest.raises(CorpusError, match=said):
            list(read_jsonl(written(tmp_path, "e.jsonl", text), language="en"))


def test_parquet_and_what_is_none(tmp_path):
    pq.write_table(
        pa.table({"text": ["Yes.", "No."], "language": ["en", "en"], "parallel": [1, None]}), tmp_path / "a.parquet"
    )
    assert [(one.text, one.parallel) for one in read_parquet(tmp_path / "a.parquet")] == [("Yes.", "1"), ("No.", None)]
    with pytest.raises(CorpusError, match="cannot be read as Parquet"):
        list(read_parquet(written(tmp_path, "b.parquet", "text\n")))


def test_a_data_frame():
    frame = pd.DataFrame({"text": ["Yes.", "No."], "group": [1.0, None], "language": ["en", None]}, index=["x", "y"])
    first, second = read_frame(frame, language="be")
    assert (first.parallel, first.language, second.parallel, second.language) == ("1", "en", None, "be")
    with pytest.raises(CorpusError, match="row 'y': there is no text"):
        list(read_frame(frame.assign(text=["a", None]), language="en"))


def test_a_dataset_of_hugging_face():
    import datasets

    features = datasets.Features(
        tokens=datasets.Sequence(datasets.Value("string")),
        ner_tags=datasets.Sequence(datasets.ClassLabel(names=["O", "B-PER"])),
    )
    one = datasets.Dataset.from_dict({"tokens": [["I", "Eve"]], "ner_tags": [[0, 1]]}, features=features)
    [sentence] = read_dataset(one, language="en")
    assert (sentence.words, sentence.tags) == (("I", "Eve"), ("O", "B-PER"))
    assert corpus(one, language="en")[0].words == ("I", "Eve")
    assert corpus(one.to_iterable_dataset(), language="en")[0].tags == ("O", "B-PER")
    two = datasets.Dataset.from_dict({"translation": [{"en": "Yes.", "be": "Так."}]})
    assert [(one.language, one.parallel) for one in read_dataset(two, source="t")] == [("en", "1"), ("be", "1")]
    with pytest.raises(CorpusError, match="take one: 'train'"):
        corpus(datasets.DatasetDict(train=two))


def test_a_dataset_by_name(monkeypatch, tmp_path):
    import datasets

    asked = []
    made = datasets.Dataset.from_dict({"text": ["Yes."]})
    monkeypatch.setattr(datasets, "load_dataset", lambda *args, **settings: asked.append((args, settings)) or made)
    found = es.corpus("hf:some/name", language="en", config="be", split="test")
    assert asked == [(("some/name", "be"), {"split": "test", "streaming": False})]
    assert (found.name, found[0].source) == ("some/name", "some/name")

    def refuse(*args, **settings):
        raise ValueError("Unknown split\nmore")

    monkeypatch.setattr(datasets, "load_dataset", refuse)
    with pytest.raises(
        CorpusError, match=r"'x' \(configuration default, split train\) could not be opened: Unknown split"
    ):
        tables.load_dataset("x")
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(CorpusError, match="pip install datasets"):
        tables.load_dataset("x")


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"), min_size=1, max_size=6)
WORD = TEXT.filter(str.strip)


@st.composite
def sentences(draw):
    words = draw(st.lists(WORD, min_size=1, max_size=4))
    text, offsets = "", []
    if draw(st.booleans()):
        for word in words:
            offsets.append((len(text), len(text) + len(word)))
            text += word + draw(st.sampled_from(["", " ", "  "]))
    start = draw(st.integers(0, len(words) - 1))
    entity = draw(st.none() | st.builds(Entity, st.just(start), st.integers(start + 1, len(words)), WORD, WORD))
    tags = draw(st.none() | st.just(tuple(words)))
    return Sentence(
        tuple(words),
        draw(st.sampled_from(["en", "sr-Cyrl"])),
        text,
        tuple(offsets),
        tags,
        entity,
        draw(st.none() | WORD),
        "s",
    )


@pytest.mark.parametrize("ending", list(READERS))
@given(many=st.lists(sentences(), min_size=1, max_size=3))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_written_is_read_again_as_it_was(tmp_path, ending, many):
    path = tmp_path / f"any{ending}"
    try:
        assert write_table(iter(many), path) == len(many)
    except CorpusError as error:
        assert ending == ".tsv" and "does not fit" in str(error)
        return
    assert list(READERS[ending](path)) == many


def test_what_cannot_be_written(tmp_path):
    one = Sentence(("a",), "en")
    for name in ("a.xlsx", "a.parquet.gz"):
        with pytest.raises(CorpusError, match="expected a name that ends in"):
            write_table([one], tmp_path / name)
    with pytest.raises(CorpusError, match="there are no sentences"):
        write_table([], tmp_path / "a.csv")
    with pytest.raises(CorpusError, match="does not fit; write"):
        write_table([Sentence(("a\tb",), "en")], tmp_path / "a.tsv")
    assert not list(tmp_path.iterdir())


def test_a_table_is_read_as_it_is_asked_for(tmp_path):
    path = tmp_path / "a.csv.gz"
    with gzip.open(path, "wt") as stream:
        stream.write("text,lang\nYes.,en\nbroken\n")
    rows = read_csv(path)
    assert next(rows).text == "Yes."
    with pytest.raises(CorpusError, match="line 3"):
        next(rows)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"text": {"a": 1}}, r"expected text in a cell, got dict: \{'a': 1\}"),
        ({"text": ["a", "b"]}, "expected text in a cell, got list"),
        ({"words": [["a"], ["b"]]}, "expected text in a cell, got list"),
        ({"words": ["a", "", "b"]}, "word 2 is empty"),
        ({"words": ["a", None, "b"]}, "word 2 is empty"),
        ({"words": ["a", "b"], "tags": ["O"]}, "2 words but 1 tags"),
        (
            {"text": "a b", "words": ["a", "b"], "starts": [0, 2], "stops": [1, 9]},
            "'b' of characters 2 to 9 lies",
        ),
        ({"text": "a b", "words": ["a", "b"], "starts": [0], "stops": [1]}, "2 words, but 1 starts and 1 stops"),
        (
            {"text": "a b", "words": ["a", "b"], "starts": [0, "x"], "stops": [1, 3]},
            "from 0 in starts, got 'x'",
        ),
        ({"text": "a b", "entity_start": "one", "entity_stop": 2}, "a number from 0 in entity_start, got 'one'"),
    ],
)
def test_cells_that_are_of_another_kind(tmp_path, row, said):
    good = json.dumps({"text": "Yes.", "language": "en"})
    path = written(tmp_path, "a.jsonl", f"{good}\n{json.dumps(row | {'language': 'en'})}\n")
    with pytest.raises(CorpusError, match=rf"a\.jsonl, line 2: .*{said}"):
        list(read_jsonl(path))


def test_columns_of_a_frame_have_names_of_their_own():
    with pytest.raises(CorpusError, match="two columns are named 'text'"):
        list(read_frame(pd.DataFrame([["Yes.", "No."]], columns=["text", "text"]), language="en"))
    with pytest.raises(CorpusError, match="row 0: expected text in a cell, got bytes"):
        list(read_frame(pd.DataFrame({"text": [b"Yes."]}), language="en"))


def test_a_quote_that_is_never_closed_is_told_where_it_begins(tmp_path):
    path = written(tmp_path, "a.csv", 'text,lang\nYes.,en\n"No,en\nA,en\nB,en\n')
    with pytest.raises(CorpusError, match=r"a\.csv, line 3: a quoted cell of the row that begins here .* in line 5"):
        list(read_csv(path))


def test_one_code_is_no_header(tmp_path):
    with pytest.raises(CorpusError, match=r"no column holds text. There are Yes\., en"):
        list(read_csv(written(tmp_path, "a.csv", "Yes.,en\nNo.,en\n")))
    assert [one.text for one in read_csv(written(tmp_path, "b.csv", "parallel,en\n1,Yes.\n"))] == ["Yes."]
