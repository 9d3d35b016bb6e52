"""`embspace study`: a paper's tables and figures made again; run again, it goes on where it stopped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from embspace.cli_extract import Background, do
from embspace.cli_stored import Folder, open_workspace, show_table
from embspace.errors import SettingsError
from embspace.progress import Terminal
from embspace.workspace import Workspace


def study(
    name: Annotated[str | None, typer.Argument(help="exploring, lingua-franca or adjustment; see --list.")] = None,
    checkpoint: Annotated[str, typer.Option(help="mini, a Hugging Face name, or a folder.")] = "mini",
    scale: Annotated[float, typer.Option(help="The share of the paper's training and test sentences.")] = 1.0,
    sentences: Annotated[int | None, typer.Option(help="Training sentences per language, instead.")] = None,
    test_sentences: Annotated[int | None, typer.Option(help="Test sentences per language, instead.")] = None,
    epochs: Annotated[int | None, typer.Option(help="Instead of the paper's.")] = None,
    rate: Annotated[float | None, typer.Option(help="The highest learning rate, instead of the paper's.")] = None,
    seed: Annotated[list[int] | None, typer.Option("--seed", help="Repeatable; 0, 1 and 2 without it.")] = None,
    language: Annotated[
        list[str] | None, typer.Option("--language", help="A code, repeatable; the paper's without it.")
    ] = None,
    corpus: Annotated[
        list[str] | None, typer.Option("--corpus", help="ROLE=NAME of `embspace corpora list`, repeatable; see --list.")
    ] = None,
    secondary: Annotated[
        list[str] | None,
        typer.Option("--secondary", help="Of lingua-franca's tables 3, 6 and 7: CL, LI, ..., repeatable; or none."),
    ] = None,
    pairs: Annotated[int | None, typer.Option(help="Of adjustment: aligned pairs that a seed draws.")] = None,
    adjust_rate: Annotated[float | None, typer.Option(help="Of adjustment: its rate, instead of the paper's.")] = None,
    length: Annotated[int | None, typer.Option(help="Of adjustment: pieces of a window of questions.")] = None,
    only: Annotated[list[str] | None, typer.Option("--only", help="A table or figure, repeatable; see --list.")] = None,
    threads: Annotated[int | None, typer.Option(help="Of each training, on a CPU.")] = None,
    device: Annotated[str | None, typer.Option(help="cpu, cuda, cuda:1, ...; the GPU if there is one.")] = None,
    markdown: Annotated[
        Path | None, typer.Option(help="A folder for the report as Markdown too, with figures as SVG.")
    ] = None,
    workspace: Folder = None,
    background: Background = False,
    as_json: Annotated[bool, typer.Option("--json", help="The result as JSON.")] = False,
    listed: Annotated[bool, typer.Option("--list", help="What the studies make, and which corpora they read.")] = False,
) -> None:
    """Make the tables and figures of a paper again, on any checkpoint, beside the published numbers.

    What was trained, read or placed before is found.
    """
    if listed:
        _list(as_json)
        return
    from embspace.studies.registry import STUDIES
    from embspace.studies.running import StudyConfig, run
    from embspace.workflows.settings import from_json, to_json

    if name is None:
        raise SettingsError(f"Which study? There are {', '.join(STUDIES)}; see embspace study --list.")
    settings: dict[str, Any] = {
        "study": name,
        "checkpoint": checkpoint,
        "scale": scale,
        "sentences": sentences,
        "test_sentences": test_sentences,
        "epochs": epochs,
        "rate": rate,
        "languages": language,
        "corpora": dict(_role(one) for one in corpus or []),
        "secondary": [] if secondary == ["none"] else secondary,
        "pairs": pairs,
        "adjust_rate": adjust_rate,
        "length": length,
        "only": only or [],
        "threads": threads,
        "device": device,
    }
    if seed:
        settings["seeds"] = seed
    config = from_json(StudyConfig, settings)
    STUDIES[config.study].chosen(config)  # what is not possible is said before a job begins
    place = open_workspace(workspace)
    if background and markdown:
        raise SettingsError("--markdown writes what was made; run the study again with it when the job has ended.")
    if background:
        do("study", config, place, background, as_json)
        return
    with Terminal() as bars:
        result = run(config, place, bars)
    page = _page(config, place, markdown) if markdown else None
    if as_json:
        typer.echo(json.dumps({**result, "config": to_json(config)}, ensure_ascii=False))
    else:
        _show(result, config, place)
        if page:
            typer.echo(f"Markdown: {page}")


def _page(config: Any, workspace: Workspace, target: Path) -> Path:
    """The report as Markdown."""
    from embspace.studies.markdown_report import write_markdown
    from embspace.studies.outputs import StudyFolder

    return write_markdown(StudyFolder.of(config, workspace), target)


def _role(given: str) -> tuple[str, str]:
    role, equals, name = given.partition("=")
    if not equals or not role.strip() or not name.strip():
        raise SettingsError(f"--corpus {given}: expected ROLE=NAME, such as train=mine; see embspace study --list.")
    return role.strip(), name.strip()


def _list(as_json: bool) -> None:
    from embspace.studies.registry import STUDIES

    if as_json:
        told = {
            one.name: {
                "title": one.title,
                "items": {name: item.title for name, item in one.items.items()},
                "corpora": dict(one.roles),
            }
            for one in STUDIES.values()
        }
        typer.echo(json.dumps(told, ensure_ascii=False))
        return
    for one in STUDIES.values():
        typer.echo(f"{one.name}: {one.title}")
        show_table(("--only", "what"), [(name, item.title) for name, item in one.items.items()], "")
        if one.roles:
            show_table(("--corpus", "what"), list(one.roles.items()), "")
        typer.echo()


def _show(result: dict[str, Any], config: Any, workspace: Workspace) -> None:
    from embspace.studies.outputs import StudyFolder
    from embspace.studies.verdicts import VERDICTS

    outputs = [one for one in StudyFolder.of(config, workspace).read() if one.item in result["items"]]
    rows = [
        (finding.where, VERDICTS[finding.holds].words, finding.claim, finding.evidence)
        for one in outputs
        for finding in one.findings
    ]
    show_table(("where", "here", "the paper says", "evidence"), rows, "No finding of the paper is told of.")
    for name, why in result["items"].items():
        if why:
            typer.echo(f"{name} is missing: {why}")
    typer.echo(f"report: {result['report']}")
