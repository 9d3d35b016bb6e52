"""Views of the app for tests, the app in this process, and what is on a page."""

import json
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode

from streamlit.testing.v1 import AppTest

from choice import Choice
from embspace.workflows.settings import from_json

ROOT = Path(__file__).parents[2]
Config = TypeVar("Config")


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


def opened(view: str, /, **parameters: Any) -> AppTest:
    """The page of a view, opened with query parameters, run without an exception."""
    return sound(app(**parameters).switch_page(f"views/{view}.py").run())


def alone(module: str, name: str, *args: object) -> AppTest:
    """A function of the app, or the inside of a dialog, drawn alone, not run yet.

    What it returns is written as text, a config also as JSON.
    """
    return AppTest.from_function(_draw, args=(module, name, *args), default_timeout=60)


def drawn(module: str, name: str, *args: object) -> AppTest:
    """The same, run without an exception."""
    return sound(alone(module, name, *args).run())


def _draw(module: str, name: str, *args: object) -> None:
    import importlib
    from dataclasses import is_dataclass

    import streamlit

    from embspace.workflows.settings import to_json

    found = getattr(importlib.import_module(module), name)
    returned = getattr(found, "__wrapped__", found)(*args)
    streamlit.text(repr(returned))
    if is_dataclass(returned):
        streamlit.json(to_json(returned))


def started(form: AppTest, kind: type[Config]) -> Config:
    """The config that a form drawn alone gives when it is started, read from its JSON."""
    assert not form.error, errors(form)
    field(form, "button", "Start").click().run()
    [config] = form.json
    return from_json(kind, json.loads(config.value))


def sound(test: AppTest) -> AppTest:
    """A page that ran without an exception."""
    assert not test.exception, [one.value for one in test.exception]
    return test


def field(test: AppTest, kind: str, label: str) -> Any:
    """The first widget of a kind with a label."""
    return next(one for one in getattr(test, kind) if one.label == label)


def labels(test: AppTest) -> list[str]:
    """What is on the buttons of a page."""
    return [one.label for one in test.button]


def text(test: AppTest, kind: str) -> str:
    """What all elements of a kind say, without escapes."""
    return " ".join(one.value.replace("\\", "") for one in getattr(test, kind))


def html(test: AppTest) -> str:
    """The HTML on a page."""
    return " ".join(one.proto.body for one in test.get("html"))


def errors(test: AppTest) -> list[str]:
    """The errors that a page without an exception says, without escapes."""
    return [one.value.replace("\\", "") for one in sound(test).error]
