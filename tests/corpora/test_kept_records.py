"""Corpora of NLI and of questions keep labels and answers beside their sentences, and open them by name."""

import json

import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as some

from embspace.corpora import nli
from embspace.corpora.adding import add_files
from embspace.corpora.catalog import add_corpus, find_entry, open_corpus, open_entailments, open_links, open_questions
from embspace.corpora.kept import LINK_COLUMNS
from embspace.corpora.kept_records import record_table, records_of
from embspace.corpora.records import LABELS, Entailment, Question, Records, Sentence
from embspace.corpora.sources import open_source
from embspace.errors import CorpusError, StoreError
from embspace.progress import Silent

HEADER = "language\tlanguage2\tgold_label\tsentence1\tsentence2\tpairID\tgenre"
ROWS = (
    "en\ten\tneutral\tHe sleeps.\tHe lives.\t1\tfiction",
    "en\ten\tentailment\tIt rains.\tIt is wet.\t2\tfiction",
    "be\tbe\tentailment\tІдзе дождж.\tМокра.\t2\tfiction",
    "be\tbe\tcontradiction\tСнег.\tСпёка.\t3\tfiction",
    "ru\tru\tneutral\tДа.\tНет.\t3\tfiction",
    "en\tru\tneutral\tYes.\tНет.\t4\tfiction",
)
PARAGRAPH = "Мінск — сталіца. Мінск стаіць на Свіслачы."


def put(folder, name, text):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def pairs_file(folder, *rows):
    return put(folder, "pairs.tsv", "\n".join((HEADER, *(rows or ROWS))) + "\n")


def squad_file(folder, name, *asked, paragraph=PARAGRAPH):
    """Each question as (id, text, answer, start) ..."""
    qas = [
        {"id": id, "question": text, "answers": [{"text": a, "answer_start": at} for a, at in answers]}
        for id, text, *answers in asked
    ]
    data = [{"title": "Мінск", "paragraphs": [{"context": paragraph, "qas": qas}]}]
    return put(folder, name, json.dumps({"version": "1.1", "data": data}))


def add(workspace, *paths, name="mine", **said):
    """The entry, and what was counted."""
    entry, opened = add_files(paths, name=name, workspace=workspace, progress=Silent(), **said)
    return entry, opened.counted


def test_pairs_keep_their_labels(workspace, tmp_path):
    entry, counted = add(workspace, pairs_file(tmp_path, *ROWS, "en\ten\t-\tA.\tB.\t9\tfiction"))
    assert (entry.records, entry.n_records) == ("nli", 6)
    assert counted == {"pairs without a label, en": 1}
    assert find_entry("mine") == entry
    head = json.loads((entry.path / "corpus.json").read_text())
    assert (head["records"], head["n_records"]) == ("nli", 6)
    found = open_entailments("mine")
    assert found.name == "mine" and found.fingerprint == Records("", nli.read_nli(tmp_path / "pairs.tsv")).fingerprint
    assert found[0] == Entailment("He sleeps.", "He lives.", "neutral", ("en", "en"), "1", "fiction")
    assert [(one.id, one.language, one.label) for one in found] == [
        ("1", "en", "neutral"),
        ("2", "en", "entailment"),
        ("2", "be", "entailment"),
        ("3", "be", "contradiction"),
        ("3", "ru", "neutral"),
        ("4", "en+ru", "neutral"),
    ]
    sentences = {(one.parallel, one.language): one.text for one in open_corpus("mine")}
    for one in found:
        assert sentences[f"{one.id}:premise", one.languages[0]] == one.premise
        assert sentences[f"{one.id}:hypothesis", one.languages[1]] == one.hypothesis
    assert not (entry.path / "flaws.tsv").exists()


def test_pairs_are_chosen_by_both_languages_and_whole_groups_go_first(workspace, tmp_path):
    add(workspace, pairs_file(tmp_path))

    def chosen(*languages, limit=None):
        return [(one.id, one.language) for one in open_entailments("mine", languages=languages or None, limit=limit)]

    assert chosen("en") == [("1", "en"), ("2", "en")]
    assert chosen("en", "ru") == [("1", "en"), ("2", "en"), ("3", "ru"), ("4", "en+ru")]
    assert chosen("be", "ru") == [("2", "be"), ("3", "be"), ("3", "ru")]
    assert chosen("en", "be", limit=1) == [("2", "en"), ("2", "be")], "1 comes first, but has no translation"
    assert chosen("en", "be", limit=2) == [("1", "en"), ("2", "en"), ("2", "be")]
    assert chosen("en", limit=1) == [("1", "en")]
    assert chosen(limit=9) == chosen()
    assert open_entailments("mine", limit=2).name == "mine, first 2"
    with pytest.raises(CorpusError, match=r"Unknown language code 'pl'.* Possible are en, be, ru"):
        chosen("en", "pl")
    with pytest.raises(CorpusError, match="expected 1 or more"):
        chosen(limit=0)


def test_a_language_that_has_no_pair_of_its_own_is_told(workspace, tmp_path):
    add(workspace, pairs_file(tmp_path, "en\tru\tneutral\tYes.\tНет.\t4\tg"))
    with pytest.raises(CorpusError, match=r"mine has no pairs in ru alone; .* name both\. Its languages are en, ru\."):
        open_entailments("mine", languages=["ru"])
    assert len(open_entailments("mine", languages=["ru", "en"])) == 1


def test_questions_keep_their_answers_and_share_ids_over_files(workspace, tmp_path):
    first = squad_file(tmp_path, "be.json", ("q1", "Дзе?", ("Свіслачы", 33)), ("q2", "Што?", ("Мінск", 0)))
    second = squad_file(tmp_path, "en.json", ("q1", "Where?", ("Svislach", 10)), paragraph="It is on: Svislach.")
    entry, counted = add(workspace, first, second, language=("be", "en"))
    assert (entry.records, entry.n_records, counted) == ("squad", 3, {})
    found = open_questions("mine")
    assert found[0] == Question("q1", "Дзе?", PARAGRAPH, (("Свіслачы", 33),), ("be", "be"), "Мінск")
    assert [(one.id, one.language) for one in found] == [("q1", "be"), ("q2", "be"), ("q1", "en")]
    assert found[0].paragraph is found[1].paragraph, "a paragraph is in memory once"
    assert [one.id for one in open_questions("mine", languages=["be", "en"], limit=1)] == ["q1", "q1"]
    with pytest.raises(CorpusError, match="There is no corpus 'yours'"):
        open_questions("yours")


def test_files_in_one_language_number_their_records_each_for_itself(workspace, tmp_path):
    text = "gold_label\tsentence1\tsentence2\nneutral\tYes.\tNo.\n"
    add(workspace, *(put(tmp_path, name, text) for name in ("a.tsv", "b.tsv")), language="en")
    assert [one.id for one in open_entailments("mine")] == ["1:2", "2:2"]
    files = [squad_file(tmp_path, name, ("q1", "Што?", ("Мінск", 0))) for name in ("a.json", "b.json")]
    add(workspace, *files, name="questions", language="be")
    assert [one.id for one in open_questions("questions")] == ["1:q1", "2:q1"]
    assert [one.parallel for one in open_corpus("questions")][:2] == ["1:q1:paragraph", "1:q1:question"]


def test_answers_that_are_not_in_their_place_are_counted_and_listed(workspace, tmp_path):
    path = squad_file(
        tmp_path,
        "be.json",
        ("q1", "Дзе?", ("Свіслачы", 3)),
        ("q2", "Што?", ("Мінск", 5), ("сталіца", 8)),
        ("q3", "Хто?", ("Брэст\tі", 0)),
        ("q4", "Калі?", ("", 0)),
    )
    entry, counted = add(workspace, path)
    assert {one.id: one.answers for one in open_questions("mine")} == {
        "q1": (("Свіслачы", 33),),
        "q2": (("сталіца", 8),),
        "q4": (),
    }
    flaws = entry.path / "flaws.tsv"
    assert counted == {
        f"answers moved to where they stand (listed in {flaws})": 1,
        f"answers left out: not in the paragraph, or there more than once (listed in {flaws})": 2,
        f"answers left out: no text (listed in {flaws})": 1,
        "questions left out: none of their answers has a place": 1,
    }
    assert flaws.read_text("utf-8").splitlines() == [
        "file\tquestion\ttext\toffset said\toffset found",
        "be.json\tq1\tСвіслачы\t3\t33",
        "be.json\tq2\tМінск\t5\t",
        'be.json\tq3\t"Брэст\tі"\t0\t',
        "be.json\tq4\t\t0\t",
    ]
    right = [("q1", "Дзе?", ("Свіслачы", 33)), ("q2", "Што?", ("Мінск", 0)), ("q4", "Калі?", ("сталіца", 8))]
    again, counted = add(workspace, squad_file(tmp_path, "be.json", *right))
    assert (again.fingerprint, counted, flaws.exists()) == (entry.fingerprint, {}, False)
    assert open_questions("mine")[2].answers == (("сталіца", 8),)


def test_a_record_with_a_blank_text_is_left_out_and_counted(workspace, tmp_path):
    _, counted = add(workspace, pairs_file(tmp_path, ROWS[0], "en\ten\tneutral\t \tNo.\t7\tg"))
    assert counted == {"blank premise": 1, "pairs left out: a blank text": 1}
    assert [one.id for one in open_entailments("mine")] == ["1"]
    _, counted = add(workspace, squad_file(tmp_path, "be.json", ("q1", " "), ("q2", "Што?")), name="questions")
    assert counted == {"blank question": 1, "questions left out: a blank text": 1}
    blank = squad_file(tmp_path, "blank.be.json", ("q1", "Дзе?"), ("q2", "Што?"), paragraph=" ")
    entry, counted = add(workspace, blank, name="blank")
    assert counted == {"blank paragraph": 1, "questions left out: a blank text": 2}
    assert (entry.records, entry.n_records) == ("", 0)


def test_a_label_that_is_none_names_file_and_line_and_nothing_is_kept(workspace, tmp_path):
    path = pairs_file(tmp_path, *ROWS, "en\ten\tperhaps\tA.\tB.\t9\tg")
    with pytest.raises(CorpusError, match=r"pairs\.tsv, line 8: label 'perhaps'; possible are entailment, neutral"):
        add(workspace, path)
    assert not list(workspace.corpora.iterdir())


def test_the_same_files_are_found_and_other_labels_replace_those_there(workspace, tmp_path):
    path = pairs_file(tmp_path)
    entry, _ = add(workspace, path)
    first = open_entailments("mine").fingerprint
    assert add(workspace, path, name="other")[0] == entry
    assert open_entailments("mine").fingerprint == first
    again, _ = add(workspace, pairs_file(tmp_path, ROWS[0].replace("neutral", "entailment"), *ROWS[1:]))
    assert (again.fingerprint, again.path) == (entry.fingerprint, entry.path)
    assert open_entailments("mine")[0].label == "entailment"
    assert open_entailments("mine").fingerprint != first
    assert again.origin != entry.origin and find_entry("mine") == again, "the sums are those of the new file"
    add_corpus(open_corpus("mine"), name="mine")
    assert open_entailments("mine")[0].label == "entailment", "sentences without records leave them"
    assert list(workspace.corpora.iterdir()) == [entry.path]


def test_links_and_records_lie_side_by_side(workspace, tmp_path):
    path = pairs_file(tmp_path, *ROWS[1:3])
    links = pd.DataFrame([("2:premise", "en", 1, "be", 0)], columns=LINK_COLUMNS)
    opened = open_source(path)
    entry = add_corpus(opened.sentences, name="mine", records=opened.records, links=links)
    assert (entry.links, entry.n_records) == (1, 2)
    assert add(workspace, path)[0].links == find_entry("mine").links == len(open_links("mine")) == 1


def test_what_keeps_none_says_how_it_is_added(workspace, tmp_path):
    add_corpus([Sentence(("Yes",), "en")], name="plain", format="text")
    add(workspace, pairs_file(tmp_path))
    with pytest.raises(CorpusError, match=r"plain keeps no pairs: its format is text, .*add it with --format nli: "):
        open_entailments("plain")
    with pytest.raises(CorpusError, match=r"mine keeps no questions: .* nli, and it has 6 pairs\. .*--format squad"):
        open_questions("mine")
    with pytest.raises(CorpusError, match="synthetic-ner keeps no questions: its format is templates"):
        open_questions("synthetic-ner")


def test_a_folder_that_was_written_before_is_read(workspace, tmp_path):
    path = pairs_file(tmp_path)
    entry, _ = add(workspace, path)
    head = json.loads((entry.path / "corpus.json").read_text())
    del head["records"], head["n_records"]
    (entry.path / "corpus.json").write_text(json.dumps(head))
    (entry.path / "records.parquet").unlink()
    old = find_entry("mine")
    assert (old.problem, old.records, old.n_records) == ("", "", 0)
    assert len(open_corpus("mine")) == 12
    with pytest.raises(
        CorpusError, match=r"mine was added before pairs were kept .* again: .*--name mine --format nli"
    ):
        open_entailments("mine")
    assert add(workspace, path)[0] == find_entry("mine") == entry
    assert len(open_entailments("mine")) == 6


def test_damage_is_named_and_mended_by_adding_again(workspace, tmp_path):
    path = pairs_file(tmp_path)
    entry, _ = add(workspace, path)
    file = entry.path / "records.parquet"
    whole = file.read_bytes()
    for harmed in (whole[:20] + bytes([whole[20] ^ 1]) + whole[21:], whole[:-9], b""):
        file.write_bytes(harmed)
        with pytest.raises(
            StoreError, match=r"records\.parquet is missing or damaged .* Add the files of 'mine' again"
        ):
            open_entailments("mine")
    file.unlink()
    with pytest.raises(StoreError, match="missing or damaged"):
        open_entailments("mine")
    pq.write_table(record_table([Question("q", "?", "A b.", (), ("en", "en"))]), file)
    with pytest.raises(StoreError, match="its columns are id, question, paragraph"):
        open_entailments("mine")
    add(workspace, path)
    assert file.read_bytes() == whole
    head = json.loads((entry.path / "corpus.json").read_text())
    (entry.path / "corpus.json").write_text(json.dumps(head | {"records": "foreign"}))
    assert "damaged" in find_entry(entry.fingerprint).problem


def test_records_that_do_not_go_with_the_sentences_are_refused(workspace):
    pair = Entailment("Yes.", "No.", "neutral", ("en", "en"), "1")
    sentences = [Sentence(("Yes", "."), "en"), Sentence(("No", "."), "en")]
    with pytest.raises(CorpusError, match=r"alone, got pairs and questions\. The corpus was not added\."):
        add_corpus(sentences, name="mine", records=[pair, Question("q", "?", "A.", (), ("en", "en"))])
    foreign = Entailment("Ja.", "Nej.", "neutral", ("da", "en"), "1")
    with pytest.raises(CorpusError, match=r"there are pairs in da, and sentences only in en; .* was not added"):
        add_corpus(sentences, name="mine", records=[pair, foreign])
    assert not list(workspace.corpora.iterdir())
    add_corpus(sentences, name="mine", records=[pair])
    assert list(open_entailments("mine")) == [pair]


ANY = some.text(some.characters(exclude_categories=["Cs"]))
CODE = some.sampled_from(["be", "en", "sr-Cyrl"])
PAIR = some.builds(Entailment, ANY, ANY, some.sampled_from(LABELS), some.tuples(CODE, CODE), ANY, ANY)


@some.composite
def questions(draw):
    paragraph = draw(ANY)
    starts = draw(some.lists(some.integers(0, max(0, len(paragraph) - 1)), max_size=3)) if paragraph else []
    answers = tuple((paragraph[start : start + 3], start) for start in starts)
    return Question(draw(ANY), draw(ANY), paragraph, answers, (draw(CODE), draw(CODE)), draw(ANY))


@given(some.lists(PAIR, min_size=1) | some.lists(questions(), min_size=1))
def test_any_records_are_read_back_equal(made):
    kind = "nli" if isinstance(made[0], Entailment) else "squad"
    assert list(records_of(record_table(made), kind)) == made
