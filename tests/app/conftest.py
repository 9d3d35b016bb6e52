"""The app on a server, and Chromium to look at it."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from app_views import ROOT

from embspace.workspace import Workspace

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(autouse=True)
def own_main() -> Iterator[None]:
    """A page under test takes the place of `__main__`, which processes started by later tests would read anew."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the app that the tests share; its workspace is in it."""
    return tmp_path_factory.mktemp("served")


@pytest.fixture(scope="session")
def server(served: Path) -> Iterator[str]:
    """The address of a running app, with a workspace that the tests share."""
    with serving(served) as address:
        yield address


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[str]:
    """The address of a running app with an empty workspace."""
    with serving(tmp_path) as address:
        yield address


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory, bert_folder: Path) -> Workspace:
    """A workspace with two small trainings, for tests that add to it alone."""
    from two_trainings import train_two

    return train_two(tmp_path_factory.mktemp("trained") / "workspace", bert_folder)


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The address of an app that runs in a folder, with its workspace there."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app" / "main.py"), "--server.headless=true"]
    with open(folder / "log.txt", "wb") as log:
        process = subprocess.Popen(
            [*command, f"--server.port={port}"],
            cwd=folder,  # the app's settings are found from anywhere
            env=os.environ | {"EMBSPACE_WORKSPACE": str(folder / "workspace"), "HF_HUB_OFFLINE": "1"},
            stdout=log,
            stderr=log,
        )
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1)
                break
            except OSError:
                time.sleep(0.2)
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.terminate()
        process.wait()


@pytest.fixture(scope="session")
def chromium() -> Iterator:
    """A running Chromium."""
    if not Path(CHROMIUM).exists():
        reason = "no Chromium at $CHROMIUM or /usr/bin/chromium; install it: apt-get install -y chromium"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium) -> Iterator:
    """A tab of 1440 x 900; a JavaScript error in it fails the test."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    tab = context.new_page()
    tab.set_default_timeout(60_000)
    errors = []
    tab.on("pageerror", lambda error: errors.append(f"{tab.url}: {error}"))
    yield tab
    context.close()
    assert not errors
