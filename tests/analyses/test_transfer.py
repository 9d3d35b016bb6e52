import math
from itertools import product

import numpy as np
import pandas as pd
import pytest

import embspace as es
from embspace.analyses.transfer import transfer, transfer_correlation
from embspace.errors import SettingsError

LANGUAGES = ("be", "en", "ru", "tr")
PLACE = {code: at for at, code in enumerate(LANGUAGES)}


def spelled():
    rows = [
        (a, b, abs(PLACE[a] - PLACE[b]) / 4 + 0.01 * PLACE[a] * PLACE[b], 30) for a, b in product(LANGUAGES, repeat=2)
    ]
    return pd.DataFrame(rows, columns=["language_a", "language_b", "value", "n"])


def counted(wrong=lambda a, b: 20 * abs(PLACE[a] - PLACE[b]) + PLACE[b]):
    rows = [(a, b, wrong(a, b), 100) for a, b in product(LANGUAGES, repeat=2)]
    return pd.DataFrame(rows, columns=["train", "test", "wrong", "sentences"])


def slow_pearson(x, y):
    x, y = np.subtract(x, np.mean(x)), np.subtract(y, np.mean(y))
    return sum(x * y) / math.sqrt(sum(x * x) * sum(y * y))


def ranks(values):
    """From 1; equal ones share the mean of theirs."""
    return [sum(other < one for other in values) + (sum(other == one for other in values) + 1) / 2 for one in values]


def test_every_pair_of_two_languages_has_its_errors_and_its_distance():
    found = transfer(counted(), spelled())
    assert len(found) == 12 and (found["train"] != found["test"]).all()
    distances = spelled().set_index(["language_a", "language_b"])["value"]
    for row in found.to_dict("records"):
        assert row["tnld"] == distances[row["train"], row["test"]]
        assert row["wrong"] == 20 * abs(PLACE[row["train"]] - PLACE[row["test"]]) + PLACE[row["test"]]
        assert row["share"] == row["wrong"] / 100 and row["n"] == 30 and row["n_seeds"] == 1
    seeds = pd.concat([counted().assign(seed=0), counted(lambda *_: 7).assign(seed=1)])
    again = transfer(seeds.sample(frac=1, random_state=1), spelled()).set_index(["train", "test"])
    once = found.set_index(["train", "test"]).loc[again.index]
    assert np.allclose(again["wrong"], (once["wrong"] + 7) / 2) and set(again["n_seeds"]) == {2}


def test_correlations_are_those_by_hand():
    pairs = transfer(counted(), spelled())
    found = transfer_correlation(pairs).set_index("measure")
    x, y = pairs["tnld"].tolist(), pairs["wrong"].tolist()
    assert found.loc["pearson", "value"] == pytest.approx(slow_pearson(x, y))
    assert found.loc["spearman", "value"] == pytest.approx(slow_pearson(ranks(x), ranks(y)))
    slope = slow_pearson(x, y) * np.std(y) / np.std(x)
    assert found.loc["pearson", "slope"] == pytest.approx(slope)
    assert found.loc["pearson", "intercept"] == pytest.approx(np.mean(y) - slope * np.mean(x))
    # t of r with n - 2 degrees of freedom, integrated
    r, n = found.loc["pearson", "value"], len(x)
    t, grid = r * math.sqrt((n - 2) / (1 - r * r)), np.linspace(0, 4000, 4_000_001)
    density = (1 + grid**2 / (n - 2)) ** (-(n - 1) / 2)
    above = density[grid >= t].sum() / density.sum()
    assert found.loc["pearson", "p"] == pytest.approx(above, rel=1e-2)
    assert (found["why"] == "").all() and (found["n"] == 12).all()


@pytest.mark.parametrize(
    ("wrong", "why"),
    [(lambda *_: 0, "Not one sentence is wrong in any pair"), (lambda *_: 3, "the same number of wrong sentences")],
)
def test_where_nothing_errs_there_is_no_correlation_and_it_is_said(wrong, why):
    found = transfer_correlation(transfer(counted(wrong), spelled()))
    assert found[["value", "p", "slope", "intercept"]].isna().all(axis=None)
    assert found["why"].str.contains(why).all()
    few = transfer(counted()[lambda one: one["train"].eq("be") & one["test"].isin(["be", "en", "ru"])], spelled())
    assert transfer_correlation(few)["why"].str.startswith("2 pairs have both numbers").all()
    same = transfer_correlation(transfer(counted(), spelled().assign(value=0.5)))
    assert same["why"].str.contains("same distance").all()


def test_what_does_not_fit_is_refused():
    with pytest.raises(SettingsError, match="errors has no column 'wrong'"):
        transfer(counted().drop(columns="wrong"), spelled())
    with pytest.raises(SettingsError, match="be -> en is there twice; tell runs apart in a column seed"):
        transfer(pd.concat([counted(), counted()]), spelled())
    with pytest.raises(SettingsError, match="be -> en has 101 wrong of 100 sentences"):
        transfer(counted(lambda *_: 101), spelled())
    with pytest.raises(SettingsError, match="spelling has no row for be and tr"):
        transfer(counted(), spelled().query("language_b != 'tr'"))
    with pytest.raises(SettingsError, match="spelling has a pair of languages twice"):
        transfer(counted(), pd.concat([spelled(), spelled()]))
    with pytest.raises(SettingsError, match="no row has a test language other than"):
        transfer(counted().query("train == test"), spelled())
    with pytest.raises(SettingsError, match="other numbers of sentences"):
        transfer(pd.concat([counted().assign(seed=0), counted().assign(seed=1, sentences=200)]), spelled())


def test_the_spelling_of_a_corpus_fits():
    spelling = es.spelling(es.synthetic_ner(languages=list(LANGUAGES), per_type=3))
    found = transfer(counted(), spelling)
    assert found["tnld"].between(0, 1).all() and found.attrs["settings"]["analysis"] == "transfer"
    assert found.attrs["settings"]["fingerprint"] == spelling.attrs["settings"]["fingerprint"]
