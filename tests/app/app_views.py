"""Views of the app for tests, and the app in this process."""

from pathlib import Path
from urllib.parse import urlencode

from streamlit.testing.v1 import AppTest

from choice import Choice

ROOT = Path(__file__).parents[2]


def small(folder: Path, **changes: object) -> Choice:
    """A view that takes a second: two languages, ten points each."""
    settings: dict = {"languages": ("be", "en"), "per_type": 5, "perplexity": 3.0, "checkpoint": str(folder)}
    return Choice(**{**settings, **changes})


def query(view: Choice) -> str:
    """The address of a view, from the question mark on."""
    return f"?{urlencode(view.to_address(), doseq=True)}"


def app(view: Choice | None = None, **parameters: object) -> AppTest:
    """The app, opened at a view or with query parameters, not run yet."""
    test = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=60)
    for name, value in {**(view.to_address() if view else {}), **parameters}.items():
        test.query_params[name] = value
    return test


def spaces_page(**parameters: object) -> AppTest:
    """The page of spaces, with query parameters, not run yet."""
    return app(**parameters).switch_page("views/spaces.py")
