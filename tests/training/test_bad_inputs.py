"""What goes wrong for a person who fine-tunes: each message says what, where, and what to do; no traces."""

import errno
import json
import math
import os

import pytest
from typer.testing import CliRunner

from embspace import cli
from embspace.corpora.catalog import add_corpus, remove
from embspace.corpora.records import Sentence
from embspace.corpora.templates import CODES
from embspace.encoders.trained import runs
from embspace.jobs.job import State
from embspace.jobs.supervisor import resume, submit
from embspace.training.config import TrainConfig
from embspace.training.loop import FineTuning
from embspace.training.part import Part
from embspace.training.tasks.tagging import Tagging

NAMES = [
    Sentence(("Eve", "saw", "Bo", str(number)), "en", tags=("B-PER", "O", "B-PER", "O"), source=f"names.txt:{number}")
    for number in range(8)
]


def tried(*arguments):
    """The exit code, the output and the message of `embspace train`; what is no message of its own is raised."""
    done = CliRunner().invoke(cli.app, ["train", *map(str, arguments)])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert "Traceback" not in done.stderr
    start = done.stderr.find("embspace: ")  # behind the bars of progress
    return done.exit_code, done.stdout, done.stderr[start:] if start >= 0 else ""


@pytest.fixture
def recipe(bert_folder, tmp_path, monkeypatch):
    """Write a TOML file: a training of a second, and what is to be wrong with it."""
    monkeypatch.setenv("COLUMNS", "200")

    def write(text='[[train]]\nlanguages = ["en"]\nper_type = 3\n', test='split = "test"\nper_type = 1', **settings):
        base = {"checkpoint": str(bert_folder), "batch": 4, "probe_every": 0, "threads": 1, "rate": 1e-3} | settings
        lines = [f"{name} = {json.dumps(value)}" for name, value in base.items()]
        path = tmp_path / "small.toml"
        path.write_text("\n".join([*lines, text, "[[test]]", test]), "utf-8")
        return path

    return write


def test_tags_that_training_never_saw_are_told_with_the_scores(recipe, workspace):
    add_corpus(NAMES, name="names")
    other = [Sentence(("In", "Rome", one.words[3]), "en", tags=("O", "B-LOC", "O")) for one in NAMES]
    add_corpus(other, name="places")
    code, out, _ = tried(recipe('[[train]]\ncorpus = "names"\n', 'corpus = "places"'))
    assert code == 0
    assert "test: never seen in training, so never predicted: B-LOC 8 words" in out.splitlines()
    code, again, _ = tried(recipe('[[train]]\ncorpus = "names"\n', 'corpus = "places"'))
    assert (code, again) == (0, out)


def test_sentences_that_nothing_can_be_learned_from_are_told_together(recipe, workspace):
    add_corpus(NAMES, name="names")
    add_corpus([Sentence(("No", "name", str(n)), "en", tags=("O",) * 3) for n in range(4)], name="empty-handed")
    code, _, error = tried(recipe('[[train]]\ncorpus = "empty-handed"\n', 'corpus = "names"\nlanguages = ["en", "sk"]'))
    assert code == 1
    first, second = error.strip().splitlines()
    assert first.startswith("embspace: test: Unknown language code 'sk'.") and first.endswith("Possible are en.")
    assert second == "train: no sentence has a named entity; give some that have."
    code, _, error = tried(recipe(test='languages = ["de"]', task="pos"))
    assert [line.partition(";")[0] for line in error.strip().splitlines()] == [
        f"embspace: test: Unknown language code 'de'. Did you mean 'es'? Possible are {', '.join(CODES)}.",
        "train: synthetic-ner has named entities alone, and the task is 'pos'",
        "test: synthetic-ner has named entities alone, and the task is 'pos'",
    ]


def test_a_split_without_words_is_told_before_training(recipe, workspace, monkeypatch):
    add_corpus([*NAMES, Sentence((), "be", tags=())], name="half")
    monkeypatch.setattr(FineTuning, "step", None)
    code, _, error = tried(recipe(test='corpus = "half"'))
    assert code == 1
    assert error == ("embspace: test: the sentences in be have no words; give others, or leave the language out.\n")


def test_a_loss_that_is_no_number_stops_and_keeps_the_checkpoint_before(recipe, workspace, monkeypatch):
    real, calls = Tagging.loss, []

    def loss(self, model, batch):
        calls.append(1)
        return real(self, model, batch) * (math.nan if len(calls) > 5 else 1)

    monkeypatch.setattr(Tagging, "loss", loss)
    code, _, error = tried(recipe(epochs=4, save_every=4))
    assert code == 1
    assert error.splitlines()[-1].startswith("embspace: ner is nan at step 6 of run:")
    assert error.rstrip().endswith("Lower the rate or the weights of objectives, clip more, and train again.")
    (one,) = runs()
    assert f"The last good checkpoint is {one.folder / 'step-00000004'}." in error and one.saved() == [4]


@pytest.mark.parametrize("call", ["write_description", "write_model"])
def test_a_disk_that_is_full_is_one_error_and_the_run_goes_on_later(recipe, workspace, monkeypatch, call):
    def full(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config.json").write_text("{")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(FineTuning, call, full)
        code, _, error = tried(recipe())
    assert code == 1
    assert error.splitlines()[-1].startswith("embspace: The disk is full: ") and "it goes on where it stopped" in error
    assert tried(recipe())[0] == 0
    (one,) = runs()
    assert json.loads((one.folder / "model" / "config.json").read_text())["model_type"] == "bert"


def test_checkpoints_of_another_hand(recipe, workspace, monkeypatch):
    """Half a checkpoint does not count, a foreign one is named, and names that are none are passed over."""
    monkeypatch.setattr("embspace.training.run.forget_states", lambda folder: None)  # it shall go on once more
    assert tried(recipe(save_every=3))[0] == 0
    (one,) = runs()
    (one.folder / "step-00000099").mkdir()
    (one.folder / "step-00000099" / "model.safetensors").write_bytes(b"half")
    copy = one.folder / "step-00000003 (copy)"
    copy.mkdir()
    (copy / "complete.json").write_text("{}")
    assert one.saved()[-1] < 99
    record = json.loads((one.folder / "run.json").read_text()) | {"state": "stopped"}
    (one.folder / "run.json").write_text(json.dumps(record))
    assert tried(recipe(save_every=3))[0] == 0
    (one.folder / "run.json").write_text(json.dumps(record))
    for text, said in (
        ("[]", "was not written by a training of embspace."),
        ('{"files": {}}', "was not written by a training of embspace."),
        ('{"files": ', "is damaged: Expecting value"),
    ):
        (one.folder / "step-00000099" / "complete.json").write_text(text)
        code, _, error = tried(recipe(save_every=3))
        assert code == 1 and said in error
        assert f"Remove the folder {one.folder / 'step-00000099'} to go on from the one before." in error


def test_settings_that_are_unknown_or_contradict_each_other_are_all_listed(recipe, workspace):
    code, _, error = tried(
        recipe('[[train]]\nlanguage = "en"\nper_type = 3\nsentences = 9\n', epochs=2, steps=4, batchh=3),
        "--set", "warmup=2",
    )  # fmt: skip
    assert code == 1
    said = [line.rpartition("small.toml: ")[2] for line in error.strip().splitlines()]
    assert [line[:44] for line in said] == [
        "unknown setting 'batchh'; known are checkpoi",
        "train 1: unknown setting 'language'; known a",
        "train 1: per_type = 3 and sentences = 9 both",
        "warmup = 2.0: expected a share from 0 to 1."[:44],
        "steps = 4 and epochs = 2 both say how long t",
    ]


def test_a_job_whose_corpus_was_removed_says_so_and_goes_on_when_it_is_back(bert_folder, workspace):
    add_corpus(NAMES, name="names")
    config = TrainConfig(
        checkpoint=str(bert_folder), train=(Part("names"),), test=(Part(split="test", per_type=1),), steps=2,
        batch=2, probe_every=0, threads=1,
    )  # fmt: skip
    remove("names")
    job = submit("train", config, workspace)
    assert job.wait(120) is State.FAILED
    assert job.error.startswith("train: There is no corpus 'names'")
    assert "embspace corpora add" in job.error and "\n" not in job.error
    add_corpus(NAMES, name="names")
    assert resume(job).wait(120) is State.FINISHED
