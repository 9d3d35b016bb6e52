"""`embspace project CHECKPOINT...`: the words of a corpus on a map, as coordinates and figures in files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from embspace.cli_extract import (
    Background,
    CorpusName,
    Dtype,
    Entities,
    Languages,
    PerType,
    Seed,
    Sentences,
    Split,
    Targets,
    Types,
    do,
    extraction,
    numbers,
)
from embspace.cli_stored import Folder, open_workspace
from embspace.corpora.entries import SYNTHETIC
from embspace.errors import SettingsError
from embspace.progress import Terminal
from embspace.workspace import Workspace

if TYPE_CHECKING:
    from embspace.workflows.project import ProjectConfig

_FIGURES = (".html", ".png", ".svg", ".pdf")


def project(
    checkpoint: Annotated[list[str], typer.Argument(help="One, or several, in the frame of the first.")],
    beside: Annotated[list[str] | None, typer.Option(help="A further checkpoint; repeatable.")] = None,
    corpus: CorpusName = SYNTHETIC,
    sentences: Sentences = None,
    entity: Entities = None,
    languages: Languages = None,
    per_type: PerType = 100,
    types: Types = None,
    split: Split = "test",
    seed: Seed = 0,
    targets: Targets = "auto",
    dtype: Dtype = "float32",
    layers: Annotated[str, typer.Option(help="all, or numbers with commas between; -1 is the last.")] = "-1",
    method: Annotated[str, typer.Option(help="tsne, umap or pca.")] = "tsne",
    dimensions: Annotated[int, typer.Option(help="2 or 3.")] = 2,
    perplexity: Annotated[float, typer.Option(help="Of t-SNE.")] = 70.0,
    neighbors: Annotated[int, typer.Option(help="Of UMAP.")] = 15,
    min_distance: Annotated[float, typer.Option(help="Of UMAP.")] = 0.1,
    transform: Annotated[
        list[str] | None, typer.Option(help="center, all-but-the-top, whiten, z, ...; repeatable, in this order.")
    ] = None,
    center: Annotated[str | None, typer.Option(help="language: subtract each language's mean first.")] = None,
    frame: Annotated[str, typer.Option(help="chained (one after another) or joint (all in one run).")] = "chained",
    output: Annotated[
        list[Path] | None, typer.Option(help="A .html, .png, .svg, .pdf or .csv file to write; repeatable.")
    ] = None,
    color: Annotated[str, typer.Option(help="Of a figure: language, type, tag or n_pieces.")] = "language",
    symbol: Annotated[str, typer.Option(help="Of a figure: the same, or none.")] = "type",
    dark: Annotated[bool, typer.Option("--dark", help="Figures for a dark page.")] = False,
    workspace: Folder = None,
    background: Background = False,
) -> None:
    """Place the vectors in the plane (or in space), layer by layer, and write the map."""
    from embspace.workflows.project import ProjectConfig
    from embspace.workflows.settings import from_json

    outputs = output or []
    if wrong := [path for path in outputs if path.suffix not in (*_FIGURES, ".csv")]:
        raise SettingsError(f"--output {wrong[0]}: a map is written as {', '.join(_FIGURES)} or .csv.")
    if outputs and background:
        raise SettingsError("--output and --background exclude each other: run it again without --background to write.")
    settings = {
        "layers": "all" if layers == "all" else numbers(layers, "--layers"),
        "method": method,
        "dimensions": dimensions,
        "perplexity": perplexity,
        "neighbors": neighbors,
        "min_distance": min_distance,
        "center": center,
        "frame": frame,
        "transforms": transform or [],
        "beside": [*checkpoint[1:], *(beside or [])],
        "seed": seed,
    }
    about = {"corpus": corpus, "sentences": sentences, "targets": targets, "dtype": dtype}
    # Of another corpus nothing is drawn: the seed is the map's alone.
    drawn = seed if corpus == SYNTHETIC else 0
    words = extraction(checkpoint[0], entity, languages, per_type, types, split, drawn, **about)
    config = replace(from_json(ProjectConfig, settings, "the settings"), extract=words)
    if outputs:
        _write(config, open_workspace(workspace), outputs, color, None if symbol == "none" else symbol, dark)
    else:
        do("project", config, open_workspace(workspace), background)


def _write(
    config: ProjectConfig, workspace: Workspace, outputs: Iterable[Path], color: str, symbol: str | None, dark: bool
) -> None:
    from embspace import figures
    from embspace.workflows.project import make_maps

    with Terminal() as bars:
        _, maps = make_maps(config, workspace, bars)
    shown = list(config.layers) if config.layers != "all" else None
    for path in outputs:
        if path.suffix == ".csv":
            path.parent.mkdir(parents=True, exist_ok=True)
            maps.to_csv(path, index=False)
        else:
            figures.save(figures.projection_map(maps, color, symbol, shown, dark), path)
        typer.echo(f"wrote {path}")
