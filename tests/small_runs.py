"""Two finished trainings on a tiny BERT, in English and in Russian, with spaces on the way."""

from pathlib import Path

import pytest

from embspace.progress import Silent
from embspace.training.config import TrainConfig
from embspace.training.part import Part
from embspace.workflows.train import run
from embspace.workspace import Workspace

TESTED = Part(languages=("en", "ru"), split="test", per_type=2)
PROBED = Part(languages=("en", "ru"), split="test", per_type=3)


def train_two(folder: Path, place: Workspace) -> None:
    """Train by the jobs `en-job` (one seed) and `ru-job` (two); probed at the steps 0, 2 and 4."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EMBSPACE_WORKSPACE", str(place.root))
        for language, seeds in (("en", (1,)), ("ru", (1, 2))):
            patch.setenv("EMBSPACE_JOB", f"{language}-job")
            config = TrainConfig(
                checkpoint=str(folder),
                train=(Part(languages=(language,), per_type=4),),
                test=(TESTED,),
                probe=PROBED,
                seeds=seeds,
                steps=4,
                batch=4,
                rate=1e-3,
                probe_every=2,
                save_every=0,
                threads=1,
            )
            run(config, place, Silent())
