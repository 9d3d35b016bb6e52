import json
from collections import Counter

import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from embspace.corpora import kept, shipped
from embspace.corpora.catalog import add_corpus, catalog, find_entry, open_corpus, open_links, remove
from embspace.corpora.entries import chosen_rows, plain_name
from embspace.corpora.records import Corpus, Entity, Sentence
from embspace.corpora.synthetic_ner import synthetic_ner
from embspace.corpora.templates import CODES
from embspace.errors import CorpusError, SettingsError, StoreError
from embspace.workflows.extract import ExtractConfig, make_corpus

LINKS = pd.DataFrame(
    [("1", "en", 0, "be", 1), ("1", "en", 1, "be", 0), ("2", "en", 0, "be", 0)],
    columns=["parallel", "language_a", "word_a", "language_b", "word_b"],
)


def pair(group, *texts):
    return [
        Sentence(tuple(text.split()), code, parallel=group) for code, text in zip(("en", "be"), texts, strict=False)
    ]


SENTENCES = [*pair("1", "good day", "дзень добры"), *pair("2", "yes", "так"), *pair("3", "no more")]


def test_a_corpus_is_found_again_as_it_was(workspace):
    rich = Sentence(
        ("У", "Вашынгтоне"),
        "be",
        "У  Вашынгтоне",
        ((0, 1), (3, 13)),
        ("O", "B-LOC"),
        Entity(1, 2, "LOC", "w"),
        "9",
        "a.tsv",
    )
    entry = add_corpus([rich, *SENTENCES], name="mine", license="CC0", origin={"a.tsv": "0" * 64})
    assert entry.path == workspace.corpora / entry.fingerprint
    opened = open_corpus("MINE")
    assert list(opened) == [rich, *SENTENCES]
    assert opened.fingerprint == entry.fingerprint == Corpus("", [rich, *SENTENCES]).fingerprint
    assert (opened.name, opened.languages) == ("mine", ("be", "en"))
    head = json.loads((entry.path / "corpus.json").read_text())
    assert head["sentences"] == {"be": 3, "en": 3} and head["words"] == {"be": 5, "en": 5}
    assert (head["groups"], head["entities"], head["tags"]) == (2, 1, ["O", "B-LOC"])
    assert (head["license"], head["origin"]) == ("CC0", {"a.tsv": "0" * 64})
    assert [one for one in catalog() if not one.shipped] == [find_entry("mine")] == [find_entry(entry.fingerprint[:8])]
    assert not [one for one in workspace.corpora.iterdir() if one.name.startswith(".")]


def test_the_same_content_twice_is_one_corpus_and_a_name_is_one_content(workspace):
    first = add_corpus(SENTENCES, name="mine")
    assert add_corpus(iter(SENTENCES), name="mine") == first == add_corpus(SENTENCES, name="other")
    with pytest.raises(CorpusError, match=r"another corpus 'mine' with other sentences; .* remove mine"):
        add_corpus(SENTENCES[:2], name="Mine")
    with pytest.raises(CorpusError, match="synthetic-ner ships with embspace"):
        add_corpus(SENTENCES, name="Synthetic-NER")
    assert [one.name for one in workspace.corpora.iterdir()] == [first.fingerprint]


@pytest.mark.parametrize(
    "name", ["", " ", "../up", "a/b", "a\\b", ".hidden", "-x", "__import__('os')", "a b", "a\0", "n" * 65, "x."]
)
def test_a_name_is_never_a_path_or_code(name, workspace):
    with pytest.raises(CorpusError, match="no name for a corpus"):
        add_corpus(SENTENCES, name=name)
    assert not workspace.corpora.exists()


def test_names_are_composed():
    assert plain_name(" Cafe\u0301-2 ") == "Café-2"


def test_what_fails_leaves_nothing(workspace):
    def broken():
        yield SENTENCES[0]
        raise CorpusError("x.tsv, line 2: bad")

    with pytest.raises(CorpusError, match="line 2"):
        add_corpus(broken(), name="mine")
    with pytest.raises(CorpusError, match=r"x\.tsv: there are no sentences"):
        add_corpus([], name="mine", origin={"x.tsv": ""})
    with pytest.raises(CorpusError, match="the sentence has 2 words"):
        add_corpus(SENTENCES, name="mine", links=LINKS.assign(word_a=[0, 2, 0]))
    with pytest.raises(CorpusError, match="there is no such sentence"):
        add_corpus(SENTENCES, name="mine", links=LINKS.assign(parallel=["1", "1", "3"]))
    with pytest.raises(CorpusError, match="no column 'word_b'"):
        add_corpus(SENTENCES, name="mine", links=LINKS.drop(columns="word_b"))
    assert not list(workspace.corpora.iterdir())


def test_links_are_kept_beside_the_sentences():
    assert add_corpus(SENTENCES, name="mine").links == 0
    assert open_links("mine") is None
    assert add_corpus(SENTENCES, name="mine", links=LINKS).links == 3 == find_entry("mine").links
    pd.testing.assert_frame_equal(open_links("mine"), LINKS)


def test_languages_and_a_number_of_groups():
    add_corpus(SENTENCES[::-1], name="mine")
    assert [one.text for one in open_corpus("mine", languages=["be"])] == ["так", "дзень добры"]
    # "no more" comes first but has no translation: whole groups go first.
    assert {one.parallel for one in open_corpus("mine", limit=1)} == {"2"}
    assert {one.parallel for one in open_corpus("mine", limit=3)} == {"1", "2", "3"}
    assert [one.text for one in open_corpus("mine", languages=["en"], limit=1)] == ["no more"]
    assert open_corpus("mine", limit=2).name == "mine, first 2"
    with pytest.raises(CorpusError, match="Possible are"):
        open_corpus("mine", languages=["ru"])
    with pytest.raises(CorpusError, match="expected 1 or more"):
        open_corpus("mine", limit=0)


def test_where_nothing_is_parallel_the_number_is_of_each_language():
    flat = [Sentence((str(number),), "en" if number % 3 else "be") for number in range(9)]
    add_corpus(flat, name="flat")
    assert [one.text for one in open_corpus("flat", limit=2)] == ["0", "1", "2", "3"]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.none() | st.sampled_from("123"))), st.integers(1, 5))
def test_rows_are_chosen_as_is_said(rows, limit):
    languages, groups = [row[0] for row in rows], [row[1] for row in rows]
    taken = chosen_rows(languages, groups, "ab", limit)
    assert taken == sorted(set(taken)) and all(languages[row] in "ab" for row in taken)
    possible = [row for row in range(len(rows)) if languages[row] in "ab"]
    ids = {groups[row] for row in possible} - {None}
    if ids:
        kept_ids = {groups[row] for row in taken}
        assert len(kept_ids) == min(limit, len(ids))
        assert taken == [row for row in possible if groups[row] in kept_ids]
    else:
        for code in "ab":
            assert sum(languages[row] == code for row in taken) == min(limit, languages.count(code))


WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=6)
SENTENCE = st.builds(
    lambda words, language, group, tagged: Sentence(
        tuple(words), language, tags=tuple(words) if tagged else None, parallel=group
    ),
    st.lists(WORDS, min_size=1, max_size=4),
    st.sampled_from(["en", "be", "sr-Cyrl"]),
    st.none() | WORDS,
    st.booleans(),
)


@given(st.lists(SENTENCE, min_size=1, max_size=5))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_sentences_are_read_back_equal(workspace, sentences):
    entry = add_corpus(sentences, name="any")
    assert list(open_corpus("any")) == sentences
    remove(entry.fingerprint)


def test_many_sentences_are_written_some_at_a_time(workspace, monkeypatch):
    monkeypatch.setattr(kept, "_AT_ONCE", 3)
    sentences = [Sentence((str(number),), "en") for number in range(10)]
    entry = add_corpus(iter(sentences), name="ten")
    assert pq.ParquetFile(entry.path / "sentences.parquet").metadata.num_row_groups == 4
    assert list(open_corpus("ten")) == sentences
    assert entry.fingerprint == Corpus("", sentences).fingerprint


def test_damage_is_named(workspace):
    entry = add_corpus(SENTENCES, name="mine")
    path = entry.path / "sentences.parquet"
    data = bytearray(path.read_bytes())
    data[20] ^= 1
    path.write_bytes(data)
    with pytest.raises(StoreError, match=r"sentences\.parquet is missing or damaged"):
        open_corpus("mine")
    path.unlink()
    with pytest.raises(CorpusError, match="is missing; remove 'mine' and add it again"):
        open_corpus("mine")
    assert find_entry("mine").problem
    (entry.path / "corpus.json").write_text("{")
    assert "damaged" in find_entry(entry.fingerprint).problem
    again = add_corpus(SENTENCES, name="mine")
    assert (again.fingerprint, again.problem, find_entry("mine").problem) == (entry.fingerprint, "", "")


def test_another_version_is_said(workspace):
    entry = add_corpus(SENTENCES, name="mine")
    head = json.loads((entry.path / "corpus.json").read_text())
    (entry.path / "corpus.json").write_text(json.dumps(head | {"version": 99}))
    with pytest.raises(CorpusError, match="version 99"):
        open_corpus("mine")


def test_removed_is_gone(workspace):
    add_corpus(SENTENCES, name="mine")
    assert remove("mine").name == "mine"
    with pytest.raises(CorpusError, match="There is no corpus 'mine'"):
        open_corpus("mine")
    assert not list(workspace.corpora.iterdir())
    with pytest.raises(CorpusError, match="ships with embspace and stays"):
        remove("synthetic-ner")
    with pytest.raises(CorpusError, match="Did you mean 'parallel-sample'"):
        remove("paralel-sample")


def made_folder(folder):
    """A data folder whose catalog names one parallel corpus."""
    place = folder / "pair"
    place.mkdir()
    (place / "en.tsv").write_text("7\tGood day.\n8\tYes.\n")
    (place / "be.tsv").write_text("7\tДобры дзень.\n8\tТак.\n")
    (place / "en-be.pharaoh").write_text("0-0 1-1 2-2\n0-0\n")
    lines = ['[pair]\ntitle = "t"\nformat = "parallel"\nfolder = "pair"\nlicense = "CC0"\nlanguages = ["en", "be"]\n']
    lines += ["[pair.files]\n", *(f'"{name}" = "{value}"\n' for name, value in shipped.sums(place).items())]
    (folder / "catalog.toml").write_text("".join(lines))
    return shipped.shipped_entries(folder)[0]


def test_a_shipped_corpus_is_read_and_compared_with_its_sums(tmp_path):
    entry = made_folder(tmp_path)
    corpus = shipped.read_shipped(entry, ["be", "en"])
    assert [(one.language, one.words, one.parallel) for one in corpus] == [
        ("en", ("Good", "day", "."), "7"),
        ("en", ("Yes", "."), "8"),
        ("be", ("Добры", "дзень", "."), "7"),
        ("be", ("Так", "."), "8"),
    ]
    assert len(shipped.read_shipped(entry, ["be"], 1)) == 1
    links = shipped.read_shipped_links(entry)
    assert links.to_numpy().tolist() == [["7", "en", n, "be", n] for n in range(3)] + [["8", "en", 0, "be", 0]]
    (tmp_path / "pair" / "be.tsv").write_text("7\tІншае.\n")
    with pytest.raises(CorpusError, match=r"be\.tsv is not as it was shipped"):
        shipped.read_shipped(entry, ["be"])
    (tmp_path / "pair" / "en.tsv").unlink()
    with pytest.raises(CorpusError, match=r"en\.tsv is missing"):
        shipped.read_shipped_links(entry)
    (tmp_path / "catalog.toml").write_text("x")
    with pytest.raises(CorpusError, match="missing or damaged"):
        shipped.shipped_entries(tmp_path)


def test_the_catalog_is_written_from_the_files(tmp_path):
    made_folder(tmp_path)
    shipped.write_catalog(tmp_path)
    [entry] = shipped.shipped_entries(tmp_path)
    assert (entry.title, entry.license, entry.groups, entry.links) == ("t", "CC0", 2, 4)
    assert (entry.sentences, entry.words) == ({"en": 2, "be": 2}, {"en": 5, "be": 5})
    assert entry.origin == shipped.sums(tmp_path / "pair")
    (tmp_path / "pair" / "be.tsv").write_text("7\tІншы дзень.\n8\tТак.\n")
    shipped.write_catalog(tmp_path)
    assert len(shipped.read_shipped(shipped.shipped_entries(tmp_path)[0], ["be"])) == 2


@pytest.mark.parametrize("entry", shipped.shipped_entries(), ids=lambda one: one.name)
def test_what_ships_is_as_the_catalog_says(entry):
    assert entry.origin == shipped.sums(entry.path), "after a change run embspace.corpora.shipped.write_catalog()"
    assert entry.license and set(entry.languages) == set(CODES)
    if entry.name != "synthetic-ner" and not entry.records:  # whose records are looked at in test_shipped_records
        corpus, links = open_corpus(entry.name), open_links(entry.name)
        assert Counter(one.language for one in corpus) == entry.sentences and len(links) == entry.links
        assert len({one.parallel for one in corpus}) == entry.groups == len(corpus) // len(CODES)
        lengths = {(one.parallel, one.language): len(one.words) for one in corpus}
        assert all(
            word_a < lengths[group, a] and word_b < lengths[group, b]
            for group, a, word_a, b, word_b in links.to_numpy()
        )
        assert set(links["language_b"]) == set(CODES) - {"en"}


def test_a_config_opens_any_corpus(workspace):
    entry = add_corpus(SENTENCES, name="mine")
    assert make_corpus(ExtractConfig(corpus="mine")).fingerprint == entry.fingerprint
    part = make_corpus(ExtractConfig(corpus="mine", languages=("en",), sentences=2), workspace)
    assert [one.text for one in part] == ["good day", "yes"]
    same = make_corpus(ExtractConfig(languages=("be",), per_type=2))
    assert same.fingerprint == synthetic_ner(["be"], per_type=2).fingerprint
    assert open_corpus("synthetic-ner", languages=["be"], limit=2).fingerprint == same.fingerprint


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"corpus": "x", "entities": ("Washington",)}, "entities chooses among synthetic-ner"),
        ({"corpus": "x", "split": "train"}, "split chooses"),
        ({"corpus": "x", "sentences": 0}, "expected 1 or more"),
        ({"corpus": ""}, "corpus is empty"),
        ({"sentences": 5}, "set per_type"),
    ],
)
def test_settings_that_do_not_go_together(values, said):
    with pytest.raises(SettingsError, match=said):
        ExtractConfig(**values)
