"""Training dynamics in a browser: steps on a map that stays, and the view again after a reload."""

import shutil

import pytest
from two_trainings import ENGLISH, STEPS

pytestmark = pytest.mark.browser
GRAPH = ".st-key-map_figures .js-plotly-plot"
READ = f"""() => {{
  const graph = document.querySelector('{GRAPH}');
  const points = graph._fullData.filter(one => one.customdata).map(one => [...one.x, ...one.y]);
  return {{ points, frame: [graph._fullLayout.xaxis.range, graph._fullLayout.yaxis.range] }};
}}"""


def test_a_slider_over_steps_moves_points_in_a_frame_that_stays(page, own_server, tmp_path, trained):
    shutil.copytree(trained.root, tmp_path / "workspace", dirs_exist_ok=True)
    page.goto(f"{own_server}dynamics?job={ENGLISH}")
    page.locator(".st-key-analysis_figure .scatterlayer path.js-line").first.wait_for()
    last = page.get_by_role("button", name="LaTeX").bounding_box()
    assert last["y"] + last["height"] < 900
    page.get_by_test_id("stMain").get_by_text("Map", exact=True).click()
    page.locator(f"{GRAPH} .slider-group").wait_for()
    page.wait_for_url(lambda url: "shown=map" in url)
    before = page.evaluate(READ)
    page.locator(f"{GRAPH} .updatemenu-button").first.click()
    last_step = len(STEPS) - 1
    page.wait_for_function(f"document.querySelector('{GRAPH}')._fullLayout.sliders[0].active === {last_step}")
    page.wait_for_timeout(1500)  # the last step glides
    after = page.evaluate(READ)
    assert before["points"] != after["points"]
    assert before["frame"] == after["frame"]
    page.reload()
    page.locator(f"{GRAPH} .slider-group").wait_for()
    assert page.evaluate(READ)["frame"] == before["frame"]
    assert page.evaluate("document.documentElement.scrollWidth <= 1440")
