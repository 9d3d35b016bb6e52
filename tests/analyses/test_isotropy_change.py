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
