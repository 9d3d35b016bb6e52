"""Predictions of taggers as tables: one system or several, checked; read from files."""

from __future__ import annotations

import gzip
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from embspace.errors import SettingsError

COLUMNS = ("sentence", "position", "word", "language", "gold", "predicted")
"""what a table of predictions has, a row per word; of several systems also `system`"""

Predictions = pd.DataFrame | Mapping[str, pd.DataFrame]
"""a table, with a column `system` or of one system; or a table per system, by its name"""


def joined(predictions: Predictions, *, of: str = "confusion") -> pd.DataFrame:
    """One table with the columns `system` and `COLUMNS`, ordered by system, sentence and position.

    Args:
        predictions: as `embspace.predict` gives them, with gold tags.
        of: what asks for it, for errors.

    Raises:
        SettingsError: a column is missing, words have no gold tag or no prediction, or are there twice.
    """
    if isinstance(predictions, Mapping):
        if not predictions:
            raise SettingsError(f"{of}: no system is given; expected a table of predictions of one at least.")
        tables = [one.assign(system=str(name)) for name, one in predictions.items()]
    else:
        table = predictions
        tables = [table if "system" in table.columns else table.assign(system=_name(table))]
    for one in tables:
        if missing := [name for name in COLUMNS if name not in one.columns]:
            raise SettingsError(
                f"{of}: the predictions have no column {missing[0]!r}; needed are {', '.join(COLUMNS)}, as predict() "
                "gives them."
            )
    found = pd.concat([one.loc[:, ["system", *COLUMNS]] for one in tables], ignore_index=True)
    if not len(found):
        raise SettingsError(f"{of}: the predictions have no rows; give a row per word.")
    found["system"] = found["system"].astype(str)
    for name, why in (("gold", "tag the sentences first, or take a corpus with tags"), ("predicted", "predict it")):
        bare = np.flatnonzero(found[name].isna() | (found[name] == ""))
        if bare.size:
            row = found.iloc[int(bare[0])]
            raise SettingsError(
                f"{of}: {bare.size:,} words have no {name} tag, the first is {str(row['word'])!r} in sentence "
                f"{row['sentence']} of {row['system']!r}; {why}."
            )
    keys = ["system", "sentence", "position"]
    if (twice := np.flatnonzero(found.duplicated(subset=keys))).size:
        row = found.iloc[int(twice[0])]
        raise SettingsError(
            f"{of}: word {row['position']} of sentence {row['sentence']} is there twice in {row['system']!r}; give "
            "each system a name of its own, and each sentence a number."
        )
    order = {name: at for at, name in enumerate(dict.fromkeys(found["system"]))}
    ordered = found.assign(_order=[order[name] for name in found["system"]])
    return ordered.sort_values(["_order", "sentence", "position"]).drop(columns="_order").reset_index(drop=True)


def trained(predictions: Predictions) -> dict[str, list[str]]:
    """System -> the languages that it was trained on, as a column `train` tells them; without one nothing."""
    tables = predictions if isinstance(predictions, Mapping) else {"": predictions}
    found: dict[str, list[str]] = {}
    for name, table in tables.items():
        if "train" not in table.columns:
            continue
        systems = table["system"] if "system" in table.columns and not name else [name or _name(table)] * len(table)
        for system, train in dict.fromkeys(zip(systems, table["train"], strict=True)):
            if isinstance(train, str) and train:
                found[str(system)] = train.split()
    return found


def read_predictions(path: str | Path | Sequence[str | Path]) -> pd.DataFrame:
    """The predictions of one file or several; a file without a column `system` is a system by the file's name.

    Args:
        path: CSV (commas or semicolons), TSV or Parquet, as `embspace predict --csv` writes them. Further columns, such
            as `seed` and `train` (the language that the system was trained on), are kept.

    Raises:
        SettingsError: a file cannot be read, or has not these columns; a number is none (file and line).
    """
    paths = [Path(path)] if isinstance(path, str | Path) else [Path(one) for one in path]
    if not paths:
        raise SettingsError("No file of predictions was named.")
    return pd.concat([checked(read_table(one), one) for one in paths], ignore_index=True)


def check_same(table: pd.DataFrame, of: str) -> None:
    """Refuse systems that were not given the same words: their numbers would not be comparable.

    Args:
        table: of `joined`.
        of: what asks for it, for errors.

    Raises:
        SettingsError: names the first system that has other words than the first one, and a sentence where it has.
    """
    words = {
        str(system): own.set_index(["sentence", "position"])["word"].astype(str)
        for system, own in table.groupby("system", sort=False)
    }
    (first, wanted), *others = words.items()
    for system, own in others:
        if own.equals(wanted):
            continue
        both = pd.concat([wanted, own], axis=1, keys=["one", "other"]).sort_index()
        row = both.loc[(both["one"] != both["other"]).to_numpy()].iloc[0]
        said = ["nothing" if pd.isna(row[side]) else repr(str(row[side])) for side in ("one", "other")]
        sentence, position = row.name  # pyright: ignore[reportGeneralTypeIssues] - of two levels
        raise SettingsError(
            f"{of}: {first!r} and {system!r} have other words: word {position} of sentence {sentence} is {said[0]} and "
            f"{said[1]}. Compare predictions for the same sentences, numbered alike."
        )


def read_table(path: Path) -> pd.DataFrame:
    """A table of a file, CSV, TSV or Parquet, its columns in small letters; cells of text files are text.

    Raises:
        SettingsError: it cannot be read.
    """
    try:
        if path.suffix.lower() in (".parquet", ".pq"):
            table = pd.read_parquet(path)
        else:
            with (gzip.open if path.suffix.lower() == ".gz" else open)(path, "rt", encoding="utf-8-sig") as stream:
                delimiter = max("\t,;", key=stream.readline().count)
            with warnings.catch_warnings():
                warnings.simplefilter("error", pd.errors.ParserWarning)  # a row with more cells than the header
                table = pd.read_csv(
                    path, sep=delimiter, dtype=str, keep_default_na=False, index_col=False, encoding="utf-8-sig"
                )
    except (pd.errors.ParserWarning, OSError, UnicodeDecodeError, ValueError, pa.ArrowException) as error:
        raise SettingsError(f"{path} cannot be read as a table: {str(error).splitlines()[0]}") from error
    table.columns = [str(name).strip().lower() for name in table.columns]
    return table


def checked(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    """A table of a file as predictions, with the column `system`: the file's name where there is none.

    Raises:
        SettingsError: a column is missing, or a number is none (file and row).
    """
    if missing := [name for name in COLUMNS if name not in table.columns]:
        raise SettingsError(
            f"{path}: no column {missing[0]!r}; predictions have {', '.join(COLUMNS)}, perhaps system. It has "
            f"{', '.join(table.columns)[:200]}."
        )
    lines = table["word"].astype(str).str.contains("\n").to_numpy()
    if lines.any():
        raise SettingsError(
            f"{path}, row {int(lines.argmax()) + 1}: a word with an end of line; a quotation mark is not closed. "
            'In CSV and TSV a word that is a quotation mark is written as four: """".'
        )
    for name in ("sentence", "position"):
        numbers = pd.Series(pd.to_numeric(table[name], errors="coerce"), index=table.index)
        if (wrong := numbers.isna() | (numbers % 1 != 0)).any():
            at = int(wrong.to_numpy().argmax())
            raise SettingsError(f"{path}, row {at + 1}: {name} is {table[name].iloc[at]!r}; expected a whole number.")
        table[name] = numbers.astype("int64")
    return table if "system" in table.columns else table.assign(system=path.name.split(".")[0])


def _name(table: pd.DataFrame) -> str:
    return str(table.attrs.get("settings", {}).get("checkpoint", "predicted"))
