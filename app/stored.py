"""What the store holds of a view: its space and its maps, found by reading alone; nothing long is computed here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from embspace.analyses.placement import Placement
from embspace.analyses.projection import project
from embspace.corpora.records import Corpus
from embspace.encoders.checkpoints import find_checkpoint
from embspace.progress import Silent
from embspace.spaces.space import Space
from embspace.workflows.extract import ExtractConfig
from embspace.workflows.project import ProjectConfig
from embspace.workflows.stored_space import is_local
from embspace.workspace import Workspace


@dataclass(frozen=True)
class Maps:
    """A space and the layers of it that have been placed, the output layer first; of several checkpoints their spaces.

    Attributes:
        space: of the first checkpoint, after the transforms.
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
    return find_checkpoint(checkpoint).fingerprint if is_local(checkpoint) else None


def check_settings(config: ProjectConfig, points: int) -> None:
    """Refuse settings of a projection that a number of points does not allow; in one run there are more of them.

    Raises:
        SettingsError: says which values are possible.
    """
    placement = Placement(config.method, config.dimensions, config.perplexity, config.neighbors, config.min_distance)
    if config.frame == "chained":
        placement.check(points)


def points_of(config: ExtractConfig, corpus: Corpus) -> int:
    """How many words of a corpus get a point, those included that a tokenizer may drop."""
    marked = sum(one.entity is not None for one in corpus)
    entities = config.targets == "entities" or (config.targets == "auto" and marked == len(corpus))
    return marked if entities else sum(len(one.words) for one in corpus)


def read_maps(config: ProjectConfig, spaces: Sequence[Space], workspace: Workspace) -> Maps | None:
    """The stored maps of a space: all layers, or those from the output layer down that are placed; None: not one.

    Of several checkpoints those at the beginning of `spaces` that are placed. Maps of one run are stored together.

    Args:
        config: what is looked for.
        spaces: of its checkpoints, after its transforms.
        workspace: where it is looked for.

    Raises:
        SettingsError: the number of points does not allow these settings.
    """
    space, wanted = spaces[0], 1 + len(config.beside)
    if config.frame == "joint":
        if len(spaces) < wanted:
            return None
        try:
            return Maps(space, _read(config, spaces if config.beside else space, "all", workspace), tuple(spaces[1:]))
        except _NotStoredError:
            return None
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


def read_layers(config: ProjectConfig, spaces: Sequence[Space], workspace: Workspace) -> Maps | None:
    """The stored maps of the layers that a config names, of all its spaces together; None: not all are placed.

    Raises:
        SettingsError: the number of points does not allow these settings.
    """
    try:
        return Maps(spaces[0], _read(config, spaces, [int(one) for one in config.layers], workspace), tuple(spaces[1:]))
    except _NotStoredError:
        return None


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
