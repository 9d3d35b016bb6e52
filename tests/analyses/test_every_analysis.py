"""What holds for every analysis of `workflows.analyses` and for its figures, whatever the space."""

import inspect
import json
import re
import warnings
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from odd_spaces import ODD, beside, corpus_of, files_of, given, needed, space_of, steps_of, usual

from embspace.analyses.transformation import transform
from embspace.errors import EmbspaceError, SettingsError
from embspace.workflows.analyses import ANALYSES
from embspace.workflows.analysis import resolve

COUNTED = {
    "n",
    "count",
    "n_train",
    "n_test",
    "n_related",
    "n_unrelated",
    "candidates",
    "missing",
    "largest",
    "left_out",
    "why",
}
"""columns that do not say what a row is about; nor does any with fractions"""


@pytest.fixture(autouse=True)
def strict():
    """A warning of a library is one that a user would see."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def run(path: str, *args: Any, **settings: Any) -> pd.DataFrame:
    """All layers, few resamples: what is tested here does not need many."""
    function = resolve(path)
    known = inspect.signature(function).parameters
    usual_ones = {"layer": None, "bootstrap": 10, "seed": 3} | needed(path, args[0])
    return function(*args, **({name: one for name, one in usual_ones.items() if name in known} | settings))


def all_tables(name: str, *args: Any, **settings: Any) -> dict[str, pd.DataFrame]:
    """The tables of an analysis, as a job makes them, without those that cannot be."""
    made: dict[str, pd.DataFrame] = {}
    for key, table in ANALYSES[name].tables.items():
        if table.derived:
            made |= {key: run(table.run, made[name])} if name in made else {}
            continue
        try:
            made[key] = run(table.run, *args, **settings)
        except EmbspaceError as error:
            said = str(error)
            assert len(said) > 50 and said.endswith((".", ")")), said
            assert not re.search(r"\bNone\b|\bnan\b|-1\b|: [;.,]", said), said
    return made


def check(table: pd.DataFrame, path: str) -> None:
    """Numbers are finite, or NaN where the docstring says when; a column `why` says it of each."""
    said = inspect.getdoc(resolve(path)) or ""
    for column in table.columns:
        values = table[column]
        if not pd.api.types.is_float_dtype(values) or column == "type":
            continue
        assert not np.isinf(values).any(), (path, column)
        assert "NaN" in said or values.notna().all(), (path, column)
    if "why" in table.columns:
        assert ((table["why"] == "") == table["value"].notna()).all()


def shape_of(table: pd.DataFrame) -> tuple[object, ...]:
    """What a figure of a table depends on beside its numbers: how many rows, languages and gaps, how long words."""
    absent = table.isna().to_numpy().sum(axis=0)
    languages = [set(table[one]) for one in table.columns if one.startswith("language")]
    longest = max(map(len, map(str, table["text"])), default=0) if "text" in table.columns else 0
    gaps = tuple(np.where(absent == len(table), 2, np.minimum(absent, 1)).tolist())
    return min(len(table), 6), gaps, tuple(min(3, len(one)) for one in languages), longest > 90, longest == 0


@pytest.mark.parametrize("name", ANALYSES)
def test_odd_spaces_give_an_error_that_says_what_to_do_or_numbers_that_can_be_drawn(name):
    drawn = set()
    entry = ANALYSES[name]
    for odd in ODD:
        space = space_of(odd)
        other = space.moved(space.vectors + np.random.default_rng(1).normal(size=space.vectors.shape) / 10)
        other.layers, other.n_layers, other.held = space.layers, space.n_layers, space.held
        for args, settings in given(entry, space, other):
            settings = settings | ({"layer": list(space.layers[-1:])} if layered(name) else {})
            for key, table in all_tables(name, *args, **settings).items():
                check(table, entry.tables[key].run)
                for figure in entry.tables[key].figures:
                    if (shape := (figure, shape_of(table))) not in drawn:
                        drawn.add(shape)
                        draw(figure, table)
    assert drawn


def layered(name: str) -> bool:
    """Whether an analysis looks at layers."""
    tables = ANALYSES[name].tables.values()
    return all(one.derived or "layer" in inspect.signature(resolve(one.run)).parameters for one in tables)


def draw(figure: str, table: pd.DataFrame) -> Any:
    """A figure, or None where it says that there is nothing to draw."""
    try:
        return resolve(figure)(table)
    except SettingsError as error:
        assert len(str(error)) > 30
        return None


@cache
def two(name: str) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """What an analysis takes of a space, and of the same one in another order that keeps that of its languages."""
    space = usual()
    rows = np.array([0, 10, 20, *np.random.default_rng(5).permutation(sorted({*range(30)} - {0, 10, 20}))])
    other = space.moved(space.vectors + np.random.default_rng(1).normal(size=space.vectors.shape) / 10)
    entry = ANALYSES[name]
    found = []
    for order in (np.arange(30), rows):
        one, after = space.rows(order), other.rows(order)
        taken = {"corpus": corpus_of, "files": lambda made: files_of(entry, made)}
        if entry.takes == "pair" or entry.steps:
            found.append((steps_of(one, after),) if entry.steps else (one, after))
            continue
        found.append((taken.get(entry.takes, lambda made: made)(one),))
    return found[0], found[1]


BOUNDS = {f"{one}_{side}" for one in ("auc", "overlap", "difference") for side in ("low", "high")}
DRAWN = {
    "isotropy": {"low", "high"},
    "relatedness": {"auc", "overlap", "difference", "mean_unrelated", *BOUNDS},
    "relatedness_distances": {"low", "high", "count", "auc", "difference"},
    "probe": {"value", "n_train", "n_test"},
}
"""columns that hang on what is drawn at random: among rows in another order others are drawn"""
ROWS = ["row", "query_row"]
"""columns that number the rows of the space"""


@pytest.mark.parametrize("name", ANALYSES)
def test_the_order_of_words_does_not_matter(name):
    asked = {"query": "per1"} if name == "neighbors" else beside(ANALYSES[name], usual())
    for key, (before, after) in zip_tables(*(all_tables(name, *args, **asked) for args in two(name))).items():
        left = [one for one in before.columns if one not in DRAWN.get(key, ()) and one not in ROWS]
        one, other = (table[left].sort_values(keys_of(table[left]), ignore_index=True) for table in (before, after))
        pd.testing.assert_frame_equal(one, other, rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", ANALYSES)
def test_the_same_seed_gives_the_same_numbers_and_no_row_twice(name):
    args = two(name)[0]
    asked = beside(ANALYSES[name], usual())
    first, again = all_tables(name, *args, **asked), all_tables(name, *args, **asked)
    assert set(first) == set(ANALYSES[name].tables)
    for key, (one, other) in zip_tables(first, again).items():
        pd.testing.assert_frame_equal(one, other, check_exact=True)
        assert one.attrs == other.attrs
        assert len(one)
        assert not one.duplicated(keys_of(one)).any(), key


@pytest.mark.parametrize("name", ANALYSES)
def test_results_tell_what_made_them(name):
    entry, args = ANALYSES[name], two(name)[0]
    spaces = args[0] if entry.steps else args
    if entry.vectors:
        spaces = [transform(one, "center", "all-but-the-top:1") for one in spaces]
        args = (spaces,) if entry.steps else tuple(spaces)
    for key, table in all_tables(name, *args, **beside(entry, usual())).items():
        settings = table.attrs["settings"]
        assert settings["analysis"] == key
        assert json.loads(json.dumps(settings)) == settings
        if entry.takes == "corpus":
            assert settings["fingerprint"] == args[0].fingerprint
            continue
        if entry.takes == "files":
            assert settings.get("baseline", "fake") == "fake"
            continue
        told = settings.get("spaces", [settings])
        assert [one["space"] for one in told] == [one.fingerprint for one in spaces]
        wanted = ["center", "all-but-the-top:1"] if entry.vectors else []
        assert all(one["transforms"] == wanted for one in told)


@pytest.mark.parametrize("name", [name for name, one in ANALYSES.items() if one.takes == "spaces" and not one.steps])
def test_several_checkpoints_have_a_column_and_a_label_each(name):
    space = usual()
    entry = ANALYSES[name]
    for key, table in all_tables(name, [space, space.moved(-space.vectors)]).items():
        assert list(dict.fromkeys(table["checkpoint"])) == ["fake", "fake (2)"]
        assert len(table.attrs["settings"]["spaces"]) == 2
        assert not table.duplicated(keys_of(table)).any()
        for figure in entry.tables[key].figures:
            assert draw(figure, table)


def zip_tables(one: dict[str, Any], other: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    assert list(one) == list(other)
    return {key: (one[key], other[key]) for key in one}


def keys_of(table: pd.DataFrame) -> list[str]:
    """The columns that say what a row is about."""
    binned = {"low", "high"} & set(table.columns) if "kind" in table.columns else set()
    measured = [one for one in table.columns if pd.api.types.is_float_dtype(table[one]) and one not in binned]
    return [one for one in table.columns if one not in measured and one not in COUNTED]
