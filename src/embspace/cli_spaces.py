"""`embspace spaces ...`: what is stored, whether it is whole, and how to mend, export or remove it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from embspace.cli_stored import Folder, open_workspace, show_table
from embspace.errors import SettingsError, StoreError
from embspace.progress import Terminal

if TYPE_CHECKING:
    from embspace.spaces.shelf import StoredSpace

spaces = typer.Typer(help="Extracted vectors that are stored.", no_args_is_help=True)

SpaceName = Annotated[str, typer.Argument(help="A fingerprint, or how it begins.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@spaces.command("list")
def list_spaces(workspace: Folder = None, as_json: AsJson = False) -> None:
    """Every stored space, the last used first: what it was made of, how large it is, and whether it is whole."""
    from embspace.spaces.shelf import stored_spaces

    found = stored_spaces(open_workspace(workspace))
    if as_json:
        _print_json([_summary(one) for one in found])
        return
    names = (
        "space",
        "checkpoint",
        "corpus",
        "targets",
        "words x layers x dim",
        "stored as",
        "on disk",
        "state",
        "used",
    )
    show_table(names, [_row(one) for one in found], "No spaces yet; make one with: embspace extract mini")


@spaces.command("show")
def show_space(space: SpaceName, workspace: Folder = None, as_json: AsJson = False) -> None:
    """One space: its recipe, its shards, what was found of its words, and where it lies."""
    from embspace.spaces.shelf import count_found, find_space, look_at

    one = look_at(find_space(space, open_workspace(workspace)))
    lost = None if one.state != "whole" else one.n_words - count_found(one.path)
    wide = sorted(index for index, dtype in one.dtypes.items() if dtype != one.stored_dtype)
    if as_json:
        _print_json(
            _summary(one) | {"not_found": lost, "recipe": one.recipe, "shard_dtypes": list(one.dtypes.values())}
        )
        return
    lines: dict[str, Any] = {"space": one.fingerprint, "path": one.path, "state": one.problem or one.state}
    lines |= dict(one.recipe) | {
        "stored layers": f"{', '.join(map(str, one.layers))} of {one.model_layers}",
        "words": f"{one.n_words:,}" + (f", {lost:,} of them not found by the tokenizer" if lost else ""),
        "in windows": f"{one.in_windows:,} words",
        "shards": f"{len(one.dtypes)} of {one.shards}, {_dtypes(one)}",
        "in float32": f"shards {', '.join(map(str, wide))}: values beyond float16" if wide else None,
        "on disk": _size(one.bytes),
        "created": _time(one.created),
        "last used": _time(one.used),
    }
    for name, value in lines.items():
        if value is not None:
            typer.echo(f"{name:<22} {value if isinstance(value, str | int | Path) else json.dumps(value)}")


@spaces.command("verify")
def verify_spaces(
    space: Annotated[str | None, typer.Argument(help="A fingerprint, or how it begins; all without it.")] = None,
    workspace: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Read stored spaces whole and check every checksum; exit code 1 if one is damaged."""
    from embspace.spaces.shelf import find_space, space_folders
    from embspace.spaces.store import verify

    place = open_workspace(workspace)
    folders = [find_space(space, place)] if space else space_folders(place)
    found: dict[str, list[str]] = {}
    with Terminal() as bars:
        for folder in folders:
            found[folder.name] = verify(folder, bars)
    if as_json:
        _print_json([{"space": name, "good": not problems, "problems": problems} for name, problems in found.items()])
    else:
        for name, problems in found.items():
            typer.echo(f"{name[:12]} {'damaged' if problems else 'good'}")
    _fail_with([one for problems in found.values() for one in problems], as_json)


@spaces.command("repair")
def repair_space(
    space: SpaceName,
    checkpoint: Annotated[str | None, typer.Option(help="Where the model lies, if not where it was.")] = None,
    device: Annotated[str | None, typer.Option(help="cpu, cuda, ...; the GPU if there is one.")] = None,
    workspace: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Make what is damaged or missing anew, and sweep leftovers; whole shards are not touched."""
    from dataclasses import asdict

    from embspace.spaces.repair import repair
    from embspace.spaces.shelf import find_space

    folder = find_space(space, open_workspace(workspace))
    with Terminal() as bars:
        done = repair(folder, checkpoint=checkpoint, device=device, progress=bars)
    if as_json:
        _print_json({"space": folder.name, **asdict(done)})
        return
    for problem in done.problems:
        typer.echo(f"was    {problem}")
    for name in done.swept:
        typer.echo(f"swept  {name}")
    for name in done.foreign:
        typer.echo(f"left   {name}, which is no file of a space")
    made = f"{len(done.remade)} shards made anew" if done.remade else "no shard had to be made anew"
    typer.echo(f"{folder.name[:12]} is whole: {made}")


@spaces.command("export")
def export_space(
    space: SpaceName,
    output: Annotated[Path, typer.Argument(help="The file or folder to write.")],
    kind: Annotated[str, typer.Option(help="zarr, safetensors, numpy or projector.")] = "zarr",
    layer: Annotated[list[int] | None, typer.Option(help="Only this layer; repeatable. -1 is the last.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace what is there.")] = False,
    workspace: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Write vectors and words for other programs: Zarr, safetensors, NumPy, or the TensorBoard Projector."""
    from embspace.spaces.export import export
    from embspace.spaces.shelf import find_space
    from embspace.spaces.space import open_space

    folder = find_space(space, open_workspace(workspace))
    with Terminal() as bars:
        written = export(open_space(folder), output, kind, layers=layer, force=force, progress=bars)
    if as_json:
        _print_json({"space": folder.name, "kind": kind, "path": str(written)})
    else:
        typer.echo(f"wrote {written}")


@spaces.command("remove")
def remove_spaces(
    space: Annotated[list[str] | None, typer.Argument(help="Fingerprints, or how they begin.")] = None,
    budget: Annotated[
        str | None, typer.Option(help="Remove the least recently used until the rest fits: 20GB, 500MB.")
    ] = None,
    yes: Yes = False,
    workspace: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Delete stored spaces and the maps made from them; extracting the same again makes them anew."""
    from embspace.analyses.map_store import maps_of, remove_maps
    from embspace.spaces.shelf import find_space, look_at, over_budget, parse_size, remove_space, stored_spaces

    if bool(space) == bool(budget):
        raise SettingsError("Say which spaces to remove, or a --budget that the rest must fit.")
    place = open_workspace(workspace)
    left: Sequence[StoredSpace] = ()
    if budget:
        stored = stored_spaces(place)
        gone = over_budget(stored, parse_size(budget))
        left = [one for one in stored if one not in gone]
        _ask(gone, left, yes, as_json)
    else:
        gone = [look_at(find_space(name, place)) for name in dict.fromkeys(space or ())]
    maps = 0
    for one in gone:
        keys = maps_of(place.maps, one.fingerprint)
        remove_space(one.path)
        remove_maps(place.maps, keys)
        maps += len(keys)
        if not as_json:
            typer.echo(f"removed {one.fingerprint}" + (f" and {len(keys)} maps" if keys else ""))
    if as_json:
        _print_json(
            {"removed": [one.fingerprint for one in gone], "maps": maps, "bytes": sum(one.bytes for one in gone)}
        )
    if budget and (rest := sum(one.bytes for one in left)) > parse_size(budget):
        raise StoreError(
            f"{_size(rest)} are left, more than {budget}: {len(left)} spaces are unfinished or damaged; those are "
            "removed only by name."
        )


def _ask(gone: Sequence[StoredSpace], left: Sequence[StoredSpace], yes: bool, as_json: bool) -> None:
    """Show what a budget removes, and go on only if that is wanted."""
    if not gone:
        if not as_json:
            typer.echo(f"Nothing to remove: {_size(sum(one.bytes for one in left))} in {len(left)} spaces.")
        return
    if as_json:
        if not yes:
            raise SettingsError("--json does not ask: add --yes to remove.")
        return
    names = ("space", "checkpoint", "corpus", "on disk", "used")
    show_table(names, [(_short(one), *_whose(one), _size(one.bytes), _time(one.used)) for one in gone], "")
    if not yes:
        typer.confirm(f"Remove these {len(gone)} spaces, {_size(sum(one.bytes for one in gone))}?", abort=True)


def _fail_with(problems: Sequence[str], as_json: bool) -> None:
    if problems and as_json:
        raise typer.Exit(1)
    if problems:
        raise StoreError("\n".join(problems))


def _summary(one: StoredSpace) -> dict[str, Any]:
    """What a script wants to know."""
    names = ("fingerprint", "layers", "model_layers", "dim", "n_words", "shards", "in_windows", "bytes", "state")
    values = {name: getattr(one, name) for name in names}
    values |= {name: one.recipe.get(name) for name in ("checkpoint", "corpus", "targets")}
    times = {name: datetime.fromtimestamp(getattr(one, name)).astimezone().isoformat() for name in ("created", "used")}
    stored = {"stored": len(one.dtypes), "dtypes": sorted(set(one.dtypes.values()))}
    return {**values, **stored, **times, "problem": one.problem, "path": str(one.path)}


def _row(one: StoredSpace) -> tuple[str, ...]:
    layers = str(len(one.layers)) if len(one.layers) == one.model_layers else f"{len(one.layers)} of {one.model_layers}"
    shape = f"{one.n_words:,} x {layers} x {one.dim}" if one.dim else ""
    targets = str(one.recipe.get("targets", ""))
    return _short(one), *_whose(one), targets, shape, _dtypes(one), _size(one.bytes), one.state, _time(one.used)


def _short(one: StoredSpace) -> str:
    return one.path.name[:12]


def _whose(one: StoredSpace) -> tuple[str, str]:
    return str(one.recipe.get("checkpoint", "?")), str(one.recipe.get("corpus", "?"))


def _dtypes(one: StoredSpace) -> str:
    return ", ".join(sorted(set(one.dtypes.values())))


def _size(count: int) -> str:
    for unit, scale in (("GB", 1e9), ("MB", 1e6)):
        if count >= scale:
            return f"{count / scale:,.1f} {unit}"
    return f"{count / 1e3:,.1f} kB"


def _time(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds):%Y-%m-%d %H:%M}"


def _print_json(value: Any) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))
