"""The page of jobs in a browser: from the form to the curves, and back to them after a reload."""

import re

import pytest

pytestmark = pytest.mark.browser


def test_a_model_is_fine_tuned_and_its_curves_are_found_again(page, own_server, bert_folder):
    page.goto(f"{own_server}jobs")
    page.get_by_role("button", name="Fine-tune a model").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox", name="Like").click()
    page.get_by_role("option", name="A short try").click()
    dialog.get_by_text("54 sentences to learn from").wait_for()
    seeds = dialog.get_by_role("textbox", name="Seeds")
    seeds.fill("0, x")
    seeds.press("Tab")
    dialog.get_by_text("'x' is no whole number").wait_for()
    assert dialog.get_by_role("button", name="Start").is_disabled()
    seeds.fill("0")
    seeds.press("Tab")
    # The tiny model, and no spaces on the way: what is looked at here is the page.
    checkpoint = dialog.get_by_role("textbox", name="Checkpoint")
    checkpoint.fill(str(bert_folder))
    checkpoint.press("Tab")
    spaces = dialog.get_by_role("spinbutton", name="Space every")
    spaces.fill("0")
    spaces.press("Tab")
    dialog.get_by_text(re.compile("spaces of the way there")).wait_for(state="detached")
    dialog.get_by_role("button", name="Start").click()
    page.wait_for_url(re.compile(r"job=\d{8}-\d{6}-train-"))
    page.get_by_role("button", name="Try again").wait_for()
    page.locator(".stPlotlyChart .scatterlayer path.js-line").first.wait_for()
    address = page.url
    page.reload()
    page.locator(".stPlotlyChart .scatterlayer path.js-line").first.wait_for()
    assert page.url == address
    assert page.locator(".stPlotlyChart").first.bounding_box()["y"] < 500
    assert page.evaluate("document.documentElement.scrollWidth <= 1440")
    page.get_by_role("tab", name="Scores").click()
    page.get_by_text("wrong sentences", exact=True).click()
    page.get_by_role("tab", name="Settings").click()
    page.get_by_text("[[train]]").first.wait_for()
    page.get_by_role("button", name="Remove").click()
    page.get_by_text("Remove this job?").wait_for()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    page.get_by_text("Nothing was asked for yet").wait_for()
