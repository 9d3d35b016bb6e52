"""Wrong sentences of taggers by the language that they learned from and the one they are tested on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from embspace.analyses.predictions import checked, joined, read_table
from embspace.analyses.results import result
from embspace.analyses.spelling import spelling
from embspace.analyses.transfer import transfer
from embspace.corpora.languages import LANGUAGES
from embspace.corpora.records import Corpus
from embspace.errors import SettingsError

COUNTS = ("train", "test", "wrong", "sentences")


def transfer_from(corpus: Corpus, *, predictions: pd.DataFrame) -> pd.DataFrame:
    """`transfer` of counted errors, beside the spellings of a corpus's entities: the columns of `transfer`.

    `tnld` is NaN where the corpus has no entities in both languages; names of a few words at most are few names: take
    all entities of the test sentences.

    Args:
        corpus: with marked entities, in all languages of the errors.
        predictions: of `read_transfer` or `transfer_counts`.

    Raises:
        SettingsError: what is counted is impossible, or the corpus lacks a language.
        CorpusError: the corpus marks no entities.
    """
    asked = dict.fromkeys([*predictions["train"], *predictions["test"]])
    if lost := [str(one) for one in asked if one not in corpus.languages]:
        raise SettingsError(
            f"transfer: {corpus.name} has no sentences in {', '.join(lost)}, whose names are to be compared; it has "
            f"{', '.join(corpus.languages)}. Choose all languages of the predictions, or leave some of these out."
        )
    return transfer(predictions, spelling(corpus))


def transfer_counts(predictions: pd.DataFrame) -> pd.DataFrame:
    """Sentences, and those with any wrong word, of each system and test language: `train test wrong sentences (seed)`.

    Args:
        predictions: as `read_predictions` gives them, with gold tags. `train` is the language that a system learned
            from; without such a column the name of each system is its code. `seed` tells runs apart.

    Raises:
        SettingsError: a system does not say one language that it was trained on, or words have no gold tag.
    """
    words = joined(predictions, of="transfer")
    wrong = words.assign(wrong=words["gold"] != words["predicted"])
    sentences = wrong.groupby(["system", "sentence"], sort=False).agg(
        wrong=("wrong", "any"), test=("language", "first")
    )
    counts = pd.DataFrame(
        sentences.groupby(["system", "test"], sort=False)["wrong"].agg(wrong="sum", sentences="size")
    ).reset_index()
    known = predictions.assign(system=predictions["system"] if "system" in predictions else words["system"].iloc[0])
    first = known.drop_duplicates("system").set_index(known["system"].drop_duplicates().astype(str))
    train = {str(one): _train(str(one), first.loc[one], set(words["language"])) for one in first.index}
    counts.insert(0, "train", counts["system"].map(lambda one: train[one]))
    columns: list[str] = [*COUNTS]
    if "seed" in first.columns and bool(first["seed"].notna().any()):
        counts = counts.assign(seed=counts["system"].map(lambda one: str(first.loc[one, "seed"])))
        columns.append("seed")
    return result(counts, columns, "transfer_counts")


def read_transfer(path: str | Path | Sequence[str | Path]) -> pd.DataFrame:
    """The errors in files of either kind: `train test wrong sentences`, perhaps `seed`.

    Args:
        path: CSV, TSV or Parquet: tables with these columns, or predictions as of `read_predictions`, a system that
            does not say `train` named by the code of its language: `ru.csv`.

    Raises:
        SettingsError: a file cannot be read, has the columns of neither, or a number is none (file and row).
    """
    paths = [Path(path)] if isinstance(path, str | Path) else [Path(one) for one in path]
    if not paths:
        raise SettingsError("No file of predictions was named.")
    found = pd.concat([_read(one) for one in paths], ignore_index=True)
    return result(found, [*COUNTS, *(["seed"] if "seed" in found.columns else [])], "transfer_counts")


def _read(path: Path) -> pd.DataFrame:
    """The errors of a file: counted here and now, so that the words of one file alone are in memory."""
    table = read_table(path)
    if {"train", "test", "wrong"} <= set(table.columns):
        return _counts(table, path)
    return transfer_counts(checked(table, path))


def _counts(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    if "sentences" not in table.columns:
        raise SettingsError(
            f"{path}: no column 'sentences'; errors of pairs of languages have {', '.join(COUNTS)}, perhaps seed. It "
            f"has {', '.join(table.columns)[:200]}."
        )
    for name in ("wrong", "sentences"):
        numbers = pd.Series(pd.to_numeric(table[name], errors="coerce"), index=table.index)
        if numbers.isna().any():
            at = int(numbers.isna().to_numpy().argmax())
            raise SettingsError(f"{path}, row {at + 1}: {name} is {table[name].iloc[at]!r}; expected a number.")
        table[name] = numbers
    return table


def _train(system: str, row: Any, languages: set[str]) -> str:
    """The one language that a system was trained on."""
    told = str(row["train"]).split() if "train" in row.index and not pd.isna(row["train"]) else []
    if len(told) == 1:
        return told[0]
    if told:
        raise SettingsError(
            f"transfer: {system!r} was trained on {', '.join(told)}; transfer is of systems that learned from one "
            "language each: leave it out."
        )
    if system in languages or system in LANGUAGES:
        return system
    raise SettingsError(
        f"transfer: {system!r} does not say which language it was trained on; name the file by its code (ru.csv), or "
        "add a column train."
    )
