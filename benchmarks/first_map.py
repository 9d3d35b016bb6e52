"""Seconds from opening the app to the map on the screen: in an empty workspace, and where it is stored.

    python benchmarks/first_map.py [--checkpoint mini] [--runs 3]

Starts a server of its own on a free port and drives Chromium, which draws without a graphics card. "first visit"
includes the extraction and the first layer's t-SNE; "all layers" is when the slider is complete; "stored" is a new tab
of the browser that was there before, on the running server; "new browser" has nothing in its cache; "new server"
includes the imports of a server that was just started.
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

from playwright.sync_api import BrowserContext, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM = ["--no-sandbox", "--disable-gpu", "--enable-unsafe-swiftshader", "--disable-background-networking"]
WAIT = 900_000


@contextmanager
def server(workspace: Path) -> Iterator[str]:
    """The app on a free port; its address once it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app/main.py", "--server.headless=true"]
    process = subprocess.Popen(
        [*command, f"--server.port={port}"],
        cwd=ROOT,
        env=os.environ | {"EMBSPACE_WORKSPACE": str(workspace)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1)
                break
            except OSError:
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def visit(browser: BrowserContext, address: str, *, until_all: bool = False) -> tuple[float, float]:
    """Seconds until points are drawn, and until no job is followed any more."""
    page = browser.new_page()
    begin = time.perf_counter()
    page.goto(address)
    page.wait_for_function(
        "document.querySelector('.st-key-map_figures .js-plotly-plot')?.calcdata?.length > 0", timeout=WAIT
    )
    first = time.perf_counter() - begin
    if until_all:
        page.wait_for_selector("[data-testid=stProgress]", state="detached", timeout=WAIT)
    whole = time.perf_counter() - begin
    page.close()
    return first, whole


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", default="mini")
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    query = "" if options.checkpoint == "mini" else f"?{urlencode({'checkpoint': options.checkpoint})}"
    seconds: dict[str, list[float]] = {}

    def note(name: str, value: float) -> None:
        seconds.setdefault(name, []).append(value)

    with sync_playwright() as playwright:
        for _ in range(options.runs):
            with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as profile:
                browser = playwright.chromium.launch_persistent_context(
                    profile,
                    executable_path=options.chromium,
                    args=CHROMIUM,
                    viewport={"width": 1440, "height": 900},
                )
                with server(Path(folder)) as address:
                    first, whole = visit(browser, f"{address}/{query}", until_all=True)
                    note("first visit: first map", first)
                    note("first visit: all layers", whole)
                    visit(browser, f"{address}/{query}")  # a browser keeps compiled scripts from the second time on
                    note("stored", visit(browser, f"{address}/{query}")[0])
                    alone = playwright.chromium.launch(executable_path=options.chromium, args=CHROMIUM)
                    context = alone.new_context(viewport={"width": 1440, "height": 900})
                    note("stored, new browser", visit(context, f"{address}/{query}")[0])
                    alone.close()
                with server(Path(folder)) as address:
                    note("stored, new server", visit(browser, f"{address}/{query}")[0])
                browser.close()
    print(f"{options.checkpoint}, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}, {options.runs} runs")
    print(f"{'':26}{'median':>8}{'min':>8}{'max':>8}  seconds")
    for name, values in seconds.items():
        print(f"{name:26}{median(values):8.1f}{min(values):8.1f}{max(values):8.1f}")


if __name__ == "__main__":
    main()
