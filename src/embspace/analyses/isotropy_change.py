"""Change of isotropy while a model is trained: differences between steps, and whether languages change alike."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.stats import pearsonr

from embspace.analyses.distances import Layers
from embspace.analyses.isotropy import isotropy as measured
from embspace.errors import SettingsError
from embspace.progress import Progress

if TYPE_CHECKING:
    from embspace.spaces.space import Space

_STEP = re.compile(r"((?:run|job):[^@]+)@(\d+)(?: \(\d+\))?")


def isotropy_change(
    isotropy: pd.DataFrame | Sequence[Space],
    steps: Mapping[str, int] | None = None,
    *,
    every: int = 50,
    layer: Layers = -1,
    measures: str | Sequence[str] = "mean_cosine",
    progress: Progress | None = None,
) -> pd.DataFrame:
    """The difference sim(t + h) - sim(t) of a measure: `layer language measure step value`, step = t, ascending.

    "exploring" 4.1, Figure 3, there with h = 50 on the mean cosine while the model is fine-tuned. Where checkpoints are
    of several runs (one per training language, say), a column `run` comes first. NaN where the measure is at one step.

    Args:
        isotropy: spaces of steps, in any order; or `analyses.isotropy.isotropy` of several, with its column
            `checkpoint`.
        steps: checkpoint -> its step; those that are not named are left out. None: as their names say, `job:4f2@50`.
        every: h; a step t counts where the step t + h of its run is there too.
        layer: of spaces: one or several, None: all; -1 is the output.
        measures: of spaces: as `isotropy` takes them.
        progress: of spaces: heard after each.

    Raises:
        SettingsError: there is no such pair of steps, or the result has no column `checkpoint`.
    """
    if every < 1:
        raise SettingsError(f"every={every} is not possible; it is a number of steps, 1 or more.")
    if not isinstance(isotropy, pd.DataFrame):
        isotropy = measured(isotropy, layer, measures=measures, bootstrap=0, progress=progress)
    if "checkpoint" not in isotropy.columns:
        raise SettingsError("isotropy_change compares checkpoints; give isotropy() a list of spaces, one per step.")
    names = [str(one) for one in dict.fromkeys(isotropy["checkpoint"])]
    told = {name: found for name in names if (found := _STEP.fullmatch(name))}
    if steps is None:
        steps = {name: int(found[2]) for name, found in told.items()}
        if not steps:
            raise SettingsError(
                f"isotropy_change: no checkpoint ({', '.join(names)[:200]}) is a step of a run, such as job:4f2@50; "
                "say with steps= at which step each is."
            )
    held = isotropy.assign(
        step=isotropy["checkpoint"].map(lambda name: steps.get(name)),
        run=isotropy["checkpoint"].map(lambda name: told[name][1] if name in told else ""),
    ).dropna(subset=["step"])
    keys = ["run", "layer", "language", "measure"]
    if held.duplicated(subset=[*keys, "step"]).to_numpy().any():
        raise SettingsError("isotropy_change: two checkpoints have one step; give each a step of its own.")
    before = held[[*keys, "step", "value"]].astype({"step": "int64"})
    after = before.assign(step=before["step"] - every)
    both = before.merge(after, on=[*keys, "step"], suffixes=("_before", "_after"))
    if both.empty:
        given = ", ".join(map(str, sorted(set(before["step"])))) or "none"
        raise SettingsError(f"every={every} is not possible: no two of the steps ({given}) are {every} apart.")
    changes = both.assign(value=both["value_after"] - both["value_before"]).sort_values(by=[*keys, "step"])
    shown = keys if len(set(held["run"])) > 1 else keys[1:]
    found = changes.loc[:, [*shown, "step", "value"]].reset_index(drop=True)
    made = {"analysis": "isotropy_change", "steps": dict(steps), "every": every}
    found.attrs["settings"] = isotropy.attrs.get("settings", {}) | made
    return found


def change_correlation(changes: pd.DataFrame) -> pd.DataFrame:
    """Pearson's correlation of two languages' changes: `layer measure language_a language_b value p n`.

    Both orders and the diagonal; `n` steps where both have a number. NaN where these are fewer than three or a
    language's do not vary. "exploring" Figure 4. `p` takes the steps as independent draws of two normal variables;
    neighboring steps of a training are not, so that it comes out too small.

    Args:
        changes: of `isotropy_change`.
    """
    rows = []
    for layer, measure in changes[["layer", "measure"]].drop_duplicates().itertuples(index=False, name=None):
        part = changes.loc[(changes["layer"] == layer) & (changes["measure"] == measure)]
        steps = part.pivot(index=[*({"run"} & set(part.columns)), "step"], columns="language", values="value")
        languages = list(dict.fromkeys(part["language"]))
        for one, other in product(languages, languages):
            pair = np.column_stack([steps[one], steps[other]]).astype(float)
            pair = pair[np.isfinite(pair).all(axis=1)]
            value = p = float("nan")
            if len(pair) > 2 and (np.ptp(pair, axis=0) > 0).all():
                found: Any = pearsonr(pair[:, 0], pair[:, 1])
                value, p = float(found.statistic), float(found.pvalue)
            rows.append((layer, measure, one, other, value, p, len(pair)))
    table = pd.DataFrame(rows, columns=["layer", "measure", "language_a", "language_b", "value", "p", "n"])
    table.attrs["settings"] = changes.attrs.get("settings", {}) | {"analysis": "change_correlation"}
    return table
