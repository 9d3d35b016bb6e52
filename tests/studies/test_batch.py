"""The fine-tunings of a study: what was made is found, all are waited for, a stop stops them."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from embspace.errors import JobError
from embspace.jobs.state import State
from embspace.progress import Cancelled, Silent
from embspace.studies import batch
from embspace.training.config import TrainConfig
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
    monkeypatch.setattr(batch, "finished", lambda config, _: {"runs": ["old"]} if config.rate == 1e-3 else None)
    monkeypatch.setattr(batch, "submit", lambda workflow, config, workspace: jobs[config.rate])
    return jobs


def test_what_was_made_is_found_and_the_rest_is_waited_for(submitted, tmp_path) -> None:
    submitted[2e-3] = FakeJob(State.QUEUED, State.RUNNING, State.RUNNING, State.FINISHED)
    submitted[3e-3] = FakeJob(State.FINISHED)
    found = batch.train_all(CONFIGS, Workspace(tmp_path), Silent())
    assert list(found) == ["made", "one", "two"]
    assert found["made"].result == {"runs": ["old"]} and found["one"].config == CONFIGS["one"]


def test_one_that_fails_is_told_when_the_others_have_ended(submitted, tmp_path) -> None:
    submitted[2e-3] = FakeJob(State.FAILED, error="the loss is no number")
    submitted[3e-3] = later = FakeJob(State.RUNNING, State.RUNNING, State.FINISHED)
    with pytest.raises(JobError, match=r"1 of 3 fine-tunings did not finish:\none: the loss is no number"):
        batch.train_all(CONFIGS, Workspace(tmp_path), Silent())
    assert later.last is State.FINISHED


def test_a_stop_stops_all_that_are_under_way(submitted, tmp_path) -> None:
    class Stopping(Silent):
        def advance(self, count: int = 1, note: str = "") -> None:
            if note.startswith("two: training 1 of 2 steps"):
                raise Cancelled

    submitted[2e-3], submitted[3e-3] = FakeJob(State.FINISHED), FakeJob(State.RUNNING)
    with pytest.raises(Cancelled):
        batch.train_all(CONFIGS, Workspace(tmp_path), Stopping())
    assert (submitted[2e-3].cancelled, submitted[3e-3].cancelled) == (False, True)
