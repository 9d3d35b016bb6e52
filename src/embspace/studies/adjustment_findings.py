"""What "adjustment" says of distances and scores, decided from our numbers and their tests."""

from __future__ import annotations

import pandas as pd

from embspace.studies.comparisons import LEAST, every, side
from embspace.studies.study import Finding
from embspace.workflows.stages import ADJUSTED, ADJUSTED_TUNED, CONTINUAL, ORIGINAL, TUNED

ALPHA = 0.05


def better(
    found: pd.DataFrame,
    base: str,
    system: str,
    claim: str,
    where: str,
    *,
    most: bool = False,
    one: bool = False,
    scale: float = 100,
) -> Finding:
    """Whether a stage is significantly above another in all languages, in most of them, or in one.

    Args:
        found: of `stage_significance`: `language system mean difference p`, each stage against the one before it.
        base: the other stage.
        system: the stage.
        claim: of the paper.
        where: in the paper.
        most: it is said of more than half of the languages.
        one: it is said of one language at least.
        scale: what means are multiplied by in words.
    """
    own = found.loc[found["system"] == system]
    signs = [_sign(row) for row in own.to_dict("records")]
    up, down = signs.count(1), signs.count(-1)
    if not signs:
        holds = None
    elif one:
        holds = True if up else None if down < len(signs) else False
    elif most:
        holds = True if 2 * up > len(signs) else False if 2 * down >= len(signs) else None
    else:
        holds = True if up == len(signs) else False if down else None
    return Finding(claim, where, holds, _told(found, base, system, scale))


def never_better(found: pd.DataFrame, claim: str, where: str) -> Finding:
    """Whether adjustment improves nothing significantly; of scores below `LEAST` nothing is told."""
    own = found.loc[found["system"] == ADJUSTED_TUNED]
    signs = [_sign(row) for row in own.to_dict("records")]
    learned = max(map(float, found["mean"]), default=0.0) >= LEAST / 100
    holds = 1 not in signs if signs and learned else None
    return Finding(claim, where, holds, _told(found, TUNED, ADJUSTED_TUNED))


def bigger_on_mixed(plain: pd.DataFrame, mixed: pd.DataFrame) -> Finding:
    """Whether adjustment gains more where the texts are in two languages."""
    gains = [one.loc[one["system"] == ADJUSTED_TUNED, "difference"].mean() for one in (plain, mixed)]
    some = [*plain.loc[plain["system"] == ADJUSTED_TUNED, "p"], *mixed.loc[mixed["system"] == ADJUSTED_TUNED, "p"]]
    told = any(p < ALPHA for p in some)
    return Finding(
        "Adjustment gains more on mixed-language NLI than where both texts are in one language.",
        "5.2, Table 2",
        bool(gains[1] > gains[0]) if told else None,
        f"Mean gain {100 * gains[0]:+.2f} points in one language, {100 * gains[1]:+.2f} in two"
        + ("." if told else "; none of them is significant."),
    )


def histograms(relatedness: pd.DataFrame) -> list[Finding]:
    """What Figure 1 shows, in the last layer, for every language.

    Args:
        relatedness: `stage seed layer language_b auc mean_related mean_unrelated`, a row per seed.
    """
    last = relatedness.loc[(relatedness["layer"] == relatedness["layer"].max()) & (relatedness["language_b"] != "all")]

    def of(stage: str, language: str, name: str) -> list[float]:
        rows = last.loc[(last["stage"] == stage) & (last["language_b"] == language), name]
        return [float(value) for value in rows]

    known = list(dict.fromkeys(last["language_b"]))

    def sides(one: str, other: str, name: str) -> list[int]:
        return [side(of(one, code, name), of(other, code, name)) for code in known]

    def told(name: str, *stages: str) -> str:
        means = {stage: [sum(of(stage, code, name)) / len(of(stage, code, name)) for code in known] for stage in stages}
        parts = [
            f"{code} " + ", ".join(f"{stage} {means[stage][at]:.3f}" for stage in stages)
            for at, code in enumerate(known)
        ]
        return "; ".join(parts) + "."

    near = [-one for one in sides(ADJUSTED, ORIGINAL, "mean_related")]
    apart = sides(ADJUSTED, ORIGINAL, "auc")
    drawn = [-one for name in ("mean_related", "mean_unrelated") for one in sides(TUNED, ORIGINAL, name)]
    return [
        Finding(
            "Adjustment brings related words nearer and keeps unrelated ones apart.",
            "5.3, Figure 1b",
            every([*near, *apart]),
            f"Mean distance of related words: {told('mean_related', ORIGINAL, ADJUSTED)} "
            f"AUC: {told('auc', ORIGINAL, ADJUSTED)}",
        ),
        Finding(
            "Fine-tuning draws related and unrelated words much nearer to each other.",
            "5.3, Figure 1c",
            every(drawn),
            f"Mean distance of related words: {told('mean_related', ORIGINAL, TUNED)} "
            f"Of unrelated ones: {told('mean_unrelated', ORIGINAL, TUNED)}",
        ),
        Finding(
            "Fine-tuning an adjusted model undoes separation of related and unrelated words.",
            "5.3, Figure 1d",
            every(sides(ADJUSTED, ADJUSTED_TUNED, "auc")),
            f"AUC: {told('auc', ADJUSTED, ADJUSTED_TUNED)}",
        ),
        Finding(
            "A fine-tuned model that was adjusted before separates them better than one that was not.",
            "5.3, Figure 1d",
            every(sides(ADJUSTED_TUNED, TUNED, "auc")),
            f"AUC: {told('auc', TUNED, ADJUSTED_TUNED)}",
        ),
        Finding(
            "Continual learning keeps the separation while the task is learned.",
            "5.3, Figure 1e",
            every(sides(CONTINUAL, ADJUSTED_TUNED, "auc")),
            f"AUC: {told('auc', ADJUSTED, ADJUSTED_TUNED, CONTINUAL)}",
        ),
    ]


def _sign(row: dict[str, float]) -> int:
    """1: significantly above, -1: below, 0: neither."""
    return 0 if not row["p"] < ALPHA else 1 if row["difference"] > 0 else -1


def _told(found: pd.DataFrame, base: str, system: str, scale: float = 100) -> str:
    means = {(row["system"], row["language"]): row for row in found.to_dict("records")}
    parts = []
    for (stage, language), row in means.items():
        if stage == system and (base, language) in means:
            before = means[base, language]["mean"]
            sure = "significant" if row["p"] < ALPHA else "not significant"
            parts.append(f"{language} {scale * before:.2f} to {scale * row['mean']:.2f} ({sure})")
    return ("; ".join(parts) or "Nothing was scored of it") + "."
