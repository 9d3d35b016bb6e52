import errno
from itertools import pairwise

import pytest

from embspace.jobs.report import PAUSE, Report, Reporter
from embspace.jobs.store import Events
from embspace.progress import Cancelled


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def events(tmp_path):
    return Events(tmp_path / "events.jsonl")


def reports(events):
    return [Report.read(event) for event in events.fresh()]


def test_rate_time_left_and_share(events, clock):
    reporter = Reporter(events, clock)
    reporter.stage("words", 100, "words")
    for _ in range(10):
        clock.now += 1
        reporter.advance(2, note="be")
    last = reports(events)[-1]
    assert last == Report("words", 20, 100, "words", 2.0, 40.0, "be", 10.0)
    assert last.share == 0.2


def test_an_unknown_total_has_a_rate_but_no_time_left(events, clock):
    reporter = Reporter(events, clock)
    reporter.stage("reading", unit="lines")
    clock.now += 2
    reporter.advance(10)
    last = reports(events)[-1]
    assert (last.rate, last.eta, last.share, last.total) == (5.0, None, None, None)
    reporter.stage("nothing", 0)
    assert reports(events)[-1].share == 1.0


def test_events_are_throttled_and_the_last_count_is_kept(events, clock):
    reporter = Reporter(events, clock)
    reporter.stage("fast", 2000)
    for _ in range(1050):
        clock.now += 0.001
        reporter.advance()
    written = reports(events)
    assert 2 <= len(written) <= 1 + 1.05 / PAUSE
    gaps = [b.elapsed - a.elapsed for a, b in pairwise(written)]
    assert min(gaps) >= PAUSE - 1e-9
    reporter.flush()
    assert [report.done for report in reports(events)] == [1050]
    reporter.flush()
    assert reports(events) == []


def test_a_stage_is_written_at_once_and_starts_from_zero(events, clock):
    reporter = Reporter(events, clock)
    reporter.stage("a", 2)
    reporter.advance(2)
    reporter.stage("b", 3)
    assert [(report.stage, report.done) for report in reports(events)] == [("a", 0), ("b", 0)]


def test_work_found_stored_does_not_flatter_the_rate_for_long(events, clock):
    reporter = Reporter(events, clock)
    reporter.stage("shards", 2000)
    clock.now += 1
    reporter.advance(1000)
    for _ in range(60):
        clock.now += 1
        reporter.advance(1)
    last = reports(events)[-1]
    assert last.rate == pytest.approx(1.0)
    assert last.eta == pytest.approx(940)


def test_work_found_done_at_the_beginning_is_in_no_rate(events, clock):
    reporter = Reporter(events, clock)
    reporter.stage("steps", 2000)
    clock.now += 0.01
    reporter.advance(1000)
    clock.now += 1
    reporter.advance(1)
    last = reports(events)[-1]
    assert last.done == 1001
    assert last.rate == pytest.approx(1.0)
    assert last.eta == pytest.approx(999)


def test_stop_raises_at_once_and_again(events):
    reporter = Reporter(events)
    with pytest.raises(Cancelled):
        reporter.stop()
    with pytest.raises(Cancelled):
        reporter.advance()
    with pytest.raises(Cancelled):
        reporter.stage("more")


def test_progress_that_cannot_be_written_does_not_end_the_work(events, monkeypatch):
    def full(*args, **fields):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(events, "append", full)
    reporter = Reporter(events)
    reporter.stage("a", 2)
    reporter.advance(2)
    reporter.flush()
    monkeypatch.undo()
    reporter.stage("b", 1)
    assert [report.stage for report in reports(events)] == ["b"]


def test_fields_of_later_versions_are_passed_over():
    assert Report.read({"event": "progress", "stage": "a", "time": 1.0, "new": 5}) == Report("a")
