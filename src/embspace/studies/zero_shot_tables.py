"""The tables and figures of "lingua-franca", made of the F1 of fine-tunings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from embspace.analyses.significance import significance
from embspace.analyses.tokenization import fertility, tokenization
from embspace.corpora.records import Corpus
from embspace.figures.setting_curves import setting_curves
from embspace.figures.setting_scores import setting_scores
from embspace.figures.theme import language_name
from embspace.figures.training import score_curves
from embspace.studies import freezing_findings, zero_shot_findings
from embspace.studies import zero_shot_settings as settings
from embspace.studies.epoch_scores import epochs_of, layout, scores_of, summary
from embspace.studies.study import Context, Finding, Output
from embspace.studies.zero_shot_settings import DEV, DRAWN, ENGLISH, PIVOT, SECONDARY, TEST
from embspace.studies.zero_shot_trainings import (
    ML,
    OBJECTIVES,
    ONTONOTES,
    Data,
    conll,
    data,
    frozen_here,
    frozen_layers,
    n_layers,
)
from embspace.training.material import open_part

Rows = Mapping[tuple[str, int], Sequence[str]]
"""(model, frozen layers) -> the labels of its row"""
_DEVIATION = "mean and deviation over seeds, F1 in percent"


def one_and_all(context: Context) -> Output:
    """Table 1: one language alone, and all together."""
    scores = scores_of(context, settings.one_and_all(context.config))
    rows: Rows = {("single", -1): ["SL"], ("joint", -1): ["ML"]}
    return _output(scores, rows, ["System"], [zero_shot_findings.joint_above_single(scores, "Table 1")])


def ontonotes(context: Context) -> Output:
    """Table 2: the same of OntoNotes where it is given, and how many pieces a word has."""
    from embspace.spaces.extraction import extract  # the pages read what a study is, and load no model library

    found = data(context.config, ONTONOTES)
    of = found or conll(context.config)
    corpora = [open_part(part, context.workspace) for part in of.parts("test", of.languages)]
    corpus = Corpus("lingua-franca: test sentences", [sentence for one in corpora for sentence in one])
    space = extract(
        context.config.checkpoint,
        corpus,
        targets="words",
        layers=[0],
        device=context.config.device,
        workspace=context.workspace,
        progress=context.progress,
    )
    pieces = fertility(tokenization(space))
    lengths = {str(one): float(value) for one, value in zip(pieces["language"], pieces["fertility"], strict=True)}
    last = pd.DataFrame([("WordPiece fertility", *lengths.values())], columns=["System", *map(language_name, lengths)])
    if found is None:
        note = (
            "OntoNotes is not at hand: name ontonotes-train, ontonotes-dev and ontonotes-test to have its rows. Pieces "
            "per word are of the languages that are."
        )
        none = pd.DataFrame(columns=["model", "frozen", "language", "seed", "test"])
        told = [
            zero_shot_findings.joint_above_single(none, "Table 2"),
            zero_shot_findings.long_words(none, lengths, "Table 2"),
        ]
        return Output({"measured": last, "pieces": pieces}, {}, [note], told)
    scores = scores_of(context, settings.ontonotes(context.config))
    rows: Rows = {
        ("single", -1): ["SL"],
        ("joint", -1): ["ML"],
        **_zero_shot_rows(found),
    }
    told = [
        zero_shot_findings.joint_above_single(scores, "Table 2"),
        zero_shot_findings.long_words(scores, lengths, "Table 2"),
    ]
    made = _output(scores, rows, ["System"], told, joined=False)
    whole = pd.concat([made.tables["measured"], last], ignore_index=True)
    return Output({**made.tables, "measured": whole, "pieces": pieces}, made.figures, made.notes, made.findings)


def round_robins(context: Context) -> Output:
    """Table 3: languages that were not trained on."""
    of = conll(context.config)
    scores = scores_of(context, settings.round_robins(context.config))
    rows: Rows = {
        **_zero_shot_rows(of),
        **{(one, -1): [one] for one in settings.tried(context.config)},
    }
    told = zero_shot_findings.zero_shot(scores, of.pivot, settings.tried(context.config))
    return _output(scores, rows, ["System"], told, joined=False, tested=True)


def frozen_dev(context: Context) -> Output:
    """Table 4: frozen layers, F1 of the development sentences."""
    return _frozen(context, DEV, "dev", "Table 4")


def frozen_test(context: Context) -> Output:
    """Table 5: frozen layers, F1 of the test sentences."""
    return _frozen(context, TEST, "test", "Table 5")


def secondary(context: Context) -> Output:
    """Table 6: secondary tasks, with and without frozen layers."""
    layers = n_layers(context.config.checkpoint)
    frozen = frozen_here(SECONDARY, layers)
    scores = scores_of(context, settings.secondary(context.config))
    rows: Rows = {
        (model, one): [model, _frozen_label(one, theirs, layers)]
        for model in (ML, *settings.tried(context.config))
        for one, theirs in frozen_layers((-1, SECONDARY), layers).items()
    }
    told = zero_shot_findings.with_objectives(scores, settings.tried(context.config), frozen)
    return _output(scores, rows, ["Model", "#frz"], told, joined=False, tested=True, panels="frozen")


def english_only(context: Context) -> Output:
    """Table 7: trained on English alone."""
    layers = n_layers(context.config.checkpoint)
    scores = scores_of(context, settings.english_only(context.config))
    rows: Rows = {
        (model, one): [model, _frozen_label(one, theirs, layers)]
        for model in (ML, *settings.tried(context.config))
        for one, theirs in frozen_layers(ENGLISH[model], layers).items()
    }
    plain = list(frozen_layers(ENGLISH[ML], layers))
    told = zero_shot_findings.from_one(scores, plain, layers, frozen_here(3, layers))
    return _output(scores, rows, ["Model", "#frz"], told, panels="model")


def seen_and_unseen(context: Context) -> Output:
    """Figure 2: F1 over epochs of languages that were not trained on, beside those that were."""
    curves = epochs_of(context, settings.seen_and_unseen(context.config))
    names = {(ML, -1): "trained on all others", ("joint", -1): "trained on all"}
    log = curves.assign(
        run=[names[one, -1] for one in curves["model"]], name="dev/f1", step=0, value=curves["f1"] / 100
    )
    return Output(
        {"epochs": _by_epoch(curves, names, ["Language", "Training"]), "seeds": curves},
        {"epochs": score_curves(log)},
        ["F1 of the development sentences; bands are one standard deviation over seeds."],
        freezing_findings.over_epochs(curves),
    )


def curves(context: Context) -> Output:
    """Figure 3: the same by frozen layers."""
    layers = n_layers(context.config.checkpoint)
    found = epochs_of(context, settings.curves(context.config))
    labels = {one: _frozen_label(one, theirs, layers) for one, theirs in frozen_layers(DRAWN, layers).items()}
    heads = ["Language", "#frz"]
    shown = found.assign(setting=[f"{labels[one]} frozen" if one >= 0 else "none frozen" for one in found["frozen"]])
    return Output(
        {"epochs": _by_epoch(found, {(ML, one): name for one, name in labels.items()}, heads), "seeds": found},
        {"epochs": setting_curves(shown)},
        ["F1 of the development sentences; bands are one standard deviation over seeds."],
        freezing_findings.stabilized(found, layers),
    )


def _frozen(context: Context, published: Sequence[int], part: str, where: str) -> Output:
    layers = n_layers(context.config.checkpoint)
    cells = settings.frozen_dev if part == "dev" else settings.frozen_test
    scores = scores_of(context, cells(context.config))
    here = frozen_layers(published, layers)
    rows: Rows = {(ML, one): [_frozen_label(one, theirs, layers)] for one, theirs in here.items()}
    told = freezing_findings.freezing(scores, list(here), layers, part, where)
    return _output(scores, rows, ["#frz"], told, part=part)


def _zero_shot_rows(of: Data) -> Rows:
    """The rows without secondary tasks: trained on English alone, and on all other languages."""
    return {
        (PIVOT, -1): [f"SL {language_name(of.pivot)} 0-shot"],
        (ML, -1): [f"ML{len(of.languages) - 1} 0-shot"],
    }


def _frozen_label(here: int, theirs: Sequence[int], layers: int) -> str:
    """A number of frozen layers, and of which of the paper's twelve it takes the place."""
    if here < 1 or tuple(theirs) == (here,):
        return str(here)
    return f"{here} of {layers} (for {', '.join(map(str, theirs))} of 12)"


def _output(
    scores: pd.DataFrame,
    rows: Rows,
    heads: Sequence[str],
    told: Sequence[Finding],
    *,
    part: str = "test",
    joined: bool = True,
    tested: bool = False,
    panels: str = "",
) -> Output:
    """The table in the paper's layout, deviations, perhaps tests against ML, and dots with their deviations."""
    spread = summary(scores, part)
    tables = {"measured": layout(scores, rows, heads, part), _DEVIATION: spread}
    notes = ["F1 of entities in percent, mean over seeds."]
    if tested and len(set(scores["seed"])) > 1:
        tables["tests against ML"] = _tests(scores, part)
        notes.append("Tests are paired t-tests over seeds, not corrected for their number.")
    shown = pd.DataFrame([{**row, **_shown(rows[row["model"], row["frozen"]], panels)} for row in _kept(spread, rows)])
    return Output(tables, {"scores": setting_scores(shown, joined=joined)}, notes, told)


def _shown(labels: Sequence[str], panels: str) -> dict[str, str]:
    """Where a row stands in the figure: tables of models and frozen layers have a panel for each of either."""
    *others, last = labels
    frozen = "none" if last == "-1" else last.partition(" (")[0]
    if not panels:
        return {"setting": " ".join([*others, frozen])}
    model = others[0]
    if panels == "model":
        return {"setting": frozen, "group": model}
    return {"setting": model, "group": f"{frozen} frozen"}


def _kept(spread: pd.DataFrame, rows: Rows) -> list[dict]:
    """The rows of a summary that stand in a table, in its order."""
    order = {setting: at for at, setting in enumerate(rows)}
    found = [row for row in spread.to_dict("records") if (row["model"], row["frozen"]) in order]
    return sorted(found, key=lambda row: order[row["model"], row["frozen"]])


def _tests(scores: pd.DataFrame, part: str) -> pd.DataFrame:
    """Secondary tasks against ML in each language, seeds as examples."""
    own = scores.loc[scores["model"].isin([ML, *OBJECTIVES])]
    tidy = own.rename(columns={"model": "system", "seed": "example", part: "score"})
    return significance(tidy, ML, by=["frozen", "language"]).drop(columns=["deviation", "n_seeds"])  # of examples


def _by_epoch(curves: pd.DataFrame, names: Mapping[tuple[str, int], str], heads: Sequence[str]) -> pd.DataFrame:
    """Means over seeds: a row per language and setting, a column per epoch."""
    rows = []
    for language in dict.fromkeys(curves["language"]):
        for (model, frozen), name in names.items():
            own = curves.loc[
                (curves["language"] == language) & (curves["model"] == model) & (curves["frozen"] == frozen)
            ]
            means = own.groupby("epoch")["f1"].mean().to_dict()
            rows.append((language_name(language), name, *(round(means[one], 2) for one in sorted(means))))
    return pd.DataFrame(rows, columns=[*heads, *(f"epoch {one}" for one in sorted(set(curves["epoch"])))])
