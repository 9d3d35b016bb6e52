"""A workspace with two small trainings whose spaces and predictions are stored, made once for all tests that look."""

from pathlib import Path

import pytest

from embspace.progress import Silent
from embspace.training.config import TrainConfig
from embspace.training.part import Part
from embspace.workflows.train import run
from embspace.workspace import Workspace

ENGLISH, BELARUSIAN = "20260101-120000-train-aaaaaa", "20260101-130000-train-bbbbbb"
STEPS = [0, 2, 4, 6, 8]
LANGUAGES = ("be", "en", "ru")


def config(checkpoint: Path | str, language: str, **changes) -> TrainConfig:
    """Eight steps with five spaces of 27 words, and 18 test sentences."""
    settings = {
        "train": (Part(languages=(language,), per_type=12),),
        "test": (Part(languages=("be", "en"), split="test", per_type=3),),
        "probe": Part(languages=LANGUAGES, split="test", per_type=3),
        "probe_every": 2,
        "steps": 8,
        "batch": 4,
        "rate": 1e-3,
        "dev_share": 0.0,
        "save_every": 0,
        "save_total_limit": 1,
    }
    return TrainConfig(checkpoint=str(checkpoint), threads=1, **(settings | changes))


def train_two(root: Path, checkpoint: Path) -> Workspace:
    """The workspace, its trainings called as if a job had made each."""
    workspace = Workspace(root)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EMBSPACE_WORKSPACE", str(root))
        for job, language in ((ENGLISH, "en"), (BELARUSIAN, "be")):
            patch.setenv("EMBSPACE_JOB", job)
            run(config(checkpoint, language), workspace, Silent())
    return workspace
