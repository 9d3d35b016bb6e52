"""A short run of benchmarks/job_kills.py."""

from pathlib import Path

import pytest

import job_kills


@pytest.fixture(autouse=True)
def importable(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(Path(job_kills.__file__).parent))


def test_no_job_is_lost_done_twice_or_stuck_whoever_is_killed(tmp_path):
    outcome = job_kills.kill(tmp_path, kills=6, jobs=3, steps=10, seed=1)
    assert sum(outcome.kills.values()) == 6
    assert outcome.finished == outcome.submitted >= 3
    assert outcome.good, outcome


def test_what_went_wrong_is_counted(tmp_path):
    room = job_kills.Workspace(tmp_path / "room")
    for number, text in enumerate(["0 1 2", "0 1 1 2", "0 1"]):
        (tmp_path / f"ledger-{number}").write_text(text.replace(" ", "\n"))
    job_kills.submit("none", {"number": 0}, room, queue=False).wait(20)
    outcome = job_kills._count(tmp_path, room, job_kills.Counter(), 5, 3, 0, 1.0)
    assert (outcome.lost, outcome.twice, outcome.stuck, outcome.good) == (2, 1, 2, False)
