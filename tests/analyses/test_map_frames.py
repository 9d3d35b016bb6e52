"""Maps of several checkpoints in one frame, and how far words move on them."""

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from fake_space import FakeSpace, fake_space

from embspace.analyses.displacement import displacement
from embspace.analyses.map_frames import Slice, neighbor
from embspace.analyses.placement import Placement
from embspace.analyses.projection import project
from embspace.analyses.transformation import transform
from embspace.errors import SettingsError
from embspace.workspace import Workspace


def changed(space, amount, seed=1, turned=True, layers=None) -> Any:
    """The same words after training: every vector a little elsewhere, the space turned."""
    rng = np.random.default_rng(seed)
    vectors = space.vectors + amount * rng.normal(size=space.vectors.shape)
    if turned:
        vectors = vectors @ np.linalg.qr(rng.normal(size=(space.dim, space.dim)))[0]
    return FakeSpace(vectors if layers is None else vectors[layers], space.words, space.sentences)


def xy(result, checkpoint, layer):
    return result.loc[(result["checkpoint"] == checkpoint) & (result["layer"] == layer), ["x", "y"]].to_numpy()


def test_several_checkpoints_have_their_names_and_share_a_frame(workspace):
    space = fake_space()
    result = project([space, changed(space, 0.01)], layer=[0, 2], perplexity=5, workspace=workspace)
    assert result["checkpoint"].unique().tolist() == ["fake", "fake (2)"]
    assert len(result) == 2 * 2 * 48
    for layer in (0, 2):
        before, after = xy(result, "fake", layer), xy(result, "fake (2)", layer)
        assert np.median(displacement(before, after)) < 0.1
    assert set(result.attrs["trustworthiness"]) == {"fake", "fake (2)"}
    assert set(result.attrs["trustworthiness"]["fake (2)"]) == {0, 2}
    assert result.attrs["settings"]["layers"] == {"fake": [0, 2], "fake (2)": [0, 2]}
    json.dumps(result.attrs["settings"])


def test_the_first_checkpoint_is_where_it_is_alone(workspace, monkeypatch):
    space = fake_space()
    alone = project(space, layer="all", method="pca", workspace=workspace)
    monkeypatch.setattr(Placement, "place", lambda *_, **__: pytest.fail("placed again"))
    again = project([space], layer="all", method="pca", workspace=workspace)
    assert np.array_equal(alone[["x", "y"]], again[["x", "y"]])
    assert again["checkpoint"].unique().tolist() == ["fake"]


def test_each_map_starts_from_its_neighbor(workspace, monkeypatch):
    started = {}
    place = Placement.place

    def watched(self, vectors, start=None, *, name="map", progress=None):
        started[name] = None if start is None else start.copy()
        return place(self, vectors, start, name=name, progress=progress)

    monkeypatch.setattr(Placement, "place", watched)
    space = fake_space()
    spaces = [space, changed(space, 0.2), changed(space, 0.4)]
    result = project(spaces, layer=[1, 2], perplexity=5, workspace=workspace)
    names = [f"checkpoint {at}, layer {layer}" for at in (1, 2, 3) for layer in (2, 1)]
    assert sorted(started) == sorted(names)
    assert started["checkpoint 1, layer 2"] is None
    assert np.array_equal(started["checkpoint 1, layer 1"], xy(result, "fake", 2))
    for at, before in ((2, "fake"), (3, "fake (2)")):
        for layer in (1, 2):
            assert np.array_equal(started[f"checkpoint {at}, layer {layer}"], xy(result, before, layer))


def test_another_checkpoint_before_is_another_map(workspace):
    space = fake_space()
    last = changed(space, 0.3)
    one = project([space, last], method="pca", workspace=workspace)
    other = project([changed(space, 2.0, seed=5), last], method="pca", workspace=workspace)
    assert not np.allclose(xy(one, "fake (2)", 2), xy(other, "fake (2)", 2))
    again = project([space, last], method="pca", workspace=workspace)
    pd.testing.assert_frame_equal(one, again)


def test_models_of_other_depth_meet_at_both_ends():
    shallow, deep = fake_space(n_layers=3), fake_space(n_layers=7)
    starts = [neighbor([shallow, deep], Slice(1, layer)) for layer in range(7)]
    assert starts == [Slice(0, layer) for layer in (0, 0, 1, 1, 1, 2, 2)]
    assert neighbor([deep, shallow], Slice(1, 1)) == Slice(0, 3)
    assert neighbor([deep, shallow], Slice(0, 6)) is None
    deep.layers = (0, 6)
    assert neighbor([deep, shallow], Slice(1, 2)) == Slice(0, 6)
    assert neighbor([deep, shallow], Slice(0, 0)) == Slice(0, 6)


def test_minus_one_is_the_output_of_each(workspace):
    space = fake_space(n_layers=3)
    result = project([space, changed(space, 0.1, layers=[0, 2])], method="pca", workspace=workspace)
    assert result.groupby("checkpoint")["layer"].unique().map(list).to_dict() == {"fake": [2], "fake (2)": [1]}
    [moved] = result.attrs["displacement"]
    assert (moved["from_checkpoint"], moved["from_layer"]) == ("fake", 2)


def test_joint_places_all_layers_in_one_run(workspace, monkeypatch):
    space = fake_space()
    # The upper layer is the lower one: in one run, equal vectors lie together.
    space.vectors[2] = space.vectors[1]
    result = project(space, layer=[1, 2], frame="joint", method="pca", workspace=workspace)
    lower, upper = (result.loc[result["layer"] == one, ["x", "y"]].to_numpy() for one in (1, 2))
    assert np.allclose(lower, upper, atol=1e-6)
    # PCA of the stack, whatever the order of its rows.
    other = project(space, layer=[0, 2], frame="joint", method="pca", workspace=workspace)
    stack = np.concatenate([v / np.linalg.norm(v, axis=1, keepdims=True) for v in space.vectors[[0, 2]].astype(float)])
    variances = np.sort(np.linalg.eigvalsh(np.cov(stack.T)))[::-1][:2]
    assert np.allclose(np.var(other[["x", "y"]].to_numpy(dtype=float), axis=0, ddof=1), variances, rtol=1e-5)
    assert other.attrs["settings"]["frame"] == "joint"
    monkeypatch.setattr(Placement, "place", lambda *_, **__: pytest.fail("placed again"))
    pd.testing.assert_frame_equal(project(space, layer=[0, 2], frame="joint", method="pca", workspace=workspace), other)


def test_joint_tsne_of_checkpoints_allows_a_perplexity_of_all_points(workspace):
    space = fake_space()
    spaces = [space, changed(space, 0.01, turned=False)]
    result = project(spaces, frame="joint", perplexity=25, workspace=workspace)
    assert np.median(displacement(xy(result, "fake", 2), xy(result, "fake (2)", 2))) < 0.1
    with pytest.raises(SettingsError, match="possible are 1 to 15"):
        project(spaces, perplexity=25, workspace=workspace)


def test_joint_refuses_other_widths(workspace):
    space = fake_space()
    narrow: Any = FakeSpace(space.vectors[:, :, :9], space.words, space.sentences)
    with pytest.raises(SettingsError, match=r'9 and 12 wide .*frame="chained"'):
        project([space, narrow], frame="joint", method="pca", workspace=workspace)
    assert len(project([space, narrow], method="pca", workspace=workspace)) == 96


def test_only_words_found_in_all_are_placed(workspace):
    space, other = fake_space(lost=(2,)), fake_space(lost=(3, 20))
    result = project([space, other], method="pca", workspace=workspace)
    assert len(result) == 2 * 45


def test_other_words_and_other_frames_are_refused(workspace):
    space = fake_space()
    with pytest.raises(SettingsError, match="not of the same words: 48 words of 'fake' and 32 of 'fake'"):
        project([space, space.select(language=["be", "en"])], method="pca", workspace=workspace)
    with pytest.raises(SettingsError, match="frame='loose' is not possible"):
        project(space, frame="loose", method="pca", workspace=workspace)  # pyright: ignore[reportArgumentType]
    with pytest.raises(SettingsError, match="no space to place"):
        project([], workspace=workspace)


def test_displacement_is_in_spreads_of_the_map_before():
    before = np.array([[-2.0, 0.0], [2.0, 0.0]])
    up = np.array([0.0, 1.0])
    assert displacement(before, before + up).tolist() == [0.5, 0.5]
    assert displacement(10 * before + 3, 10 * (before + up) + 3).tolist() == [0.5, 0.5]
    assert displacement(np.ones((3, 2)), np.ones((3, 2))).tolist() == [0, 0, 0]


def test_each_word_says_how_far_it_moved_from_the_layer_before(workspace):
    space = fake_space()
    result = project(space, layer=[2, 0], perplexity=5, workspace=workspace)
    lower, upper = (result[result["layer"] == one] for one in (0, 2))
    assert lower["displacement"].isna().all()
    places = [one[["x", "y"]].to_numpy(dtype=float) for one in (lower, upper)]
    spread = np.sqrt(((places[0] - places[0].mean(axis=0)) ** 2).sum(axis=1).mean())
    expected = np.linalg.norm(places[1] - places[0], axis=1) / spread
    assert np.allclose(upper["displacement"], expected)
    [moved] = result.attrs["displacement"]
    assert (moved["layer"], moved["from_layer"]) == (2, 0)
    assert moved["median"] == pytest.approx(np.median(expected))
    assert moved["far"] == (expected > 0.5).mean()


def test_of_several_checkpoints_it_is_from_the_checkpoint_before(tmp_path):
    space = fake_space()
    spaces = [space, changed(space, 0.2)]
    result = project(spaces, layer=[0, 2], perplexity=5, workspace=Workspace(tmp_path))
    first = result["checkpoint"] == "fake"
    assert result.loc[first, "displacement"].isna().all()
    for layer in (0, 2):
        expected = displacement(xy(result, "fake", layer), xy(result, "fake (2)", layer))
        found = result.loc[~first & (result["layer"] == layer), "displacement"]
        assert np.allclose(found, expected)
    origins = [(one["layer"], one["from_checkpoint"], one["from_layer"]) for one in result.attrs["displacement"]]
    assert origins == [(0, "fake", 0), (2, "fake", 2)]


def test_a_transformed_view_is_a_map_of_its_own(workspace):
    space = fake_space()
    plain = project(space, method="pca", workspace=workspace)
    view = project(transform(space, "center", "z"), method="pca", workspace=workspace)
    assert view.attrs["settings"]["transforms"] == ["center", "z"]
    assert len(view) == len(plain)
    assert not np.allclose(view["x"], plain["x"])
    both = project([space, transform(space, "whiten")], method="pca", workspace=workspace)
    assert [one["transforms"] for one in both.attrs["settings"]["spaces"]] == [[], ["whiten"]]
