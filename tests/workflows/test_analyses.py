import inspect
import subprocess
import sys
from typing import get_args

import pytest

from embspace.errors import SettingsError
from embspace.workflows.analyses import ANALYSES, find_analysis
from embspace.workflows.analysis import resolve
from embspace.workflows.analysis_settings import REQUIRED, all_settings, read_settings, settings_of

TABLES = [(name, one, table) for name, one in ANALYSES.items() for table in one.tables.values()]


@pytest.mark.parametrize(("name", "entry", "table"), TABLES, ids=[table.run for _, _, table in TABLES])
def test_every_table_is_made_and_drawn_by_functions_that_are_there(name, entry, table):
    made = inspect.signature(resolve(table.run)).parameters
    assert entry.links is False or table.derived or "links" in made
    for path in table.figures:
        assert next(iter(inspect.signature(resolve(path)).parameters)) == "result"
    assert resolve(table.run).__doc__ and table.title


@pytest.mark.parametrize("name", ANALYSES)
def test_every_analysis_says_what_it_shows_and_names_itself_first(name):
    entry = ANALYSES[name]
    assert next(iter(entry.tables)) == name
    assert not next(iter(entry.tables.values())).derived
    assert entry.about.count(". ") >= 1 and entry.about.endswith(".") and entry.paper and entry.title
    assert entry.formula.count("{") == entry.formula.count("}")


def test_the_list_loads_nothing_heavy():
    code = "import sys; import embspace.workflows.analyses, embspace.workflows.analyze; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {"torch", "pandas", "numpy", "plotly", "transformers"}.isdisjoint(done.stdout.split())


def example(space, k: int, *, metric: str = "l2", share: "float | None" = None, layer=None, table: "Absent" = None):  # noqa: F821
    """One.

    Args:
        space: a space.
        metric: how near,
            in words.
        share: of the rows.

    Returns:
        Nothing: really.
    """


def test_settings_are_read_from_the_function(monkeypatch):
    found = settings_of(f"{__name__}:example", 1)
    assert [(one.name, one.default) for one in found] == [("k", REQUIRED), ("metric", "l2"), ("share", None)]
    assert found[1].help == "how near, in words." and found[2].help == "of the rows."
    assert get_args(found[2].hint) == (float, type(None))


def test_settings_are_checked_and_defaults_left_out():
    entry = find_analysis("similarity")
    assert [one.name for one in all_settings(entry)] == ["layer"]
    assert read_settings(entry, {"layer": None}) == {}
    assert read_settings(entry, {"layer": [0, -1]}) == {"layer": (0, -1)}
    with pytest.raises(SettingsError, match="There is no setting 'seed'; there are layer"):
        read_settings(entry, {"seed": 1})
    with pytest.raises(SettingsError, match="layer = 'last' is not possible"):
        read_settings(entry, {"layer": "last"})
    with pytest.raises(SettingsError, match="There is no analysis 'magic'; there are similarity"):
        find_analysis("magic")
