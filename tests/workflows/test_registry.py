import sys
from types import ModuleType

import pytest

from embspace.errors import SettingsError
from embspace.progress import Silent
from embspace.workflows import registry
from embspace.workflows.extract import ExtractConfig
from embspace.workspace import Workspace


@pytest.mark.parametrize("name", registry.WORKFLOWS)
def test_every_workflow_offers_a_config_and_a_run(name):
    kind, run = registry.resolve(name)
    assert kind.__dataclass_params__.frozen
    assert callable(run) and run.__module__ == registry.WORKFLOWS[name].partition(":")[0]


def test_extract_is_extract():
    assert registry.resolve("extract")[0] is ExtractConfig


def test_a_workflow_of_ones_own_runs_with_checked_settings(monkeypatch, tmp_path):
    module = ModuleType("own_workflow")
    module.Config = ExtractConfig
    module.run = lambda config, workspace, progress: {"seed": config.seed, "root": workspace.root}
    monkeypatch.setitem(sys.modules, "own_workflow", module)
    place = Workspace(tmp_path)
    assert registry.run("own_workflow:Config", {"seed": 7}, place, Silent()) == {"seed": 7, "root": tmp_path}
    with pytest.raises(SettingsError, match="the settings of own_workflow:Config: unknown setting 'sed'"):
        registry.run("own_workflow:Config", {"sed": 7}, place, Silent())
    with pytest.raises(SettingsError, match="own_workflow is no workflow: it must offer Settings and run"):
        registry.resolve("own_workflow:Settings")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "dance",
            f"There is no workflow 'dance'; there are {', '.join(registry.WORKFLOWS)}, or name a module:Config.",
        ),
        ("no_such_module:Config", "The workflow 'no_such_module:Config' is not there: no module no_such_module."),
    ],
)
def test_an_unknown_workflow_says_what_there_is(name, message):
    with pytest.raises(SettingsError) as caught:
        registry.resolve(name)
    assert str(caught.value) == message


def test_a_library_missing_inside_a_workflow_is_not_called_a_missing_workflow(monkeypatch, tmp_path):
    (tmp_path / "needs_more.py").write_text("import a_library_that_is_not_there\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ModuleNotFoundError, match="a_library_that_is_not_there"):
        registry.resolve("needs_more:Config")
