"""What is stored, as the page of spaces shows it: found by reading alone, a damaged space beside the whole ones."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pandas as pd

from embspace.analyses.map_store import maps_of
from embspace.encoders.trained import runs
from embspace.figures.theme import by_family
from embspace.spaces import shards, store
from embspace.spaces.manifest import read_manifest
from embspace.spaces.shelf import StoredSpace, look_at, space_folders
from embspace.workspace import Workspace

MARKS = {"whole": "whole", "unfinished": "◔ unfinished", "damaged": "▲ damaged", "other version": "▲ other version"}
"""a state in the table; what is not whole catches the eye"""
MOST_ROWS = 1_000_000
"""words that are read to count those found; of a larger space, shards spread over all of it"""
EXAMPLES = 4
"""words of each language"""


@dataclass(frozen=True)
class Words:
    """What the word tables of a space say.

    Attributes:
        read: rows that were read; fewer than the space has where it is very large, or not whole.
        lost: how many of them the tokenizer gave no pieces.
        lost_texts: the first few of those.
        examples: `language text pieces`, a few different words of each language, in the order of families.
    """

    read: int
    lost: int
    lost_texts: tuple[str, ...]
    examples: pd.DataFrame


def stored_spaces(workspace: Workspace) -> list[StoredSpace]:
    """Every space of a workspace, the latest first, whatever state it is in."""
    found = []
    for folder in space_folders(workspace):
        try:
            found.append(look_at(folder))
        except FileNotFoundError:
            continue  # removed meanwhile
        except OSError as error:
            found.append(_unreadable(folder, error))
    return sorted(found, key=lambda one: (-one.created, one.path.name))


def _unreadable(folder: Path, error: OSError) -> StoredSpace:
    problem = f"{folder} cannot be read: {error.strerror or error}."
    nothing = {"fingerprint": folder.name, "recipe": {}, "layers": (), "model_layers": 0, "dim": 0, "n_words": 0}
    nothing |= {"shards": 0, "dtypes": {}, "in_windows": 0, "bytes": 0, "created": 0.0, "used": 0.0}
    return StoredSpace(folder, **nothing, state="damaged", problem=problem)


def with_verdicts(spaces: Sequence[StoredSpace], damaged: Collection[str]) -> list[StoredSpace]:
    """The spaces, those whole by their sizes but damaged by their checksums called so; `damaged` are folder names."""
    return [
        replace(one, state="damaged") if one.state == "whole" and one.path.name in damaged else one for one in spaces
    ]


def space_table(spaces: Sequence[StoredSpace]) -> pd.DataFrame:
    """A row per space, in their order; what a damaged one does not say is missing."""
    rows = [
        {
            "checkpoint": short_name(one),
            "corpus": one.recipe.get("corpus") or one.path.name[:12],
            "languages": len(one.recipe["languages"]) if "languages" in one.recipe else None,
            "targets": one.recipe.get("targets"),
            "words": one.n_words if one.shards else None,
            "layers": len(one.layers) or None,
            "width": one.dim or None,
            "stored": " + ".join(sorted(set(one.dtypes.values()))) or None,
            "size": one.bytes,
            "state": MARKS[one.state],
            "created": moment(one.created),
            "used": moment(one.used),
        }
        for one in spaces
    ]
    table = pd.DataFrame(rows)
    counts = ["languages", "words", "layers", "width"]
    return table.astype(dict.fromkeys(counts, "Int64")) if len(table) else table


def short_name(one: StoredSpace) -> str | None:
    """The name of a space's checkpoint; of a folder its last part; None: the head is damaged."""
    name = one.recipe.get("checkpoint")
    return f".../{Path(name).name}" if name and (Path(name).is_absolute() or name[0] in ".~") else name


def sizes(spaces: Sequence[StoredSpace]) -> dict[str, int]:
    """Bytes on disk by checkpoint, the largest first; spaces that do not say theirs under an empty name."""
    found: dict[str, int] = {}
    for one in spaces:
        name = short_name(one) or ""
        found[name] = found.get(name, 0) + one.bytes
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def checkpoint_names(workspace: Workspace) -> list[str]:
    """Checkpoints that a stored space was made with, and those that were trained here: folders, steps; sorted."""
    found = {str(one.recipe["checkpoint"]) for one in stored_spaces(workspace) if one.recipe.get("checkpoint")}
    found |= {run.name(step) for run in runs(workspace) for step in run.saved()}
    return sorted(found | {str(path.parent) for path in workspace.checkpoints.glob("*/config.json")})


def free_bytes(workspace: Workspace) -> int:
    """What the disk of a workspace has left."""
    folder = next(one for one in (workspace.root, *workspace.root.parents) if one.exists())
    return shutil.disk_usage(folder).free


def map_files(workspace: Workspace, space: str) -> tuple[list[str], int]:
    """The keys of the maps made from a space, and their bytes."""
    keys = maps_of(workspace.maps, space)
    paths = [workspace.maps / f"{key}{end}" for key in keys for end in (".json", ".npy")]
    return keys, sum(path.stat().st_size for path in paths if path.exists())


def read_words(one: StoredSpace) -> Words:
    """Count what was found of a space's words, and take examples.

    Raises:
        StoreError: a table of words is damaged.
    """
    plans = store.plans_of(store.read_head(one.path))
    stored = [index for index in sorted(one.dtypes) if index < len(plans)]
    step = max(1, -(-sum(plans[index].rows for index in stored) // MOST_ROWS))
    read, lost, texts, parts = 0, 0, list[str](), []
    for index in stored[::step]:
        table = shards.read_words(one.path, index, read_manifest(one.path, index))
        frame = table.select(["language", "text", "pieces", "found"]).to_pandas()
        gone = frame.loc[~frame["found"].astype(bool), "text"]
        read, lost = read + len(frame), lost + len(gone)
        texts += gone.unique()[:EXAMPLES].tolist()
        parts.append(frame[frame["found"]].drop_duplicates(["language", "text"]).groupby("language").head(EXAMPLES))
    if not parts:
        return Words(0, 0, (), pd.DataFrame(columns=["language", "text", "pieces"]))
    every = pd.concat(parts).drop_duplicates(["language", "text"]).groupby("language").head(EXAMPLES)
    order = {code: at for at, code in enumerate(by_family(every["language"].unique()))}
    every = every.sort_values("language", key=lambda codes: codes.map(order), kind="stable")
    return Words(read, lost, tuple(dict.fromkeys(texts))[:EXAMPLES], every.drop(columns="found"))


def last_change(folder: Path) -> float:
    """When a file of a space was last written, in seconds since 1970; that it was opened does not count."""
    times = []
    for path in folder.iterdir():
        try:
            times.append(path.stat().st_mtime if not path.name.startswith(".") else 0.0)
        except OSError:
            continue
    return max(times, default=0.0)


def moment(seconds: float) -> datetime | None:
    """A time of this machine's clock, without a zone; None: unknown."""
    return datetime.fromtimestamp(seconds).replace(microsecond=0) if seconds else None


def size_text(count: int) -> str:
    """Bytes for a person."""
    for unit, scale in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6)):
        if count >= scale:
            return f"{count / scale:,.1f} {unit}"
    return f"{count / 1e3:,.1f} kB"
