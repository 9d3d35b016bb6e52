"""The page of neighbors, without a browser: a word typed or clicked, its sentence, what is nearest."""

from dataclasses import replace

import pytest
from app_views import app

import embspace as es
import selections
from embspace.corpora.catalog import add_corpus
from embspace.corpora.records import Sentence
from embspace.jobs.job import State
from embspace.jobs.supervisor import all_jobs
from embspace.progress import Silent
from embspace.workflows.analyze import extractions, make_corpora, make_tables
from embspace.workflows.extract import make_space
from subject import Question, Subject
from widgets.pick_word import escaped, first_rows, label, place_of, sentences_with, start_row

TEXTS = [("en", "a small town . town"), ("ar", "هذه مدينة town"), ("en", "the *first* house"), ("be", "малы горад")]


@pytest.fixture
def subject(workspace, bert_folder):
    add_corpus([Sentence(tuple(text.split()), code) for code, text in TEXTS], name="towns")
    return Subject("towns", checkpoints=(str(bert_folder),))


def page(question):
    return app(**question.to_address()).switch_page("views/neighbors.py")


def made(question):
    return make_tables(question.config(), es.current_workspace(), Silent())[1]["neighbors"]


def html(test):
    assert not test.exception and not test.error
    [found] = [one.proto.body for one in test.get("html") if 'class="neighbors"' in one.proto.body]
    return found


def pills(test):
    [words] = [one for one in test.button_group if one.label == "Words"]
    return words


def test_the_longest_word_of_the_first_english_sentence_is_asked_for(subject):
    table = made(Question("neighbors", subject, {"query": 1, "layer": None}))
    assert table["query"].unique().tolist() == ["small"]
    assert sorted(table["language"].unique()) == ["ar", "be"]
    test = page(Question("neighbors", subject)).run()
    assert pills(test).value == 1
    assert test.query_params["query"] == "1"
    assert ">small</mark>" in html(test)


def test_a_clicked_word_is_computed_and_shown(workspace, subject):
    for row in (1, 2, 4):
        made(Question("neighbors", subject, {"query": row, "layer": None}))
    test = page(Question("neighbors", subject)).run()
    assert "<mark" in html(test) and ">small</mark>" in html(test)
    assert pills(test).options == ["a", "small", "town", "\\.", "town\u200b"]
    pills(test).set_value(2).run()
    assert test.query_params["query"] == "2"
    assert ">town</mark> . town" in html(test)
    pills(test).set_value(4).run()
    assert test.query_params["query"] == "4"
    pills(test).set_value(2).run()
    assert len(test.dataframe) == 1 and len(test.get("plotly_chart")) == 1
    assert not all_jobs(workspace)
    test = page(Question("neighbors", subject, {"query": 2})).run()
    assert pills(test).value == 2


def test_a_typed_word_finds_its_sentences(workspace, subject):
    test = page(Question("neighbors", subject, {"query": 1})).run()
    next(one for one in test.text_input if one.label == "Word").set_value("Town").run()
    [sentence] = [one for one in test.selectbox if one.label == "Sentence"]
    assert len(sentence.options) == 2 and sentence.options[1].startswith("Arabic: \u2067")
    assert pills(test).value == 2 and test.query_params["query"] == "2"
    pills(test).set_value(0).run()
    assert test.query_params["query"] == "0"
    [sentence] = [one for one in test.selectbox if one.label == "Sentence"]
    sentence.select_index(1).run()
    assert test.query_params["query"] == "7" and pills(test).value == 2
    next(one for one in test.text_input if one.label == "Word").set_value("nowhere").run()
    assert any("No sentence has the word “nowhere”" in one.value for one in test.caption)
    assert not test.exception


def test_the_rows_are_those_of_the_space(workspace, subject):
    config = Question("neighbors", subject).config()
    [corpus] = make_corpora(config.spaces, es.current_workspace())
    space = make_space(extractions(config)[0], es.current_workspace(), Silent())
    starts = first_rows(corpus)
    assert starts[-1] == space.n_words
    for number, sentence in enumerate(corpus):
        own = space.words.iloc[starts[number] : starts[number + 1]]
        assert own["text"].tolist() == list(sentence.words) and set(own["sentence"]) == {number}


def test_a_selection_of_the_map_is_what_is_chosen_from(workspace, subject):
    config = Question("neighbors", subject).config()
    space = make_space(extractions(config)[0], es.current_workspace(), Silent())
    picked = space.words.loc[space.words["sentence"].isin([2, 3])]
    selections.save(selections.select("two", space, picked), workspace)
    test = page(Question("neighbors", replace(subject, selection="two"))).run()
    assert any("**two** · 2 sentences" in one.value for one in test.markdown)
    [sentence] = [one for one in test.selectbox if one.label == "Sentence"]
    assert [one.split(":")[0] for one in sentence.options] == ["English", "Belarusian"]
    next(one for one in test.button if one.label == "Show all").click().run()
    assert not any("**two**" in one.value for one in test.markdown) and "selection" not in test.query_params
    others = selections.select("other", space.select(language="be"), picked.loc[picked["language"] == "be"])
    selections.save(replace(others, corpus_fingerprint="another"), workspace)
    test = page(Question("neighbors", replace(subject, selection="other"))).run()
    assert any("picked from other sentences" in one.value for one in test.error)


def test_a_job_computes_what_is_not_stored(workspace, subject):
    made(Question("neighbors", subject, {"query": 1, "layer": None}))
    test = page(Question("neighbors", subject, {"query": 0})).run()
    [job] = all_jobs(workspace)
    assert job.wait(120) is State.FINISHED, job.error
    assert ">a</mark> small" in html(test.run())


def test_words_of_sentences():
    sentences = [Sentence(tuple(text.split()), code) for code, text in TEXTS]
    corpus = es.synthetic_ner(["be", "en"], entity="Washington", per_type=2)
    row = start_row(corpus, first_rows(corpus))
    words = [word for one in corpus for word in one.words]
    assert words[row] == "Washington"
    assert sentences_with(corpus, "WASHINGTON")[0] == next(i for i, one in enumerate(corpus) if one.language == "en")
    assert place_of(sentences[2], "") == 1
    assert label(sentences[0], "town") == "English: \u2066a small town . town\u2069"
    assert escaped("*first*") == "\\*first\\*" and escaped("") == "·"
