import gzip

import pandas as pd
import pytest

import embspace as es
from embspace.corpora.dictionaries import COLUMNS, languages_of_dictionary, read_dictionary, write_dictionary
from embspace.errors import CorpusError

PAIRS = [("en", "the", "es", "el"), ("en", "the", "es", "las"), ("en", "cat", "es", "gato")]


def written(folder, name, text):
    path = folder / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


def rows(frame):
    assert tuple(frame.columns) == COLUMNS
    return [tuple(row) for row in frame.itertuples(index=False)]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("en-es.0-5000.txt", "the el\nthe las\ncat gato\n"),
        ("en-es.txt.gz", "the\tel\nthe\tlas\n\ncat\tgato"),
        ("en_es.tsv", "\ufeffthe  el \r\nthe\tlas\r\ncat gato\r\n\r\n"),
        ("words.tsv", "language_a\tword_a\tlanguage_b\tword_b\nen\tthe\tes\tel\nen\tthe\tes\tlas\nen\tcat\tes\tgato\n"),
        (
            "words.csv.gz",
            'word_a,word_b,note,Language_A,language_b\nthe,el,"a, b",en,es\nthe,las,,en,es\ncat,gato,,en,es',
        ),
    ],
)
def test_pairs_of_words_are_read(tmp_path, name, text):
    assert rows(es.read_dictionary(written(tmp_path, name, text))) == PAIRS
    assert rows(es.read_dictionary(str(tmp_path / name), languages=("en", "es"))) == PAIRS


def test_several_files_and_said_languages(tmp_path):
    one = written(tmp_path, "en-es.txt", "the el\n")
    other = written(tmp_path, "en-be.tsv", "to write\tпісаць\n")
    assert rows(read_dictionary([one, str(other)])) == [
        ("en", "the", "es", "el"),
        ("en", "to write", "be", "пісаць"),
    ]
    assert rows(read_dictionary(one, languages=("sr-Latn", "sr-Cyrl")))[0] == ("sr-Latn", "the", "sr-Cyrl", "el")


@pytest.mark.parametrize(
    ("name", "text", "languages", "said"),
    [
        ("words.txt", "the el\n", None, r"words\.txt: the name does not begin with two languages; name it like en-es"),
        ("en-en.txt", "the the\n", None, "does not begin with two languages"),
        ("a.txt", "the el\n", ("en", "en"), "two different languages; got en, en"),
        ("a.txt", "the el\n", ("en", "Spanish"), "write 'es'"),
        ("en-es.txt", "the el\nto write escribir\n", None, r"en-es\.txt, line 2: expected two words .* 'to write esc"),
        ("en-es.txt", "the el\n\nalone\n", None, r"en-es\.txt, line 3: expected two words"),
        ("en-es.txt", "the\t\n", None, "line 1: expected two words"),
        ("en-es.txt", "the\tel\tla\n", None, "line 1: expected two words"),
        ("en-es.txt", "", None, "the file is empty"),
        ("a.csv", "language_a,word_a,language_b\nen,the,es\n", None, r"a\.csv, line 1: no column 'word_b'"),
        ("a.csv", ",".join(COLUMNS) + "\nen,the,es,\n", None, r"a\.csv, line 2: a word is missing"),
        ("a.csv", ",".join(COLUMNS) + "\nen,the,en,the\n", None, r"a\.csv, line 2: .*two different languages"),
        ("a.csv", ",".join(COLUMNS) + "\nen,the,English!,a\n", None, r"line 2: 'English!' is no language code"),
        ("a.csv", ",".join(COLUMNS) + "\nen,the,es,el\n", ("en", "be"), r"line 2: a pair of en and es, but languages"),
        ("a.csv", ",".join(COLUMNS) + "\nen,the,es\n", None, r"line 2: expected 4 cells"),
    ],
)
def test_what_is_no_dictionary_says_where(tmp_path, name, text, languages, said):
    with pytest.raises(CorpusError, match=said):
        read_dictionary(written(tmp_path, name, text), languages)


def test_no_file_is_told(tmp_path):
    with pytest.raises(CorpusError, match="No dictionary was named"):
        read_dictionary([])
    with pytest.raises(CorpusError, match="no such file"):
        read_dictionary(tmp_path / "en-es.txt")


@pytest.mark.parametrize("name", ["en-es.txt", "en-es.txt.gz", "a.tsv", "a.tsv.gz"])
def test_what_is_written_is_read_again(tmp_path, name):
    pairs = pd.DataFrame([*PAIRS, ("en", "to write", "es", "escribir"), ("en", '"', "es", "«")], columns=list(COLUMNS))
    assert write_dictionary(pairs.assign(more=1), tmp_path / name) == 5
    assert rows(read_dictionary(tmp_path / name)) == rows(pairs)


def test_what_cannot_be_written_says_why(tmp_path):
    pairs = pd.DataFrame([*PAIRS, ("en", "cat", "be", "кот")], columns=list(COLUMNS))
    for frame, name, said in [
        (pairs, "a.txt", "cannot tell en-be, en-es apart"),
        (pairs, "a.doc", "expected a name that ends in .txt"),
        (pairs.drop(columns="word_b"), "a.tsv", "no column 'word_b'"),
        (pairs.replace("cat", "a\tb"), "a.tsv", r"pair 3: 'a\\tb' is no word"),
        (pairs.replace("cat", "a\nb"), "a.tsv", "line break"),
        (pairs.replace("cat", " "), "a.tsv", "pair 3: ' ' is no word"),
    ]:
        with pytest.raises(CorpusError, match=said):
            write_dictionary(frame, tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_languages_of_a_dictionary():
    assert languages_of_dictionary("en-es.0-5000.txt.gz") == ("en", "es")
    assert languages_of_dictionary("ko_en.txt") == ("ko", "en")
    assert languages_of_dictionary("new-old.txt") is None and languages_of_dictionary("es.txt") is None
