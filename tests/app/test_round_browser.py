"""The whole round in a browser, with the shipped model: asked for by a form, trained, its curves, its map."""

import re

import pytest

pytestmark = pytest.mark.browser
LONG = 300_000
"""milliseconds: the training and the map take under a minute each on two idle cores"""
POINTS = """() => { const graph = document.querySelector('.st-key-map_figures .js-plotly-plot');
    return graph && graph._fullData ? graph._fullData.reduce((sum, one) => sum + (one.x ? one.x.length : 0), 0) : 0;
}"""


def test_mini_is_fine_tuned_looked_at_on_the_way_and_on_the_map(page, own_server):
    page.goto(f"{own_server}jobs")
    page.get_by_role("button", name="Fine-tune a model").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox", name="Like").click()
    page.get_by_role("option", name="A short try").click()
    dialog.get_by_text("54 sentences to learn from").wait_for()
    dialog.get_by_text(re.compile(r"About \d+")).wait_for()
    spaces = dialog.get_by_role("spinbutton", name="Space every")
    spaces.fill("28")
    spaces.press("Tab")
    dialog.get_by_text("2 spaces of the way there").wait_for()
    dialog.get_by_role("button", name="Start").click()
    page.wait_for_url(re.compile(r"job=\d{8}-\d{6}-train-"))
    page.get_by_role("button", name="Try again").wait_for(timeout=LONG)
    page.locator(".stPlotlyChart .scatterlayer path.js-line").first.wait_for()
    page.reload()  # as the job ends its tabs are drawn once more, and the first one is open again
    page.locator(".stPlotlyChart .scatterlayer path.js-line").first.wait_for()
    page.get_by_role("tab", name="Scores").click()
    page.get_by_text("wrong sentences", exact=True).wait_for()
    page.get_by_role("link", name="Open its map").click()
    page.wait_for_url(re.compile(r"checkpoint=job%3A[\w-]+%400&.*beside=job%3A[\w-]+%4028"))
    page.wait_for_function(POINTS, timeout=LONG)
    assert page.evaluate(POINTS) >= 1200
