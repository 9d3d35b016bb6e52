from typing import Any

import pandas as pd
import pytest

from embspace.errors import SettingsError
from embspace.figures import spelling, theme, tokenization

spelling_pairs: Any = spelling.spelling_pairs
fertility_bars: Any = tokenization.fertility_bars


def pairs():
    rows = [
        ("be", "en", "w", "Вашынгтон", "Washington", "Vasynhton", "Washington", 0.4),
        ("ru", "en", "w", "Вашингтон", "Washington", "Vashington", "Washington", 0.1),
        ("be", "en", "who", "САА3", "WHO", "SAAZ", "WHO", 1.0),
        ("be", "en", "r", "Рим", "<b>Rome", "Rim", "<b>Rome", 0.6),
        ("en", "tr", "l", "Lima", "Lima", "Lima", "Lima", 0.0),
    ]
    columns = ["language_a", "language_b", "entity", "name_a", "name_b", "latin_a", "latin_b", "value"]
    return pd.DataFrame(rows, columns=columns).sample(frac=1, random_state=0)


def texts(figure, mono=None):
    notes = sorted(figure.layout.annotations, key=lambda note: (note.y, note.x))
    return [note.text for note in notes if mono is None or (note.font.family == theme.MONO) == mono]


def test_the_farthest_pairs_then_the_nearest_one_of_each_entity():
    figure = spelling_pairs(pairs(), farthest=2, nearest=2)
    assert [text for text in texts(figure) if text[:1].isdigit()] == ["1.00", "0.60", "1 other pair", "0.10", "0.00"]
    shown = texts(figure)
    assert "&lt;b&gt;Rome" in shown and not any("<b>Rome" in text for text in shown)
    assert "САА3" in shown and "Вашынгтон" not in shown  # of Washington its nearest pair alone
    assert shown.count("Lima") == 4
    assert "English" in shown and any(theme.language_color("be") in text for text in shown)


def test_no_pair_stands_twice():
    shown = texts(spelling_pairs(pairs(), farthest=9, nearest=9))
    assert len([text for text in shown if text[:1] in "01" and "." in text]) == 5
    assert not any("other pair" in text for text in shown)


def test_the_letters_that_differ_are_bold():
    figure = spelling_pairs(pairs().query("entity == 'w'"), farthest=1, nearest=0)
    # Vasynhton -> Washington: V-W, +h, y-i, h-g.
    assert texts(figure, mono=True) == ["<b>V</b>as<b>y</b>n<b>h</b>ton", "<b>W</b>as<b>hi</b>n<b>g</b>ton"]


def many(shuffled=0):
    """Nine pairs of one distance and seven that are spelled alike, each of an entity of its own, but for one."""
    rows = [("en", "tr", f"far {i}", "A" * i, "B" * i, "A" * i, "B" * i, 1.0) for i in range(1, 10)]
    rows += [("en", "tr", f"same {i}", "C" * i, "C" * i, "C" * i, "C" * i, 0.0) for i in range(1, 8)]
    rows += [("be", "en", "far 9", "Б", "A", "B", "A", 1.0), ("be", "en", "mid", "Бa", "Bb", "Ba", "Bb", 0.5)]
    columns = ["language_a", "language_b", "entity", "name_a", "name_b", "latin_a", "latin_b", "value"]
    return pd.DataFrame(rows, columns=columns).sample(frac=1, random_state=shuffled).reset_index(drop=True)


def test_of_equal_pairs_the_longest_stand_whatever_the_order_of_the_rows():
    drawn = [spelling_pairs(many(seed), farthest=3, nearest=2) for seed in range(5)]
    assert all(texts(figure) == texts(drawn[0]) for figure in drawn)
    shown = texts(drawn[0])
    names = [text for text in shown if set(text) <= set("ABC") and len(text) > 1]
    assert {len(name) for name in names if name[0] == "A"} == {9, 8, 7}
    assert {len(name) for name in names if name[0] == "C"} == {7, 6}
    assert "13 other pairs, 7 of 1.00 and 5 of 0.00" in shown
    assert "15 other pairs, 7 of 1.00" in texts(spelling_pairs(many(), farthest=3, nearest=0))


def test_pairs_that_could_not_be_compared_are_counted_below():
    result = pairs().assign(why="")
    absent = ("be", "zh", "x", "Імя", "\U00020000", "", "", float("nan"), "it cannot be written in Latin letters")
    result.loc[len(result)] = absent
    assert texts(spelling_pairs(result))[-1] == "1 pair left out: a name cannot be written in Latin letters"
    with pytest.raises(SettingsError, match="no rows with a value"):
        spelling_pairs(result.iloc[-1:])


def test_nothing_to_draw_is_refused():
    with pytest.raises(SettingsError, match="no rows"):
        spelling_pairs(pairs().iloc[:0])
    with pytest.raises(SettingsError, match="farthest=0, nearest=0 is not possible"):
        spelling_pairs(pairs(), farthest=0, nearest=0)


def fertile(typed):
    rows = [("tr", "LOC", 2.5, 0.9, 40), ("be", "LOC", 3.0, 1.0, 40), ("be", "PER", 4.0, 0.5, 10)]
    result = pd.DataFrame(rows, columns=["language", "type", "fertility", "split", "n"])
    return result if typed else result.iloc[[0, 1]].drop(columns="type")


def test_a_bar_per_language_with_its_numbers():
    figure = fertility_bars(fertile(False), dark=True)
    bars = figure.data[0]
    assert list(bars.y) == ["Belarusian", "Turkish"] and list(bars.x) == [3.0, 2.5]
    assert list(bars.text) == ["3.00   100% split", "2.50   90% split"]
    assert list(bars.marker.color) == [theme.language_color("be", True), theme.language_color("tr", True)]
    assert figure.layout.xaxis.range[0] == 0  # bars begin at nothing
    with pytest.raises(SettingsError, match="no rows"):
        fertility_bars(fertile(False).iloc[:0])


def test_types_stand_beside_each_other_by_pattern():
    figure = fertility_bars(fertile(True))
    person, place = figure.data
    assert (person.name, place.name) == ("PER", "LOC")
    assert list(person.text) == ["4.00   50% split   PER", ""]
    assert person.marker.pattern.shape != place.marker.pattern.shape
    bare = fertile(True)
    bare["type"] = None
    assert [one.name for one in fertility_bars(bare.iloc[:2]).data] == ["other"]
