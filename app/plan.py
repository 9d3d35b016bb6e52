"""What a fine-tuning would do, told before it starts: its sentences and steps, and all that speaks against it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from embspace.corpora.dividing import held_count
from embspace.corpora.entries import SYNTHETIC, Entry
from embspace.corpora.mixed_languages import ENGLISH
from embspace.corpora.templates import CODES
from embspace.encoders.checkpoints import find_checkpoint
from embspace.encoders.trained import is_trained
from embspace.errors import EmbspaceError
from embspace.jobs.devices import default_device
from embspace.training.config import ADJUSTMENT, TrainConfig
from embspace.training.part import Part
from embspace.workflows.stored_space import is_local
from fitting import FORMATS, lacking
from model_size import n_layers, words_of_sentence

_PROBE = Part(languages=("en", "es", "ru", "tr"), split="test", per_type=100)
"""as many sentences as are looked at where a config names none"""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much a fine-tuning is; of each seed.

    Attributes:
        train: records that are learned from, sentences or pairs or questions, without those held out.
        dev: records that choose the best epoch.
        test: records that the best epoch is scored on.
        per_epoch: steps; more where sentences are longer than a window.
        steps: in all.
        scored: records that are scored in all, by epochs and at the end.
        probed: sentences of a space on the way.
        spaces: on the way, the first before it begins and the last at its end.
        words: of a record that is learned from, the mean; None: not known.
    """

    train: int
    dev: int
    test: int
    per_epoch: int
    steps: int
    scored: int = 0
    probed: int = 0
    spaces: int = 0
    words: float | None = None


def plan(config: TrainConfig, entries: Mapping[str, Entry]) -> Plan:
    """How much a config is, from what the catalog knows of its corpora; no sentence is read."""
    share = 0.0 if config.dev else config.dev_share
    train, others, dev = Counter[str](), Counter[str](), 0
    for part in config.train:
        for code, count in learned_counts(part, entries, config).items():
            if part.corpus == SYNTHETIC:  # divided as it is drawn
                held = held_count(count, share) if share else 0
                train[code] += count - held
                dev += held
            else:
                others[code] += count
    for code, count in others.items():
        held = int(share * count + 0.5)
        train[code] += count - held
        dev += held
    dev += sum(sum(learned_counts(part, entries, config).values()) for part in config.dev)
    if config.mix != "all":
        whole = (ENGLISH,) if config.mix == "B" else ()
        train = Counter({code: count if code in whole else max(1, (count + 2) // 4) for code, count in train.items()})
    learned = train.total()
    per_epoch = -(-learned // config.batch)
    test = sum(sum(learned_counts(part, entries, config).values()) for part in config.test)
    steps = config.steps or config.epochs * per_epoch
    scored = test + -(-steps // max(per_epoch, 1)) * (dev + (test if config.test_every_epoch else 0))
    probed = probed_sentences(config.probe, entries)
    spaces = -(-steps // config.probe_every) + 1 if config.probe_every else 0
    return Plan(learned, dev, test, per_epoch, steps, scored, probed, spaces, _words(config, entries))


def probed_sentences(probe: Part | None, entries: Mapping[str, Entry]) -> int:
    """The sentences of a space on the way; 0: the catalog does not know."""
    return sum(counts(probe or _PROBE, entries).values())


def _words(config: TrainConfig, entries: Mapping[str, Entry]) -> float | None:
    """The mean words of what is learned from, as far as the catalog knows: a sentence, or a text and its other one."""
    found, sentences = 0.0, 0
    for part in config.train:
        for code, count in counts(part, entries).items():
            entry = entries.get(part.corpus)
            if part.corpus == SYNTHETIC:
                each = words_of_sentence((code,))
            elif entry is not None and entry.words.get(code) and entry.sentences.get(code):
                each = entry.words[code] / entry.sentences[code]
            else:
                continue
            found, sentences = found + each * count, sentences + count
    texts = 2 if config.task in (*FORMATS, ADJUSTMENT) else 1
    return texts * found / sentences if sentences else None


def learned_counts(part: Part, entries: Mapping[str, Entry], config: TrainConfig) -> dict[str, int]:
    """The records of a part by language, as the task of a config learns and scores them."""
    found = counts(part, entries)
    entry = entries.get(part.corpus)
    if config.task == ADJUSTMENT:
        most = config.adjust.draw
        pairs = {code: count for code, count in found.items() if code != config.adjust.source}
        return {code: count if most is None else min(count, most) for code, count in pairs.items()}
    if config.task not in FORMATS or entry is None or not entry.languages:
        return found
    each = entry.n_records // len(entry.languages)
    return {code: min(each, part.sentences or each) for code in found}


def counts(part: Part, entries: Mapping[str, Entry]) -> dict[str, int]:
    """The sentences of a part by language, as far as the catalog knows."""
    if part.corpus == SYNTHETIC:
        return dict.fromkeys(CODES if part.languages is None else part.languages, sum(part.numbers().values()))
    entry = entries.get(part.corpus)
    if entry is None:
        return {}
    most = part.sentences or sum(entry.sentences.values())
    known = {code: count for code, count in entry.sentences.items() if part.languages is None or code in part.languages}
    return {code: min(count, most) for code, count in known.items()}


def objections(config: TrainConfig, entries: Mapping[str, Entry]) -> list[str]:
    """What of a config is not possible with the corpora and the checkpoint that are there, a sentence each."""
    found = [*_checkpoint(config)]
    tasks = {"train": config.task, "dev": config.task, "test": config.task, "unlabelled": "", "aligned": ADJUSTMENT}
    for name, task in tasks.items():
        for part in getattr(config, name):
            share = config.dev_share if name == "train" and not config.dev else 0.0
            found += [f"{name}: {text}" for text in lacking(part, entries, task=task, share=share)]
    trained = {code for part in config.train for code in counts(part, entries)}
    if config.mix == "B" and ENGLISH not in trained:
        found.append(f"mix = 'B' takes all of English, and {', '.join(sorted(trained))} are learned from; add English.")
    return list(dict.fromkeys(found))


def model_folder(name: str) -> Path | None:
    """The folder of a checkpoint on this machine; None: it is one of the hub, which is not asked.

    Raises:
        EncoderError: it is not there, or incomplete.
    """
    return find_checkpoint(name).folder if is_local(name) else None


def cpu_folder(name: str) -> Path | None:
    """Where a checkpoint lies that a CPU would compute with; None: a GPU would, or there is none, which others say."""
    if default_device(os.environ) != "cpu" or is_trained(name):
        return None
    try:
        return model_folder(name)
    except EmbspaceError:
        return None


def _checkpoint(config: TrainConfig) -> Iterator[str]:
    try:
        folder = model_folder(config.checkpoint)
    except EmbspaceError as error:
        yield str(error)
        return
    most = folder and n_layers(folder)
    if most is not None and config.freeze > most:
        yield f"freeze = {config.freeze}, and {config.checkpoint} has {most} layers; give -1 to {most}."


def joined(problems: Sequence[str]) -> list[str]:
    """Lines of several errors, each once."""
    return list(dict.fromkeys(line for text in problems for line in text.splitlines() if line))
