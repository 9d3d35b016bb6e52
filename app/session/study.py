"""The view of a study of this session."""

from __future__ import annotations

from session.kept_view import KeptView
from study_view import StudyView, study_from_address

_STUDY = KeptView("study_view", "study_address", "study_notices", "study_generation", study_from_address)


def study_view() -> StudyView:
    """The view of a study: what the address says, else the last one of this session."""
    return _STUDY.view("studies")


def study_notices() -> list[str]:
    """What of the address was not possible; empty once something else was chosen."""
    return _STUDY.not_possible()


def keep_study_view(view: StudyView, told: bool = True) -> None:
    """Make a view of a study this session's, and the address say it; `told`: the widgets show it already."""
    _STUDY.keep(view, told)


def study_key(name: str) -> str:
    """The key of a widget on the page of studies, stable until the address is changed by hand."""
    return _STUDY.key("studies", name)
