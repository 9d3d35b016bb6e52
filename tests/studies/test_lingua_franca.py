"""The study "lingua-franca": what it trains, and two of its items from end to end."""

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from embspace.corpora.catalog import add_corpus
from embspace.corpora.records import Corpus, Sentence
from embspace.errors import CorpusError, SettingsError, StudyError
from embspace.progress import Silent
from embspace.studies.command import command_line
from embspace.studies.config import StudyConfig
from embspace.studies.epoch_scores import layout, scores_of
from embspace.studies.lingua_franca import LINGUA_FRANCA
from embspace.studies.study import Context
from embspace.studies.zero_shot_trainings import (
    PARTS,
    conll,
    data,
    frozen_here,
    frozen_layers,
    n_layers,
    single,
    without,
)
from embspace.training.material import open_part
from embspace.training.part import Part
from embspace.workflows import train
from embspace.workflows.training_batch import Trained
from embspace.workspace import Workspace

CONFIG = StudyConfig("lingua-franca", seeds=(0,))


def tagged(name: str, *languages: str, count: int = 3) -> None:
    """A corpus of the current workspace, with sentences of its own."""
    words = [(("Anna", "lives", "in", f"{name}{number}"), ("B-PER", "O", "O", "B-LOC")) for number in range(count)]
    add_corpus([Sentence(text, language, tags=tags) for language in languages for text, tags in words], name=name)


def test_frozen_layers_keep_their_depth() -> None:
    assert frozen_layers((-1, 3, 7, 11, 12), 4) == {-1: (-1,), 1: (3,), 2: (7,), 3: (11,), 4: (12,)}
    assert frozen_layers((-1, 5, 7, 11, 12), 4) == {-1: (-1,), 2: (5, 7), 3: (11,), 4: (12,)}
    assert frozen_layers(range(-1, 13), 12) == {one: (one,) for one in range(-1, 13)}
    assert [frozen_here(one, 24) for one in (0, 3, 8, 11, 12)] == [0, 6, 16, 22, 24]
    assert n_layers("mini") == 4


@pytest.mark.parametrize(("given", "count"), [((), 0), (("LI",), 1), (None, 5)])
def test_secondary_tasks_of_several_training_languages_can_be_left_out(given, count) -> None:
    config = StudyConfig("lingua-franca", secondary=given, only=("table-3", "table-6"))
    objectives = [one.objectives for one in LINGUA_FRANCA.trainings(config).values() if one.objectives]
    assert len(objectives) == 4 * 2 * count
    from_english = LINGUA_FRANCA.trainings(replace(config, only=("table-7",))).values()
    assert len([one for one in from_english if one.objectives]) == {0: 0, 1: 3, 5: 11}[count]
    assert any("left out" in one for one in LINGUA_FRANCA.differences(config)) is (count < 5)
    told = command_line(config)
    assert ("--secondary none" in told, "--secondary LI" in told) == (given == (), given == ("LI",))


def test_an_unknown_secondary_task_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"secondary: there is no 'XX'; there are CL, CL\+LI"):
        StudyConfig("lingua-franca", secondary=("XX",))


def test_equal_trainings_of_several_items_are_one() -> None:
    every = LINGUA_FRANCA.trainings(CONFIG)
    counts = {name: len(item.trainings(CONFIG)) for name, item in LINGUA_FRANCA.items.items()}
    # 4 alone and 1 joint; 4 targets x (5 numbers of frozen layers + 5 objectives x {-1, 3}); 15 more on English alone
    assert len(every) == 5 + 4 * (5 + 10) + 15
    assert counts == {
        "table-1": 5,
        "table-2": 0,
        "table-3": 4 + 4 * 6,
        "figure-2": 5,
        "table-4": 16,
        "table-5": 20,
        "figure-3": 16,
        "table-6": 48,
        "table-7": 16,
    }


def test_settings_are_the_papers() -> None:
    name, one = without(conll(CONFIG), "tr", 3, "CL+LI")
    assert name == "without tr, CL+LI, 3 frozen"
    assert (one.rate, one.batch, one.epochs, one.length, one.overlap) == (5e-5, 32, 20, 64, 8)
    assert (one.encoding, one.freeze, one.dev_share == 0.1) == ("IOB1", 3, True)
    assert one.objectives == {"cloze": 1.0, "language-id": 1.0}
    assert [part.languages for part in one.train] == [("en",), ("es",), ("ru",)]
    assert [part.languages for part in (*one.dev, *one.test)] == [("tr",), ("tr",)]
    assert (one.dev[0].split, one.test[0].split) == ("train", "test")
    assert one.dev[0].seed != one.train[0].seed


def test_objectives_read_the_target_and_language_id_more_than_one() -> None:
    of = conll(CONFIG)
    assert [part.languages for part in without(of, "tr", model="CL")[1].unlabelled] == [("tr",)]
    assert [part.languages for part in without(of, "tr", model="LI")[1].unlabelled] == [
        ("tr",),
        ("en",),
        ("es",),
        ("ru",),
    ]
    assert [part.languages for part in single(of, "en", model="PC+LI")[1].unlabelled] == [("es",), ("ru",), ("tr",)]
    assert single(of, "en")[1].unlabelled == ()


def test_given_corpora_are_taken_whole_or_in_part(workspace: Workspace) -> None:
    for name in ("train", "dev", "test"):
        tagged(f"news-{name}", "en", "nl", count=10)
    corpora = {name: f"news-{name}" for name in ("train", "dev", "test")}
    whole = conll(StudyConfig("lingua-franca", corpora=corpora))
    assert whole.languages == ("en", "nl")
    assert whole.parts("train", ["nl"]) == (Part("news-train", ("nl",)),)
    half = conll(StudyConfig("lingua-franca", corpora=corpora, scale=0.5, test_sentences=2))
    assert half.parts("train", ["nl"]) == (Part("news-train", ("nl",), sentences=5),)
    assert half.parts("dev", ["en"]) == (Part("news-dev", ("en",), sentences=2),)
    onto = StudyConfig("lingua-franca", corpora={f"ontonotes-{name}": corpus for name, corpus in corpora.items()})
    assert set(LINGUA_FRANCA.items["table-2"].trainings(onto)) == {
        *("OntoNotes: single en", "OntoNotes: single nl", "OntoNotes: joint"),
        *("OntoNotes: without en", "OntoNotes: without nl"),
    }


def test_impossible_corpora_are_refused(workspace: Workspace) -> None:
    tagged("one", "en", "nl")
    with pytest.raises(StudyError, match="train without dev, test"):
        data(StudyConfig("lingua-franca", corpora={"train": "one"}))
    with pytest.raises(CorpusError, match="no corpus 'none'"):
        data(StudyConfig("lingua-franca", corpora=dict.fromkeys(PARTS, "none")))
    same: dict[str, str] = dict.fromkeys(PARTS, "one")
    with pytest.raises(StudyError, match="have no ru in common; they have en, nl"):
        data(StudyConfig("lingua-franca", corpora=same, languages=("en", "ru")))
    with pytest.raises(StudyError, match="dev: synthetic-ner has its own parts"):
        data(StudyConfig("lingua-franca", corpora=same | {"dev": "synthetic-ner"}))
    with pytest.raises(CorpusError, match="nl"):
        data(StudyConfig("lingua-franca", languages=("en", "nl")))
    tagged("two", "en")
    with pytest.raises(StudyError, match="have en; two or more"):
        data(StudyConfig("lingua-franca", corpora=same | {"dev": "two"}))


def test_each_language_chooses_its_epoch_of_the_same_run(workspace: Workspace) -> None:
    config = StudyConfig("lingua-franca", test_sentences=3, seeds=(0,), languages=("en", "ru"))
    name, one = single(conll(config), "en")
    sentences = Corpus("", [sentence for part in one.test for sentence in open_part(part, workspace)])
    dev = [{"en": 0.9, "ru": 0.2}, {"en": 0.5, "ru": 0.6}]
    test = [{"en": 0.8, "ru": 0.1}, {"en": 0.4, "ru": 0.3}]
    lines = [
        {"event": "scores", "step": step, "epoch": step, "part": part, "sentences": of, "scores": _f1(scores[step - 1])}
        for step in (1, 2)
        for part, scores, of in (("dev", dev, ""), ("test", test, sentences.fingerprint))
    ]
    folder = workspace.checkpoints / "key"
    folder.mkdir(parents=True)
    (folder / "run.json").write_text(json.dumps({"version": 1, "seed": 0, "jobs": [], "state": "finished"}))
    (folder / "log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    result = {"runs": [{"seed": 0, "key": "key", "dev": _f1(dev[1]), "scores": _f1(test[1])}]}
    context = Context(config, workspace, Silent(), {name: Trained(name, one, result)})
    cells = {("single", -1): [("en", (name, one)), ("ru", (name, one))]}
    found = scores_of(context, cells)
    assert found["dev"].tolist() == [90, 60]
    assert found["test"].tolist() == [80, 30]
    # Scores of other test sentences are not taken for these: the run's best epoch counts.
    (folder / "log.jsonl").write_text((folder / "log.jsonl").read_text().replace(sentences.fingerprint, "other"))
    assert scores_of(context, cells)["test"].tolist() == [40, 30]


def _f1(scores: dict[str, float]) -> dict[str, dict[str, float]]:
    return {language: {"f1": value} for language, value in scores.items()}


def test_layout_has_a_row_per_setting_and_means_over_seeds() -> None:
    rows = [
        ("ML", one, language, seed, 0.0, 10.0 * one + seed)
        for one in (1, 2)
        for language in ("en", "ru")
        for seed in (0, 1)
    ]
    scores = pd.DataFrame(rows, columns=["model", "frozen", "language", "seed", "dev", "test"])
    table = layout(scores, {("ML", 2): ["2 of 4"], ("ML", 1): ["1"], ("ML", 0): ["0"]}, ["#frz"])
    assert list(table.columns) == ["#frz", "English", "Russian"]
    assert table["English"].tolist()[:2] == [20.5, 10.5]
    assert table["English"].isna().tolist() == [False, False, True]


def test_items_from_end_to_end(workspace: Workspace, bert_folder: Path) -> None:
    config = StudyConfig(
        "lingua-franca",
        checkpoint=str(bert_folder),
        sentences=8,
        test_sentences=8,
        epochs=2,
        seeds=(0,),
        languages=("en", "ru"),
        only=("table-1", "figure-2"),
        device="cpu",
        threads=1,
    )
    trained = {
        name: Trained(name, one, train.run(one, workspace, Silent()))
        for name, one in LINGUA_FRANCA.trainings(config).items()
    }
    assert set(trained) == {"single en", "single ru", "joint", "without en", "without ru"}
    context = Context(config, workspace, Silent(), trained)
    table = LINGUA_FRANCA.items["table-1"].make(context)
    assert next(iter(table.tables.values())).columns.tolist() == ["System", "English", "Russian"]
    assert len(table.findings) == 1 and table.findings[0].evidence.startswith("English ")
    figure = LINGUA_FRANCA.items["figure-2"].make(context)
    seeds = figure.tables["seeds"]
    assert set(zip(seeds["model"], seeds["language"], seeds["epoch"], strict=True)) == {
        (model, language, epoch) for model in ("ML", "joint") for language in ("en", "ru") for epoch in (1, 2)
    }
    assert figure.tables["epochs"].columns.tolist() == ["Language", "Training", "epoch 1", "epoch 2"]
    assert len(figure.tables["epochs"]) == 4
    words = LINGUA_FRANCA.items["table-2"].make(context)
    assert words.tables["measured"].iloc[0, 0] == "WordPiece fertility" and words.notes[0].startswith("OntoNotes")
    assert all(one.holds is None for one in words.findings)
    assert len(LINGUA_FRANCA.differences(config)) >= 5
