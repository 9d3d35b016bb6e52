"""The shards of a space: vectors and words committed together, and checked when they are read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from embspace.errors import StoreError
from embspace.spaces.claims import commit_lock
from embspace.spaces.manifest import (
    Manifest,
    Plan,
    how_to_mend,
    manifest_file,
    read_manifest,
    stored_shard,
    vectors_file,
    words_file,
    write_manifest,
)
from embspace.spaces.tables import parquet_bytes, read_table
from embspace.storage import crc32, write_aside

_TEXT, _INT = pa.string(), pa.int32()
WORDS = pa.schema(
    {
        "text": _TEXT,
        "language": _TEXT,
        "sentence": pa.int64(),
        "start": _INT,
        "stop": _INT,
        "position": _INT,
        "tag": _TEXT,
        "entity": _TEXT,
        "type": _TEXT,
        "parallel": _TEXT,
        "n_pieces": _INT,
        "pieces": _TEXT,
        "found": pa.bool_(),
    }
)


def write_shard(
    folder: Path, index: int, plan: Plan, words: pa.Table, vectors: NDArray[Any], dtype: str, in_windows: int
) -> str:
    """Commit a shard: vectors, words, then the manifest; the whole shard in float32 where float16 would overflow.

    If another process has committed it meanwhile, that one stays. Needs the memory of one layer beside `vectors`.

    Args:
        folder: of the space.
        index: of the shard.
        plan: its sentences, of `plans_of`.
        words: a row per row of vectors.
        vectors: (n_layers, n_rows, dim), the stored layers; float32, or float16 already.
        dtype: how to store it: float16 or float32.
        in_windows: rows whose sentence was read in windows.

    Returns:
        The dtype that is stored.

    Raises:
        ValueError: shapes do not agree, or float16 vectors have overflowed already.
        StoreError: the disk is full or refuses; the shards before are kept.
    """
    if vectors.ndim != 3 or not vectors.shape[1] == words.num_rows == plan.rows:
        raise ValueError(f"vectors {vectors.shape} and {words.num_rows} words for a shard of {plan.rows} rows")
    kind = np.dtype("<f2" if dtype == "float16" and _fits_halves(vectors) else "<f4")
    if kind == "<f4" and vectors.dtype == np.float16 and not _fits_halves(vectors):
        raise ValueError("vectors in float16 have overflowed: give them in float32")
    header = {"descr": kind.str, "fortran_order": False, "shape": vectors.shape}
    data = parquet_bytes(words)
    sums: list[int] = []

    def write(stream: IO[bytes]) -> None:
        np.lib.format.write_array_header_1_0(stream, header)
        for layer in vectors:
            block = np.ascontiguousarray(layer, kind)
            sums.append(crc32(block.data))
            stream.write(block.data)

    with commit_lock(folder) as locked:
        while not (found := stored_shard(folder, index, plan)):
            manifest_file(folder, index).unlink(missing_ok=True)
            sums.clear()
            write_aside(vectors_file(folder, index), write)
            write_aside(words_file(folder, index), lambda stream: stream.write(data))
            size = vectors_file(folder, index).stat().st_size
            shape = vectors.shape
            manifest = Manifest(plan, shape, kind.name, tuple(sums), size, len(data), crc32(data), in_windows)
            write_manifest(folder, index, manifest)
            if not locked and _two_hands(folder, index, manifest):
                # Two wrote at once: whose manifest came last sees all files and writes them anew.
                manifest_file(folder, index).unlink(missing_ok=True)
    return found.dtype


def _two_hands(folder: Path, index: int, manifest: Manifest) -> bool:
    """Whether a shard that was just committed is not what its manifest says."""
    try:
        if read_manifest(folder, index) != manifest:
            return False  # another one has committed the whole of it since
        read_words(folder, index, manifest)
        vectors = open_vectors(folder, index, manifest)
        for layer in range(len(vectors)):
            check_layer(folder, index, manifest, vectors, layer)
    except StoreError:
        return True
    return False


def _fits_halves(vectors: NDArray[Any]) -> bool:
    """Whether no value is infinite as float16; NaN (of words not found) is none."""
    if vectors.dtype == np.float16:
        return not any(((layer.view(np.uint16) & 0x7FFF) == 0x7C00).any() for layer in vectors)
    limit = 65520.0  # from here on float16 rounds to infinity
    with np.errstate(invalid="ignore"):
        ends = [
            np.array([np.fmax.reduce(one, axis=None), -np.fmin.reduce(one, axis=None)]) for one in vectors if one.size
        ]
    return not any((end >= limit).any() for end in ends)


def check_files(folder: Path, head: Mapping[str, Any], index: int, manifest: Manifest) -> None:
    """See that a shard has the shape that the space says, and files with the sizes that its manifest says.

    Raises:
        StoreError: names the file.
    """
    shape = (len(head["layers"]), manifest.plan.rows, head["dim"])
    if manifest.shape != shape or manifest.dtype not in ("float16", "float32") or len(manifest.crc32) != shape[0]:
        raise StoreError(
            f"{manifest_file(folder, index)} is of {manifest.dtype} {manifest.shape}, the space holds {shape}. "
            f"{how_to_mend(folder, index)}"
        )
    expected = {vectors_file(folder, index): manifest.vectors_bytes, words_file(folder, index): manifest.words_bytes}
    for path, size in expected.items():
        try:
            found = path.stat().st_size
        except OSError as error:
            raise StoreError(f"{path} is missing. {how_to_mend(folder, index)}") from error
        if found != size:
            raise StoreError(
                f"{path} has {found} bytes, expected {size}: it is cut off or changed. {how_to_mend(folder, index)}"
            )


def open_vectors(folder: Path, index: int, manifest: Manifest) -> NDArray[Any]:
    """(n_layers, n_rows, dim), by memory map.

    Raises:
        StoreError: the file is not the array that the manifest says.
    """
    path = vectors_file(folder, index)
    try:
        vectors = np.load(path, mmap_mode="r", allow_pickle=False)
    except Exception as error:  # the parser of a damaged header may raise anything
        raise StoreError(f"{path} is damaged: {error}. {how_to_mend(folder, index)}") from error
    if vectors.shape != manifest.shape or vectors.dtype.name != manifest.dtype:
        raise StoreError(
            f"{path} holds {vectors.dtype} {vectors.shape}, expected {manifest.dtype} {manifest.shape}. "
            f"{how_to_mend(folder, index)}"
        )
    return vectors


def check_layer(folder: Path, index: int, manifest: Manifest, vectors: NDArray[Any], layer: int) -> None:
    """See that a layer of a shard has the checksum that the manifest says.

    Raises:
        StoreError: names file and layer.
    """
    if crc32(vectors[layer].data) != manifest.crc32[layer]:
        raise StoreError(
            f"{vectors_file(folder, index)} is damaged: layer {layer} has another checksum than it was written with. "
            f"{how_to_mend(folder, index)}"
        )


def read_words(folder: Path, index: int, manifest: Manifest) -> pa.Table:
    """The words of a shard.

    Raises:
        StoreError: the file is damaged.
    """
    return read_table(words_file(folder, index), manifest.words_crc32, WORDS, None, how_to_mend(folder, index))


def shard_problem(folder: Path, head: Mapping[str, Any], index: int, plan: Plan) -> str | None:
    """What is wrong with a shard, read whole; None: nothing."""
    try:
        _read_shard(folder, head, index, plan)
    except StoreError as error:
        return str(error)
    return None


def _read_shard(folder: Path, head: Mapping[str, Any], index: int, plan: Plan) -> None:
    manifest = read_manifest(folder, index)
    if manifest.plan != plan:
        whose = "other sentences" if manifest.plan.space == plan.space else f"another space, {manifest.plan.space!r}"
        raise StoreError(f"{manifest_file(folder, index)} is of {whose}. {how_to_mend(folder, index)}")
    check_files(folder, head, index, manifest)
    read_words(folder, index, manifest)
    vectors = open_vectors(folder, index, manifest)
    for layer in range(len(vectors)):
        check_layer(folder, index, manifest, vectors, layer)
