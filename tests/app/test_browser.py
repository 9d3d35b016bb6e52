"""What only a browser shows: the figures, what is selected on them, and the files that they give."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from app_views import query, small

from choice import Choice
from embspace.figures.theme import DARK
from embspace.progress import Silent
from embspace.workflows.project import make_maps
from embspace.workspace import Workspace

pytestmark = pytest.mark.browser
GRAPH = ".st-key-map_figures .js-plotly-plot"
READ = """() => { const graph = document.querySelector('.st-key-map_figures .js-plotly-plot'); return {
    frames: graph._fullLayout._subplots.cartesian.map(name => { const plot = graph._fullLayout._plots[name];
        return [plot.xaxis.range, plot.yaxis.range, plot.xaxis._length]; }),
    layers: graph._fullLayout._subplots.cartesian.map(name => graph._fullData
        .filter(trace => trace.x && trace.x[0] != null && trace.xaxis + trace.yaxis === name)
        .flatMap(trace => [...trace.x])),
    box: graph.getBoundingClientRect().toJSON(),
    paper: graph._fullLayout.paper_bgcolor, text: graph._fullLayout.font.color,
}; }"""


def graph(page):
    """What stands on the figure, once nothing is being computed."""
    page.wait_for_function(
        f"document.querySelector('{GRAPH} .main-svg') && !document.querySelector('[data-testid=stProgress]')"
        " && !document.querySelector('[data-testid=stApp][data-test-script-state=running]')"
    )
    page.wait_for_timeout(700)
    return page.evaluate(READ)


@pytest.fixture
def view(bert_folder):
    return small(bert_folder)


def test_a_first_visit_comes_to_a_map_that_fits_the_screen(page, server, bert_folder):
    page.goto(server + query(small(bert_folder, per_type=6)))
    page.get_by_role("button", name="Cancel").wait_for()
    found = graph(page)
    assert [len(points) for points in found["layers"]] == [2 * 2 * 6]
    assert found["box"]["height"] > 600
    png = page.get_by_role("button", name="PNG", exact=True).first.bounding_box()
    assert png["y"] + png["height"] < 900
    assert page.evaluate("document.documentElement.scrollWidth <= 1440")


def test_the_layer_slider_moves_points_in_a_frame_that_stays(page, server, view):
    page.goto(server + query(view))
    before = graph(page)
    page.get_by_role("slider").press("ArrowLeft")
    page.wait_for_url(re.compile("layers=1"))
    after = graph(page)
    assert before["layers"] != after["layers"]
    assert before["frames"] == after["frames"]


def test_two_layers_stand_side_by_side_and_come_back_from_the_address(page, server, view):
    page.goto(server + query(view))
    graph(page)
    page.get_by_text("Two layers").click()
    page.wait_for_url(re.compile("layers=0&layers=-1"))
    for _ in range(2):
        found = graph(page)
        left, right = found["frames"]
        assert left == [pytest.approx(axis, abs=1e-6) for axis in right]
        assert found["layers"][0] != found["layers"][1]
        page.goto(page.url)


def test_three_dimensions(page, server, view):
    page.goto(server + query(replace(view, dimensions=3)))
    graph(page)
    points = page.evaluate(f"document.querySelector('{GRAPH}')._fullData.filter(trace => trace.z?.[0] != null).length")
    assert points > 0


def drag(page, fromx, fromy, tox, toy):
    page.mouse.move(fromx, fromy)
    page.mouse.down()
    page.mouse.move((fromx + tox) / 2, (fromy + toy) / 2, steps=5)
    page.mouse.move(tox, toy, steps=5)
    page.mouse.up()


def test_a_box_lists_the_sentences_behind_its_points(page, server, view):
    page.goto(server + query(replace(view, color="type")))  # a figure that was never drawn before
    graph(page)
    page.locator(f'{GRAPH} [data-val="select"]').click()
    box = page.locator(f"{GRAPH} .nsewdrag").first.bounding_box()
    drag(page, box["x"] + 2, box["y"] + 2, box["x"] + box["width"] - 2, box["y"] + box["height"] - 2)
    page.get_by_text("20 selected").wait_for()
    rows = page.locator("table.sentences tbody tr")
    assert rows.count() == 20
    assert rows.first.locator("mark").inner_text()
    with page.expect_download() as caught:
        page.get_by_role("button", name="CSV").first.click()
    lines = Path(caught.value.path()).read_text("utf-8-sig").splitlines()
    assert len(lines) == 21
    assert lines[0].startswith("language,type,tag,text,context")


@pytest.mark.parametrize(
    ("at", "title", "column"),
    [(0, "output", b"text"), (1, "pieces", b"language"), (2, "similarity - output", b"layer")],
    ids=["map", "pieces", "similarity"],
)
def test_every_figure_can_be_taken_away(page, server, view, at, title, column):
    page.goto(server + query(view))
    graph(page)
    page.locator(".st-key-map_cosines .js-plotly-plot .main-svg").first.wait_for()
    starts = {"PNG": b"\x89PNG", "SVG": b"<svg", "HTML": b"<!doctype html>", "CSV": b"\xef\xbb\xbf" + column}
    for name, start in starts.items():
        with page.expect_download() as caught:
            page.get_by_role("button", name=name, exact=True).nth(at).click()
        assert caught.value.suggested_filename == f"Washington - {title}.{name.lower()}"
        data = Path(caught.value.path()).read_bytes()
        assert data.startswith(start)
        assert len(data) > (100 if name == "CSV" else 5000)


def test_the_html_page_works_without_a_network(page, server, view, tmp_path):
    page.goto(server + query(view))
    graph(page)
    with page.expect_download() as caught:
        page.get_by_role("button", name="HTML", exact=True).first.click()
    file = tmp_path / "figure.html"
    file.write_bytes(Path(caught.value.path()).read_bytes())
    page.context.set_offline(True)
    page.goto(file.as_uri())
    page.wait_for_selector(".js-plotly-plot .main-svg")
    page.context.set_offline(False)


def test_the_same_in_python_opens(page, server, view):
    page.goto(server + query(view))
    graph(page)
    assert not page.get_by_text("import embspace as es").count()
    page.get_by_text("The same in Python").click()
    page.get_by_text("import embspace as es").wait_for()


def test_dark_is_dark(chromium, server, view):
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, color_scheme="dark")
    page = context.new_page()
    page.goto(server + query(view))
    found = graph(page)
    ground = page.evaluate("getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor")
    context.close()
    assert (found["paper"], found["text"]) == (DARK.page, DARK.text)
    assert ground == "rgb({}, {}, {})".format(*(int(DARK.page[at : at + 2], 16) for at in (1, 3, 5)))


def test_layers_play_and_what_is_selected_then_is_listed(page, server, view):
    page.goto(server + query(replace(view, play="layers")))
    before = graph(page)
    page.locator(f"{GRAPH} .updatemenu-button").first.click()
    page.wait_for_function(f"document.querySelector('{GRAPH}')._fullLayout.sliders[0].active === 2")
    page.wait_for_timeout(1500)  # the last step glides
    after = page.evaluate(READ)
    assert before["layers"] != after["layers"]
    assert before["frames"] == after["frames"]
    page.locator(f'{GRAPH} [data-val="select"]').click()
    box = page.locator(f"{GRAPH} .nsewdrag").first.bounding_box()
    drag(page, box["x"] + 2, box["y"] + 2, box["x"] + box["width"] - 2, box["y"] + box["height"] - 2)
    page.get_by_text("20 selected").wait_for()
    assert page.locator("table.sentences tbody tr").count() == 20
    # The page was run again for the selection: the map stays where it was.
    assert page.evaluate(READ)["layers"] == after["layers"]


def test_a_selection_gets_a_name_and_is_marked_on_the_map_again(page, server, view):
    page.goto(server + query(replace(view, shape="language")))
    graph(page)
    page.locator(f'{GRAPH} [data-val="select"]').click()
    box = page.locator(f"{GRAPH} .nsewdrag").first.bounding_box()
    drag(page, box["x"] + 2, box["y"] + 2, box["x"] + box["width"] - 2, box["y"] + box["height"] - 2)
    page.get_by_text("20 selected").wait_for()
    field = page.get_by_placeholder("Name to save")
    field.fill("all of them")
    field.press("Enter")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url(re.compile("selection=all"))
    page.get_by_role("link", name="Tokenization").last.wait_for()
    page.goto(page.url)
    graph(page)
    page.get_by_text("20 all of them").wait_for()
    marked = f"document.querySelector('{GRAPH}')._fullData.flatMap(trace => [...(trace.selectedpoints ?? [])]).length"
    assert page.evaluate(marked) == 20


def test_the_map_before_keeps_its_size_while_a_new_one_is_made(page, server, served, view):
    view = replace(view, method="pca")
    make_maps(view.config(), Workspace(served / "workspace"), Silent())
    page.goto(server + query(view))
    before = graph(page)
    page.get_by_text("UMAP", exact=True).click()
    page.get_by_text("The map before").wait_for()
    page.wait_for_timeout(1000)
    assert page.evaluate(READ)["frames"] == before["frames"]


def test_words_of_a_parallel_corpus_are_mapped_selected_and_sent_to_neighbors(page, server, served, bert_folder):
    view = Choice(
        corpus="parallel-sample", checkpoint=str(bert_folder), sentences=2, languages=("be", "en"), method="pca"
    )
    space, _ = make_maps(view.config(), Workspace(served / "workspace"), Silent())
    page.goto(server + query(view))
    found = graph(page)
    count = len(found["layers"][0])
    assert count == space.n_words > 20
    page.locator(f'{GRAPH} [data-val="select"]').click()
    box = page.locator(f"{GRAPH} .nsewdrag").first.bounding_box()
    drag(page, box["x"] + 2, box["y"] + 2, box["x"] + box["width"] - 2, box["y"] + box["height"] - 2)
    page.get_by_text(f"{count} selected").wait_for()
    field = page.get_by_placeholder("Name to save")
    field.fill("words")
    field.press("Enter")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url(re.compile("selection=words"))
    link = page.get_by_role("link", name="Neighbors").first
    link.wait_for()
    link.click()
    page.get_by_text("4 sentences").first.wait_for()
