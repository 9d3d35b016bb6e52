"""Scores uploaded in a browser, from an empty workspace to a figure and what can be taken away of it."""

import re
from pathlib import Path

import pytest

from widgets.pick_scores import EXAMPLE

pytestmark = pytest.mark.browser

FILES = {
    "PNG": (b"\x89PNG\r\n", b"IEND"),
    "HTML": (b"<html", b"</html>"),
    "CSV": (b"\xef\xbb\xbflanguage,system", b"adjusted"),
    "LaTeX": (rb"\begin{tabular}", rb"\end{tabular}"),
}


def test_an_uploaded_file_of_scores_becomes_a_figure_that_can_be_taken_away(page, own_server, tmp_path):
    scores = tmp_path / "scores.csv"
    scores.write_text(EXAMPLE)
    page.goto(f"{own_server}significance")
    page.locator("input[type=file]").set_input_files(scores)
    page.locator(".st-key-analysis_figure .js-plotly-plot .main-svg").first.wait_for()
    page.wait_for_url(re.compile("files="))
    for name, (start, end) in FILES.items():
        with page.expect_download() as caught:
            page.get_by_role("button", name=name, exact=True).click()
        content = Path(caught.value.path()).read_bytes()
        assert start in content[:200] and end in content, name
