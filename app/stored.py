"""What the store holds of a view: its space and its maps, found by reading alone; nothing long is computed here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pandas as pd

from embspace.analyses.placement import Placement
from embspace.analyses.projection import project
from embspace.corpora.records import Corpus
from embspace.encoders.checkpoints import find_checkpoint
from embspace.errors import StoreError
from embspace.progress import Silent
from embspace.spaces import store
from embspace.spaces.space import Space, open_space
from embspace.storage import read_json
from embspace.workflows.project import ProjectConfig
from embspace.workspace import Workspace


@dataclass(frozen=True)
class Maps:
    """A space and the layers of it that have been placed, the output layer first; of several checkpoints their spaces.

    Attributes:
        space: of the first checkpoint.
        places: of `project`.
        beside: spaces of further checkpoints, all of whose layers are placed.
        missing: further checkpoints that are not placed yet.
    """

    space: Space
    places: pd.DataFrame
    beside: tuple[Space, ...] = ()
    missing: int = 0

    @property
    def layers(self) -> list[int]:
        """The placed layers of the first checkpoint, ascending."""
        numbers = self.places["layer"]
        if "checkpoint" in self.places.columns:
            numbers = numbers.loc[self.places["checkpoint"] == self.places["checkpoint"].iat[0]]
        return sorted(int(layer) for layer in numbers.unique())

    @property
    def complete(self) -> bool:
        """Whether every layer of every checkpoint is placed."""
        return len(self.layers) == self.space.n_layers and not self.missing

    @property
    def count(self) -> int:
        """How many layers are placed, of all checkpoints."""
        return len(self.layers) + sum(one.n_layers for one in self.beside)


class _NotStoredError(Exception):
    """What was asked for would have to be computed."""


class _ReadOnly(Silent):
    """Progress of a reader: the first stage of real work ends it."""

    def stage(self, name: str, total: int | None = None, unit: str = "") -> None:
        raise _NotStoredError(name)


def weights_key(checkpoint: str) -> str | None:
    """The fingerprint of a checkpoint on this machine; None for one of the hub, which would have to be asked.

    Raises:
        EncoderError: it is a folder that does not exist or is incomplete.
    """
    local = checkpoint == "mini" or Path(checkpoint).expanduser().exists() or checkpoint[:1] in "./~\\"
    return find_checkpoint(checkpoint).fingerprint if local else None


def check_settings(config: ProjectConfig, points: int) -> None:
    """Refuse settings of a projection that a number of points does not allow.

    Raises:
        SettingsError: says which values are possible.
    """
    placement = Placement(config.method, config.dimensions, config.perplexity, config.neighbors, config.min_distance)
    placement.check(points)


def find_space(checkpoint: str, weights: str | None, corpus: Corpus, workspace: Workspace) -> Space | None:
    """The complete space of a corpus and a checkpoint, the latest one; None: there is none.

    Raises:
        StoreError: it is damaged.
    """
    wanted = {"corpus_fingerprint": corpus.fingerprint, "targets": "entities", "pooling": "mean", "layers": "all"}
    wanted |= {"tokenize_as": "words", "dtype": "float32", "stored_dtype": "float16"}
    wanted |= {"checkpoint_fingerprint": weights} if weights else {"checkpoint": checkpoint}
    found = []
    for path in workspace.spaces.glob("*/space.json"):
        try:
            recipe = read_json(path).get("recipe", {})
        except (StoreError, AttributeError):
            continue  # a damaged neighbor is no reason not to show this one
        if all(recipe.get(name) == value for name, value in wanted.items()) and store.is_complete(path.parent):
            found.append(path)
    return open_space(max(found, key=lambda path: path.stat().st_mtime).parent) if found else None


def read_maps(config: ProjectConfig, spaces: Sequence[Space], workspace: Workspace) -> Maps | None:
    """The stored maps of a space: all layers, or those from the output layer down that are placed; None: not one.

    Of several checkpoints those at the beginning of `spaces` that are placed.

    Raises:
        SettingsError: the number of points does not allow these settings.
    """
    space, wanted = spaces[0], 1 + len(config.beside)
    for count in range(len(spaces), 1, -1):
        try:
            places = _read(config, spaces[:count], "all", workspace)
        except _NotStoredError:
            continue
        return Maps(space, places, tuple(spaces[1:count]), wanted - count)
    found = None
    for count in (space.n_layers, *range(1, space.n_layers)):
        try:
            layers = list(range(space.n_layers - count, space.n_layers))
            places = _read(config, [space] if config.beside else space, layers, workspace)
            found = Maps(space, places, missing=wanted - 1)
        except _NotStoredError:
            if count == space.n_layers:
                continue
            break
        if len(found.layers) == space.n_layers:
            break
    return found


def _read(
    config: ProjectConfig, space: Space | Sequence[Space], layers: list[int] | Literal["all"], workspace: Workspace
) -> pd.DataFrame:
    return project(
        space,
        layer=layers,
        method=config.method,
        dimensions=config.dimensions,
        perplexity=config.perplexity,
        neighbors=config.neighbors,
        min_distance=config.min_distance,
        center=config.center,
        frame=config.frame,
        seed=config.seed,
        workspace=workspace,
        progress=_ReadOnly(),
    )
