"""Results of steps as curves over the steps."""

import pandas as pd
import pytest

from embspace.errors import SettingsError
from embspace.figures.checkpoint_names import short_names
from embspace.figures.over_steps import step_curves

STEPS = {"job:a@0": 0.1, "job:a@50": 0.4, "job:a@100": 0.2}


def table(analysis, columns, rows):
    found = pd.DataFrame(rows, columns=columns)
    found.attrs["settings"] = {"analysis": analysis, "spaces": [{"checkpoint": one, "n_layers": 3} for one in STEPS]}
    return found


def similarity(names=STEPS):
    rows = [
        (name, layer, one, other, value + layer + (one == "be") / 10, 4)
        for name, value in names.items()
        for layer in (1, 2)
        for one in ("be", "en", "ru")
        for other in ("be", "en", "ru")
    ]
    return table("similarity", ["checkpoint", "layer", "language_a", "language_b", "value", "n"], rows)


def lines(figure):
    return {trace.name: (list(trace.x), [round(float(one), 6) for one in trace.y]) for trace in figure.data}


def test_similarity_is_drawn_by_step_whatever_order_the_spaces_have():
    drawn = step_curves(similarity().sample(frac=1, random_state=0).pipe(kept, similarity()))
    assert lines(drawn) == {
        "Belarusian": ([0, 50, 100], [2.2, 2.5, 2.3]),
        "Russian": ([0, 50, 100], [2.1, 2.4, 2.2]),
    }
    assert drawn.layout.title.text == "output"
    assert "English" in drawn.layout.yaxis.title.text
    other = step_curves(similarity(), 1, to="be")
    assert set(lines(other)) == {"English", "Russian"} and other.layout.title.text == "layer 1"


def kept(shuffled, whole):
    shuffled.attrs = whole.attrs
    return shuffled


def test_runs_have_panels_of_their_own():
    names = {**STEPS, "job:b/1@0": 0.5, "job:b/1@50": 0.6}
    figure = step_curves(similarity(names))
    assert [one.text for one in figure.layout.annotations][:2] == ["job:a", "job:b/1"]
    assert sorted(len(trace.x) for trace in figure.data) == [2, 2, 3, 3]


def test_grouping_relatedness_and_isotropy_have_lines_of_their_kind():
    columns = ["checkpoint", "layer", "measure", "factor", "value"]
    rows = [
        (name, 2, measure, factor, value)
        for name, value in STEPS.items()
        for measure in ("silhouette", "nearer", "variance")
        for factor in ("language", "type", "rest")
    ]
    figure = step_curves(table("grouping", columns, rows))
    assert set(lines(figure)) == {"language", "type"} and "nearer" in figure.layout.yaxis.title.text
    assert "silhouette" in step_curves(table("grouping", columns, rows), measure="silhouette").layout.yaxis.title.text
    columns = ["checkpoint", "layer", "metric", "language_a", "language_b", "auc"]
    rows = [
        (name, 2, metric, one, one, value if one == "all" else 9.0)
        for name, value in STEPS.items()
        for metric in ("l2", "cosine")
        for one in ("all", "be")
    ]
    assert lines(step_curves(table("relatedness", columns, rows))) == {
        "L2 distance": ([0, 50, 100], [0.1, 0.4, 0.2]),
        "cosine distance": ([0, 50, 100], [0.1, 0.4, 0.2]),
    }
    columns = ["checkpoint", "layer", "language", "measure", "value"]
    rows = [(name, 2, "en", "mean_cosine", value) for name, value in STEPS.items()]
    assert lines(step_curves(table("isotropy", columns, rows))) == {"English": ([0, 50, 100], [0.1, 0.4, 0.2])}


def test_what_is_no_result_of_steps_is_refused():
    with pytest.raises(SettingsError, match="none of these is"):
        step_curves(similarity({"mini": 0.1}))
    with pytest.raises(SettingsError, match="no other language beside 'tr'"):
        step_curves(similarity(), to="tr")
    with pytest.raises(SettingsError, match="no layer 7"):
        step_curves(similarity(), 7)
    with pytest.raises(SettingsError, match="this one is of 'cka'"):
        step_curves(table("cka", ["checkpoint", "layer", "value"], [("job:a@0", 2, 0.5)]))
    columns = ["checkpoint", "layer", "measure", "factor", "value"]
    with pytest.raises(SettingsError, match="no measure 'f'; it has nearer"):
        step_curves(table("grouping", columns, [("job:a@0", 2, "nearer", "type", 0.5)]), measure="f")


def test_steps_of_one_run_go_by_their_numbers():
    assert short_names(STEPS) == {"job:a@0": "step 0", "job:a@50": "step 50", "job:a@100": "step 100"}
    assert short_names(["job:a@0", "mini"]) == {"job:a@0": "job:a@0", "mini": "mini"}
    assert short_names(["job:a@0", "job:b@0"]) == {"job:a@0": "job:a@0", "job:b@0": "job:b@0"}
    assert short_names(["job:a@50"]) == {"job:a@50": "job:a@50"}
