"""The page of studies and the report in a browser: figures drawn, views restored, files taken away."""

import re

import pandas as pd
import pytest

from embspace.figures.similarity import similarity_heatmap
from embspace.studies import stored_output
from embspace.studies.config import StudyConfig
from embspace.studies.outputs import StudyFolder
from embspace.studies.registry import STUDIES
from embspace.studies.report import write_report
from embspace.studies.study import Finding, Output
from embspace.workspace import Workspace

pytestmark = pytest.mark.browser
COSINES = pd.DataFrame(
    [(0, a, b, 1.0 if a == b else 0.25, 5) for a in ("be", "en") for b in ("be", "en")],
    columns=["layer", "language_a", "language_b", "value", "n"],
)


def make(workspace, monkeypatch):
    """A study of which one table is made."""
    monkeypatch.setattr(stored_output, "_draw", lambda figure, path: None)
    config = StudyConfig("exploring", sentences=40)
    folder = StudyFolder.of(config, workspace)
    folder.begin(config, STUDIES["exploring"])
    finding = Finding("Kin are close", "Table 2", False, "<i>0.25</i> < 0.3")
    output = Output({"after": COSINES}, {"after": similarity_heatmap(COSINES, 0)}, (), [finding])
    folder.write("table-2", "cosines", output)
    folder.end(60)
    return folder


def test_a_study_is_looked_at_restored_and_taken_away(page, own_server, tmp_path, monkeypatch):
    folder = make(Workspace(tmp_path / "workspace"), monkeypatch)
    page.goto(f"{own_server}studies")
    page.get_by_text("<i>0.25</i> < 0.3").wait_for()
    page.get_by_role("radio", name="Table 2").click()
    page.locator(".stPlotlyChart .heatmaplayer image").first.wait_for(state="attached")
    page.wait_for_url(re.compile("item=table-2"))
    address = page.url
    page.reload()
    page.locator(".stPlotlyChart .heatmaplayer image").first.wait_for(state="attached")
    assert page.url == address
    assert page.locator(".stPlotlyChart").first.bounding_box()["y"] < 300
    assert page.evaluate("document.documentElement.scrollWidth <= 1440")
    assert page.locator(".grid").count() == 2
    with page.expect_download() as download:
        page.get_by_role("button", name="Report").click()
    assert download.value.suggested_filename == f"{folder.path.name}.html"
    page.get_by_role("button", name="Start a study").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("fine-tunings").first.wait_for()
    assert dialog.get_by_role("button", name="Start").is_enabled()


@pytest.mark.parametrize(("scheme", "text"), [("light", "rgb(31, 36, 48)"), ("dark", "rgb(230, 232, 236)")])
def test_the_report_is_as_dark_as_the_page_and_needs_no_network(chromium, tmp_path, monkeypatch, scheme, text):
    report = write_report(make(Workspace(tmp_path), monkeypatch))
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, color_scheme=scheme, offline=True)
    tab = context.new_page()
    errors = []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.goto(report.as_uri())
    tab.locator("#table-2").scroll_into_view_if_needed()
    label = tab.locator("#table-2-0 .ytick text").first
    label.wait_for()
    assert label.evaluate("node => getComputedStyle(node).fill") == text
    assert tab.evaluate("getComputedStyle(document.body).color") == text
    assert tab.evaluate("document.documentElement.scrollWidth <= 1440")
    context.close()
    assert not errors
