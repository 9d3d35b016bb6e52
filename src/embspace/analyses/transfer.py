"""Transfer: errors of taggers in languages that they were not trained on, beside the distance of spellings."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import linregress, pearsonr, spearmanr

from embspace.analyses.results import result
from embspace.errors import SettingsError

_PAIR = ["train", "test"]


def transfer(errors: pd.DataFrame, spelling: pd.DataFrame) -> pd.DataFrame:
    """Wrong sentences and mean TNLD of every pair of languages: `train test wrong sentences share tnld n n_seeds`.

    "exploring" 4.2, Figure 5: a tagger is trained on one language and tested on every other; `wrong` counts the test
    sentences with any wrong word (of several seeds the mean), `share` is of `sentences`, `tnld` the mean distance of
    the spellings of `n` parallel entities (NaN where spelling has none). Pairs of a language and itself are left out.

    Args:
        errors: `train test wrong sentences`, perhaps `seed`: a row per pair of languages (and seed).
        spelling: of `spelling`, of the test sentences' entities: `language_a language_b value n`.

    Raises:
        SettingsError: a column is missing, a count is impossible, a pair is there twice, or no pair differs.
    """
    for table, name, needed in (
        (errors, "errors", (*_PAIR, "wrong", "sentences")),
        (spelling, "spelling", ("language_a", "language_b", "value", "n")),
    ):
        if missing := [one for one in needed if one not in table.columns]:
            raise SettingsError(f"transfer: {name} has no column {missing[0]!r}; needed are {', '.join(needed)}.")
    keys = [*_PAIR, *(["seed"] if "seed" in errors.columns else [])]
    apart = errors.loc[errors["train"] != errors["test"]]
    if not len(apart):
        raise SettingsError("transfer: no row has a test language other than its train language.")
    if (twice := apart.duplicated(keys)).any():
        row = apart.loc[twice].iloc[0]
        raise SettingsError(
            f"transfer: {row['train']} -> {row['test']} is there twice; tell runs apart in a column seed."
        )
    counts = apart[["wrong", "sentences"]].apply(pd.to_numeric, errors="coerce").to_numpy(dtype=float)
    possible = (counts[:, 0] >= 0) & (counts[:, 0] <= counts[:, 1]) & (counts[:, 1] > 0)
    if not possible.all():
        row = apart.iloc[int(np.argmin(possible))]
        raise SettingsError(
            f"transfer: {row['train']} -> {row['test']} has {row['wrong']} wrong of {row['sentences']} sentences; "
            "expected 0 to as many as there are, of 1 or more."
        )
    found = apart.assign(wrong=counts[:, 0], sentences=counts[:, 1]).groupby(_PAIR, sort=False)
    if (found["sentences"].nunique() > 1).any():
        raise SettingsError("transfer: seeds of a pair are tested on other numbers of sentences; test all on the same.")
    pairs = found.agg(wrong=("wrong", "mean"), sentences=("sentences", "first"), n_seeds=("wrong", "size"))
    pairs = pd.DataFrame(pairs).reset_index()
    known = spelling.set_index(["language_a", "language_b"])
    if not known.index.is_unique:
        raise SettingsError("transfer: spelling has a pair of languages twice; give the spelling of one corpus.")
    wanted = pd.MultiIndex.from_arrays([pairs[name] for name in _PAIR], names=_PAIR)
    if lost := [pair for pair in wanted if pair not in known.index]:
        raise SettingsError(
            f"transfer: spelling has no row for {lost[0][0]} and {lost[0][1]}; compute it over all languages of errors."
        )
    beside = known.loc[wanted]
    pairs = pairs.assign(
        share=pairs["wrong"] / pairs["sentences"],
        tnld=beside["value"].to_numpy(dtype=float),
        n=beside["n"].to_numpy(dtype="int64"),
        sentences=pairs["sentences"].astype("int64"),
    )
    columns = [*_PAIR, "wrong", "sentences", "share", "tnld", "n", "n_seeds"]
    about = spelling.attrs.get("settings", {})
    corpus = {name: about[name] for name in ("corpus", "fingerprint") if name in about}
    return result(pairs, columns, "transfer", **corpus)


def transfer_correlation(pairs: pd.DataFrame) -> pd.DataFrame:
    """Whether errors grow with the distance of spellings: `measure value p n slope intercept why`.

    A row for Pearson's r and one for Spearman's rho, of the wrong sentences and the mean TNLD of all pairs with both,
    with the two-sided p; `slope` and `intercept` of the least-squares line are in wrong sentences (NaN for Spearman).
    All are NaN where they are not defined, as where nothing errs, and `why` says it; else it is empty. Pairs share
    their languages, so they are not independent, and p is smaller than it should be.

    Args:
        pairs: of `transfer`.

    Raises:
        SettingsError: a column is missing.
    """
    if missing := [one for one in ("wrong", "tnld") if one not in pairs.columns]:
        raise SettingsError(f"transfer_correlation: no column {missing[0]!r}; give the table of transfer().")
    both = pairs[["tnld", "wrong"]].to_numpy(dtype=float)
    both = both[np.isfinite(both).all(axis=1)]
    why, nothing = _undefined(both), float("nan")
    rows: list[tuple[Any, ...]] = []
    for measure, function in (("pearson", pearsonr), ("spearman", spearmanr)):
        if why:
            rows.append((measure, nothing, nothing, len(both), nothing, nothing, why))
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # nearly constant: the number is what it is
            found: Any = function(both[:, 0], both[:, 1])
            line: Any = linregress(both[:, 0], both[:, 1])
        fitted = (float(line.slope), float(line.intercept)) if measure == "pearson" else (nothing, nothing)
        rows.append((measure, float(found.statistic), float(found.pvalue), len(both), *fitted, ""))
    table = pd.DataFrame(rows, columns=["measure", "value", "p", "n", "slope", "intercept", "why"])
    table.attrs["settings"] = pairs.attrs.get("settings", {}) | {"analysis": "transfer_correlation"}
    return table


def _undefined(both: np.ndarray) -> str:
    """Why there is no correlation; empty: there is one."""
    if len(both) < 3:
        return f"{len(both)} pairs have both numbers; a correlation with p needs 3."
    tnld, wrong = both.T
    if not wrong.any():
        return "Not one sentence is wrong in any pair, so errors do not vary."
    if not np.ptp(wrong):
        return "Every pair has the same number of wrong sentences."
    return "" if np.ptp(tnld) else "Every pair has the same distance of spellings."
