import json
import time
from typing import Any

import numpy as np
import pandas as pd
import pytest
from fake_space import FakeSpace, fake_space

from embspace.analyses.map_frames import unit_vectors
from embspace.analyses.placement import Placement
from embspace.analyses.projection import project
from embspace.errors import SettingsError, StoreError
from embspace.progress import Cancelled
from embspace.workspace import Workspace


class Watcher:
    """Keeps what progress is told, and cancels where asked to."""

    def __init__(self, cancel_in=""):
        self.stages, self.counts, self.totals, self.cancel_in, self.cancelled_at = [], {}, {}, cancel_in, 0.0

    def stage(self, name, total=None, unit=""):
        self.stages.append(name)
        self.counts[name], self.totals[name] = 0, total

    def advance(self, count=1, note=""):
        self.counts[self.stages[-1]] += count
        if self.cancel_in and self.cancel_in in self.stages[-1]:
            self.cancelled_at = time.monotonic()
            raise Cancelled


def xy(result, layer):
    return result.loc[result["layer"] == layer, ["x", "y"]].to_numpy()


def purity(points, labels):
    distances = np.linalg.norm(points[:, None] - points, axis=2)
    np.fill_diagonal(distances, np.inf)
    labels = np.asarray(labels)
    return (labels[distances.argmin(axis=1)] == labels).mean()


def test_a_map_has_a_row_per_word_found_with_what_figures_show(workspace):
    space = fake_space(lost=(2, 20))
    result = project(space, perplexity=5, workspace=workspace)
    columns = (
        "text language type entity tag sentence n_pieces pieces parallel start stop context layer x y displacement"
    )
    assert list(result.columns) == columns.split()
    assert len(result) == 46
    assert result["layer"].unique().tolist() == [2]
    assert result["text"].tolist() == space.words[space.words["found"]]["text"].tolist()
    one = result.iloc[30]
    assert one["context"][one["start"] : one["stop"]] == one["text"]
    assert np.isfinite(result[["x", "y"]].to_numpy()).all()
    settings = result.attrs["settings"]
    assert (settings["method"], settings["perplexity"], settings["layers"], settings["n_layers"]) == ("tsne", 5, [2], 3)
    assert "neighbors" not in settings
    json.dumps(settings)


def test_tsne_keeps_clusters_together_and_says_how_far_to_trust_it(workspace):
    space = fake_space()
    result = project(space, perplexity=5, workspace=workspace)
    groups = result["language"] + result["type"]
    assert purity(result[["x", "y"]].to_numpy(), groups) > 0.9
    assert 0.8 < result.attrs["trustworthiness"][2] <= 1


def test_a_layer_is_at_the_same_place_whichever_others_are_asked_for(tmp_path):
    space = fake_space()
    everything = project(space, layer="all", perplexity=5, workspace=Workspace(tmp_path / "a"))
    assert everything["layer"].unique().tolist() == [0, 1, 2]
    alone = project(space, layer=-1, perplexity=5, workspace=Workspace(tmp_path / "b"))
    assert np.array_equal(xy(alone, 2), xy(everything, 2))
    # Taken up from what is stored, in another order.
    later = project(space, layer=[1, 2], perplexity=5, workspace=Workspace(tmp_path / "b"))
    assert later["layer"].unique().tolist() == [1, 2]
    assert np.array_equal(xy(later, 1), xy(everything, 1))


def test_only_the_layers_down_to_the_lowest_asked_for_are_read(workspace):
    space = fake_space(n_layers=4)
    project(space, layer=[2], perplexity=5, workspace=workspace)
    assert space.asked == [3, 2]


def test_a_space_of_some_layers_is_placed_from_its_highest_down(workspace):
    space = fake_space(n_layers=4)
    space.layers = (0, 2)
    places = project(space, layer="all", perplexity=5, workspace=workspace)
    assert space.asked == [2, 0]
    assert sorted(places.layer.unique()) == [0, 2]


def test_layers_share_a_frame(workspace):
    # The same vectors turned by any rotation are the same map, point by point, and noise moves it little.
    space = fake_space(n_layers=2)
    turn = np.linalg.qr(np.random.default_rng(1).normal(size=(12, 12)))[0]
    space: Any = FakeSpace(np.stack([space.vectors[1] @ turn, space.vectors[1]]), space.words, space.sentences)
    for method in ("pca", "tsne"):
        result = project(space, layer="all", method=method, perplexity=5, workspace=workspace)  # pyright: ignore[reportArgumentType]
        lower, upper = xy(result, 0), xy(result, 1)
        shift = np.linalg.norm(lower - upper, axis=1).mean() / np.linalg.norm(upper - upper.mean(axis=0), axis=1).mean()
        assert shift < (1e-4 if method == "pca" else 0.2)
        spreads = [np.linalg.norm(one - one.mean(axis=0)) for one in (lower, upper)]
        assert spreads[0] == pytest.approx(spreads[1], rel=1e-4)


def test_what_is_stored_is_found_without_placing_anything(workspace, monkeypatch):
    space = fake_space()
    first = project(space, layer="all", perplexity=5, workspace=workspace)
    assert len(list(workspace.maps.glob("*.npy"))) == len(list(workspace.maps.glob("*.json"))) == 3
    recipe = json.loads(next(workspace.maps.glob("*.json")).read_text())
    assert recipe["space"] == space.fingerprint and recipe["perplexity"] == 5
    monkeypatch.setattr(Placement, "place", lambda *_, **__: pytest.fail("placed again"))
    # Settings of other methods do not matter to t-SNE.
    again = project(space, layer="all", perplexity=5.0, neighbors=30, workspace=workspace)
    pd.testing.assert_frame_equal(first, again)
    assert again.attrs["trustworthiness"] == first.attrs["trustworthiness"]


@pytest.mark.parametrize(
    "change", [{"seed": 1}, {"perplexity": 6}, {"center": "language"}, {"dimensions": 3}, {"method": "pca"}]
)
def test_another_setting_or_selection_is_another_map(workspace, change):
    space = fake_space()
    project(space, method="tsne", perplexity=5, workspace=workspace)
    project(space, **({"perplexity": 5, "workspace": workspace} | change))
    assert len(list(workspace.maps.glob("*.npy"))) == 2
    project(space.select(language=["be", "tr"]), perplexity=5, workspace=workspace)
    project(space.select(language=["be", "en"]), perplexity=5, workspace=workspace)
    assert len(list(workspace.maps.glob("*.npy"))) == 4


@pytest.mark.parametrize("harm", ["cut", "flip", "no recipe", "bad recipe"])
def test_a_damaged_map_is_made_again(workspace, harm):
    space = fake_space()
    first = project(space, method="pca", workspace=workspace)
    (array,), (recipe,) = workspace.maps.glob("*.npy"), workspace.maps.glob("*.json")
    data = array.read_bytes()
    if harm == "cut":
        array.write_bytes(data[:-9])
    elif harm == "flip":
        array.write_bytes(data[:-3] + bytes([data[-3] ^ 64]) + data[-2:])
    elif harm == "no recipe":
        recipe.unlink()
    else:
        recipe.write_text("{")
    pd.testing.assert_frame_equal(project(space, method="pca", workspace=workspace), first)
    assert array.read_bytes() == data


def test_the_same_seed_is_the_same_map(tmp_path):
    space = fake_space()
    one, other = (project(space, perplexity=5, seed=3, workspace=Workspace(tmp_path / name)) for name in "ab")
    pd.testing.assert_frame_equal(one, other)


def test_vectors_are_of_unit_length_after_centering():
    space = fake_space()
    languages = space.words["language"].to_numpy(dtype=str)
    vectors = unit_vectors(space.vectors[1].astype(np.float64), languages)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1)
    first = space.vectors[1][:16].astype(float)
    expected = first - first.mean(axis=0)
    assert np.allclose(vectors[:16], expected / np.linalg.norm(expected, axis=1, keepdims=True))


def test_centering_brings_languages_together(workspace):
    space = fake_space(per_type=20)
    # Each language far from the others, its types apart in the same way.
    offsets = np.repeat(np.random.default_rng(0).normal(size=(3, 12)) * 20, 40, axis=0)
    kinds = np.where(space.words["type"].to_numpy() == "PER", 4.0, -4.0)[:, None] * np.eye(12)[0]
    noise = np.random.default_rng(1).normal(size=(3, 120, 12))
    space: Any = FakeSpace(offsets + kinds + noise, space.words, space.sentences)
    plain = project(space, perplexity=10, workspace=workspace)
    together = project(space, perplexity=10, center="language", workspace=workspace)
    assert purity(plain[["x", "y"]].to_numpy(), plain["language"]) == 1
    assert purity(together[["x", "y"]].to_numpy(), together["language"]) < 0.6
    assert purity(together[["x", "y"]].to_numpy(), together["type"]) == 1


def test_identical_vectors_are_placed(workspace):
    space = fake_space(per_type=10)
    space.vectors[0] = np.repeat(space.vectors[0][::10], 10, axis=0)
    for center in (None, "language"):
        for method in ("tsne", "pca"):
            result = project(space, layer="all", method=method, perplexity=12, center=center, workspace=workspace)  # pyright: ignore[reportArgumentType]
            assert np.isfinite(result[["x", "y"]].to_numpy()).all()


@pytest.mark.parametrize("vectors", [np.ones((20, 12)), np.full((20, 7), 1 / 3), np.eye(20)])
@pytest.mark.parametrize("dimensions", [2, 3])
@pytest.mark.parametrize("perplexity", [5, 6.3])
def test_vectors_without_any_structure_are_placed(vectors, dimensions, perplexity):
    placement = Placement("tsne", dimensions, perplexity)
    first = placement.place(vectors)
    assert np.isfinite(first).all()
    assert np.isfinite(placement.place(vectors, first)).all()


def test_pca_has_the_variances_of_the_components_and_settled_signs(workspace):
    space = fake_space()
    result = project(space, method="pca", dimensions=3, workspace=workspace)
    units = space.vectors[2] / np.linalg.norm(space.vectors[2], axis=1, keepdims=True)
    values, axes = np.linalg.eigh(np.cov(units.T.astype(float)))
    found = result[["x", "y", "z"]].to_numpy()
    assert np.allclose(np.cov(found.T), np.diag(values[::-1][:3]), atol=1e-6)
    top = axes[:, ::-1][:, :3]
    top = top * np.sign(top[np.abs(top).argmax(axis=0), range(3)])
    assert np.allclose(found, (units - units.mean(axis=0)) @ top, atol=1e-5)


def test_three_dimensions_by_tsne(workspace):
    result = project(fake_space(), layer=[-2, -1], dimensions=3, perplexity=5, workspace=workspace)
    assert list(result.columns)[-5:] == ["layer", "x", "y", "z", "displacement"]
    output = result[result["layer"] == 2]
    assert purity(np.asarray(output[["x", "y", "z"]]), output["language"] + output["type"]) > 0.9
    assert np.std(np.asarray(output["z"])) > 0.1


def test_progress_counts_the_iterations_of_every_layer(workspace):
    watcher = Watcher()
    project(fake_space(), layer="all", perplexity=5, workspace=workspace, progress=watcher)
    expected = [f"layer {number}: {what}" for number in (2, 1, 0) for what in ("neighbors", "t-SNE")]
    assert watcher.stages == expected
    assert watcher.counts == watcher.totals
    assert watcher.totals["layer 1: t-SNE"] == 750


@pytest.mark.parametrize("stage", ["neighbors", "t-SNE"])
def test_cancelling_stops_within_a_second_and_leaves_no_half_map(workspace, stage):
    watcher = Watcher(cancel_in=f"layer 1: {stage}")
    with pytest.raises(Cancelled):
        project(fake_space(), layer="all", perplexity=5, workspace=workspace, progress=watcher)
    assert time.monotonic() - watcher.cancelled_at < 1
    assert len(list(workspace.maps.iterdir())) == 2
    result = project(fake_space(), layer="all", perplexity=5, workspace=workspace)
    assert len(result) == 3 * 48


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "perplexity=70 is too large for 48 points; possible are 1 to 15"),
        ({"perplexity": 0.5}, "perplexity=0.5 is not possible; it is 1 or more"),
        ({"perplexity": float("nan")}, "perplexity=nan is not possible"),
        ({"method": "lda"}, "method='lda' is not possible; it is 'tsne', 'umap' or 'pca'"),
        ({"dimensions": 4}, "dimensions=4 is not possible; a map has 2 or 3"),
        ({"center": "type"}, "center='type' is not possible"),
        ({"method": "umap", "neighbors": 48}, "neighbors=48 is too many for 48 points; possible are 2 to 47"),
        ({"method": "umap", "neighbors": 1}, "neighbors=1 is not possible"),
        ({"method": "umap", "min_distance": 1.0}, "min_distance=1.0 is not possible"),
        ({"layer": 7}, "Layer 7 does not exist"),
        ({"seed": -1}, "seed=-1 is not possible"),
    ],
)
def test_impossible_settings_say_what_is_possible(workspace, settings, message):
    with pytest.raises(SettingsError, match=message):
        project(fake_space(), workspace=workspace, **settings)


def test_fewer_than_three_points_are_refused(workspace):
    space = fake_space(languages=("be",), per_type=1)
    with pytest.raises(SettingsError, match="needs 3 points or more; here 2 have a vector"):
        project(space, method="pca", workspace=workspace)
    space = fake_space(languages=("be",), per_type=2, lost=(0,))
    assert len(project(space, method="pca", workspace=workspace)) == 3
    with pytest.raises(SettingsError, match="3 points are too few for t-SNE"):
        project(space, workspace=workspace)


def test_values_that_are_not_finite_are_refused_with_what_to_do(workspace):
    space = fake_space()
    space.vectors[2, 5, 0] = np.inf
    with pytest.raises(StoreError, match=r'Layer 2 has 1 vectors .* of 48.*dtype="float32"'):
        project(space, perplexity=5, workspace=workspace)


def test_umap_is_seeded_chained_and_can_be_cancelled(workspace, tmp_path):
    space = fake_space(per_type=10)
    settings: dict[str, Any] = {"layer": [1, 2], "method": "umap", "neighbors": 8}
    watcher = Watcher()
    result = project(space, workspace=workspace, progress=watcher, **settings)
    assert purity(xy(result, 2), (result["language"] + result["type"])[60:]) > 0.9
    assert watcher.stages == [f"layer {one}: {what}" for one in (2, 1) for what in ("neighbors", "UMAP")]
    assert watcher.counts == watcher.totals
    pd.testing.assert_frame_equal(project(space, workspace=Workspace(tmp_path / "b"), **settings), result)
    with pytest.raises(Cancelled):
        project(space, workspace=workspace, progress=Watcher("layer 2: UMAP"), **{**settings, "seed": 5})
    in_space = project(space, workspace=workspace, method="umap", neighbors=8, dimensions=3)
    assert np.isfinite(in_space[["x", "y", "z"]].to_numpy()).all()
