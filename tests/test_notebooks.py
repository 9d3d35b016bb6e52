"""Every notebook runs from top to bottom and shows its figures."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).resolve().parents[1] / "notebooks").glob("*.ipynb"))


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One workspace for all notebooks: a space that one has made is found by the next."""
    return tmp_path_factory.mktemp("notebooks")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_notebook_runs_and_is_saved_with_its_figures(
    path: Path, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMBSPACE_WORKSPACE", str(shared / "workspace"))
    assert path.stat().st_size < 700_000
    saved = nbformat.read(path, as_version=4)
    assert _figures(saved) >= 3
    assert not [one for one in _outputs(saved) if one.get("name") == "stderr"]  # warnings name folders of a machine
    fresh = nbformat.read(path, as_version=4)
    NotebookClient(fresh, timeout=900, resources={"metadata": {"path": str(shared)}}).execute()
    assert _figures(fresh) == _figures(saved)


def _figures(notebook: nbformat.NotebookNode) -> int:
    return sum("application/vnd.plotly.v1+json" in one.get("data", {}) for one in _outputs(notebook))


def _outputs(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [one for cell in notebook.cells for one in cell.get("outputs", ())]
