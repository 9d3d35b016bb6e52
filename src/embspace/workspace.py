"""The one file that knows paths: the shipped data, and the folder where embspace keeps what it computes."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from inspect import signature
from pathlib import Path
from typing import ParamSpec, TypeVar

from embspace.errors import StoreError


@dataclass(frozen=True, slots=True)
class Workspace:
    """The folder of everything computed; its rooms are made when first written to."""

    root: Path

    @property
    def spaces(self) -> Path:
        """Extracted vectors, one folder per space."""
        return self.root / "spaces"

    @property
    def corpora(self) -> Path:
        """Corpora that users added, one folder each."""
        return self.root / "corpora"

    @property
    def maps(self) -> Path:
        """Coordinates of projections."""
        return self.root / "maps"

    @property
    def results(self) -> Path:
        """Tables of analyses, one folder per result."""
        return self.root / "results"

    @property
    def files(self) -> Path:
        """Dictionaries and scores that analyses were given, one folder per content."""
        return self.root / "files"

    @property
    def alignments(self) -> Path:
        """Computed word alignments, one table per pair of languages."""
        return self.root / "alignments"

    @property
    def selections(self) -> Path:
        """Words that were picked on a map and named, one file each."""
        return self.root / "selections"

    @property
    def checkpoints(self) -> Path:
        """Models trained here."""
        return self.root / "checkpoints"

    @property
    def studies(self) -> Path:
        """Papers made again, one folder per study and settings."""
        return self.root / "studies"

    @property
    def jobs(self) -> Path:
        """One folder per job."""
        return self.root / "jobs"


_INSIDE: ContextVar[Workspace | None] = ContextVar("workspace", default=None)
Given = ParamSpec("Given")
Made = TypeVar("Made")


def in_its_workspace(function: Callable[Given, Made]) -> Callable[Given, Made]:
    """A function whose argument `workspace`, where it is given, is the current one while it runs.

    Names of checkpoints that were trained here (`job:4f2@best`) are looked up in the current workspace.
    """
    called = signature(function)

    @wraps(function)
    def inside(*given: Given.args, **named: Given.kwargs) -> Made:
        workspace = called.bind_partial(*given, **named).arguments.get("workspace")
        before = _INSIDE.set(workspace or _INSIDE.get())
        try:
            return function(*given, **named)
        finally:
            _INSIDE.reset(before)

    return inside


def current_workspace() -> Workspace:
    """The one that a call was given, else that of `$EMBSPACE_WORKSPACE`, or `workspace/` in the current folder."""
    return _INSIDE.get() or Workspace(Path(os.environ.get("EMBSPACE_WORKSPACE") or "workspace").expanduser().resolve())


def data_folder() -> Path:
    """The data that ships with embspace: in an installed wheel beside the package, in a checkout at its top.

    Raises:
        StoreError: neither is there.
    """
    package = Path(__file__).resolve().parent
    for folder in (package / "data", package.parents[1] / "data"):
        if (folder / "synthetic_ner").is_dir():
            return folder
    raise StoreError(f"The data of embspace is missing beside {package}; install the package again.")
