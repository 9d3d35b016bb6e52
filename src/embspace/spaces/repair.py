"""A damaged space made whole: only what is broken is made anew, from the space's own corpus and its checkpoint."""

from __future__ import annotations

import platform
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from embspace.corpora.records import Corpus
from embspace.encoders.base import Encoder
from embspace.encoders.devices import on_threads
from embspace.errors import EncoderError, StoreError
from embspace.progress import Progress, Silent
from embspace.spaces import store
from embspace.spaces.claims import commit_lock
from embspace.spaces.making import make_shards
from embspace.spaces.manifest import manifest_file
from embspace.spaces.model import Model
from embspace.spaces.shards import shard_problem
from embspace.storage import read_json, write_json

REPAIRS = "repairs.json"
"""what was repaired, when and with what; a shard that is made on another machine may differ in its last bits"""

_OWN = re.compile(r"space\.json|sentences\.parquet|repairs\.json|\.lock|\.used|\.claim-\d+")
_SHARD = re.compile(r"(?:words|vectors|shard)-(\d{5,})\.(?:parquet|npy|json)")


@dataclass(slots=True)
class Repair:
    """What `repair` found and did.

    Attributes:
        problems: a sentence per damaged or missing file.
        remade: the shards that were made anew.
        swept: leftovers that were removed: half-written files, claims, shards that the space does not have.
        foreign: files that are not of a space; they are left.
    """

    problems: list[str] = field(default_factory=list)
    remade: list[int] = field(default_factory=list)
    swept: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)


def repair(
    folder: Path,
    *,
    checkpoint: str | Path | Encoder | None = None,
    corpus: Corpus | None = None,
    device: str | None = None,
    progress: Progress | None = None,
) -> Repair:
    """Make a space whole; shards that are whole are not touched, and those remade have the bits they had.

    Args:
        folder: of the space.
        checkpoint: where the model lies now, or the encoder; None: where the recipe says.
        corpus: what was extracted; needed only where the stored one is damaged.
        device: a torch device for a checkpoint given by name; None: the GPU if there is one.
        progress: is told the stages `verifying`, and that of `make_shards`; may raise `Cancelled`.

    Raises:
        EncoderError: the checkpoint cannot be opened, or is not the one that the space was made with.
        StoreError: what is lost cannot be made anew from what is there, or the disk refuses; says what to do.
    """
    progress = progress or Silent()
    found = Repair()
    head = _head(folder, found)
    _mend_corpus(folder, head, corpus, found)
    _sweep(folder, len(head["shards"]), found)
    broken = _broken(folder, head, found, progress)
    if broken:
        _remake(folder, head, broken, checkpoint, device, progress)
        found.remade = list(broken)
    if found.problems:
        _record(folder, found)
    return found


def _head(folder: Path, found: Repair) -> dict[str, Any]:
    if not folder.is_dir():
        raise StoreError(f"There is no space at {folder}.")
    try:
        return store.read_head(folder)
    except store.OtherVersionError:
        raise
    except StoreError as error:
        head = store.restore_head(folder)
        found.problems.append(str(error))
        return head


def _mend_corpus(folder: Path, head: Mapping[str, Any], corpus: Corpus | None, found: Repair) -> None:
    try:
        store.read_sentences(folder, head)
    except StoreError as error:
        if corpus is None:
            recipe = head["recipe"]
            raise StoreError(
                f"{error} The corpus cannot be made from vectors: extract {recipe['corpus']!r} with "
                f"{recipe['checkpoint']!r} as before, which writes it anew and keeps every whole shard."
            ) from error
        found.problems.append(str(error))
        store.keep_corpus(folder, corpus)


def _sweep(folder: Path, n_shards: int, found: Repair) -> None:
    """Remove leftovers of dead writers and files of shards that the space does not have."""
    before = {path.name for path in folder.iterdir()}
    store.finish(folder)
    for path in folder.iterdir():
        shard = _SHARD.fullmatch(path.name)
        if shard and int(shard[1]) >= n_shards:
            path.unlink(missing_ok=True)
        elif not shard and not _OWN.fullmatch(path.name) and not path.name.endswith(".part"):
            found.foreign.append(path.name)
    found.swept = sorted(before - {path.name for path in folder.iterdir()})


def _broken(folder: Path, head: Mapping[str, Any], found: Repair, progress: Progress) -> list[int]:
    progress.stage("verifying", head["n_words"], "words")
    broken = []
    for index, plan in enumerate(store.plans_of(head)):
        if problem := shard_problem(folder, head, index, plan):
            found.problems.append(problem)
            broken.append(index)
        progress.advance(plan.rows)
    return broken


def _remake(
    folder: Path,
    head: Mapping[str, Any],
    broken: Sequence[int],
    checkpoint: str | Path | Encoder | None,
    device: str | None,
    progress: Progress,
) -> None:
    """Make the broken shards again, with the settings of the recipe."""
    corpus = store.read_corpus(folder, head)
    encoder = _encoder(folder, head["recipe"], checkpoint, device)
    # Only now, when nothing stands in the way: what is broken stays readable in part until it can be replaced.
    for index in broken:
        manifest_file(folder, index).unlink(missing_ok=True)
    with on_threads(head["made_with"]["threads"]):
        make_shards(folder, encoder, progress, corpus=corpus, mine=broken)
    store.finish(folder)


def _encoder(
    folder: Path, recipe: Mapping[str, Any], checkpoint: str | Path | Encoder | None, device: str | None
) -> Encoder:
    """The model that the space was made with; where another one lies under its name, an error."""
    given = recipe["checkpoint"] if checkpoint is None else checkpoint
    model = Model(given, device, None if isinstance(given, Encoder) else recipe["dtype"])
    try:
        found = model.fingerprint
    except EncoderError as error:
        raise EncoderError(
            f"{error} To repair {folder}, the checkpoint that made it is needed; say where it lies: "
            f"embspace spaces repair {folder.name[:12]} --checkpoint FOLDER"
        ) from error
    if found != recipe["checkpoint_fingerprint"]:
        name = given.name if isinstance(given, Encoder) else given
        raise EncoderError(
            f"{folder} was made with {recipe['checkpoint']} of fingerprint {recipe['checkpoint_fingerprint']}, but "
            f"{name} has fingerprint {found}: it is another one, or was changed since. Give the one that made it with "
            "--checkpoint, or remove the space and extract anew."
        )
    return model.encoder()


def _record(folder: Path, found: Repair) -> None:
    """Note a repair beside the space."""
    path = folder / REPAIRS
    try:
        before = list(read_json(path))
    except (StoreError, TypeError):  # there is none, or it is damaged; no vector depends on it
        before = []
    note = {"time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), **asdict(found)}
    if found.remade:
        packages = {name: version(name) for name in ("embspace", "torch", "transformers")}
        note["made_with"] = {**packages, "machine": platform.machine()}
    with commit_lock(folder):
        write_json(path, [*before, note])
