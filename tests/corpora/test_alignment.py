"""Links come out of Pharaoh files and go into them; what is wrong is named by file and line."""

import gzip
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from embspace.corpora.alignment import COLUMNS, aligned_pairs, links_of, read_pharaoh, sentence_pairs, write_pharaoh
from embspace.corpora.records import AlignedPair, Corpus, Sentence
from embspace.errors import CorpusError


def pair(a=3, b=2, parallel="x"):
    return tuple(
        Sentence(tuple("abcdefgh"[:size]), language, parallel=parallel) for language, size in (("en", a), ("be", b))
    )


def written(folder, text, name="a.pharaoh"):
    (folder / name).write_bytes(gzip.compress(text.encode()) if name.endswith("gz") else text.encode())
    return folder / name


@pytest.mark.parametrize("name", ["a.pharaoh", "a.pharaoh.gz"])
def test_links_are_read(tmp_path, name):
    path = written(tmp_path, "\ufeff0-0 2-1\r\n\r\n1-1 0-1 \r\n", name)
    assert [one.links for one in read_pharaoh(path, [pair()] * 3)] == [((0, 0), (2, 1)), (), ((0, 1), (1, 1))]


def test_possible_links_are_asked_for(tmp_path):
    path = written(tmp_path, "1-1 2?1 3p2\n")
    assert [one.links for one in read_pharaoh(path, [pair()], first=1)] == [((0, 0),)]
    [found] = read_pharaoh(path, [pair()], first=1, possible=True)
    assert found.links == ((0, 0), (1, 0), (2, 1))


@pytest.mark.parametrize(("link", "first"), [("3-0", 0), ("0-2", 0), ("0-1", 1), ("4-1", 1), ("0?2", 0)])
def test_links_beyond_the_sentences(tmp_path, link, first):
    path = written(tmp_path, f"1-1\n2-2 {link}\n" if first else f"0-0\n1-1 {link}\n")
    message = (
        rf"a\.pharaoh, line 2: the link {link.replace('?', chr(92) + '?')} goes beyond its sentences of 3 and 2 words, "
        rf"numbered from {first}\."
    )
    with pytest.raises(CorpusError, match=message):
        list(read_pharaoh(path, [pair()] * 2, first=first))


@pytest.mark.parametrize("cell", ["0", "0-", "a-b", "0-1-2", "-1-0", "0:0"])
def test_what_is_no_link(tmp_path, cell):
    with pytest.raises(CorpusError, match=rf"a\.pharaoh, line 1: '{cell}' is no link; expected two numbers, as in"):
        list(read_pharaoh(written(tmp_path, f"0-0 {cell}\n"), [pair()]))


@pytest.mark.parametrize(("pairs", "message"), [(3, "the file ends after line 2"), (1, "the pairs end before line 2")])
def test_a_line_per_pair(tmp_path, pairs, message):
    path = written(tmp_path, "0-0\n1-1\n")
    with pytest.raises(CorpusError, match=rf"a line per pair of sentences is needed, but {message}\."):
        list(read_pharaoh(path, [pair()] * pairs))


@pytest.mark.parametrize(("data", "message"), [(b"", "the file is empty"), (b"\xff", "not UTF-8"), (b"\0", "a NUL")])
def test_damaged_files(tmp_path, data, message):
    (tmp_path / "a").write_bytes(data)
    with pytest.raises(CorpusError, match=message):
        list(read_pharaoh(tmp_path / "a", [pair()]))


LINKS = some.lists(some.tuples(some.integers(0, 2), some.integers(0, 1)))


@given(some.lists(LINKS, min_size=1, max_size=6), some.sampled_from(["a", "a.gz"]))
def test_round_trip(links, name):
    pairs = [AlignedPair(*pair(parallel=str(number)), tuple(one)) for number, one in enumerate(links)]
    with tempfile.TemporaryDirectory() as folder:
        assert write_pharaoh(pairs, Path(folder) / name) == len(pairs)
        assert list(read_pharaoh(Path(folder) / name, [(one.source, one.target) for one in pairs])) == pairs
    frame = links_of(pairs)
    assert tuple(frame.columns) == COLUMNS
    corpus = [sentence for one in pairs for sentence in (one.source, one.target)]
    assert list(aligned_pairs(corpus, frame)) == [one for one in pairs if one.links]


def test_frame_of_links():
    frame = links_of([AlignedPair(*pair(), ((0, 1), (2, 0))), AlignedPair(*pair(parallel="y"), ((1, 1),))])
    assert frame.to_dict("list") == {
        "parallel": ["x", "x", "y"],
        "language_a": ["en"] * 3,
        "word_a": [0, 2, 1],
        "language_b": ["be"] * 3,
        "word_b": [1, 0, 1],
    }
    assert [str(kind) for kind in frame.dtypes] == ["str", "str", "int64", "str", "int64"]
    assert links_of([]).dtypes.equals(frame.dtypes)


def test_links_need_one_group():
    (a, _), (_, b) = pair(), pair(parallel="y")
    with pytest.raises(CorpusError, match=r"Aligned sentences need one `parallel`; 'a b c' has 'x'"):
        links_of([AlignedPair(a, b, ((0, 0),))])


def test_pairs_of_a_corpus():
    (a, b), (c, d) = pair(), pair(parallel="y")
    alone = Sentence(("z",), "en")
    corpus = Corpus("c", [alone, d, a, c, b, Sentence(("z",), "pl", parallel="x")])
    assert sentence_pairs(corpus, "en", "be") == [(a, b), (c, d)]
    with pytest.raises(CorpusError, match=r"Two sentences in en have the same `parallel` 'x'"):
        sentence_pairs([a, b, a], "en", "be")
