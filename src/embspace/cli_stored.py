"""`embspace spaces ...` and `embspace jobs ...`: what is stored, what runs, and how to be rid of it."""

from __future__ import annotations

import json
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import typer

from embspace.errors import StoreError
from embspace.workspace import Workspace, current_workspace

spaces = typer.Typer(help="Extracted vectors that are stored.", no_args_is_help=True)
jobs = typer.Typer(help="Long work in processes of its own.", no_args_is_help=True)

Folder = Annotated[
    Path | None, typer.Option("--workspace", help="Where things are kept; $EMBSPACE_WORKSPACE or ./workspace.")
]
JobName = Annotated[str, typer.Argument(help="An id, or a part of it.")]
SpaceName = Annotated[str, typer.Argument(help="A fingerprint, or how it begins.")]


def open_workspace(folder: Path | None) -> Workspace:
    """The workspace of `--workspace`, or the current one."""
    return Workspace(folder.expanduser().resolve()) if folder else current_workspace()


@spaces.command("list")
def list_spaces(workspace: Folder = None) -> None:
    """Every stored space: what it was made of, how large it is, and whether it is whole."""
    from embspace.spaces.store import is_complete, read_head

    rows = []
    for folder in _space_folders(open_workspace(workspace)):
        head = read_head(folder)
        recipe = head["recipe"]
        megabytes = sum(path.stat().st_size for path in folder.iterdir()) / 1e6
        shape = f"{head['n_words']:,} x {len(head['layers'])} x {head['dim']}"
        whole = "whole" if is_complete(folder) else "unfinished"
        rows.append((folder.name[:12], recipe["checkpoint"], recipe["corpus"], shape, f"{megabytes:,.1f} MB", whole))
    names = ("space", "checkpoint", "corpus", "words x layers x dim", "on disk", "state")
    _table(names, rows, "No spaces yet; make one with: embspace extract mini")


@spaces.command("verify")
def verify_spaces(
    space: Annotated[str | None, typer.Argument(help="A fingerprint, or how it begins; all without it.")] = None,
    workspace: Folder = None,
) -> None:
    """Read stored spaces whole and check every checksum."""
    from embspace.spaces.store import verify

    place = open_workspace(workspace)
    folders = [_find_space(space, place)] if space else _space_folders(place)
    problems = []
    for folder in folders:
        problems += (found := verify(folder))
        typer.echo(f"{folder.name[:12]} {'damaged' if found else 'good'}")
    if problems:
        raise StoreError("\n".join(problems))


@spaces.command("remove")
def remove_space(space: SpaceName, workspace: Folder = None) -> None:
    """Delete a stored space; extracting the same again makes it anew."""
    folder = _find_space(space, open_workspace(workspace))
    # Renamed first: a deletion that is cut off must not leave half a space under its name.
    aside = folder.with_name(f".{folder.name}.{uuid4().hex[:8]}.part")
    try:
        folder.rename(aside)
        shutil.rmtree(aside)
    except OSError as error:
        raise StoreError(f"{folder} cannot be removed: {error.strerror or error}.") from error
    typer.echo(f"removed {folder.name}")


@jobs.command("list")
def list_jobs(workspace: Folder = None) -> None:
    """Every job, the latest first."""
    from embspace.jobs.supervisor import all_jobs

    rows = [
        (job.id, job.state, f"{datetime.fromtimestamp(job.created):%Y-%m-%d %H:%M}", _how_far(job.progress()))
        for job in all_jobs(open_workspace(workspace))
    ]
    _table(("job", "state", "submitted", "progress"), rows, "No jobs yet; start one with --background or in the app.")


@jobs.command("show")
def show_job(job: JobName, workspace: Folder = None) -> None:
    """One job: settings, how far it is, its result or its error, and where its log lies."""
    from embspace.jobs.supervisor import find_job

    one = find_job(job, open_workspace(workspace))
    lines = {"job": one.id, "workflow": one.workflow, "config": one.config, "state": str(one.state)}
    lines |= {"progress": _how_far(one.progress()), "result": one.result, "error": one.error, "log": str(one.log)}
    for name, value in lines.items():
        if value:
            typer.echo(f"{name:<9} {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}")


@jobs.command("cancel")
def cancel_job(job: JobName, workspace: Folder = None) -> None:
    """Stop a job; what it has finished is kept."""
    from embspace.jobs.job import GRACE
    from embspace.jobs.supervisor import find_job

    one = find_job(job, open_workspace(workspace))
    one.cancel()
    typer.echo(f"{one.id} {one.wait(GRACE + 5)}")


def _how_far(report: Any) -> str:
    if report is None:
        return ""
    total = f" of {report.total:,}" if report.total is not None else ""
    rate = f", {report.rate:,.0f} {report.unit}/s" if report.rate else ""
    left = f", {timedelta(seconds=round(report.eta))} left" if report.eta else ""
    return f"{report.stage}: {report.done:,}{total}{rate}{left}"


def _space_folders(workspace: Workspace) -> list[Path]:
    return sorted(path.parent for path in workspace.spaces.glob("[!.]*/space.json"))


def _find_space(name: str, workspace: Workspace) -> Path:
    folders = _space_folders(workspace)
    found = [folder for folder in folders if folder.name.startswith(name)]
    if len(found) != 1:
        known = ", ".join(folder.name[:12] for folder in (found or folders)[:5]) or "none"
        raise StoreError(f"{len(found) or 'No'} spaces in {workspace.spaces} begin with {name!r}; there are: {known}.")
    return found[0]


def _table(names: tuple[str, ...], rows: list[tuple[Any, ...]], empty: str) -> None:
    if not rows:
        typer.echo(empty)
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(*names, box=None, header_style="bold", pad_edge=False)
    for row in rows:
        table.add_row(*(str(cell) for cell in row))
    console = Console()
    console.print(table, soft_wrap=not console.is_terminal)
