"""Running text comes out of plain, CoNLL-U and tagged files."""

import pytest

from embspace.corpora.plain_text import read_column_text, read_conllu_text, read_plain_text
from embspace.errors import CorpusError


def test_plain_lines_without_blank_ones(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("Першы радок. \n\n  \nДругі.", "utf-8")
    assert list(read_plain_text(path)) == ["Першы радок.", "Другі."]


def test_conllu_text(tmp_path):
    path = tmp_path / "a.conllu"
    path.write_text("# sent_id = 1\n# text = Ён спіць.\n1\tЁн\tён\n2\tспіць\tспаць\n\n# text = Так.\n", "utf-8")
    assert list(read_conllu_text(path)) == ["Ён спіць.", "Так."]


@pytest.mark.parametrize("mark", ["\t", " "])
def test_first_column_of_tagged_files(tmp_path, mark):
    path = tmp_path / "a.iob2"
    path.write_text(f"# id = 1\nЁн{mark}O\nспіць{mark}O\n\n\nМінск{mark}B-LOC\n", "utf-8")
    assert list(read_column_text(path)) == ["Ён спіць", "Мінск"]


@pytest.mark.parametrize("read", [read_plain_text, read_conllu_text, read_column_text])
def test_missing_and_empty_files(tmp_path, read):
    with pytest.raises(CorpusError, match="no such file"):
        list(read(tmp_path / "no.txt"))
    (tmp_path / "a.txt").touch()
    with pytest.raises(CorpusError, match="the file is empty"):
        list(read(tmp_path / "a.txt"))
