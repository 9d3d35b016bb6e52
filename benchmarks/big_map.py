"""Seconds until a map of many words is on the screen: opened, after a step of the layer slider, back from another page.

    python benchmarks/big_map.py [--words 5] [--method pca] [--runs 3] [--workspace FOLDER]

Each word gives 4,004 points (182 sentences as PER and as LOC in eleven languages). The maps are made first, then read
from the store by a server of its own, in Chromium at 1440 x 900 without a graphics card. "slider" is a layer that this
server has not drawn yet, "slider again" one that it has; "page" is the way back from the page of spaces; "play a step"
is one of the slider of a map that plays. MB are what the browser receives in that time.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import Page, sync_playwright

from first_map import CHROMIUM, WAIT, server

sys.path.append(str(Path(__file__).resolve().parents[1] / "app"))
NAMES = (
    "Washington",
    "Berlin",
    "Austin",
    "Dallas",
    "Florence",
    "Houston",
    "Jackson",
    "Hamilton",
    "Barcelona",
    "Darwin",
)
GRAPH_PATH = ".st-key-map_figures .js-plotly-plot"
GRAPH = f"document.querySelector('{GRAPH_PATH}')"
PLACES = f"{GRAPH}?._fullData?.filter(trace => trace.customdata?.length).map(trace => trace.x[0]).join()"
PAINTED = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


class Meter:
    """What a page receives, and when."""

    def __init__(self, page: Page) -> None:
        self.bytes = 0
        page.on("websocket", lambda socket: socket.on("framereceived", self._add))

    def _add(self, frame: Any) -> None:
        self.bytes += len(frame) if isinstance(frame, bytes | str) else len(frame.get("payload", b""))


def make(words: tuple[str, ...], method: str, room: Path) -> tuple[str, int]:
    """Store the maps of a view; its address and the number of its points."""
    from choice import Choice, most_contexts
    from embspace.progress import Silent
    from embspace.workflows.project import make_maps
    from embspace.workspace import Workspace

    view = Choice(words=words, per_type=most_contexts(words), method=method)
    space, _ = make_maps(view.config(), Workspace(room), Silent())
    return urlencode(view.to_address(), doseq=True), space.n_words


def drawn(page: Page, before: str = "") -> str:
    """Wait until other places than those before are painted; the places."""
    page.wait_for_function(
        f"(before) => {{ const now = {PLACES}; return now && now !== before; }}", arg=before, timeout=WAIT
    )
    page.evaluate(PAINTED)
    return page.evaluate(PLACES)


def settled(page: Page) -> None:
    """Wait until the page has all and does nothing."""
    page.wait_for_function("!document.querySelector('[data-test-script-state=running]')", timeout=WAIT)
    page.wait_for_timeout(2500)


def go(page: Page, group: str, path: str) -> None:
    """To another page by the menus at the top."""
    page.get_by_text(group, exact=True).first.click()
    page.locator(f'[data-testid=stTopNavDropdownLink][href$="{path}"]').click()


def measure(page: Page, address: str, query: str) -> dict[str, tuple[float, float]]:
    """Seconds and MB of each step."""
    found: dict[str, tuple[float, float]] = {}
    meter = Meter(page)

    def timed(name: str, act: Any, before: str = "") -> str:
        received, begin = meter.bytes, time.perf_counter()
        act()
        now = drawn(page, before)
        found[name] = time.perf_counter() - begin, (meter.bytes - received) / 1e6
        settled(page)
        return now

    now = timed("open", lambda: page.goto(f"{address}/?{query}"))
    slider = page.get_by_role("slider").first
    now = timed("slider", lambda: slider.press("ArrowLeft"), now)
    now = timed("slider", lambda: slider.press("ArrowLeft"), now)
    now = timed("slider again", lambda: slider.press("ArrowRight"), now)
    go(page, "Stored", "/spaces")
    page.wait_for_function(f"!{GRAPH}", timeout=WAIT)
    settled(page)
    timed("page", lambda: go(page, "Maps", "/"))
    page.get_by_text("Play", exact=True).dispatch_event("click")
    page.wait_for_function(f"{GRAPH}?._transitionData?._frames?.length", timeout=WAIT)
    now = drawn(page)
    settled(page)
    # Its slider is the figure's own: the browser has all layers.
    page.evaluate("document.querySelector('[data-testid=stMain]').scrollTo(0, 0)")
    rail = page.locator(f"{GRAPH_PATH} .slider-rail-touch-rect").bounding_box()
    assert rail is not None
    middle = rail["x"] + rail["width"] / 2, rail["y"] + rail["height"] / 2
    timed("play a step", lambda: page.mouse.click(*middle), now)
    return found


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--words", type=int, default=5, help=f"1 to {len(NAMES)}")
    parser.add_argument("--method", choices=["pca", "tsne", "umap"], default="pca")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    parser.add_argument("--workspace", type=Path, help="kept, and found again; a new one by default")
    options = parser.parse_args()
    folder = nullcontext(options.workspace) if options.workspace else tempfile.TemporaryDirectory()
    measured: dict[str, list[tuple[float, float]]] = {}
    with folder as room, sync_playwright() as playwright:
        query, points = make(NAMES[: options.words], options.method, Path(room).resolve())
        for _ in range(options.runs):
            with server(Path(room).resolve()) as address:
                browser = playwright.chromium.launch(executable_path=options.chromium, args=CHROMIUM)
                page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
                for name, value in measure(page, address, query).items():
                    measured.setdefault(name, []).append(value)
                browser.close()
    print(f"{points:,} points, {options.method}, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}")
    print(f"{'':14}{'median':>8}{'min':>8}{'max':>8}  seconds{'MB':>8}")
    for name, values in measured.items():
        seconds = [one for one, _ in values]
        size = median(size for _, size in values)
        print(f"{name:14}{median(seconds):8.2f}{min(seconds):8.2f}{max(seconds):8.2f}{size:17.2f}")


if __name__ == "__main__":
    main()
