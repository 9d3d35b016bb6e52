import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from embspace import cli
from embspace.corpora.catalog import catalog, find_entry, open_corpus, open_links
from embspace.corpora.nli import write_nli
from embspace.corpora.records import Entailment
from embspace.corpora.shipped import shipped_entries
from embspace.spaces.space import open_space

SHIPPED = [one.name for one in shipped_entries()]
EN, BE = "Good day.\nYes, yes.\nNo.\n", "Добры дзень.\nТак, так.\nНе.\n"


@pytest.fixture(autouse=True)
def wide(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture
def files(tmp_path):
    (tmp_path / "talk.en").write_text(EN, encoding="utf-8")
    (tmp_path / "talk.be").write_text(BE, encoding="utf-8")
    return [tmp_path / "talk.en", tmp_path / "talk.be"]


def embspace(*arguments, answer=None):
    """Exit code, stdout, stderr."""
    done = CliRunner().invoke(cli.app, [str(one) for one in arguments], input=answer)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout, done.stderr


def test_files_are_added_listed_shown_and_removed(workspace, files):
    code, out, _ = embspace("corpora", "add", *files, "--license", "CC0", "--title", "Small talk")
    assert code == 0
    assert "format moses: The names differ in the language alone, each file has 3 lines" in out
    assert "talk-en-be: 6 sentences, 18 words, 2 languages, 3 with translations" in out
    entry = find_entry("talk-en-be")
    assert (entry.format, entry.license, entry.title, list(entry.origin)) == (
        "moses",
        "CC0",
        "Small talk",
        ["talk.en", "talk.be"],
    )
    assert "as talk-en-be." in embspace("corpora", "add", *files, "--name", "other")[1]
    lines = embspace("corpora", "list")[1].splitlines()
    assert [line.split()[0] for line in lines[1:]] == [*SHIPPED, "talk-en-be"]
    assert lines[-1].split()[1:] == ["en", "be", "6", "18", "3", "moses", "CC0"]
    listed = json.loads(embspace("corpora", "list", "--json")[1])
    assert listed[-1]["sentences"] == {"en": 3, "be": 3} and listed[-1]["path"] == str(entry.path)
    shown = embspace("corpora", "show", "talk-en-be", "--sentences", 2)[1]
    assert "Small talk" in shown and "Добры дзень." in shown and "Так" not in shown
    assert json.loads(embspace("corpora", "show", "TALK-EN-BE", "--json")[1])["first"][0]["words"] == [
        "Good",
        "day",
        ".",
    ]
    assert embspace("corpora", "remove", "talk-en-be", answer="n\n")[0] == 1
    assert find_entry("talk-en-be") == entry
    assert "add --yes" in embspace("corpora", "remove", "talk-en-be", "--json")[2]
    assert "removed talk-en-be" in embspace("corpora", "remove", "talk-en-be", "talk-en-be", "--yes")[1]
    assert [one.name for one in catalog()] == SHIPPED


def test_words_are_aligned_or_links_are_read(workspace, files, tmp_path):
    pharaoh = tmp_path / "talk.en-be.pharaoh"
    pharaoh.write_text("0-0 1-1\n0-0\n\n")
    added = json.loads(embspace("corpora", "add", *files, "--name", "talk", "--links", pharaoh, "--json")[1])
    assert (added["name"], added["links"]) == ("talk", 3)
    assert open_links("talk")["word_b"].tolist() == [0, 1, 0]
    pharaoh.write_text("0-9\n\n\n")
    code, _, said = embspace("corpora", "add", *files, "--name", "talk", "--links", pharaoh)
    assert code == 1 and "line 1: the link 0-9 goes beyond" in said
    assert find_entry("talk").links == 3
    assert embspace("corpora", "add", *files, "--name", "talk", "--align", "--option", "tokenized=true")[0] == 0
    links = open_links("talk")
    assert set(links["language_a"]) == {"en"} and len(links) == find_entry("talk").links > 3


def test_a_table_with_other_names(workspace, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("phrase,code\nYes.,en\n")
    code, _, said = embspace("corpora", "add", path, "--name", "mine")
    assert code == 1 and "no column holds text. There are phrase, code" in said
    options = ("--name", "mine", "--columns", "text=phrase,language=code")
    assert embspace("corpora", "add", path, *options)[0] == 0
    assert open_corpus("mine")[0].words == ("Yes", ".")


def test_options_of_a_format(workspace, tmp_path):
    path = tmp_path / "a.conll"
    path.write_text("x Eve I-PER\nx ran O\n")
    options = ("--format", "columns", "--language", "en", "--option", "word=1", "--option", "scheme=iob1")
    assert embspace("corpora", "add", path, "--name", "mine", *options)[0] == 0
    assert open_corpus("mine")[0].tags == ("B-PER", "O")
    assert "expected key=value" in embspace("corpora", "add", path, "--option", "scheme")[2]
    path.write_text("Eve I-PER\nran O\n")
    options = ("--format", "columns", "--language", "en", "--name", "two")
    code, _, said = embspace("corpora", "add", path, *options)
    assert code == 1 and "breaks IOB2" in said
    out = embspace("corpora", "add", path, *options, "--option", "repair=true")[1]
    assert "mended or left out: I-PER -> B-PER, 1 times" in out
    assert "has no option 'x'" in embspace("corpora", "add", path, *options, "--option", "x=1")[2]


def test_what_cannot_be_added_is_one_line(workspace, tmp_path):
    (tmp_path / "a.txt").write_text("Yes.\n")
    for arguments, said in (
        ((tmp_path / "a.txt",), "needs a language"),
        ((tmp_path / "a.txt", "--language", "en", "--name", "../x"), "no name for a corpus"),
        ((tmp_path / "none.txt", "--language", "en"), "no such file"),
    ):
        code, _, err = embspace("corpora", "add", *arguments)
        assert code == 1 and said in err and err.startswith("embspace: ")
    assert "synthetic-ner ships" in embspace("corpora", "remove", "synthetic-ner", "--yes")[2]


def test_formats_are_listed():
    assert "BIOES" not in embspace("corpora", "formats")[1]
    assert {"text", "conllu", "moses"} <= {
        one["format"] for one in json.loads(embspace("corpora", "formats", "--json")[1])
    }


def test_a_corpus_is_extracted(workspace, files, bert_folder):
    embspace("corpora", "add", *files, "--name", "talk")
    code, out, _ = embspace("extract", bert_folder, "--corpus", "talk", "--sentences", 2, "--languages", "be", "--json")
    assert code == 0
    space = open_space(Path(json.loads(out)["path"]))
    assert space.words["text"].tolist() == ["Добры", "дзень", ".", "Так", ",", "так", "."]
    assert space.words["parallel"].notna().all()
    assert "sentences is for other corpora" in embspace("extract", bert_folder, "--sentences", 2)[2]
    assert "Did you mean 'talk'" in embspace("extract", bert_folder, "--corpus", "tlk")[2]


def test_tagged_names_become_entities(workspace, files, tmp_path):
    path = tmp_path / "wiki.en.tsv"
    path.write_text("Angela\tB-PER\nMerkel\tI-PER\nleft\tO\nParis\tB-LOC\n\nYes\tO\n", encoding="utf-8")
    code, out, _ = embspace("corpora", "add", path, "--entities")
    assert code == 0 and "wiki: 2 sentences, 8 words" in out
    assert [(one.entity.id, one.entity.start, one.entity.stop) for one in open_corpus("wiki") if one.entity] == [
        ("PER:angela merkel", 0, 2),
        ("LOC:paris", 3, 4),
    ]
    code, _, told = embspace("corpora", "add", *files, "--entities")
    assert code == 1 and "No sentence has tags of named entities" in told


def test_a_corpus_is_added_with_its_links_or_not_at_all(workspace, files, tmp_path, monkeypatch):
    from embspace.corpora import eflomal_runs
    from embspace.errors import SettingsError

    pharaoh = tmp_path / "talk.en-be.pharaoh"
    for text, said in (("0-9\n\n\n", "line 1: the link 0-9 goes beyond"), ("0-0\n", "the file ends after line 1")):
        pharaoh.write_text(text)
        code, _, told = embspace("corpora", "add", *files, "--links", pharaoh)
        assert code == 1 and said in told and told.rstrip().endswith("The corpus was not added.")
        assert [one.name for one in catalog()] == SHIPPED
    code, _, told = embspace("corpora", "add", *files, "--links", tmp_path / "none.pharaoh")
    assert code == 1 and "none.pharaoh: no such file" in told
    assert "one or the other" in embspace("corpora", "add", *files, "--links", pharaoh, "--align")[2]
    alone = tmp_path / "news.en"
    alone.write_text("Yes.\n")
    code, _, told = embspace("corpora", "add", alone, "--align")
    assert code == 1 and "nothing to align" in told and "The corpus was not added." in told

    def missing():
        raise SettingsError(eflomal_runs.MISSING)

    monkeypatch.setattr(eflomal_runs, "version", missing)
    code, out, told = embspace("corpora", "add", *files, "--align")
    assert code == 1 and "eflomal, which aligns words, is not installed" in told and not out
    assert [one.name for one in catalog()] == SHIPPED


def test_links_count_words_between_blanks(workspace, tmp_path):
    texts = {"talk.en": "U.S. don 't\n", "talk.be": "ЗША не\n", "talk.en-be.pharaoh": "0-0 1-1 2-1\n"}
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    files = [tmp_path / name for name in texts]
    out = embspace("corpora", "add", *files)[1]
    assert "links of words: talk.en-be.pharaoh" in out and "3 links of words" in out
    assert open_corpus("talk-en-be")[0].words == ("U.S.", "don", "'t")
    code, _, told = embspace("corpora", "add", *files[:2], "--links", files[2], "--option", "tokenized=false")
    assert code == 1 and "There is another corpus 'talk-en-be'" in told


def test_a_file_of_any_name_is_added(workspace, tmp_path):
    (tmp_path / "my own (1).en.txt").write_text("Yes.\n")
    assert "my-own-1: 1 sentences" in embspace("corpora", "add", tmp_path / "my own (1).en.txt")[1]


def test_pairs_and_questions_are_told(workspace, tmp_path):
    pairs = [Entailment("Yes.", "No.", "neutral", (code, code), "1") for code in ("en", "be")]
    write_nli(pairs, tmp_path / "pairs.tsv")
    out = embspace("corpora", "add", tmp_path / "pairs.tsv")[1]
    assert "pairs: 4 sentences, 8 words, 2 languages, 2 with translations, 2 pairs" in out
    asked = {"id": "q", "question": "A?", "answers": [{"text": "b", "answer_start": 0}]}
    path = tmp_path / "asked.en.json"
    path.write_text(json.dumps({"data": [{"paragraphs": [{"context": "A b.", "qas": [asked]}]}]}))
    out = embspace("corpora", "add", path)[1]
    assert "asked: 2 sentences, 5 words, language en, 1 questions" in out
    assert "mended or left out: answers moved to where they stand (listed in" in out
    rows = {line.split()[0]: line for line in embspace("corpora", "list")[1].splitlines()}
    assert "2 pairs" in rows["pairs"] and "1 questions" in rows["asked"]
    assert "2 pairs" in embspace("corpora", "show", "pairs")[1]
    shown = json.loads(embspace("corpora", "show", "asked", "--json")[1])
    assert (shown["records"], shown["n_records"]) == ("squad", 1)
