"""Lines are read as they are, and damage is named by file and line."""

import bz2
import gzip
import lzma
import re

import pytest

from embspace.corpora.text_files import numbered_lines, rows, write_lines
from embspace.errors import CorpusError


def test_lines_are_numbered_and_keep_their_blanks(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes("\ufeffadzin \r\n\n три".encode())
    assert list(numbered_lines(path)) == [(1, "adzin "), (2, ""), (3, " три")]
    assert list(numbered_lines(str(path))) == list(numbered_lines(path))


def test_gzipped_files_are_unpacked(tmp_path):
    path = tmp_path / "a.txt.gz"
    path.write_bytes(gzip.compress("ён\nяна\n".encode()))
    assert [line for _, line in numbered_lines(path)] == ["ён", "яна"]


def test_missing_file(tmp_path):
    with pytest.raises(CorpusError, match=re.escape(f"{tmp_path / 'no.txt'}: no such file.")):
        list(numbered_lines(tmp_path / "no.txt"))


def test_empty_file(tmp_path):
    (tmp_path / "a.txt").touch()
    with pytest.raises(CorpusError, match=r"a\.txt: the file is empty\."):
        list(numbered_lines(tmp_path / "a.txt"))


def test_not_utf8_names_the_line(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes("добра\n".encode() + "кепска".encode("cp1251") + b"\n")
    with pytest.raises(
        CorpusError, match=r"a\.txt, line 2: not UTF-8 \(byte 0xea at position 0\)\. Save the file as UTF-8"
    ):
        list(numbered_lines(path))


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-12], lambda data: b"no gzip", lambda data: data[:12] + b"\xff" * 20]
)
def test_damaged_gzip(tmp_path, damage):
    path = tmp_path / "a.gz"
    path.write_bytes(damage(gzip.compress(bytes(range(97, 123)) * 40)))
    with pytest.raises(CorpusError, match=r"a\.gz: cannot be read after line 0"):
        list(numbered_lines(path))


def test_a_folder_is_not_a_file(tmp_path):
    with pytest.raises(CorpusError, match="cannot be read after line 0"):
        list(numbered_lines(tmp_path))


def test_rows_have_their_columns(tmp_path):
    path = tmp_path / "a.tsv"
    path.write_text("a\tb\nc\t\n", "utf-8")
    assert list(rows(path, 2)) == [(1, ["a", "b"]), (2, ["c", ""])]


def test_wrong_number_of_columns_names_file_and_line(tmp_path):
    path = tmp_path / "a.tsv"
    path.write_text("a\tb\nc\n", "utf-8")
    with pytest.raises(CorpusError, match=r"a\.tsv, line 2: expected 2 tab-separated columns, got 1: 'c'\."):
        list(rows(path, 2))


def test_a_blank_line_among_columns_is_told(tmp_path):
    path = tmp_path / "a.tsv"
    path.write_text("a\tb\n\n", "utf-8")
    with pytest.raises(CorpusError, match=r"a\.tsv, line 2: expected 2 tab-separated columns, got a blank line"):
        list(rows(path, 2))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (gzip.compress(b"Yes.\n", mtime=0), r"line 1: the file is packed by gzip; give it a name that ends in \.gz"),
        (b"PK\x03\x04\x00", "line 1: the file is a zip archive; unpack it first"),
        (bz2.compress(b"Yes.\n"), "line 1: the file is packed by bzip2"),
        (lzma.compress(b"Yes.\n"), "line 1: the file is packed by xz"),
        (b"Yes.\rNo.\rOh.\r", "line 1: lines end with carriage returns alone"),
        (b"Yes.\rNo.", "line 1: lines end with carriage returns alone"),
    ],
)
def test_what_is_no_lines_of_text_is_told(tmp_path, data, said):
    path = tmp_path / "a.txt"
    path.write_bytes(data)
    with pytest.raises(CorpusError, match=said):
        list(numbered_lines(path))


def test_carriage_returns_within_lines_stay(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"Ye\rs.\r\nNo.\r")
    assert [line for _, line in numbered_lines(path)] == ["Ye\rs.", "No."]


def test_a_path_through_a_file_is_no_file(tmp_path):
    (tmp_path / "a.txt").write_text("Yes.\n")
    with pytest.raises(CorpusError, match="no such file"):
        list(numbered_lines(tmp_path / "a.txt" / "b.txt"))
    with pytest.raises(CorpusError, match=r"cannot be read after line 0: .*too long"):
        list(numbered_lines(tmp_path / ("a" * 300)))


def test_a_byte_order_mark_of_the_text_itself_is_written_so_that_it_is_read(tmp_path):
    for name in ("a.txt", "a.txt.gz"):
        assert write_lines(tmp_path / name, ["\ufeffa", "\ufeffb"]) == 2
        assert [line for _, line in numbered_lines(tmp_path / name)] == ["\ufeffa", "\ufeffb"]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-32-be"])
def test_nul_bytes_are_named(tmp_path, encoding):
    path = tmp_path / "a.txt"
    path.write_bytes(b"a\n" + "one\ntwo".encode(encoding))
    with pytest.raises(CorpusError, match=r"a\.txt, line 2: a NUL byte, .* Save the file as UTF-8"):
        list(numbered_lines(path))


@pytest.mark.parametrize("name", ["a.txt", "a.txt.gz"])
def test_written_lines_are_read_again(tmp_path, name):
    lines = ["адзін", "", " two\t", "three\u2028four\x1c"]
    assert write_lines(tmp_path / name, iter(lines)) == 4
    assert [line for _, line in numbered_lines(tmp_path / name)] == lines
    before = (tmp_path / name).read_bytes()
    write_lines(tmp_path / name, lines)
    assert (tmp_path / name).read_bytes() == before


@pytest.mark.parametrize("line", ["a\nb", "a\r", "a\0b"])
def test_lines_that_could_not_be_read_again(tmp_path, line):
    with pytest.raises(CorpusError, match=r"a\.txt, line 2: a line break or NUL in "):
        write_lines(tmp_path / "a.txt", ["good", line])
    assert not list(tmp_path.iterdir())
