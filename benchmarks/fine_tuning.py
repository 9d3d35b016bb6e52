"""Steps of fine-tuning beside the Hugging Face Trainer's, in one process, in turns, on the same batches.

    python benchmarks/fine_tuning.py [--model mini] [--model 12x768] [--rounds 5] [--steps 20] [--batch 16]

`mini`, and BERT with random weights and mBERT's vocabulary (119,547 pieces) at a geometry LAYERSxWIDTH, learn named
entities of English SyntheticNER. Both take the same examples in the same order, AdamW in float32, decay, clipping and
schedule alike; in a round each does so many steps from the same weights. Seconds are those from the first step to the
end of the last; pieces are real ones, padding left out. The losses of both are printed: they do the same work.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from torch.utils.data import SequentialSampler
from transformers import BertConfig, BertModel, Trainer, TrainerCallback, TrainingArguments

from embspace.corpora.records import Corpus
from embspace.corpora.synthetic_ner import synthetic_ner
from embspace.encoders.loading import quiet
from embspace.progress import Silent
from embspace.training.batches import Stream, drawn
from embspace.training.config import TrainConfig
from embspace.training.loop import LOG_EVERY, FineTuning
from embspace.training.run import RunFolder
from embspace.training.state import Work
from embspace.training.stopping import Boundaries
from embspace.training.tasks import TASKS
from embspace.training.windows import Example
from machine import markdown, processor
from random_models import train_tokenizer

MBERT_PIECES = 119_547


class _Plain(Trainer):
    """The Trainer as it is, but in the order of its data."""

    def _get_train_sampler(self, train_dataset: Any = None) -> Any:
        return SequentialSampler(train_dataset or self.train_dataset)  # pyright: ignore[reportArgumentType]


class _Clock(TrainerCallback):
    """Seconds from the first step to the end of the last."""

    def __init__(self) -> None:
        self.start = self.stop = 0.0

    def on_step_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Start with the first step."""
        self.start = self.start or time.perf_counter()

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """The last call counts."""
        self.stop = time.perf_counter()


def random_bert(folder: Path, layers: int, width: int, text: Sequence[tuple[str, ...]]) -> str:
    """A BERT of mBERT's vocabulary size with random weights; its tokenizer, of fewer pieces, is trained on `text`."""
    tokenizer = train_tokenizer("wordpiece", text)
    torch.manual_seed(0)
    heads = max(1, width // 64)
    config = BertConfig(
        vocab_size=MBERT_PIECES,
        num_hidden_layers=layers,
        hidden_size=width,
        num_attention_heads=heads,
        intermediate_size=4 * width,
    )
    with quiet():
        BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return str(folder)


def embspace_steps(work: Work, steps: int, place: Path) -> tuple[float, int, list[float]]:
    """Seconds, pieces and logged losses of the first steps of a run."""
    accelerator = Accelerator(cpu=True)
    with RunFolder(place, {"config": {"seeds": [0]}, "seed": 0}, accelerator) as run, Boundaries(Silent()) as progress:
        tuning = FineTuning(work, run, accelerator, progress)
        start = time.perf_counter()
        for _ in range(steps):
            tuning.step()
            progress.advance(1)
        tuning.tell()
        seconds = time.perf_counter() - start
        losses = [line["losses"]["ner"] for line in run.run.log("step")]
    return seconds, tuning.at.pieces, losses


def trainer_steps(work: Work, examples: Sequence[Example], steps: int, place: Path) -> tuple[float, list[float]]:
    """Seconds and logged losses of the same steps by the Trainer."""
    config = work.config
    arguments = TrainingArguments(
        output_dir=str(place),
        max_steps=steps,
        per_device_train_batch_size=config.batch,
        learning_rate=config.rate,
        weight_decay=config.weight_decay,
        max_grad_norm=config.clip,
        warmup_steps=config.warmup,
        lr_scheduler_type="linear",
        logging_steps=LOG_EVERY,
        save_strategy="no",
        report_to="none",
        use_cpu=True,
        disable_tqdm=True,
        seed=0,
    )
    set_seed(drawn(work.seed))  # as the loop does, so that both heads begin alike
    with quiet():
        model = work.task.model(config.checkpoint)
    clock = _Clock()
    data: Any = list(examples)
    trainer = _Plain(model, arguments, train_dataset=data, data_collator=work.task.collate, callbacks=[clock])
    trainer.train()
    losses = [line[name] for line in trainer.state.log_history for name in ("loss", "train_loss") if name in line]
    return clock.stop - clock.start, losses


def compare(name: str, options: argparse.Namespace, folder: Path) -> list[str]:
    """A row: pieces per second of both, the median of the rounds, and their ratio."""
    sentences = synthetic_ner(["en"], per_type=max(20, options.steps * options.batch), split="train")
    checkpoint = name
    if name != "mini":
        layers, width = map(int, name.split("x"))
        checkpoint = random_bert(folder / name, layers, width, [one.words for one in sentences])
    config = TrainConfig(
        checkpoint=checkpoint, batch=options.batch, steps=options.steps, probe_every=0, save_every=0, seeds=(0,)
    )
    task = TASKS["ner"](checkpoint, sentences)
    work = Work(task, sentences, Corpus("dev", ()), Corpus("test", ()), {}, (), (), None, config, 0)
    stream = Stream(task.examples(sentences), config.batch, drawn(0, 0))
    order = [one for step in range(options.steps) for one in stream.at(step)]
    rounds = []
    for number in range(options.rounds + 1):  # the first warms up
        place = folder / f"{name}-{number}"
        ours, pieces, losses = embspace_steps(work, options.steps, place)
        theirs, other = trainer_steps(work, order, options.steps, place)
        rounds.append((pieces / ours, pieces / theirs))
        print(f"{name} round {number}: {pieces / ours:.0f} and {pieces / theirs:.0f} pieces/s; losses {losses} {other}")
    ratios = [ours / theirs for ours, theirs in rounds[1:]]
    speeds = [statistics.median(one) for one in zip(*rounds[1:], strict=True)]
    spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
    return [name, *(f"{one:,.0f}" for one in speeds), f"{statistics.median(ratios):.2f}", spread]


def main(arguments: Sequence[str] | None = None) -> None:
    """Compare, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", action="append", help="mini, or LAYERSxWIDTH; repeatable")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=20, help="of a round")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    with tempfile.TemporaryDirectory() as folder:
        rows = [compare(name, options, Path(folder)) for name in options.model or ["mini", "12x768"]]
    print(processor(), f"threads {options.threads}, batch {options.batch}, steps {options.steps}")
    print(markdown(["model", "embspace, pieces/s", "Trainer, pieces/s", "ratio", "ratios"], rows))


if __name__ == "__main__":
    main()
