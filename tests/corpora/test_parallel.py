"""Translations are joined by line, by id and by a pivot language."""

import pytest

from embspace.corpora.parallel import Translation, join, read_ids, read_lines, read_pairs
from embspace.errors import CorpusError


@pytest.fixture
def moses(tmp_path):
    folder = tmp_path / "news"
    folder.mkdir()
    files = {code: folder / f"news.{code}" for code in ("be", "en")}
    files["be"].write_text("адзін\n\nтры\nчатыры\n", "utf-8")
    files["en"].write_text("one\ntwo\n three \nfour\n", "utf-8")
    return files


def test_aligned_lines(moses):
    found = list(read_lines(moses))
    assert [one.id for one in found] == ["0", "1", "2", "3"]
    assert found[0] == Translation("0", {"be": "адзін", "en": "one"}, "news")
    assert found[1].texts == {"en": "two"}
    assert found[2].texts["en"] == "three"


def test_a_part_of_the_lines(moses):
    assert [one.id for one in read_lines(moses, start=1, stop=3)] == ["1", "2"]


def test_files_of_unequal_length(moses):
    moses["en"].write_text("one\ntwo\n", "utf-8")
    with pytest.raises(CorpusError, match=r"news\.en ends after line 2; the files it is aligned with go on\."):
        list(read_lines(moses))


def test_unequal_length_behind_the_stop_does_not_matter(moses):
    moses["en"].write_text("one\ntwo\n", "utf-8")
    assert len(list(read_lines(moses, stop=2))) == 2


def test_missing_file_is_named(moses):
    moses["en"].unlink()
    with pytest.raises(CorpusError, match=r"news\.en: no such file"):
        list(read_lines(moses))


def test_joined_by_id(tmp_path):
    (tmp_path / "be.tsv").write_text("2\ttrain\tдва\n1\ttrain\tадзін\n3\ttest\tтры\n", "utf-8")
    (tmp_path / "en.tsv").write_text("1\ttrain\tone\n2\ttrain\t \n4\ttrain\tfour\n", "utf-8")
    files = {"be": tmp_path / "be.tsv", "en": tmp_path / "en.tsv"}
    found = {one.id: one.texts for one in read_ids(files, columns=3, text=2, keep={1: "train"})}
    assert found == {"2": {"be": "два"}, "1": {"be": "адзін", "en": "one"}, "4": {"en": "four"}}


def test_ids_need_their_columns(tmp_path):
    (tmp_path / "be.tsv").write_text("1\tадзін\n2\n", "utf-8")
    with pytest.raises(CorpusError, match=r"be\.tsv, line 2: expected 2 tab-separated columns, got 1"):
        list(read_ids({"be": tmp_path / "be.tsv"}))


def test_pairs(tmp_path):
    path = tmp_path / "pairs.tsv"
    path.write_text("адзін\tone\n\ttwo\nтры\tthree\n", "utf-8")
    found = list(read_pairs(path, ("be", "en")))
    assert [(one.id, one.texts["en"]) for one in found] == [("1", "one"), ("3", "three")]
    assert [one.id for one in read_pairs(path, ("be", "en"), limit=2)] == ["1"]


def test_joined_where_the_pivot_is_the_same():
    one = Translation("1", {"en": "hello", "be": "вітаю"}, "a")
    two = Translation("7", {"en": "hello", "tr": "merhaba", "be": "другі"}, "b")
    three = Translation("9", {"tr": "güle güle"}, "b")
    found = join([three, one, two], "en")
    assert found[0].id == "1"
    assert found[0].texts == {"en": "hello", "be": "вітаю", "tr": "merhaba"}
    assert found[1] is three
