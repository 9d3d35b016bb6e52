from typing import Any

import pandas as pd
import pytest

from embspace.errors import SettingsError
from embspace.figures import probes, theme

probe_curves: Any = probes.probe_curves


def probed(lowest=0.1):
    values = {"probe": 0.9, "control": 0.5, "selectivity": lowest, "majority": 0.3}
    rows = [(layer, measure, value, 80, 20) for layer in (2, 0, 1) for measure, value in values.items()]
    result = pd.DataFrame(rows, columns=["layer", "measure", "value", "n_train", "n_test"])
    result.attrs["settings"] = {"n_layers": 3, "target": "type", "split": "words"}
    return result


def test_a_line_per_measure_told_apart_without_color():
    figure = probe_curves(probed())
    assert [line.name for line in figure.data] == ["probe", "control", "selectivity", "majority"]
    assert all(list(line.x) == [0, 1, 2] for line in figure.data)
    assert list(figure.data[1].y) == [0.5] * 3
    assert len({line.line.dash for line in figure.data}) == 4
    assert [note.text for note in figure.layout.annotations] == ["probe", "control", "selectivity", "majority"]
    assert figure.layout.yaxis.title.text == "accuracy: type, of new words"
    assert list(figure.layout.xaxis.ticktext) == ["embeddings", "1", "output"]
    assert list(figure.data[0].customdata[0]) == ["embeddings", 80, 20]


def test_selectivity_below_zero_is_on_the_axis():
    low, high = probe_curves(probed(-0.7), dark=True).layout.yaxis.range
    assert low < -0.7 and high > 1
    assert probe_curves(probed()).layout.yaxis.range[0] > -0.1


def test_checkpoints_differ_by_color():
    two = pd.concat([probed().assign(checkpoint=one) for one in ("a", "<b>")])
    figure = probe_curves(two)
    assert len(figure.data) == 8 and figure.data[4].name == "probe, &lt;b&gt;"
    assert figure.data[0].line.color != figure.data[4].line.color
    assert figure.data[3].line.color == figure.data[7].line.color == theme.look(False).muted
    with pytest.raises(SettingsError, match="no rows"):
        probe_curves(two.iloc[:0])
