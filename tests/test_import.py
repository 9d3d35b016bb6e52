import subprocess
import sys
from pathlib import Path

import pytest

import embspace
from embspace import figures

HEAVY = ("torch", "transformers", "plotly", "streamlit", "pandas", "sklearn", "pyarrow", "umap", "openTSNE")


def loaded_by(statement):
    code = f"import sys; {statement}; print(*[name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.split()


@pytest.mark.parametrize(
    "statement",
    [
        "import embspace; embspace.figures; embspace.Workspace; embspace.__version__; dir(embspace)",
        "import embspace.cli",
        "import embspace.jobs.supervisor, embspace.jobs.worker",
        "import embspace.workflows.registry, embspace.workflows.extract, embspace.workflows.project",
    ],
)
def test_the_door_and_the_light_rooms_load_nothing_heavy(statement):
    assert loaded_by(statement) == []


def test_the_check_for_heavy_libraries_sees_them():
    assert "pandas" in loaded_by("import pandas")


@pytest.mark.parametrize("name", embspace.__all__)
def test_every_name_on_the_door_is_there(name):
    value = getattr(embspace, name)
    assert name in dir(embspace)
    if name not in ("__version__", "figures"):
        assert value.__name__ == name and value.__doc__


@pytest.mark.parametrize("name", figures.__all__)
def test_every_figure_is_there_by_name(name):
    assert getattr(figures, name).__name__ == name
    assert name in dir(figures)
    assert not Path(figures.__path__[0], f"{name}.py").exists()  # once imported, it would stand in the figure's place


def test_a_verb_is_not_shadowed_by_a_module_of_its_name():
    import embspace.analyses.isotropy
    import embspace.workflows.extract
    import embspace.workflows.project

    assert callable(embspace.isotropy) and callable(embspace.project) and callable(embspace.extract)


def test_an_unknown_name_says_what_there_is():
    with pytest.raises(AttributeError, match="no attribute 'tsne'; it offers EmbspaceError, Workspace"):
        _ = embspace.tsne
    with pytest.raises(AttributeError, match=r"no attribute 'map'; it offers .*isotropy_curves, .*projection_map"):
        _ = figures.map


def test_the_version_is_that_of_the_package():
    from importlib.metadata import version

    assert embspace.__version__ == version("embspace")
