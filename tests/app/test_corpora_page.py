import importlib
import os
import re
from dataclasses import dataclass, replace

import pytest
from app_views import app, drawn, field, html, text

from embspace.corpora.catalog import add_corpus, catalog, find_entry, open_corpus, remove
from embspace.corpora.records import Entailment, Entity, Question, Sentence
from embspace.corpora.sources import corpus
from embspace.errors import SettingsError
from embspace.jobs.job import State
from embspace.jobs.supervisor import all_jobs
from embspace.progress import Silent
from embspace.spaces.shelf import look_at
from embspace.workflows.corpora import AddConfig, run, uploads
from embspace.workflows.extract import ExtractConfig, make_space
from origin import find_config
from python_lines import command_lines, space_lines
from uploads import safe_names, write_uploads
from widgets.show_corpus import sentence_rows
from widgets.show_records import record_rows

TAGGED = Sentence(("Eve", "Adams", "<b>", "Bo", "Al"), "en", tags=("B-PER", "I-PER", "O", "B-PER", "B-LOC"))


@dataclass
class File:
    name: str
    data: bytes
    file_id: str = "1"

    def getbuffer(self):
        return memoryview(self.data)


@pytest.fixture
def talk(workspace):
    return add_corpus(corpus({"en": ["Yes.", "No."], "be": ["Так.", "Не."]}, parallel=True), name="talk", license="CC0")


def page(**parameters):
    return app(**parameters).switch_page("views/corpora.py")


def test_the_table_lists_the_catalog(talk, workspace):
    test = page().run()
    assert not test.exception and not test.error
    rows = test.dataframe[0].value.to_dict("records")
    names = [row["name"] for row in rows]
    assert names[:2] == ["synthetic-ner", "parallel-sample"] and names[-1] == "talk" and "qa-sample" in names
    shown = {name: rows[-1][name] for name in ("languages", "sentences", "words", "groups", "license", "state")}
    assert shown == {"languages": "2", "sentences": 4, "words": 8, "groups": 2, "license": "CC0", "state": "you"}
    assert "Choose a row" in text(test, "caption")


def test_a_corpus_is_shown_by_its_address(talk):
    test = page(corpus="talk").run()
    assert not test.exception
    assert "Так." in html(test) and "Belarusian" in html(test) and "2 sentences, 4 words" in html(test)
    assert "es.corpus('talk')" in test.code[1].value
    assert {one.label for one in test.button} == {"Add a corpus", "Remove"}
    test = page(corpus="synthetic-ner").run()
    assert not test.exception and "<mark" in html(test) and "drawn on demand" in html(test)
    assert [one.label for one in test.button] == ["Add a corpus"]
    test = page(corpus="<nowhere>").run()
    assert "which is not here" in test.warning[0].value and not test.exception


def test_damage_is_said(talk):
    (talk.path / "sentences.parquet").write_bytes(b"PAR1")
    test = page(corpus="talk").run()
    assert not test.exception and "is missing or damaged" in test.error[0].value.replace("\\", "")


def test_sentences_are_escaped_and_marked_by_their_tags():
    table = sentence_rows(
        [TAGGED, Sentence(("لا",), "ar"), Sentence(("a", "b"), "en", entity=Entity(0, 2, "ORG", "x"))]
    )
    assert "&lt;b&gt;" in table and "<b>" not in table
    assert [re.sub("<[^>]*>", " ", one).split() for one in re.findall("<mark.*?</mark>", table)] == [
        ["Eve", "Adams", "PER"],
        ["Bo", "PER"],
        ["Al", "LOC"],
        ["a", "b", "ORG"],
    ]
    assert 'lang="ar" dir="auto"' in table
    first, second = (re.search(rf'background: (#\w+)" title="{kind}"', table)[1] for kind in ("PER", "LOC"))
    assert first != second
    evil = sentence_rows([Sentence(("a",), '"><script>', tags=('"><script>',))])
    assert "<script>" not in evil


def test_a_long_sentence_is_cut():
    assert len(sentence_rows([Sentence(("long",) * 1000, "en")])) < 1000


def test_uploaded_names_are_never_paths(workspace):
    names = [
        "../../etc/passwd",
        "a\\b\\c.txt",
        ".bashrc",
        "a b<c>.txt",
        "",
        "/",
        "train.be.tsv",
        "Train.be.tsv",
        "мова.txt",
    ]
    assert safe_names(names) == [
        "passwd",
        "c.txt",
        "bashrc",
        "a_b_c_.txt",
        "file",
        "again-file",
        "train.be.tsv",
        "again-Train.be.tsv",
        "мова.txt",
    ]
    [path] = write_uploads([File("../../x.txt", b"Yes.\n")], workspace)
    assert path.parent.parent == uploads(workspace) and path.read_bytes() == b"Yes.\n"
    assert write_uploads([File("../../x.txt", b"other")], workspace) == [path]
    os.utime(path.parent, (0, 0))
    [other] = write_uploads([File("x.txt", b"No.\n", "2")], workspace)
    assert other.exists() and not path.parent.exists()


def test_files_are_guessed_shown_and_sent(workspace, tmp_path):
    (tmp_path / "people.en.txt").write_text("Eve B-PER\nran O\n\nNo O\n")
    test = drawn("widgets.add_corpus", "add_corpus")
    assert "Formats" in text(test, "caption")
    field(test, "text_area", "Or paths on this machine").set_value(str(tmp_path / "people.en.txt")).run()
    assert not test.exception and not test.error
    assert "tags of entities in IOB2. The language is in the name: en" in text(test, "caption")
    assert field(test, "selectbox", "Format").value == "columns"
    assert "Eve" in html(test) and "<sub>PER</sub>" in html(test)
    field(test, "selectbox", "Format").set_value("text").run()
    assert "Chosen by you; it looked like: CoNLL columns" in text(test, "caption") and "Eve B-PER" in html(test)
    field(test, "selectbox", "Format").set_value("columns").run()
    field(test, "text_input", "Name").set_value("../up")
    field(test, "button", "Add").click().run()
    assert "is no name for a corpus" in test.error[0].value.replace("\\", "")
    field(test, "text_input", "Name").set_value("people")
    field(test, "button", "Add").click().run()
    assert not test.error
    assert (
        f"paths=({str(tmp_path / 'people.en.txt')!r},), name='people', format='columns', languages=('en',)"
        in test.text[0].value
    )


def test_tagged_files_may_become_a_corpus_of_named_entities(workspace, tmp_path):
    path, other = tmp_path / "people.en.txt", tmp_path / "words.en.conllu"
    path.write_text("Eve B-PER\nmet O\nBo B-PER\n\nNo O\n")
    words = (
        f"{n}\t{word}\t_\t{tag}\t_\t_\t0\troot\t_\t_\n" for n, word, tag in ((1, "Eve", "PROPN"), (2, "ran", "VERB"))
    )
    other.write_text("".join(words) + "\n")
    test = drawn("widgets.add_corpus", "add_corpus")
    field(test, "text_area", "Or paths on this machine").set_value(str(other)).run()
    assert (
        not test.error
        and "<sub>VERB</sub>" in html(test)
        and "A corpus of named entities" not in [one.label for one in test.checkbox]
    )
    field(test, "text_area", "Or paths on this machine").set_value(str(path)).run()
    assert not field(test, "checkbox", "A corpus of named entities").value
    field(test, "checkbox", "A corpus of named entities").check()
    field(test, "button", "Add").click().run()
    assert not test.error and "entities=True" in test.text[0].value
    config = AddConfig((str(path),), "people", "columns", ("en",), entities=True)
    assert f"paths={config.paths!r}" in test.text[0].value
    assert run(config, workspace, Silent())["sentences"] == 2
    assert [one.entity and one.text[: one.offsets[one.entity.stop - 1][1]] for one in open_corpus("people")] == [
        "Eve",
        "Eve met Bo",
    ]


def test_tags_of_another_scheme_are_named_or_mended(workspace, tmp_path):
    (tmp_path / "a.en.txt").write_text("Eve I-PER\nran O\n\nBo B-PER\n")
    test = drawn("widgets.add_corpus", "add_corpus")
    field(test, "text_area", "Or paths on this machine").set_value(str(tmp_path / "a.en.txt")).run()
    assert field(test, "selectbox", "Tags").value == "iob2" and "breaks IOB2" in test.error[0].value
    field(test, "selectbox", "Tags").set_value("iob1").run()
    assert "breaks IOB1" in test.error[0].value
    field(test, "selectbox", "Tags").set_value("iob2").run()
    field(test, "checkbox", "Mend tags that break the scheme").check().run()
    assert not test.error and "<sub>PER</sub>" in html(test)
    field(test, "button", "Add").click().run()
    assert "options={'scheme': 'iob2', 'repair': True}" in test.text[0].value


def test_what_is_missing_is_asked(workspace, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("phrase,code,lang\nYes.,7,en\n")
    test = drawn("widgets.add_corpus", "add_corpus")
    area = field(test, "text_area", "Or paths on this machine")
    area.set_value(str(tmp_path / "none.txt")).run()
    assert "no such file" in test.error[0].value
    area = field(test, "text_area", "Or paths on this machine")
    area.set_value(str(path)).run()
    assert "no column holds text" in test.error[0].value.replace("\\", "")
    assert field(test, "selectbox", "Language").value == "lang"
    field(test, "selectbox", "Text").set_value("phrase").run()
    assert not test.error and "Yes." in html(test)
    field(test, "selectbox", "Parallel id").set_value("code").run()
    field(test, "button", "Add").click().run()
    assert "columns={'text': 'phrase', 'language': 'lang', 'parallel': 'code'}" in test.text[0].value


def test_what_is_not_guessed_may_be_chosen(workspace, tmp_path):
    (tmp_path / "en-es.0-5000.txt").write_text("the el\ncat gato\n")
    test = drawn("widgets.add_corpus", "add_corpus")
    field(test, "text_area", "Or paths on this machine").set_value(str(tmp_path / "en-es.0-5000.txt")).run()
    assert "a bilingual dictionary" in test.error[0].value and not test.get("html")
    field(test, "selectbox", "Format").set_value("text").run()
    field(test, "text_input", "Language").set_value("es").run()
    assert not test.exception and "cat gato" in html(test)


def test_errors_name_uploaded_files_alone(workspace):
    [path] = write_uploads([File("a.csv", b"phrase,lang\nYes.,en\n")], workspace)
    test = drawn("widgets.add_corpus", "add_corpus")
    field(test, "text_area", "Or paths on this machine").set_value(str(path)).run()
    assert test.error[0].value.replace("\\", "").startswith("a.csv, line 2: no column holds text")


def test_links_of_words_are_taken_beside_their_sentences(workspace, tmp_path):
    texts = {"talk.en": "U.S. don 't\n", "talk.be": "ЗША не\n", "talk.en-be.pharaoh": "0-0 1-1 2-1\n"}
    for name, content in texts.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    test = drawn("widgets.add_corpus", "add_corpus")
    area = field(test, "text_area", "Or paths on this machine")
    area.set_value(str(tmp_path / "talk.en-be.pharaoh")).run()
    assert "choose the sentences that they align too" in test.error[0].value
    area = field(test, "text_area", "Or paths on this machine")
    area.set_value("\n".join(str(tmp_path / name) for name in texts)).run()
    assert not test.error and "Links of words: talk.en-be.pharaoh" in text(test, "caption")
    assert field(test, "text_input", "Name").value == "talk-en-be"
    assert field(test, "checkbox", "The text is tokenized: words are what blanks part").value
    assert "Align the words of translations" not in [one.label for one in test.checkbox]
    field(test, "button", "Add").click().run()
    sent = test.text[0].value
    assert "options={'tokenized': True}" in sent and "links=(" in sent
    files = tuple(str(tmp_path / name) for name in texts)
    config = AddConfig(files[:2], "talk", "moses", ("en", "be"), options={"tokenized": True}, links=files[2:])
    assert run(config, workspace, Silent())["links"] == 3
    with pytest.raises(SettingsError, match="not both"):
        replace(config, align=True)


def test_a_job_adds_a_corpus_and_sweeps_the_upload(workspace):
    [path] = write_uploads([File("talk.en", b"Yes.\nNo.\n")], workspace)
    config = AddConfig((str(path),), "mine", languages=("en",), license="CC0", uploaded=True)
    found = run(config, workspace, Silent())
    assert (found["corpus"], found["sentences"], found["links"]) == ("mine", 2, 0)
    assert not path.parent.exists() and find_entry("mine").origin.keys() == {"talk.en"}
    kept = workspace.root / "own.txt"
    kept.write_text("Yes.\nNo.\n")
    assert (
        run(AddConfig((str(kept),), "again", languages=("en",), uploaded=True), workspace, Silent())["corpus"] == "mine"
    )
    assert kept.exists()
    with pytest.raises(Exception, match="no name for a corpus"):
        AddConfig(("a",), "a/b")


def test_a_finished_job_is_chosen_and_a_failed_one_told(workspace, tmp_path):
    (tmp_path / "talk.en").write_text("Yes.\n")

    test = page().run()
    state = importlib.import_module("state")
    for config in (
        AddConfig((str(tmp_path / "talk.en"),), "talk"),
        AddConfig((str(tmp_path / "talk.en"),), "Synthetic-NER"),
    ):
        from embspace.jobs.supervisor import submit

        job = submit("add-corpus", config, workspace)
        assert job.wait(120) in (State.FINISHED, State.FAILED)
    assert state.jobs.__doc__
    test.session_state["begun"] = [one.id for one in all_jobs(workspace)]
    test.run()
    assert not test.exception
    assert "Yes." in html(test)
    assert "ships with embspace; choose another name" in test.error[0].value.replace("\\", "")
    assert [one.name for one in catalog(workspace) if not one.shipped] == ["talk"]


def test_removing_asks_first(talk, workspace):
    test = drawn("widgets.show_corpus", "ask_remove", talk)
    assert "4 sentences" in test.markdown[0].value and find_entry("talk")
    field(test, "button", "Remove").click().run()
    assert [one.name for one in catalog(workspace) if not one.shipped] == []


def test_any_corpus_can_be_extracted(talk, bert_folder):
    test = drawn("widgets.pick_extraction", "pick_extraction")
    assert "Sentences per type" in [one.label for one in test.number_input]
    field(test, "selectbox", "Corpus").set_value("talk").run()
    assert not test.exception
    assert "Sentences per type" not in [one.label for one in test.number_input]
    field(test, "text_input", "Checkpoint").set_value(str(bert_folder))
    field(test, "number_input", "Sentences").set_value(1)
    field(test, "button", "Extract").click().run()
    assert not test.error and not test.exception
    assert test.text[0].value == repr(ExtractConfig(str(bert_folder), corpus="talk", sentences=1))
    assert len(open_corpus("talk", limit=1)) == 2


def test_a_space_of_a_corpus_tells_how_it_is_made_again(talk, workspace, bert_folder):
    made = ExtractConfig(str(bert_folder), ("be",), corpus="talk", sentences=1)
    space = make_space(made, workspace, Silent())
    stored = look_at(space.path)
    config = find_config(stored)
    assert config == replace(made, targets="words", tokenize_as="text")
    lines = space_lines(stored, config)
    assert "open_corpus('talk', languages=['be'], limit=1)" in lines
    found = {}
    exec(lines, found)
    assert found["space"].fingerprint == space.fingerprint
    assert "--corpus=talk --languages=be --sentences=1" in command_lines(stored, config)
    remove("talk", workspace)
    assert find_config(stored) is None


@pytest.mark.browser
def test_a_file_is_uploaded_looked_at_and_removed(page, server, tmp_path):
    (tmp_path / "people.en.conll").write_text("Eve B-PER\nran O\n. O\n\nNo O\n")
    page.goto(f"{server}corpora")
    page.get_by_role("button", name="Add a corpus").click()
    page.locator("input[type=file]").set_input_files([tmp_path / "people.en.conll"])
    page.get_by_text("tags of entities in IOB2").wait_for()
    page.locator("table.tagged mark").first.wait_for()
    assert page.get_by_role("button", name="Add", exact=True).bounding_box()["y"] < 860
    page.get_by_role("button", name="Add", exact=True).click()
    page.wait_for_url(re.compile("corpus=people"))
    page.locator("table.tagged mark").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= 1440")
    page.get_by_role("button", name="Remove").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    page.get_by_text("Choose a row").wait_for()
    page.get_by_role("button", name="Remove").wait_for(state="detached")
    assert "corpus=" not in page.url


def test_pairs_and_questions_are_shown_as_they_are_learned_from(workspace):
    test = page(corpus="qa-sample").run()
    assert next(one.label for one in test.tabs) == "Questions"
    assert "<mark" in html(test) and "Learned from" in html(test)
    test = page(corpus="nli-sample-test").run()
    assert next(one.label for one in test.tabs) == "Pairs"
    assert all(f"<td>{label}</td>" in html(test) for label in ("entailment", "neutral", "contradiction"))
    lines = next(one.value for one in test.code if "open_entailments" in one.value)
    assert "pairs = open_entailments('nli-sample-test')" in lines


def test_answers_are_marked_and_texts_of_records_are_no_html():
    pair = Entailment("<b>A</b>", "B & C", "neutral", ("en", "en"), "1")
    rows = record_rows([pair])
    assert "<b>A" not in rows and "&lt;b&gt;A" in rows and "B &amp; C" in rows
    paragraph = "x" * 400 + "<i>Minsk</i>" + "y" * 10
    one = Question("1", "Where?", paragraph, (("Minsk", 403),), ("en", "ru"))
    rows = record_rows([one])
    assert ">Minsk</mark>&lt;/i&gt;yyyyyyyyyy</span>" in rows and "... xxx" in rows
    assert "no answer" in record_rows([replace(one, answers=())])
