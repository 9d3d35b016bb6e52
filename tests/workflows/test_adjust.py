"""The five stages as a batch: what is trained after what, from which settings, and what the tables hold."""

import json
from dataclasses import replace

import numpy as np
import pytest

from embspace.corpora.aligned import draw_pairs
from embspace.errors import CorpusError, SettingsError
from embspace.progress import Silent
from embspace.training.adjust import Adjust
from embspace.training.part import Part
from embspace.workflows import training_batch
from embspace.workflows.adjust import adjust, check_data, languages_of, run
from embspace.workflows.settings import from_json, to_json
from embspace.workflows.stages import CONTINUAL, ROTATED, STAGES, TUNED, AdjustConfig, plans, train_parts
from embspace.workflows.stages import test_parts as scored_parts
from embspace.workflows.training_batch import After


def small(folder, **changes):
    settings = {
        "checkpoint": str(folder),
        "aligned": (Part(corpus="parallel-sample", languages=("ru",), sentences=24),),
        "task": "ner",
        "train": (Part(languages=("en",), per_type=3),),
        "test": (Part(languages=("ru",), split="test", per_type=3),),
        "look": Part(corpus="parallel-sample", languages=("ru",), sentences=12),
        "seeds": (0, 1),
        "epochs": 1,
        "threads": 1,
    }
    return AdjustConfig(**(settings | changes))


@pytest.fixture
def here(monkeypatch):
    """Trainings are done in this process, one after the other."""
    from embspace.jobs.state import State
    from embspace.workflows.train import run as train

    class Done:
        state, error, id = State.FINISHED, None, "here"

        def __init__(self, result):
            self.result = result

        def cancel(self):
            raise AssertionError("there is nothing to stop")

    monkeypatch.setattr(training_batch, "LOOK", 0.0)
    monkeypatch.setattr(training_batch, "attend", lambda workspace: None)
    monkeypatch.setattr(
        training_batch, "submit", lambda name, config, workspace: Done(train(config, workspace, Silent()))
    )


def test_what_is_adjusted_is_fine_tuned_after_it_seed_by_seed(bert_folder):
    config = small(bert_folder)
    found = plans(config, ["ru"], "x: ")
    assert list(found) == [
        f"x: {TUNED}",
        "x: adjusted, seed 0",
        "x: adjusted, seed 1",
        "x: adjusted + fine-tuned, seed 0",
        "x: adjusted + fine-tuned, seed 1",
        "x: adjusted + continual, seed 0",
        "x: adjusted + continual, seed 1",
    ]
    adjusted, continual = found["x: adjusted, seed 1"], found["x: adjusted + continual, seed 1"]
    assert (adjusted.task, adjusted.train, adjusted.seeds) == ("adjustment", config.aligned, (1,))
    assert (adjusted.batch, adjusted.rate, adjusted.warmup, adjusted.epochs) == (32, 5e-5, 0.1, 1)
    assert isinstance(continual, After) and continual.parent == "x: adjusted, seed 1"
    assert continual.config.objectives == {"adjustment": 0.01} and continual.config.adjust.batch == 16
    assert continual.config.adjust.original == str(bert_folder), "f0 is the original, not the adjusted checkpoint"
    assert not found["x: adjusted + fine-tuned, seed 1"].config.objectives
    assert found[f"x: {TUNED}"].seeds == (0, 1)


@pytest.mark.parametrize(("task", "epochs", "rate"), [("nli", 2, 5e-5), ("qa", 2, 3e-5), ("ner", 3, 2e-5)])
def test_a_task_is_learned_as_the_authors_scripts_do(task, epochs, rate):
    config = AdjustConfig(task=task)
    tuned = plans(config, ["ru"])[TUNED]
    assert (tuned.epochs, tuned.rate, tuned.batch, tuned.task) == (epochs, rate, 32, task)


def test_by_default_the_shipped_samples_are_learned_and_scored():
    assert train_parts(AdjustConfig()) == (Part(corpus="nli-sample", languages=("en",)),)
    assert [one.english for one in scored_parts(AdjustConfig(), ["ru"])] == ["none", "either"]
    assert [one.english for one in scored_parts(AdjustConfig(task="qa"), ["ru"])] == ["none", "question", "paragraph"]
    (part,) = scored_parts(AdjustConfig(task="ner"), ["ru", "tr"])
    assert part.split == "test" and part.languages == ("ru", "tr")


def test_all_stages_are_trained_scored_and_measured_and_found_again(bert_folder, workspace, here, monkeypatch):
    config = small(bert_folder)
    found = run(config, workspace, Silent())
    assert list(found["stages"]) == list(STAGES)
    assert all(list(of) == ["0", "1"] for of in found["stages"].values())
    assert len({name for of in found["stages"].values() for name in of.values()}) == 1 + 4 * 2
    tables = adjust(config, workspace=workspace)
    scores = tables["significance"]
    assert scores["language"].tolist() == ["ru"] * 3 and set(scores["n_seeds"]) == {2}
    measured = tables["relatedness"]
    assert set(measured["stage"]) == {*STAGES, ROTATED} and set(measured["layer"]) == {0, 1, 2}
    turned = measured.loc[measured["stage"] == ROTATED]
    assert set(turned["layer"]) == {2} and set(turned["n_related"]) == set(measured["n_related"])
    original = measured.loc[(measured["stage"] == "original") & (measured["layer"] == 2)]
    assert original["auc"].nunique() == 1, "the original is the same for every seed"
    assert set(tables["distances"]["checkpoint"]) == set(STAGES)
    settings = json.loads((workspace.results / found["result"] / "settings.json").read_text())
    assert settings["analysis"] == "stages" and settings["config"]["seeds"] == [0, 1]
    monkeypatch.setattr(training_batch, "submit", None)  # nothing is trained again
    assert run(config, workspace, Silent()) == found


def test_scores_can_be_had_of_other_seeds_without_training_those_again(bert_folder, workspace, here):
    one = run(small(bert_folder, seeds=(0,)), workspace, Silent())
    two = run(small(bert_folder), workspace, Silent())
    assert one["stages"][CONTINUAL]["0"] == two["stages"][CONTINUAL]["0"] and one["result"] != two["result"]


def test_what_is_missing_is_told_before_anything_is_trained(bert_folder, workspace):
    config = small(bert_folder, aligned=(Part(corpus="nli-sample", languages=("ru",)),))
    with pytest.raises(CorpusError, match="no words in ru are aligned to en; it has no word alignments"):
        run(config, workspace, Silent())
    config = small(bert_folder, task="nli", train=(Part(corpus="parallel-sample"),), test=(Part(corpus="qa-sample"),))
    with pytest.raises(CorpusError) as caught:
        check_data(config, ["ru"], workspace)
    told = str(caught.value).splitlines()
    assert told[0].startswith("train: parallel-sample keeps no pairs") and told[1].startswith("test: qa-sample")
    assert languages_of(replace(config, aligned=(Part(corpus="parallel-sample", sentences=5),)), workspace)[0] == "be"
    assert not workspace.checkpoints.exists()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"aligned": ()}, "aligned is empty"),
        ({"alpha": 0.0}, "alpha = 0.0: expected a weight above 0"),
        ({"seeds": (1, 1)}, "seeds = [1, 1]: expected one or more different numbers"),
        ({"adjust": Adjust(original="mini")}, "original is the checkpoint of these stages"),
        ({"adjust_epochs": 0}, "adjust_epochs = 0: expected 1 or more"),
    ],
)
def test_contradictions(changes, told):
    with pytest.raises(SettingsError) as caught:
        AdjustConfig(**changes)
    assert told in str(caught.value)


def test_settings_go_to_json_and_back():
    config = AdjustConfig(task="qa", adjust=Adjust(draw=5, layers=(0, -1)), look=Part(corpus="x", sentences=3))
    assert from_json(AdjustConfig, to_json(config)) == config


def test_the_rotation_is_learned_from_the_words_that_are_adjusted_to_alone(bert_folder, workspace):
    from embspace.analyses.linking import linked_rows
    from embspace.analyses.transforms import rotation
    from embspace.corpora.aligned import open_aligned
    from embspace.corpora.catalog import open_corpus, open_links
    from embspace.corpora.records import Corpus
    from embspace.spaces.extraction import extract
    from embspace.workflows.rotated_original import rotated_space

    config = small(bert_folder, adjust=Adjust(draw=10))
    corpus = open_corpus("parallel-sample", languages=["en", "ru"], limit=12, workspace=workspace)
    links = open_links("parallel-sample", workspace)
    found, renamed = rotated_space(config, corpus, links, workspace, Silent())
    drawn = draw_pairs(open_aligned("parallel-sample", languages=["ru"], limit=24, workspace=workspace), 10, 0)
    learned = extract(
        str(bert_folder),
        Corpus("x", [side for one in drawn for side in (one.source, one.target)]),
        targets="words",
        workspace=workspace,
    )
    rows = linked_rows(learned, links)
    layer = learned.layer(-1).astype(float)
    english = rows["language_a"].eq("en").to_numpy()
    ones, others = rows["row_a"].where(english, rows["row_b"]), rows["row_b"].where(english, rows["row_a"])
    matrix = rotation(layer[others], layer[ones])
    plain = extract(str(bert_folder), corpus, targets="words", workspace=workspace)
    for code in ("en", "ru"):
        where = plain.words["language"].eq(code).to_numpy()
        before = plain.layer(-1)[where].astype(float)
        after = found.layer(-1)[found.words["language"].eq(code).to_numpy()]
        np.testing.assert_allclose(after, before if code == "en" else before @ matrix, atol=5e-3)
    assert len(linked_rows(found, renamed)) == len(linked_rows(plain, links))


def test_other_sentences_under_the_same_name_are_measured_anew(bert_folder, workspace, here):
    from embspace.corpora.catalog import add_corpus, open_corpus, open_links, remove

    links, keys = open_links("parallel-sample"), []
    for first in (0, 24):
        every = open_corpus("parallel-sample", languages=["en", "ru"])
        ids = list(dict.fromkeys(one.parallel for one in every))[first : first + 12]
        some = [one for one in every if one.parallel in ids]
        add_corpus(some, name="mine", links=links.loc[links["parallel"].isin(ids) & links["language_b"].eq("ru")])
        found = run(small(bert_folder, seeds=(0,), look=Part(corpus="mine")), workspace, Silent())
        keys.append(found["result"])
        remove("mine")
    assert keys[0] != keys[1]


def test_too_large_a_draw_is_told_before_anything_is_trained(bert_folder, workspace):
    with pytest.raises(CorpusError, match="draw = 30 aligned pairs, but there are ru 24"):
        run(small(bert_folder, adjust=Adjust(draw=30)), workspace, Silent())
    assert not workspace.checkpoints.exists()
