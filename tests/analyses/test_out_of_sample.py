"""New words on an existing map."""

from typing import Any

import numpy as np
import pytest
from fake_space import FakeSpace, fake_space

from embspace.analyses.out_of_sample import place
from embspace.analyses.projection import project
from embspace.analyses.transformation import transform
from embspace.errors import SettingsError
from embspace.progress import Cancelled, Silent

SETTINGS: dict[str, dict[str, Any]] = {
    "tsne": {"perplexity": 10},
    "umap": {"neighbors": 8},
    "pca": {},
}


def points(result, layer=None, axes=("x", "y")):
    rows = result if layer is None else result[result["layer"] == layer]
    return rows[list(axes)].to_numpy(dtype=float)


def spread(places):
    return np.sqrt(((places - places.mean(axis=0)) ** 2).sum(axis=1).mean())


@pytest.mark.parametrize(
    ("method", "center"), [("tsne", None), ("tsne", "language"), ("pca", None), ("pca", "language"), ("umap", None)]
)
def test_a_word_that_is_on_the_map_lands_near_itself(workspace, method, center):
    space = fake_space(per_type=16)
    result = project(space, layer=[1, 2], method=method, center=center, workspace=workspace, **SETTINGS[method])
    some = space.select(parallel=["PER0", "LOC3", "LOC9"])
    placed = place(result, space, some)
    assert list(placed.columns) == [*result.columns[:-1], "nearest"]
    assert np.allclose(placed["nearest"], 1)
    known = space.words["parallel"].isin(["PER0", "LOC3", "LOC9"]).to_numpy()
    assert known.sum() == 9
    for layer in (1, 2):
        wanted = points(result, layer)
        distances = np.linalg.norm(points(placed, layer) - wanted[known], axis=1) / spread(wanted)
        assert distances.max() < {"pca": 1e-4, "tsne": 0.5, "umap": 0.3}[method]
        # Nearer than other words are, by far.
        chance = np.linalg.norm(points(placed, layer)[:, None] - wanted, axis=2) / spread(wanted)
        assert distances.max() < np.median(chance) / 2


@pytest.mark.parametrize("method", ["tsne", "pca"])
def test_words_that_were_not_on_the_map_land_among_their_like(workspace, method):
    every = fake_space(per_type=16)
    old = [f"{kind}{number}" for kind in ("PER", "LOC") for number in range(12)]
    known = every.select(parallel=old)
    strange = every.select(parallel=[f"{kind}{number}" for kind in ("PER", "LOC") for number in range(12, 16)])
    result = project(known, method=method, workspace=workspace, **SETTINGS[method])
    placed = place(result, known, strange)
    groups = (result["language"] + result["type"]).to_numpy()
    distances = np.linalg.norm(points(placed)[:, None] - points(result), axis=2)
    assert (groups[distances.argmin(axis=1)] == (placed["language"] + placed["type"]).to_numpy()).mean() > 0.8
    assert (placed["nearest"] < 1).all()
    # Placed one by one they land where they land together.
    one = place(result, known, strange.select(parallel="PER12", language="be"))
    same = placed[(placed["parallel"] == "PER12") & (placed["language"] == "be")]
    apart = np.linalg.norm(points(one) - points(same)) / spread(points(result))
    assert apart < 1e-3


def test_it_is_the_same_each_time_and_leaves_the_map(workspace):
    space = fake_space()
    result = project(space, perplexity=8, workspace=workspace)
    before = result.copy()
    first, again = (place(result, space, space.select(language="be")) for _ in range(2))
    assert np.array_equal(points(first), points(again))
    assert before.equals(result)


def test_centered_by_the_means_of_the_map(workspace):
    space = fake_space(per_type=12)
    result = project(space, method="pca", center="language", workspace=workspace)
    # One word has no mean of its own.
    one = place(result, space, space.select(parallel="PER0", language="tr"))
    row = result[(result["parallel"] == "PER0") & (result["language"] == "tr")]
    assert np.allclose(points(one), points(row), atol=1e-4)
    other = fake_space(languages=("xx", "en"))
    with pytest.raises(SettingsError, match="no words in xx, so their mean is not known"):
        place(result, space, other)


@pytest.mark.parametrize("frame", ["chained", "joint"])
@pytest.mark.parametrize("method", ["pca", "tsne"])
def test_checkpoints_and_three_dimensions(workspace, frame, method):
    space = fake_space(per_type=10)
    later: Any = FakeSpace(space.vectors + 0.3, space.words, space.sentences)
    result = project(
        [space, later], layer=[0, 2], frame=frame, method=method, dimensions=3, perplexity=10, workspace=workspace
    )
    placed = place(result, [space, later], [one.select(parallel="LOC2") for one in (space, later)])
    assert placed["checkpoint"].unique().tolist() == ["fake", "fake (2)"]
    wanted = result[result["parallel"] == "LOC2"]
    assert placed["layer"].tolist() == wanted["layer"].tolist()
    axes = ("x", "y", "z")
    apart = np.linalg.norm(points(placed, axes=axes) - points(wanted, axes=axes), axis=1)
    apart /= spread(points(result, axes=axes))
    assert apart.max() < (1e-4 if method == "pca" else 0.6)


def test_what_does_not_fit_is_refused(workspace):
    space = fake_space()
    result = project(space, method="pca", workspace=workspace)
    part = space.select(language="be")
    for arguments, said in [
        ((result, part, part), "made from other words"),
        ((result.iloc[:40], space, part), "40 of its 48 words"),
        ((result, space, transform(part, "z")), "transforms"),
        ((result, space, fake_space(dim=5)), "5 wide and those of the map 12"),
        ((result, [space], [part, part]), "1 checkpoints and the new words 2"),
        ((result, space, fake_space(lost=tuple(range(48)))), "no word with a vector"),
    ]:
        with pytest.raises(SettingsError, match=said):
            place(*arguments)
    result.attrs = {}
    with pytest.raises(SettingsError, match="is no map"):
        place(result, space, part)


def test_it_can_be_cancelled(workspace):
    class Stop(Silent):
        def advance(self, count=1, note=""):
            raise Cancelled

    space = fake_space()
    result = project(space, perplexity=5, workspace=workspace)
    with pytest.raises(Cancelled):
        place(result, space, space, progress=Stop())
