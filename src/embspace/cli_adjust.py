"""`embspace adjust config.toml`: adjust, fine-tune, compare, in five stages; run again, it goes on where it stopped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from embspace.cli_extract import Background, do
from embspace.cli_stored import Changes, Folder, changes_of, open_workspace, show_table
from embspace.progress import Terminal

if TYPE_CHECKING:
    import pandas as pd


def adjust(
    config: Annotated[Path, typer.Argument(help="A TOML file: checkpoint, aligned, task, train, test, seeds.")],
    changes: Changes = None,
    workspace: Folder = None,
    background: Background = False,
    as_json: Annotated[bool, typer.Option("--json", help="The result as JSON.")] = False,
) -> None:
    """Bring words near to their translations, fine-tune with and without it, and compare the stages.

    Original, adjusted, fine-tuned, adjusted + fine-tuned, adjusted + continual: scores with the marks of tests, and
    how far related words lie from unrelated ones.
    """
    from embspace.workflows.adjust import AdjustConfig, made_tables, run
    from embspace.workflows.settings import read_toml

    settings = read_toml(AdjustConfig, config, dict(changes_of(changes or [])))
    place = open_workspace(workspace)
    if background:
        do("adjust", settings, place, background, as_json)
        return
    with Terminal() as bars:
        result = run(settings, place, bars)
        _, _, tables = made_tables(settings, place, bars)
    if as_json:
        typer.echo(json.dumps(result, ensure_ascii=False))
        return
    _show(result, tables)


def _show(result: dict[str, Any], tables: dict[str, pd.DataFrame]) -> None:
    from embspace.analyses.stage_scores import marked_table, separations

    scores = marked_table(tables["significance"])
    show_table(tuple(scores.columns), [tuple(row) for row in scores.to_numpy()], "Nothing was scored.")
    typer.echo("*: differs from the stage above at 0.05; **: continual differs from adjusted + fine-tuned.\n")
    found = separations(tables["relatedness"])
    last = found.loc[found["layer"] == found["layer"].max()]
    rows = [
        (row["stage"], row["language"], *(f"{row[name]:.3f}" for name in ("auc", "overlap", "difference")))
        for row in last.to_dict("records")
    ]
    show_table(("stage", "language", "auc", "overlap", "difference"), rows, "Nothing was measured.")
    for stage, of in result["stages"].items():
        typer.echo(f"{stage}: {', '.join(dict.fromkeys(of.values()))}")
    typer.echo(f"tables: {result['path']}")
