"""The manifest of a shard: which sentences it holds and what its files must be; a shard exists when this does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from embspace.errors import StoreError
from embspace.storage import fingerprint, read_json, write_json


@dataclass(frozen=True, slots=True)
class Plan:
    """What a shard holds: sentences first <= number < stop, how many rows they have, and the space they belong to."""

    first: int
    stop: int
    rows: int
    space: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a shard's files must be.

    Attributes:
        plan: the sentences, and the fingerprint of the space.
        shape: (n_layers, n_rows, dim) of the layers that are stored.
        dtype: float16 or float32.
        crc32: of each layer's bytes.
        vectors_bytes: size of the file of vectors.
        words_bytes: size of the file of words.
        words_crc32: of the file of words.
        in_windows: rows whose sentence was read in windows.
    """

    plan: Plan
    shape: tuple[int, int, int]
    dtype: str
    crc32: tuple[int, ...]
    vectors_bytes: int
    words_bytes: int
    words_crc32: int
    in_windows: int


def words_file(folder: Path, index: int) -> Path:
    """Where the words of a shard are."""
    return folder / f"words-{index:05d}.parquet"


def vectors_file(folder: Path, index: int) -> Path:
    """Where the vectors of a shard are."""
    return folder / f"vectors-{index:05d}.npy"


def manifest_file(folder: Path, index: int) -> Path:
    """Where the manifest of a shard is."""
    return folder / f"shard-{index:05d}.json"


def stored_shard(folder: Path, index: int, plan: Plan) -> Manifest | None:
    """The manifest of a shard if it is committed for the sentences and the space that the plan says.

    Raises:
        StoreError: the manifest is damaged.
    """
    if not manifest_file(folder, index).exists():
        return None
    found = read_manifest(folder, index)
    return found if found.plan == plan else None


def read_manifest(folder: Path, index: int) -> Manifest:
    """The manifest of a shard.

    Raises:
        StoreError: it is missing or damaged.
    """
    path = manifest_file(folder, index)
    mend = how_to_mend(folder, index)
    value = unsealed(path, read_json(path, mend), mend)
    try:
        plan, shape, sums = Plan(**value.pop("plan")), tuple(value.pop("shape")), tuple(value.pop("crc32"))
        return Manifest(plan=plan, shape=shape, crc32=sums, **value)
    except (AttributeError, KeyError, TypeError) as error:
        raise StoreError(f"{path} is damaged: {error}. {mend}") from error


def write_manifest(folder: Path, index: int, manifest: Manifest) -> None:
    """Write the manifest of a shard whose files are written.

    Raises:
        StoreError: the disk refuses.
    """
    write_sealed(manifest_file(folder, index), asdict(manifest))


def write_sealed(path: Path, value: Mapping[str, Any]) -> None:
    """Write readable JSON with a checksum of itself.

    Raises:
        StoreError: the disk refuses.
    """
    write_json(path, sealed(value))


def unsealed(path: Path, value: Any, mend: str) -> dict[str, Any]:
    """The content of sealed JSON without its checksum.

    Raises:
        StoreError: content and checksum do not belong together.
    """
    content = dict(value) if isinstance(value, dict) else {}
    if content.pop("checksum", None) != fingerprint(content):
        raise StoreError(f"{path} is damaged: it has another checksum than it was written with. {mend}")
    return content


def sealed(value: Mapping[str, Any]) -> dict[str, Any]:
    """A value with a checksum of itself, for `unsealed`."""
    return {**value, "checksum": fingerprint(value)}


def how_to_mend(folder: Path, index: int) -> str:
    """What to do about a damaged shard."""
    return (
        f"Remove {manifest_file(folder, index)} and extract again; only that shard is made anew. "
        f"`embspace spaces repair {folder.name[:12]}` does both."
    )
