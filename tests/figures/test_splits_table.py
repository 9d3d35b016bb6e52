import pandas as pd
import pytest

from embspace.errors import SettingsError
from embspace.figures.splits import splits_table

ROWS = [
    ("some/mini", "en", "<b>x</b>", None, 2, "<b>x </b>", 3, 1.5),
    ("other", "en", "<b>x</b>", None, 1, "<b>x</b>", 3, float("nan")),
    ("other", "ar", "كلمة", None, 0, "", 1, 2.25),
]
COLUMNS = ["checkpoint", "language", "text", "type", "n_pieces", "pieces", "count", "fertility"]


def texts(figure):
    return [one.text for one in figure.layout.annotations]


@pytest.mark.parametrize("dark", [False, True])
def test_checkpoints_stand_side_by_side(dark):
    found = texts(splits_table(pd.DataFrame(ROWS, columns=COLUMNS), dark=dark))
    assert found[:4] == ["language", "written", "mini", "other"]
    assert "&lt;b&gt;x" in found and not any("<b>" in one for one in found)
    assert {"2, usually 1.50", "1", "no pieces, usually 2.25"} <= set(found)


def test_one_checkpoint_and_what_is_hidden():
    rows = [("en", f"w{n}", None, 1, f"w{n}", 9 - n, 1.0) for n in range(6)]
    figure = splits_table(pd.DataFrame(rows, columns=COLUMNS[1:]), per_language=4)
    assert "pieces" in texts(figure) and "and 2 less frequent forms" in texts(figure)
    with pytest.raises(SettingsError, match="no rows"):
        splits_table(pd.DataFrame(columns=COLUMNS))
    with pytest.raises(SettingsError, match="per_language=0"):
        splits_table(pd.DataFrame(rows, columns=COLUMNS[1:]), per_language=0)
