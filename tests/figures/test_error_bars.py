import sys
from pathlib import Path

import pandas as pd
import pytest

from embspace.analyses.errors import organizations, tagging_errors
from embspace.errors import SettingsError
from embspace.figures.checkpoint_names import run_names
from embspace.figures.errors import error_bars, organization_bars

sys.path.append(str(Path(__file__).parents[1] / "analyses"))
from tagged_words import BLIND, PLACES, predictions, system

BOTH = {"places": system(*PLACES), "blind": system(*BLIND)}


def told(figure):
    """Name -> language -> value of every bar."""
    return {bar.name: dict(zip(bar.y, bar.x, strict=True)) for bar in figure.data}


def test_sentences_are_counted_by_language_and_by_what_is_wrong():
    result = tagging_errors(BOTH, "places", "blind")
    figure = error_bars(result)
    assert told(figure) == {"LOC, ORG": {"English": 1, "Russian": 1}}
    assert figure.layout.title.text == "wrong: places · right: blind · 2 of 4 sentences"
    alone = error_bars(tagging_errors(BOTH["blind"]), dark=True)
    assert alone.layout.title.text == "wrong: predicted · 2 of 4 sentences"
    with pytest.raises(SettingsError, match="There is no sentence where places errs where blind does not"):
        error_bars(tagging_errors({"places": BOTH["blind"], "blind": BOTH["blind"]}))


def test_rare_kinds_of_errors_share_a_color():
    kinds = ["PER", "LOC", "ORG", "MISC", "DATE", "WORK", "EVENT", "LAW", "ART"]
    tables = [("en", "a b", f"B-{kind} O", "O O") for number, kind in enumerate(kinds) for _ in range(9 - number)]
    bars = told(error_bars(tagging_errors(predictions(*tables))))
    assert list(bars) == [*kinds[:6], "others"] and bars["others"] == {"English": 3 + 2 + 1}


def test_organizations_are_shares_of_their_occurrences():
    figure = organization_bars(organizations(BOTH))
    assert [note.text for note in figure.layout.annotations] == ["places", "blind"]
    first = {bar.name: list(bar.x) for bar in figure.data[:5]}
    assert first["LOC"] == [1, 1] and first["ORG"] == [0, 0]
    loc = next(bar for bar in figure.data if bar.name == "LOC")
    assert loc.customdata[loc.y.index("English")] == "<br>Empoli: 1 of 1<br>Swansea City: 1 of 1"
    alone = organization_bars(organizations(BOTH), system="blind")
    assert next(bar for bar in alone.data if bar.name == "ORG").x.tolist() == [1, 1]
    with pytest.raises(SettingsError, match="no system 'x'; it has places, blind"):
        organization_bars(organizations(BOTH), system="x")


def test_names_from_files_are_escaped():
    odd = BOTH["places"].assign(system="<b>", word=BOTH["places"]["word"].replace("Empoli", "<i>x"))
    page = organization_bars(organizations(odd)).to_json()
    assert "<b>:" not in page and "<i>x" not in page and "&lt;i&gt;x" in page


def test_trainings_are_called_by_what_they_were_trained_on():
    trained = {"job:a/1": ["ru"], "job:a/2": ["ru"], "job:b": ["en"], "job:c": ["en", "ru"]}
    assert list(run_names(trained, trained).values()) == [
        *("trained on Russian, seed 1", "trained on Russian, seed 2", "trained on English", "job:c")
    ]
    assert run_names(["job:b", "job:d"], {"job:b": ["en"], "job:d": ["en"]}) == {"job:b": "job:b", "job:d": "job:d"}
    assert run_names(["run:" + "a" * 32, "/x/y"]) == {"run:" + "a" * 32: "run:" + "a" * 12, "/x/y": "y"}
    table = pd.concat([one.assign(system=name, train="be") for name, one in BOTH.items()])
    assert organizations(table).attrs["settings"]["trained"] == {"places": ["be"], "blind": ["be"]}
