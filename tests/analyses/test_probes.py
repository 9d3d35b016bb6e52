import numpy as np
import pytest
from fake_space import fake_space
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from embspace.analyses.probes import _Task, probe
from embspace.errors import SettingsError


def accuracies(result, layer=0):
    rows = result[result["layer"] == layer]
    return dict(zip(rows["measure"], rows["value"], strict=True))


@pytest.fixture
def space():
    return fake_space(per_type=20)


def test_what_the_clusters_hold_is_read_and_what_they_do_not_is_not(space):
    assert accuracies(probe(space))["probe"] == 1
    assert accuracies(probe(space, target="type"), 2)["probe"] == 1
    rng = np.random.default_rng(0)
    space.vectors[1] = rng.normal(size=space.vectors[1].shape)
    values = accuracies(probe(space, 1, test=0.5), 1)
    assert abs(values["probe"] - 1 / 3) < 0.15


def test_result_has_a_row_per_layer_and_measure(space):
    result = probe(space, [0, -1])
    assert list(result.columns) == ["layer", "measure", "value", "n_train", "n_test"]
    assert result["measure"].tolist() == ["probe", "control", "selectivity", "majority"] * 2
    values = accuracies(result)
    assert values["selectivity"] == pytest.approx(values["probe"] - values["control"])
    assert (result["n_train"] + result["n_test"] == 120).all() and (result["n_test"] == 24).all()
    assert result.attrs["settings"]["target"] == "language"
    assert result.equals(probe(space, [0, -1]))
    assert not result.equals(probe(space, [0, -1], seed=1))


def test_equals_a_logistic_regression_on_standardized_rows(space):
    space.vectors[0] = np.random.default_rng(1).normal(size=space.vectors[0].shape) + space.vectors[0] * 0.1
    task = _Task(space.words, "type", "sentences", 0.5, 10_000, 3)
    train, test = task._rows
    labels = space.words["type"].to_numpy()
    own = make_pipeline(StandardScaler(), LogisticRegression(C=0.7, max_iter=1000))
    own.fit(space.vectors[0][train], labels[train])
    expected = own.score(space.vectors[0][test], labels[test])
    assert 0.5 < expected < 1
    assert accuracies(probe(space, 0, target="type", test=0.5, seed=3, strength=0.7))["probe"] == expected


@pytest.mark.parametrize("seed", range(5))
def test_training_and_test_share_no_sentence_or_no_word(space, seed):
    space.words.loc[::3, "text"] = space.words["text"].str.upper()[::3]
    space.words.loc[space.words.index[:7], "parallel"] = None
    for split, groups in (
        ("words", space.words["text"].str.casefold()),
        ("sentences", space.words["parallel"].fillna(space.words["sentence"].astype(str))),
    ):
        train, test = _Task(space.words, "language", split, 0.3, 10_000, seed)._rows
        assert len(train) and len(test) and not set(groups[train]) & set(groups[test])
        assert len(train) + len(test) == 120
        assert 0.25 < len(test) / 120 < 0.4


def test_the_control_learns_forms_by_heart_and_not_those_it_has_not_seen():
    """Vectors that say the form and nothing else: a probe can only learn by heart."""
    space = fake_space(languages=("be", "en"), per_type=300, n_layers=1, dim=60)
    rng = np.random.default_rng(0)
    forms = rng.integers(60, size=space.n_words)
    space.words["text"] = [f"w{form}" if row % 2 else f"W{form}" for row, form in enumerate(forms)]
    space.words["type"] = np.array(["PER", "LOC"])[forms % 2]
    space.words["parallel"] = None
    space.vectors[0] = np.eye(60)[forms]
    seen = accuracies(probe(space, target="type"))
    assert seen["probe"] == seen["control"] == 1 and seen["selectivity"] == 0
    unseen = accuracies(probe(space, target="type", split="words", test=0.5))
    assert unseen["probe"] < 0.7 and unseen["control"] < 0.75


def test_a_label_of_the_control_belongs_to_a_form_and_has_the_frequencies_of_the_real_ones():
    space = fake_space(languages=("en",), per_type=1500, n_layers=1, dim=2)
    space.words["text"] = [f"w{row // 2}" for row in range(space.n_words)]
    space.words["type"] = ["PER" if row % 10 else "LOC" for row in range(space.n_words)]
    task = _Task(space.words, "type", "sentences", 0.3, 10_000, 0)
    given = np.empty(space.n_words, int)
    for rows, labels in zip(task._rows, task._labels["control"], strict=True):
        given[rows] = labels
    assert (given[::2] == given[1::2]).all()
    assert np.mean(given == 1) == pytest.approx(0.9, abs=0.03)


def test_no_more_words_than_asked_for_are_used(space):
    result = probe(space, 0, most=30)
    assert set(result["n_train"]) == {30} and set(result["n_test"]) == {24}


def test_rows_without_a_vector_or_a_label_are_left_out():
    space = fake_space(per_type=20, lost=(0, 1, 2))
    space.words.loc[[5, 6], "type"] = None
    result = probe(space, 0, target="type")
    assert (result["n_train"] + result["n_test"] == 115).all()
    space.vectors[0, 9] = np.nan  # found, and yet without a vector
    result = probe(space, 0, target="type")
    assert (result["n_train"] + result["n_test"] == 114).all() and result["value"].notna().all()


def test_blocks_do_not_change_the_scores(space, monkeypatch):
    whole = probe(space)
    monkeypatch.setattr("embspace.analyses.probes._BLOCK", 7)
    assert probe(space).equals(whole)


def test_several_spaces_have_a_column_of_their_checkpoints(space):
    result = probe([space, fake_space(per_type=20, seed=4)], -1)
    assert result["checkpoint"].unique().tolist() == ["fake", "fake (2)"] and len(result) == 8


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"target": "color"}, "no column 'color'; possible are text, language"),
        ({"split": "letters"}, "split='letters'"),
        ({"test": 1.0}, r"test=1\.0"),
        ({"most": 1}, "most=1"),
        ({"strength": 0}, "strength=0"),
        ({"layer": 9}, "Layer 9 does not exist"),
    ],
)
def test_impossible_settings_are_refused(space, arguments, message):
    with pytest.raises(SettingsError, match=message):
        probe(space, **arguments)


def test_one_label_or_one_group_is_nothing_to_probe(space):
    with pytest.raises(SettingsError, match="'language' has 1: en"):
        probe(fake_space(languages=("en",)))
    space.words["text"] = "one"
    with pytest.raises(SettingsError, match='split="words" holds some of them out, but there is only one'):
        probe(space, split="words")
    space.words["text"] = space.words["language"]
    space.words["type"] = space.words["language"].map({"be": "PER", "en": "LOC", "tr": None})
    with pytest.raises(SettingsError, match="only one label is left to learn"):
        probe(space, target="type", split="words")
