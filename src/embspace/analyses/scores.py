"""Tables of scores of systems, from files: what `significance` takes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from embspace.analyses.predictions import read_table
from embspace.analyses.significance import COUNTS
from embspace.errors import SettingsError

NUMBERS = ("score", *COUNTS)
"""columns that hold numbers"""


def read_scores(path: str | Path | Sequence[str | Path]) -> pd.DataFrame:
    """The rows of one file or several: `system example score` or `system example tp fp fn`, perhaps `seed` and others.

    Args:
        path: CSV (commas or semicolons), TSV or Parquet; several have the same columns.

    Raises:
        SettingsError: a file cannot be read, has not these columns, or a score is no number (file and line).
    """
    paths = [Path(path)] if isinstance(path, str | Path) else [Path(one) for one in path]
    if not paths:
        raise SettingsError("No file of scores was named.")
    tables = [_table(one) for one in paths]
    for one, table in zip(paths[1:], tables[1:], strict=True):
        if set(table.columns) != set(tables[0].columns):
            raise SettingsError(
                f"{one} has the columns {', '.join(table.columns)}, but {paths[0].name} has "
                f"{', '.join(tables[0].columns)}; give files with the same columns."
            )
    return pd.concat(tables, ignore_index=True)


def _table(path: Path) -> pd.DataFrame:
    table = read_table(path)
    if wanting := _wanting(list(table.columns)):
        raise SettingsError(
            f"{path}: no column {wanting!r}; a table of scores has system, example and score (or tp, fp, fn), perhaps "
            f"seed, language, ... It has {', '.join(table.columns)[:200]}."
        )
    for name in [one for one in NUMBERS if one in table.columns]:
        numbers = pd.Series(pd.to_numeric(table[name], errors="coerce"), index=table.index)
        if numbers.isna().any():
            at = int(numbers.isna().to_numpy().argmax())
            given = str(table[name].iloc[at])[:60]
            raise SettingsError(f"{path}, row {at + 1}: {name} is {given!r}; expected a number.")
        table[name] = numbers
    others = [name for name in table.columns if name not in NUMBERS]
    table[others] = table[others].astype(str)
    return table


def _wanting(names: list[str]) -> str | None:
    """The first column that a table of scores has not."""
    counts = any(name in names for name in COUNTS) and "score" not in names
    return next((one for one in ("system", "example", *(COUNTS if counts else ("score",))) if one not in names), None)
