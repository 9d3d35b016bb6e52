import numpy as np
import pytest
from fake_space import fake_space

from embspace.analyses.hubness import COLUMNS, hub_skewness, hubness, skewness
from embspace.errors import SettingsError


def slow_counts(space, layer, one, other, k):
    vectors = space.vectors[layer].astype(float)
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    asking, asked = (np.flatnonzero((space.words.language == code) & space.words.found) for code in (one, other))
    counts = dict.fromkeys(asked.tolist(), 0)
    for i in asking:
        near = sorted((j for j in asked.tolist() if j != i), key=lambda j: -units[i] @ units[j])
        for j in near[:k]:
            counts[j] += 1
    return counts


def test_counts_equal_the_definition_in_every_pair():
    space = fake_space(languages=("be", "en"), lost=(2,))
    result = hubness(space, layer=[0, 2], k=3)
    assert list(result.columns) == COLUMNS
    pairs = result.groupby(["layer", "language_a", "language_b"])
    assert len(pairs) == 2 * 4
    for (layer, one, other), lines in pairs:
        assert dict(zip(lines["row"], lines["count"], strict=True)) == slow_counts(space, layer, one, other, 3)
        assert lines["count"].is_monotonic_decreasing
        asking = 15 if one == "be" else 16
        assert lines["count"].sum() == 3 * asking
        assert lines["expected"].unique() == pytest.approx([3 * asking / len(lines)])
        assert (lines["language_b"] == space.words["language"].iloc[lines["row"]].to_numpy()).all()
    line = result.iloc[0]
    assert line["context"][line["start"] : line["stop"]] == line["text"]
    assert result.attrs["settings"]["k"] == 3


def test_skewness_is_the_third_standardized_moment():
    counts = np.array([0, 0, 1, 2, 7, 0, 4])
    mean, deviation = counts.mean(), counts.std()
    assert skewness(counts) == pytest.approx(np.mean([((one - mean) / deviation) ** 3 for one in counts]))
    assert skewness([1, 2, 3]) == pytest.approx(0)
    assert np.isnan(skewness([4, 4, 4]))
    space = fake_space(languages=("be", "en"))
    result = hubness(space, k=3)
    table = hub_skewness(result)
    assert list(table.columns) == ["layer", "language_a", "language_b", "value", "largest", "never", "n"]
    for line in table.itertuples():
        counts = np.array(list(slow_counts(space, 2, line.language_a, line.language_b, 3).values()))
        assert line.value == pytest.approx(skewness(counts))
        assert (line.largest, line.never, line.n) == (counts.max(), np.mean(counts == 0), 16)
    assert table.attrs["settings"]["analysis"] == "hub_skewness"


def test_a_word_amid_all_others_is_a_hub_and_csls_lowers_it():
    space = fake_space(languages=("be", "en"), per_type=30, dim=60)
    rng = np.random.default_rng(0)
    space.vectors[:] = rng.normal(size=space.vectors.shape)
    middle = np.flatnonzero(space.words["language"] == "en")[7]
    common = 4 * np.eye(60)[0]
    space.vectors[:, space.words["language"] == "be"] += common
    space.vectors[:, middle] = common
    top = hubness(space, k=5).query("language_a == 'be' and language_b == 'en'").iloc[0]
    assert (top["row"], top["count"]) == (middle, 60)
    lowered = hubness(space, k=5, metric="csls").query("language_a == 'be' and language_b == 'en'")
    assert lowered.loc[lowered["row"] == middle, "count"].item() < 60


def test_what_is_not_possible_is_refused():
    with pytest.raises(SettingsError, match="k=0 is not possible"):
        hubness(fake_space(), k=0)
    with pytest.raises(SettingsError, match="fewer than two were found"):
        hubness(fake_space(languages=("be",), per_type=1, lost=(0, 1)))
