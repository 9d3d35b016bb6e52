"""The pages of taggers in a browser: from a pasted text to a marked place, from an error to its point on the Map."""

import re
from dataclasses import replace

import pytest
import torch
from playwright.sync_api import expect
from tagged_runs import EN, RU, store
from transformers import AutoModelForTokenClassification, AutoTokenizer

from embspace.corpora.synthetic_ner import synthetic_ner
from embspace.progress import Silent
from embspace.workflows.project import make_maps
from labelling import Labelling

pytestmark = pytest.mark.browser
PATIENCE = 240_000
"""milliseconds: a machine may be busy with trainings"""


@pytest.fixture
def places(bert_folder, tmp_path):
    """A tagger to which every word is a place."""
    names = {0: "O", 1: "B-LOC"}
    model = AutoModelForTokenClassification.from_pretrained(bert_folder, id2label=names)
    torch.nn.init.zeros_(model.classifier.weight)
    model.classifier.bias.data.copy_(torch.tensor([0.0, 1.0]))
    model.save_pretrained(tmp_path / "places")
    AutoTokenizer.from_pretrained(bert_folder).save_pretrained(tmp_path / "places")
    return str(tmp_path / "places")


def test_a_pasted_text_is_marked_and_found_again(page, own_server, places):
    page.set_default_timeout(PATIENCE)
    page.goto(f"{own_server}tagger?checkpoint={places}")
    text = page.get_by_role("textbox", name="Text", exact=True)
    text.fill("Minsk <b>is</b>\nin Belarus")
    page.get_by_role("button", name="Label", exact=True).click()
    marks = page.locator("table.labelled mark")
    marks.first.wait_for()
    assert marks.first.inner_text() == "MinskLOC" and page.locator("table.labelled tr").count() == 2
    assert "<b>" in page.locator("table.labelled").inner_text().replace("LOC", "")
    assert marks.first.evaluate("one => getComputedStyle(one).backgroundColor") != "rgba(0, 0, 0, 0)"
    assert page.evaluate("document.documentElement.scrollWidth <= 1440")
    page.reload()
    marks.first.wait_for()
    expect(text).to_have_value("Minsk <b>is</b>\nin Belarus", timeout=PATIENCE)  # it comes a moment after the marks
    with page.expect_download() as caught:
        page.get_by_role("button", name="CoNLL").click()
    assert caught.value.suggested_filename.endswith(".conll")


def test_an_error_is_a_marked_point_on_the_map(page, taught, own_server):
    page.set_default_timeout(PATIENCE)
    view = Labelling(EN, RU, per_type=2, languages=("en", "ru"))
    corpus = synthetic_ner(["en", "ru"], per_type=2)
    wrong = next(number for number, one in enumerate(corpus) if one.entity.type == "ORG")
    store(view.config(EN, corpus=True), taught, {wrong: "LOC"})
    store(view.config(RU, corpus=True), taught, {})
    make_maps(view.map_view("", len(corpus)).config(), taught, Silent())
    address = page_of(replace(view, case="first"))
    page.goto(f"{own_server}errors?{address}")
    page.locator("table.labelled").get_by_text("A LOC").first.wait_for()
    page.get_by_text("1 of 12 sentences").wait_for()
    figure = page.locator(".st-key-errors_figure .stPlotlyChart").bounding_box()
    assert figure["y"] < 200 and figure["height"] < 260
    page.get_by_role("button", name="Show these words on the map").click()
    page.wait_for_url(re.compile("selection=errors"))
    page.locator(".st-key-map_figures .js-plotly-plot .main-svg").first.wait_for()
    [mark] = page.locator("table.sentences mark").all_inner_texts()
    sentence = corpus[wrong]
    assert mark == " ".join(sentence.words[sentence.entity.start : sentence.entity.stop])


def page_of(view):
    from urllib.parse import urlencode

    return urlencode(view.to_address(), doseq=True)
