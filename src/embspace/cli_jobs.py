"""`embspace jobs ...`: what waits, runs and has run; and to stop it, go on with it, do it anew, or forget it."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from embspace.cli_stored import Folder, open_workspace, show_table
from embspace.errors import EmbspaceError, SettingsError
from embspace.workspace import Workspace

if TYPE_CHECKING:
    from embspace.jobs.job import Job

jobs = typer.Typer(help="Long work in processes of its own.", no_args_is_help=True)

JobName = Annotated[str, typer.Argument(help="An id, or a part of it.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]

EVERY = 10.0
"""seconds between two lines about a job that is followed where nobody draws bars, such as in a file"""


@jobs.command("list")
def list_jobs(workspace: Folder = None, as_json: AsJson = False) -> None:
    """Every job, the latest first."""
    from embspace.jobs.queue import Queue
    from embspace.jobs.shelf import all_jobs, damaged_jobs
    from embspace.jobs.summary import summary

    place = open_workspace(workspace)
    _attend(place)
    for problem in damaged_jobs(place):
        typer.echo(problem, err=True)
    before, found = Queue(place).places(), all_jobs(place)
    if as_json:
        _print_json([summary(job, before.get(job.id)) for job in found])
        return
    rows = [
        (job.id, job.state, job.device or "", _time(job.created), _how_far(job, before.get(job.id))) for job in found
    ]
    names = ("job", "state", "queue", "submitted", "progress")
    show_table(names, rows, "No jobs yet; start one with --background or in the app.")


@jobs.command("show")
def show_job(job: JobName, workspace: Folder = None, as_json: AsJson = False) -> None:
    """One job: settings, how far it is, its result or its error, and where its log lies."""
    from embspace.jobs.queue import Queue
    from embspace.jobs.summary import summary

    place = open_workspace(workspace)
    _attend(place)
    one = _find(job, place)
    before = Queue(place).places().get(one.id)
    if as_json:
        _print_json(summary(one, before))
        return
    lines = {"job": one.id, "workflow": one.workflow, "config": one.config, "state": str(one.state)}
    times = {"submitted": one.created, "begun": one.standing.begun, "ended": one.ended}
    lines |= {"queue": one.device} | {name: _time(when) for name, when in times.items() if when}
    lines |= {"progress": _how_far(one, before), "result": one.result, "error": one.error, "log": str(one.log)}
    for name, value in lines.items():
        if value:
            typer.echo(f"{name:<9} {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}")


@jobs.command("follow")
def follow_job(
    job: JobName,
    log: Annotated[bool, typer.Option("--log", help="Show what its process writes, too.")] = False,
    workspace: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Watch a job until it has ended, as lines or (--json) as its events; Ctrl-C stops watching, not the job."""
    place = open_workspace(workspace)
    one = _find(job, place)
    try:
        (_follow_events if as_json else _follow)(one, place, log)
    except KeyboardInterrupt as stop:
        typer.echo(f"{one.id} goes on; stop it with: embspace jobs cancel {one.id}", err=True)
        raise typer.Exit(130) from stop
    if one.error and not as_json:
        typer.echo(f"embspace: {one.error}", err=True)
    raise typer.Exit({"finished": 0, "stopped": 130}.get(str(one.state), 1))


@jobs.command("cancel")
def cancel_job(
    job: JobName,
    now: Annotated[bool, typer.Option("--now", help="Do not wait until it has saved.")] = False,
    workspace: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Stop a job; what it has finished is kept, and training saves where it is."""
    from embspace.jobs.job import GRACE

    one = _find(job, open_workspace(workspace))
    one.cancel(0.0 if now else None)
    state = one.wait(GRACE + 5)
    if as_json:
        _print_json({"job": one.id, "state": str(state)})
    else:
        typer.echo(f"{one.id} {state}" + ("" if state.ended else ": it saves first; do not wait for it with --now"))


@jobs.command("resume")
def resume_job(job: JobName, workspace: Folder = None, as_json: AsJson = False) -> None:
    """Go on with a job that was stopped, failed or was lost, where it stopped."""
    from embspace.jobs.supervisor import resume

    _say_begun(resume(_find(job, open_workspace(workspace))), as_json)


@jobs.command("retry")
def retry_job(job: JobName, workspace: Folder = None, as_json: AsJson = False) -> None:
    """Do the same as an ended job once more, as a new job."""
    from embspace.jobs.supervisor import retry

    _say_begun(retry(_find(job, open_workspace(workspace))), as_json)


@jobs.command("remove")
def remove_jobs(
    job: Annotated[list[str] | None, typer.Argument(help="Ids, or parts of them.")] = None,
    ended: Annotated[bool, typer.Option("--ended", help="Every job that has ended.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    workspace: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Forget jobs that have ended: settings, progress and log; what they computed stays."""
    from embspace.jobs.shelf import all_jobs, remove

    if bool(job) == ended:
        raise SettingsError("Say which jobs to remove, or --ended for every one that has ended.")
    place = open_workspace(workspace)
    gone = [one for one in all_jobs(place) if one.state.ended] if ended else [_find(name, place) for name in job or ()]
    if ended and gone and not yes:
        if as_json:
            raise SettingsError("--json does not ask: add --yes to remove.")
        typer.confirm(f"Remove the records of {len(gone)} jobs that have ended?", abort=True)
    for one in gone:
        remove(one)
        if not as_json:
            typer.echo(f"removed {one.id}")
    if as_json:
        _print_json({"removed": [one.id for one in gone]})


def _find(name: str, place: Workspace) -> Job:
    from embspace.jobs.shelf import find_job

    return find_job(name, place)


def _attend(place: Workspace) -> None:
    """After a restart of the machine, whoever looks first sets the queue going."""
    from embspace.jobs.supervisor import attend

    with suppress(EmbspaceError):  # who may only look, looks
        attend(place)


def _say_begun(job: Job, as_json: bool) -> None:
    if as_json:
        _print_json({"job": job.id, "state": str(job.state)})
    else:
        typer.echo(f"{job.id} is {job.state}; watch it with: embspace jobs follow {job.id}")


def _follow_events(job: Job, place: Workspace, log: bool) -> None:
    from embspace.jobs.store import EVENTS, Events

    events = Events(job.folder / EVENTS)
    over = False
    while not over:
        over = job.wait(0.5).ended
        for event in events.fresh():
            typer.echo(json.dumps(event, ensure_ascii=False))


def _follow(job: Job, place: Workspace, log: bool) -> None:
    from rich.console import Console

    from embspace.jobs.queue import Queue

    console, queue = Console(soft_wrap=True), Queue(place)
    said, when, read = "", 0.0, 0
    with console.status("") as line:
        over = False
        while not over:
            over = job.wait(0.5).ended
            if log and job.log.exists():
                with open(job.log, "rb") as stream:
                    stream.seek(read)
                    text = stream.read()
                read += len(text)
                console.print(text.decode(errors="replace"), end="", markup=False, highlight=False)
            state = str(job.state)
            text = f"{job.id} {state}  {_how_far(job, queue.places().get(job.id))}".rstrip()
            line.update(text)
            if state != said or (not console.is_terminal and time.monotonic() - when >= EVERY):
                said, when = state, time.monotonic()
                console.print(text, markup=False, highlight=False)


def _how_far(job: Job, before: int | None) -> str:
    if before is not None:
        return f"waits for {job.device}" + (f", {before} before it" if before else "")
    if (report := job.progress()) is None:
        return ""
    total = f" of {report.total:,}" if report.total is not None else ""
    rate = f", {report.rate:,.{0 if report.rate >= 10 else 1}f} {report.unit}/s" if report.rate else ""
    left = f", {timedelta(seconds=round(report.eta))} left" if report.eta and not job.state.ended else ""
    return f"{report.stage}: {report.done:,}{total}{rate}{left}"


def _time(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds):%Y-%m-%d %H:%M}"


def _print_json(value: Any) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))
