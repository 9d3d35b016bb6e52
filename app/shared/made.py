"""What the workspace holds - checkpoints, trainings, predictions, studies - looked up once for all sessions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from embspace.errors import StoreError
from embspace.jobs.job import Job
from embspace.studies.outputs import OUTPUT, RECORD, StoredOutput, StudyFolder
from embspace.workflows.stored_predictions import StoredPredictions
from embspace.workflows.stored_predictions import stored_predictions as read_stored_predictions
from embspace.workspace import Workspace, current_workspace
from inventory import checkpoint_names
from listed_adjustments import ListedAdjustment, listed_adjustments
from paces import Pace, read_paces
from trainings import Training, read_trainings


def known_checkpoints() -> list[str]:
    """Checkpoints that spaces were made with, and those that were trained here."""
    return _checkpoints(str(current_workspace().root))


@st.cache_data(ttl=5, show_spinner=False)
def _checkpoints(root: str) -> list[str]:
    return checkpoint_names(Workspace(Path(root)))


def paces() -> list[Pace]:
    """How fast the runs of the workspace went."""
    return _paces(str(current_workspace().root))


@st.cache_data(ttl=10, show_spinner=False)
def _paces(root: str) -> list[Pace]:
    return read_paces(Workspace(Path(root)))


def trainings() -> list[Training]:
    """The trainings whose spaces or predictions are stored, the latest first."""
    return read_trainings(current_workspace(), _read_logs(str(current_workspace().root)))


@st.cache_resource(show_spinner=False)
def _read_logs(root: str) -> dict[str, Any]:
    return {}


def adjustments(jobs: Sequence[Job]) -> list[ListedAdjustment]:
    """The runs of adjust, fine-tune, compare, the latest first; `jobs` are all that there are."""
    return listed_adjustments(current_workspace(), jobs, _read_adjustments(str(current_workspace().root)))


@st.cache_resource(show_spinner=False)
def _read_adjustments(root: str) -> dict[str, Any]:
    return {}


def step_cosines() -> dict[str, pd.DataFrame]:
    """Mean cosines of spaces, `isotropy` without intervals, by their folders: whoever measures a space adds it."""
    return _step_cosines()


@st.cache_resource(show_spinner=False)
def _step_cosines() -> dict[str, pd.DataFrame]:
    return {}


def stored_predictions() -> dict[str, StoredPredictions]:
    """The predictions that are stored, the latest first, by name."""
    return _stored_predictions(str(current_workspace().root))


@st.cache_data(ttl=5, show_spinner=False)
def _stored_predictions(root: str) -> dict[str, StoredPredictions]:
    return {one.name: one for one in read_stored_predictions(Workspace(Path(root)))}


def study_outputs(folder: StudyFolder) -> list[StoredOutput]:
    """What a study came to so far, not to be changed.

    Raises:
        StoreError: its record is missing or damaged.
    """
    made = [path for path in sorted(folder.path.glob(f"*/{OUTPUT}")) if not path.parent.name.startswith(".")]
    try:
        stamps = tuple((str(path), path.stat().st_mtime_ns) for path in (folder.path / RECORD, *made))
    except FileNotFoundError as error:
        raise StoreError(f"{folder.path} was changed just now, or is gone; reload the page.") from error
    return _study_outputs(str(folder.path), stamps)


@st.cache_resource(max_entries=8, show_spinner=False)
def _study_outputs(path: str, changed: tuple[tuple[str, int], ...]) -> list[StoredOutput]:
    return StudyFolder(Path(path)).read()
