"""Significance: which systems differ from a baseline by more than chance, in a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from embspace.analyses.paired_tests import f1_score, permutation_test, sign_test, t_test
from embspace.analyses.results import result
from embspace.errors import SettingsError

Test = Literal["t", "permutation", "sign"]

COUNTS = ("tp", "fp", "fn")
"""columns of sequences that are scored by F1"""
STARS = (1.0, 0.2, 0.02)
"""shares of alpha below which p has one star, two, three: 0.05, 0.01 and 0.001"""
_COLUMNS = [
    *("system", "baseline", "test", "mean", "deviation", "difference", "statistic", "p", "stars", "n", "n_seeds")
]


def significance(
    scores: pd.DataFrame,
    baseline: str,
    *,
    test: Test = "t",
    by: Sequence[str] = (),
    alpha: float = 0.05,
    iterations: int = 1000,
    seed: int = 0,
) -> pd.DataFrame:
    """Every system against a baseline, whose own row comes first and has no test.

    Columns: those of `by`, `system`, `baseline`, `test`; `mean` and `deviation` (of a sample, NaN of one seed) of the
    seeds' scores, each a mean over examples or the F1 of all sequences; `difference` from the baseline, `statistic`
    and `p` as of `t_test`, `permutation_test` and `sign_test`, `stars` (one where p < alpha, two below a fifth, three
    below a fiftieth of it), `n` as of the test, and `n_seeds`. Permutations take the sequences of all seeds as one
    text, so that of F1 `difference` may be a little other than that of the means. p is not corrected for the number
    of comparisons.

    Args:
        scores: tidy, a row per system, seed and example: `system (seed) example score`, more is better or not, or
            `system (seed) example tp fp fn` of sequences, which only permutations take.
        baseline: one of the systems.
        test: "t" or "sign" over examples, whose seeds are averaged; "permutation" over the examples of all seeds.
        by: columns such as "language": one comparison for each of their values.
        alpha: the threshold of p, in 0 .. 1.
        iterations: of permutations.
        seed: of permutations.

    Raises:
        SettingsError: a column or the baseline is missing, a score is no number, or a system has other examples than
            the baseline.
    """
    columns: list[str] = list(COUNTS) if set(COUNTS) <= set(scores.columns) else ["score"]
    _check(scores, baseline, test, by, columns, alpha)
    rows: list[tuple[Any, ...]] = []
    for group, part in _groups(scores, by):
        tables = {system: _table(own, system, columns) for system, own in part.groupby("system", sort=False)}
        if baseline not in tables:
            raise SettingsError(f"significance: {baseline!r} has no scores for {', '.join(map(str, group))}.")
        base = tables.pop(baseline)
        mean, deviation, n_seeds = _summary(base)
        n = len(base) if test == "permutation" else len(base) // n_seeds
        nothing = (0.0, float("nan"), float("nan"), "")
        rows.append((*group, baseline, baseline, test, mean, deviation, *nothing, n, n_seeds))
        for system, own in tables.items():
            one, other = (side if test == "permutation" else _averaged(side) for side in (own, base))
            if set(one.index) != set(other.index):
                raise SettingsError(
                    f"significance: {system!r} and {baseline!r} are not scored on the same examples"
                    f"{' with the same seeds' if test == 'permutation' else ''}; compare what both have."
                )
            pair = one.to_numpy(dtype=float), other.loc[one.index].to_numpy(dtype=float)
            if test == "permutation":
                kind = "f1" if len(columns) == 3 else "mean"
                outcome = permutation_test(*pair, statistic=kind, iterations=iterations, seed=seed)
            else:
                outcome = (t_test if test == "t" else sign_test)(pair[0][:, 0], pair[1][:, 0])
            mean, deviation, n_seeds = _summary(own)
            stars = "*" * sum(outcome.p < share * alpha for share in STARS)
            found = outcome.difference, outcome.statistic, outcome.p, stars, outcome.n
            rows.append((*group, system, baseline, test, mean, deviation, *found, n_seeds))
    kind = "F1" if len(columns) == 3 else "score"
    settings: dict[str, Any] = {"test": test, "alpha": alpha, "baseline": baseline, "by": list(by), "measure": kind}
    if test == "permutation":
        settings |= {"iterations": iterations, "seed": seed}
    return result(rows, [*by, *_COLUMNS], "significance", **settings)


def _check(scores: pd.DataFrame, baseline: str, test: str, by: Sequence[str], columns: list[str], alpha: float) -> None:
    needed = [*by, "system", "example", *columns]
    if missing := [name for name in needed if name not in scores.columns]:
        raise SettingsError(f"significance: the scores have no column {missing[0]!r}; needed are {', '.join(needed)}.")
    if test not in ("t", "permutation", "sign") or (len(columns) == 3 and test != "permutation"):
        raise SettingsError(
            f'test={test!r} is not possible; it is "t", "permutation" or "sign", of counts "permutation".'
        )
    if not 0 < alpha < 1:
        raise SettingsError(f"alpha={alpha} is no threshold of p; it is above 0 and below 1, usually 0.05.")
    if not len(scores):
        raise SettingsError("significance: the scores have no rows; give one for each system and example.")
    if baseline not in set(scores["system"]):
        raise SettingsError(
            f"There is no system {baseline!r}; there are {', '.join(map(str, scores['system'].unique()))}."
        )
    numbers = scores[columns].apply(pd.to_numeric, errors="coerce").to_numpy(dtype=float)
    if (at := np.flatnonzero(~np.isfinite(numbers).all(axis=1))).size:
        row = scores.iloc[int(at[0])]
        raise SettingsError(
            f"significance: {len(at):,} rows have no number in {', '.join(columns)}, the first of system "
            f"{str(row['system'])!r}, example {row['example']}; leave these examples out of all systems."
        )


def _groups(scores: pd.DataFrame, by: Sequence[str]) -> Iterator[tuple[tuple[Any, ...], pd.DataFrame]]:
    if not by:
        yield (), scores
        return
    yield from scores.groupby(list(by), sort=False, dropna=False)  # pyright: ignore[reportReturnType] - a list gives tuples


def _table(rows: pd.DataFrame, system: object, columns: list[str]) -> pd.DataFrame:
    """A system's numbers by seed and example, each seed over the same examples."""
    keys = ["seed", "example"] if "seed" in rows.columns else ["example"]
    table = rows.set_index(keys).loc[:, columns].astype(float)
    whole = "seed" not in keys or len(table) == rows["seed"].nunique() * rows["example"].nunique()
    if not table.index.is_unique or not whole:
        often = "each once per seed" if "seed" in keys else "each once"
        raise SettingsError(
            f"significance: the examples of {system!r} are not scored {often}; name what tells them apart in by, and "
            "leave out what has no score."
        )
    return table


def _summary(table: pd.DataFrame) -> tuple[float, float, int]:
    """Mean and deviation of the seeds' scores, and how many seeds."""

    def score(one: pd.DataFrame) -> float:
        numbers: NDArray[np.float64] = one.to_numpy(dtype=float)
        return float(f1_score(numbers.sum(axis=0)) if numbers.shape[1] == 3 else numbers.mean())

    parts = [own for _, own in table.groupby(level="seed")] if "seed" in table.index.names else [table]
    values = np.array([score(one) for one in parts])
    return float(values.mean()), float(values.std(ddof=1)) if len(values) > 1 else float("nan"), len(values)


def _averaged(table: pd.DataFrame) -> pd.DataFrame:
    """A row per example: the mean over its seeds."""
    if "seed" not in table.index.names:
        return table
    return pd.DataFrame(table.groupby(level="example", sort=False).mean())
