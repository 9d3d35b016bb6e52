"""The page of errors, without a browser: filters, both readings, the way to the Map."""

from dataclasses import replace

import pandas as pd
import pytest
from app_views import opened
from tagged_runs import EN, RU, store

import embspace as es
import selections
from embspace.analyses.wrong_words import error_counts, wrong_words
from embspace.corpora.catalog import add_corpus, open_corpus
from embspace.corpora.records import Entity, Sentence
from embspace.corpora.synthetic_ner import entities, synthetic_ner
from embspace.figures.error_counts import error_counts_heatmap
from embspace.jobs.supervisor import all_jobs
from embspace.progress import Silent
from embspace.workflows.extract import make_space
from errors_shown import of_clubs, selection_of, shown_words, types_of
from label_lines import error_lines
from labelling import Labelling, map_address

VIEW = Labelling(EN, RU, per_type=2, languages=("en", "ru"))
CORPUS = synthetic_ner(["en", "ru"], per_type=2)
ORG_EN = [number for number, one in enumerate(CORPUS) if one.entity.type == "ORG" and one.language == "en"]
PER_RU = [number for number, one in enumerate(CORPUS) if one.entity.type == "PER" and one.language == "ru"]
CHANGED = {EN: {ORG_EN[0]: "LOC", PER_RU[0]: "O"}, RU: {PER_RU[0]: "LOC", PER_RU[1]: "LOC"}}
"""A alone errs in an English organization, B alone in a Russian person, both in another"""


def page(view):
    return opened("errors", **view.to_address())


def html(test):
    return " ".join(one.proto.body for one in test.get("html") if "<style" not in one.proto.body)


def said(test, kind):
    return " ".join(one.value.replace("\\", "").replace("*", "") for one in getattr(test, kind))


def widget(test, kind, name):
    return next(one for one in getattr(test, kind) if f"_{name}_" in one.key)


@pytest.fixture
def labelled(taught):
    for name, changed in CHANGED.items():
        store(VIEW.config(name, corpus=True), taught, changed)
    return taught


@pytest.fixture
def labels():
    """The labels of `labelled`."""
    rows = []
    for name, changed in CHANGED.items():
        for number, one in enumerate(CORPUS):
            for position, (word, tag) in enumerate(zip(one.words, one.tags, strict=True)):
                kind = changed.get(number, tag[2:]) if tag != "O" else "O"
                found = "O" if kind == "O" else f"{tag[:2]}{kind}"
                rows.append((name, number, position, word, one.language, tag, found))
    columns = ["system", "sentence", "position", "word", "language", "gold", "predicted"]
    return pd.DataFrame(rows, columns=columns)


@pytest.fixture
def wrong(labels):
    """The wrong words among them."""
    return wrong_words(labels)


def test_what_is_not_labelled_is_offered_and_a_tagger_is_not_compared_with_itself(taught):
    test = page(VIEW)
    assert "Not labelled yet: 12 sentences" in said(test, "markdown")
    assert f"by {EN} and {RU}." in said(test, "markdown") and not all_jobs(taught)
    assert "the same tagger" in page(Labelling(EN, EN)).info[0].value


def test_both_readings_are_drawn_and_filters_stand_in_the_address(labelled):
    test = page(VIEW)
    assert not test.error and len(test.get("plotly_chart")) == 1
    shown = html(test)
    assert all(
        text in shown for text in ("gold ORG", "A LOC", "B ORG", "gold PER", "A –", "B LOC", "<b>B</b> NER bert")
    )
    assert "3 of 12 sentences" in said(test, "markdown")
    for case, count in (("first", 1), ("second", 1), ("both", 1), ("any", 3)):
        widget(test, "button_group", "case").set_value(case).run()
        assert f"{count} of 12 sentences" in said(test, "markdown")
    widget(test, "selectbox", "only").set_value("ru").run()
    assert "2 of 12 sentences" in said(test, "markdown") and test.query_params["only"] in ("ru", ["ru"])
    widget(test, "selectbox", "type").set_value("ORG").run()
    assert "0 of 12 sentences" in said(test, "markdown") and "No sentence is like that" in said(test, "caption")
    assert (
        widget(page(Labelling(EN, RU, per_type=2, languages=("en", "ru"), type="LOC")), "selectbox", "type").value
        == "LOC"
    )


def test_one_tagger_against_gold_has_no_question_of_who_errs(labelled):
    test = page(Labelling(EN, per_type=2, languages=("en", "ru")))
    assert not [one for one in test.button_group if "_case_" in one.key]
    assert "2 of 12 sentences" in said(test, "markdown") and "<b>B</b>" not in html(test)


def test_no_error_at_all_is_said(taught):
    view = Labelling(EN, per_type=1, languages=("en", "ru"))  # other sentences: what was read is kept by its key
    store(view.config(EN, corpus=True), taught, {})
    test = page(view)
    assert "0 of 6 sentences" in said(test, "markdown") and not test.error


def test_tags_of_another_kind_are_said(taught):
    add_corpus([Sentence(("dogs", "bark"), "en", tags=("NOUN", "VERB"))], name="pos")
    view = Labelling(EN, corpus="pos", source="corpus")
    job = page(view)  # nothing is labelled: it is offered
    assert "Not labelled yet" in said(job, "markdown")


def words(*rows):
    columns = ["sentence", "language", "case", "position", "word", "gold", "first", "second", "types"]
    found = pd.DataFrame(rows, columns=columns)
    found.attrs["settings"] = {"first": "A", "second": "B", "sentences": {"en": 9}}
    return found


def test_clubs_are_organizations_that_are_taken_for_places():
    club = next(one for one in entities("ORG") if one.kind == "club")
    other = next(one for one in entities("ORG") if one.kind != "club")
    marked = [Sentence(("x",), "en", entity=Entity(0, 1, "ORG", one.id)) for one in (club, other)]
    found = words(
        (0, "en", "first", 0, "x", "B-ORG", "B-LOC", "O", "LOC ORG"),
        (1, "en", "second", 0, "x", "B-ORG", "B-ORG", "I-LOC", "LOC ORG"),
        (2, "en", "first", 0, "x", "B-ORG", "B-LOC", "B-ORG", "LOC ORG"),
        (1, "en", "first", 0, "x", "B-LOC", "B-ORG", "B-ORG", "LOC ORG"),
    )
    assert of_clubs(found, [Sentence(("x",), "en"), *marked])["sentence"].tolist() == [0, 1]
    assert types_of(found) == ["LOC", "ORG"]


def test_words_become_a_selection_that_the_map_finds(labelled, wrong):
    made = selection_of(VIEW, wrong, CORPUS)
    selections.save(made, labelled)
    kept = selections.load(made.name, labelled)
    numbers = sorted({ORG_EN[0], *PER_RU})
    assert kept.words["sentence"].tolist() == numbers
    space = make_space(VIEW.extraction(), labelled, Silent())
    assert kept.rows_in(space).tolist() == numbers  # a point per sentence, its entity
    assert kept.words["text"].tolist() == space.words["text"].iloc[numbers].tolist()
    assert kept.words["type"].tolist() == space.words["type"].iloc[numbers].tolist()
    view = VIEW.map_view(made.name, len(CORPUS))
    assert view.config().extract == VIEW.extraction() and view.perplexity == 3
    assert map_address(view)["selection"] == made.name and map_address(view)["words"] == "all"
    assert selection_of(Labelling(EN, RU, only="en"), wrong, CORPUS).name != made.name


def test_of_a_tagged_corpus_each_wrong_word_is_a_point(workspace):
    sentences = [
        Sentence(("New", "York", "x"), "en", tags=("B-LOC", "I-LOC", "O")),
        Sentence(("y",), "en", tags=("O",)),
    ]
    add_corpus(sentences, name="tagged")
    corpus = open_corpus("tagged")
    found = words(
        (0, "en", "first", 1, "York", "I-LOC", "O", "I-LOC", "LOC"),
        (1, "en", "first", 0, "y", "O", "B-LOC", "O", "LOC"),
    )
    made = selection_of(Labelling(EN, corpus="tagged", clubs=True, type="LOC"), found, corpus)
    assert made.name.startswith("errors LOC clubs ")
    assert made.words["text"].tolist() == ["York", "y"] and made.words["start"].tolist() == [4, 0]


def test_the_button_stores_the_words_and_opens_the_map(labelled):
    test = page(VIEW)
    widget(test, "button", "map").click().run()
    assert not test.exception
    [name] = selections.names(labelled)
    assert test.query_params["selection"] in (name, [name]) and test.query_params["checkpoint"] in (EN, [EN])
    for job in all_jobs(labelled):
        job.cancel()


def test_lines_find_the_same_errors(labels, wrong, monkeypatch):
    monkeypatch.setattr(es, "predict", lambda name, corpus: labels[labels["system"] == name].drop(columns="system"))
    view = Labelling(EN, RU, per_type=2, languages=("en", "ru"), case="both", only="ru", type="LOC", clubs=True)
    bare = replace(view, clubs=False)
    expected = shown_words(bare, wrong)["sentence"].unique().tolist()
    assert expected == [PER_RU[0]]
    for one, clubs in ((bare, False), (view, True), (replace(view, case="any", only="", type=""), True)):
        names = by_lines(one)
        every = of_clubs(wrong, CORPUS) if clubs else wrong
        assert names["words"]["sentence"].tolist() == shown_words(one, every)["sentence"].tolist()
        counted = error_counts_heatmap(error_counts(every))
        assert names["figure"].to_json() == counted.to_json()  # of all cases, languages and types, as on the page


def by_lines(view):
    """What the lines of a view make, with the labels that are stored."""
    lines = error_lines(view).replace("es.figures.error_counts_heatmap", "figure = es.figures.error_counts_heatmap")
    names: dict = {}
    exec(lines, names)
    return names
