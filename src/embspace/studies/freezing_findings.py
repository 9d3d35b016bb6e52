"""What "lingua-franca" says of frozen layers and epochs, decided from our numbers (Tables 4, 5, Figures 2, 3)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from embspace.figures.theme import language_name
from embspace.studies.comparisons import LEAST, Cells, Setting, amount, ended, every, most, near, one_fails, side
from embspace.studies.study import Finding
from embspace.studies.zero_shot_trainings import PAPER_LAYERS, frozen_here

ALL_BUT_ONE = PAPER_LAYERS - 1


def freezing(scores: pd.DataFrame, settings: Sequence[int], layers: int, part: str, where: str) -> list[Finding]:
    """Tables 4 (dev) and 5 (test)."""
    cells = Cells(scores, part)
    base, whole = ("ML", -1), ("ML", layers)
    partial = [("ML", one) for one in settings if 0 < one < layers]
    best = {one: found for one in cells.in_all(base) if (found := cells.best(partial, one)) is not None}
    better = {one: side(cells.of(found, one), cells.of(base, one)) for one, found in best.items()}
    told = "; ".join(
        f"{language_name(one)} {cells.told(found, one)} with {found[1]} frozen against {cells.told(base, one)}"
        f"{near(better[one])}"
        for one, found in best.items()
    )
    found = [
        Finding(
            "For most languages the F1 of an unseen language is best with some of the layers frozen, not with none.",
            f"{where} (German, English, Dutch)",
            most(better.values()),
            ended(told),
        ),
        Finding(
            "For a language no amount of freezing is better than none.",
            f"{where} (Spanish)",
            one_fails(better.values()),
            ended(told),
        ),
    ]
    last = frozen_here(ALL_BUT_ONE, layers)
    if last in settings and layers > 2:
        few = ("ML", last)
        found.append(
            Finding(
                f"With nearly all layers frozen ({last} of {layers} here, 11 of 12 there) too little is left to train: "
                "the F1 is lower than with none frozen.",
                where,
                every(cells.sides(base, few).values()),
                cells.against(few, base),
            )
        )
    found += all_frozen(cells, base, whole, settings, where)
    return [*found, _beside_dev(scores, base, where)] if part == "test" else found


def _beside_dev(scores: pd.DataFrame, base: Setting, where: str) -> Finding:
    """Whether the sentences that chose an epoch have the higher F1."""
    test, dev = Cells(scores), Cells(scores, "dev")
    sides = {one: side(dev.of(base, one), test.of(base, one)) for one in test.in_all(base)}
    told = "; ".join(
        f"{language_name(one)} {test.told(base, one)}, development {dev.told(base, one)}{near(verdict)}"
        for one, verdict in sides.items()
    )
    return Finding(
        "The F1 of the test sentences is below that of the development sentences in most languages.",
        f"{where} beside Table 4 (but Spanish)",
        most(sides.values()),
        ended(told),
    )


def all_frozen(cells: Cells, base: Setting, whole: Setting, settings: Sequence[int], where: str) -> list[Finding]:
    """Whether all layers frozen are the worst, and how much is left then."""
    lowest = []
    for one in cells.in_all(base, whole):
        others = [cells.of(("ML", number), one) for number in settings if ("ML", number) != whole]
        lowest += [side(values, cells.of(whole, one)) for values in others if values]
    shares = cells.shares(whole, base)
    told = "; ".join(f"{language_name(one)} {share:.0%}" for one, share in shares.items())
    return [
        Finding("With all layers frozen the F1 is the lowest.", where, every(lowest), cells.against(whole, base)),
        Finding(
            "Still, the classifier alone reaches half or more of the F1 of the whole model: languages share a space.",
            f"{where} (62 to 82 % of it)" if "5" in where else f"{where} (70 to 82 % of it)",
            all(share >= 0.5 for share in shares.values()) if shares else None,
            ended(f"Of the F1 with nothing frozen: {told}" if told else f"That is below {LEAST:.0f} % here"),
        ),
    ]


def over_epochs(curves: pd.DataFrame) -> list[Finding]:
    """Figure 2: `model frozen language seed epoch f1`, models ML (unseen) and joint (trained on)."""
    ways = {model: _trend(own) for model, own in curves.groupby("model", sort=False)}
    fallen = {one: -verdict for one, (verdict, _) in ways.get("ML", {}).items()}
    risen = {one: verdict for one, (verdict, _) in ways.get("joint", {}).items()}

    def told(model: str) -> str:
        found = ways.get(model, {})
        return ended("; ".join(f"{language_name(one)} {text}" for one, (_, text) in found.items()))

    return [
        Finding(
            "The F1 of an unseen language falls as training on the others goes on.",
            "Figure 2, Discussion",
            most(fallen.values()),
            told("ML"),
        ),
        Finding(
            "In a language that is trained on it rises with the epochs.",
            "Discussion",
            every(risen.values()),
            told("joint"),
        ),
    ]


def stabilized(curves: pd.DataFrame, layers: int) -> list[Finding]:
    """Figure 3: the same by frozen layers."""
    ways = {one: _trend(curves.loc[curves["frozen"] == one]) for one in dict.fromkeys(curves["frozen"])}
    base = [verdict for verdict, _ in ways.get(-1, {}).values()]
    kept = {one: [verdict for verdict, _ in found.values()] for one, found in ways.items() if one > -1}
    told = "; ".join(
        f"{one} frozen: falls in {verdicts.count(-1)} of {len(verdicts)}" for one, verdicts in kept.items()
    )
    falls = base.count(-1)
    no_longer = all(-1 not in verdicts for verdicts in kept.values()) if kept and falls else None
    spreads = {one: _spread(curves.loc[curves["frozen"] == one]) for one in ways if one < layers}
    wide = "; ".join(f"{one if one >= 0 else 'none'} frozen {value:.1f}" for one, value in spreads.items())
    last = frozen_here(ALL_BUT_ONE, layers)
    others = [round(value, 1) for one, value in spreads.items() if one != last]
    steady = round(spreads.get(last, float("nan")), 1)
    enough = others and steady == steady and len(set(curves["epoch"])) > 2 and steady != min(others)
    return [
        Finding(
            "With layers frozen the F1 of an unseen language no longer falls.",
            "Figure 3",
            no_longer,
            ended(f"Nothing frozen: falls in {falls} of {len(base)} languages; {told}" if kept else ""),
        ),
        Finding(
            f"The more layers are frozen, the steadier: with nearly all ({last} of {layers} here, 11 of 12 there) the "
            "F1 changes least over the epochs.",
            "Figure 3, Experiments: partial updates",
            steady < min(others) if enough else None,
            ended(f"Deviation over the epochs, mean of the languages: {wide}" if wide else ""),
        ),
    ]


def _trend(curves: pd.DataFrame) -> dict[str, tuple[int, str]]:
    """Language -> whether the last epoch is above the first (0: within one deviation), and that as text."""
    found = {}
    for language, own in curves.groupby("language", sort=False):
        epochs = sorted(own["epoch"].unique())
        if len(epochs) < 2:
            continue
        values = {epoch: list(own.loc[own["epoch"] == epoch, "f1"]) for epoch in epochs}
        first, last = epochs[0], epochs[-1]
        best = max(epochs, key=lambda epoch: np.mean(values[epoch]))
        verdict = side(values[last], values[first])
        text = f"{amount(values[first])} after epoch {first}, {amount(values[last])} after {last}"
        peak = amount(values[best])
        text += f", best {peak} after {best}" if peak not in (amount(values[first]), amount(values[last])) else ""
        found[str(language)] = verdict, text + near(verdict)
    return found


def _spread(curves: pd.DataFrame) -> float:
    """The deviation over epochs of the mean curves, mean over languages."""
    means = curves.pivot_table(index="epoch", columns="language", values="f1", aggfunc="mean")
    return float(np.mean(np.std(means.to_numpy(dtype=float), axis=0)))
