"""Every workflow by name; a name is resolved when it is run, so that looking at the list loads no model library."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any

from embspace.errors import SettingsError
from embspace.progress import Progress
from embspace.workflows.settings import from_json
from embspace.workspace import Workspace

Run = Callable[[Any, Workspace, Progress], dict[str, Any]]

WORKFLOWS: dict[str, str] = {
    "extract": "embspace.workflows.extract:ExtractConfig",
    "project": "embspace.workflows.project:ProjectConfig",
    "analyze": "embspace.workflows.analyze:AnalyzeConfig",
    "train": "embspace.workflows.train:TrainConfig",
    "predict": "embspace.workflows.predict:PredictConfig",
    "adjust": "embspace.workflows.adjust:AdjustConfig",
    "export-checkpoint": "embspace.workflows.export_checkpoint:ExportCheckpointConfig",
    "pretrain": "embspace.workflows.pretrain:PretrainJob",
    "study": "embspace.studies.running:StudyConfig",
    "add-corpus": "embspace.workflows.corpora:AddConfig",
    "verify": "embspace.workflows.spaces:VerifyConfig",
    "repair": "embspace.workflows.spaces:RepairConfig",
    "export": "embspace.workflows.spaces:ExportConfig",
}
"""name -> "module:Config"; the module's `run(config, workspace, progress)` does the work"""


def resolve(name: str) -> tuple[type, Run]:
    """The config type and the `run` function of a workflow: a name of `WORKFLOWS`, or "module:Config" of your own.

    Raises:
        SettingsError: there is none of this name.
    """
    module_name, _, config_name = WORKFLOWS.get(name, name).partition(":")
    if not config_name:
        raise SettingsError(
            f"There is no workflow {name!r}; there are {', '.join(WORKFLOWS)}, or name a module:Config."
        )
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name != module_name:
            raise
        raise SettingsError(f"The workflow {name!r} is not there: no module {module_name}.") from error
    try:
        return getattr(module, config_name), module.run
    except AttributeError as error:
        raise SettingsError(f"{module_name} is no workflow: it must offer {config_name} and run.") from error


def run(name: str, config: Mapping[str, Any], workspace: Workspace, progress: Progress) -> dict[str, Any]:
    """Do the work of a workflow with settings in JSON form; returns its small JSON result.

    Raises:
        EmbspaceError: the workflow is unknown, a setting is impossible, or the work itself could not go on.
    """
    kind, work = resolve(name)
    return work(from_json(kind, config, f"the settings of {name}"), workspace, progress)
