import tracemalloc

import numpy as np
import pandas as pd
import pytest
from fake_space import FakeSpace, fake_space
from sklearn.metrics import roc_auc_score

from embspace.analyses import pairs as pairs_module
from embspace.analyses.pairs import related_pairs, unrelated_pairs
from embspace.analyses.relatedness import relatedness, relatedness_distances
from embspace.analyses.separation import auc, overlap, separation
from embspace.analyses.transformation import transform
from embspace.errors import CorpusError, SettingsError


def word_space(n_sentences=40, dim=8, near=0.3, seed=0, languages=("en", "tr"), checkpoint="fake"):
    """Three words in each sentence; a word's vector is near that of its translation."""
    rng = np.random.default_rng(seed)
    meanings = rng.normal(size=(n_sentences, 3, dim))
    space = fake_space(languages=languages, per_type=1)
    rows, vectors = [], []
    for language in languages:
        for sentence in range(n_sentences):
            for word in range(3):
                rows.append((f"{language}{sentence}{word}", language, sentence, word, f"s{sentence}"))
                vectors.append(meanings[sentence, word] + near * rng.normal(size=(2, dim)))
    words = pd.DataFrame(rows, columns=["text", "language", "sentence", "position", "parallel"])
    words = words.assign(found=True, entity=None)
    made = FakeSpace(np.stack(vectors, axis=1), words, space.sentences)
    made.recipe["checkpoint"] = checkpoint
    return made


def links_of(space, one="en", other="tr"):
    own = space.words[space.words.language == one]
    return pd.DataFrame(
        {
            "parallel": own.parallel,
            "language_a": one,
            "word_a": own.position,
            "language_b": other,
            "word_b": own.position,
        }
    )


def row(result, **where):
    kept = np.ones(len(result), bool)
    for name, value in where.items():
        kept &= (result[name] == value).to_numpy()
    assert kept.sum() == 1
    return result[kept].iloc[0]


def slow_distance(one, other, metric):
    if metric == "l2":
        return sum((float(x) - float(y)) ** 2 for x, y in zip(one, other, strict=True)) ** 0.5
    dot = sum(float(x) * float(y) for x, y in zip(one, other, strict=True))
    return 1 - dot / np.linalg.norm(one.astype(float)) / np.linalg.norm(other.astype(float))


def slow_overlap(near, far, bins):
    low, high = min([*near, *far]), max([*near, *far])
    shares = np.zeros((2, bins))
    for side, values in enumerate((near, far)):
        for value in values:
            shares[side, min(int((value - low) / (high - low) * bins), bins - 1)] += 1 / len(values)
    return sum(min(a, b) for a, b in shares.T)


def test_every_number_equals_its_definition(monkeypatch):
    monkeypatch.setattr(pairs_module, "_CELLS", 8 * 7)  # several blocks
    space = word_space()
    links = links_of(space)
    result = relatedness(space, links, layer=1, seed=3, bootstrap=0)
    related = related_pairs(space, links, None, 3)
    unrelated = unrelated_pairs(space, related, None, 3)
    for metric in ("l2", "cosine"):
        near, far = (
            [
                slow_distance(space.vectors[1][i], space.vectors[1][j], metric)
                for i, j in zip(p.one, p.other, strict=True)
            ]
            for p in (related, unrelated)
        )
        found = row(result, metric=metric, language_a="en")
        wins = [(a < b) + 0.5 * (a == b) for a in near for b in far]
        assert found.auc == pytest.approx(np.mean(wins), abs=1e-6)
        assert found.auc == pytest.approx(roc_auc_score([0] * len(near) + [1] * len(far), near + far), abs=1e-9)
        assert found.difference == pytest.approx(np.mean(far) - np.mean(near), abs=1e-6)
        assert found.mean_related == pytest.approx(np.mean(near), abs=1e-6)
        assert found.mean_unrelated == pytest.approx(np.mean(far), abs=1e-6)
        assert found.overlap == pytest.approx(slow_overlap(near, far, 10), abs=1e-6)  # 2 * 120^(1/3) = 9.9
        assert (found.n_related, found.n_unrelated) == (120, 120)
        assert np.isnan(found.auc_low) and np.isnan(found.overlap_high)


def test_related_words_are_linked_and_unrelated_ones_of_unpaired_sentences():
    space = word_space(n_sentences=5)
    links = links_of(space)
    turned = links.rename(columns={"language_a": "language_b", "language_b": "language_a"})
    related = related_pairs(space, pd.concat([links, turned, links]), None, 0)
    assert related.languages == [("en", "tr")]
    words = space.words
    assert sorted(zip(words.text[related.one], words.text[related.other], strict=True)) == sorted(
        (f"en{s}{w}", f"tr{s}{w}") for s in range(5) for w in range(3)
    )
    unrelated = unrelated_pairs(space, related, 4000, 0)
    assert (words.language[unrelated.one] == "en").all() and (words.language[unrelated.other] == "tr").all()
    apart = list(zip(words.sentence[unrelated.one], words.sentence[unrelated.other], strict=True))
    assert all(a != b for a, b in apart) and len(set(apart)) == 20
    assert np.bincount(unrelated.one, minlength=15)[:15].min() > 4000 / 15 / 2


def test_languages_apart_and_all_together():
    space = word_space(languages=("en", "tr", "ru"))
    links = pd.concat([links_of(space), links_of(space, "ru", "tr").iloc[:30]])
    result = relatedness(space, links, metric="l2", n_related=25, n_unrelated=50, bootstrap=0)
    found = list(zip(result.language_a, result.language_b, result.n_related, result.n_unrelated, strict=True))
    assert found == [("all", "all", 50, 100), ("en", "tr", 25, 50), ("ru", "tr", 25, 50)]
    mean = result["mean_related"].to_numpy()
    assert mean[0] == pytest.approx((mean[1] + mean[2]) / 2)


def test_checkpoints_are_compared_on_the_same_pairs():
    spaces = [word_space(near=near, checkpoint=name) for near, name in ((0.9, "original"), (0.1, "adjusted"))]
    spaces.append(spaces[0])
    result = relatedness(spaces, links_of(spaces[0]), metric="cosine", bootstrap=0)
    overall = result[result.language_a == "all"].set_index("checkpoint")
    assert list(overall.index) == ["original", "adjusted", "original (2)"]
    assert overall.auc["adjusted"] > overall.auc["original"] > 0.5
    assert overall.overlap["adjusted"] < overall.overlap["original"]
    assert overall.auc["original"] == overall.auc["original (2)"]
    assert [one["checkpoint"] for one in result.attrs["settings"]["spaces"]] == ["original", "adjusted", "original"]


def test_turning_and_scaling_the_space_changes_what_it_should():
    space = word_space()
    links = links_of(space)
    turn = np.linalg.qr(np.random.default_rng(1).normal(size=(8, 8)))[0]
    moved = FakeSpace(3 * space.vectors @ turn, space.words, space.sentences)
    before, after = (relatedness(one, links, bootstrap=0) for one in (space, moved))
    assert np.allclose(before.auc, after.auc, atol=1e-6)
    factor = np.where(before.metric == "l2", 3, 1)
    assert np.allclose(before.difference * factor, after.difference, atol=1e-5)
    centered = relatedness(transform(space, "center-all"), links, metric="l2", bootstrap=0)
    assert np.allclose(centered.mean_related, before[before.metric == "l2"].mean_related, atol=1e-5)
    assert centered.attrs["settings"]["transforms"] == ["center-all"]


def test_separation_at_its_limits():
    assert auc([1, 2], [3, 4]) == 1 and auc([3, 4], [1, 2]) == 0 and auc([1, 1], [1, 1]) == 0.5
    assert overlap([1, 2, 3], [1, 2, 3]) == 1 and overlap([0, 0], [5, 5]) == 0
    assert overlap([2, 2], [2, 2]) == 1


def test_intervals_are_those_of_resampling_pairs():
    rng = np.random.default_rng(0)
    near, far = rng.normal(0, 1, 150), rng.normal(1, 1, 200)
    found = separation(near, far, 2000, 0.9, 0)
    drawn = [
        (auc(a, b), b.mean() - a.mean())
        for a, b in ((rng.choice(near, 150), rng.choice(far, 200)) for _ in range(2000))
    ]
    expected = np.quantile(drawn, [0.05, 0.95], axis=0)
    assert np.allclose(found.auc[1:], expected[:, 0], atol=0.006)
    assert np.allclose(found.difference[1:], expected[:, 1], atol=0.02)
    for value, low, high in found:
        assert low < value < high
    many = separation(rng.normal(0, 1, 30_000), rng.normal(1, 1, 30_000), 200, 0.95, 0)
    # The deviation of a difference of means of 30,000 is (2 / 30,000)^(1/2) = 0.0082.
    assert many.difference[2] - many.difference[1] == pytest.approx(2 * 1.96 * 0.0082, rel=0.15)
    assert many.auc[0] == pytest.approx(0.7602, abs=0.006)
    again = separation(near, far, 2000, 0.9, 0)
    assert again == found


def test_the_interval_of_the_overlap_holds_it_where_samples_are_alike():
    rng = np.random.default_rng(4)
    found = separation(rng.normal(size=400), rng.normal(size=400), 500, 0.95, 0)
    assert found.overlap[1] < found.overlap[0] <= found.overlap[2] <= 1


def test_histograms_count_every_distance_and_say_what_the_summary_says():
    space = word_space()
    links = links_of(space)
    result = relatedness_distances(space, links, bins=17, n_unrelated=300, seed=2)
    summary = relatedness(space, links, n_unrelated=300, seed=2, bootstrap=0)
    assert list(result.columns) == [
        "checkpoint",
        "layer",
        "metric",
        "kind",
        "low",
        "high",
        "count",
        "auc",
        "difference",
    ]
    assert result.groupby(["metric", "kind"])["count"].sum().to_dict() == {
        **{(name, "related"): 120 for name in ("l2", "cosine")},
        **{(name, "unrelated"): 300 for name in ("l2", "cosine")},
    }
    part = result[(result.metric == "l2") & (result.kind == "related")]
    assert len(part) == 17 and np.allclose(part.high[:-1], part.low[1:])
    middle = (part.low + part.high) / 2
    expected = row(summary, metric="l2", language_a="all")
    assert (middle * part["count"]).sum() / 120 == pytest.approx(
        expected.mean_related, abs=part.high.iloc[0] - part.low.iloc[0]
    )
    assert part.auc.unique().tolist() == [expected.auc]
    assert part.difference.unique().tolist() == [expected.difference]


def test_many_pairs_are_gone_through_in_flat_memory():
    space = word_space(n_sentences=300, dim=256)
    links = links_of(space)
    relatedness_distances(space, links, n_unrelated=10)
    tracemalloc.start()
    relatedness_distances(space, links, n_unrelated=200_000, metric="l2", bins=50)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # The vectors of both sides of the pairs would take 820 MB.
    assert peak < 100e6


def test_entities_without_links_are_related_where_parallel_and_unrelated_where_others():
    space = fake_space(per_type=6, lost=(3,))
    result = relatedness(space, metric="l2", bootstrap=0)
    assert result.n_related.tolist() == [11 + 11 + 12, 11, 11, 12]
    related = related_pairs(space, None, None, 0)
    unrelated = unrelated_pairs(space, related, 500, 0)
    entity = space.words.entity
    assert (entity[related.one].to_numpy() == entity[related.other].to_numpy()).all()
    assert (entity[unrelated.one].to_numpy() != entity[unrelated.other].to_numpy()).all()
    assert 3 not in unrelated.one and 3 not in unrelated.other


def test_rows_without_a_direction_have_no_cosine():
    space = word_space()
    space.vectors[:, 0] = 0
    space.vectors[:, 1] = np.inf
    result = relatedness(space, links_of(space), bootstrap=0)
    assert row(result, metric="l2", language_a="all").n_related == 119
    assert row(result, metric="cosine", language_a="all").n_related == 118


def test_what_cannot_be_compared_is_refused():
    space = word_space()
    links = links_of(space)
    with pytest.raises(SettingsError, match="none of these links joins two words"):
        relatedness(space, links.assign(parallel="elsewhere"))
    with pytest.raises(SettingsError, match="no entities that share `parallel`"):
        relatedness(space)
    with pytest.raises(CorpusError, match="no column 'word_a'"):
        relatedness(space, links.drop(columns="word_a"))
    one = word_space(n_sentences=1)
    with pytest.raises(SettingsError, match="Unrelated words of en and tr are needed"):
        relatedness(one, links_of(one))
    for setting, message in (
        ({"metric": "l1"}, "one or several of l2, cosine"),
        ({"n_unrelated": 0}, "n_unrelated=0 is not possible"),
        ({"bootstrap": -1}, "bootstrap=-1"),
    ):
        with pytest.raises(SettingsError, match=message):
            relatedness(space, links, **setting)
    with pytest.raises(SettingsError, match="bins=0"):
        relatedness_distances(space, links, bins=0)
    with pytest.raises(SettingsError, match="no space was given"):
        relatedness([], links)
