"""What all formats of tagged sentences have in common: round trips, damage, lines, memory."""

import gzip
import tracemalloc
from collections import deque
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sequence_labels import FORMATS, tagged, without_source

from embspace.corpora.records import Sentence
from embspace.errors import CorpusError

EACH = pytest.mark.parametrize("name", FORMATS)
TWO = [
    Sentence(("Ён", "жыве", "ў", "Новым", "Свеце"), "be", tags=("O", "O", "O", "B-LOC", "I-LOC")),
    Sentence(("#", "Так", "."), "be", tags=("O", "B-PER", "O")),
]


@EACH
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_what_is_written_is_read_as_it_was(name, data, tmp_path_factory):
    read, write, names = FORMATS[name]
    sentences = data.draw(st.lists(tagged(names), min_size=1, max_size=3))
    path = tmp_path_factory.mktemp("a") / "a.txt"
    assert write(path, sentences) == len(sentences)
    assert without_source(read(path, "be")) == sentences
    again = path.with_name("b.txt")
    write(again, read(path, "be"))
    assert again.read_text("utf-8").replace("(b)", "(a)").replace("\nb ", "\na ") == path.read_text("utf-8")


@EACH
@pytest.mark.parametrize("change", ["gzip", "crlf", "bom", "no last line end", "more blank lines"])
def test_the_same_file_in_other_shapes(name, change, tmp_path):
    read, write, _ = FORMATS[name]
    path = tmp_path / "a.txt"
    write(path, TWO)
    data = path.read_bytes()
    changed = {
        "gzip": gzip.compress(data),
        "crlf": data.replace(b"\n", b"\r\n"),
        "bom": b"\xef\xbb\xbf" + data,
        "no last line end": data.rstrip(b"\n"),
        "more blank lines": b"\n" + data.replace(b"\n\n", b"\n \n\n") + b"\n\n",
    }
    other = tmp_path / ("b.txt.gz" if change == "gzip" else "b.txt")
    other.write_bytes(changed[change])
    assert without_source(read(other, "be")) == TWO


@EACH
def test_gzip_is_written_alike_each_time(name, tmp_path):
    read, write, _ = FORMATS[name]
    write(tmp_path / "a.gz", TWO)
    first = (tmp_path / "a.gz").read_bytes()
    write(tmp_path / "a.gz", iter(TWO))
    assert (tmp_path / "a.gz").read_bytes() == first
    assert without_source(read(tmp_path / "a.gz", "be")) == TWO


@EACH
@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda data: data.replace("Так".encode(), "Так".encode("cp1251")), r"a\.txt, line \d+: not UTF-8"),
        (lambda data: data.replace("Так".encode(), b"T\0k"), r"a\.txt, line \d+: a NUL"),
        (lambda data: b"", r"a\.txt: the file is empty"),
        (
            lambda data: data.replace(b"\n", b"\nfoo bar\n", 3),
            r"a\.txt, line \d+.*(column|no tag|order|expected)",
        ),
    ],
)
def test_damage_is_named_with_its_line(name, damage, message, tmp_path):
    read, write, _ = FORMATS[name]
    path = tmp_path / "a.txt"
    write(path, TWO)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(CorpusError, match=message):
        list(read(path, "be"))
    with pytest.raises(CorpusError, match="no such file"):
        list(read(tmp_path / "no.txt", "be"))


@EACH
def test_the_source_is_the_line_of_the_first_word(name, tmp_path):
    read, write, _ = FORMATS[name]
    path = tmp_path / "a.txt"
    write(path, TWO)
    lines = path.read_text("utf-8").splitlines()
    for sentence in read(path, "be"):
        file, line = sentence.source.split(", line ")
        assert file == "a.txt"
        assert sentence.words[0] in lines[int(line) - 1]


@EACH
@pytest.mark.parametrize(
    ("sentences", "message"),
    [
        ([], "was not written: there are no sentences"),
        ([Sentence((), "be", tags=())], r"sentence 0 .* has no words; leave it out"),
        ([Sentence(("a\tb",), "be", tags=("O",))], r"sentence 0 \('a\\tb'\)"),
        ([Sentence(("",), "be", text=" ", offsets=((0, 0),), tags=("O",))], "sentence 0"),
    ],
)
def test_what_could_not_be_read_again_is_not_written(name, sentences, message, tmp_path):
    with pytest.raises(CorpusError, match=message):
        FORMATS[name].write(tmp_path / "a.txt", sentences)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "wikiann"])
def test_a_file_holds_one_language(name, tmp_path):
    with pytest.raises(CorpusError, match=r"sentence 1 .* is in 'en', those before in 'be'; write a file each"):
        FORMATS[name].write(tmp_path / "a.txt", [*TWO[:1], Sentence(("a",), "en", tags=("O",))])


@EACH
def test_a_sentence_is_read_without_the_rest(name, tmp_path):
    read, write, _ = FORMATS[name]
    path = tmp_path / "a.txt"
    write(path, TWO)
    path.write_bytes(path.read_bytes() + b"\n" * 20_000 + b"\xff")
    assert without_source(islice(read(path, "be"), 1)) == TWO[:1]


@EACH
def test_a_long_file_is_never_in_memory_whole(name, tmp_path):
    read, write, _ = FORMATS[name]
    path = tmp_path / "a.txt"
    write(path, (sentence for _ in range(1500) for sentence in TWO))
    tracemalloc.start()
    try:
        deque(read(path, "be"), 0)
        assert tracemalloc.get_traced_memory()[1] < 600_000  # all sentences together take 2.7 MB and more
    finally:
        tracemalloc.stop()
