import re

import numpy as np
import pandas as pd
import pytest

from embspace.errors import SettingsError
from embspace.figures import theme
from embspace.figures.training import loss_curves, score_curves


def log(runs=("job:a",), seeds=(0,), languages=("en", "tr", "all")):
    rows = []
    for run in runs:
        for seed in seeds:
            for step in (25, 10, 20, 35):
                rows += [(run, seed, step, step / 20, "loss/ner", "", 2.0 / step + 0.1 * seed)]
                rows += [(run, seed, step, step / 20, "loss/cloze", "", 5.0 - 0.1 * step)]
                rows += [(run, seed, step, step / 20, "rate", "", 1e-4)]
            for epoch in (1, 2):
                for number, language in enumerate(languages):
                    for name in ("dev/accuracy", "dev/f1", "best/f1"):
                        value = 0.3 * epoch + 0.01 * number + 0.1 * seed
                        rows.append((run, seed, 20 * epoch, float(epoch), name, language, value))
    columns = ["run", "seed", "step", "epoch", "name", "language", "value"]
    return pd.DataFrame(rows, columns=columns)


def slow_smoothed(values, steps, share):
    """Each step by itself: a line's mean stands for all its steps at the line's time."""
    counts = np.diff([steps[0] - np.median(np.diff(steps)), *steps])
    found = []
    for at, now in enumerate(steps):
        weights = [
            share ** ((now - then) / np.median(np.diff(steps))) * n for then, n in zip(steps, counts, strict=True)
        ]
        found.append(sum(w * v for w, v in zip(weights[: at + 1], values, strict=False)) / sum(weights[: at + 1]))
    return found


def test_losses_are_drawn_faint_and_smoothed_strong():
    figure = loss_curves(log(), smoothing=0.5)
    assert [note.text for note in figure.layout.annotations] == ["ner", "cloze"]
    raw, strong = figure.data[:2]
    steps = [10, 20, 25, 35]
    values = [2.0 / step for step in steps]
    assert list(raw.x) == list(strong.x) == steps and np.allclose(raw.y, values)
    assert np.allclose(strong.y, slow_smoothed(values, steps, 0.5))
    assert raw.line.color.startswith("rgba") and strong.line.color.startswith("#")
    plain = loss_curves(log(), ["ner"], smoothing=0.0)
    assert np.allclose(plain.data[1].y, values) and len(plain.data) == 2
    assert len(loss_curves(log(), ["rate"]).data) == 2


def test_several_seeds_are_a_mean_with_its_deviation():
    figure = loss_curves(log(seeds=(0, 1, 3)), ["ner"], smoothing=0.0, dark=True)
    band, line = figure.data
    values = np.array([2.0 / step for step in (10, 20, 25, 35)])
    spread = np.std([0, 0.1, 0.3], ddof=1)
    assert np.allclose(line.y, values + np.mean([0, 0.1, 0.3])) and "mean of 3 seeds" in line.hovertemplate
    assert (
        band.fill == "toself"
        and np.allclose(band.y[:4], line.y - spread)
        and np.allclose(band.y[4:], line.y[::-1] + spread)
    )
    short = log(seeds=(0, 1))
    short = short[~((short["seed"] == 1) & (short["step"] > 20))]
    assert list(loss_curves(short, ["ner"]).data[1].x) == [10, 20]


def test_runs_have_colors_and_a_legend():
    figure = loss_curves(log(("job:a", "<b>", "job:c")), ["ner"])
    shown = [one for one in figure.data if one.showlegend]
    assert [one.name for one in shown] == ["job:a", "&lt;b&gt;", "job:c"]
    assert len({one.line.color for one in shown}) == 3


def test_scores_are_a_line_per_language_over_epochs():
    figure = score_curves(log())
    assert [line.name for line in figure.data] == ["English", "Turkish", "all languages"]
    assert figure.layout.yaxis.title.text == "F1 of dev"
    assert list(figure.data[1].x) == [1, 2] and np.allclose(figure.data[1].y, [0.31, 0.61])
    assert [line.line.color for line in figure.data][:2] == [theme.language_color("en"), theme.language_color("tr")]
    assert figure.data[2].line.color == theme.look(False).text
    assert [note.text for note in figure.layout.annotations] == ["English", "Turkish", "all languages"]
    seeds = score_curves(log(seeds=(0, 1)), "accuracy")
    assert len(seeds.data) == 6 and seeds.data[0].fill == "toself"
    assert np.allclose(seeds.data[3].y, [0.35, 0.65]) and "± 0.071 of 2 seeds" in seeds.data[3].customdata[0]
    two = score_curves(log(("job:a", "job:b")), dark=True)
    assert {line.line.dash for line in two.data} == {"solid", "dash"}
    assert [line.name for line in two.data if line.showlegend is not False] == ["job:a", "job:b"]


def test_what_is_not_logged_is_refused():
    for wrong, message in (
        (lambda: loss_curves(log(), ["pc"]), "no loss 'pc'; it has"),
        (lambda: loss_curves(log(), smoothing=1.0), "smoothing=1.0 is not possible"),
        (lambda: loss_curves(log().query("name == 'dev/f1'")), "no losses; it has dev/f1"),
        (lambda: score_curves(log(), part="test"), "no score '' of test; it has none: no epoch has ended"),
        (lambda: score_curves(log(), "recall"), "no score 'recall' of dev; it has"),
        (lambda: loss_curves(log().iloc[:0]), "no rows"),
    ):
        with pytest.raises(SettingsError, match=re.escape(message)):
            wrong()
