"""`embspace train config.toml`: fine-tune a checkpoint, one run per seed; run again, it goes on where it stopped."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer

from embspace.cli_extract import Background, do
from embspace.cli_stored import Changes, Folder, changes_of, open_workspace, show_table
from embspace.progress import Silent, Terminal
from embspace.workflows.score_text import COUNTS, score_text

_FIRST = ("f1", "exact", "accuracy", "macro_f1", "precision", "recall", *COUNTS)
"""scores that the terminal shows, those that a task has"""


def train(
    config: Annotated[Path, typer.Argument(help="A TOML file: checkpoint, task, sentences, schedule.")],
    changes: Changes = None,
    workspace: Folder = None,
    background: Background = False,
    as_json: Annotated[bool, typer.Option("--json", help="The result as JSON.")] = False,
) -> None:
    """Fine-tune a checkpoint for a task, with spaces of the way there: ner, pos, nli, qa, mlm, or adjustment.

    On several devices: accelerate launch $(which embspace) train config.toml
    """
    from embspace.workflows.train import read_config, run

    settings = read_config(config, dict(changes_of(changes or [])))
    place = open_workspace(workspace)
    if background:
        do("train", settings, place, background, as_json)
        return
    if os.environ.get("RANK", "0") != "0":  # of the processes that `accelerate launch` starts the first one speaks
        run(settings, place, Silent())
        return
    with Terminal() as bars:
        result = run(settings, place, bars)
    if as_json:
        typer.echo(json.dumps(result, ensure_ascii=False))
        return
    _show(result)


def _show(result: dict[str, Any]) -> None:
    rows, names = [], list[str]()
    for one in result["runs"]:
        part = "test" if one["scores"] else "dev"
        for language, scores in (one["scores"] or one["dev"]).items():
            names = names or [name for name in _FIRST if name in scores]
            rows.append((one["seed"], part, language, *(score_text(name, scores[name]) for name in names)))
    for language, scores in result.get("mean", {}).items():
        deviation = result["deviation"][language]
        values = [f"{score_text(name, scores[name])} ± {score_text(name, deviation[name])}" for name in names]
        rows.append(("mean", "test", language, *values))
    show_table(
        ("seed", "part", "language", *names), rows, "Nothing was scored: there are neither test nor dev sentences."
    )
    for one in result["runs"]:
        typer.echo(f"seed {one['seed']}: run:{one['key']}@{one['best_step']}")
    notes = [f"{part}: {text}" for one in result["runs"] for part, of in one["notes"].items() for text in of]
    for text in dict.fromkeys(notes):
        typer.echo(text)
    typer.echo(f"probes took {result['probe_share']:.1%} of the time")
