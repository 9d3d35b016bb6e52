"""From a checkpoint and a corpus to stored maps of the wanted layers; the space is extracted on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from embspace.corpora.entries import SYNTHETIC
from embspace.errors import SettingsError, StoreError
from embspace.progress import Progress
from embspace.workflows.extract import ExtractConfig, describe, make_space
from embspace.workspace import Workspace, in_its_workspace

if TYPE_CHECKING:
    import pandas as pd

    from embspace.spaces.space import Space


@dataclass(frozen=True, slots=True)
class ProjectConfig:
    """Which words of which model (`extract`), and how they are placed in the plane or in space."""

    extract: ExtractConfig = field(default_factory=ExtractConfig)
    layers: tuple[int, ...] | Literal["all"] = (-1,)
    """0 is the embeddings; negative ones count from the last"""
    method: Literal["tsne", "umap", "pca"] = "tsne"
    dimensions: Literal[2, 3] = 2
    perplexity: float = 70.0
    """of t-SNE"""
    neighbors: int = 15
    """of UMAP"""
    min_distance: float = 0.1
    """of UMAP"""
    center: Literal["language"] | None = None
    """subtract the mean of each language first"""
    seed: int = 0
    beside: tuple[str, ...] = ()
    """further checkpoints, placed in the frame of the first, one after another"""
    frame: Literal["chained", "joint"] = "chained"
    """layers and checkpoints one after another, or all in one run"""
    transforms: tuple[str, ...] = ()
    """done to every space first, in this order: center, all-but-the-top, whiten, z, ..."""
    spaces: tuple[str, ...] = ()
    """fingerprints of stored spaces of the same words, such as steps of a training: these are placed, in this order"""

    def __post_init__(self) -> None:
        if not self.layers:
            raise SettingsError('layers is empty: give numbers, 0 for the embeddings and -1 for the last, or "all".')
        if self.perplexity <= 0:
            raise SettingsError(f"perplexity = {self.perplexity:g}: expected a number above 0, often 5 to 100.")
        if self.neighbors < 2:
            raise SettingsError(f"neighbors = {self.neighbors}: expected 2 or more.")
        if not 0 <= self.min_distance < 1:
            raise SettingsError(f"min_distance = {self.min_distance:g}: expected 0 or more, below 1.")
        if self.spaces and self.beside:
            raise SettingsError("spaces and beside exclude each other: name all spaces, or the checkpoints.")

    @property
    def turned(self) -> bool:
        """Whether a transform takes the word alignments of the corpus."""
        named = not self.spaces and self.extract.corpus != SYNTHETIC
        return named and any(step.startswith("rotate") for step in self.transforms)


def prepare(config: ProjectConfig, spaces: Sequence[Space], workspace: Workspace) -> list[Space]:
    """The spaces after the transforms of a config: views, of which nothing is computed yet.

    Raises:
        SettingsError: a transform is not possible for these spaces.
    """
    if not config.transforms:
        return list(spaces)
    from embspace.analyses.transformation import transform
    from embspace.corpora.catalog import open_links

    links = open_links(config.extract.corpus, workspace) if config.turned else None
    return [transform(space, *config.transforms, links=links) for space in spaces]


def open_spaces(config: ProjectConfig, workspace: Workspace) -> list[Space]:
    """The stored spaces that a config names by their fingerprints; none where it names checkpoints.

    Raises:
        StoreError: one is not there, unfinished or damaged.
    """
    from embspace.spaces.space import open_space

    if gone := next((one for one in config.spaces if not (workspace.spaces / one).is_dir()), None):
        raise StoreError(f"There is no space {gone[:12]} in {workspace.spaces}; was it removed?")
    return [open_space(workspace.spaces / one) for one in config.spaces]


@in_its_workspace
def make_maps(config: ProjectConfig, workspace: Workspace, progress: Progress) -> tuple[Space, pd.DataFrame]:
    """The stored space (of several the first), and the frame of words with `layer x y (z)`; what is stored is found.

    Raises:
        EmbspaceError: the corpus, the checkpoint, a layer or the disk does not allow it.
    """
    from embspace.analyses.projection import project

    stored = open_spaces(config, workspace)
    if not stored:
        configs = [config.extract, *(replace(config.extract, checkpoint=name) for name in config.beside)]
        stored = [make_space(one, workspace, progress) for one in configs]
    spaces = prepare(config, stored, workspace)
    maps = project(
        spaces if config.beside or config.spaces else spaces[0],
        layer="all" if config.layers == "all" else list(config.layers),
        method=config.method,
        dimensions=config.dimensions,
        perplexity=config.perplexity,
        neighbors=config.neighbors,
        min_distance=config.min_distance,
        center=config.center,
        frame=config.frame,
        seed=config.seed,
        workspace=workspace,
        progress=progress,
    )
    return stored[0], maps


def run(config: ProjectConfig, workspace: Workspace, progress: Progress) -> dict[str, Any]:
    """Extract and project, and say what was made; `maps` holds the layers and what made their coordinates."""
    space, maps = make_maps(config, workspace, progress)
    layers = [int(layer) for layer in maps["layer"].unique()]
    return describe(space) | {"maps": {"layers": layers, "settings": maps.attrs.get("settings", {})}}
