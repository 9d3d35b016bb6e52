"""A space on disk: shards of vectors and words, each whole when its manifest is there, checked when read.

space.json           what it is: recipe, shape, which sentences each shard holds
sentences.parquet    the sentences
words-00000.parquet  the words or spans of a shard
vectors-00000.npy    (n_layers, n_rows, dim): a layer is one run of bytes, read by memory map
shard-00000.json     its manifest, written last: shape, dtype, sizes, checksums
"""

from __future__ import annotations

import fcntl
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from embspace.errors import StoreError
from embspace.spaces.manifest import (
    Manifest,
    Plan,
    how_to_mend,
    manifest_file,
    read_manifest,
    stored_shard,
    unsealed,
    vectors_file,
    words_file,
    write_manifest,
    write_sealed,
)
from embspace.storage import crc32, read_json, write_aside

FORMAT = 1
"""changes when what is written changes its meaning; part of a space's fingerprint"""

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
SENTENCES = pa.schema([("text", _TEXT), ("language", _TEXT), ("parallel", _TEXT), ("source", _TEXT)])


def write_space(folder: Path, head: Mapping[str, Any], sentences: pa.Table, plans: Sequence[Plan]) -> None:
    """Write what a space will be, before its shards: `sentences.parquet`, then `space.json`.

    Raises:
        StoreError: the disk refuses.
    """
    data = _parquet(sentences)
    write_aside(folder / "sentences.parquet", lambda stream: stream.write(data))
    record = {"rows": sentences.num_rows, "bytes": len(data), "crc32": crc32(data)}
    shards = [[plan.first, plan.stop, plan.rows] for plan in plans]
    write_sealed(folder / "space.json", {"format": FORMAT, **head, "sentences": record, "shards": shards})


def read_head(folder: Path) -> dict[str, Any]:
    """The content of `space.json`.

    Raises:
        StoreError: it is missing, damaged, or of another version.
    """
    head = read_json(folder / "space.json")
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        found = head.get("format") if isinstance(head, dict) else None
        raise StoreError(
            f"{folder / 'space.json'} has format {found}, this embspace reads {FORMAT}. "
            f"Remove {folder} and extract again."
        )
    return unsealed(folder / "space.json", head, "Remove it and extract again; shards that are whole are kept.")


def plans_of(head: Mapping[str, Any]) -> list[Plan]:
    """The shards that a space consists of."""
    return [Plan(*numbers) for numbers in head["shards"]]


def write_shard(
    folder: Path, index: int, plan: Plan, words: pa.Table, vectors: NDArray[np.float32], dtype: str, in_windows: int
) -> None:
    """Commit a shard: vectors, words, then the manifest; the whole shard in float32 where float16 would overflow.

    If another process has committed it meanwhile, that one stays.

    Args:
        folder: of the space.
        index: of the shard.
        plan: its sentences.
        words: a row per row of vectors.
        vectors: (n_layers, n_rows, dim).
        dtype: float16 or float32.
        in_windows: rows whose sentence was read in windows.

    Raises:
        StoreError: the disk is full or refuses; the shards before are kept.
    """
    layers = _cast(vectors, dtype)
    sums = tuple(crc32(layer.data) for layer in layers)
    header = {"descr": layers[0].dtype.str, "fortran_order": False, "shape": vectors.shape}
    data = _parquet(words)

    def write(stream: IO[bytes]) -> None:
        np.lib.format.write_array_header_1_0(stream, header)
        for layer in layers:
            stream.write(layer.data)

    with _locked(folder):
        if stored_shard(folder, index, plan):
            return
        manifest_file(folder, index).unlink(missing_ok=True)
        write_aside(vectors_file(folder, index), write)
        write_aside(words_file(folder, index), lambda stream: stream.write(data))
        size = vectors_file(folder, index).stat().st_size
        manifest = Manifest(plan, vectors.shape, layers[0].dtype.name, sums, size, len(data), crc32(data), in_windows)
        write_manifest(folder, index, manifest)


def _cast(vectors: NDArray[np.float32], dtype: str) -> list[NDArray[Any]]:
    if dtype == "float16":
        with np.errstate(over="ignore"):
            layers = [layer.astype(np.float16) for layer in vectors]
        if not any(np.isinf(layer).any() for layer in layers):
            return layers
    return [np.ascontiguousarray(layer, dtype="<f4") for layer in vectors]


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One process at a time commits to a space, so that files and manifest are of the same hand."""
    with open(folder / ".lock", "w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def is_complete(folder: Path) -> bool:
    """Whether every shard of a space is committed."""
    if not (folder / "space.json").exists():
        return False
    return all(stored_shard(folder, index, plan) for index, plan in enumerate(plans_of(read_head(folder))))


def check_sizes(folder: Path, index: int, manifest: Manifest) -> None:
    """See that a shard's files are there with the size that the manifest says.

    Raises:
        StoreError: names the file.
    """
    expected = {vectors_file(folder, index): manifest.vectors_bytes, words_file(folder, index): manifest.words_bytes}
    for path, size in expected.items():
        if not path.exists():
            raise StoreError(f"{path} is missing. {how_to_mend(folder, index)}")
        if path.stat().st_size != size:
            raise StoreError(
                f"{path} has {path.stat().st_size} bytes, expected {size}: it is cut off or changed. "
                f"{how_to_mend(folder, index)}"
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
    return _read_table(words_file(folder, index), manifest.words_crc32, WORDS, how_to_mend(folder, index))


def read_sentences(folder: Path, head: Mapping[str, Any]) -> pa.Table:
    """The sentences of a space.

    Raises:
        StoreError: the file is damaged.
    """
    path = folder / "sentences.parquet"
    return _read_table(path, head["sentences"]["crc32"], SENTENCES, f"Remove {folder} and extract again.")


def _read_table(path: Path, checksum: int, schema: pa.Schema, mend: str) -> pa.Table:
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise StoreError(f"{path} is missing. {mend}") from error
    if crc32(data) != checksum:
        raise StoreError(f"{path} is damaged: it has another checksum than it was written with. {mend}")
    return pq.read_table(io.BytesIO(data), schema=schema)


def _parquet(table: pa.Table) -> bytes:
    stream = io.BytesIO()
    pq.write_table(table, stream)
    return stream.getvalue()


def verify(folder: Path) -> list[str]:
    """Read a space whole and say what is wrong with it: a sentence per damaged file; empty: all is well."""
    try:
        head = read_head(folder)
    except StoreError as error:
        return [str(error)]
    problems = []
    for index, plan in enumerate([None, *plans_of(head)], start=-1):
        try:
            if plan is None:
                read_sentences(folder, head)
            else:
                _verify_shard(folder, index, plan)
        except StoreError as error:
            problems.append(str(error))
    return problems


def _verify_shard(folder: Path, index: int, plan: Plan) -> None:
    manifest = read_manifest(folder, index)
    if manifest.plan != plan:
        raise StoreError(f"{manifest_file(folder, index)} is of other sentences. {how_to_mend(folder, index)}")
    check_sizes(folder, index, manifest)
    read_words(folder, index, manifest)
    vectors = open_vectors(folder, index, manifest)
    for layer in range(len(vectors)):
        check_layer(folder, index, manifest, vectors, layer)
