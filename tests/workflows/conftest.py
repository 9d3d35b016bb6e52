"""Trainings that were done, to look at."""

import shutil
from pathlib import Path

import pytest
from small_runs import train_two

from embspace.workspace import Workspace


@pytest.fixture(scope="session")
def two_runs(bert_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace with the trainings of `small_runs`, not to be changed."""
    place = Workspace(tmp_path_factory.mktemp("trained") / "workspace")
    train_two(bert_folder, place)
    return place


@pytest.fixture
def trained(workspace: Workspace, two_runs: Workspace) -> Workspace:
    """The current workspace, with a copy of the trainings."""
    shutil.copytree(two_runs.root, workspace.root, dirs_exist_ok=True)
    return workspace
