"""What training on each language does to the others: their isotropy, and their errors ("exploring" 4)."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from embspace.analyses.isotropy_change import change_correlation, isotropy_change
from embspace.analyses.spelling import spelling
from embspace.analyses.transfer import transfer, transfer_correlation
from embspace.encoders.trained import Run
from embspace.errors import StudyError
from embspace.figures.isotropy_change import change_correlation_heatmap, isotropy_change_curves
from embspace.figures.transfer import transfer_scatter
from embspace.spaces.space import Space, open_space
from embspace.studies.comparisons import every, side
from embspace.studies.exploring_data import EVERY, WATCHED, languages, test_part, watched
from embspace.studies.study import Context, Finding, Output
from embspace.training.material import open_part

OUTPUT = -1
WEST = {"pl", "tr", "es", "en"}
NEAR = 0.01
"""a difference of correlations that we do not tell apart"""
LIKE, UNLIKE = 0.5, 0.3
"""what we call a high correlation, and one near zero"""


def changes(context: Context) -> Output:
    """Figure 3: differences of the mean cosine in each language while a model learns from one."""
    found = _changes(context)
    total = pd.pivot_table(found, values="value", index="run", columns="language", aggfunc="sum")
    alike = {run: _mean_correlation(found.loc[found["run"] == run]) for run in total.index}
    claims = []
    for one in ("tr", "pl"):
        if one in total.index:
            claims.append(_more_isotropic(_sums(found, one), one))
    east = [alike[one] for one in ("ru", "uk") if one in alike]
    others = [value for one, value in alike.items() if one not in ("ru", "uk")]
    if east and others:
        told = ", ".join(f"{one} {value:.2f}" for one, value in alike.items())
        claims.append(
            Finding(
                "Training on Russian or Ukrainian transforms all languages almost alike.",
                "4.1, Figure 3",
                bool(min(east) > max(others)) if np.isfinite([*east, *others]).all() else None,
                f"Mean correlation of the languages' changes, by the language trained on: {told}.",
            )
        )
    tables = {"changes": found, "sums": total.reset_index().rename(columns={"run": "trained on"})}
    return Output(tables, {"changes": isotropy_change_curves(found, OUTPUT)}, [_note(context)], claims)


def alike(context: Context) -> Output:
    """Figure 4: correlations between the languages' changes."""
    if len(watched(context.config)) < 2:
        return Output(missing=f"Two or more of {', '.join(WATCHED)} are compared; choose more of them.")
    found = change_correlation(_changes(context))
    value = found.set_index(["language_a", "language_b"])["value"].to_dict()
    pairs = {pair: value[pair] for pair in combinations(watched(context.config), 2)}
    known = bool(np.isfinite([*pairs.values()]).all())
    most = max(pairs, key=lambda pair: pairs[pair] if np.isfinite(pairs[pair]) else -2.0)
    apart_by = float(np.diff(sorted(pairs.values())[-2:])[0]) if known and len(pairs) > 1 else 0.0
    apart = {pair: one for pair, one in pairs.items() if len({*pair} & {"ru", "uk"}) == 1}
    west = {pair: one for pair, one in pairs.items() if {*pair} <= WEST}
    claims = [
        Finding(
            "Russian and Ukrainian have the greatest correlation.",
            "4.1, Figure 4",
            set(most) == {"ru", "uk"} if apart_by >= NEAR and {"ru", "uk"} < set(watched(context.config)) else None,
            f"The greatest is {'-'.join(most)}'s, {pairs[most]:.4f}, {apart_by:.4f} above the next one"
            + _of(pairs, "ru", "uk")
            + f" (a lead below {NEAR} is none).",
        ),
        Finding(
            "Russian and Ukrainian correlate with the other languages near zero or negatively.",
            "4.1, Figure 4",
            all(one < UNLIKE for one in apart.values()) if apart and known else None,
            f"{_span(apart)} (near zero: below {UNLIKE}).",
        ),
        Finding(
            "Polish, Turkish, Spanish and English correlate highly with each other.",
            "4.1, Figure 4",
            all(one > LIKE for one in west.values()) if known and set(watched(context.config)) >= WEST else None,
            f"{_span(west)} (high: above {LIKE}).",
        ),
    ]
    table = found.pivot(index="language_a", columns="language_b", values="value")
    order = list(watched(context.config))
    wide = table.reindex(index=order, columns=order).rename_axis(index=None, columns=None).reset_index(names="")
    return Output(
        {"correlations": wide, "with p": found}, {"correlations": change_correlation_heatmap(found, OUTPUT)},
        [_note(context), "p takes steps as independent, which neighboring steps of a training are not."], claims,
    )  # fmt: skip


def errors(context: Context) -> Output:
    """Figure 5: wrong test sentences of every pair of languages against the distance of spellings."""
    rows: list[dict[str, Any]] = []
    for trained, one in context.trained.items():
        wide = one.scores().pivot(index=["seed", "language"], columns="score", values="value").reset_index()
        wide = wide.loc[wide["language"].isin(languages(context.config))]
        rows += [
            {"train": trained, "test": row["language"], "seed": row["seed"], "wrong": row["wrong_sentences"],
             "sentences": row["sentences"]}
            for row in wide.to_dict("records")
        ]  # fmt: skip
    counts = pd.DataFrame(rows)
    tests = open_part(test_part(context.config, languages(context.config)), context.workspace)
    pairs = transfer(counts, spelling(tests))
    measured = transfer_correlation(pairs)
    pearson, spearman = (measured.set_index("measure").loc[one] for one in ("pearson", "spearman"))
    own = counts.loc[counts["train"] == counts["test"]]
    claim = Finding(
        "The nearer the spelling of names in two languages, the fewer sentences are wrong in zero-shot transfer.",
        "4.2, Figure 5; abstract",
        bool(pearson["value"] > 0 and pearson["p"] < 0.05) if not pearson["why"] else None,
        pearson["why"]
        or f"Over {pearson['n']} pairs Pearson's r = {pearson['value']:.2f} (p = {pearson['p']:.2g}), "
        f"Spearman's rho = {spearman['value']:.2f} (p = {spearman['p']:.2g}).",
    )
    wrong = pairs.pivot(index="train", columns="test", values="wrong")
    order = list(languages(context.config))
    table = (
        wrong.reindex(index=order, columns=order).rename_axis(index=None, columns=None).reset_index(names="trained on")
    )
    notes = [
        f"Wrong are sentences with any wrong word, means over {len(context.config.seeds)} seeds; "
        f"{_share(pairs)}; in the language trained on {own['wrong'].sum() / own['sentences'].sum():.1%}.",
        "Pairs share languages, so that p is smaller than it should be.",
    ]
    tables = {"wrong sentences": table, "pairs": pairs, "correlation": measured}
    return Output(tables, {"errors": transfer_scatter(pairs)}, notes, [claim])


def _share(pairs: pd.DataFrame) -> str:
    share = pairs["share"]
    return f"of {pairs['sentences'].iloc[0]:,} test sentences {share.min():.1%} to {share.max():.1%} are wrong"


def _changes(context: Context) -> pd.DataFrame:
    """Changes of each training language, the mean over seeds: as of `isotropy_change`, `run` the training language."""
    tables, settings = [], {}
    for trained, one in context.trained.items():
        assert one.config.probe is not None
        probe = open_part(one.config.probe, context.workspace).fingerprint
        for seed, run in one.runs(context.workspace).items():
            found = isotropy_change(_steps(run, probe, context), every=EVERY, layer=OUTPUT, progress=context.progress)
            settings = found.attrs["settings"]
            tables.append(found.assign(run=trained, seed=seed))
    keys = ["run", "layer", "language", "measure", "step"]
    every = pd.concat(tables, ignore_index=True).groupby(keys, sort=False)["value"]
    table = every.agg(value="mean", deviation="std").reset_index()
    table.attrs["settings"] = settings | {"trained": {one: [one] for one in context.trained}}
    sums: dict[tuple[str, str, int], float] = {}
    for own in tables:
        for run, language, seed, value in zip(
            *(own[name] for name in ("run", "language", "seed", "value")), strict=True
        ):
            sums[run, language, seed] = sums.get((run, language, seed), 0.0) + float(value)
    table.attrs["sums"] = [(*key, value) for key, value in sums.items()]
    return table


def _steps(run: Run, probe: str, context: Context) -> list[Space]:
    """The spaces of a run's steps, of the sentences with a fingerprint."""
    every = (open_space(context.workspace.spaces / one["space"]) for one in run.probed().values())
    found = [one for one in every if one.recipe["corpus_fingerprint"] == probe]
    if len(found) < 2:
        raise StudyError(
            f"exploring: the run {run.key[:12]} was trained before without looking at its space every {EVERY} steps, "
            f"or at other sentences or languages; remove {run.folder} and run the study again."
        )
    return found


def _sums(changes: pd.DataFrame, trained: str) -> pd.DataFrame:
    """The sum of all changes after training on a language: a row per seed, a column per language."""
    rows = [row[1:] for row in changes.attrs["sums"] if row[0] == trained]
    return pd.DataFrame(rows, columns=["language", "seed", "value"]).pivot(
        index="seed", columns="language", values="value"
    )


def _more_isotropic(seeds: pd.DataFrame, one: str) -> Finding:
    sums = seeds.mean()
    best = str(sums.idxmin()) if sums.notna().any() else one
    lowest = float(sums.loc[best])
    way = "largest fall" if lowest < 0 else "smallest rise"
    others = [other for other in seeds if other != one]
    told = bool(np.isfinite(seeds.to_numpy(dtype=float)).all()) and len(others) > 0
    above = every(side(list(seeds[other]), list(seeds[one])) for other in others) if told else None
    return Finding(
        f"Training on {one} makes the space of {one} more isotropic than those of the others.",
        "4.1, Figure 3",
        above if not told or float(sums.loc[one]) < 0 else False,
        f"Sum of the changes of the mean cosine: {_numbers(sums)}; the {way} is {best}'s.",
    )


def _note(context: Context) -> str:
    return (
        f"Mean cosine of all pairs of entities' vectors of a language, output layer; h = {EVERY} steps; means over "
        f"{len(context.config.seeds)} seeds."
    )


def _mean_correlation(rows: pd.DataFrame) -> float:
    """The mean of the correlations between languages of one training; of fewer than three changes there is none."""
    values = rows.pivot(index="step", columns="language", values="value").corr(min_periods=3).to_numpy()
    return float(np.mean(values[np.triu_indices_from(values, 1)]))


def _numbers(values: pd.Series) -> str:
    return ", ".join(f"{name} {value:+.3f}" for name, value in values.items())


def _of(pairs: dict[tuple[str, str], float], one: str, other: str) -> str:
    value = pairs.get((one, other))
    return "" if value is None else f"; {one}-{other} has {value:.4f}"


def _span(pairs: dict[tuple[str, str], float]) -> str:
    values = list(pairs.values())
    return f"{len(values)} pairs, from {min(values):.2f} to {max(values):.2f}" if values else "No such pairs"
