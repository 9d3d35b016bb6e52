"""Spaces of a model while it is trained: at chosen steps its encoder reads the probe's sentences."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerFast

from embspace.corpora.records import Corpus
from embspace.encoders.huggingface import HuggingFaceEncoder
from embspace.progress import Progress
from embspace.spaces.extraction import extract
from embspace.storage import crc32, fingerprint
from embspace.training.run import RunFolder
from embspace.workspace import Workspace


def encoder_of(model: PreTrainedModel) -> PreTrainedModel:
    """The part of a model with a head that an encoder is made of."""
    base: Any = model.base_model
    return base.get_encoder() if base.config.is_encoder_decoder else base


def step_fingerprint(key: str, step: int, model: PreTrainedModel) -> str:
    """The fingerprint of the encoder at a step of a run: of its weights as they lie in memory, and of the step."""
    sums = {
        name: crc32(memoryview(tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy()))
        for name, tensor in encoder_of(model).state_dict().items()
    }
    return fingerprint({"run": key, "step": step, "weights": sums})


@dataclass(frozen=True, slots=True)
class Probe:
    """What is looked at while a model is trained.

    Attributes:
        corpus: sentences whose entities (or words) get vectors.
        workspace: where spaces are stored.
    """

    corpus: Corpus
    workspace: Workspace

    def look(
        self, run: RunFolder, step: int, model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, progress: Progress
    ) -> float:
        """Store the space of a step and note it in the run's log; returns the seconds it took.

        The encoder is made anew each time: beside the model it may hold weights in another order, which go with it.

        Raises:
            EmbspaceError: the model cannot be read as an encoder, or the disk refuses.
        """
        start, training = time.monotonic(), model.training
        name, key = f"{run.name}@{step}", step_fingerprint(run.folder.name, step, model)
        try:
            encoder = HuggingFaceEncoder(name, encoder_of(model), tokenizer, key)
            space = extract(encoder, self.corpus, workspace=self.workspace, progress=_Quiet(progress, name))
        finally:
            model.train(training)
        seconds = time.monotonic() - start
        run.log("probe", step=step, fingerprint=key, space=space.fingerprint, seconds=round(seconds, 3))
        return seconds


@dataclass(frozen=True, slots=True)
class _Quiet:
    """Progress of work inside other work: no stages of its own, but it may be cancelled."""

    progress: Progress
    name: str

    def stage(self, name: str, total: int | None = None, unit: str = "") -> None:
        self.progress.advance(0, f"{self.name}: {name}")

    def advance(self, count: int = 1, note: str = "") -> None:
        self.progress.advance(0, f"{self.name}: {note}" if note else self.name)
