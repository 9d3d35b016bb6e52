"""`embspace extract`: words through a model; here, in several processes, in the background, or a part of the work."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from embspace.cli_stored import Folder, open_workspace
from embspace.corpora.entries import SYNTHETIC
from embspace.errors import SettingsError
from embspace.progress import Terminal
from embspace.workspace import Workspace

if TYPE_CHECKING:
    from embspace.workflows.extract import ExtractConfig

Checkpoint = Annotated[str, typer.Argument(help="mini, a Hugging Face name, or a folder; BASE+ADAPTER; name@revision.")]
Entities = Annotated[list[str] | None, typer.Option("--entity", help="A name in any language, or an id; repeatable.")]
Languages = Annotated[str | None, typer.Option(help="Codes with commas between; all without it.")]
PerType = Annotated[int, typer.Option(help="Sentences per entity type and language.")]
Types = Annotated[str | None, typer.Option(help="PER, LOC, ORG with commas between; all without it.")]
Split = Annotated[str, typer.Option(help="The part of contexts and entities: test or train.")]
Seed = Annotated[int, typer.Option(help="Of the corpus; for project, of the map too.")]
CorpusName = Annotated[str, typer.Option("--corpus", help="A name of `embspace corpora list`.")]
Sentences = Annotated[
    int | None, typer.Option(help="Of another corpus the first n translated ones, or n per language.")
]
Targets = Annotated[str, typer.Option(help="auto, entities or words.")]
Dtype = Annotated[str, typer.Option(help="What the model computes in: float32, bfloat16 or float16.")]
Background = Annotated[bool, typer.Option("--background", help="As a job; see `embspace jobs`.")]


def extract(
    checkpoint: Checkpoint,
    entity: Entities = None,
    languages: Languages = None,
    per_type: PerType = 100,
    types: Types = None,
    split: Split = "test",
    seed: Seed = 0,
    corpus: CorpusName = SYNTHETIC,
    sentences: Sentences = None,
    targets: Targets = "auto",
    tokenize_as: Annotated[str, typer.Option(help="words (each by itself), text (by offsets), or auto.")] = "auto",
    pooling: Annotated[str, typer.Option(help="mean, sum, max, first or last piece.")] = "mean",
    layers: Annotated[str, typer.Option(help="all, or numbers with commas between; -1 is the last.")] = "all",
    dtype: Dtype = "float32",
    stored_dtype: Annotated[str, typer.Option(help="float16 or float32.")] = "float16",
    window: Annotated[int | None, typer.Option(help="The most pieces read at once; the model's limit.")] = None,
    overlap: Annotated[int | None, typer.Option(help="Pieces that windows share; half a window.")] = None,
    device: Annotated[str | None, typer.Option(help="cpu, cuda, cuda:1, ...; the GPU if there is one.")] = None,
    workers: Annotated[int, typer.Option(help="Processes that share the work on this machine.")] = 1,
    shard: Annotated[
        str | None, typer.Option(help="i/N: only the i-th part of N, from 1; for launchers on many machines.")
    ] = None,
    workspace: Folder = None,
    background: Background = False,
    as_json: Annotated[bool, typer.Option("--json", help="The result as JSON.")] = False,
) -> None:
    """Read the sentences of a corpus with a model, and store vectors of named entities or words at its layers."""
    config = extraction(
        checkpoint,
        entity,
        languages,
        per_type,
        types,
        split,
        seed,
        corpus=corpus,
        sentences=sentences,
        targets=targets,
        tokenize_as=tokenize_as,
        pooling=pooling,
        layers="all" if layers == "all" else numbers(layers, "--layers"),
        dtype=dtype,
        stored_dtype=stored_dtype,
        window=window,
        overlap=overlap,
        device=device,
        workers=workers,
    )
    place = open_workspace(workspace)
    if shard is None:
        do("extract", config, place, background, as_json)
    elif background or workers > 1:
        raise SettingsError("--shard is one process of many; leave out --background and --workers.")
    else:
        _make_part(config, shard, place, as_json)


def extraction(
    checkpoint: str,
    entities: list[str] | None,
    languages: str | None,
    per_type: int,
    types: str | None,
    split: str,
    seed: int,
    **settings: Any,
) -> ExtractConfig:
    """The config that the options name.

    Raises:
        SettingsError: an option has a value that is not possible.
    """
    from embspace.workflows.extract import ExtractConfig
    from embspace.workflows.settings import from_json

    corpus = {
        "checkpoint": checkpoint,
        "entities": entities or [],
        "languages": _names(languages),
        "per_type": per_type,
        "types": _names(types),
        "split": split,
        "seed": seed,
    }
    return from_json(ExtractConfig, corpus | settings, "the settings")


def do(
    name: Literal[
        "adjust", "extract", "project", "analyze", "pretrain", "train", "predict", "export-checkpoint", "study"
    ],
    config: Any,
    workspace: Workspace,
    background: bool,
    as_json: bool = False,
) -> None:
    """Run a workflow here with progress, or submit it as a job."""
    if background:
        from embspace.jobs.supervisor import submit

        job = submit(name, config, workspace)
        if as_json:
            _show({"job": job.id, "state": str(job.state)}, as_json)
        else:
            typer.echo(f"{job.id} is {job.state}; watch it with: embspace jobs show {job.id}")
        return
    from embspace.workflows.registry import resolve

    with Terminal() as bars:
        result = resolve(name)[1](config, workspace, bars)
    _show(result, as_json)


def _make_part(config: ExtractConfig, shard: str, workspace: Workspace, as_json: bool) -> None:
    from embspace.workflows.extract import make_part

    found = re.fullmatch(r"(\d+)/(\d+)", shard)
    if not found:
        raise SettingsError(f"--shard {shard}: expected i/N, such as 1/4, ..., 4/4.")
    with Terminal() as bars:
        stored, shards = make_part(replace(config, workers=1), (int(found[1]), int(found[2])), workspace, bars)
    _show({"part": shard, "stored": stored, "shards": shards}, as_json)


def _show(result: dict[str, Any], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(result, ensure_ascii=False))
        return
    width = max(9, *map(len, result))
    for key, value in result.items():
        typer.echo(f"{key:<{width}} {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}")


def _names(value: str | None) -> list[str] | None:
    return [part.strip() for part in value.split(",") if part.strip()] if value else None


def numbers(value: str, option: str) -> list[int]:
    """The whole numbers of an option.

    Raises:
        SettingsError: there are others.
    """
    try:
        return [int(part) for part in value.split(",")]
    except ValueError as error:
        raise SettingsError(f'{option} {value}: expected "all" or whole numbers with commas between.') from error
