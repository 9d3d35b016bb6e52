import numpy as np
import pytest
from fake_space import FakeSpace, fake_space

from embspace.analyses import change as change_module
from embspace.analyses import neighbor_overlap as overlap_module
from embspace.analyses.change import change
from embspace.analyses.cka import cka, linear_cka
from embspace.analyses.neighbor_overlap import neighbor_overlap
from embspace.analyses.transformation import transform
from embspace.errors import SettingsError


def pair(lost=(), **settings):
    """A space and one of the same words whose vectors have moved."""
    before = fake_space(lost=lost, **settings)
    moves = np.random.default_rng(9).normal(size=before.vectors.shape)
    return before, FakeSpace(before.vectors + moves, before.words, before.sentences)


def turned(space, seed=1, scale=2.5, shift=1.0):
    turn = np.linalg.qr(np.random.default_rng(seed).normal(size=(space.dim, space.dim)))[0]
    return FakeSpace(scale * space.vectors @ turn + shift, space.words, space.sentences)


def test_drift_equals_its_definition_word_by_word(monkeypatch):
    monkeypatch.setattr(change_module, "_CELLS", 12 * 7)
    before, after = pair(lost=(2, 30))
    result = change(before, after, layer=[0, 2], by="word")
    assert " ".join(result.columns) == "layer layer_after text language sentence position cosine l2"
    assert len(result) == 2 * 46
    found = before.words[before.words["found"]].reset_index()
    for layer in (0, 2):
        part = result[result["layer"] == layer].reset_index(drop=True)
        assert part["text"].tolist() == found["text"].tolist()
        for at, row in enumerate(found["index"]):
            u, v = (space.vectors[layer][row].astype(float) for space in (before, after))
            assert part["l2"][at] == pytest.approx(
                sum((a - b) ** 2 for a, b in zip(u, v, strict=True)) ** 0.5, abs=1e-6
            )
            cosine = 1 - u @ v / np.sqrt(u @ u) / np.sqrt(v @ v)
            assert part["cosine"][at] == pytest.approx(cosine, abs=1e-6)


def test_forms_and_languages_are_means_the_most_moved_first():
    before, after = pair()
    before.words["text"] = after.words["text"] = before.words["text"].str[:3]
    words, forms, languages = (change(before, after, by=by) for by in ("word", "form", "language"))
    assert len(forms) == 6 and forms["n"].tolist() == [8] * 6
    assert forms["cosine"].is_monotonic_decreasing
    for _, row in forms.iterrows():
        own = words[(words["text"] == row["text"]) & (words["language"] == row["language"])]
        assert row["cosine"] == pytest.approx(own["cosine"].mean()) and row["l2"] == pytest.approx(own["l2"].mean())
    assert languages["language"].tolist()[0] == "all" and sorted(languages["language"][1:]) == ["be", "en", "tr"]
    assert languages["cosine"][0] == pytest.approx(words["cosine"].mean())
    assert languages["n"].tolist() == [48, 16, 16, 16]


def test_nothing_moves_in_identical_spaces():
    space = fake_space(lost=(4,))
    same = FakeSpace(space.vectors.copy(), space.words.copy(), space.sentences)
    result = change(space, same, layer=None)
    assert (result["cosine"] == 0).all() and (result["l2"] == 0).all()
    assert np.allclose(cka(space, same).query("layer == layer_after")["value"], 1)
    assert (neighbor_overlap(space, same, k=5)["value"] == 1).all()


def test_two_layers_of_one_space():
    space = fake_space()
    result = change(space, space, layer=0, layer_after=-1, by="word")
    assert result["layer_after"].unique().tolist() == [2]
    expected = np.linalg.norm(space.vectors[0].astype(float) - space.vectors[2], axis=1)
    assert np.allclose(result["l2"], expected, atol=1e-6)
    with pytest.raises(SettingsError, match="2 stand against 1"):
        change(space, space, layer=[0, 1], layer_after=2)
    curve = neighbor_overlap(space, space, layer=[0, 1], layer_after=[1, 2], k=3)
    assert curve[["layer", "layer_after"]].drop_duplicates().to_numpy().tolist() == [[0, 1], [1, 2]]


def test_rows_without_a_direction_have_no_cosine():
    before, after = pair()
    after.vectors[:, 0] = 0
    result = change(before, after, by="word")
    assert np.isnan(result["cosine"][0]) and result["l2"][0] > 0
    assert np.isfinite(change(before, after, by="language")["cosine"]).all()


def slow_hsic(k, m, unbiased):
    """The definitions of Gretton et al. (2005) and Song et al. (2012), over kernel matrices."""
    n = len(k)
    if not unbiased:
        h = np.eye(n) - 1 / n
        return np.trace(k @ h @ m @ h)
    k, m, ones = k - np.diag(np.diag(k)), m - np.diag(np.diag(m)), np.ones(n)
    whole = np.trace(k @ m) + (ones @ k @ ones) * (ones @ m @ ones) / (n - 1) / (n - 2)
    return (whole - 2 / (n - 2) * ones @ k @ m @ ones) / n / (n - 3)


@pytest.mark.parametrize("unbiased", [True, False])
def test_cka_equals_its_definition_over_kernels(unbiased):
    before, after = pair(lost=(3,))
    result = cka(before, after, layer=[0, 2], layer_after=[1, 2, 0], unbiased=unbiased)
    assert result["n"].unique().tolist() == [47] and len(result) == 6
    kept = before.words["found"].to_numpy(dtype=bool)
    for _, row in result.iterrows():
        x, y = before.vectors[int(row["layer"])][kept], after.vectors[int(row["layer_after"])][kept]
        k, m = (one.astype(float) @ one.astype(float).T for one in (x, y))
        expected = slow_hsic(k, m, unbiased) / np.sqrt(slow_hsic(k, k, unbiased) * slow_hsic(m, m, unbiased))
        assert row["value"] == pytest.approx(expected, abs=1e-6)
        assert linear_cka(x, y, unbiased=unbiased) == pytest.approx(row["value"])


@pytest.mark.parametrize("unbiased", [True, False])
def test_cka_does_not_change_with_rotation_scale_and_shift(unbiased):
    before, after = pair()
    plain, moved = (cka(before, one, unbiased=unbiased)["value"] for one in (after, turned(after)))
    assert np.allclose(plain, moved, atol=1e-6)
    assert np.allclose(cka(before, turned(before), unbiased=unbiased).query("layer == layer_after")["value"], 1)
    back = cka(after, before, unbiased=unbiased).pivot(index="layer", columns="layer_after", values="value")
    assert np.allclose(back.to_numpy().T.ravel(), plain)


def test_unbiased_cka_of_independent_vectors_is_zero_and_biased_is_not():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(60, 80)), rng.normal(size=(60, 100))
    assert abs(linear_cka(x, y)) < 0.05
    assert linear_cka(x, y, unbiased=False) > 0.4
    assert np.isnan(linear_cka(x, np.full((60, 3), 0.1)))
    with pytest.raises(SettingsError, match="4 or more; these are 60 and 3"):
        linear_cka(x, y[:3])


def test_cka_of_a_sample_of_the_words():
    before, after = pair(per_type=60)
    some = cka(before, after, sample=100, seed=1)
    assert some["n"].unique().tolist() == [100]
    assert some.equals(cka(before, after, sample=100, seed=1)) and not some.equals(
        cka(before, after, sample=100, seed=2)
    )
    assert np.abs(some["value"] - cka(before, after)["value"]).max() < 0.1
    after.vectors[1, 5] = np.inf
    assert cka(before, after)["n"].unique().tolist() == [359]


def slow_neighbors(vectors, row, k):
    units = vectors.astype(float) / np.linalg.norm(vectors.astype(float), axis=1, keepdims=True)
    return set(
        sorted((j for j in range(len(units)) if j != row), key=lambda j: (-round(units[row] @ units[j], 12), j))[:k]
    )


def test_neighbor_overlap_equals_its_definition(monkeypatch):
    monkeypatch.setattr(overlap_module, "_HELD", 13)  # looked for in three parts
    before, after = pair()
    result = neighbor_overlap(before, after, k=4)
    assert list(result.columns) == ["layer", "layer_after", "language", "value", "n"]
    for layer in range(3):
        values = []
        for row in range(before.n_words):
            one, other = (slow_neighbors(space.vectors[layer], row, 4) for space in (before, after))
            values.append(len(one & other) / len(one | other))
        part = result[result["layer"] == layer].set_index("language")
        assert part["value"]["all"] == pytest.approx(np.mean(values), abs=1e-9)
        assert part["value"]["en"] == pytest.approx(np.mean(values[16:32]), abs=1e-9)
        assert part["n"].to_dict() == {"all": 48, "be": 16, "en": 16, "tr": 16}


def test_neighbors_stay_under_rotation_and_of_a_sample_too():
    before, after = pair(lost=(7,))
    same = neighbor_overlap(before, turned(before, shift=0), k=5, sample=20)
    assert (same["value"] == 1).all()
    assert same.query("language == 'all'")["n"].tolist() == [20] * 3
    after.vectors[:, 3] = 0
    assert neighbor_overlap(before, after, k=5).query("language == 'all'")["n"].tolist() == [46] * 3
    with pytest.raises(SettingsError, match="possible are 1 to 45"):
        neighbor_overlap(before, after, k=46)
    with pytest.raises(SettingsError, match="sample=0"):
        neighbor_overlap(before, after, sample=0)


def test_spaces_of_other_words_are_refused():
    before, after = pair()
    after.words = after.words.copy()
    after.words.loc[5, "text"] = "elsewhere"
    for analysis in (change, cka, neighbor_overlap):
        with pytest.raises(SettingsError, match=r"the text of word 5 is 'per5' before and 'elsewhere' after"):
            analysis(before, after)
    with pytest.raises(SettingsError, match="48 before and 16 after"):
        change(before, before.select(language="en"))
    with pytest.raises(SettingsError, match="by='type' is not possible"):
        change(before, before, by="type")  # pyright: ignore[reportArgumentType]


def test_widths_may_differ_but_for_distances():
    before, after = fake_space(), fake_space(dim=5)
    assert len(cka(before, after)) == 9 and len(neighbor_overlap(before, after, k=3)) == 12
    with pytest.raises(SettingsError, match="12 before and 5 after"):
        change(before, after)


def test_transforms_come_first_and_are_told():
    before, after = pair()
    result = change(transform(before, "center"), transform(after, "center"), by="word")
    x, y = (transform(one, "center").layer(2).astype(float) for one in (before, after))
    assert np.allclose(result["l2"], np.linalg.norm(x - y, axis=1), atol=1e-6)
    assert [one["transforms"] for one in result.attrs["settings"]["spaces"]] == [["center"], ["center"]]
