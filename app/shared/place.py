"""Where everything computed lies."""

from __future__ import annotations

from embspace.workspace import Workspace, current_workspace


def workspace() -> Workspace:
    """Where everything computed lies."""
    return current_workspace()
