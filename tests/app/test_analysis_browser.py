"""Pages of analyses in a browser: from nothing to a figure, and every page as it opens."""

import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import pytest
from app_views import ROOT

from embspace.workflows.analyses import ANALYSES
from subject import Question, Subject

pytestmark = pytest.mark.browser
VIEWS = sorted(path.stem for path in (ROOT / "app" / "views").glob("*.py"))


@pytest.fixture
def subject(bert_folder):
    return Subject(per_type=3, languages=("be", "en"), checkpoints=(str(bert_folder),))


def address(server, question):
    return f"{server}{question.analysis}?{urlencode(question.to_address(), doseq=True)}"


def still(page):
    """Wait until nothing is being computed or drawn."""
    page.wait_for_function(
        "!document.querySelector('[data-testid=stProgress]') && !document.querySelector('[data-testid=stSkeleton]')"
        " && document.querySelector('[data-testid=stApp][data-test-script-state=notRunning]')"
    )
    page.wait_for_timeout(400)


def test_from_no_space_to_a_figure_and_its_files(page, server, subject):
    page.goto(address(server, Question("similarity", subject)))
    page.get_by_role("button", name="Read and compute").click()
    page.get_by_role("button", name="Cancel").wait_for()
    page.locator(".st-key-analysis_figure .js-plotly-plot .main-svg").first.wait_for()
    still(page)
    last = page.get_by_role("button", name="LaTeX").bounding_box()
    assert last["y"] + last["height"] < 900
    starts = {
        "PNG": b"\x89PNG",
        "SVG": b"<svg",
        "PDF": b"%PDF",
        "CSV": b"\xef\xbb\xbflayer",
        "LaTeX": rb"\begin{tabular}",
    }
    for name, start in starts.items():
        with page.expect_download() as caught:
            page.get_by_role("button", name=name, exact=True).click()
        assert caught.value.suggested_filename.startswith("Similarity of languages - bert")
        assert Path(caught.value.path()).read_bytes().startswith(start)
    page.get_by_role("slider").press("ArrowLeft")
    page.wait_for_url(re.compile("layer=1"))
    page.get_by_text("The same in Python").click()
    page.get_by_text("import embspace as es").wait_for()
    page.get_by_text("What this shows").click()
    page.locator(".katex").first.wait_for()


def test_every_page_opens_without_an_error_and_fits_the_width(page, server, subject):
    for name in VIEWS:
        known = name in ANALYSES
        place = "" if name == "projection" else name
        page.goto(address(server, Question(name, replace(subject, words=("Paris",)))) if known else server + place)
        page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
        page.locator("[data-testid=stMain] :is(button, [data-testid=stAlert]):visible").first.wait_for()
        assert page.locator("[data-testid=stException]").count() == 0, name
        assert page.get_by_text("encountered an error").count() == 0, name
        assert page.evaluate("document.documentElement.scrollWidth <= 1440"), name
