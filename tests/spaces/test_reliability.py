"""The functions of benchmarks/reliability.py, with few kills; and that they notice a store that breaks its promises."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import reliability
from embspace.spaces import shards
from store_harms import HARMS, damaged
from store_work import BrokenPromiseError, finished, quick_work

SCRIPT = Path(reliability.__file__)


def test_the_script_with_few_kills(tmp_path):
    page = tmp_path / "page.md"
    options = ["--seed", "5", "--kills", "6", "--model-kills", "0", "--rounds", "1", "--damages", "10"]
    command = [sys.executable, str(SCRIPT), *options, "--write", str(page)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    text = page.read_text()
    assert "6 kills" in text and "--seed 5" in text and text.count("\n| ") >= 10
    assert "10 times" not in text and text.count("| 2 times |") == len(HARMS)


def test_a_store_that_reads_without_checking_is_found_out(tmp_path, monkeypatch):
    monkeypatch.setattr(shards, "check_layer", lambda *args: None)
    with pytest.raises(BrokenPromiseError, match=r"gives other values|is not bit-equal"):
        damaged(quick_work(0, pause=0), 40, np.random.default_rng(0), tmp_path)


def test_a_shard_that_is_not_what_its_manifest_says_is_found_out(tmp_path):
    folder = quick_work(0, pause=0).run(tmp_path)
    before = finished(folder)
    assert len(before) == 3 * len(list(folder.glob("shard-*.json")))
    path = folder / "words-00003.parquet"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(BrokenPromiseError, match=r"words-00003.parquet is not what its manifest says"):
        finished(folder)
