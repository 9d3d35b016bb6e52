"""The study "adjustment": which trainings, what the tables hold, and how claims are decided."""

import pandas as pd
import pytest

from embspace.analyses.stage_scores import example_scores
from embspace.errors import CorpusError, StudyError
from embspace.jobs.state import State
from embspace.progress import Silent
from embspace.studies import stored_output
from embspace.studies.adjustment import ADJUSTMENT_STUDY
from embspace.studies.adjustment_findings import better, bigger_on_mixed, histograms, never_better
from embspace.studies.config import StudyConfig
from embspace.studies.outputs import StudyFolder
from embspace.studies.published import published_items
from embspace.studies.running import run
from embspace.workflows import training_batch
from embspace.workflows.stages import ADJUSTED, ADJUSTED_TUNED, CONTINUAL, ORIGINAL, SCORED, STAGES, TUNED
from embspace.workflows.train import run as train
from embspace.workflows.training_batch import After


def test_tasks_share_the_adjustments_of_a_language():
    config = StudyConfig("adjustment", languages=("ru", "tr"), seeds=(0, 1), pairs=30)
    plans = ADJUSTMENT_STUDY.trainings(config)
    adjusted = {name: one for name, one in plans.items() if f": {ADJUSTED}, seed" in name}
    assert list(adjusted) == [f"{code}: adjusted, seed {seed}" for code in ("ru", "tr") for seed in (0, 1)]
    assert all(one.adjust.draw == 30 and one.train[0].corpus == "parallel-sample" for one in adjusted.values())
    assert len(plans) == 4 + 3 * (1 + 2 * 2 * 2)
    after = plans["qa tr: adjusted + continual, seed 1"]
    assert isinstance(after, After) and after.parent == "tr: adjusted, seed 1"
    assert {part.languages for part in after.config.test} == {("tr",)}
    assert [part.english for part in after.config.test] == ["none", "paragraph", "question"]
    assert {part.languages for part in plans[f"nli: {TUNED}"].test} == {("ru",), ("tr",)}


def test_a_corpus_may_be_named_by_the_language():
    config = StudyConfig("adjustment", languages=("ru",), corpora={"retrieval": "par-{language}"})
    from embspace.studies.adjustment_trainings import corpus_of, languages

    assert corpus_of(config, "retrieval", "ru") == "par-ru" and corpus_of(config, "look", "ru") == "parallel-sample"
    with pytest.raises(StudyError, match="qa-test: qa-sample-test has none of de"):
        languages(StudyConfig("adjustment", languages=("de",)), "qa")


def test_every_item_is_made_beside_the_published_one(bert_folder, workspace, monkeypatch):
    class Done:
        state, error, id = State.FINISHED, None, "here"

        def __init__(self, result):
            self.result = result

    monkeypatch.setattr(stored_output, "_draw", lambda figure, path: None)
    monkeypatch.setattr(training_batch, "LOOK", 0.0)
    monkeypatch.setattr(training_batch, "attend", lambda place: None)
    monkeypatch.setattr(training_batch, "submit", lambda name, config, place: Done(train(config, place, Silent())))
    config = StudyConfig(
        "adjustment",
        checkpoint=str(bert_folder),
        sentences=6,
        test_sentences=4,
        pairs=40,
        epochs=1,
        seeds=(0, 1),
        languages=("ru",),
        threads=1,
    )
    result = run(config, workspace, Silent())
    assert result["items"] == dict.fromkeys(ADJUSTMENT_STUDY.items, "")
    assert set(published_items("adjustment")) == set(result["items"])
    outputs = {one.item: one for one in StudyFolder.of(config, workspace).read()}
    names = ["Original", "Adjusted", "Adj+cont"]
    accuracy = outputs["table-2"].tables["accuracy"]
    assert accuracy.iloc[:, 0].tolist() == [*names, *(f"mixed: {one}" for one in names)] and "ru" in accuracy
    answers = outputs["table-4"].tables["f1"]
    assert answers.iloc[:, 0].tolist() == [
        *names,
        *(f"question in target language: {one}" for one in names),
        *(f"question in English: {one}" for one in names),
    ]
    tests = outputs["table-2"].tables["tests"]
    stored = [
        example_scores(pd.read_parquet(path)).assign(path=str(path))
        for path in workspace.checkpoints.glob("*/test-*.parquet")
    ]
    assert set(tests["system"]) == set(SCORED) and stored
    layers = outputs["table-5"].tables["best layers"]
    assert layers.groupby("stage")["seed"].agg(list).to_dict() == {one: [0, 1] for one in STAGES} | {ORIGINAL: [0]}
    means = outputs["table-5"].tables["all stages, accuracy"].set_index("stage")["ru"]
    assert means[TUNED] == pytest.approx(layers.query("stage == @TUNED")["accuracy"].mean())
    apart = outputs["figure-1"].tables["separation"]
    assert {ORIGINAL, ADJUSTED, TUNED, ADJUSTED_TUNED, CONTINUAL} <= set(apart["stage"])
    assert all(one.findings for one in outputs.values())


def scored(*rows):
    """`language system mean difference p`."""
    return pd.DataFrame(rows, columns=["language", "system", "mean", "difference", "p"])


@pytest.mark.parametrize(("item", "role"), [("table-2", "look"), ("table-5", "retrieval")])
def test_sentences_that_are_read_at_the_end_are_looked_for_at_the_start(item, role):
    config = StudyConfig("adjustment", languages=("ru",), corpora={role: "gone-{language}"})
    with pytest.raises(CorpusError, match="gone-ru"):
        ADJUSTMENT_STUDY.items[item].trainings(config)


@pytest.mark.parametrize(
    ("second", "options", "holds"),
    [
        ((("es", 0.02, 0.01), ("ru", 0.03, 0.02)), {}, True),
        ((("es", 0.02, 0.01), ("ru", 0.03, 0.2)), {}, None),
        ((("es", 0.02, 0.01), ("ru", -0.03, 0.02)), {}, False),
        ((("es", 0.02, 0.01), ("ru", 0.0, float("nan"))), {}, None),
        ((("es", 0.02, 0.01), ("ru", 0.01, 0.3), ("tr", 0.1, 0.01)), {"most": True}, True),
        ((("es", -0.02, 0.01), ("ru", -0.1, 0.01), ("tr", 0.1, 0.01)), {"most": True}, False),
        ((("es", 0.02, 0.3), ("ru", 0.01, 0.3), ("tr", 0.1, 0.01)), {"most": True}, None),
        ((("es", 0.02, 0.3), ("ru", 0.1, 0.01)), {"one": True}, True),
        ((), {}, None),
    ],
)
def test_a_stage_is_better_where_tests_say_so(second, options, holds):
    first = [(code, TUNED, 0.5, 0.0, float("nan")) for code, _, _ in second]
    rows = scored(*first, *((code, ADJUSTED_TUNED, 0.5 + up, up, p) for code, up, p in second))
    assert better(rows, TUNED, ADJUSTED_TUNED, "claim", "where", **options).holds is holds


def test_nothing_is_told_of_what_was_not_learned():
    low = scored(("es", TUNED, 0.05, 0.0, float("nan")), ("es", ADJUSTED_TUNED, 0.04, -0.01, 0.01))
    assert never_better(low, "claim", "where").holds is None
    high = low.assign(mean=[0.5, 0.4])
    assert never_better(high, "claim", "where").holds is True
    gained = scored(("es", TUNED, 0.5, 0.0, float("nan")), ("es", ADJUSTED_TUNED, 0.6, 0.1, 0.01))
    assert never_better(gained, "claim", "where").holds is False
    assert bigger_on_mixed(high, gained).holds is True and bigger_on_mixed(gained, high).holds is False
    assert bigger_on_mixed(high.assign(p=0.5), gained.assign(p=0.5)).holds is None


def test_histograms_are_judged_beyond_the_deviation_of_seeds():
    values = {  # auc, related, unrelated
        ORIGINAL: ((0.80, 13.0, 17.0),) * 2,
        ADJUSTED: ((0.90, 9.0, 17.0), (0.91, 9.2, 17.1)),
        TUNED: ((0.60, 5.0, 6.0), (0.61, 5.1, 6.1)),
        ADJUSTED_TUNED: ((0.70, 4.0, 6.0), (0.71, 4.1, 6.1)),
        CONTINUAL: ((0.70, 4.0, 6.0), (0.72, 4.1, 6.1)),
    }
    rows = [
        (stage, seed, layer, "ru", *found)
        for stage, of in values.items()
        for seed, found in enumerate(of)
        for layer in (0, 4)
    ]
    table = pd.DataFrame(
        rows, columns=["stage", "seed", "layer", "language_b", "auc", "mean_related", "mean_unrelated"]
    )
    assert [one.holds for one in histograms(table)] == [True, True, True, True, None]
    undone = table.assign(auc=table["auc"].where(table["stage"] != ADJUSTED, 0.3))
    assert [one.holds for one in histograms(undone)][:3] == [False, True, False]
