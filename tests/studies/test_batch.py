"""The fine-tunings of a study: what was made is found, all are waited for, a stop stops them."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from embspace.errors import JobError
from embspace.jobs.state import State
from embspace.progress import Cancelled, Silent
from embspace.studies.config import StudyConfig
from embspace.studies.outputs import StudyFolder
from embspace.studies.registry import STUDIES
from embspace.studies.running import run
from embspace.studies.study import Context, Item, Output, Study
from embspace.training.config import TrainConfig
from embspace.workflows import training_batch as batch
from embspace.workspace import Workspace

CONFIGS = {name: TrainConfig(rate=rate) for name, rate in (("made", 1e-3), ("one", 2e-3), ("two", 3e-3))}


class FakeJob:
    """A job that goes through states, one at each look."""

    def __init__(self, *states: State, error: str | None = None) -> None:
        self.id, self.error, self.result = "fake", error, {"runs": []}
        self.states: Iterator[State] = iter(states)
        self.last, self.cancelled = State.QUEUED, False

    @property
    def state(self) -> State:
        self.last = next(self.states, self.last)
        return self.last

    def progress(self) -> Any:
        return SimpleNamespace(stage="training", done=1, total=2, unit="steps")

    def cancel(self) -> None:
        self.cancelled = True


@pytest.fixture
def submitted(monkeypatch: pytest.MonkeyPatch) -> dict[float, FakeJob]:
    """The jobs by the rate of what they train; "made" was made before."""
    jobs: dict[float, FakeJob] = {}
    monkeypatch.setattr(batch, "LOOK", 0.0)
    monkeypatch.setattr(batch, "attend", lambda workspace: None)
    monkeypatch.setattr(
        batch, "finished", lambda config, _: {"runs": [{"key": "old", "seconds": 9.0}]} if config.rate == 1e-3 else None
    )
    monkeypatch.setattr(batch, "submit", lambda workflow, config, workspace: jobs[config.rate])
    return jobs


def test_what_was_made_is_found_and_the_rest_is_waited_for(submitted, tmp_path) -> None:
    submitted[2e-3] = FakeJob(State.QUEUED, State.RUNNING, State.RUNNING, State.FINISHED)
    submitted[3e-3] = FakeJob(State.FINISHED)
    with batch.Batch(CONFIGS, Workspace(tmp_path), Silent()) as whole:
        found = whole.wait(CONFIGS)
        assert list(found) == ["made", "one", "two"]
        assert (
            found["made"].result == {"runs": [{"key": "old", "seconds": 9.0}]} and found["one"].config == CONFIGS["one"]
        )
        assert whole.wait(["two"])["two"] is found["two"]
    whole.check()


def test_what_an_item_needs_is_not_kept_waiting_by_the_rest(submitted, tmp_path) -> None:
    submitted[2e-3], submitted[3e-3] = FakeJob(State.RUNNING, State.FINISHED), FakeJob(State.QUEUED)
    with batch.Batch(CONFIGS, Workspace(tmp_path), Silent()) as whole:
        assert list(whole.wait(["one"])) == ["one"]
        assert whole.wait([]) == {}
    assert not submitted[3e-3].cancelled


def test_one_that_fails_is_told_when_the_others_have_ended(submitted, tmp_path) -> None:
    submitted[2e-3] = FakeJob(State.FAILED, error="the loss is no number")
    submitted[3e-3] = later = FakeJob(State.RUNNING, State.RUNNING, State.FINISHED)
    failure = r"1 of 3 fine-tunings did not finish:\none: the loss is no number"
    with batch.Batch(CONFIGS, Workspace(tmp_path), Silent()) as whole:
        with pytest.raises(JobError, match=failure):
            whole.wait(CONFIGS)
        assert later.last is State.FINISHED
        assert list(whole.wait(["two"])) == ["two"]
        with pytest.raises(JobError, match=r"1 of 1 fine-tunings did not finish:\none: "):
            whole.wait(["one"])
    with pytest.raises(JobError, match=failure):
        whole.check()


def test_a_stop_stops_all_that_are_under_way(submitted, tmp_path) -> None:
    class Stopping(Silent):
        def advance(self, count: int = 1, note: str = "") -> None:
            if note.startswith("two: training 1 of 2 steps"):
                raise Cancelled

    submitted[2e-3], submitted[3e-3] = FakeJob(State.FINISHED), FakeJob(State.RUNNING)
    with pytest.raises(Cancelled), batch.Batch(CONFIGS, Workspace(tmp_path), Stopping()) as whole:
        whole.wait(["one"])
        whole.wait(["two"])
    assert (submitted[2e-3].cancelled, submitted[3e-3].cancelled) == (False, True)


def test_an_item_whose_fine_tuning_fails_keeps_no_other(submitted, tmp_path, monkeypatch) -> None:
    submitted[2e-3], submitted[3e-3] = FakeJob(State.FAILED, error="the loss is no number"), FakeJob(State.FINISHED)

    def made(context: Context) -> Output:
        names = pd.DataFrame({"made of": sorted(context.trained)})
        return Output({"names": names})

    items = {
        f"of-{name}": Item(f"made of {name}", made, lambda _, name=name: {name: CONFIGS[name]}) for name in CONFIGS
    }
    monkeypatch.setitem(STUDIES, "exploring", Study("exploring", "Three items", items, lambda _: []))
    config, place = StudyConfig("exploring"), Workspace(tmp_path)
    with pytest.raises(JobError, match="1 of 3 fine-tunings did not finish"):
        run(config, place, Silent())
    told = {one.item: one.missing for one in StudyFolder.of(config, place).read()}
    assert told["of-made"] == told["of-two"] == ""
    assert told["of-one"] == "1 of 1 fine-tunings did not finish:\none: the loss is no number"
    assert "the loss is no number" in StudyFolder.of(config, place).report.read_text()
