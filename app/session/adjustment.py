"""The view of adjust, fine-tune, compare of this session."""

from __future__ import annotations

from adjustment_view import AdjustmentView, adjustment_from_address
from embspace.jobs.job import Job
from embspace.jobs.supervisor import submit
from embspace.workspace import current_workspace
from session.kept_view import KeptView

_ADJUSTMENT = KeptView(
    "adjustment", "adjustment_address", "adjustment_notices", "adjustment_generation", adjustment_from_address
)


def adjustment_view() -> AdjustmentView:
    """The view of a run of the recipe: what the address says, else the last one of this session."""
    return _ADJUSTMENT.view("adjustment")


def adjustment_notices() -> list[str]:
    """What of the address was not possible; empty once something else was chosen."""
    return _ADJUSTMENT.not_possible()


def keep_adjustment_view(view: AdjustmentView, told: bool = True) -> None:
    """Make a view of a run this session's, and the address say it; `told`: the widgets show it already."""
    _ADJUSTMENT.keep(view, told)


def adjustment_key(name: str) -> str:
    """The key of a widget on the page of adjustment, stable until the address is changed by hand."""
    return _ADJUSTMENT.key("adjustment", name)


def start_adjustment(config: object) -> Job:
    """A new job that adjusts, fine-tunes and compares, or the one that does the same already.

    Raises:
        StoreError: it cannot be started.
    """
    return submit("adjust", config, current_workspace())
