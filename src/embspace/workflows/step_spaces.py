"""The spaces that were stored while a model was trained, and what it predicted at the end; no model is opened."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from embspace.encoders.trained import find_runs
from embspace.errors import SettingsError, StoreError
from embspace.workspace import Workspace, current_workspace, in_its_workspace

if TYPE_CHECKING:
    from embspace.spaces.space import Space


@in_its_workspace
def step_spaces(names: str | Sequence[str], workspace: Workspace | None = None) -> list[Space]:
    """The stored spaces of the steps of training runs that were probed, by run and step.

    Analyses take them as any other list of spaces: `isotropy_change(step_spaces("job:4f2"))`. Of a run that is under
    way, those that are there so far; spaces that were removed are passed over.

    Args:
        names: `job:ID` (all its seeds; one: `job:ID/SEED`) or `run:KEY`, one or several; with `@50` that step alone.
        workspace: where runs and spaces lie; None: the current one.

    Raises:
        EncoderError: there is no such run.
        SettingsError: none of its steps was probed, or that step was not.
    """
    from embspace.spaces.space import open_space

    room = workspace or current_workspace()
    found: dict[str, Space] = {}
    for name in [names] if isinstance(names, str) else names:
        run_name, _, step = name.partition("@")
        here = 0
        for run in find_runs(run_name, room):
            for number, line in sorted(run.probed().items()):
                if step in ("", str(number)):
                    with suppress(StoreError, FileNotFoundError):
                        key = str(line["space"])
                        found[key] = found[key] if key in found else open_space(room.spaces / key)
                        here += 1
        if not here:
            raise SettingsError(
                f"step_spaces: no space of {name} is stored; train with probe_every above 0, and keep the spaces."
            )
    return list(found.values())
