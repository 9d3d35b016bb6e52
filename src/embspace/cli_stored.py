"""`embspace jobs ...`: what runs and has run; and what all commands about stored things share."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from embspace.workspace import Workspace, current_workspace

jobs = typer.Typer(help="Long work in processes of its own.", no_args_is_help=True)

Folder = Annotated[
    Path | None, typer.Option("--workspace", help="Where things are kept; $EMBSPACE_WORKSPACE or ./workspace.")
]
JobName = Annotated[str, typer.Argument(help="An id, or a part of it.")]


def open_workspace(folder: Path | None) -> Workspace:
    """The workspace of `--workspace`, or the current one."""
    return Workspace(folder.expanduser().resolve()) if folder else current_workspace()


@jobs.command("list")
def list_jobs(workspace: Folder = None) -> None:
    """Every job, the latest first."""
    from embspace.jobs.supervisor import all_jobs, damaged_jobs

    place = open_workspace(workspace)
    for problem in damaged_jobs(place):
        typer.echo(problem, err=True)
    rows = [
        (job.id, job.state, f"{datetime.fromtimestamp(job.created):%Y-%m-%d %H:%M}", _how_far(job.progress()))
        for job in all_jobs(place)
    ]
    show_table(
        ("job", "state", "submitted", "progress"), rows, "No jobs yet; start one with --background or in the app."
    )


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


_FILE = 1000
"""letters of a line that nobody reads on a screen"""


def show_table(names: tuple[str, ...], rows: list[tuple[Any, ...]], empty: str) -> None:
    """Print a table, or what is said where there are no rows."""
    if not rows:
        typer.echo(empty)
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(*names, box=None, header_style="bold", pad_edge=False)
    for row in rows:
        table.add_row(*(str(cell) for cell in row))
    console = Console()
    if not console.is_terminal:
        console = Console(width=_FILE)  # into a file or another program: a line per row
    console.print(table, soft_wrap=True)
