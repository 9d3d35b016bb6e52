"""Spaces for other programs: Zarr, safetensors, NumPy, and the TensorBoard Projector; a block in memory at a time."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from pyarrow import csv

from embspace.errors import SettingsError, StoreError
from embspace.progress import Progress, Silent
from embspace.spaces.space import Space
from embspace.storage import refused, sync_folder

KINDS = ("zarr", "safetensors", "numpy", "projector")
_BLOCK_BYTES = 64 * 2**20
_MARKS = ("zarr.json", "recipe.json", "projector_config.pbtxt")
"""an export that is a folder has one of these"""


def export(
    space: Space,
    path: Path,
    kind: str,
    *,
    layers: Sequence[int] | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> Path:
    """Write a space, or a view of one, in another format; returns the path.

    zarr: a group (format 3) with `vectors` (n_layers, n_words, dim) and an array per column of `words`.
    safetensors: one file, a tensor `layer_00` (n_words, dim) per layer; words in a Parquet file beside it.
    numpy: a folder with `layer_00.npy` per layer, `words.parquet`, `recipe.json`.
    projector: a folder with `vectors.tsv`, `metadata.tsv` and `projector_config.pbtxt` of one layer.

    Vectors keep the dtype they are stored in (float32 if one shard is). Rows of words that were not found are NaN; the
    projector, which knows no NaN, goes without them.

    Args:
        space: what to write.
        path: the file or folder to write; it stands there when it is whole.
        kind: zarr, safetensors, numpy or projector.
        layers: the model's layer numbers; None: all that are stored (projector: the last of them).
        force: replace what is there.
        progress: is told the stage `exporting` in words times layers; may raise `Cancelled`.

    Raises:
        SettingsError: an unknown kind, a layer that is not stored, or zarr is not installed.
        StoreError: there is something at the path, the disk refuses, or the space is damaged.
    """
    if kind not in KINDS:
        raise SettingsError(f"kind = {kind!r} is unknown; possible are {', '.join(KINDS)}.")
    if kind == "zarr":
        _zarr()
    numbers = _layers(space, kind, layers)
    path = path.expanduser().absolute()
    _check_free(path, force)
    source = _Source(space, numbers, progress or Silent())
    write = {
        "zarr": _write_zarr,
        "safetensors": _write_safetensors,
        "numpy": _write_numpy,
        "projector": _write_projector,
    }
    aside = path.with_name(f".{path.name}.{uuid4().hex[:8]}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write[kind](source, aside)
        _replace(aside, path, words=kind == "safetensors")
    except OSError as error:
        raise refused(path, error) from error
    finally:
        with suppress(OSError):
            _remove(aside)
            _remove(_words_beside(aside))
    return path


def _layers(space: Space, kind: str, layers: Sequence[int] | None) -> list[int]:
    numbers = list(space.layers) if layers is None else list(dict.fromkeys(space.layer_number(one) for one in layers))
    if kind != "projector":
        return numbers
    if layers is not None and len(numbers) != 1:
        raise SettingsError(f"The projector shows one layer at a time; {len(numbers)} were given.")
    return numbers[-1:]


class _Source:
    """What is written: blocks of the chosen layers, and what says which words they are."""

    def __init__(self, space: Space, layers: list[int], progress: Progress) -> None:
        self.space, self.layers, self._progress = space, layers, progress
        self.dtype = space.stored_dtype
        self.shape = (len(layers), space.n_words, space.dim)
        self.step = max(1, _BLOCK_BYTES // (4 * space.dim))
        progress.stage("exporting", len(layers) * space.n_words, "words")

    @property
    def about(self) -> dict[str, Any]:
        """What goes along with the vectors."""
        space = self.space
        return {
            "fingerprint": space.fingerprint,
            "layers": self.layers,
            "model_layers": space.n_layers,
            "recipe": space.recipe,
            "written_by": f"embspace {version('embspace')}",
        }

    def blocks(self, layer: int) -> Iterator[tuple[int, NDArray[Any]]]:
        """(first row, rows) of a layer, in order."""
        for first in range(0, self.space.n_words, self.step):
            rows = self.space.layer_rows(layer, first, min(first + self.step, self.space.n_words))
            yield first, rows.astype(self.dtype, copy=False)
            self._progress.advance(len(rows))

    def words(self) -> pa.Table:
        return pa.Table.from_pandas(self.space.words, preserve_index=False)


def _write_zarr(source: _Source, folder: Path) -> None:
    zarr = _zarr()
    group = zarr.create_group(store=folder, zarr_format=3, attributes=source.about)
    _, n_words, dim = source.shape
    chunks = (1, max(1, min(n_words, source.step // 8)), dim)
    vectors = group.create_array(
        "vectors", shape=source.shape, chunks=chunks, dtype=source.dtype, dimension_names=("layer", "word", "dim")
    )
    vectors.attrs["layers"] = source.layers
    for place, layer in enumerate(source.layers):
        for first, rows in source.blocks(layer):
            vectors[place, first : first + len(rows)] = rows
    words = group.create_group("words")
    table = source.space.words
    for name in table.columns:
        column = table[name]
        plain = column.dtype.kind in "ibf"
        # Zarr has no null: texts that are not there are empty, and `null` says which.
        values = column.to_numpy() if plain else column.fillna("").to_numpy(dtype=object)
        array = words.create_array(name, shape=len(values), dtype=values.dtype if plain else str)
        array[:] = values if plain else values.astype(np.dtypes.StringDType())
        array.attrs["nulls"] = np.flatnonzero(column.isna()).tolist()


def _zarr() -> Any:
    try:
        import zarr
    except ImportError as error:
        raise SettingsError('Zarr is not installed; install it with: pip install "embspace[zarr]"') from error
    return zarr


def _write_safetensors(source: _Source, path: Path) -> None:
    """By hand, for the library wants all tensors in memory; the format is a JSON header and the bytes."""
    _, n_words, dim = source.shape
    size = n_words * dim * source.dtype.itemsize
    kind = {"float16": "F16", "float32": "F32"}[source.dtype.name]
    header: dict[str, Any] = {"__metadata__": {"embspace": json.dumps(source.about, ensure_ascii=False)}}
    for place, name in enumerate(_names(source.layers)):
        offsets = [place * size, (place + 1) * size]
        header[name] = {"dtype": kind, "shape": [n_words, dim], "data_offsets": offsets}
    text = json.dumps(header, ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as stream:
        stream.write(len(text).to_bytes(8, "little") + text)
        for layer in source.layers:
            for _, rows in source.blocks(layer):
                stream.write(np.ascontiguousarray(rows).data)
    pq.write_table(source.words(), _words_beside(path))


def _write_numpy(source: _Source, folder: Path) -> None:
    folder.mkdir()
    for layer, name in zip(source.layers, _names(source.layers), strict=True):
        with open(folder / f"{name}.npy", "wb") as stream:
            header = {"descr": source.dtype.str, "fortran_order": False, "shape": source.shape[1:]}
            np.lib.format.write_array_header_1_0(stream, header)
            for _, rows in source.blocks(layer):
                stream.write(np.ascontiguousarray(rows).data)
    pq.write_table(source.words(), folder / "words.parquet")
    (folder / "recipe.json").write_text(json.dumps(source.about, ensure_ascii=False, indent=2) + "\n", "utf-8")


def _write_projector(source: _Source, folder: Path) -> None:
    folder.mkdir()
    (layer,) = source.layers
    words = source.space.words
    found = words["found"].to_numpy(dtype=bool)
    options = csv.WriteOptions(include_header=False, delimiter="\t", quoting_style="none")
    with open(folder / "vectors.tsv", "wb") as stream:
        for first, rows in source.blocks(layer):
            kept = rows[found[first : first + len(rows)]].astype(np.float32)
            table = pa.table(
                [pa.array(np.ascontiguousarray(one)) for one in kept.T], [str(one) for one in range(kept.shape[1])]
            )
            csv.write_csv(table, stream, options)
    shown = words[found]
    with open(folder / "metadata.tsv", "w", encoding="utf-8", newline="\n") as stream:
        stream.write("\t".join(shown.columns) + "\n")
        for row in shown.itertuples(index=False):
            stream.write("\t".join(map(_one_line, row)) + "\n")
    config = (
        'embeddings {\n  tensor_name: "layer %d"\n  tensor_path: "vectors.tsv"\n  metadata_path: "metadata.tsv"\n}\n'
    )
    (folder / "projector_config.pbtxt").write_text(config % layer, "utf-8")


_BREAKS = "\t\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029\0"
_ESCAPES = str.maketrans({"\\": "\\\\"} | {one: one.encode("unicode_escape").decode() for one in _BREAKS})


def _one_line(value: Any) -> str:
    """A cell of a TSV file: what would end a cell or a line is written as Python writes it."""
    return "" if value is None or value != value else str(value).translate(_ESCAPES)


def _names(layers: Sequence[int]) -> list[str]:
    return [f"layer_{layer:02d}" for layer in layers]


def _words_beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.words.parquet")


def _replace(aside: Path, path: Path, words: bool) -> None:
    """Give what is whole its name; what was there before goes only now."""
    pairs = [(aside, path)]
    if words:
        pairs.insert(0, (_words_beside(aside), _words_beside(path)))
    for new, old in pairs:
        if old.is_dir() or new.is_dir():
            _remove(old)
        new.rename(old)
    sync_folder(path.parent)


def _check_free(path: Path, force: bool) -> None:
    """Raise StoreError where something stands at a path that may not be replaced."""
    if path.is_dir() and any(path.iterdir()) and not any((path / name).exists() for name in _MARKS):
        raise StoreError(f"{path} is a folder that holds no export; choose another path.")
    if path.exists() and not force:
        raise StoreError(f"{path} exists already; choose another path, or replace it with --force (force=True).")


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
