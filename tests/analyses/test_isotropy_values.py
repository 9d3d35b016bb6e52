from itertools import combinations

import numpy as np
import pytest
from fake_space import fake_space
from hypothesis import given, settings
from hypothesis import strategies as st

from embspace.analyses.distances import unit_rows
from embspace.analyses.isotropy import MEASURES, dominant_dimensions, isotropy
from embspace.analyses.isotropy_measures import bootstrapped, mean_cosine
from embspace.errors import SettingsError


def slow_mean_cosine(rows):
    values = [a @ b / np.linalg.norm(a) / np.linalg.norm(b) for a, b in combinations(rows, 2)]
    return sum(values) / len(values)


@given(st.integers(2, 12), st.integers(1, 6), st.integers(0, 10_000))
@settings(deadline=None, max_examples=30)
def test_equals_the_mean_over_all_pairs(n, dim, seed):
    rows = np.random.default_rng(seed).normal(size=(n, dim)) + 0.3
    assert np.isclose(mean_cosine(unit_rows(rows)), slow_mean_cosine(rows), atol=1e-12)


def test_does_not_change_with_rotation():
    rng = np.random.default_rng(0)
    rows, turn = rng.normal(size=(50, 7)) + 1, np.linalg.qr(rng.normal(size=(7, 7)))[0]
    assert np.isclose(mean_cosine(unit_rows(rows)), mean_cosine(unit_rows(rows @ turn)))


def test_an_isotropic_gaussian_is_near_zero_and_one_direction_is_one():
    rows = np.random.default_rng(0).normal(size=(4000, 16))
    assert abs(mean_cosine(unit_rows(rows))) < 0.002
    assert np.isclose(mean_cosine(unit_rows(np.outer(np.arange(1, 9), [1, 2, 3]))), 1)
    assert np.isnan(mean_cosine(np.eye(3)[:1]))


@pytest.mark.parametrize("n", [2, 9, 200])
def test_a_resample_is_the_mean_over_all_pairs_of_different_words_drawn(n):
    units = unit_rows(np.random.default_rng(1).normal(size=(n, 4)) + 0.5)
    dims = np.array([2, 0])
    whole, parts = bootstrapped(units, dims, 70, seed=3)
    rng = np.random.default_rng(3)
    for sample in range(70):
        drawn = rng.integers(n, size=n)
        if n == 200 and sample % 23:
            continue
        pairs = [(i, j) for i, j in combinations(drawn, 2) if i != j]
        if not pairs:
            assert np.isnan(whole[sample])
            continue
        assert np.isclose(whole[sample], np.mean([units[i] @ units[j] for i, j in pairs]), atol=1e-9)
        each = np.mean([units[i, dims] * units[j, dims] for i, j in pairs], axis=0)
        assert np.allclose(parts[sample], each, atol=1e-9)


def test_the_interval_holds_the_true_value_as_often_as_it_says():
    """Of a shifted Gaussian the true mean cosine is known: ||E u||^2."""
    rng = np.random.default_rng(0)
    shift = np.array([1.0, 0, 0])
    truth = float((unit_rows(rng.normal(size=(400_000, 3)) + shift).mean(axis=0) ** 2).sum())
    held = 0
    for trial in range(200):
        units = unit_rows(rng.normal(size=(80, 3)) + shift)
        whole, _ = bootstrapped(units, np.array([], int), 200, seed=trial)
        low, high = np.quantile(whole, [0.05, 0.95])
        held += low <= truth <= high
    assert 0.83 <= held / 200 <= 0.96


def test_result_per_layer_and_language_over_the_rows_found():
    space = fake_space(lost=(0, 3))
    result = isotropy(space)
    assert list(result.columns) == ["layer", "language", "measure", "value", "low", "high", "n"]
    assert result.attrs["settings"]["layers"] == [0, 1, 2]
    assert len(result) == 9
    row = result[(result.layer == 1) & (result.language == "be")].iloc[0]
    members = space.vectors[1][:16][[i for i in range(16) if i not in (0, 3)]].astype(float)
    assert row.n == 14
    assert row.value == pytest.approx(slow_mean_cosine(members))
    assert all(result["low"] < result["value"]) and all(result["value"] < result["high"])


def test_the_seed_decides_the_interval_and_nothing_else():
    one, again, other = (isotropy(fake_space(), -1, measures="all", seed=seed) for seed in (1, 1, 2))
    assert one.equals(again)
    assert one["value"].equals(other["value"]) and not one["low"].equals(other["low"])
    bare = isotropy(fake_space(), -1, measures="all", bootstrap=0)
    assert bare["value"].equals(one["value"]) and bare[["low", "high"]].isna().all(axis=None)
    narrow = isotropy(fake_space(), -1, confidence=0.5)
    wide = one[one["measure"] == "mean_cosine"]
    assert (narrow["low"].to_numpy() > wide["low"].to_numpy()).all()


def test_every_measure_has_a_row_and_those_of_the_spectrum_no_interval():
    result = isotropy(fake_space(), 0, measures="all")
    assert result["measure"].tolist() == [*MEASURES] * 3
    bounded = result[["low", "high"]].notna().all(axis=1)
    assert set(result["measure"][bounded]) == {"mean_cosine", "top_1", "top_3", "top_5"}
    inside = result[bounded]
    assert ((inside["low"] <= inside["value"]) & (inside["value"] <= inside["high"])).mean() > 0.9
    assert result["value"].notna().all()


def test_one_word_has_no_isotropy_and_equal_ones_no_spectrum():
    space = fake_space(languages=("be", "en"), per_type=1, lost=(0,))
    space.vectors[:, 2:] = 1.0
    result = isotropy(space, 0, measures=["mean_cosine", "isoscore", "partition"]).set_index(["language", "measure"])
    assert result.loc["be", "value"].isna().all() and (result.loc["be", "n"] == 1).all()
    assert result.loc[("en", "mean_cosine"), "value"] == pytest.approx(1)
    assert np.isnan(result.loc[("en", "isoscore"), "value"])


def test_several_spaces_have_a_column_of_their_checkpoints():
    one, other = fake_space(seed=0), fake_space(seed=1)
    result = isotropy([one, other], -1)
    assert list(result.columns)[:2] == ["checkpoint", "layer"]
    assert result["checkpoint"].unique().tolist() == ["fake", "fake (2)"]
    alone = isotropy(other, -1)
    assert result[result["checkpoint"] == "fake (2)"]["value"].tolist() == alone["value"].tolist()


def test_only_the_layers_asked_for_are_read():
    space = fake_space()
    assert isotropy(space, -1)["layer"].unique().tolist() == [2]
    assert space.asked == [2]


def test_the_dominating_dimensions_of_a_language():
    space = fake_space(languages=("be", "en"))
    space.vectors[1, :, 7] += 40  # one dimension that all words share
    result = dominant_dimensions(space, 1, top=3)
    assert result.groupby("language")["rank"].apply(list).tolist() == [[1, 2, 3]] * 2
    first = result[result["rank"] == 1]
    assert first["dimension"].tolist() == [7, 7] and (first["share"] > 0.8).all()
    share = isotropy(space, 1, measures="top_3").set_index("language")["value"]
    both = dominant_dimensions([space, space], 1, top=3)
    assert both["checkpoint"].tolist() == ["fake"] * 6 + ["fake (2)"] * 6
    assert result.groupby("language")["share"].sum().to_dict() == pytest.approx(share.to_dict())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"measures": "isometry"}, "measures='isometry' is not possible; .* mean_cosine, isoscore"),
        ({"measures": []}, r"measures=\[\] is not possible"),
        ({"bootstrap": -1}, "bootstrap=-1"),
        ({"confidence": 95}, "confidence=95"),
    ],
)
def test_impossible_settings_are_refused(arguments, message):
    with pytest.raises(SettingsError, match=message):
        isotropy(fake_space(), **arguments)
    with pytest.raises(SettingsError, match="no space was given"):
        isotropy([])
    with pytest.raises(SettingsError, match="top=0"):
        dominant_dimensions(fake_space(), top=0)
