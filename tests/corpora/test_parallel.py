"""Translations are joined by line, by id and by a pivot language."""

import pytest

from embspace.corpora.parallel import (
    Dropped,
    Translation,
    complete,
    join,
    read_ids,
    read_joint,
    read_lines,
    read_pairs,
    read_table,
    read_tatoeba,
    sentences_of,
    split_at_blanks,
)
from embspace.corpora.text_files import write_lines
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
    assert found[0] == Translation("0", {"be": "адзін", "en": "one"}, "news/news")
    assert found[1].texts == {"en": "two"}
    assert found[2].texts["en"] == "three"


@pytest.mark.parametrize(
    ("names", "source"),
    [
        ({"be": "be.txt.gz", "en": "en.txt.gz"}, "news"),
        ({"be": "train.be.txt", "en": "train.en.txt"}, "news/train"),
        ({"en": "train.en.txt"}, "news/train"),
        ({"be": "t.bel-eng.bel", "en": "t.bel-eng.eng"}, "news/t.bel-eng"),
    ],
)
def test_a_source_is_told_from_others_in_its_folder(tmp_path, names, source):
    files = {language: tmp_path / "news" / name for language, name in names.items()}
    for path in files.values():
        write_lines(path, ["a"])
    assert [one.source for one in read_lines(files)] == [source]


def test_the_longer_file_is_counted_to_its_end(moses):
    moses["be"].write_text("one\n", "utf-8")
    with pytest.raises(CorpusError, match=r"news\.be 1, .*news\.en 4\."):
        list(read_lines(moses))


def test_a_part_of_the_lines(moses):
    assert [one.id for one in read_lines(moses, start=1, stop=3)] == ["1", "2"]


def test_files_of_unequal_length(moses):
    moses["en"].write_text("one\ntwo\n", "utf-8")
    with pytest.raises(CorpusError, match=r"equally many lines; these have: .*news\.be 4, .*news\.en 2\."):
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
    assert found[0].source == "a"  # whose id it has


def test_pairs_left_out_are_counted(tmp_path):
    path = tmp_path / "pairs.tsv"
    path.write_text("адзін\tone\n\ttwo\nтры\t \n\t\n", "utf-8")
    dropped = Dropped()
    assert [one.id for one in read_pairs(path, ("be", "en"), dropped=dropped)] == ["1"]
    assert (dropped.groups, dict(dropped.lacking)) == (3, {"be": 2, "en": 2})


def test_complete_groups(moses):
    dropped = Dropped()
    assert [one.id for one in complete(read_lines(moses), ["en", "be"], dropped)] == ["0", "2", "3"]
    assert (dropped.groups, dict(dropped.lacking)) == (1, {"be": 1})
    assert len(list(complete(read_lines(moses), ["en"]))) == 4


def test_joint_lines(tmp_path):
    path = tmp_path / "pairs.txt"
    path.write_bytes("\ufeffя сплю ||| I sleep\r\n ||| alone\r\nадзін|||one\r\n".encode())
    found = [dict(one.texts) for one in read_joint(path, ("be", "en"))]
    assert found == [{"be": "я сплю", "en": "I sleep"}, {"en": "alone"}, {"be": "адзін", "en": "one"}]


@pytest.mark.parametrize(("line", "number"), [("a b", 0), ("a ||| b ||| c", 2), ("", 0)])
def test_joint_lines_have_one_separator(tmp_path, line, number):
    (tmp_path / "a.txt").write_text(f"a ||| b\n{line}\n", "utf-8")
    with pytest.raises(CorpusError, match=rf"a\.txt, line 2: expected `source \|\|\| target`, got {number} `\|\|\|`"):
        list(read_joint(tmp_path / "a.txt", ("be", "en")))


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "sib" / "all.tsv"
    path.parent.mkdir()
    path.write_text("id\ttopic\tbe\ten\nx\tsports\tадзін\tone\ny\thealth\t\ttwo\n", "utf-8")
    return path


def test_named_columns(table):
    found = list(read_table(table, {"en": "en", "be": "be"}, key="id"))
    assert found == [
        Translation("x", {"en": "one", "be": "адзін"}, "sib/all"),
        Translation("y", {"en": "two"}, "sib/all"),
    ]


def test_numbered_columns(table):
    table.write_text(table.read_text("utf-8").split("\n", 1)[1], "utf-8")
    assert [(one.id, one.texts["en"]) for one in read_table(table, {"be": 2, "en": 3})] == [("1", "one"), ("2", "two")]


@pytest.mark.parametrize("column", ["pl", 4, -1])
def test_a_column_that_is_not_there(table, column):
    with pytest.raises(
        CorpusError, match=rf"all\.tsv, line 1: no column {column!r}; the line has 4: id, topic, be, en\."
    ):
        list(read_table(table, {"be": "be", "pl": column}))


def test_rows_as_wide_as_the_first(table):
    table.write_text(table.read_text("utf-8") + "z\tsports\tтры\n", "utf-8")
    with pytest.raises(CorpusError, match=r"line 4: expected 4 tab-separated columns, got 3"):
        list(read_table(table, {"be": "be"}))


def test_ids_are_given_once(table):
    table.write_text(table.read_text("utf-8") + "x\tsports\tтры\tthree\n", "utf-8")
    with pytest.raises(CorpusError, match=r"line 4: the id 'x' stands in a line before"):
        list(read_table(table, {"be": "be"}, key="id"))
    assert len(list(read_table(table, {"be": "be"}))) == 3


def test_tatoeba_pairs(tmp_path):
    path = tmp_path / "pairs.tsv"
    path.write_bytes("\ufeff1276\tLet's try.\t77\tПаспрабуем.\n1276\tLet's try.\t78\tДавай.\n".encode())
    found = list(read_tatoeba(path, ("en", "be")))
    assert [one.id for one in found] == ["1276-77", "1276-78"]
    assert found[0].texts == {"en": "Let's try.", "be": "Паспрабуем."}
    path.write_text("Let's try.\tПаспрабуем.\n", "utf-8")
    assert [one.texts for one in read_tatoeba(path, ("en", "be"))] == [found[0].texts]
    path.write_text("a\tb\tc\n", "utf-8")
    with pytest.raises(CorpusError, match=r"line 1: expected 4 tab-separated columns, got 3"):
        list(read_tatoeba(path, ("en", "be")))


def test_sentences_share_their_group(moses):
    found = list(sentences_of(read_lines(moses)))
    assert [(one.language, one.parallel) for one in found[:3]] == [
        ("be", "news/news:0"),
        ("en", "news/news:0"),
        ("en", "news/news:1"),
    ]
    assert found[0].source == "news/news"
    only = sentences_of([Translation("1", {"en": "Hi, you!", "be": "а"}, "a")], languages=["en"])
    assert [one.words for one in only] == [("Hi", ",", "you", "!")]


def test_sentences_of_tokenized_text():
    [one] = sentences_of([Translation("1", {"en": "10\u00a0km  , isn 't"}, "a")], split_at_blanks)
    assert one.words == ("10\u00a0km", ",", "isn", "'t")
    assert [one.text[start:stop] for start, stop in one.offsets] == list(one.words)


READERS = {
    "lines": lambda path: read_lines({"be": path, "en": path}),
    "ids": lambda path: read_ids({"be": path}),
    "pairs": lambda path: read_pairs(path, ("be", "en")),
    "table": lambda path: read_table(path, {"be": 0}),
    "joint": lambda path: read_joint(path, ("be", "en")),
    "tatoeba": lambda path: read_tatoeba(path, ("be", "en")),
}


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", r"a\.tsv: the file is empty"),
        (b"a\t\xff ||| \n", r"a\.tsv, line 1: not UTF-8"),
        (b"a\t\0 ||| \n", r"a\.tsv, line 1: a NUL"),
    ],
)
def test_damaged_files(tmp_path, read, data, message):
    (tmp_path / "a.tsv").write_bytes(data)
    with pytest.raises(CorpusError, match=message):
        list(read(tmp_path / "a.tsv"))
