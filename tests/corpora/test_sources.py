"""The one door: anything becomes a corpus, or says why not."""

import os
from pathlib import Path

import pandas as pd
import pytest

import embspace as es
from embspace.corpora.catalog import add_corpus
from embspace.corpora.records import Corpus, Sentence
from embspace.corpora.sources import counted, open_source
from embspace.errors import CorpusError
from embspace.progress import Silent


def written(folder, name, text):
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_one_door(workspace, tmp_path):
    assert [one.words for one in es.corpus(["Yes, please."], language="en")] == [("Yes", ",", "please", ".")]
    assert [one.words for one in es.corpus([["New York"]], language="en")] == [("New York",)]
    assert [one.language for one in es.corpus([{"text": "Yes.", "language": "en"}])] == ["en"]
    pairs = es.corpus({"en": ["Yes.", "No."], "be": ["Так.", "Не."]}, parallel=True)
    assert [(one.language, one.parallel) for one in pairs] == [("en", "0"), ("en", "1"), ("be", "0"), ("be", "1")]
    assert es.corpus(pairs) is pairs
    assert es.corpus({"en": ["Yes."]})[0].parallel is None
    add_corpus(pairs, name="mine")
    assert es.corpus("mine", language="be", limit=1)[0].text == "Так."
    path = written(tmp_path, "news.en.txt", "Yes.\n\nNo.\n")
    for source in (path, str(path), [path]):
        found = es.corpus(source)
        assert (found.name, found.languages, len(found)) == ("news", ("en",), 2)
    assert len(es.corpus(path, limit=1)) == 1
    assert es.corpus(iter(["a"]), language="en", name="given").name == "given"
    assert isinstance(es.corpus(pd.DataFrame({"text": ["a"]}), language="en"), Corpus)


@pytest.mark.parametrize(
    ("source", "settings", "said"),
    [
        (["Yes."], {}, "Item 0: the language is not said"),
        ([], {"language": "en"}, "there are no sentences"),
        (["a", " "], {"language": "en"}, "Item 1: the text is empty"),
        ([1], {"language": "en"}, "Item 0: expected a text or a list of words, got 1"),
        (3, {}, "A int is no corpus"),
        (b"abc", {}, "A bytes is no corpus"),
        (["a"], {"language": "en", "scheme": "iob1"}, "scheme is no setting for list"),
        ({"en": ["a"], "be": []}, {"parallel": True}, "equally many texts; these have: en 1, be 0"),
        ("nowhere.txt", {}, "nowhere.txt: no such file, and no corpus of that name"),
    ],
)
def test_what_is_no_corpus(source, settings, said, workspace):
    with pytest.raises(CorpusError, match=said):
        es.corpus(source, **settings)


@pytest.mark.parametrize(
    ("files", "settings", "name"),
    [
        ({"news.en.txt": "a"}, {}, "news"),
        ({"talk.en": "a", "talk.be": "b"}, {}, "talk-en-be"),
        ({"talk_en.txt": "a", "talk_be.txt": "b"}, {}, "talk-en-be"),
        ({"en.tsv": "1\ta b", "be.tsv": "1\tb c"}, {}, "en-be"),
        ({f"talk.{code}": "a" for code in ("en", "be", "ru", "uk", "pl")}, {}, "talk-5-languages"),
        ({"news.en.txt": "a", "talk.en.txt": "b", "more.en.txt": "c"}, {}, "news-and-2-more"),
        ({"a.txt": "a", "b.txt": "b"}, {"language": ["en", "be"], "format": "moses"}, "a-and-1-more"),
        ({"a.eng": "a", "a.bel": "b"}, {"language": ["en", "be"], "format": "moses"}, "a-en-be"),
    ],
)
def test_several_files_are_named_by_what_they_are(tmp_path, files, settings, name):
    paths = [written(tmp_path, file, f"{text}\n") for file, text in files.items()]
    found = es.corpus(paths, **settings)
    assert found.name == name
    assert es.corpus(paths, name="given", **settings).fingerprint == found.fingerprint


@pytest.mark.parametrize(
    ("files", "count"),
    [
        (("talk.en", "talk.be"), 1),
        (("joint.en-be",), 1),
        (("pairs.en-be.tsv",), 1),
        (("wide.tsv",), 1),
        (("joint.en-be", "more.en-be"), 2),
        (("wide.tsv", "wider.tsv"), 2),
    ],
)
def test_files_that_are_moved_are_the_same_corpus(tmp_path, files, count):
    text = {"talk.en": "Yes.\n", "talk.be": "Так.\n", "pairs.en-be.tsv": "Oh yes.\tО так.\n"}
    kinds = {"joint": "Yes. ||| Так.\n", "more": "No. ||| Не.\n"}
    kinds |= {"wide": "en\tbe\nYes.\tТак.\n", "wider": "en\tbe\nNo.\tНе.\n"}
    made = []
    for folder in ("a", "b"):
        paths = [written(tmp_path / folder, name, text.get(name) or kinds[name.split(".")[0]]) for name in files]
        made.append(es.corpus(paths))
    assert made[0].fingerprint == made[1].fingerprint
    groups = {}
    for one in made[0]:
        groups.setdefault(one.parallel, []).append(one.language)
    assert sorted(map(sorted, groups.values())) == [["be", "en"]] * count


def test_paths_as_text_are_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("talk.en", "talk.be", "one file.en"):
        written(tmp_path, name, "Yes.\n")
    assert len(es.corpus(["talk.en", "talk.be"])) == 2
    assert es.corpus(("talk.en", "one file.en"))[0].text == "Yes."
    with pytest.raises(CorpusError, match=r"talk\.ru: no such file"):
        es.corpus(["talk.en", "talk.ru"])
    assert es.corpus(["Yes.", "talk.en"[:4]], language="en")[0].text == "Yes."


def test_a_text_instead_of_texts_is_told(tmp_path, workspace):
    for source in ({"en": "Yes."}, {"en": tmp_path / "talk.en"}, {"en": 3}):
        with pytest.raises(CorpusError, match="'en': expected a list of texts in this language, got"):
            es.corpus(source)
    with pytest.raises(CorpusError, match="scheme is no setting for texts of languages"):
        es.corpus({"en": ["Yes."]}, scheme="iob1")
    with pytest.raises(CorpusError, match="There is no corpus 'a very long text"):
        es.corpus("a very long text " * 400)
    written(tmp_path, "talk.en", "Yes.\n")
    with pytest.raises(CorpusError, match=r"Item 0: .*talk\.en is a path; files are given as a list"):
        es.corpus(tmp_path.glob("*.en"), language="en")


def test_a_limit_is_one_or_more(tmp_path):
    for limit in (0, -1):
        with pytest.raises(CorpusError, match=f"{limit} sentences were asked for; expected 1 or more"):
            es.corpus(written(tmp_path, "talk.en", "Yes.\n"), limit=limit)


def test_a_name_with_a_dot_is_a_name(workspace, tmp_path):
    add_corpus(es.corpus(["Yes."], language="en"), name="news.txt")
    assert es.corpus("news.txt")[0].text == "Yes."


def test_words_of_tokenized_text_are_what_blanks_part(tmp_path):
    paths = [written(tmp_path, f"talk.{code}", "U.S. don 't\n") for code in ("en", "be")]
    assert es.corpus(paths, tokenized=True)[1].words == ("U.S.", "don", "'t")
    assert es.corpus(paths)[1].words != ("U.S.", "don", "'t")
    path = written(tmp_path, "news.en.txt", "U.S. don 't\n")
    assert es.corpus(path, tokenized=True)[0].words == ("U.S.", "don", "'t")


def test_blank_sides_and_texts_are_left_out(tmp_path):
    path = written(tmp_path, "talk.en-be.tsv", "Oh yes.\tО так.\nOh no.\t\n")
    assert [(one.language, one.parallel) for one in es.corpus(path)] == [("en", "1"), ("be", "1"), ("en", "2")]
    path = written(tmp_path, "nli.tsv", "gold_label\tsentence1\tsentence2\tlanguage\nneutral\t \tNo.\ten\n")
    opened = open_source(path)
    assert [one.text for one in opened.sentences] == ["No."]
    assert opened.counted == {"blank premise": 1, "pairs left out: a blank text": 1}
    assert opened.records == []


@pytest.mark.parametrize(("n", "told"), [(0, []), (7, [7]), (1000, [1000]), (2001, [1000, 1000, 1])])
def test_every_sentence_is_counted_at_the_end(n, told):
    advances = []

    class Listener(Silent):
        def advance(self, count=1, note=""):
            advances.append(count)

    one = Sentence(("Yes",), "en")
    assert sum(1 for _ in counted((one for _ in range(n)), Listener())) == n
    assert advances == told


def test_pairs_of_several_files_without_ids_stay_apart(tmp_path):
    text = "gold_label\tsentence1\tsentence2\nneutral\tYes.\tNo.\n"
    paths = [written(tmp_path, f"{name}.tsv", text) for name in "ab"]
    assert len({one.parallel for one in es.corpus(paths, language="en")}) == 4


def test_a_file_that_may_not_be_read(tmp_path):
    path = written(tmp_path, "talk.en", "Yes.\n")
    path.chmod(0)
    if os.access(path, os.R_OK):
        path.unlink()
        path.mkdir()
    with pytest.raises(CorpusError, match=r"talk\.en"):
        es.corpus([Path(path)])
