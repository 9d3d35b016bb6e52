"""The numbers that the papers print, by study and item, as published.toml beside this file says them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd

from embspace.errors import StudyError

_FILE = "published.toml"
_TEXTS = ("caption", "where", "unit", "note", "says")
_KNOWN = {*_TEXTS, "columns", "rows"}


@dataclass(frozen=True, slots=True)
class Published:
    """A table or figure of a paper.

    Attributes:
        caption: what it shows, in our words.
        where: such as "Table 2".
        unit: of its numbers, such as "F1, %"; empty: it has none.
        note: what the numbers are of: model, data.
        says: what the paper says of it, in our words.
        printed: the table as it is printed, all text, the labels of rows in the first column; empty of a figure.
        table: the same with its numbers as numbers, NaN where none is printed.
    """

    caption: str
    where: str
    unit: str
    note: str
    says: str
    printed: pd.DataFrame
    table: pd.DataFrame

    def decimals(self, row: object, column: object) -> int:
        """How many digits behind the point a cell prints, by what the paper prints there, or nearest to it.

        Args:
            row: the label of a row, of the paper's or another.
            column: the name of a column, likewise.
        """
        cells = self.printed.iloc[:, 1:]
        named = self.printed.iloc[:, 0] == str(row)
        own = _digits(cells[column]) if column in cells else []
        some = (
            _digits(cells[column][named]) if column in cells else [],
            own if len(set(own)) == 1 else [],
            _digits(np.ravel(cells[named].to_numpy())),
            own,
            _digits(np.ravel(cells.to_numpy())),
        )
        found = next(filter(None, some), [0])
        return max(sorted(found, reverse=True), key=found.count)


def published(study: str, item: str) -> Published | None:
    """What a paper prints as a table or figure; None: nothing is transcribed under this name.

    Raises:
        StudyError: the file is wrong; says where.
    """
    return _all().get(study, {}).get(item)


def published_items(study: str) -> dict[str, Published]:
    """Everything transcribed of a paper, in its order."""
    return dict(_all().get(study, {}))


@cache
def _all() -> dict[str, dict[str, Published]]:
    text = files("embspace.studies").joinpath(_FILE).read_text("utf-8")
    return read(text)


def read(text: str) -> dict[str, dict[str, Published]]:
    """Study -> item -> what is printed, of a text such as published.toml.

    Raises:
        StudyError: it is no TOML, an entry has unknown or missing keys, or a row is longer or shorter than its columns.
    """
    try:
        found = tomllib.loads(text, parse_float=Decimal)  # a Decimal keeps the digits as they are printed
    except tomllib.TOMLDecodeError as error:
        raise StudyError(f"{_FILE} is not TOML: {error}.") from error
    return {
        study: {item: _entry(f"{_FILE}: {study}.{item}", entry) for item, entry in items.items()}
        for study, items in found.items()
    }


def _entry(where: str, entry: Any) -> Published:
    if not isinstance(entry, dict):
        raise StudyError(f"{where}: expected a table with {', '.join(sorted(_KNOWN))}, not {entry!r}.")
    if unknown := sorted(entry.keys() - _KNOWN):
        raise StudyError(f"{where}: unknown keys {', '.join(unknown)}; known are {', '.join(sorted(_KNOWN))}.")
    texts = {name: entry.get(name, "") for name in _TEXTS}
    if wrong := [name for name, value in texts.items() if not isinstance(value, str)]:
        raise StudyError(f"{where}: {', '.join(wrong)} must be text.")
    if not texts["caption"] or not texts["where"]:
        raise StudyError(f"{where}: caption and where must be given.")
    columns, rows = entry.get("columns", []), entry.get("rows", [])
    if bool(columns) != bool(rows) or len(set(columns)) < len(columns):
        raise StudyError(f"{where}: columns (each its own name) and rows belong together.")
    if not rows and not texts["says"]:
        raise StudyError(f"{where}: without a table, `says` must tell what the paper says.")
    for number, row in enumerate(rows, 1):
        if len(row) != len(columns):
            raise StudyError(f"{where}: row {number} has {len(row)} cells for {len(columns)} columns: {row}.")
    printed = pd.DataFrame([[_text(cell) for cell in row] for row in rows], columns=columns, dtype=str)
    return Published(**texts, printed=printed, table=_numbers(printed))


def _text(cell: Any) -> str:
    return f"{cell:,}" if isinstance(cell, int) and abs(cell) >= 10_000 else str(cell)


def _numbers(printed: pd.DataFrame) -> pd.DataFrame:
    """The table with columns of numbers where all that is printed are numbers; the first column stays as it is."""
    table = printed.copy()
    for name in printed.columns[1:]:
        values = [_number(cell) for cell in printed[name]]
        if all(value is not None or not cell for value, cell in zip(values, printed[name], strict=True)):
            table[name] = pd.Series(values, dtype=float)
    return table


def _number(cell: str) -> float | None:
    """The number of a cell, without a mark that points to a remark."""
    try:
        return float(cell.rstrip("*").replace(",", ""))
    except ValueError:
        return None


def _digits(cells: Iterable[str]) -> list[int]:
    """How many digits each number of some cells has behind the point."""
    return [len(cell.rstrip("*").partition(".")[2]) for cell in cells if _number(cell) is not None]
