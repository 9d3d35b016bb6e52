"""A space on disk: shards of vectors and words, each whole when its manifest is there, checked when read.

space.json           what it is: recipe, shape, which sentences each shard holds
sentences.parquet    the corpus
words-00000.parquet  the words or spans of a shard
vectors-00000.npy    (n_layers, n_rows, dim): a layer is one run of bytes, read by memory map
shard-00000.json     its manifest, written last: shape, dtype, sizes, checksums

docs/storage.md says it so that another program can read it.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from embspace.corpora.records import Corpus
from embspace.errors import StoreError
from embspace.progress import Progress, Silent
from embspace.spaces.claims import commit_lock, sweep_claims
from embspace.spaces.manifest import (
    Manifest,
    Plan,
    how_to_mend,
    manifest_file,
    read_manifest,
    sealed,
    stored_shard,
    unsealed,
    vectors_file,
    words_file,
    write_manifest,
    write_sealed,
)
from embspace.spaces.sentences import SENTENCES, corpus_of, sentence_table
from embspace.storage import crc32, fingerprint, read_json, write_aside

FORMAT = 2
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
_HEAD = ("fingerprint", "recipe", "n_words", "layers", "model_layers", "dim", "shards")
_COPY = b"embspace.space"
_IS_KEY = re.compile("[0-9a-f]{32}")


class OtherVersionError(StoreError):
    """A space that another version of embspace wrote, or will write: there is nothing to repair."""


def write_space(folder: Path, head: Mapping[str, Any], sentences: pa.Table, plans: Sequence[Plan]) -> None:
    """Write what a space will be, before its shards: `sentences.parquet`, then `space.json`.

    If another process has begun the space meanwhile, what that one wrote stays.

    Args:
        folder: of the space.
        head: `fingerprint recipe made_with n_words layers model_layers dim`; `layers` are the numbers, ascending, of
            the model's `model_layers` layers that are stored.
        sentences: of `sentence_table`.
        plans: the shards.

    Raises:
        StoreError: the disk refuses.
    """
    shards = [[plan.first, plan.stop, plan.rows] for plan in plans]
    whole = {"format": FORMAT, **head, "shards": shards}
    _check_head(whole)
    with commit_lock(folder):
        if not (folder / "space.json").exists():
            _write_head(folder, whole, sentences)


def _write_head(folder: Path, head: Mapping[str, Any], sentences: pa.Table) -> None:
    """Write the corpus, which carries a copy of the head, and the head, which carries the checksum of the corpus."""
    copy = {name: value for name, value in head.items() if name != "sentences"}
    data = _parquet(sentences.replace_schema_metadata({_COPY: json.dumps(sealed(copy), ensure_ascii=False)}))
    record = {"rows": sentences.num_rows, "bytes": len(data), "crc32": crc32(data)}
    write_aside(folder / "sentences.parquet", lambda stream: stream.write(data))
    write_sealed(folder / "space.json", {**copy, "sentences": record})


def keep_corpus(folder: Path, corpus: Corpus) -> bool:
    """Write the corpus of a space again if the stored one is damaged; whether it was.

    Raises:
        StoreError: the space has another corpus; its head is damaged; the disk refuses.
    """
    head = read_head(folder)
    if _problem(lambda: read_sentences(folder, head)) is None:
        return False
    if corpus.fingerprint != head["recipe"]["corpus_fingerprint"]:
        raise StoreError(
            f"{folder} holds another corpus, {head['recipe']['corpus']!r}, with the fingerprint "
            f"{head['recipe']['corpus_fingerprint']}; {corpus.name!r} has {corpus.fingerprint}."
        )
    with commit_lock(folder):
        _write_head(folder, head, sentence_table(corpus))
    return True


def restore_head(folder: Path) -> dict[str, Any]:
    """Make a lost or damaged `space.json` anew from the copy in `sentences.parquet`.

    Raises:
        StoreError: that one is missing or damaged too; says what to do.
    """
    path = folder / "sentences.parquet"
    lost = (
        f"{folder / 'space.json'} and {path.name} are both missing or damaged. Remove {folder / 'space.json'} and "
        "extract the same corpus again: shards that are whole are kept."
    )
    try:
        data = path.read_bytes()
        table = pq.read_table(io.BytesIO(data), schema=SENTENCES)
        copy = json.loads((pq.read_metadata(io.BytesIO(data)).metadata or {})[_COPY])
        head = unsealed(path, copy, "")
        whole = corpus_of(table, "").fingerprint == head["recipe"]["corpus_fingerprint"]
    except Exception as error:  # the reader of a damaged file may raise anything
        raise StoreError(lost) from error
    own = folder.name == head["fingerprint"] or not _IS_KEY.fullmatch(folder.name)
    if not (whole and own and head["format"] == FORMAT):
        raise StoreError(lost)
    _check_head(head)
    record = {"rows": table.num_rows, "bytes": len(data), "crc32": crc32(data)}
    with commit_lock(folder):
        write_sealed(folder / "space.json", {**head, "sentences": record})
    return read_head(folder)


def _check_head(head: Mapping[str, Any]) -> None:
    """Raise ValueError where a head lacks something, or says what cannot be."""
    if missing := [name for name in _HEAD if name not in head]:
        raise ValueError(f"it lacks {', '.join(missing)}")
    layers, count = list(head["layers"]), head["model_layers"]
    if not layers or layers != sorted(set(layers)) or not 0 <= layers[0] <= layers[-1] < count:
        raise ValueError(f"layers {layers} of {count} are not ascending numbers from 0 to {count - 1}")


def read_head(folder: Path) -> dict[str, Any]:
    """The content of `space.json`.

    Raises:
        StoreError: it is missing, damaged, of another version, or of another space.
    """
    path = folder / "space.json"
    mend = f"`embspace spaces repair {folder.name[:12]}` makes it anew from sentences.parquet."
    head = read_json(path, mend)
    if not isinstance(head, dict) or not isinstance(head.get("format"), int):
        raise StoreError(f"{path} is damaged: it does not say its format. {mend}")
    _check_format(path, head)
    head = unsealed(path, head, mend)
    try:
        _check_head(head)
        head["sentences"]["crc32"]
    except (KeyError, TypeError, ValueError) as error:
        raise StoreError(f"{path} is damaged: {error}. {mend}") from error
    if _IS_KEY.fullmatch(folder.name) and folder.name != head["fingerprint"]:
        raise StoreError(f"{path} is of another space, {head['fingerprint']}. {mend}")
    return head


def _check_format(path: Path, head: Mapping[str, Any]) -> None:
    if (found := head["format"]) == FORMAT:
        return
    says = f"{path} has format {found}, this embspace reads {FORMAT}"
    if found < FORMAT:
        raise OtherVersionError(
            f"{says}: it was written by an older embspace. Extract again, which makes a new space beside it; "
            f"then `embspace spaces remove {path.parent.name[:12]}`."
        )
    content = {name: value for name, value in head.items() if name != "checksum"}
    update = "Update embspace: pip install -U embspace"
    if head.get("checksum") == fingerprint(content):
        raise OtherVersionError(f"{says}: it was written by a newer embspace. {update}")
    raise StoreError(
        f"{says}: it was written by a newer embspace, or is damaged. {update}; or, if it was written by this one: "
        f"`embspace spaces repair {path.parent.name[:12]}`."
    )


def plans_of(head: Mapping[str, Any]) -> list[Plan]:
    """The shards that a space consists of."""
    return [Plan(*numbers, space=head["fingerprint"]) for numbers in head["shards"]]


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
    data = _parquet(words)
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
            if not locked and shard_problem(folder, read_head(folder), index, plan):
                # Two wrote at once: whose manifest came last sees all files and writes them anew.
                manifest_file(folder, index).unlink(missing_ok=True)
    return found.dtype


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


def finish(folder: Path) -> None:
    """Sweep what only the making of a space needed, once every shard is stored: claims and half-written files.

    Where the folder cannot be written they stay, and do no harm.
    """
    if not any(path.name.startswith(".claim-") or path.suffix == ".part" for path in folder.iterdir()):
        return
    with suppress(StoreError):
        sweep_claims(folder)
        with commit_lock(folder) as locked:
            if locked:  # then nobody is writing now, and what is half-written was left by the dead
                for path in folder.glob(".*.part"):
                    with suppress(OSError):
                        path.unlink(missing_ok=True)


def is_complete(folder: Path) -> bool:
    """Whether every shard of a space is committed."""
    if not (folder / "space.json").exists():
        return False
    return all(stored_shard(folder, index, plan) for index, plan in enumerate(plans_of(read_head(folder))))


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
    return _read_table(words_file(folder, index), manifest.words_crc32, WORDS, None, how_to_mend(folder, index))


def read_sentences(folder: Path, head: Mapping[str, Any], columns: Sequence[str] | None = None) -> pa.Table:
    """The sentences of a space: a row each, with these columns (None: all of `SENTENCES`).

    Raises:
        StoreError: the file is damaged.
    """
    path, recipe = folder / "sentences.parquet", head["recipe"]
    mend = (
        f"Extract the corpus {recipe.get('corpus')!r} with {recipe.get('checkpoint')!r} again; "
        f"`embspace spaces repair {folder.name[:12]}` says how."
    )
    return _read_table(path, head["sentences"]["crc32"], SENTENCES, columns, mend)


def read_corpus(folder: Path, head: Mapping[str, Any]) -> Corpus:
    """The corpus of a space, with the fingerprint that its recipe says.

    Raises:
        StoreError: the file is damaged, or holds another corpus.
    """
    recipe = head["recipe"]
    corpus = corpus_of(read_sentences(folder, head), recipe["corpus"])
    if corpus.fingerprint != recipe["corpus_fingerprint"]:
        raise StoreError(
            f"{folder / 'sentences.parquet'} holds a corpus with the fingerprint {corpus.fingerprint}, the recipe says "
            f"{recipe['corpus_fingerprint']}. Extract the corpus {recipe['corpus']!r} again."
        )
    return corpus


def _read_table(path: Path, checksum: int, schema: pa.Schema, columns: Sequence[str] | None, mend: str) -> pa.Table:
    try:
        data = path.read_bytes()
    except OSError as error:
        gone = isinstance(error, FileNotFoundError)
        raise StoreError(f"{path} {'is missing' if gone else f'cannot be read: {error.strerror}'}. {mend}") from error
    if crc32(data) != checksum:
        raise StoreError(f"{path} is damaged: it has another checksum than it was written with. {mend}")
    return pq.read_table(io.BytesIO(data), schema=schema, columns=None if columns is None else list(columns))


def _parquet(table: pa.Table) -> bytes:
    stream = io.BytesIO()
    pq.write_table(table, stream)
    return stream.getvalue()


def verify(folder: Path, progress: Progress | None = None) -> list[str]:
    """Read a space whole and say what is wrong with it: a sentence per damaged file; empty: all is well."""
    try:
        head = read_head(folder)
    except StoreError as error:
        return [str(error)]
    progress = progress or Silent()
    progress.stage("verifying", head["n_words"], "words")
    problems = []
    if problem := _problem(lambda: read_sentences(folder, head)):
        problems.append(problem)
    for index, plan in enumerate(plans_of(head)):
        if problem := shard_problem(folder, head, index, plan):
            problems.append(problem)
        progress.advance(plan.rows)
    return problems


def shard_problem(folder: Path, head: Mapping[str, Any], index: int, plan: Plan) -> str | None:
    """What is wrong with a shard, read whole; None: nothing."""
    return _problem(lambda: _read_shard(folder, head, index, plan))


def _problem(read: Callable[[], object]) -> str | None:
    try:
        read()
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
