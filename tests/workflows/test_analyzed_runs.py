import numpy as np
import pandas as pd
import pytest

import embspace as es
from embspace.encoders.trained import find_runs
from embspace.errors import EncoderError, SettingsError
from embspace.progress import Silent
from embspace.spaces.space import open_space
from embspace.workflows import analyze
from embspace.workflows.analyze import AnalyzeConfig, find_tables, make_corpora, make_tables
from embspace.workflows.analyzed_runs import in_order
from embspace.workflows.extract import ExtractConfig
from small_runs import PROBED

PROBE = {"languages": PROBED.languages, "per_type": PROBED.per_type}


def spaces_of(names):
    return tuple(ExtractConfig(name) for name in names)


def test_a_training_is_all_of_its_steps(taught, monkeypatch):
    config = AnalyzeConfig("isotropy_change", spaces_of(["job:en-job"]), settings={"every": 2, "layer": None})
    key, tables = make_tables(config, taught, Silent())
    [run] = find_runs("job:en-job", taught)
    steps = {step: open_space(taught.spaces / line["space"]) for step, line in run.probed().items()}
    assert list(steps) == [0, 2, 4]
    changes, alike = tables["isotropy_change"], tables["change_correlation"]
    for row in changes.to_dict("records"):
        means = [
            cosine(steps[at].select(language=row["language"]).layer(row["layer"]))
            for at in (row["step"], row["step"] + 2)
        ]
        assert row["value"] == pytest.approx(means[1] - means[0], abs=1e-6)
    assert set(changes["step"]) == {0, 2} and set(changes["language"]) == {"en", "ru"} and "run" not in changes
    assert set(alike["n"]) == {2} and alike["value"].isna().all()  # of two steps nothing is said
    assert changes.attrs["settings"]["trained"] == {"job:en-job": ["en"]}
    monkeypatch.setattr(analyze, "_compute", None)
    assert make_tables(config, taught, Silent())[0] == key
    found, missing = find_tables(config, [], taught)
    assert missing == () and found is not None
    pd.testing.assert_frame_equal(found["isotropy_change"], changes)


def cosine(vectors):
    """The mean over all pairs, one by one."""
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.mean([a @ b for at, a in enumerate(unit) for b in unit[:at]])


def test_several_trainings_are_parts_of_one_result_their_seeds_apart(taught):
    config = AnalyzeConfig("isotropy_change", spaces_of(["job:en-job", "job:ru-job@steps"]), settings={"every": 2})
    changes = make_tables(config, taught, Silent())[1]["isotropy_change"]
    assert set(changes["run"]) == {"job:en-job", "job:ru-job/1", "job:ru-job/2"}
    trained_on = changes.attrs["settings"]["trained"]
    assert trained_on == {"job:en-job": ["en"], "job:ru-job/1": ["ru"], "job:ru-job/2": ["ru"]}
    figure = es.figures.isotropy_change_curves(changes)
    assert [one.text.removeprefix("trained on ") for one in figure.layout.annotations] == [
        *("English", "Russian, seed 1", "Russian, seed 2")
    ]


@pytest.mark.parametrize("analysis", ["similarity", "isotropy", "grouping", "relatedness"])
def test_steps_of_a_training_and_steps_by_name_give_the_same(taught, analysis):
    of_run = AnalyzeConfig(analysis, spaces_of(["job:en-job@steps"]))
    names = in_order(["job:en-job@4", "job:en-job@0", "job:en-job@2"])
    by_name = AnalyzeConfig(analysis, tuple(ExtractConfig(one, **PROBE) for one in names))
    assert find_tables(by_name, make_corpora(by_name.spaces), taught) == (None, ())  # no space is missing
    key, tables = make_tables(of_run, taught, Silent())
    assert make_tables(by_name, taught, Silent())[0] == key
    table = tables[analysis]
    assert list(dict.fromkeys(table["checkpoint"])) == ["job:en-job@0", "job:en-job@2", "job:en-job@4"]


def test_steps_of_words_take_the_alignments_of_their_corpus(taught, monkeypatch):
    config = AnalyzeConfig("similarity", spaces_of(["job:en-job@steps"]))
    assert analyze.links_key(config, taught) == ""
    monkeypatch.setattr(analyze, "probed_corpus", lambda names, workspace: "parallel-sample")
    assert analyze.links_key(config, taught) != ""


@pytest.mark.parametrize(
    ("analysis", "names", "message"),
    [
        ("similarity", ["mini", "job:a@steps"], "which mini would not share; name each step instead"),
        (
            "neighbors",
            ["job:a@steps"],
            r"neighbors takes no list of checkpoints, which job:a@steps is; name a step: @50",
        ),
        ("change", ["job:a@steps", "job:a@0"], "change takes no list of checkpoints"),
        ("isotropy_change", ["job:a", "job:b@0"], "which job:b@0 would not share"),
    ],
)
def test_what_is_no_list_of_steps_is_refused_at_once(analysis, names, message):
    with pytest.raises(SettingsError, match=message):
        AnalyzeConfig(analysis, spaces_of(names))


def test_what_has_no_steps_is_said(taught):
    for name, error, message in (
        ("job:nowhere", EncoderError, "no such run in the workspace"),
        ("job:en-job", SettingsError, "every=50 is not possible: no two of the steps"),
    ):
        with pytest.raises(error, match=message):
            make_tables(AnalyzeConfig("isotropy_change", spaces_of([name])), taught, Silent())
    for path in taught.spaces.iterdir():
        path.rename(taught.root / path.name)
    with pytest.raises(SettingsError, match="no space of job:en-job is stored; train with probe_every above 0"):
        make_tables(AnalyzeConfig("isotropy_change", spaces_of(["job:en-job"])), taught, Silent())


def test_steps_are_in_order_and_other_names_as_they_are():
    assert in_order(["job:b@50", "job:a@100", "job:b@0", "job:a@20"]) == (
        "job:b@0",
        "job:b@50",
        "job:a@20",
        "job:a@100",
    )
    assert in_order(["job:b@50", "mini", "job:b@0"]) == ("job:b@50", "mini", "job:b@0")
    assert in_order(["job:b@50", "job:b@best"]) == ("job:b@50", "job:b@best")
