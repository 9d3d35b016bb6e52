import os
import subprocess
import sys
from pathlib import Path

import pytest

from embspace.jobs import identity
from embspace.jobs.identity import Identity


@pytest.fixture(params=["proc", "ps"])
def system(request, monkeypatch, tmp_path):
    if request.param == "ps":
        monkeypatch.setattr(identity, "PROC", tmp_path / "none")
    elif not Path("/proc/self").is_dir():
        pytest.skip("no /proc here")


def test_a_process_is_itself_until_it_ends(system):
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    one = Identity.of(child.pid)
    assert one is not None and one.pid == child.pid and one.started
    assert one.alive() and Identity.of(child.pid) == one
    assert Identity.read(one.plain()) == one
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert not one.alive(), "a zombie counts as ended"
    child.wait()
    assert Identity.of(child.pid) is None
    child.stdin.close()


def test_the_same_pid_with_another_start_or_boot_is_another_process(system):
    me = Identity.of(os.getpid())
    assert me.alive()
    assert not Identity(me.pid, me.started + "1", me.boot).alive()
    assert not Identity(me.pid, me.started, me.boot + "x").alive()


@pytest.mark.parametrize("value", [None, {}, {"pid": 1}, {"pid": "x", "started": "", "boot": ""}, [1]])
def test_an_incomplete_record_names_no_process(value):
    assert Identity.read(value) is None


def test_a_command_with_parentheses_and_blanks_is_read(monkeypatch, tmp_path):
    (tmp_path / "self").mkdir()
    (tmp_path / "7").mkdir()
    fields = " ".join(str(number) for number in range(3, 53)).split(" ", 1)[1]
    (tmp_path / "7" / "stat").write_text(f"7 (a) b (c) S {fields}\n")
    monkeypatch.setattr(identity, "PROC", tmp_path)
    assert Identity.of(7).started == "22"
