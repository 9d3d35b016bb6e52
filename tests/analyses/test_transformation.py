import numpy as np
import pandas as pd
import pytest
from fake_space import FakeSpace, fake_space

from embspace.analyses import transforms
from embspace.analyses.isotropy import isotropy
from embspace.analyses.linking import linked_rows
from embspace.analyses.projection import project
from embspace.analyses.similarity import similarity
from embspace.analyses.transformation import transform
from embspace.errors import CorpusError, SettingsError


def found_rows(space, layer=1):
    found = space.words["found"].to_numpy(dtype=bool)
    return found, space.vectors[layer][found].astype(float)


@pytest.mark.parametrize(
    ("step", "slow"),
    [
        ("center", lambda rows, languages: transforms.center(rows, languages)),
        ("center-all", lambda rows, _: transforms.center(rows)),
        ("all-but-the-top", lambda rows, _: transforms.all_but_the_top(rows)),
        ("all-but-the-top:3", lambda rows, _: transforms.all_but_the_top(rows, 3)),
        ("whiten", lambda rows, _: transforms.whiten(rows)),
        ("z", lambda rows, _: transforms.z_normalize(rows)),
    ],
)
def test_a_step_is_the_arithmetic_of_transforms_over_the_rows_found(step, slow, monkeypatch):
    monkeypatch.setattr("embspace.analyses.transformation._CELLS", 12 * 7)  # several blocks
    space = fake_space(lost=(1, 30))
    found, rows = found_rows(space)
    out = transform(space, step).layer(1)
    assert out.dtype == np.float32 and out.shape == (space.n_words, space.dim)
    assert np.allclose(out[found], slow(rows, space.words["language"].to_numpy()[found]), atol=1e-6)
    assert np.isnan(out[~found]).all()


def test_steps_follow_one_another_and_views_of_views_are_the_same_chain():
    space = fake_space()
    rows = space.vectors[2].astype(float)
    expected = transforms.whiten(transforms.center(rows, space.words["language"]))
    chain = transform(space, "center", "whiten")
    assert np.allclose(chain.layer(2), expected, atol=1e-5)
    nested = transform(transform(space, "center"), "whiten")
    assert np.allclose(nested.layer(2), chain.layer(2), atol=1e-6)
    assert chain.recipe["transforms"] == nested.recipe["transforms"] == ["center", "whiten"]
    assert transform(space) is space


def test_the_stored_vectors_stay_as_they_were():
    space = fake_space()
    before = space.vectors.copy()
    made = transform(space, "z")
    first = made.layer(0)
    first[:] = 0
    assert np.array_equal(space.vectors, before)
    assert made.layer(0).any()


def rotated_space():
    """Turkish and Belarusian are turned copies of English."""
    space = fake_space(per_type=10, dim=6)
    rng = np.random.default_rng(5)
    english = space.words["language"].to_numpy() == "en"
    for code in ("be", "tr"):
        turn = np.linalg.qr(rng.normal(size=(6, 6)))[0]
        space.vectors[:, space.words["language"].to_numpy() == code] = space.vectors[:, english] @ turn
    return space


def test_rotation_brings_parallel_entities_together():
    space = rotated_space()
    out = transform(space, "rotate:en").layer(1).reshape(3, 20, 6)
    assert np.allclose(out[0], out[1], atol=1e-4)
    assert np.allclose(out[2], out[1], atol=1e-4)
    assert np.array_equal(out[1], space.vectors[1].reshape(3, 20, 6)[1])
    values = similarity(transform(space, "rotate:en"), 1)
    assert np.allclose(values["value"], 1, atol=1e-6)


def test_rotation_is_orthogonal_and_by_procrustes():
    space = fake_space(per_type=10, dim=6, lost=(3,))
    out = transform(space, "rotate:en")
    one, fixed = (space.vectors[1][first : first + 20].astype(float) for first in (0, 20))
    kept = np.arange(20) != 3
    turn = transforms.rotation(one[kept], fixed[kept])
    assert np.allclose(out.layer(1)[:20][kept], one[kept] @ turn, atol=1e-5)
    before = np.linalg.norm(space.vectors[1][40:, None] - space.vectors[1][40:], axis=-1)
    after = np.linalg.norm(out.layer(1)[40:, None] - out.layer(1)[40:], axis=-1)
    assert np.allclose(before, after, atol=1e-5)


def links_of(space, pairs):
    """Links between rows of the space; every row stands in a sentence of its own group."""
    words = space.words
    rows = [
        (words.parallel[one], words.language[one], words.position[one], words.language[other], words.position[other])
        for one, other in pairs
    ]
    return pd.DataFrame(rows, columns=["parallel", "language_a", "word_a", "language_b", "word_b"])


def test_rotation_by_word_alignments_takes_either_direction():
    space = rotated_space()
    space.words["entity"] = None
    with pytest.raises(SettingsError, match=r"rotate:en needs words of be .* no parallel entities of the two"):
        transform(space, "rotate:en")
    pairs = [(row, row + 20) for row in range(20)] + [(row + 20, row + 40) for row in range(20)]
    out = transform(space, "rotate:en", links=links_of(space, pairs)).layer(1).reshape(3, 20, 6)
    assert np.allclose(out[0], out[1], atol=1e-4)
    assert np.allclose(out[2], out[1], atol=1e-4)
    with pytest.raises(SettingsError, match=r"rotate:en needs words of tr .* no links of the two"):
        transform(space, "rotate:en", links=links_of(space, pairs[:20]))


def test_linked_rows_leave_out_what_is_not_there():
    space = fake_space(lost=(2,))
    frame = links_of(space, [(0, 16), (2, 18), (1, 17), (1, 17)])
    frame.loc[len(frame)] = ["PER0", "be", 7, "en", 0]
    found = linked_rows(space, frame)
    assert found[["row_a", "row_b"]].to_numpy().tolist() == [[0, 16], [1, 17]]
    with pytest.raises(CorpusError, match="no column 'word_b'; word alignments have parallel"):
        linked_rows(space, frame.drop(columns="word_b"))
    entities = linked_rows(space)
    assert len(entities) == 3 * 16 - 2
    assert (space.words.parallel[entities.row_a].to_numpy() == space.words.parallel[entities.row_b].to_numpy()).all()
    assert (entities.language_a != entities.language_b).all()


def test_every_analysis_takes_the_view(workspace):
    space = fake_space()
    made = transform(space, "center")
    table = similarity(made, -1)
    centered = FakeSpace(
        np.stack([transforms.center(one, space.words["language"]) for one in space.vectors]),
        space.words,
        space.sentences,
    )
    assert np.allclose(table["value"], similarity(centered, -1)["value"], atol=1e-6)  # pyright: ignore[reportArgumentType]
    assert np.allclose(isotropy(made)["value"], isotropy(centered)["value"], atol=1e-6)  # pyright: ignore[reportArgumentType]
    places = project(made, method="pca", workspace=workspace)
    direct = project(space, method="pca", center="language", workspace=workspace)
    assert np.allclose(places[["x", "y"]], direct[["x", "y"]], atol=1e-5)
    assert places.attrs["settings"]["transforms"] == ["center"]
    assert places.attrs["settings"]["space"] != direct.attrs["settings"]["space"]


def test_a_view_has_what_a_space_has():
    space = fake_space(lost=(0,))
    made = transform(space, "center", "all-but-the-top:2")
    for name in ("path", "n_layers", "layers", "dim", "n_words", "stored", "corpus"):
        assert getattr(made, name) is getattr(space, name) or getattr(made, name) == getattr(space, name)
    assert made.words is space.words and made.sentences is space.sentences
    assert made.fingerprint != space.fingerprint
    assert made.fingerprint == transform(space, "center", "all-but-the-top:2").fingerprint
    assert made.fingerprint != transform(space, "all-but-the-top:2", "center").fingerprint
    assert made.layer_number(-1) == 2
    assert np.array_equal(made.layer_rows(1, 5, 9), made.layer(1)[5:9])


def test_rows_of_a_view_keep_the_statistics_of_the_whole():
    space = fake_space()
    made = transform(space, "z")
    part = made.select(language=["be", "tr"]).select(type="PER")
    kept = (space.words["language"].isin(["be", "tr"]) & (space.words["type"] == "PER")).to_numpy()
    assert np.array_equal(part.layer(1), made.layer(1)[kept])
    assert np.array_equal(part.layer_rows(1, 2, 6), made.layer(1)[kept][2:6])
    assert part.n_words == len(part.words) == kept.sum()
    assert part.recipe["select"] == [{"language": ["be", "tr"]}, {"type": ["PER"]}]
    assert part.fingerprint not in (made.fingerprint, space.fingerprint)
    own = transform(space.select(language=["be", "tr"]), "z")
    assert not np.allclose(own.layer(1), made.select(language=["be", "tr"]).layer(1), atol=1e-3)
    with pytest.raises(SettingsError, match="no column 'kind'"):
        made.select(kind=1)


def test_layers_are_made_when_asked_for_and_the_last_two_kept():
    space = fake_space()
    made = transform(space, "center")
    assert space.asked == []
    for layer in (2, 1, 2, -1, 1):
        made.layer(layer)
    assert space.asked == [2, 1]
    made.layer(0)
    made.layer(2)
    assert space.asked == [2, 1, 0, 2]


def test_columns_that_are_constant_become_zero_not_noise():
    space = fake_space(dim=5)
    space.vectors[:, :, 2] = 0.1
    out = transform(space, "center-all", "z").layer(1)
    assert (out[:, 2] == 0).all()
    assert (transform(space, "z").layer(1)[:, 2] == 0).all()
    assert np.allclose(transform(space, "whiten").layer(1)[:, 2], 0, atol=1e-6)


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("centre", "no transform 'centre'; possible are center, center-all"),
        ("csls", "it is a metric of their search"),
        ("rotate", "'rotate' names no language of this space"),
        ("rotate:ru", "one of be, en, tr"),
        ("all-but-the-top:13", "k = 0 to 12"),
        ("all-but-the-top:-1", "k = 0 to 12"),
        ("whiten:2", "whiten takes no argument"),
    ],
)
def test_steps_that_do_not_exist_are_refused(step, message):
    with pytest.raises(SettingsError, match=message):
        transform(fake_space(), step)
