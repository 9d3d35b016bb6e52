"""Scores of stages against slow counts and scipy, and the marks of the paper's tables."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from embspace.analyses.stage_scores import example_scores, marked_table, separations, stage_significance
from embspace.errors import SettingsError

SYSTEMS = ("fine-tuned", "adjusted + fine-tuned", "adjusted + continual")


def test_words_count_where_gold_or_predicted_is_a_label():
    predictions = pd.DataFrame(
        {
            "language": ["ru", "ru"],
            "parallel": [None, None],
            "words": [["a", "b", "c", "d"], ["e"]],
            "gold": [["B-PER", "I-PER", "O", "B-LOC"], ["O"]],
            "predicted": [["B-PER", "O", "B-ORG", "B-PER"], ["O"]],
        }
    )
    found = example_scores(predictions)
    assert found[["tp", "fp", "fn"]].to_numpy().tolist() == [[1, 2, 2], [0, 0, 0]]
    assert found["example"].tolist() == ["0", "1"]


def test_examples_go_by_their_id_where_each_has_its_own():
    table = pd.DataFrame(
        {"language": ["ru", "ru", "tr", "tr"], "parallel": ["q2", "q1", "x", "x"], "score": [1, 0, 1, 0]}
    )
    assert example_scores(table)["example"].tolist() == ["q2", "q1", "0", "1"]
    with pytest.raises(SettingsError, match="expected predictions with a column score"):
        example_scores(table.drop(columns="score"))


@pytest.fixture
def scores():
    rng, rows = np.random.default_rng(0), []
    means = {"ru": (0.4, 0.7, 0.72), "tr": (0.5, 0.5, 0.8)}
    for language, chances in means.items():
        for system, chance in zip(SYSTEMS, chances, strict=True):
            for seed in (0, 1, 2):
                values = (rng.random(120) < chance).astype(float)
                rows += [(system, seed, language, f"e{at}", value) for at, value in enumerate(values)]
    return pd.DataFrame(rows, columns=["system", "seed", "language", "example", "score"])


def test_each_stage_is_compared_with_the_one_before_it_over_averaged_seeds(scores):
    found = stage_significance(scores, SYSTEMS)
    assert found["system"].tolist() == [*SYSTEMS, *SYSTEMS] and found["language"].tolist() == ["ru"] * 3 + ["tr"] * 3
    for language in ("ru", "tr"):
        own = scores.loc[scores["language"] == language]
        means = {name: part.groupby("example")["score"].mean() for name, part in own.groupby("system")}
        for base, system, mark in ((SYSTEMS[0], SYSTEMS[1], "*"), (SYSTEMS[1], SYSTEMS[2], "**")):
            row = found.loc[(found["language"] == language) & (found["system"] == system)].iloc[0]
            expected = stats.ttest_rel(means[system], means[base].loc[means[system].index])
            assert row["p"] == pytest.approx(expected.pvalue) and row["statistic"] == pytest.approx(expected.statistic)
            assert row["mark"] == (mark if expected.pvalue < 0.05 else "")
            assert row["difference"] == pytest.approx(means[system].mean() - means[base].mean())
    marks = found.set_index(["language", "system"])["mark"]
    assert marks["ru", SYSTEMS[1]] == "*" and marks["tr", SYSTEMS[2]] == "**" and marks["tr", SYSTEMS[1]] == ""
    assert found.attrs["settings"]["test"] == "t"


def test_counts_are_compared_by_permutations():
    rng, rows = np.random.default_rng(1), []
    for system, chance in zip(SYSTEMS, (0.3, 0.9, 0.9), strict=True):
        for seed in (0, 1):
            right = (rng.random(80) < chance).astype(int)
            rows += [(system, seed, "ru", str(at), one, 1 - one, 1 - one) for at, one in enumerate(right)]
    table = pd.DataFrame(rows, columns=["system", "seed", "language", "example", "tp", "fp", "fn"])
    found = stage_significance(table, SYSTEMS, iterations=200)
    assert set(found["test"]) == {"permutation"} and found["mark"].tolist() == ["", "*", ""]
    expected = [part.groupby("seed")["tp"].mean().mean() for _, part in table.groupby("system", sort=False)]
    assert found["mean"].tolist() == pytest.approx(expected)


def test_the_table_is_as_the_paper_prints_it(scores):
    found = stage_significance(scores, SYSTEMS)
    table = marked_table(found, {SYSTEMS[0]: "Original"})
    assert list(table.columns) == ["", "ru", "tr"] and table[""].tolist() == ["Original", *SYSTEMS[1:]]
    mean = found["mean"].iloc[1]
    assert table["ru"].iloc[1] == f"{100 * mean:.2f}*" and "*" not in table["ru"].iloc[0]


def test_separations_are_means_over_seeds_by_language():
    rows = [
        ("original", seed, 4, "en", language, value, 0.5, 1.0, 2.0, 3.0)
        for language in ("all", "ru", "tr")
        for seed, value in ((0, 0.8), (1, 0.9))
    ]
    names = [
        "stage",
        "seed",
        "layer",
        "language_a",
        "language_b",
        "auc",
        "overlap",
        "difference",
        "mean_related",
        "mean_unrelated",
    ]
    found = separations(pd.DataFrame(rows, columns=names))
    assert found["language"].tolist() == ["ru", "tr"]
    assert found["auc"].tolist() == pytest.approx([0.85, 0.85])
    assert found["auc_deviation"].tolist() == pytest.approx([np.std([0.8, 0.9], ddof=1)] * 2)
    assert found["n_seeds"].tolist() == [2, 2]
