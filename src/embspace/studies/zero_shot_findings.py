"""What "lingua-franca" says of joint, zero-shot and multitask training, decided from our numbers (Tables 1-3, 6, 7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from embspace.figures.theme import language_name
from embspace.studies.comparisons import LEAST, Cells, Setting, ended, every, near, one_fails, side, some
from embspace.studies.freezing_findings import all_frozen
from embspace.studies.study import Finding


def joint_above_single(scores: pd.DataFrame, where: str) -> Finding:
    """Tables 1 and 2."""
    cells = Cells(scores)
    pair = ("joint", -1), ("single", -1)
    claim = "Trained on all languages, the model is better in every one of them than trained on that one alone."
    return Finding(claim, where, every(cells.sides(*pair).values()), cells.against(*pair))


def long_words(scores: pd.DataFrame, fertility: Mapping[str, float], where: str) -> Finding:
    """Table 2: the language whose words are cut into most pieces is the worst without training data of its own."""
    cells = Cells(scores)
    claim = "The language whose words are cut into the most pieces has the lowest F1 without training in it."
    there = [one for one in cells.in_all(("ML", -1)) if one in fertility]
    cut = "; ".join(f"{language_name(one)} {fertility[one]:.2f}" for one in fertility)
    if len(there) < 2:
        return Finding(claim, where, None, f"There are no zero-shot scores of OntoNotes here. Pieces per word: {cut}.")
    longest = max(there, key=lambda one: fertility[one])
    sides = [side(cells.of(("ML", -1), one), cells.of(("ML", -1), longest)) for one in there if one != longest]
    found = "; ".join(f"{language_name(one)} {fertility[one]:.2f} and {cells.told(('ML', -1), one)}" for one in there)
    return Finding(claim, where, every(sides), f"Pieces per word and F1: {found}.")


def zero_shot(scores: pd.DataFrame, pivot: str, objectives: Sequence[str]) -> list[Finding]:
    """Table 3."""
    cells, name = Cells(scores), language_name(pivot)
    shares = cells.shares(("ML", -1), ("single", -1))
    told = "; ".join(f"{language_name(one)} {share:.0%}" for one, share in shares.items())
    more = ("ML", -1), ("pivot", -1)
    return [
        Finding(
            "A language that was not trained on is tagged well: at three quarters or more of the F1 of a model trained "
            "on it.",
            "Table 3 beside Table 1 (80 to 88 %)",
            all(share >= 0.75 for share in shares.values()) if shares else None,
            ended(f"Shares of it: {told}" if told else f"That is not trained, or below {LEAST:.0f} % here"),
        ),
        Finding(
            f"Training on all other languages is better for an unseen one than training on {name} alone.",
            "Table 3",
            every(cells.sides(*more).values()),
            cells.against(*more),
        ),
        *_helped(cells, -1, objectives, "Table 3"),
    ]


def with_objectives(scores: pd.DataFrame, objectives: Sequence[str], frozen: int) -> list[Finding]:
    """Table 6."""
    cells = Cells(scores)
    if not any(cells.in_all((one, -1)) for one in objectives):
        return []
    helped = {one: [*cells.sides((one, -1), ("ML", -1)).values()] for one in objectives}
    counts = {one: sides.count(1) for one, sides in helped.items()}
    highest = max(counts.values())
    others = max((count for one, count in counts.items() if one != "LI"), default=0)
    told = "; ".join(f"{one} {count} of {len(helped[one])}" for one, count in counts.items())
    changes = {
        one: [*cells.sides((one, frozen), (one, -1)).values()]
        for one in ("ML", *objectives)
        if cells.in_all((one, frozen))
    }
    flat = [verdict for verdicts in changes.values() for verdict in verdicts]
    mixed = "; ".join(
        f"{one} {verdicts.count(1)} up, {verdicts.count(-1)} down, {verdicts.count(0)} within one deviation"
        for one, verdicts in changes.items()
    )
    return [
        *_helped(cells, -1, objectives, "Table 6"),
        Finding(
            "Language identification helps in more languages than any other secondary task.",
            "Table 6 (German, English and Dutch)",
            None
            if "LI" not in counts or len(counts) < 2 or not highest or counts["LI"] == others
            else counts["LI"] > others,
            f"Languages with a higher F1 than ML, by more than a deviation: {told}.",
        ),
        Finding(
            f"Freezing two thirds of the layers ({frozen} here) helps in some settings and hurts in others.",
            "Table 6, Experiment results",
            True if {1, -1} <= set(flat) else None if not flat or 0 in flat else False,
            ended(mixed),
        ),
    ]


def _helped(cells: Cells, frozen: int, objectives: Sequence[str], where: str) -> list[Finding]:
    """Whether some secondary task is above ML in a language, and whether in another none is; nothing without any."""
    if not objectives:
        return []
    base: Setting = ("ML", frozen)
    best: dict[str, Setting] = {}
    for one in cells.in_all(base):
        found = cells.best([(model, frozen) for model in objectives], one)
        if found is not None:
            best[one] = found
    verdicts = {one: side(cells.of(found, one), cells.of(base, one)) for one, found in best.items()}
    told = "; ".join(
        f"{language_name(one)}: {found[0]} {cells.told(found, one)} against ML {cells.told(base, one)}"
        f"{near(verdicts[one])}"
        for one, found in best.items()
    )
    told = ended(f"The best secondary task of each: {told}" if told else "")
    return [
        Finding(
            "Secondary tasks on unlabelled text of the unseen language raise its F1 in some languages.",
            f"{where} (German, English, Dutch)",
            some(verdicts.values()),
            told,
        ),
        Finding(
            "In another language none of them helps.",
            f"{where} (Spanish)",
            one_fails(verdicts.values()),
            told,
        ),
    ]


def from_one(scores: pd.DataFrame, settings: Sequence[int], layers: int, third: int) -> list[Finding]:
    """Table 7: trained on one language alone."""
    cells = Cells(scores)
    base, whole = ("ML", -1), ("ML", layers)
    plain = [("ML", one) for one in settings]
    best = {one: cells.best(plain, one) for one in cells.in_all(base)}
    told = "; ".join(
        f"{language_name(one)} {cells.told(found, one)} with {found[1] if found[1] >= 0 else 'none'} frozen, "
        f"{cells.told(('ML', third), one)} with {third}"
        for one, found in best.items()
        if found
    )
    above = [
        side(cells.of(("ML", third), one), cells.of(other, one))
        for one in best
        for other in plain
        if other != ("ML", third) and cells.of(other, one) and cells.of(("ML", third), one)
    ]
    models = [one for one in cells.settings if one[0] != "ML" and one[1] >= 0]
    secondary = {one: found for one in best if (found := cells.best(models, one)) is not None}
    beaten = {one: side(cells.of(found, one), cells.of(base, one)) for one, found in secondary.items()}
    which = "; ".join(
        f"{language_name(one)} {found[0]} with {found[1]} frozen {cells.told(found, one)} against "
        f"{cells.told(base, one)}{near(beaten[one])}"
        for one, found in secondary.items()
    )
    return [
        Finding(
            f"Of the frozen layers, a quarter ({third} here, 3 of 12 there) is best in every language.",
            "Table 7",
            every(above),
            ended(told),
        ),
        Finding(
            "In every language some secondary task with frozen layers is above the plain model with nothing frozen.",
            "Table 7, Single-language zero-shot",
            every(beaten.values()),
            ended(which),
        ),
        *all_frozen(cells, base, whole, settings, "Table 7")[:1],
    ]
