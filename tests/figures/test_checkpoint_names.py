"""Checkpoints go by short names on figures, and never two by the same."""

import pandas as pd

from embspace.figures import isotropy_curves, relatedness_histograms
from embspace.figures.checkpoint_names import short_names


def test_the_last_part_where_it_tells_checkpoints_apart():
    assert short_names(["mini", "/runs/one/mini-en", "team/model@v2"]) == {
        "mini": "mini",
        "/runs/one/mini-en": "mini-en",
        "team/model@v2": "model@v2",
    }
    assert list(short_names(["one/last", "two/last", "one/first", "one/last"]).values()) == [
        "one/last",
        "two/last",
        "first",
    ]
    assert short_names(["a/base+b/adapter", "a/base", ""]) == {
        "a/base+b/adapter": "a/base+b/adapter",
        "a/base": "base",
        "": "",
    }


def test_figures_name_folders_by_their_last_part():
    rows = [
        (name, 1, "l2", kind, 0.0, 1.0, 4, 0.9, 1.0) for name in ("/a/x", "/a/y") for kind in ("related", "unrelated")
    ]
    columns = ["checkpoint", "layer", "metric", "kind", "low", "high", "count", "auc", "difference"]
    panels = relatedness_histograms(pd.DataFrame(rows, columns=columns))
    assert [one.text for one in panels.layout.annotations][:2] == ["x, output", "y, output"]
    curves = [(name, 0, "en", "mean_cosine", 0.1, 0.0, 0.2, 9) for name in ("/a/x", "/a/y")]
    columns = ["checkpoint", "layer", "language", "measure", "value", "low", "high", "n"]
    names = {one.name for one in isotropy_curves(pd.DataFrame(curves, columns=columns)).data if one.name}
    assert names >= {"English, x", "English, y", "x", "y"} and not any("/a" in one for one in names)


def test_steps_of_runs_are_named_whole():
    names = ["job:20260101-120000-train-abc/1@50", "job:20260101-120000-train-abc/2@50", "run:0f1e@3"]
    assert list(short_names(names).values()) == names
