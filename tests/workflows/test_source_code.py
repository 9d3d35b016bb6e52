from pathlib import Path

import pytest

from embspace.workflows import source_code
from embspace.workflows.analyses import ANALYSES
from embspace.workflows.source_code import code_fingerprint

ROOM = Path(source_code.__file__).parents[1] / "analyses"


@pytest.fixture
def room(tmp_path, monkeypatch):
    """A room of its own, whose modules may change."""
    monkeypatch.setattr(source_code, "_room", lambda: tmp_path)
    files = {
        "top.py": "def run():\n    from embspace.analyses.near import walk\n    return walk()\n",
        "near.py": "import numpy\nfrom embspace.analyses import far\nfrom embspace.errors import SettingsError\n",
        "far.py": "import embspace.analyses.top\n",
        "other.py": "from embspace.analyses.far import x\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    forget()
    yield tmp_path
    forget()


def forget():
    source_code._read.cache_clear()


def of(name):
    return code_fingerprint(f"embspace.analyses.{name}")


@pytest.mark.parametrize("changed", ["top.py", "near.py", "far.py"])
def test_a_change_of_any_module_behind_a_function_changes_its_code(room, changed):
    before = of("top")
    (room / changed).write_text((room / changed).read_text() + "x = 1\n")
    assert of("top") != before


def test_a_module_that_is_not_imported_does_not_count(room):
    before, other = of("top"), of("other")
    (room / "other.py").write_text("x = 2\n")
    assert of("top") == before and of("other") != other


def test_what_the_analyses_import_is_followed(monkeypatch):
    seen = []
    monkeypatch.setattr(source_code, "fingerprint", lambda sources: seen.append(set(sources)) or "")
    forget()
    for entry in ANALYSES.values():
        for table in entry.tables.values():
            code_fingerprint(table.run.partition(":")[0])
    forget()
    names = {one.rpartition(".")[2] for one in set().union(*seen)}
    assert {"distances", "search", "sampling", "variance", "romanization", "results", "pairs"} <= names
    assert names <= {path.stem for path in ROOM.glob("*.py")}
    forget()
