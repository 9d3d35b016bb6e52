"""F1 of fine-tunings by seed and language, at the epoch that development sentences of that language choose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from embspace.corpora.records import Corpus
from embspace.encoders.trained import Run
from embspace.figures.theme import language_name
from embspace.studies.study import Context
from embspace.studies.zero_shot_trainings import Cells, trainings_of
from embspace.training.material import open_part
from embspace.workflows.training_batch import Trained

F1 = "f1"
COLUMNS = ["model", "frozen", "language", "seed", "dev", "test"]


def scores_of(context: Context, cells: Cells) -> pd.DataFrame:
    """`model frozen language seed dev test`, F1 in percent.

    A fine-tuning whose test sentences were scored at every epoch is read at the epoch with the best F1 of the
    development sentences in the language; of others the run's best epoch is read.

    Args:
        context: with the fine-tunings that `cells` name.
        cells: what is tested in which language.
    """
    rows = []
    tested = {name: _fingerprint(context, context.trained[name]) for name in trainings_of(cells)}
    for (model, frozen), columns in cells.items():
        for language, (name, _) in columns:
            for seed, dev, test in _chosen(context, context.trained[name], language, tested[name]):
                rows.append((model, frozen, language, seed, dev, test))
    return pd.DataFrame(rows, columns=COLUMNS)


def epochs_of(context: Context, cells: Cells) -> pd.DataFrame:
    """`model frozen language seed epoch f1` of the development sentences at the end of every epoch, F1 in percent."""
    rows = []
    for (model, frozen), columns in cells.items():
        for language, (name, _) in columns:
            for seed, run in context.trained[name].runs(context.workspace).items():
                for line in _lines(run, "dev"):
                    if language in line["scores"]:
                        value = 100 * line["scores"][language][F1]
                        rows.append((model, frozen, language, seed, int(line["epoch"]), value))
    return pd.DataFrame(rows, columns=["model", "frozen", "language", "seed", "epoch", "f1"])


def summary(scores: pd.DataFrame, part: str = "test") -> pd.DataFrame:
    """`model frozen language mean deviation n`: over seeds, the deviation of a sample (NaN of one)."""
    groups = scores.groupby(["model", "frozen", "language"], sort=False)[part]
    return groups.agg(mean="mean", deviation="std", n="count").reset_index()


def layout(
    scores: pd.DataFrame, rows: Mapping[tuple[str, int], Sequence[str]], heads: Sequence[str], part: str = "test"
) -> pd.DataFrame:
    """Means over seeds as the paper prints them: a row per setting, a column per language.

    Args:
        scores: of `scores_of`.
        rows: (model, frozen) -> the labels that its row begins with.
        heads: the names of the labels' columns.
        part: dev or test.
    """
    means = {
        (row["model"], row["frozen"], row["language"]): row["mean"] for row in summary(scores, part).to_dict("records")
    }
    languages = list(dict.fromkeys(scores["language"]))
    table = [
        (*labels, *(means.get((*setting, one), float("nan")) for one in languages)) for setting, labels in rows.items()
    ]
    return pd.DataFrame(table, columns=[*heads, *map(language_name, languages)])


def _chosen(context: Context, trained: Trained, language: str, tested: str) -> list[tuple[int, float, float]]:
    """Seed, dev and test F1 in percent."""
    found = []
    runs = trained.runs(context.workspace)
    for one in trained.result["runs"]:
        best = one["dev"].get(language, {}).get(F1, float("nan")), one["scores"][language][F1]
        if tested:
            best = _best(runs[one["seed"]], language, tested) or best
        found.append((one["seed"], *(100 * value for value in best)))
    return found


def _best(run: Run, language: str, tested: str) -> tuple[float, float] | None:
    """Dev and test F1 at the first epoch that is best on dev; None: these test sentences were not scored then."""
    tests = {line["step"]: line["scores"] for line in _lines(run, "test") if line.get("sentences") == tested}
    dev = {line["step"]: line["scores"][language][F1] for line in _lines(run, "dev")}
    if not dev or not set(dev) <= set(tests):
        return None
    step = max(dev, key=lambda one: dev[one])
    return dev[step], tests[step][language][F1]


def _lines(run: Run, part: str) -> list[dict[str, Any]]:
    return [line for line in run.log("scores") if line["part"] == part]


def _fingerprint(context: Context, trained: Trained) -> str:
    """Of the test sentences; empty: they were not scored at every epoch."""
    if not trained.config.test_every_epoch:
        return ""
    parts = [open_part(part, context.workspace) for part in trained.config.test]
    return Corpus("test", [sentence for part in parts for sentence in part]).fingerprint
