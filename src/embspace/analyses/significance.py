"""Significance: which systems differ from a baseline by more than chance, in a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import pandas as pd

from embspace.analyses.paired_tests import f1_score, permutation_test, sign_test, t_test
from embspace.analyses.results import result
from embspace.errors import SettingsError

Test = Literal["t", "permutation", "sign"]

_COUNTS = ("tp", "fp", "fn")


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
    """Every system against a baseline: `system baseline value value_baseline difference statistic p significant n`.

    `value` is a system's mean, or its F1 where the scores are counts; the rest as of `t_test`, `permutation_test` and
    `sign_test`. `significant` says p < alpha; p is not corrected for the number of comparisons.

    Args:
        scores: tidy, a row per system, example and, where there are several, seed: `system example value (seed)`, or
            `system example tp fp fn (seed)` of sequences, which only permutations take.
        baseline: one of the systems.
        test: "t" or "sign" over examples whose seeds are averaged, "permutation" over those of all seeds.
        by: columns such as "language": one comparison for each of their values; they come first in the result.
        alpha: the threshold of p.
        iterations: of permutations.
        seed: of permutations.

    Raises:
        SettingsError: a column or the baseline is missing, or a system has other examples than the baseline.
    """
    counts = all(name in scores.columns for name in _COUNTS)
    needed = [*by, "system", "example", *(_COUNTS if counts else ["value"])]
    if missing := [name for name in needed if name not in scores.columns]:
        raise SettingsError(f"significance: the scores have no column {missing[0]!r}; needed are {', '.join(needed)}.")
    if test not in ("t", "permutation", "sign") or (counts and test != "permutation"):
        raise SettingsError(
            f'test={test!r} is not possible; it is "t", "permutation" or "sign", of counts "permutation".'
        )
    if baseline not in set(scores["system"]):
        raise SettingsError(
            f"There is no system {baseline!r}; there are {', '.join(map(str, scores['system'].unique()))}."
        )
    keys = ["seed", "example"] if "seed" in scores.columns else ["example"]
    columns = list(_COUNTS) if counts else ["value"]
    groups = scores[list(by)].drop_duplicates().itertuples(index=False, name=None) if by else [()]
    rows = []
    for group in groups:
        part = scores
        for name, wanted in zip(by, group, strict=True):
            part = part.loc[part[name] == wanted]
        tables = {system: own.set_index(keys).loc[:, columns] for system, own in part.groupby("system", sort=False)}
        if baseline not in tables:
            raise SettingsError(f"significance: {baseline!r} has no scores for {', '.join(map(str, group))}.")
        base = tables.pop(baseline)
        for system, own in tables.items():
            one, other = (_averaged(side) if test != "permutation" else side for side in (own, base))
            if not one.index.is_unique or not other.index.is_unique or set(one.index) != set(other.index):
                raise SettingsError(
                    f"significance: {system!r} and {baseline!r} are not scored on the same examples, each once"
                    f"{' per seed' if 'seed' in keys else ''}; compare what both have."
                )
            pair = one.to_numpy(dtype=float), other.loc[one.index].to_numpy(dtype=float)
            if test == "permutation":
                kind = "f1" if counts else "mean"
                outcome = permutation_test(*pair, statistic=kind, iterations=iterations, seed=seed)
            else:
                outcome = (t_test if test == "t" else sign_test)(pair[0][:, 0], pair[1][:, 0])
            values = [float(f1_score(side.sum(axis=0)) if counts else side.mean()) for side in pair]
            tested = outcome.difference, outcome.statistic, outcome.p, bool(outcome.p < alpha), outcome.n
            rows.append((*group, system, baseline, *values, *tested))
    names = ["system", "baseline", "value", "value_baseline", "difference", "statistic", "p", "significant", "n"]
    found = result(rows, [*by, *names], "significance", test=test, alpha=alpha, baseline=baseline)
    if test == "permutation":
        found.attrs["settings"] |= {"iterations": iterations, "seed": seed}
    return found


def _averaged(table: pd.DataFrame) -> pd.DataFrame:
    """A row per example: the mean over its seeds."""
    if "seed" not in table.index.names or not table.index.is_unique:
        return table
    return pd.DataFrame(table.groupby(level="example", sort=False).mean())
