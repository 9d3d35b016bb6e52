"""A run that is killed, cancelled or shared among processes ends with the same weights."""

import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from embspace.encoders.trained import runs
from embspace.progress import Cancelled, Silent
from embspace.training.adjust import Adjust
from embspace.training.config import TrainConfig
from embspace.training.part import Part
from embspace.training.stopping import Boundaries
from embspace.workflows.settings import to_json
from embspace.workflows.train import run
from embspace.workspace import Workspace


def small(folder: Path, **changes) -> TrainConfig:
    """Two epochs of six steps on a tiny BERT with dropout; probes at 0, 5, 10 and 12, checkpoints every 4 steps."""
    data = {
        "train": (Part(languages=("en",), per_type=5),),
        "test": (Part(languages=("en",), split="test", per_type=2),),
        "probe": Part(languages=("en",), split="test", per_type=2),
    }
    steps = {"epochs": 2, "batch": 4, "rate": 1e-3, "probe_every": 5, "save_every": 4, "save_total_limit": 2}
    return TrainConfig(checkpoint=str(folder), threads=1, **(data | steps | changes))


@pytest.fixture(scope="module")
def forked():
    """Ask the server of `forked_runs` for a run; the exit codes of its processes."""
    script = Path(__file__).with_name("forked_runs.py")
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, str(script)], env=environment, **pipes) as server:

        def ask(config: TrainConfig, workspace: Path, **request) -> list[int]:
            line = {"config": to_json(config), "workspace": str(workspace), **request}
            server.stdin.write(json.dumps(line) + "\n")
            server.stdin.flush()
            return json.loads(server.stdout.readline())

        yield ask
        server.stdin.close()


@pytest.fixture(scope="module")
def whole(forked, bert_folder, tmp_path_factory) -> Path:
    """The workspace of a run that nothing happened to."""
    place = tmp_path_factory.mktemp("whole")
    assert forked(small(bert_folder), place) == [0]
    return place


def tensors(workspace: Path) -> dict[str, torch.Tensor]:
    """The weights of each stored step of the one run."""
    (one,) = runs(Workspace(workspace))
    return {
        f"{step} {name}": weights
        for step in one.saved()
        for name, weights in load_file(one.folder / f"step-{step:08d}" / "model.safetensors").items()
    }


def same(one: Path, other: Path) -> bool:
    first, second = tensors(one), tensors(other)
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


def story(workspace: Path) -> list[dict]:
    """What the log says, but for times: each step once."""
    (one,) = runs(Workspace(workspace))
    times = ("time", "seconds", "pieces_per_second")
    return [{name: value for name, value in line.items() if name not in times} for line in one.log()]


def test_a_run_killed_at_random_places_ends_as_if_nothing_had_happened(forked, whole, bert_folder, tmp_path):
    draw, config = random.Random(7), small(bert_folder)
    early, late, look = draw.randrange(1, 4), draw.randrange(8, 12), draw.choice([5, 10])
    kills = [{"step": early}, {"save": 4}, {"probe": look}, {"step": late}]
    for kill in kills:
        assert forked(config, tmp_path, kill=kill) == [-signal.SIGKILL], kill
    assert forked(config, tmp_path) == [0]
    assert same(tmp_path, whole)
    assert story(tmp_path) == story(whole)
    assert not [*tmp_path.glob("checkpoints/*/.step-*")]
    assert not [*tmp_path.glob("checkpoints/*/*/state.pt")]
    spaces = [{path.parent.name for path in place.glob("spaces/*/space.json")} for place in (tmp_path, whole)]
    assert spaces[0] == spaces[1] and len(spaces[0]) == 4


class CancelAt(Silent):
    def __init__(self, count: int) -> None:
        self.left = count

    def advance(self, count: int = 1, note: str = "") -> None:
        self.left -= 1
        if self.left == 0:
            raise Cancelled


@pytest.mark.parametrize("calls", [9, 25])
def test_a_cancelled_run_is_saved_where_it_stands_and_goes_on(whole, bert_folder, tmp_path, calls):
    config, place = small(bert_folder), Workspace(tmp_path)
    with pytest.raises(Cancelled):
        run(config, place, CancelAt(calls))
    (one,) = runs(place)
    assert one.state == "stopped" and one.saved()
    result = run(config, place, Silent())
    assert same(tmp_path, whole)
    assert runs(place)[0].state == "finished"
    assert result["runs"][0]["best_step"] == runs(Workspace(whole))[0].best


def test_an_adjustment_beside_a_task_goes_on_with_the_same_pairs_and_the_same_original(forked, bert_folder, tmp_path):
    aligned = (Part(corpus="parallel-sample", languages=("ru", "tr"), sentences=30),)
    adjust = Adjust(draw=20, batch=4, original=str(bert_folder))
    config = small(bert_folder, objectives={"adjustment": 0.01}, aligned=aligned, adjust=adjust, probe_every=0)
    one, other = tmp_path / "one", tmp_path / "other"
    assert forked(config, one) == [0]
    assert forked(config, other, kill={"step": 7}) == [-signal.SIGKILL]
    assert forked(config, other) == [0]
    assert same(one, other) and story(one) == story(other)


class CancelAtStage(Silent):
    def __init__(self, name: str) -> None:
        self.name = name

    def stage(self, name: str, total: int | None = None, unit: str = "") -> None:
        if name == self.name:
            raise Cancelled


def test_a_run_that_is_stopped_while_it_is_scored_stays_finished(whole, bert_folder, tmp_path):
    config, place = small(bert_folder), Workspace(tmp_path)
    with pytest.raises(Cancelled):
        run(config, place, CancelAtStage("scoring the best epoch"))
    assert runs(place)[0].state == "finished"
    with pytest.raises(Cancelled):
        run(config, place, CancelAtStage("preparing"))
    assert runs(place)[0].state == "finished"
    result = run(config, place, Silent())
    assert same(tmp_path, whole) and result["runs"][0]["scores"]


def test_two_processes_share_each_step_and_come_to_the_same(forked, whole, bert_folder, tmp_path):
    still = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    folder = tmp_path / "still"
    folder.mkdir()
    for path in bert_folder.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | still))
    few = small(folder, steps=4, epochs=1, probe_every=2)
    assert forked(few, tmp_path / "one") == [0]
    assert forked(few, tmp_path / "two", processes=2) == [0, 0]
    one, two = tensors(tmp_path / "one"), tensors(tmp_path / "two")
    # A key's bias has no gradient but rounding, which Adam makes as large as any other.
    weights = [name for name in one if "key.bias" not in name]
    assert all(torch.allclose(one[name], two[name], atol=1e-4) for name in weights)
    first, second = (runs(Workspace(tmp_path / name))[0] for name in ("one", "two"))
    assert first.key == second.key and first.record["tests"] == second.record["tests"]
    assert len(second.log("scores")) == len(first.log("scores")) == 1


class Calls(Silent):
    def __init__(self) -> None:
        self.seen: list[str] = []

    def advance(self, count: int = 1, note: str = "") -> None:
        self.seen.append(note)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_waits_for_the_next_boundary(number):
    calls, reached = Calls(), []
    before = signal.getsignal(number)
    signal.signal(number, lambda *_: (_ for _ in ()).throw(Cancelled()))
    try:
        with pytest.raises(Cancelled), Boundaries(calls) as progress:
            progress.advance(1, "first")
            signal.raise_signal(number)
            reached.append("inside the step")
            progress.advance(1, "second")
        assert calls.seen == ["first"] and reached
        with pytest.raises(Cancelled), Boundaries(calls):
            signal.raise_signal(number)  # no boundary follows
    finally:
        signal.signal(number, before)
