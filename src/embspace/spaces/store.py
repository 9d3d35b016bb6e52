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
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from embspace.corpora.records import Corpus
from embspace.corpora.sentences import SENTENCES, corpus_of, sentence_table
from embspace.errors import StoreError
from embspace.progress import Progress, Silent
from embspace.spaces.claims import commit_lock, sweep_claims
from embspace.spaces.manifest import (
    Plan,
    sealed,
    stored_shard,
    unsealed,
    write_sealed,
)
from embspace.spaces.shards import shard_problem
from embspace.spaces.tables import parquet_bytes, read_table
from embspace.storage import crc32, fingerprint, read_json, write_aside

FORMAT = 2
"""changes when what is written changes its meaning; part of a space's fingerprint"""

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
    data = parquet_bytes(sentences.replace_schema_metadata({_COPY: json.dumps(sealed(copy), ensure_ascii=False)}))
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
    return read_table(path, head["sentences"]["crc32"], SENTENCES, columns, mend)


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


def _problem(read: Callable[[], object]) -> str | None:
    try:
        read()
    except StoreError as error:
        return str(error)
    return None
