import numpy as np
import pytest
from fake_space import FakeSpace, fake_space
from scipy.spatial.distance import pdist, squareform
from sklearn.metrics import silhouette_score

from embspace.analyses import grouping as module
from embspace.analyses.grouping import COLUMNS, grouping
from embspace.errors import SettingsError


def uneven(seed=0, lost=(3,), languages=("be", "en", "tr")):
    """Groups of different sizes, one of them alone in its type."""
    space = fake_space(languages=languages, per_type=9, seed=seed, lost=lost)
    space.words.loc[[0, 1, 2, 20, 21, 40], "type"] = "ORG"
    space.words.loc[5, "type"] = "MISC"
    space.words.loc[[7, 30], "type"] = None
    return space


def of(result, measure, factor, layer=2, column="value"):
    row = result[(result.measure == measure) & (result.factor == factor) & (result.layer == layer)]
    return row[column].item()


def units_and_labels(space, layer):
    kept = (space.words.found & space.words.type.notna()).to_numpy()
    vectors = space.vectors[layer][kept].astype(float)
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return units, space.words.language[kept].to_numpy(dtype=str), space.words.type[kept].to_numpy(dtype=str)


def test_silhouettes_equal_those_over_all_pairs():
    space = uneven()
    result = grouping(space)
    assert list(result.columns) == COLUMNS
    for layer in range(3):
        units, language, type = units_and_labels(space, layer)
        for factor, labels in (("language", language), ("type", type)):
            expected = silhouette_score(units, labels, metric="cosine")
            assert of(result, "silhouette", factor, layer) == pytest.approx(expected, abs=1e-12)
            assert of(result, "silhouette", factor, layer, "n") == len(units)


def test_purity_equals_a_loop_over_neighbors():
    space = uneven()
    result = grouping(space, k=4)
    units, language, type = units_and_labels(space, 2)
    for factor, labels in (("language", language), ("type", type)):
        shares, chances = [], []
        for i in range(len(units)):
            others = sorted((j for j in range(len(units)) if j != i), key=lambda j: -units[i] @ units[j])
            shares.append(np.mean([labels[j] == labels[i] for j in others[:4]]))
            chances.append(np.mean([labels[j] == labels[i] for j in others]))
        assert of(result, "purity", factor) == pytest.approx(np.mean(shares))
        assert of(result, "purity", factor, column="chance") == pytest.approx(np.mean(chances))


def test_nearer_equals_a_loop_over_words():
    space = uneven()
    units, language, type = units_and_labels(space, 1)
    mine = []
    for i in range(len(units)):
        own_language = [
            units[i] @ units[j] for j in range(len(units)) if language[j] == language[i] and type[j] != type[i]
        ]
        own_type = [units[i] @ units[j] for j in range(len(units)) if language[j] != language[i] and type[j] == type[i]]
        if own_language and own_type:
            mine.append(np.mean(own_language) > np.mean(own_type))
    result = grouping(space, layer=1)
    assert of(result, "nearer", "language", 1) == pytest.approx(np.mean(mine))
    assert of(result, "nearer", "type", 1) == pytest.approx(1 - np.mean(mine))
    assert of(result, "nearer", "type", 1, "n") == len(mine) < len(units)


def design(*factors):
    """Dummies of each factor, beside an intercept."""
    columns = [np.ones(len(factors[0]))]
    for one in factors:
        columns += [(one == value).astype(float) for value in sorted(set(one))]
    return np.array(columns).T


def explained(distances, model):
    """Anderson 2001 / McArdle and Anderson 2001: tr(H G), G = -1/2 the doubly centered squared distances."""
    n = len(distances)
    center = np.eye(n) - 1 / n
    gower = center @ (-0.5 * distances**2) @ center
    hat = model @ np.linalg.pinv(model)
    return np.trace(hat @ gower), np.trace(gower), np.linalg.matrix_rank(model)


def slow_permanova(units, one, other):
    distances = squareform(pdist(units))
    cells = np.char.add(np.char.add(one, "/"), other)
    first, total, r1 = explained(distances, design(one))
    second, _, r2 = explained(distances, design(other))
    both, _, r12 = explained(distances, design(one, other))
    full, _, r = explained(distances, design(cells))
    error = (total - full) / (len(units) - r)
    terms = {
        ("variance", "language"): (first, r1 - 1),
        ("variance", "type"): (both - first, r12 - r1),
        ("variance", "interaction"): (full - both, r - r12),
        ("variance, marginal", "language"): (both - second, r12 - r2),
        ("variance, marginal", "type"): (both - first, r12 - r1),
    }
    return {name: (ss / total, df, ss / df / error) for name, (ss, df) in terms.items()}, (total - full) / total


@pytest.mark.parametrize("balanced", [True, False])
def test_variance_equals_permanova_over_distances(balanced):
    space = fake_space(per_type=6) if balanced else uneven()
    result = grouping(space)
    for layer in (0, 2):
        units, language, type = units_and_labels(space, layer)
        expected, rest = slow_permanova(units, language, type)
        for (measure, factor), (share, df, f) in expected.items():
            assert of(result, measure, factor, layer) == pytest.approx(share, abs=1e-10)
            assert of(result, measure, factor, layer, "f") == pytest.approx(f, rel=1e-8)
            assert of(result, measure, factor, layer, "chance") == pytest.approx(df / (len(units) - 1))
        assert of(result, "variance", "rest", layer) == pytest.approx(rest)
        assert result[(result.measure == "variance") & (result.layer == layer)]["value"].sum() == pytest.approx(1)
    one = of(result, "variance", "language"), of(result, "variance, marginal", "language")
    assert (one[0] == pytest.approx(one[1])) == balanced


def test_total_is_the_mean_of_all_squared_distances():
    """Anderson 2001: SS_T = 1/N sum d^2, and within groups 1/n of each group's."""
    units, language, _ = units_and_labels(fake_space(), 0)
    squares = squareform(pdist(units)) ** 2
    within = sum(
        squares[np.ix_(language == one, language == one)].sum() / 2 / (language == one).sum() for one in set(language)
    )
    total = squares.sum() / 2 / len(units)
    assert of(grouping(fake_space()), "variance", "language", 0) == pytest.approx(1 - within / total)


def test_p_of_shuffled_words():
    space = uneven()
    result = grouping(space, layer=2, permutations=39)
    assert of(result, "variance", "language", column="p") == pytest.approx(1 / 40)
    assert np.isnan(of(result, "variance", "rest", column="p"))
    assert of(grouping(space, layer=2), "variance", "language", column="p") != 0
    assert grouping(space, layer=2)["p"].isna().all()
    ps = []
    for seed in range(40):
        noise = fake_space(per_type=5)
        noise.vectors[:] = np.random.default_rng(seed).normal(size=noise.vectors.shape)
        ps.append(of(grouping(noise, layer=2, permutations=19, seed=seed), "variance", "type", column="p"))
    assert 0.3 < np.mean(ps) < 0.7
    assert set(np.round(np.array(ps) * 20)) <= set(range(1, 21))


def test_vectors_that_know_nothing_are_at_chance():
    space = fake_space(per_type=150)
    space.vectors[:] = np.random.default_rng(0).normal(size=space.vectors.shape)
    result = grouping(space, layer=0)
    for factor in ("language", "type"):
        assert of(result, "purity", factor, 0) == pytest.approx(of(result, "purity", factor, 0, "chance"), abs=0.02)
        assert of(result, "variance", factor, 0) == pytest.approx(
            of(result, "variance", factor, 0, "chance"), abs=0.003
        )
        assert of(result, "silhouette", factor, 0) == pytest.approx(0, abs=0.02)


def test_a_space_by_language_alone_and_by_type_alone():
    space = fake_space(per_type=10)
    groups = {"language": space.words["language"].factorize()[0], "type": space.words["type"].factorize()[0]}
    for factor, other in (("language", "type"), ("type", "language")):
        space.vectors[:] = np.eye(space.dim)[groups[factor]]
        result = grouping(space, layer=2)
        assert of(result, "silhouette", factor) == pytest.approx(1)
        assert of(result, "purity", factor) == 1
        assert of(result, "nearer", factor) == 1
        assert of(result, "variance", factor) == pytest.approx(1)
        assert of(result, "variance", other) == pytest.approx(0, abs=1e-12)
        # Equally near words come in a random order, so the other label is as in a draw.
        assert of(result, "purity", other) < 0.75


def test_does_not_change_with_rotation_or_length_or_blocks(monkeypatch):
    space = uneven()
    turn = np.linalg.qr(np.random.default_rng(1).normal(size=(12, 12)))[0]
    lengths = np.random.default_rng(2).uniform(0.1, 9, size=(space.n_words, 1))
    turned = FakeSpace(space.vectors @ turn * lengths, space.words, space.sentences)
    one = grouping(space)
    monkeypatch.setattr(module, "_CELLS", 7 * space.dim)
    assert np.allclose(one["value"], grouping(turned)["value"], atol=1e-5)  # pyright: ignore
    assert np.allclose(one["value"], grouping(space)["value"], atol=1e-12)  # pyright: ignore


def test_of_many_words_a_sample_counts_in_purity():
    space = fake_space(per_type=60)
    result = grouping(space, layer=0, sample=100)
    assert of(result, "purity", "type", 0, "n") == 100
    assert of(result, "silhouette", "type", 0, "n") == 360
    assert of(result, "purity", "language", 0) == pytest.approx(of(grouping(space), "purity", "language", 0), abs=0.15)
    assert result.attrs["settings"]["sample"] == 100


def test_what_cannot_be_told_says_why():
    space = fake_space(languages=("be",))
    result = grouping(space)
    line = result[(result.measure == "silhouette") & (result.factor == "language")].iloc[0]
    assert np.isnan(line["value"])
    assert line["why"] == "all words have the same language"
    assert np.isfinite(of(result, "silhouette", "type"))
    same = fake_space()
    same.vectors[:] = 2
    result = grouping(same, layer=0)
    assert of(result, "variance", "type", 0, "why") == "all vectors point in one direction"
    assert of(result, "silhouette", "type", 0) == 0
    assert of(result, "nearer", "type", 0) == 0.5
    zero = fake_space()
    zero.vectors[:] = 0
    assert set(grouping(zero, layer=0)["why"]) == {"0 words have a direction"}


def test_other_columns_and_several_checkpoints():
    one, other = fake_space(), fake_space(seed=1)
    result = grouping([one, other], layer=-1)
    assert result["checkpoint"].unique().tolist() == ["fake", "fake (2)"]
    second = result[result["checkpoint"] == "fake (2)"].reset_index(drop=True)
    assert second["value"].tolist() == grouping(other, layer=-1)["value"].tolist()
    assert set(grouping(one, by=("language", "tag"))["factor"]) == {"language", "tag", "interaction", "rest"}


def test_what_is_not_possible_is_refused():
    space = fake_space()
    with pytest.raises(SettingsError, match="no column 'kind'"):
        grouping(space, by=("language", "kind"))
    with pytest.raises(SettingsError, match="are not possible; two different columns"):
        grouping(space, by=("language", "language"))
    space.words["type"] = None
    with pytest.raises(SettingsError, match=r"Only 0 words .* Known of its words are language, tag, entity"):
        grouping(space)
