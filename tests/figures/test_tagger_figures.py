import re
from itertools import product

import numpy as np
import pandas as pd
import pytest
from results import ELEVEN

from embspace.analyses.isotropy_change import change_correlation, isotropy_change
from embspace.errors import SettingsError
from embspace.figures import theme
from embspace.figures.confusion import confusion_matrices
from embspace.figures.isotropy_change import change_correlation_heatmap, isotropy_change_curves
from embspace.figures.transfer import transfer_scatter

COUNTS = {("B", "B"): 6, ("B", "O"): 2, ("O", "O"): 30, ("O", "I"): 1}


def confused(systems=("MUSE", "<b>"), languages=("nl", "de")):
    rows = []
    for system, language, gold, predicted in product(systems, languages, "BIO", "BIO"):
        count = COUNTS.get((gold, predicted), 0)
        rows.append((system, language, gold, predicted, count, float("nan")))
    return pd.DataFrame(rows, columns=["system", "language", "gold", "predicted", "count", "share"])


def test_matrices_stand_side_by_side_with_shares_and_counts():
    figure = confusion_matrices(confused())
    cells = [one for one in figure.data if one.type == "heatmap"]
    assert [note.text for note in figure.layout.annotations] == ["MUSE", "&lt;b&gt;"]
    assert figure.layout.title.text == "all languages"
    for one in cells:
        assert np.allclose(one.z, [[0.75, 0, 0.25], [np.nan] * 3, [0, 1 / 31, 30 / 31]], equal_nan=True)
        assert one.customdata[2][2].tolist() == [60, 62]
    numbers = next(one for one in figure.data if one.type == "scatter")
    assert numbers.text[0] == "<b>0.75</b><br>12" and len(numbers.text) == 6
    alone = confusion_matrices(confused(), "nl", systems=("MUSE",), dark=True)
    assert alone.data[0].customdata[0][0].tolist() == [6, 8] and alone.layout.title.text == "MUSE, Dutch"
    for wrong, message in (
        (lambda: confusion_matrices(confused(), "fr"), "no language 'fr'; it has de, nl"),
        (lambda: confusion_matrices(confused(), systems=("x",)), "no system 'x'; it has MUSE, <b>"),
        (lambda: confusion_matrices(confused().iloc[:0]), "no rows"),
    ):
        with pytest.raises(SettingsError, match=message):
            wrong()


def transferred(languages=("be", "en", "tr"), wrong=lambda at: 10 * at):
    pairs = [(a, b) for a, b in product(languages, languages) if a != b]
    rows = [(*pair, wrong(at), 100, wrong(at) / 100, 0.1 + 0.05 * (at % 7), 30, 2) for at, pair in enumerate(pairs)]
    return pd.DataFrame(rows, columns=["train", "test", "wrong", "sentences", "share", "tnld", "n", "n_seeds"])


def test_every_pair_is_a_point_in_the_color_of_its_test_language():
    result = transferred()
    figure = transfer_scatter(result)
    line, *points = figure.data
    assert [one.name for one in points] == ["Belarusian", "English", "Turkish"]
    for one, code in zip(points, ("be", "en", "tr"), strict=True):
        own = result[result["test"] == code]
        assert list(one.x) == own["tnld"].tolist() and list(one.y) == own["wrong"].tolist()
        assert one.marker.color == theme.language_color(code)
        assert list(one.text) == [f"{train}→{code}" for train in own["train"]]
    slope, intercept = np.polyfit(result["tnld"], result["wrong"], 1)
    assert np.allclose(line.y, slope * np.array(line.x) + intercept)
    assert re.fullmatch(r"Pearson's r 1.000 \(p &lt; 0.001\), Spearman's ρ 1.000 .*, 6 pairs", figure.layout.title.text)
    share = transfer_scatter(result, measure="share", labels=False, dark=True)
    assert np.allclose(share.data[0].y, np.array(line.y) / 100) and set(share.data[1].text) == {""}


def test_names_of_many_points_do_not_lie_over_each_other():
    figure = transfer_scatter(transferred(ELEVEN, wrong=lambda at: at % 2))
    named = [text for one in figure.data[1:] for text in one.text if text]
    assert 0 < len(named) < 110
    every = transfer_scatter(transferred(ELEVEN, wrong=lambda at: at % 2), labels=True)
    assert sum(bool(text) for one in every.data[1:] for text in one.text) == 110


def test_where_nothing_errs_there_is_no_line_and_it_is_said():
    figure = transfer_scatter(transferred(wrong=lambda _: 0))
    assert all("markers" in one.mode for one in figure.data)
    assert figure.layout.title.text.startswith("no correlation is defined: not one sentence is wrong")
    with pytest.raises(SettingsError, match='measure=\'f1\' is not possible; it is "wrong" or "share"'):
        transfer_scatter(transferred(), measure="f1")
    with pytest.raises(SettingsError, match="No pair has both"):
        transfer_scatter(transferred().assign(tnld=np.nan))


def changed(runs=("job:a",)):
    rng = np.random.default_rng(0)
    rows = [
        (f"{run}@{step}", layer, code, "mean_cosine", float(rng.normal()), 20)
        for run, step, layer, code in product(runs, (100, 0, 50, 150), (0, 2), ("tr", "en", "ru"))
    ]
    columns = ["checkpoint", "layer", "language", "measure", "value", "n"]
    iso = pd.DataFrame(rows, columns=columns)
    iso.attrs["settings"] = {"n_layers": 3}
    return iso, isotropy_change(iso)


def test_changes_are_a_line_per_language_over_steps():
    iso, changes = changed()
    figure = isotropy_change_curves(changes)
    assert [one.name for one in figure.data] == ["Russian", "English", "Turkish"]
    at = iso[(iso["layer"] == 2) & (iso["language"] == "en")].set_index("checkpoint")["value"]
    assert list(figure.data[1].x) == [0, 50, 100]
    assert np.allclose(figure.data[1].y, [at[f"job:a@{t + 50}"] - at[f"job:a@{t}"] for t in (0, 50, 100)])
    assert (
        figure.layout.yaxis.title.text == "change of mean cosine in 50 steps" and figure.layout.title.text == "output"
    )
    two = isotropy_change_curves(changed(("job:a", f"run:{'b' * 32}"))[1], 0, dark=True)
    assert len(two.data) == 6 and [note.text for note in two.layout.annotations] == ["job:a", "run:bbbbbbbbbbbb"]
    with pytest.raises(SettingsError, match="no measure 'isoscore'; it has mean_cosine"):
        isotropy_change_curves(changes, measure="isoscore")
    with pytest.raises(SettingsError, match="no layer 1; it has 0, 2"):
        isotropy_change_curves(changes, 1)


def test_correlations_of_changes_are_cells_from_minus_one_to_one():
    table = change_correlation(changed()[1])
    figure = change_correlation_heatmap(table)
    cells, numbers = figure.data
    expected = table[table["layer"] == 2].pivot(index="language_a", columns="language_b", values="value")
    codes = ["ru", "en", "tr"]
    assert np.allclose(cells.z, expected.loc[codes, codes]) and (cells.zmin, cells.zmax) == (-1, 1)
    assert numbers.text[0] == "1.00" and cells.customdata[0][1].startswith("n 3, p ")
    assert figure.layout.title.text == "output: changes of mean cosine in 50 steps"
    scale = theme.diverging(False)
    middle = scale[len(scale) // 2][1]
    assert theme.contrast(middle, "#ffffff") < 1.2 < theme.contrast(scale[0][1], "#ffffff")
    assert scale[0][1] != scale[-1][1]
    with pytest.raises(SettingsError, match="no rows"):
        change_correlation_heatmap(table.iloc[:0])
