"""The form of the page of adjustment: what it begins with, what it gives, and what it says speaks against a start."""

import tomllib
from dataclasses import replace

import pandas as pd
from app_views import drawn, field, started, text

from adjustment_plan import adjustment_plan
from embspace.corpora.catalog import add_corpus, catalog
from embspace.corpora.records import Entailment, Sentence
from embspace.training.adjust import Adjust
from embspace.training.part import Part
from embspace.workflows.stages import AdjustConfig
from fitting import fitting

RUSSIAN = Part(corpus="parallel-sample", languages=("ru",))


def form():
    return drawn("widgets.pick_adjustment_settings", "pick_adjustment_settings")


def test_the_form_starts_as_the_paper_did_on_the_samples(workspace):
    test = form()
    assert "20 trainings" in text(test, "markdown") and "220 aligned pairs in 7 steps" in text(test, "markdown")
    assert "About" not in text(test, "markdown")
    assert started(test, AdjustConfig) == AdjustConfig(aligned=(replace(RUSSIAN, languages=("es",)),))


def test_the_form_gives_what_was_chosen(workspace):
    test = form()
    field(test, "multiselect", "Translations").set_value(["ru", "tr"])
    field(test, "number_input", "Pairs drawn").set_value(100)
    field(test, "text_input", "Seeds").input("3 4")
    field(test, "text_input", "Device").input("cpu")
    for label, value in (("Epochs, adjusting", 2), ("Alpha", 0.5), ("Epochs, task", 1), ("Threads", 1), ("Window", 64)):
        field(test, "number_input", label).set_value(value)
    field(test, "number_input", "Rate, task").set_value(1e-4)
    test.number_input(key="adjust_train_count_nli-sample").set_value(40)
    test.run()
    assert "8 trainings" in text(test, "markdown") and "200 aligned pairs in 14 steps" in text(test, "markdown")
    wanted = AdjustConfig(
        aligned=(replace(RUSSIAN, languages=("ru", "tr")),),
        train=(Part(corpus="nli-sample", languages=("en",), sentences=40),),
        seeds=(3, 4),
        adjust=Adjust(draw=100),
        alpha=0.5,
        adjust_epochs=2,
        epochs=1,
        rate=1e-4,
        length=64,
        threads=1,
        device="cpu",
    )
    assert started(test, AdjustConfig) == wanted
    assert tomllib.loads(next(one.value for one in test.code if "[[aligned]]" in one.value))["alpha"] == 0.5


def test_questions_are_scored_in_two_languages_or_not(workspace):
    test = form()
    field(test, "selectbox", "Then learns").set_value("qa").run()
    field(test, "toggle", "Texts in two languages too").set_value(False).run()
    assert started(test, AdjustConfig).test == (Part(corpus="qa-sample-test", languages=("es",)),)
    test = form()
    field(test, "selectbox", "Then learns").set_value("qa").run()
    test.number_input(key="adjust_test_count_qa-sample-test").set_value(5).run()
    one = Part(corpus="qa-sample-test", languages=("es",), sentences=5)
    wanted = (one, replace(one, english="question"), replace(one, english="paragraph"))
    assert started(test, AdjustConfig).test == wanted


def test_tags_are_learned_from_synthetic_ner_or_from_tagged_corpora_alone(workspace):
    add_corpus([Sentence(("No", "tags"), "en", tags=("DET", "NOUN"))] * 3, name="spoken")
    test = form()
    field(test, "selectbox", "Then learns").set_value("ner").run()
    assert [one.label for one in test.toggle] == []
    assert field(test, "selectbox", "Learns from").options == ["SyntheticNER"]
    test.number_input(key="adjust_test_count_synthetic-ner").set_value(30).run()
    assert started(test, AdjustConfig).test == (Part(split="test", sentences=30, languages=("es",)),)
    field(test, "selectbox", "Then learns").set_value("pos").run()
    assert field(test, "selectbox", "Learns from").options == ["spoken"]
    assert "test: spoken has no es" in text(test, "error")


def test_without_parts_of_speech_it_is_said_where_they_come_from(workspace):
    test = form()
    field(test, "selectbox", "Then learns").set_value("pos").run()
    assert not test.exception and "add one on the page Corpora" in text(test, "caption")
    assert "SyntheticNER has named entities alone" in text(test, "error") and field(test, "button", "Start").disabled


def test_all_that_is_not_possible_is_said_together(workspace):
    test = form()
    field(test, "text_input", "Checkpoint").input("/no/such/<b>folder</b>")
    field(test, "number_input", "Pairs drawn").set_value(3000)
    field(test, "text_input", "Seeds").input("0 x")
    field(test, "text_input", "Device").input("tpu")
    test.run()
    for part in ("seeds: 'x'", "folder</b> does not exist", "there are es 220; draw fewer", "no device 'tpu'"):
        assert part in text(test, "error")
    assert "<b>" not in test.error[0].value and field(test, "button", "Start").disabled
    field(test, "number_input", "Alpha").set_value(0.0).run()
    assert "alpha = 0.0: expected a weight above 0" in text(test, "error") and not test.exception


def aligned(name, code):
    pair = [Sentence(("a", "b"), "en", parallel="1"), Sentence(("c", "d"), code, parallel="1")]
    links = pd.DataFrame(
        [("1", "en", 0, code, 0)], columns=["parallel", "language_a", "word_a", "language_b", "word_b"]
    )
    return add_corpus(pair, name=name, links=links)


def test_a_corpus_of_ones_own_without_alignments_or_records_in_its_language_is_told_of(workspace):
    aligned("hindi", "hi")
    test = form()
    field(test, "selectbox", "Aligned sentences").set_value("hindi").run()
    assert not test.exception
    assert "test: nli-sample-test has no hi" in text(test, "error")
    field(test, "selectbox", "Source").set_value("hi").run()
    assert "train: nli-sample has no hi" in text(test, "error")
    entries = {one.name: one for one in catalog(workspace)}
    config = AdjustConfig(aligned=(Part(corpus="nli-sample", languages=("ru",)),))
    assert "no words of nli-sample in ru are aligned" in adjustment_plan(config, entries, [{}]).problems[0]
    config = replace(config, aligned=(Part(corpus="none"),), train=(Part(corpus="gone"),))
    assert "no corpus 'none'" in adjustment_plan(config, entries, [{}]).problems[0]
    config = replace(config, aligned=(RUSSIAN,), train=(Part(corpus="qa-sample"),))
    assert "qa-sample has no pairs" in adjustment_plan(config, entries, [{"ru": 220}]).problems[0]


def test_records_of_ones_own_without_english_have_no_texts_in_two_languages(workspace):
    pair = Entailment("Он спит.", "Он лежит.", "neutral", ("ru", "ru"), "1")
    words = [Sentence(tuple(one.split()), "ru") for one in (pair.premise, pair.hypothesis)]
    add_corpus(words, name="xnli", records=[pair])
    test = form()
    field(test, "multiselect", "Translations").set_value(["ru"])
    field(test, "selectbox", "Is scored on").set_value("xnli").run()
    assert "xnli has no English originals" in text(test, "error")
    field(test, "toggle", "Texts in two languages too").set_value(False).run()
    assert started(test, AdjustConfig).test == (Part(corpus="xnli", languages=("ru",)),)


def test_what_fits_a_task_and_how_much_a_run_is(workspace):
    entries = {one.name: one for one in catalog(workspace)}
    assert fitting(entries, "nli") == ["nli-sample", "nli-sample-test"]
    assert fitting(entries, "ner") == ["synthetic-ner"] and fitting(entries, "pos") == []
    parts = (replace(RUSSIAN, languages=None, sentences=50), replace(RUSSIAN, sentences=30))
    found = adjustment_plan(AdjustConfig(aligned=parts, adjust_batch=7), entries, [{"ru": 220, "es": 40}, {"ru": 220}])
    assert (found.trainings, found.pairs, found.steps, found.problems) == (20, 120, 18, ())
