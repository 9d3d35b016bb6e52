import json
from dataclasses import replace

import pytest

from embspace.errors import SettingsError
from embspace.training.adjust import Adjust
from embspace.training.config import TrainConfig, weighing
from embspace.training.part import Part
from embspace.workflows.settings import from_json, to_json
from embspace.workflows.train import read_config

TOML = """
task = "ner"
epochs = 3
batch = 32
seeds = [1, 2]

[[train]]
languages = ["en", "ru"]
per_type = 50

[[dev]]
corpus = "panx-en"
sentences = 20

[[unlabelled]]
languages = ["tr"]

[objectives]
cloze = 1
language-id = 0.5
"""


def test_a_file_becomes_a_config_and_survives_a_job(tmp_path):
    (tmp_path / "a.toml").write_text(TOML, "utf-8")
    config = read_config(tmp_path / "a.toml", {"batch": 8})
    assert config.train == (Part(languages=("en", "ru"), per_type=50),)
    assert config.dev == (Part(corpus="panx-en", sentences=20),)
    assert config.objectives == {"cloze": 1.0, "language-id": 0.5}
    assert (config.batch, config.epochs, config.seeds) == (8, 3, (1, 2))
    assert from_json(TrainConfig, to_json(config)) == config


def test_everything_that_is_wrong_is_listed(tmp_path):
    (tmp_path / "b.toml").write_text(
        """
batchh = 16
epochs = 2
steps = 100
rate = 0
task = "nlp"
warmup = 1.5
seeds = [1, 1]
length = 10
overlap = 10
freeze = -2
[objectives]
closer = 1
cloze = -1
[[train]]
per_type = 0
[[train]]
corpus = "panx-en"
per_type = 3
language = "en"
[probe]
langs = ["en"]
""",
        "utf-8",
    )
    with pytest.raises(SettingsError) as caught:
        read_config(tmp_path / "b.toml")
    found = str(caught.value)
    for message in (
        "b.toml: unknown setting 'batchh'; known are checkpoint,",
        'b.toml: task = \'nlp\' is not possible; expected "ner" or "pos" or "nli" or "qa" or "mlm" or "adjustment".',
        "steps = 100 and epochs = 2 both say how long to train; give one of them.",
        "rate = 0.0: expected a number above 0.",
        "warmup = 1.5: expected a share from 0 to 1.",
        "seeds = [1, 1]: expected one or more different numbers, 0 or more.",
        "overlap = 10: expected 0 or more pieces, below length = 10.",
        "freeze = -2: expected -1 (nothing), 0 (the embeddings) or a number of layers.",
        "objectives: there is no 'closer'; possible are language-id, cloze, predictive-cloze, "
        "average-linkage, identical-strings, mean-variance, adjustment.",
        "objectives: cloze = -1.0: expected a weight above 0.",
        "objectives closer, cloze read unlabelled sentences; name some, [[unlabelled]] in TOML.",
        "train 1: per_type = 0: expected 1 or more sentences per type.",
        "train 2: unknown setting 'language'; known are corpus,",
        "train 2: per_type: chosen among synthetic-ner, and the corpus is 'panx-en'; leave it out,",
        "probe: unknown setting 'langs'; known are corpus,",
    ):
        assert message in found, message
    assert len(found.splitlines()) == 15


@pytest.mark.parametrize(
    ("text", "message"),
    [("= 3", "c.toml: not TOML"), (None, "c.toml: No such file or directory")],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path, text, message):
    if text is not None:
        (tmp_path / "c.toml").write_text(text)
    with pytest.raises(SettingsError, match=message):
        read_config(tmp_path / "c.toml")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"train": ()}, "train is empty"),
        (
            {"train": {"sentences": 5, "per_type": 2}},
            "per_type = 2 and sentences = 5 both say how much is drawn; give one",
        ),
        ({"train": {"sentences": 2}}, "sentences = 2: expected 3 or more of synthetic-ner, one of each type"),
        ({"train": {"corpus": "panx-en", "sentences": 0}}, "sentences = 0: expected 1 or more, or nothing for all"),
        ({"unlabelled": (Part(),)}, "unlabelled sentences are read by objectives alone"),
        ({"task": "pos", "encoding": "IOB1"}, "encoding = 'IOB1' is of named entities, and the task is 'pos'"),
        ({"accumulate": 17}, "accumulate = 17: expected 1 to batch = 16"),
        ({"seeds": ()}, "seeds = []: expected one or more"),
        ({"checkpoint": ""}, "checkpoint is empty"),
        ({"save_total_limit": 0}, "save_total_limit = 0: expected 1 or more"),
        ({"objectives": {"adjustment": 0.01}}, "the objective adjustment reads aligned sentences; name some"),
        (
            {"aligned": (Part(corpus="parallel-sample"),)},
            "aligned sentences are read by the objective adjustment alone",
        ),
        ({"adjust": Adjust(keep=0.5)}, "adjust is read by the task or the objective adjustment alone"),
        ({"task": "adjustment", "accumulate": 2}, "adjustment: compares the sentences of a whole step"),
        ({"betas": (0.9,)}, "betas = (0.9,): expected two numbers from 0, below 1"),
        (
            {"task": "nli", "objectives": {"predictive-cloze": 1.0}, "unlabelled": (Part(),)},
            "predictive-cloze masks what a tagger found, and the task is 'nli'",
        ),
    ],
)
def test_contradictions(changes, message):
    with pytest.raises(SettingsError) as caught:
        TrainConfig(**({"train": (Part(**changes["train"]),)} if isinstance(changes.get("train"), dict) else changes))
    assert message in str(caught.value)


def test_what_weights_do_not_depend_on_is_not_in_the_recipe():
    one = TrainConfig()
    other = TrainConfig(
        checkpoint="./copy", threads=3, device="cpu", seeds=(5,), probe_every=0, save_every=7, save_total_limit=9,
        report_to="wandb", test_every_epoch=True, test=(), probe=Part(),
    )  # fmt: skip
    assert one.recipe() == other.recipe()
    for changes in ({"rate": 1e-5}, {"batch": 8}, {"freeze": 0}, {"length": 64}, {"dev_share": 0.2}, {"bf16": True}):
        assert TrainConfig(**changes).recipe() != one.recipe()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"accumulate": 2}, "average-linkage: compares the sentences of a whole step; leave accumulate at 1"),
        ({"layers": ()}, r"layers = \[\]: expected one or more different layers"),
        ({"layers": (1, 1)}, r"layers = \[1, 1\]: expected one or more different layers"),
        ({"layers": (1,), "objectives": {"cloze": 1.0}}, "layers are read by the objectives average-linkage"),
    ],
)
def test_what_alignment_does_not_go_with_is_said(changes, message):
    settings = {"unlabelled": (Part(),), "objectives": {"average-linkage": 1.0}} | changes
    with pytest.raises(SettingsError, match=message):
        TrainConfig(**settings)


def test_layers_that_are_not_chosen_leave_the_recipe_as_it_was():
    settings = {"unlabelled": (Part(),), "objectives": {"average-linkage": 1.0}}
    assert "layers" not in TrainConfig(**settings).recipe()
    assert TrainConfig(**settings, layers=(0, -1)).recipe()["layers"] == (0, -1)


def test_what_came_later_leaves_the_names_of_earlier_runs(tmp_path):
    later = {"layers", "adjust", "betas", "epsilon"}
    assert not later & set(TrainConfig().recipe())
    assert weighing(to_json(TrainConfig())) == json.loads(json.dumps(TrainConfig().recipe()))
    adjusted = TrainConfig(
        objectives={"adjustment": 0.01},
        aligned=(Part(corpus="parallel-sample"),),
        adjust=Adjust(keep=0.5),
        betas=(0.9, 0.98),
    )
    assert later - set(adjusted.recipe()) == {"layers", "epsilon"}
    assert weighing(to_json(adjusted)) == json.loads(json.dumps(adjusted.recipe()))
    elsewhere = replace(adjusted, adjust=Adjust(keep=0.5, original="./copy"))
    assert elsewhere.recipe() == adjusted.recipe(), "what the original holds counts, not its name"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"source": ""}, "source is empty"),
        ({"draw": 0}, "draw = 0: expected 1 pair or more"),
        ({"batch": 0}, "batch = 0: expected 1 pair"),
        ({"keep": -1.0}, "keep = -1.0: expected a weight of 0 or more"),
        ({"layers": ()}, "layers = []: expected one or more different layers"),
    ],
)
def test_contradictions_of_the_adjustment(changes, message):
    with pytest.raises(SettingsError) as caught:
        Adjust(**changes)
    assert message in str(caught.value)
