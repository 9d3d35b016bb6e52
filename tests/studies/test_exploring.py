"""The study "exploring": every item from end to end on a tiny model, and verdicts on made-up numbers."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from embspace.encoders.trained import find_runs
from embspace.errors import StudyError
from embspace.progress import Silent
from embspace.studies import exploring, exploring_groups, exploring_names, exploring_spaces, exploring_transfer
from embspace.studies.config import StudyConfig
from embspace.studies.exploring import EXPLORING
from embspace.studies.study import Context, Output
from embspace.training.material import open_part
from embspace.training.part import Part
from embspace.workflows import train
from embspace.workflows.training_batch import Trained
from embspace.workspace import Workspace

LANGUAGES = ("be", "en", "ru", "tr")
WATCHED = ("en", "es", "pl", "ru", "tr", "uk")


def context(config: StudyConfig, place: Workspace | None = None, **trained: Trained) -> Context:
    return Context(config, place or Workspace.__new__(Workspace), Silent(), trained)


@pytest.fixture(scope="module")
def made(bert_folder, tmp_path_factory) -> tuple[Context, dict[str, Output]]:
    """All items of a study of four languages, two seeds, one step each."""
    place = Workspace(tmp_path_factory.mktemp("exploring") / "workspace")
    config = StudyConfig(
        "exploring",
        checkpoint=str(bert_folder),
        sentences=12,
        test_sentences=12,
        epochs=1,
        rate=1e-3,
        languages=LANGUAGES,
        seeds=(0, 1),
        threads=1,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EMBSPACE_WORKSPACE", str(place.root))
        patch.setattr(exploring, "PROBED", 2)
        patch.setattr(exploring, "EVERY", 1)
        patch.setattr(exploring_transfer, "EVERY", 1)
        patch.setattr(exploring_spaces, "PERPLEXITY", 5)
        wanted = {name: replace(one, batch=3) for name, one in EXPLORING.trainings(config).items()}
        trained = {name: Trained(name, one, train.run(one, place, Silent())) for name, one in wanted.items()}
        whole = context(config, place, **trained)
        found = {}
        for name, item in EXPLORING.items.items():
            own = {one: trained[one] for one in item.trainings(config)}
            found[name] = item.make(replace(whole, trained=own))
    return whole, found


def test_every_item_is_made_and_tells_of_its_claims(made):
    _, found = made
    assert list(found) == list(EXPLORING.items)
    assert not [name for name, output in found.items() if output.missing or not output.tables]
    assert [name for name, output in found.items() if not output.findings] == ["table-1"]
    assert all(output.figures for name, output in found.items() if name not in ("table-1", "clubs"))


def test_cosines_are_of_parallel_entities_before_and_after(made):
    whole, found = made
    after, before = (found["table-2"].tables[name].set_index("") for name in ("after", "before"))
    assert list(after) == list(LANGUAGES) == list(after.index)
    for table in (after, before):
        values = table.to_numpy(dtype=float)
        assert np.allclose(values, values.T) and np.allclose(np.diag(values), 1.0)
    assert not np.allclose(after.to_numpy(dtype=float), before.to_numpy(dtype=float))
    over = found["table-2"].tables["over seeds"]
    assert set(over["seeds"]) == {len(whole.config.seeds)}


def test_errors_are_counted_as_by_hand(made):
    whole, found = made
    table = found["figure-5"].tables["wrong sentences"].set_index("trained on")
    assert list(table) == list(LANGUAGES)
    for trained, one in whole.trained.items():
        counts: dict[str, list[int]] = {}
        for run in one.runs(whole.workspace).values():
            (path,) = run.folder.glob("test-*.parquet")
            for row in pd.read_parquet(path).itertuples():
                wrong = [str(one) for one in row.gold] != [str(one) for one in row.predicted]
                counts.setdefault(str(row.language), []).append(int(wrong))
        assert np.isnan(table.loc[trained, trained])  # of transfer to other languages
        for language, all_seeds in counts.items():
            if language == trained:
                continue
            assert table.loc[trained, language] == pytest.approx(sum(all_seeds) / 2)


def test_changes_are_differences_of_the_probed_steps(made):
    _, found = made
    changes = found["figure-3"].tables["changes"]
    assert set(changes["run"]) == {"en", "ru", "tr"} == set(changes["language"])
    sums = found["figure-3"].tables["sums"].set_index("trained on")
    by_hand = changes.loc[(changes["run"] == "ru") & (changes["language"] == "tr"), "value"].sum()
    assert sums.loc["ru", "tr"] == pytest.approx(by_hand)


def test_clubs_leave_out_the_language_that_was_trained_on(made):
    _, found = made
    names, shares = (found["clubs"].tables[name] for name in ("names", "shares"))
    assert set(names["language"]) == {"be", "ru", "tr"}
    assert np.allclose(shares[["ORG", "LOC", "PER", "O", "other"]].sum(axis=1), 1.0)
    assert shares["n"].sum() == names["n"].sum()


def test_spaces_of_other_sentences_are_not_taken(taught):
    (run,) = find_runs("job:en-job", taught)
    whole = context(StudyConfig("exploring"), taught)
    probe = open_part(Part(languages=("en", "ru"), split="test", per_type=3), taught).fingerprint
    assert len(exploring_transfer._steps(run, probe, whole)) == 3
    with pytest.raises(StudyError, match="or at other sentences or languages; remove"):
        exploring_transfer._steps(run, "another", whole)


def changes_of(values: Mapping[tuple[str, str], list[float]]) -> pd.DataFrame:
    """Trained on, language -> changes by step."""
    rows = [
        (run, 4, language, "mean_cosine", 50 * at, value, 0.0)
        for (run, language), every in values.items()
        for at, value in enumerate(every)
    ]
    table = pd.DataFrame(rows, columns=["run", "layer", "language", "measure", "step", "value", "deviation"])
    table.attrs["settings"] = {"every": 50}
    return table


def holds(output: Output) -> list[bool | None]:
    return [one.holds for one in output.findings]


@pytest.mark.parametrize(
    ("turkish", "english", "verdict", "said"),
    [
        ([-0.2, -0.1, -0.1], [-0.1, 0.0, -0.1], True, "the largest fall is tr's"),
        ([-0.1, 0.0, -0.1], [-0.2, -0.1, -0.1], False, "the largest fall is en's"),
        ([0.02, 0.02, 0.02], [0.1, 0.1, 0.1], False, "the smallest rise is tr's"),
        ([float("nan")] * 3, [0.1, 0.1, 0.1], None, ""),
    ],
)
def test_more_isotropic_is_a_fall_and_the_largest(monkeypatch, turkish, english, verdict, said):
    table = changes_of({("tr", "tr"): turkish, ("tr", "en"): english})
    sums = [("tr", "tr", 0, float(np.sum(turkish))), ("tr", "en", 0, float(np.sum(english)))]
    table.attrs["sums"] = sums
    found = exploring_transfer._more_isotropic(exploring_transfer._sums(table, "tr"), "tr")
    assert found.holds is verdict and said in found.evidence
    if verdict is not None:
        monkeypatch.setattr(exploring_transfer, "_changes", lambda context: table)
        assert holds(exploring_transfer.changes(context(StudyConfig("exploring", languages=("en", "tr"))))) == [verdict]


def test_seeds_that_differ_more_than_languages_tell_nothing():
    rows = [
        ("tr", code, seed, value)
        for code, values in (("tr", (-1, -3)), ("en", (-0.9, -2.8)))
        for seed, value in enumerate(values)
    ]
    table = changes_of({})
    table.attrs["sums"] = rows
    assert exploring_transfer._more_isotropic(exploring_transfer._sums(table, "tr"), "tr").holds is None


def test_alike_is_told_of_the_languages_that_are_there(monkeypatch):
    draw = np.random.default_rng(3)
    east, west = draw.normal(size=6), draw.normal(size=6)
    lines = {one: (east if one in ("ru", "uk") else west) + 0.1 * draw.normal(size=6) for one in WATCHED}
    table = changes_of({("en", one): list(values) for one, values in lines.items()})
    monkeypatch.setattr(exploring_transfer, "_changes", lambda context: table)
    whole = exploring_transfer.alike(context(StudyConfig("exploring")))
    values = np.corrcoef([lines[one] for one in WATCHED])
    assert np.allclose(whole.tables["correlations"].set_index("").to_numpy(dtype=float), values, atol=1e-9)
    apart = [values[WATCHED.index(a), WATCHED.index(b)] for a in ("ru", "uk") for b in ("en", "es", "pl", "tr")]
    assert holds(whole)[1:] == [bool(max(apart) < 0.3), True]

    few = table.loc[table["language"].isin(["en", "tr"])]
    monkeypatch.setattr(exploring_transfer, "_changes", lambda context: few)
    assert holds(exploring_transfer.alike(context(StudyConfig("exploring", languages=("en", "tr"))))) == [None] * 3

    flat = changes_of({("en", one): [0.0] * 6 if one == "ru" else list(lines[one]) for one in WATCHED})
    monkeypatch.setattr(exploring_transfer, "_changes", lambda context: flat)
    assert holds(exploring_transfer.alike(context(StudyConfig("exploring")))) == [None] * 3


def test_too_few_languages_are_said(workspace):
    alone = StudyConfig("exploring", languages=("be", "en"))
    assert "choose more of them" in exploring_transfer.alike(context(alone)).missing
    assert "choose more of them" in exploring_spaces.cosines(context(replace(alone, languages=("en", "pl")))).missing
    assert "choose one" in exploring_names.clubs(context(replace(alone, languages=("en", "pl")))).missing


def test_a_division_that_is_not_there_is_none():
    rows = [
        ("before", "output", "silhouette", factor, value, 0.0) for factor, value in (("language", -0.1), ("type", -0.3))
    ]
    rows.append(("before", "output", "nearer", "language", 0.6, 0.5))
    groups = pd.DataFrame(rows, columns=["checkpoint", "place", "measure", "factor", "value", "chance"])
    told = exploring_groups.language_or_type
    assert told(groups, "before", "a", "b", language=True).holds is False
    assert told(groups, "before", "a", "b", language=False).holds is False
    groups.loc[groups["factor"] == "type", "value"] = float("nan")
    assert told(groups, "before", "a", "b", language=False).holds is None
