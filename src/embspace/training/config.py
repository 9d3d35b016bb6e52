"""What `embspace train` is told: data, task, objectives, schedule; all that repeats a run. Loads no torch."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal

from embspace.errors import refuse
from embspace.training.adjust import Adjust
from embspace.training.part import Part, default_of

ALIGNING = ("average-linkage", "identical-strings", "mean-variance")
"""objectives that bring the hidden states of languages together"""
ADJUSTMENT = "adjustment"
"""a task, on aligned sentences alone; an objective, beside another task"""
MASKED = "mlm"
"""the task of masked language modeling"""
OBJECTIVE_NAMES = ("language-id", "cloze", "predictive-cloze", *ALIGNING, ADJUSTMENT)
TAGGED = ("ner", "pos")
"""tasks that label words"""
_NAMES = ("checkpoint", "train", "dev", "test", "unlabelled", "aligned")
"""settings whose content counts, not what it is called"""
_NO_CHANGE = (
    "seeds",
    "test_every_epoch",
    "threads",
    "device",
    "probe",
    "probe_every",
    "save_every",
    "save_total_limit",
    "report_to",
)
"""settings that leave the trained weights as they are"""


def weighing(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Of the settings of a config, by name, those that the trained weights depend on beside data and checkpoint."""
    found = {name: value for name, value in settings.items() if name not in {*_NAMES, *_NO_CHANGE}}
    if isinstance(given := found.get("adjust"), Mapping):
        found["adjust"] = {name: value for name, value in given.items() if name != "original"}  # its content counts
    return {name: value for name, value in found.items() if name not in _LATER or _text(value) != _text(_LATER[name])}


def _text(value: object) -> str:
    """A setting as JSON, in which a record holds it."""
    return json.dumps(value, sort_keys=True)


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """A fine-tuning: of which checkpoint, for which task, on which sentences; one run per seed."""

    checkpoint: str = "mini"
    """a name for `load_encoder`"""
    task: Literal["ner", "pos", "nli", "qa", "mlm", "adjustment"] = "ner"
    """named entities, parts of speech, inference, questions; masked language modeling; or nothing but the adjustment of
    words to their translations"""
    train: tuple[Part, ...] = (Part(),)
    """sentences, pairs or questions that are learned from, mixed anew each epoch"""
    dev: tuple[Part, ...] = ()
    """records that choose the best epoch; none: held out of `train`"""
    test: tuple[Part, ...] = (Part(split="test"),)
    """records that the best epoch is scored on at the end"""
    dev_share: float = 0.1
    """the share of `train` that is held out where `dev` is empty, of SyntheticNER with names and frames of its own; 0:
    nothing, and the last epoch counts as the best"""
    test_every_epoch: bool = False
    """score `test` at the end of every epoch too; it never chooses the best one"""
    unlabelled: tuple[Part, ...] = ()
    """sentences of the target languages that objectives read; their tags are not looked at"""
    objectives: Mapping[str, float] = field(default_factory=dict)
    """language-id, cloze, predictive-cloze, average-linkage, identical-strings, mean-variance, adjustment -> the weight
    of its loss beside that of the task, which has 1"""
    layers: tuple[int, ...] | None = None
    """whose states the three before the last align; 0: the embeddings, negative: from the output; None: all"""
    aligned: tuple[Part, ...] = ()
    """parallel sentences with word alignments that the objective adjustment reads; languages: of the translations"""
    adjust: Adjust = field(default_factory=Adjust)
    """how words are adjusted, by the task or the objective of that name"""
    freeze: int = -1
    """-1: train everything; 0: not the embeddings; k: neither embeddings nor the lowest k layers"""
    epochs: int = 1
    """passes over the training records"""
    batch: int = 16
    """training windows of one step, over all processes"""
    accumulate: int = 1
    """parts that a process computes a step in, one after the other, where it does not fit the memory at once; of
    predictive cloze, whose masks are found in the step, a part weighs as its windows, not as its masks"""
    rate: float = 5e-5
    """the highest learning rate, of AdamW"""
    warmup: float = 0.1
    """the share of the steps over which the rate rises"""
    decay: Literal["linear", "cosine", "constant"] = "linear"
    """how it falls afterwards, to zero"""
    weight_decay: float = 0.01
    """of all weights but biases and norms"""
    betas: tuple[float, ...] = (0.9, 0.999)
    """how long AdamW remembers gradients and their squares"""
    epsilon: float = 1e-8
    """of AdamW"""
    clip: float = 1.0
    """the largest norm of the gradient; 0: any"""
    length: int | None = None
    """pieces of a training window, special ones included; None: the model's limit"""
    overlap: int | None = 8
    """pieces that windows of a long text share; None: half of a window. Of qa, None and 8 mean a third of what the
    question leaves, at most 128"""

    encoding: Literal["IOB1", "IOB2"] = "IOB2"
    """the tags of named entities that the model learns"""
    mix: Literal["all", "A", "B"] = "all"
    """all of `train`; A: a quarter of each language; B: all of English, a quarter of each other"""
    steps: int | None = None
    """so many steps instead of whole epochs"""
    bf16: bool = False
    """compute in bfloat16 where that is enough; weights stay in float32"""
    threads: int | None = None
    """of torch on a CPU; None: as many as it takes"""
    device: str | None = None
    """a torch device; None: the GPU if there is one"""
    seeds: tuple[int, ...] = (0,)
    """one run each: of the new layers' weights, dropout, order and masks"""
    probe_every: int = 50
    """steps between two spaces of the probe's sentences, the first before training; 0: none"""
    probe: Part | None = None
    """sentences whose entities are looked at; None: 100 per type in a training language and three others"""
    save_every: int = 200
    """steps between two checkpoints; 0: at the ends of epochs"""
    save_total_limit: int = 2
    """checkpoints that are kept; the best and the last one always are"""
    report_to: Literal["tensorboard", "wandb", "mlflow"] | None = None
    """where losses and scores are also shown; the library is to be installed"""

    def __post_init__(self) -> None:
        refuse(self._contradictions())

    def recipe(self) -> dict[str, Any]:
        """The settings that the trained weights depend on, beside data, checkpoint and seed; also those by default."""
        return weighing({one.name: getattr(self, one.name) for one in fields(self)} | {"adjust": asdict(self.adjust)})

    def _contradictions(self) -> Iterator[str]:
        yield from self._out_of_range()
        if not self.checkpoint:
            yield "checkpoint is empty: name a model, such as mini, or a folder."
        if not self.train:
            yield "train is empty: name sentences, pairs or questions to learn from, [[train]] in TOML."
        if self.steps is not None and self.epochs != default_of(TrainConfig, "epochs"):
            yield f"steps = {self.steps} and epochs = {self.epochs} both say how long to train; give one of them."
        if self.task != "ner" and self.encoding != default_of(TrainConfig, "encoding"):
            yield f"encoding = {self.encoding!r} is of named entities, and the task is {self.task!r}; leave it out."
        reading = [one for one in self.objectives if one != ADJUSTMENT]
        if reading and not self.unlabelled:
            yield f"objectives {', '.join(reading)} read unlabelled sentences; name some, [[unlabelled]] in TOML."
        if self.layers is not None and (not self.layers or len(set(self.layers)) < len(self.layers)):
            yield f"layers = {list(self.layers)}: expected one or more different layers, or nothing for all."
        learned = {*self.objectives, self.task}
        if self.layers is not None and not set(ALIGNING) & learned:
            yield f"layers are read by the objectives {', '.join(ALIGNING)} alone; name one, or leave layers out."
        whole = {*ALIGNING, *((ADJUSTMENT,) if self.adjust.reduction == "mean" else ())}
        if self.accumulate > 1 and (some := sorted(whole & learned)):
            yield f"{', '.join(some)}: compares the sentences of a whole step; leave accumulate at 1."
        if ADJUSTMENT in self.objectives and not self.aligned:
            yield "the objective adjustment reads aligned sentences; name some, [[aligned]] in TOML."
        if self.aligned and ADJUSTMENT not in self.objectives:
            yield "aligned sentences are read by the objective adjustment alone; name it, or leave them out."
        if self.task == ADJUSTMENT and ADJUSTMENT in self.objectives:
            yield "adjustment is the task already; leave the objective out."
        if self.adjust != Adjust() and ADJUSTMENT not in learned:
            yield "adjust is read by the task or the objective adjustment alone; name it, or leave adjust out."
        if self.task == MASKED and "cloze" in self.objectives:
            yield f"cloze is what the task {MASKED!r} learns already; leave the objective out."
        if self.task not in TAGGED and "predictive-cloze" in self.objectives:
            yield f"predictive-cloze masks what a tagger found, and the task is {self.task!r}; take cloze."
        if self.unlabelled and not reading:
            yield "unlabelled sentences are read by objectives alone; name one under [objectives], or leave them out."
        if not self.seeds or len(set(self.seeds)) < len(self.seeds) or min(self.seeds, default=0) < 0:
            yield f"seeds = {list(self.seeds)}: expected one or more different numbers, 0 or more."

    def _out_of_range(self) -> Iterator[str]:
        ranges: dict[str, tuple[bool, str]] = {
            "dev_share": (0 <= self.dev_share < 1, "a share from 0, below 1"),
            "freeze": (self.freeze >= -1, "-1 (nothing), 0 (the embeddings) or a number of layers"),
            "epochs": (self.epochs >= 1, "1 or more"),
            "batch": (self.batch >= 1, "1 or more"),
            "accumulate": (1 <= self.accumulate <= self.batch, f"1 to batch = {self.batch}"),
            "rate": (0 < self.rate < float("inf"), "a number above 0"),
            "warmup": (0 <= self.warmup <= 1, "a share from 0 to 1"),
            "weight_decay": (0 <= self.weight_decay < float("inf"), "0 or more"),
            "clip": (self.clip >= 0, "a norm above 0, or 0 for any"),
            "betas": (len(self.betas) == 2 and all(0 <= one < 1 for one in self.betas), "two numbers from 0, below 1"),
            "epsilon": (0 < self.epsilon < float("inf"), "a number above 0"),
            "length": (self.length is None or self.length >= 3, "3 pieces or more, or nothing for the model's limit"),
            "overlap": (
                self.overlap is None or 0 <= self.overlap < (self.length or float("inf")),
                f"0 or more pieces{f', below length = {self.length}' if self.length else ''}",
            ),
            "steps": (self.steps is None or self.steps >= 1, "1 or more, or nothing for whole epochs"),
            "threads": (self.threads is None or self.threads >= 1, "1 or more, or nothing"),
            "probe_every": (self.probe_every >= 0, "1 step or more, or 0 for no probes"),
            "save_every": (self.save_every >= 0, "1 step or more, or 0 for the ends of epochs"),
            "save_total_limit": (self.save_total_limit >= 1, "1 or more checkpoints"),
        }
        for name, (fits, expected) in ranges.items():
            if not fits:
                yield f"{name} = {getattr(self, name)}: expected {expected}."
        for name, weight in self.objectives.items():
            if name not in OBJECTIVE_NAMES:
                yield f"objectives: there is no {name!r}; possible are {', '.join(OBJECTIVE_NAMES)}."
            elif not 0 < weight < float("inf"):
                yield f"objectives: {name} = {weight!r}: expected a weight above 0."


_LATER = {
    "layers": None,
    "adjust": {name: value for name, value in asdict(Adjust()).items() if name != "original"},
    "betas": default_of(TrainConfig, "betas"),
    "epsilon": default_of(TrainConfig, "epsilon"),
}
"""settings that came later than the first runs: by default they do not count"""
