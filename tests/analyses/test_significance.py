"""Tests of significance against published data, scipy, and all permutations written out."""

import warnings
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from embspace.analyses.paired_tests import permutation_test, sign_test, t_test
from embspace.analyses.significance import significance
from embspace.errors import SettingsError

# Student (1908): hours of sleep gained by ten patients with two drugs.
SLEEP = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0], [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
# Darwin (1876): crossed less self-fertilized maize, in eighths of an inch; Fisher (1935) counted all sign changes.
MAIZE = np.array([49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48], float)


def test_the_sleep_of_student():
    outcome = t_test(*SLEEP)
    assert outcome.statistic == pytest.approx(-4.0621, abs=1e-4) and outcome.p == pytest.approx(0.002833, abs=1e-6)
    assert outcome.difference == pytest.approx(-1.58) and outcome.n == 10


def test_the_maize_of_darwin():
    assert t_test(MAIZE, np.zeros(15)).statistic == pytest.approx(2.148, abs=1e-3)
    outcome = permutation_test(MAIZE, np.zeros(15), iterations=100_000)
    assert outcome.p == pytest.approx(2 * 863 / 2**15, abs=0.003)  # 863 of 32,768 sums are 314 or more
    assert outcome.difference == pytest.approx(314 / 15)


def test_the_legs_of_deer():
    """Zar (1999): of ten deer the hind leg is longer in eight, p = 0.109375."""
    hind = [142, 140, 144, 144, 142, 146, 149, 150, 142, 148]
    fore = [138, 136, 147, 139, 143, 141, 143, 145, 136, 146]
    outcome = sign_test(hind, fore)
    assert (outcome.statistic, outcome.n) == (8, 10)
    assert outcome.p == pytest.approx(0.109375)
    assert sign_test([*hind, 1, 1], [*fore, 1, 1]).p == outcome.p  # ties are left out
    assert sign_test([1, 2], [1, 2]).p == 1


def slow_permutations(one, other, score):
    """p over all 2^n swaps."""
    found, extreme = abs(score(one) - score(other)), 0
    for swaps in product([False, True], repeat=len(one)):
        mask = np.array(swaps).reshape(-1, *[1] * (one.ndim - 1))
        extreme += abs(score(np.where(mask, other, one)) - score(np.where(mask, one, other))) >= found - 1e-12
    return extreme / 2 ** len(one)


def f1(counts):
    tp, fp, fn = counts.sum(axis=0)
    precision, recall = tp / max(tp + fp, 1), tp / max(tp + fn, 1)
    return 2 * precision * recall / (precision + recall) if tp else 0.0


@given(st.integers(0, 10_000))
@settings(deadline=None, max_examples=8)
def test_permutations_of_f1_equal_all_swaps(seed):
    rng = np.random.default_rng(seed)
    one, other = rng.integers(0, 4, size=(2, 8, 3)).astype(float)
    expected = slow_permutations(one, other, f1)
    outcome = permutation_test(one, other, statistic="f1", iterations=20_000, seed=seed)
    assert outcome.difference == pytest.approx(f1(one) - f1(other))
    assert outcome.p == pytest.approx(expected, abs=0.02)
    own = permutation_test(one, other, statistic=f1, iterations=2000, seed=seed)
    assert own.difference == pytest.approx(outcome.difference) and own.p == pytest.approx(expected, abs=0.06)


def test_permutations_of_means_equal_those_of_scipy():
    rng = np.random.default_rng(3)
    one, other = rng.normal(0.4, 1, 11), rng.normal(0, 1, 11)
    exact = stats.permutation_test(
        (one, other), lambda a, b: np.mean(a) - np.mean(b), permutation_type="samples", n_resamples=np.inf
    )
    assert permutation_test(one, other, iterations=50_000).p == pytest.approx(exact.pvalue, abs=0.01)
    assert permutation_test(one, one).p == 1
    tiny = permutation_test(one * 1e-14, other * 1e-14)
    assert tiny.p == permutation_test(one, other).p < 1


def test_the_seed_decides_the_permutations_and_blocks_do_not(monkeypatch):
    rng = np.random.default_rng(0)
    one, other = rng.normal(0.3, 1, (2, 40))
    p = permutation_test(one, other, seed=1).p
    assert p == permutation_test(one, other, seed=1).p
    assert 1 / 1001 <= permutation_test(one + 100, other).p < 1.5 / 1001
    monkeypatch.setattr("embspace.analyses.paired_tests._CELLS", 40 * 100)
    assert permutation_test(one, other, seed=1).p == p


def test_seeds_are_averaged_for_the_t_test_and_concatenated_for_permutations():
    rng = np.random.default_rng(0)
    one, other = rng.integers(0, 2, size=(2, 5, 30)).astype(float)
    expected = stats.ttest_rel(one.mean(axis=0), other.mean(axis=0))
    assert t_test(one, other).p == pytest.approx(expected.pvalue)
    assert permutation_test(one, other).n == 150
    assert permutation_test(one, other).p == permutation_test(one.ravel(), other.ravel()).p


def test_what_is_not_defined():
    assert np.isnan(t_test([1.0], [2.0]).p) and np.isnan(t_test([1, 2], [1, 2]).p)
    with pytest.raises(SettingsError, match="scores on 2 and 3 examples"):
        t_test([1, 2], [1, 2, 3])
    with pytest.raises(SettingsError, match=r"F1 needs counts tp, fp, fn per example, \(n, 3\), not \(2, 2\)"):
        permutation_test(np.ones((2, 2)), np.ones((2, 2)), statistic="f1")
    with pytest.raises(SettingsError, match=r"the two sides are \(2,\) and \(3,\)"):
        permutation_test([1, 2], [1, 2, 3])


def scores(seeds=(0, 1)):
    rng = np.random.default_rng(0)
    gain = {"mBERT": 0.0, "adjusted": 0.6, "same": 0.01}
    rows = [
        (system, language, seed, example, rng.normal(gain[system], 0.5))
        for system, language, seed, example in product(gain, ("es", "ru"), seeds, range(30))
    ]
    return pd.DataFrame(rows, columns=["system", "language", "seed", "example", "score"])


@pytest.mark.parametrize("test", ["t", "permutation", "sign"])
def test_every_system_against_the_baseline(test):
    frame = scores().sample(frac=1, random_state=0)
    table = significance(frame, "mBERT", test=test, by=["language"])
    assert list(table.columns) == [
        *("language", "system", "baseline", "test", "mean", "deviation", "difference", "statistic", "p", "stars"),
        *("n", "n_seeds"),
    ]
    assert table.groupby("language", sort=False)["system"].first().unique() == ["mBERT"]
    assert set(table["test"]) == {test} and set(table["n_seeds"]) == {2}
    table = table.set_index(["system", "language"])
    assert {system: bool(own["stars"].all()) for system, own in table.groupby(level="system")} == {
        "adjusted": True, "same": False, "mBERT": False
    }  # fmt: skip
    row = table.loc[("adjusted", "ru")]
    frame = frame[frame["language"] == "ru"]
    own = frame.pivot_table(index="example", columns="system", values="score")
    by_seed = frame[frame["system"] == "adjusted"].groupby("seed")["score"].mean()
    assert (row["mean"], row["deviation"]) == pytest.approx((by_seed.mean(), by_seed.std()), abs=1e-12)
    assert row["difference"] == pytest.approx(own["adjusted"].mean() - own["mBERT"].mean())
    if test == "t":
        expected = stats.ttest_rel(own["adjusted"], own["mBERT"])
        assert (row["statistic"], row["p"]) == pytest.approx((expected.statistic, expected.pvalue), abs=1e-9)
        assert table.loc[("same", "ru"), "p"] == pytest.approx(stats.ttest_rel(own["same"], own["mBERT"]).pvalue)
    if test == "sign":
        wins = int((own["adjusted"] > own["mBERT"]).sum())
        assert row["statistic"] == wins and row["p"] == pytest.approx(stats.binomtest(wins, 30).pvalue)
    assert row["n"] == (60 if test == "permutation" else 30)
    base = table.loc[("mBERT", "ru")]
    assert np.isnan(base["p"]) and base["difference"] == 0 and base["n"] == row["n"]
    assert table.attrs["settings"]["test"] == test


def test_stars_stand_for_shares_of_alpha():
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 1, 200)
    noise = (noise - noise.mean()) / noise.std(ddof=1)
    gains = {"none": 1.9, "one": 2.0, "two": 2.7, "three": 3.5}  # t of 200 examples
    rows = [("base", i, 0.0) for i in range(200)]
    rows += [(name, i, noise[i] + t / np.sqrt(200)) for name, t in gains.items() for i in range(200)]
    frame = pd.DataFrame(rows, columns=["system", "example", "score"])
    table = significance(frame, "base").set_index("system")
    assert table.loc[list(gains), "statistic"].tolist() == pytest.approx(list(gains.values()))
    assert table["stars"].to_dict() == {"base": "", "none": "", "one": "*", "two": "**", "three": "***"}
    assert significance(frame, "base", alpha=0.01).set_index("system").loc["two", "stars"] == "*"
    assert np.isnan(table.loc["one", "deviation"]) and table.loc["one", "n_seeds"] == 1


def test_a_difference_without_deviation_is_not_tested():
    """Each example gains the same: what rounding leaves of the deviation would make t as large as one likes."""
    one = np.random.default_rng(0).normal(size=50)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        outcome = t_test(one + 0.1, one)
    assert np.isnan(outcome.statistic) and np.isnan(outcome.p) and outcome.difference == pytest.approx(0.1)


def test_f1_of_seeds_is_averaged_and_their_sequences_are_permuted_as_one_text():
    rng = np.random.default_rng(1)
    rows = [(name, seed, i, *rng.integers(0, 4, 3)) for name in "ab" for seed in range(3) for i in range(20)]
    frame = pd.DataFrame(rows, columns=["system", "seed", "example", "tp", "fp", "fn"])
    row = significance(frame, "a", test="permutation").iloc[1]
    counts = {name: own[["tp", "fp", "fn"]].to_numpy(float).reshape(3, 20, 3) for name, own in frame.groupby("system")}
    seeds = [f1(one) for one in counts["b"]]
    assert row["mean"] == pytest.approx(np.mean(seeds)) and row["deviation"] == pytest.approx(np.std(seeds, ddof=1))
    assert row["difference"] == pytest.approx(f1(counts["b"].reshape(-1, 3)) - f1(counts["a"].reshape(-1, 3)))
    assert row["p"] == permutation_test(counts["b"], counts["a"], statistic="f1").p and row["n"] == 60


def test_sequences_are_compared_by_f1_of_their_counts():
    rng = np.random.default_rng(0)
    rows = [("base", i, *rng.integers(0, 3, 3)) for i in range(50)]
    rows += [("good", i, 2, 0, 0) for i in range(50)]
    frame = pd.DataFrame(rows, columns=["system", "example", "tp", "fp", "fn"])
    base, row = significance(frame, "base", test="permutation").to_dict("records")
    assert row["mean"] == 1 and base["mean"] == pytest.approx(
        f1(frame[frame["system"] == "base"][["tp", "fp", "fn"]].to_numpy(float))
    )
    assert row["stars"] == "***" and row["p"] == pytest.approx(1 / 1001)
    with pytest.raises(SettingsError, match='of counts "permutation"'):
        significance(frame, "base")


def test_scores_that_cannot_be_compared_are_refused():
    frame = scores()
    with pytest.raises(SettingsError, match="no system 'XLM'; there are mBERT, adjusted"):
        significance(frame, "XLM", by=["language"])
    with pytest.raises(SettingsError, match="no column 'task'"):
        significance(frame, "mBERT", by=["task"])
    with pytest.raises(SettingsError, match="examples of 'mBERT' are not scored each once per seed"):
        significance(frame, "mBERT")  # two languages under one example
    with pytest.raises(SettingsError, match="'adjusted' and 'mBERT' are not scored on the same examples"):
        significance(frame[(frame["system"] == "mBERT") | (frame["example"] > 3)], "mBERT", by=["language"])
    with pytest.raises(SettingsError, match="examples of 'same' are not scored each once per seed"):
        significance(frame.iloc[:-1], "mBERT", by=["language"])
    other = frame.assign(seed=frame["seed"].where(frame["system"] == "mBERT", frame["seed"] + 5))
    assert len(significance(other, "mBERT", by=["language"])) == 6  # averaged, a system may have seeds of its own
    with pytest.raises(SettingsError, match="same examples with the same seeds"):
        significance(other, "mBERT", test="permutation", by=["language"])
    frame.loc[3, "score"] = np.nan
    with pytest.raises(SettingsError, match="1 rows have no number in score, the first of system 'mBERT', example 3"):
        significance(frame, "mBERT", by=["language"])
