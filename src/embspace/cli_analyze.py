"""`embspace analyze NAME CHECKPOINT...`: an analysis of one space or several, as tables and figures in files."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from embspace.cli_extract import (
    Background,
    CorpusName,
    Dtype,
    Entities,
    Languages,
    PerType,
    Sentences,
    Split,
    Types,
    do,
    extraction,
    numbers,
)
from embspace.cli_stored import Folder, open_workspace, show_table
from embspace.corpora.entries import SYNTHETIC
from embspace.errors import SettingsError
from embspace.progress import Terminal

if TYPE_CHECKING:
    import pandas as pd

    from embspace.workflows.analysis import Analysis

LIST = "list"
MOST_ROWS = 40
"""of a table in the terminal"""
_TABLES, _FIGURES = (".csv", ".tex"), (".png", ".svg", ".pdf", ".html")


def analyze(
    name: Annotated[str, typer.Argument(help="An analysis, or list.")],
    checkpoint: Annotated[
        list[str] | None, typer.Argument(help="One, several to compare, or job:ID@steps: all of a training.")
    ] = None,
    corpus: CorpusName = SYNTHETIC,
    sentences: Sentences = None,
    entity: Entities = None,
    languages: Languages = None,
    per_type: PerType = 100,
    types: Types = None,
    split: Split = "test",
    corpus_seed: Annotated[int, typer.Option(help="Of what is drawn from SyntheticNER.")] = 0,
    targets: Annotated[str, typer.Option(help="auto (what the analysis takes), entities or words.")] = "auto",
    dtype: Dtype = "float32",
    device: Annotated[str | None, typer.Option(help="cpu, cuda, cuda:1, ...; the GPU if there is one.")] = None,
    layer: Annotated[str | None, typer.Option(help="all, or numbers with commas between; -1 is the last.")] = None,
    transform: Annotated[
        list[str] | None, typer.Option(help="center, all-but-the-top, whiten, z, ...; repeatable, in this order.")
    ] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="key=value, a setting of the analysis; repeatable.")
    ] = None,
    dictionary: Annotated[
        list[Path] | None, typer.Option(help="Of precision_at_k: word pairs, en-es.txt or a table; repeatable.")
    ] = None,
    scores: Annotated[
        list[Path] | None, typer.Option(help="Of significance: a CSV, TSV or Parquet file; repeatable.")
    ] = None,
    predictions: Annotated[
        list[str] | None,
        typer.Option(help="Of taggers: job:ID (its test sentences), a file of embspace predict, a result; repeatable."),
    ] = None,
    csv: Annotated[Path | None, typer.Option(help="A file for the table.")] = None,
    latex: Annotated[Path | None, typer.Option(help="A .tex file for the table.")] = None,
    figure: Annotated[list[Path] | None, typer.Option(help="A .png, .svg, .pdf or .html file; repeatable.")] = None,
    dark: Annotated[bool, typer.Option("--dark", help="Figures for a dark page.")] = False,
    workspace: Folder = None,
    background: Background = False,
    as_json: Annotated[bool, typer.Option("--json", help="The tables as JSON.")] = False,
) -> None:
    """Run an analysis, show or write its tables, and draw it; what is stored is found. `list` names them all."""
    if name == LIST:
        _list(as_json)
        return
    from embspace.workflows.analyses import find_analysis
    from embspace.workflows.analysis import resolve
    from embspace.workflows.analysis_settings import check_required
    from embspace.workflows.analyze import AnalyzeConfig, make_tables
    from embspace.workflows.analyzed_runs import in_order, of_steps
    from embspace.workflows.settings import from_json

    entry = find_analysis(name)
    files = _files(csv, latex, figure or [])
    if background and files:
        raise SettingsError("Files and --background exclude each other: run it again without --background to write.")
    names = list(checkpoint or ([] if entry.takes == "files" else ["mini"]))
    names = [*in_order(names)] if entry.takes == "spaces" else names
    if not checkpoint and entry.takes not in ("corpus", "files"):
        example = "job:4f2" if entry.steps else "mini"
        raise SettingsError(f"{name} needs a checkpoint: embspace analyze {name} {example}")
    about = {"corpus": corpus, "sentences": sentences, "targets": targets, "dtype": dtype, "device": device}
    spaces = tuple(extraction(one, entity, languages, per_type, types, split, corpus_seed, **about) for one in names)
    place = open_workspace(workspace)
    options = {"dictionary": dictionary or [], "scores": scores or [], "predictions": predictions or []}
    told = _given(name, entry, options)
    given = {"analysis": name, "transforms": transform or [], "settings": _settings(settings or [], layer)}
    check_required(entry, given["settings"], list(map(str, told)))
    kept = resolve(entry.given.keep)(told, place) if entry.given and told else ()
    given |= {"spaces": spaces, "files": kept}
    config = from_json(AnalyzeConfig, given, "the settings")
    if background:
        do("analyze", config, place, background, as_json)
        return
    with Terminal() as bars:
        key, tables = make_tables(config, place, bars)
    _write(entry, tables, files, layer, dark, as_json, of_steps(names))
    if as_json:
        _print_json(name, key, tables)
    elif not files:
        for title, table in tables.items():
            _print(entry, title, table)
        typer.echo(f"stored in {place.results / key}")


def _given(name: str, entry: Analysis, options: dict[str, list[Any]]) -> list[Any]:
    """What the option that an analysis takes is told."""
    own = entry.given.argument if entry.given else ""
    if wrong := [one for one, paths in options.items() if paths and one != own]:
        raise SettingsError(f"--{wrong[0]} is not for {name}{f'; it takes --{own}' if own else ''}.")
    return options.get(own, [])


def _list(as_json: bool) -> None:
    from embspace.workflows.analyses import ANALYSES
    from embspace.workflows.analysis_settings import REQUIRED, all_settings

    takes = {"space": "a checkpoint", "pair": "two checkpoints", "spaces": "checkpoints", "corpus": "a corpus"}
    if as_json:
        found = [
            {"name": name, "title": one.title, "about": one.about, "paper": one.paper, "takes": one.takes}
            | {"option": f"--{one.given.argument}" if one.given else None}
            | {
                "settings": {
                    each.name: None if each.default is REQUIRED else repr(each.default) for each in all_settings(one)
                }
            }
            for name, one in ANALYSES.items()
        ]
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    given = {name: f"--{one.given.argument}" for name, one in ANALYSES.items() if one.given and one.given.needed}
    takes |= {name: f"{takes.get(ANALYSES[name].takes, '')} {option}".strip() for name, option in given.items()}
    rows = [
        (
            name,
            takes.get(name, takes.get(one.takes, "")),
            ", ".join(each.name for each in all_settings(one)),
            one.about.partition(". ")[0] + ".",
        )
        for name, one in ANALYSES.items()
    ]
    show_table(("analysis", "takes", "--set", "what it shows"), rows, "")


def _settings(given: list[str], layer: str | None) -> dict[str, Any]:
    """Settings of the analysis: each value as JSON, or as the text it is."""
    found: dict[str, Any] = {}
    for one in given:
        key, equals, text = one.partition("=")
        if not equals or not key:
            raise SettingsError(f"--set {one}: expected key=value, such as k=10.")
        try:
            found[key.strip().replace("-", "_")] = json.loads(text)
        except json.JSONDecodeError:
            found[key.strip().replace("-", "_")] = text
    if layer is not None:
        listed = None if layer == "all" else numbers(layer, "--layer")
        found["layer"] = listed[0] if listed and len(listed) == 1 else listed
    return found


def _files(csv: Path | None, latex: Path | None, figures: list[Path]) -> list[Path]:
    """The files to write, their endings checked before anything is computed."""
    for option, path, endings in (("--csv", csv, (".csv",)), ("--latex", latex, (".tex",))):
        if path is not None and path.suffix.lower() not in endings:
            raise SettingsError(f"{option} {path}: expected a file that ends in {endings[0]}.")
    if wrong := [path for path in figures if path.suffix.lower() not in _FIGURES]:
        raise SettingsError(f"--figure {wrong[0]}: a figure is written as {', '.join(_FIGURES)}.")
    return [path for path in (csv, latex, *figures) if path is not None]


def _write(
    entry: Analysis,
    tables: dict[str, pd.DataFrame],
    files: list[Path],
    layer: str | None,
    dark: bool,
    as_json: bool,
    steps: bool,
) -> None:
    """Every table and figure into its files: the first under the given name, others with their own name added.

    Raises:
        SettingsError: not one figure can be drawn; of several that cannot it is said, and the others are written.
    """
    from embspace.figures.saving import save

    shown = None if layer in (None, "all") else numbers(str(layer), "--layer")[-1]
    drawn: list[tuple[str, Any]] = []
    for file in files:
        if file.suffix.lower() in _TABLES:
            parts: list[tuple[str, Any]] = list(tables.items())
        else:
            parts = drawn = drawn or _drawn(entry, tables, shown, dark, steps)
        for at, (name, what) in enumerate(parts):
            if what is not None:
                written = save(what, file.with_stem(f"{file.stem}-{name}") if at else file)
                typer.echo(f"wrote {written}", err=as_json)


def _drawn(
    entry: Analysis, tables: dict[str, pd.DataFrame], layer: int | None, dark: bool, steps: bool
) -> list[tuple[str, Any]]:
    """The name of every figure, and the figure, or None where it cannot be drawn; why is said."""
    from embspace.workflows.analysis import draw, resolve

    drawings = [(name, path) for name, one in entry.tables.items() for path in one.drawings(steps)]
    names = [name for name, _ in drawings]
    titles = [name if names.count(name) == 1 else path.partition(":")[2] for name, path in drawings]
    found: list[tuple[str, Any]] = []
    refused: dict[str, SettingsError] = {}
    for (name, path), title in zip(drawings, titles, strict=True):
        try:
            found.append((title, draw(resolve(path), tables[name], layer=layer, dark=dark)))
        except SettingsError as error:
            refused[title] = error
            found.append((title, None))
    if len(refused) == len(found) and refused:
        raise next(iter(refused.values()))
    for title, error in refused.items():
        typer.echo(f"{title} is not drawn: {error}", err=True)
    return found


def _print(entry: Analysis, name: str, table: pd.DataFrame) -> None:
    """The first rows of a table, numbers with digits that tell."""
    import pandas as pd
    from pandas.api.types import is_numeric_dtype

    from embspace.figures.saving import digits

    head = table.head(MOST_ROWS)
    columns = []
    for column in head.columns:
        values = head[column]
        form = digits(pd.Series(table[column])) if is_numeric_dtype(values) and values.dtype != bool else None
        columns.append([_cell(value, form) for value in values])
    typer.echo(f"\n{entry.tables[name].title}")
    show_table(tuple(map(str, table.columns)), list(zip(*columns, strict=True)), "No rows.")
    if len(table) > MOST_ROWS:
        typer.echo(f"... {len(table) - MOST_ROWS:,} more rows; --csv FILE writes all")


def _cell(value: Any, form: str | None) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return form.format(value) if form else str(value)


def _print_json(name: str, key: str, tables: dict[str, pd.DataFrame]) -> None:
    texts = {title: table.to_json(orient="records", double_precision=15) for title, table in tables.items()}
    found = {title: json.loads(str(text)) for title, text in texts.items()}
    settings = next(iter(tables.values())).attrs.get("settings", {})
    typer.echo(json.dumps({"analysis": name, "result": key, "settings": settings, "tables": found}, ensure_ascii=False))
