"""Pairs and questions that ship open as sentences and as records, and are as the catalog says."""

from collections import Counter

import pytest

from embspace.corpora import shipped
from embspace.corpora.catalog import open_corpus, open_entailments, open_questions
from embspace.corpora.entries import RECORDS
from embspace.corpora.nli import write_nli
from embspace.corpora.records import Entailment, Question
from embspace.corpora.squad import write_squad
from embspace.errors import CorpusError

TEXTS = {"en": ("It rains.", "It is wet."), "be": ("Ідзе дождж.", "Мокра.")}


@pytest.fixture
def entries(tmp_path):
    """What a data folder's catalog names: pairs of NLI and questions, each in a folder of a folder."""
    lines = []
    for format in ("nli", "squad"):
        (tmp_path / format / "train").mkdir(parents=True)
        lines.append(
            f'[some-{format}]\ntitle = "t"\nformat = "{format}"\nfolder = "{format}/train"\nlicense = "CC0"\n'
            'languages = ["en", "be"]\n'
        )
    for code, (first, second) in TEXTS.items():
        pairs = [Entailment(first, second, "entailment", (code, code), "1", "g")]
        pairs.append(Entailment(first, first, "neutral", (code, code), "2"))
        write_nli(pairs, tmp_path / "nli" / "train" / f"{code}.tsv")
        asked = Question("1", second, first, ((first[:2], 0),), (code, code), "t")
        write_squad([asked], tmp_path / "squad" / "train" / f"{code}.json")
    (tmp_path / "catalog.toml").write_text("".join(lines))
    shipped.write_catalog(tmp_path)
    return shipped.shipped_entries(tmp_path)


@pytest.fixture
def named(entries, monkeypatch):
    """They ship."""
    monkeypatch.setattr("embspace.corpora.catalog.shipped_entries", lambda: entries)


def test_counts_and_sums_are_written(entries, tmp_path):
    pairs, questions = entries
    assert (pairs.records, pairs.n_records, pairs.groups, pairs.links) == ("nli", 4, 4, 0)
    assert (questions.records, questions.n_records, questions.groups) == ("squad", 2, 2)
    assert (pairs.sentences, pairs.words) == ({"en": 4, "be": 4}, {"en": 13, "be": 11})
    assert pairs.path == tmp_path / "nli" / "train"
    assert pairs.origin == shipped.sums(pairs.path) and list(pairs.origin) == ["be.tsv", "en.tsv"]
    assert '\nrecords = "nli"\nn_records = 4\n' in (tmp_path / "catalog.toml").read_text()
    shipped.write_catalog(tmp_path)
    assert shipped.shipped_entries(tmp_path) == entries
    assert shipped.read_shipped_links(pairs) is None


def test_they_open_as_sentences(named):
    assert [(one.text, one.language, one.parallel) for one in open_corpus("some-nli", languages=["be"])][:2] == [
        ("Ідзе дождж.", "be", "1:premise"),
        ("Мокра.", "be", "1:hypothesis"),
    ]
    found = open_corpus("some-squad", limit=1)
    assert [(one.language, one.parallel) for one in found] == [("en", "1:paragraph"), ("be", "1:paragraph")]


def test_they_open_as_records(named):
    assert [(one.id, one.language, one.label) for one in open_entailments("some-nli")] == [
        ("1", "en", "entailment"),
        ("2", "en", "neutral"),
        ("1", "be", "entailment"),
        ("2", "be", "neutral"),
    ]
    assert [one.language for one in open_entailments("some-nli", limit=1)] == ["en", "be"]
    found = open_questions("some-squad", languages=["be"], limit=1)
    assert found.name == "some-squad, first 1"
    assert list(found) == [Question("1", "Мокра.", "Ідзе дождж.", (("Ід", 0),), ("be", "be"), "t")]
    with pytest.raises(CorpusError, match="some-nli keeps no questions: its format is nli, and it has 4 pairs"):
        open_questions("some-nli")
    with pytest.raises(CorpusError, match="Unknown language code 'ru'"):
        open_questions("some-squad", languages=["ru"])


def test_a_file_that_was_changed_is_told(named, tmp_path):
    path = tmp_path / "nli" / "train" / "be.tsv"
    path.write_text(path.read_text("utf-8").replace("neutral", "-"), "utf-8")
    assert len(open_entailments("some-nli", languages=["en"])) == 2
    for opened in (open_corpus, open_entailments):
        with pytest.raises(CorpusError, match=r"be\.tsv is not as it was shipped"):
            opened("some-nli")
    with pytest.raises(CorpusError, match=r"be\.tsv: pairs without a label, be \(1\); what ships is read whole"):
        shipped.write_catalog(tmp_path)


def test_what_ships_is_as_the_catalog_says():
    for entry in shipped.shipped_entries():
        assert entry.records == (entry.format if entry.format in RECORDS else ""), "run shipped.write_catalog()"
        if not entry.records:
            assert entry.n_records == 0
            continue
        found = {"nli": open_entailments, "squad": open_questions}[entry.records](entry.name)
        each = entry.n_records // len(entry.languages)
        assert Counter(one.language for one in found) == dict.fromkeys(entry.languages, each), entry.name
        assert len({one.id for one in found}) == each, "each has every translation"
        assert Counter(one.language for one in open_corpus(entry.name)) == entry.sentences
