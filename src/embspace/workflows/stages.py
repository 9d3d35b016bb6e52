"""The five stages of "adjustment": which fine-tunings they are, and what each is scored on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from embspace.corpora.entries import SYNTHETIC
from embspace.errors import refuse
from embspace.training.adjust import Adjust
from embspace.training.config import ADJUSTMENT, TrainConfig
from embspace.training.part import Part
from embspace.workflows.training_batch import After, Plan, Trained

ORIGINAL, ADJUSTED, TUNED = "original", "adjusted", "fine-tuned"
ADJUSTED_TUNED, CONTINUAL = "adjusted + fine-tuned", "adjusted + continual"
STAGES = (ORIGINAL, ADJUSTED, TUNED, ADJUSTED_TUNED, CONTINUAL)
"""as in Figure 1"""
ROTATED = "original, rotated"
"""beside the stages: the original's vectors turned onto the source's, which trains nothing"""
PAPER_NAMES = {TUNED: "Original", ADJUSTED_TUNED: "Adjusted", CONTINUAL: "Adj+cont"}
"""the stages that have learned a task -> what Tables 2 to 5 call them"""
SCORED = tuple(PAPER_NAMES)
TaskName = Literal["ner", "pos", "nli", "qa"]


@dataclass(frozen=True, slots=True)
class Fine:
    """How a task is learned, as the authors' scripts do.

    Attributes:
        epochs: passes over the training records.
        rate: the highest learning rate.
        score: what the paper reports.
    """

    epochs: int
    rate: float
    score: str


FINE = {
    "nli": Fine(2, 5e-5, "accuracy"),
    "qa": Fine(2, 3e-5, "f1"),
    "ner": Fine(3, 2e-5, "token_f1"),
    "pos": Fine(3, 2e-5, "accuracy"),
}
_SAMPLES = {"nli": "nli-sample", "qa": "qa-sample"}


@dataclass(frozen=True, slots=True)
class AdjustConfig:
    """What is adjusted to which translations, and fine-tuned for which task, in five stages ("adjustment" 3 to 5)."""

    checkpoint: str = "mini"
    """a name for `load_encoder`"""
    aligned: tuple[Part, ...] = (Part(corpus="parallel-sample"),)
    """parallel sentences with word alignments; languages: of the translations"""
    task: TaskName = "nli"
    """what is learned in the source language"""
    train: tuple[Part, ...] = ()
    """records in the source language; none: the shipped sample of the task (tagged: SyntheticNER)"""
    dev: tuple[Part, ...] = ()
    """records that choose the best epoch; none: the last epoch is taken, as in the paper"""
    test: tuple[Part, ...] = ()
    """records that are scored; none: the shipped sample in the translations' languages, of nli and qa with texts in
    two languages too"""
    look: Part | None = None
    """aligned sentences whose words are measured (Figure 1); None: of the first of `aligned` 500 groups at most"""
    seeds: tuple[int, ...] = (0, 1, 2, 3, 4)
    """each adjusts and fine-tunes once"""
    adjust: Adjust = field(default_factory=Adjust)
    """how words are adjusted"""
    alpha: float = 0.01
    """the weight of the alignment loss, both sums of it, beside the task's, in the fifth stage (Eq. 2). The authors'
    scripts weigh the first sum alone by it; `adjust.keep = 1 / alpha` does so too"""
    adjust_epochs: int = 1
    """passes over the aligned pairs"""
    adjust_batch: int = 32
    """pairs of a step of the adjustment"""
    adjust_rate: float = 5e-5
    """its highest learning rate; it rises over a tenth of the steps, and stays"""
    epochs: int | None = None
    """of the fine-tuning; None: as in the authors' scripts, 2 of nli and qa, 3 of tags"""
    batch: int = 32
    """records of a step of the fine-tuning"""
    rate: float | None = None
    """its highest learning rate; None: as in the authors' scripts, 5e-5 of nli, 3e-5 of qa, 2e-5 of tags"""
    length: int | None = None
    """pieces of a window of the fine-tuning; None: the most that the model reads, of qa 384 at most"""
    threads: int | None = None
    """of torch on a CPU, in each training; None: as many as it takes"""
    device: str | None = None
    """a torch device; None: the GPU if there is one"""

    def __post_init__(self) -> None:
        refuse(self._contradictions())

    def _contradictions(self) -> Iterator[str]:
        if not self.checkpoint:
            yield "checkpoint is empty: name a model, such as mini, or a folder."
        if not self.aligned:
            yield "aligned is empty: name parallel sentences with word alignments, [[aligned]] in TOML."
        if self.adjust.original is not None:
            yield "adjust: original is the checkpoint of these stages; leave it out."
        ranges = {
            "alpha": (0 < self.alpha < float("inf"), "a weight above 0"),
            "adjust_epochs": (self.adjust_epochs >= 1, "1 or more"),
            "adjust_batch": (self.adjust_batch >= 1, "1 or more"),
            "adjust_rate": (0 < self.adjust_rate < float("inf"), "a number above 0"),
            "epochs": (self.epochs is None or self.epochs >= 1, "1 or more, or nothing"),
            "batch": (self.batch >= 1, "1 or more"),
            "rate": (self.rate is None or 0 < self.rate < float("inf"), "a number above 0, or nothing"),
            "threads": (self.threads is None or self.threads >= 1, "1 or more, or nothing"),
        }
        for name, (fits, expected) in ranges.items():
            if not fits:
                yield f"{name} = {getattr(self, name)}: expected {expected}."
        if not self.seeds or len(set(self.seeds)) < len(self.seeds) or min(self.seeds) < 0:
            yield f"seeds = {list(self.seeds)}: expected one or more different numbers, 0 or more."


def plans(config: AdjustConfig, languages: Sequence[str], prefix: str = "") -> dict[str, Plan]:
    """The fine-tunings of all stages but the first, which is the checkpoint itself.

    Args:
        config: of the stages.
        languages: of the translations.
        prefix: what names of trainings begin with, where those of several configs are done together.
    """
    found: dict[str, Plan] = {f"{prefix}{TUNED}": tuning(config, languages)}
    for seed in config.seeds:
        found[f"{prefix}{ADJUSTED}, seed {seed}"] = adjusting(config, seed)
    for stage in (ADJUSTED_TUNED, CONTINUAL):
        for seed in config.seeds:
            parent = f"{prefix}{ADJUSTED}, seed {seed}"
            found[f"{prefix}{stage}, seed {seed}"] = After(parent, tuning_after(config, languages, stage, seed))
    return found


def tuning_after(config: AdjustConfig, languages: Sequence[str], stage: str, seed: int) -> TrainConfig:
    """The fine-tuning of an adjusted checkpoint, which is named later; with the alignment loss in the last stage."""
    tuned = replace(tuning(config, languages), seeds=(seed,))
    if stage != CONTINUAL:
        return tuned
    return replace(
        tuned,
        aligned=config.aligned,
        objectives={ADJUSTMENT: config.alpha},
        adjust=replace(config.adjust, original=config.checkpoint),
    )


def adjusting(config: AdjustConfig, seed: int) -> TrainConfig:
    """The adjustment of one seed: Adam as in the authors' scripts, without decay or clipping."""
    return TrainConfig(
        checkpoint=config.checkpoint,
        task=ADJUSTMENT,
        train=config.aligned,
        dev_share=0.0,
        test=(),
        adjust=config.adjust,
        epochs=config.adjust_epochs,
        batch=config.adjust_batch,
        rate=config.adjust_rate,
        decay="constant",
        weight_decay=0.0,
        clip=0.0,
        betas=(0.9, 0.98),
        epsilon=1e-9,
        seeds=(seed,),
        **_same(config),
    )


def checkpoints(config: AdjustConfig, trained: Mapping[str, Trained], prefix: str = "") -> dict[str, dict[int, str]]:
    """Stage -> seed -> the checkpoint, as a name for `load_encoder`; the original is that of every seed."""
    found = {ORIGINAL: dict.fromkeys(config.seeds, config.checkpoint), TUNED: trained[f"{prefix}{TUNED}"].checkpoints()}
    for stage in (ADJUSTED, ADJUSTED_TUNED, CONTINUAL):
        found[stage] = {}
        for seed in config.seeds:
            found[stage] |= trained[f"{prefix}{stage}, seed {seed}"].checkpoints()
    return {stage: found[stage] for stage in STAGES}


def runs_of_stage(trained: Mapping[str, Trained], stage: str, prefix: str = "") -> list[Trained]:
    """The trainings of a stage."""
    return [one for name, one in trained.items() if name == f"{prefix}{stage}" or name.startswith(f"{prefix}{stage}, ")]


def train_parts(config: AdjustConfig) -> tuple[Part, ...]:
    """What is learned from in the source language."""
    source = (config.adjust.source,)
    if config.train or config.task not in _SAMPLES:
        return config.train or (Part(corpus=SYNTHETIC, languages=source),)
    return (Part(corpus=_SAMPLES[config.task], languages=source),)


def test_parts(config: AdjustConfig, languages: Sequence[str]) -> tuple[Part, ...]:
    """What is scored: in each language, and with texts in two languages."""
    if config.test:
        return config.test
    if config.task not in _SAMPLES:
        return (Part(corpus=SYNTHETIC, languages=tuple(languages), split="test"),)
    sample = Part(corpus=f"{_SAMPLES[config.task]}-test", languages=tuple(languages))
    mixed = ("either",) if config.task == "nli" else ("question", "paragraph")
    return (sample, *(replace(sample, english=one) for one in mixed))


def tuning(config: AdjustConfig, languages: Sequence[str]) -> TrainConfig:
    """The fine-tuning of the checkpoint itself, all seeds; epochs, rates and batch as in the authors' scripts."""
    fine = FINE[config.task]
    return TrainConfig(
        checkpoint=config.checkpoint,
        task=config.task,
        train=train_parts(config),
        dev=config.dev,
        dev_share=0.0,
        test=test_parts(config, languages),
        epochs=config.epochs or fine.epochs,
        batch=config.batch,
        rate=config.rate or fine.rate,
        warmup=0.0,
        weight_decay=0.0,
        length=config.length,
        seeds=config.seeds,
        **_same(config),
    )


def _same(config: AdjustConfig) -> dict[str, Any]:
    return {
        "threads": config.threads,
        "device": config.device,
        "probe_every": 0,
        "save_every": 0,
        "save_total_limit": 1,
    }
