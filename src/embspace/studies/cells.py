"""Tables for a person to read: cells as text, numbers with the digits that mean something."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from pandas.api.types import is_bool_dtype, is_integer_dtype, is_numeric_dtype

from embspace.figures.escaping import one_line
from embspace.figures.saving import digits
from embspace.studies.published import Published

NONE = "–"
"""stands where there is no value"""


@dataclass(frozen=True, slots=True)
class Grid:
    """A table as text.

    Attributes:
        columns: their names.
        numbers: for each column whether it holds numbers, which stand to the right.
        rows: cells.
    """

    columns: tuple[str, ...]
    numbers: tuple[bool, ...]
    rows: tuple[tuple[str, ...], ...]


def measured_grid(table: pd.DataFrame, paper: Published | None) -> Grid:
    """What was measured, rounded as the paper prints its numbers."""
    if paper is None or not len(paper.printed):
        return further_grid(table)
    plain, rows = further_grid(table), list[tuple[str, ...]]()
    rounded = [number and not _whole(table, name) for name, number in zip(table.columns, plain.numbers, strict=True)]
    for values, texts in zip(table.itertuples(index=False, name=None), plain.rows, strict=True):
        rows.append(
            tuple(
                f"{value:,.{paper.decimals(values[0], name)}f}" if wanted and text != NONE else text
                for name, value, text, wanted in zip(table.columns, values, texts, rounded, strict=True)
            )
        )
    return Grid(plain.columns, plain.numbers, tuple(rows))


def printed_grid(paper: Published) -> Grid:
    """What the paper prints, as it prints it."""
    numbers = [is_numeric_dtype(paper.table[name]) for name in paper.printed.columns]
    rows = tuple(tuple(cell or NONE for cell in row) for row in paper.printed.itertuples(index=False))
    starred = [any(cell.endswith("*") for cell in paper.printed[name]) for name in paper.printed.columns]
    shown = tuple(one or star for one, star in zip(numbers, starred, strict=True))
    return Grid(tuple(map(str, paper.printed.columns)), shown, rows)


def further_grid(table: pd.DataFrame) -> Grid:
    """A table that has none beside it: numbers with as many digits as tell them apart."""
    forms = {name: _form(pd.Series(table[name])) for name in table.columns if _counts(table, name)}
    rows = tuple(
        tuple(_cell(value, forms.get(name)) for name, value in zip(table.columns, row, strict=True))
        for row in table.itertuples(index=False, name=None)
    )
    return Grid(tuple(map(str, table.columns)), tuple(name in forms for name in table.columns), rows)


def _cell(value: object, form: str | None) -> str:
    if value is None or value is pd.NA or (isinstance(value, float) and value != value) or value == "":
        return NONE
    return form.format(value) if form else str(one_line(value))


def _counts(table: pd.DataFrame, name: str) -> bool:
    column = pd.Series(table[name])
    return bool(is_numeric_dtype(column) and not is_bool_dtype(column) and column.notna().any())


def _whole(table: pd.DataFrame, name: str) -> bool:
    known = pd.Series(table[name]).dropna()
    return bool(is_integer_dtype(table[name]) or (known.abs().max() >= 100 and (known == known.round()).all()))


def _form(values: pd.Series) -> str:
    known = values.dropna()
    return "{:,.0f}" if (known == known.round()).all() and known.abs().max() >= 10_000 else digits(values)
