"""`embspace corpora ...`: sentences to be read with models: add files, see what there is, remove."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from embspace.cli_stored import Folder, open_workspace, show_table
from embspace.errors import CorpusError, SettingsError
from embspace.progress import Terminal

if TYPE_CHECKING:
    from embspace.corpora.entries import Entry
    from embspace.corpora.records import Sentence
    from embspace.corpora.sources import Opened

corpora = typer.Typer(help="Sentences that models read.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="As `embspace corpora list` says it.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]


@corpora.command("add")
def add(
    path: Annotated[list[str], typer.Argument(help="Files of one format, or hf:NAME of a Hugging Face dataset.")],
    name: Annotated[str, typer.Option(help="What it is called from now on; the file's name without it.")] = "",
    format: Annotated[
        str | None, typer.Option(help="As `embspace corpora formats` says it; guessed without it.")
    ] = None,
    language: Annotated[str, typer.Option(help="A code; one per file, or two of a pair, with commas between.")] = "",
    columns: Annotated[str, typer.Option(help="Of tables: text=sentence,language=lang, with commas between.")] = "",
    option: Annotated[list[str] | None, typer.Option(help="key=value, of the format: scheme=iob1; repeatable.")] = None,
    title: Annotated[str, typer.Option(help="What it is, in a line.")] = "",
    license: Annotated[str, typer.Option(help="Under which it may be used.")] = "",
    entities: Annotated[
        bool, typer.Option("--entities", help="Of tagged sentences a copy for each named entity, which is marked.")
    ] = False,
    align: Annotated[bool, typer.Option("--align", help="Align words to the first language, or to English.")] = False,
    links: Annotated[
        list[Path] | None,
        typer.Option(help="Word alignments, named like en-be.pharaoh; repeatable. Words are then split at blanks."),
    ] = None,
    workspace: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Read files and keep their sentences in the workspace, under a name, with all links of words or not at all.

    Of NLI and SQuAD files the pairs and questions are kept too, with labels and answers. The same sentences again are
    found, and links, pairs or questions that are given now replace those that they had.
    """
    from embspace.corpora.adding import add_files
    from embspace.corpora.guessing import split_links
    from embspace.corpora.sources import HUB

    hub = path[0].startswith(HUB)
    files, found = ([], []) if hub else split_links([_file(one) for one in path])
    given = [*found, *map(_file, links or ())]
    if given and align:
        raise SettingsError("--align makes links, but links are given; one or the other.")
    roles = {key: int(value) if value.isdecimal() else value for key, value in _pairs([columns], "--columns").items()}
    options = {key: _value(value) for key, value in _pairs(option or [], "--option").items()}

    def tell(opened: Opened) -> None:
        if as_json:
            return
        if opened.reason:
            typer.echo(f"format {opened.format}: {opened.reason}")
        if given:
            typer.echo(f"links of words: {', '.join(one.name for one in given)}")

    with Terminal() as bars:
        entry, opened = add_files(
            path[0] if hub else files,
            name=name,
            language=language,
            format=format,
            columns=roles or None,
            options=options,
            title=title,
            license=license,
            entities=entities,
            links=given,
            align=align,
            workspace=open_workspace(workspace),
            progress=bars,
            tell=tell,
        )
    if as_json:
        _print_json(_summary(entry) | {"counted": dict(opened.counted)})
        return
    for what, count in opened.counted.items():
        typer.echo(f"mended or left out: {what}, {count:,} times")
    if name and entry.name != name:
        typer.echo(f"The same sentences are there already, as {entry.name}.")
    typer.echo(f"{entry.name}: {_counts(entry)}")


@corpora.command("list")
def list_corpora(workspace: Folder = None, as_json: AsJson = False) -> None:
    """Every corpus: those that ship with embspace, and those that were added."""
    from embspace.corpora.catalog import catalog

    found = catalog(open_workspace(workspace))
    if as_json:
        _print_json([_summary(one) for one in found])
        return
    names = ("corpus", "languages", "sentences", "words", "parallel", "links", "records", "format", "license", "")
    show_table(names, [_row(one) for one in found], "")


@corpora.command("show")
def show(
    name: Name,
    number: Annotated[int, typer.Option("--sentences", help="How many are shown.")] = 5,
    workspace: Folder = None,
    as_json: AsJson = False,
) -> None:
    """One corpus: what is known of it, and its first sentences."""
    from embspace.corpora.catalog import find_entry, open_corpus

    place = open_workspace(workspace)
    entry = find_entry(name, place)
    first: Sequence[Sentence] = ()
    if number and not entry.problem:
        first = list(islice(open_corpus(name, limit=max(1, number), workspace=place), number))
    if as_json:
        _print_json(_summary(entry) | {"first": [asdict(one) for one in first]})
        return
    lines: dict[str, Any] = {
        "corpus": entry.name,
        "title": entry.title,
        "state": entry.problem,
        "format": entry.format,
        "languages": ", ".join(entry.languages),
        "size": _counts(entry) if entry.sentences else "",
        "tags": ", ".join(entry.tags),
        "license": entry.license,
        "files": ", ".join(entry.origin),
        "added": entry.added,
        "fingerprint": entry.fingerprint,
        "path": entry.path,
    }
    for key, value in lines.items():
        if value:
            typer.echo(f"{key:<12} {value}")
    for one in first:
        typer.echo(f"{one.language:<12} {' '.join(one.text.split())}")


@corpora.command("formats")
def formats(as_json: AsJson = False) -> None:
    """The formats that files may have, and what must be said of them."""
    from embspace.corpora.formats import FORMATS

    rows = [(one.name, one.title, one.needs, ", ".join(one.options)) for one in FORMATS.values()]
    if as_json:
        _print_json([dict(zip(("format", "title", "needs", "options"), row, strict=True)) for row in rows])
    else:
        show_table(("format", "what it is", "needs", "options"), rows, "")


@corpora.command("remove")
def remove_corpora(
    name: Annotated[list[str], typer.Argument(help="Names, or fingerprints.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    workspace: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Delete added corpora; spaces that were made from them keep their sentences."""
    from embspace.corpora.catalog import find_entry, remove

    place = open_workspace(workspace)
    found = list({one.fingerprint or one.name: one for one in (find_entry(each, place) for each in name)}.values())
    if not yes:
        if as_json:
            raise SettingsError("--json does not ask: add --yes to remove.")
        typer.confirm(f"Remove {', '.join(one.name for one in found)}?", abort=True)
    for one in found:
        remove(one.fingerprint or one.name, place)
        if not as_json:
            typer.echo(f"removed {one.name}")
    if as_json:
        _print_json({"removed": [one.name for one in found]})


def _file(path: str | Path) -> Path:
    found = Path(path).expanduser()
    if not found.is_file():
        raise CorpusError(f"{found}: no such file{' (it is a folder; name its files)' if found.is_dir() else ''}.")
    return found


def _pairs(texts: Iterable[str], where: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in (part for text in texts for part in text.split(",") if part.strip()):
        key, sign, value = part.partition("=")
        if not sign or not key.strip():
            raise SettingsError(f"{where} {part}: expected key=value.")
        found[key.strip()] = value.strip()
    return found


def _value(text: str) -> Any:
    known = {"true": True, "false": False, "none": None}
    if text.lower() in known:
        return known[text.lower()]
    return int(text) if text.removeprefix("-").isdecimal() else text


def _counts(one: Entry) -> str:
    parts = [f"{sum(one.sentences.values()):,} sentences", f"{sum(one.words.values()):,} words"]
    parts.append("language " + one.languages[0] if len(one.languages) == 1 else f"{len(one.languages)} languages")
    if one.groups:
        parts.append(f"{one.groups:,} with translations")
    if one.records:
        parts.append(_records(one))
    if one.links:
        parts.append(f"{one.links:,} links of words")
    return ", ".join(parts)


def _row(one: Entry) -> tuple[str, ...]:
    def count(value: int) -> str:
        return f"{value:,}" if value else ""

    codes = " ".join(one.languages) if len(one.languages) <= 4 else str(len(one.languages))
    drawn = "drawn" if not one.sentences and not one.problem else count(sum(one.sentences.values()))
    counts = (drawn, count(sum(one.words.values())), count(one.groups), count(one.links))
    return one.name, codes, *counts, _records(one), one.format, one.license, one.problem


def _records(one: Entry) -> str:
    """Such as `990 pairs`; empty: it keeps none."""
    from embspace.corpora.entries import RECORDS

    return f"{one.n_records:,} {RECORDS[one.records]}" if one.records else ""


def _summary(one: Entry) -> dict[str, Any]:
    return asdict(one) | {"path": str(one.path)}


def _print_json(value: Any) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))
