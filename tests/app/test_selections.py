"""Words that were picked on the map, by name."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

import selections
from embspace.errors import SettingsError, StoreError

sys.path.append(str(Path(__file__).parents[1] / "analyses"))
from fake_space import FakeSpace, fake_space


def known(**recipe) -> Any:
    space = fake_space()
    space.recipe |= {"corpus_fingerprint": "c", **recipe}
    return space


def picked(space, *rows):
    return space.words.iloc[list(rows)]


def test_a_selection_comes_back_as_it_was_saved(workspace):
    space = known()
    made = selections.select(" two  clouds ", space, picked(space, 7, 3))
    path = selections.save(made, workspace)
    assert path == workspace.selections / "two clouds.json"
    found = selections.load("two clouds", workspace)
    assert found == made
    assert found.rows == (3, 7)
    assert found.words["text"].tolist() == space.words["text"].iloc[[3, 7]].tolist()
    assert found.words["context"].tolist() == space.sentences["text"].iloc[[3, 7]].tolist()
    assert found.rows_in(space).tolist() == [3, 7]
    assert (found.checkpoint, found.corpus) == ("fake", "fake")


def test_missing_values_are_kept_as_such(workspace):
    space = known()
    space.words["type"] = None
    space.words["entity"] = float("nan")
    selections.save(selections.select("a", space, picked(space, 0)), workspace)
    [record] = json.loads((workspace.selections / "a.json").read_text())["records"]
    assert record["type"] is None and record["entity"] is None


def test_its_words_are_found_in_another_space_of_the_same_sentences(workspace):
    space = known()
    made = selections.select("a", space, picked(space, 20, 40))
    other: Any = FakeSpace(space.vectors[:2] + 1, space.words, space.sentences)
    other.recipe |= {"corpus_fingerprint": "c"}
    assert made.rows_in(other).tolist() == [20, 40]
    part = other.select(language="tr")
    part.recipe |= {"corpus_fingerprint": "c"}
    assert [part.words["text"][row] for row in made.rows_in(part)] == [space.words["text"][40]]
    other.recipe |= {"corpus_fingerprint": "another"}
    with pytest.raises(SettingsError, match="picked from other sentences, of 'fake'"):
        made.rows_in(other)


@pytest.mark.parametrize("name", ["a", "Вашингтон 1.b-c_d", "a" * 60])
def test_possible_names(name):
    assert selections.checked_name(name) == name


@pytest.mark.parametrize("name", ["", " ", ".", "..", "../a", "a/b", "a\\b", ".hidden", "a.", "a\0b", "a" * 61, "a:b"])
def test_names_that_are_no_file_of_their_own_are_refused(name, workspace):
    with pytest.raises(SettingsError, match="no name of a selection"):
        selections.checked_name(name)
    with pytest.raises(SettingsError):
        selections.load(name, workspace)
    with pytest.raises(SettingsError):
        selections.remove(name, workspace)


def test_they_are_listed_replaced_and_removed(workspace):
    assert selections.names(workspace) == []
    space = known()
    for name, row in (("b", 1), ("A", 2), ("b", 3)):
        selections.save(selections.select(name, space, picked(space, row)), workspace)
    assert selections.names(workspace) == ["A", "b"]
    assert selections.load("b", workspace).rows == (3,)
    selections.remove("b", workspace)
    assert selections.names(workspace) == ["A"]
    with pytest.raises(StoreError, match="no selection 'b'; stored are A"):
        selections.load("b", workspace)


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"name": 1}'])
def test_a_damaged_one_is_said(workspace, text):
    workspace.selections.mkdir(parents=True)
    (workspace.selections / "a.json").write_text(text)
    with pytest.raises(StoreError, match=r"a\.json"):
        selections.load("a", workspace)
