"""Words that were picked on a map, named and stored: other pages take them by the query parameter `selection`."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from embspace.corpora.records import Corpus
from embspace.errors import SettingsError, StoreError
from embspace.spaces.space import Space
from embspace.storage import read_json, refused, write_json
from embspace.workspace import Workspace

_NAME = re.compile(r"\w[\w .-]{0,58}\w|\w")
_KEYS = ["sentence", "start", "stop"]
COLUMNS = ["text", "language", "type", "entity", "parallel", *_KEYS, "context"]
"""of the words of a selection"""


@dataclass(frozen=True)
class Selection:
    """Rows of a space, under a name.

    Attributes:
        name: letters, digits, blanks, `.`, `-` and `_`, at most 60; also of its file.
        space: the fingerprint of the space, or of the view of one, that it was picked from; empty: it was picked from
            the sentences alone.
        checkpoint: of that space.
        corpus: the name of its corpus.
        corpus_fingerprint: of the sentences.
        rows: row numbers in `words` of that space, ascending.
        records: a dict of `COLUMNS` per row.
        created: seconds since 1970.
    """

    name: str
    space: str
    checkpoint: str
    corpus: str
    corpus_fingerprint: str
    rows: tuple[int, ...]
    records: tuple[dict[str, Any], ...]
    created: float = 0.0

    @property
    def words(self) -> pd.DataFrame:
        """A row per word, of `COLUMNS`."""
        return pd.DataFrame(list(self.records), columns=COLUMNS)

    def rows_in(self, space: Space) -> NDArray[np.int64]:
        """The rows of these words in a space of the same sentences, also of another checkpoint.

        Raises:
            SettingsError: the space is of other sentences.
        """
        if space.fingerprint == self.space:
            return np.array(self.rows, dtype=np.int64)
        if space.recipe.get("corpus_fingerprint") != self.corpus_fingerprint:
            raise SettingsError(
                f"The selection {self.name!r} was picked from other sentences, of {self.corpus!r}; look at these, or "
                "pick words again."
            )
        return rows_of(space, self.words)


def select(name: str, space: Space, words: pd.DataFrame) -> Selection:
    """A selection of the words of a space; `words` has `sentence start stop`, as the rows of a map.

    Raises:
        SettingsError: the name is not possible.
    """
    rows = rows_of(space, words)
    chosen = space.words.iloc[rows]
    context = space.sentences["text"].reindex(chosen["sentence"]).to_numpy()
    table = chosen.reset_index(drop=True).assign(context=context)[COLUMNS]
    records = [{key: _plain(value) for key, value in row.items()} for row in table.to_dict("records")]
    recipe = space.recipe
    origin = str(recipe["checkpoint"]), str(recipe["corpus"]), str(recipe.get("corpus_fingerprint", ""))
    return Selection(
        checked_name(name), space.fingerprint, *origin, tuple(int(row) for row in rows), tuple(records), time.time()
    )


def of_sentences(name: str, checkpoint: str, corpus: Corpus, spans: Sequence[tuple[int, int, int]]) -> Selection:
    """A selection of words by their place in sentences, of which no space need be stored yet.

    Args:
        name: of the selection.
        checkpoint: whose words they are.
        corpus: the sentences.
        spans: number of the sentence, words start <= i < stop in it.

    Raises:
        SettingsError: the name is not possible.
    """
    records = []
    for number, start, stop in sorted(set(spans)):
        one = corpus[number]
        first, last = one.offsets[start][0], one.offsets[stop - 1][1]
        entity = one.entity if one.entity and (one.entity.start, one.entity.stop) == (start, stop) else None
        values = (one.text[first:last], one.language, entity and entity.type, entity and entity.id, one.parallel)
        records.append(dict(zip(COLUMNS, (*values, number, first, last, one.text), strict=True)))
    origin = checkpoint, corpus.name, corpus.fingerprint
    return Selection(checked_name(name), "", *origin, (), tuple(records), time.time())


def rows_of(space: Space, words: pd.DataFrame) -> NDArray[np.int64]:
    """The rows of a space's words by their sentence and place in it, ascending."""
    wanted = pd.MultiIndex.from_frame(words.loc[:, _KEYS])
    return np.flatnonzero(pd.MultiIndex.from_frame(space.words.loc[:, _KEYS]).isin(wanted))


def checked_name(name: str) -> str:
    """A name without blanks around it.

    Raises:
        SettingsError: it is no name for a file.
    """
    name = " ".join(name.split())
    if not _NAME.fullmatch(name):
        raise SettingsError(
            f"{name[:80]!r} is no name of a selection: it is 1 to 60 letters, digits, blanks, dots, - or _, and begins "
            "and ends with a letter or digit."
        )
    return name


def save(selection: Selection, workspace: Workspace) -> Path:
    """Store a selection; one of the same name is replaced.

    Raises:
        StoreError: the disk refuses.
    """
    path = _path(selection.name, workspace)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise refused(path, error) from error
    write_json(path, asdict(selection))
    return path


def load(name: str, workspace: Workspace) -> Selection:
    """The selection of a name.

    Raises:
        SettingsError: it is no name.
        StoreError: there is none, or it is damaged.
    """
    path = _path(checked_name(name), workspace)
    if not path.is_file():
        raise StoreError(f"There is no selection {name!r}; stored are {', '.join(names(workspace)) or 'none'}.")
    found = read_json(path)
    try:
        values = {one.name: found[one.name] for one in fields(Selection)}
        values |= {
            "rows": tuple(int(row) for row in found["rows"]),
            "records": tuple(dict(one) for one in found["records"]),
        }
        return Selection(**values)
    except (KeyError, TypeError, ValueError) as error:
        raise StoreError(
            f"{path} is damaged: it is not what a selection holds. Remove it, and pick the words again."
        ) from error


def names(workspace: Workspace) -> list[str]:
    """Of the stored selections, by name."""
    return sorted((path.stem for path in workspace.selections.glob("*.json")), key=str.casefold)


def remove(name: str, workspace: Workspace) -> None:
    """Delete a selection.

    Raises:
        StoreError: the disk refuses.
    """
    path = _path(checked_name(name), workspace)
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise refused(path, error) from error


def _path(name: str, workspace: Workspace) -> Path:
    return workspace.selections / f"{name}.json"


def _plain(value: Any) -> Any:
    """A value of a table as JSON has it."""
    if isinstance(value, np.generic):
        value = value.item()
    return None if value is None or value != value else value
