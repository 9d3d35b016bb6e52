"""Change of isotropy while a model is trained: differences between steps, and whether languages change alike."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import pearsonr

from embspace.errors import SettingsError


def isotropy_change(isotropy: pd.DataFrame, steps: Mapping[str, int], *, every: int = 50) -> pd.DataFrame:
    """The difference sim(t + h) - sim(t) of a measure: `layer language measure step value`, step = t.

    "exploring" 4.1, Figure 3, there with h = 50 on the mean cosine while the model is fine-tuned.

    Args:
        isotropy: of several spaces (`analyses.isotropy.isotropy`): a column `checkpoint`.
        steps: checkpoint -> its step; those that are not named are left out.
        every: h; a step t counts where the step t + h is there too.

    Raises:
        SettingsError: there is no such pair of steps, or the result has no column `checkpoint`.
    """
    if "checkpoint" not in isotropy.columns:
        raise SettingsError("isotropy_change compares checkpoints; give isotropy() a list of spaces, one per step.")
    held = isotropy.assign(step=isotropy["checkpoint"].map(lambda name: steps.get(name))).dropna(subset=["step"])
    keys = ["layer", "language", "measure"]
    if held.duplicated([*keys, "step"]).any():
        raise SettingsError("isotropy_change: two checkpoints have one step; give each a step of its own.")
    before = held[[*keys, "step", "value"]].astype({"step": "int64"})
    after = before.assign(step=before["step"] - every)
    both = before.merge(after, on=[*keys, "step"], suffixes=("_before", "_after"))
    if both.empty:
        given = ", ".join(map(str, sorted(set(before["step"])))) or "none"
        raise SettingsError(f"every={every} is not possible: no two of the steps ({given}) are {every} apart.")
    changes = both.assign(value=both["value_after"] - both["value_before"]).sort_values(by=[*keys, "step"])
    found = changes.loc[:, [*keys, "step", "value"]].reset_index(drop=True)
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
        steps = part.pivot(index="step", columns="language", values="value")
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
