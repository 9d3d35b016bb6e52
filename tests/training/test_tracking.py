"""What a tracker is told: losses and scores by step, by language; one log for a run, however often it is begun."""

from pathlib import Path

import pytest
from accelerate.tracking import GeneralTracker, TensorBoardTracker
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from embspace.encoders.trained import runs
from embspace.errors import SettingsError
from embspace.progress import Cancelled, Silent
from embspace.training.config import TrainConfig
from embspace.training.part import Part
from embspace.workflows.train import run


def small(folder: Path, **changes) -> TrainConfig:
    """Two epochs of five steps, scored in two languages at the end of each."""
    return TrainConfig(
        checkpoint=str(folder),
        train=(Part(languages=("en", "tr"), per_type=5),),
        test=(Part(languages=("en", "be"), split="test", per_type=1),),
        threads=1,
        **({"epochs": 2, "batch": 10, "probe_every": 0, "save_every": 4, "report_to": "tensorboard"} | changes),
    )


def told(workspace) -> dict[str, dict[int, float]]:
    """What TensorBoard shows of the one run: name -> step -> value."""
    (one,) = runs(workspace)
    log = EventAccumulator(str(one.folder / "embspace"), {"scalars": 0}).Reload()
    return {name: {event.step: event.value for event in log.Scalars(name)} for name in log.Tags()["scalars"]}


class CancelAt(Silent):
    def __init__(self, count: int) -> None:
        self.left = count

    def advance(self, count: int = 1, note: str = "") -> None:
        self.left -= 1
        if self.left == 0:
            raise Cancelled


def test_tensorboard_shows_losses_and_scores_of_a_run_that_was_stopped(bert_folder, workspace, tmp_path, monkeypatch):
    config = small(bert_folder)
    with pytest.raises(Cancelled):
        run(config, workspace, CancelAt(8))
    (one,) = runs(workspace)
    before = told(workspace)
    run(config, workspace, Silent())
    shown, log = told(workspace), one.log("step")
    assert shown["loss/ner"] == pytest.approx({line["step"]: line["losses"]["ner"] for line in log})
    assert {"rate", "gradient_norm", "pieces_per_second"} <= set(shown)
    for line in one.log("scores"):
        for language, scores in line["scores"].items():
            for name, value in scores.items():
                assert shown[f"dev/{language}/{name}"][line["step"]] == pytest.approx(value)
    assert {"dev/en/f1", "dev/tr/f1", "dev/all/f1", "best/en/f1", "best/be/f1"} <= set(shown)
    assert shown["best/be/accuracy"] == pytest.approx({one.saved()[-1]: one.log("test")[0]["scores"]["be"]["accuracy"]})
    assert len([*(one.folder / "embspace").glob("*/hparams.yml")]) == 1
    steps = {line["step"] for line in log}
    assert set(before["loss/ner"]) <= steps and len(steps) > len(before["loss/ner"])


def test_a_tracker_that_does_not_start_is_one_error(bert_folder, workspace, monkeypatch):
    def refuse(self):
        raise RuntimeError("api_key not configured (no-tty).\nmore")

    monkeypatch.setattr(TensorBoardTracker, "start", refuse)
    with pytest.raises(
        SettingsError, match=r"it does not start: api_key not configured \(no-tty\)\. See to its own"
    ) as caught:
        run(small(bert_folder), workspace, Silent())
    assert "\n" not in str(caught.value)


def test_a_tracker_that_fails_on_the_way_ends_no_training(bert_folder, workspace, monkeypatch):
    def fail(self, values, step=None):
        raise ConnectionError("the address does not answer")

    monkeypatch.setattr(TensorBoardTracker, "log", fail)
    result = run(small(bert_folder, epochs=1), workspace, Silent())
    (one,) = runs(workspace)
    assert one.state == "finished" and result["runs"][0]["scores"]
    notes = [line["text"] for line in one.log("note") if line["part"] == "tracker"]
    assert notes == ["nothing more is told to the tracker: the address does not answer"]


@pytest.mark.parametrize(
    ("name", "first", "again"),
    [
        ("wandb", {"resume": "allow"}, {"resume": "allow"}),
        ("mlflow", {"run_name": None}, {"run_id": "7"}),
    ],
)
def test_other_trackers_are_told_which_run_goes_on(bert_folder, workspace, monkeypatch, name, first, again):
    """What W&B and MLflow are begun with; they themselves are not installed here."""
    begun = []

    class Tracker(GeneralTracker):
        requires_logging_directory = False

        def __init__(self, project, **given):
            super().__init__()
            self.given, self.values = given, []
            begun.append(self)

        @property
        def tracker(self):
            return self

        @property
        def active_run(self):
            return type("Run", (), {"info": type("Info", (), {"run_id": "7"})})

        def start(self):
            assert True

        def store_init_configuration(self, values):
            self.settings = values

        def log(self, values, step=None, **_):
            self.values.append((step, *values))

    Tracker.name = name
    monkeypatch.setitem(__import__("accelerate").tracking.LOGGER_TYPE_TO_CLASS, name, Tracker)
    monkeypatch.setattr("accelerate.accelerator.filter_trackers", lambda given, folder: [given] if given else [])
    monkeypatch.setattr("embspace.workflows.train.find_spec", lambda name: True)
    with pytest.raises(Cancelled):
        run(small(bert_folder, report_to=name), workspace, CancelAt(8))
    run(small(bert_folder, report_to=name), workspace, Silent())
    (one,) = runs(workspace)
    for tracker, wanted in zip(begun, (first, again), strict=True):
        for key, value in wanted.items():
            assert tracker.given[key] == (value or one.name())
    assert begun[0].settings["epochs"] == "2" and not hasattr(begun[1], "settings")
    steps = [step for tracker in begun for step, *_ in tracker.values]
    assert steps == sorted(steps)
    assert one.record["trackers"] == {name: "7" if name == "mlflow" else one.key}
