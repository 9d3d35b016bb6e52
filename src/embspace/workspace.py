"""The one file that knows paths: the shipped data, and the folder where embspace keeps what it computes."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

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


def current_workspace() -> Workspace:
    """The workspace of `$EMBSPACE_WORKSPACE`, or `workspace/` in the current folder."""
    return Workspace(Path(os.environ.get("EMBSPACE_WORKSPACE") or "workspace").expanduser().resolve())


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
