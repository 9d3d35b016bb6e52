from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest
from fake_space import fake_space

from embspace.analyses.isotropy import isotropy
from embspace.analyses.isotropy_change import change_correlation, isotropy_change
from embspace.errors import SettingsError

CURVES = {"en": [0.5, 0.4, 0.6, 0.9], "tr": [0.5, 0.3, 0.7, 1.3], "ru": [0.5, 0.6, 0.4, 0.1], "be": [0.2] * 4}


@pytest.fixture
def steps():
    rows = [
        (f"at {step}", 4, language, "mean_cosine", values[number])
        for number, step in enumerate((0, 50, 100, 150))
        for language, values in CURVES.items()
    ]
    frame = pd.DataFrame(rows, columns=["checkpoint", "layer", "language", "measure", "value"])
    return frame.sample(frac=1, random_state=1), {f"at {step}": step for step in (0, 50, 100, 150)}


def test_differences_between_steps_that_are_h_apart(steps):
    changes = isotropy_change(*steps)
    assert list(changes.columns) == ["layer", "language", "measure", "step", "value"]
    english = changes[changes["language"] == "en"]
    assert english["step"].tolist() == [0, 50, 100]
    assert np.allclose(english["value"], [-0.1, 0.2, 0.3])
    wide = isotropy_change(*steps, every=100)
    assert np.allclose(wide[wide["language"] == "en"]["value"], [0.1, 0.5])
    assert wide.attrs["settings"]["every"] == 100


def test_correlation_of_the_differences(steps):
    table = change_correlation(isotropy_change(*steps)).set_index(["language_a", "language_b"])
    assert table.loc[("en", "ru"), "value"] == pytest.approx(-1)
    expected = np.corrcoef(np.diff(CURVES["en"]), np.diff(CURVES["tr"]))[0, 1]
    assert table.loc[("en", "tr"), "value"] == table.loc[("tr", "en"), "value"] == pytest.approx(expected)
    assert table.loc[("en", "en"), "value"] == pytest.approx(1)
    assert np.isnan(table.loc[("en", "be"), "value"]) and table.loc[("en", "be"), "n"] == 3
    assert len(table) == 16


def test_what_has_no_steps_is_refused(steps):
    frame, numbers = steps
    with pytest.raises(SettingsError, match=r"every=7 is not possible: no two of the steps \(0, 50, 100, 150\)"):
        isotropy_change(frame, numbers, every=7)
    with pytest.raises(SettingsError, match=r"give isotropy\(\) a list of spaces"):
        isotropy_change(isotropy(fake_space()), {})
    with pytest.raises(SettingsError, match="two checkpoints have one step"):
        isotropy_change(frame, dict.fromkeys(numbers, 0))


def test_spaces_give_changes():
    spaces = [fake_space(seed=seed) for seed in range(3)]
    found = isotropy(spaces, -1, bootstrap=0)
    changes = isotropy_change(found, {"fake": 0, "fake (2)": 50, "fake (3)": 100})
    values = found.pivot(index="language", columns="checkpoint", values="value")
    first = changes[changes["step"] == 0].set_index("language")["value"]
    assert np.allclose(first, (values["fake (2)"] - values["fake"])[first.index])


def step_space(name: str, seed: int) -> Any:
    space = fake_space(seed=seed)
    space.recipe = space.recipe | {"checkpoint": name}
    return space


def slow_mean_cosine(vectors):
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    pairs = list(combinations(units.astype(float), 2))
    return sum(float(one @ other) for one, other in pairs) / len(pairs)


def test_spaces_of_steps_in_any_order_are_sorted_by_step():
    order = {100: 1, 0: 2, 150: 3, 50: 4}
    spaces = {step: step_space(f"job:4f2@{step}", seed) for step, seed in order.items()}
    found = isotropy_change(list(spaces.values()))
    assert list(found.columns) == ["layer", "language", "measure", "step", "value"]
    assert found.attrs["settings"]["every"] == 50 and set(found["layer"]) == {2}
    for language in ("be", "en", "tr"):
        rows = found[found["language"] == language]
        assert rows["step"].tolist() == [0, 50, 100]
        means = {}
        for step, space in spaces.items():
            own = (space.words["language"] == language).to_numpy()
            means[step] = slow_mean_cosine(space.vectors[2][own])
        assert np.allclose(rows["value"], [means[step + 50] - means[step] for step in (0, 50, 100)], atol=1e-6)
    wide = isotropy_change(list(spaces.values()), every=100, layer=[0, 1], measures=["isoscore"])
    assert set(wide["step"]) == {0, 50} and set(wide["layer"]) == {0, 1} and set(wide["measure"]) == {"isoscore"}


def test_steps_of_several_runs_are_told_apart_and_correlated_together():
    names = [f"{run}@{step}" for run in ("job:a1", "run:b2") for step in (0, 50, 100)]
    found = isotropy_change([step_space(name, seed) for seed, name in enumerate(names)])
    assert found["run"].tolist() == ["job:a1"] * 6 + ["run:b2"] * 6
    alone = isotropy_change([step_space(name, seed) for seed, name in enumerate(names[:3])])
    pd.testing.assert_frame_equal(found[found["run"] == "job:a1"].drop(columns="run"), alone)
    table = change_correlation(found).set_index(["language_a", "language_b"])
    assert set(table["n"]) == {4}
    one, other = (found.loc[found["language"] == code, "value"] for code in ("be", "tr"))
    assert table.loc[("be", "tr"), "value"] == pytest.approx(np.corrcoef(one, other)[0, 1])


def test_spaces_that_are_no_steps_are_refused():
    with pytest.raises(
        SettingsError, match=r"no checkpoint \(fake, fake \(2\)\) is a step of a run, such as job:4f2@50"
    ):
        isotropy_change([fake_space(), fake_space(seed=1)])
    with pytest.raises(SettingsError, match="two checkpoints have one step"):
        isotropy_change([step_space("job:a@50", 0), step_space("job:a@50", 1)])
    with pytest.raises(SettingsError, match="every=0 is not possible"):
        isotropy_change([step_space("job:a@50", 0), step_space("job:a@0", 1)], every=0)
