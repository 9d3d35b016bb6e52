"""Measure zero-shot named entity recognition for a model's card: fine-tuned on English, tested on the others.

    python benchmarks/model_card_ner.py mini --data FOLDER [--epochs 2]

English: PAN-X train (3,400 sentences) and UNER EWT dev (2,001); all weights are trained, batches of 32, AdamW 5e-4.
Tests: CoNLL-2002 testb (es), NER-UK test (uk), BSNLP test (bg cs pl ru sl; its annotation was made automatically).
Scored are tokens: F1 of PER, LOC and ORG together, with their type and without.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import torch
from transformers import AutoModelForTokenClassification, AutoTokenizer

from embspace.corpora.text_files import numbered_lines
from embspace.encoders.checkpoints import find_checkpoint

TAGS = ("O", "PER", "LOC", "ORG")
TESTS = {
    "es": ("ner/conll2002/esp.testb.gz", 0, 2),
    "uk": ("ner/ner-uk/test.tsv.gz", 0, 1),
    **{one: (f"ner/bsnlp/{one}.test.tsv.gz", 0, 1) for one in ("bg", "cs", "pl", "ru", "sl")},
}
Tagged = tuple[list[str], list[int]]


def read(path: Path, word: int, tag: int) -> Iterator[Tagged]:
    """The sentences of a file in columns: words, and tags as numbers of TAGS (others are O)."""
    words: list[str] = []
    tags: list[int] = []
    for _, line in numbered_lines(path):
        if line.startswith("# "):
            continue
        if line.strip():
            cells = line.split("\t")
            kind = cells[tag].split("-")[-1].replace("PERS", "PER")
            words.append(cells[word])
            tags.append(TAGS.index(kind) if kind in TAGS else 0)
        elif words:
            yield words, tags
            words, tags = [], []
    if words:
        yield words, tags


def batch(tokenizer: Any, sentences: list[Tagged]) -> Any:
    """Pieces of some sentences, with labels at the first piece of each word and -100 elsewhere."""
    pieces = tokenizer(
        [words for words, _ in sentences],
        is_split_into_words=True,
        truncation=True,
        max_length=200,
        padding=True,
        return_tensors="pt",
    )
    labels = torch.full(pieces["input_ids"].shape, -100)
    for row, (_, tags) in enumerate(sentences):
        before = None
        for at, number in enumerate(pieces.word_ids(row)):
            if number is not None and number != before:
                labels[row, at] = tags[number]
            before = number
    pieces["labels"] = labels
    return pieces


def train(model: Any, tokenizer: Any, sentences: list[Tagged], epochs: int, rate: float) -> None:
    """Fine-tune all weights; warm-up over a tenth of the steps, then down to nothing."""
    random = Random(0)
    steps = epochs * (len(sentences) // 32)
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda n: min((n + 1) / (steps / 10), (steps - n) / steps))
    model.train()
    for _ in range(epochs):
        random.shuffle(sentences)
        for at in range(0, len(sentences) - 31, 32):
            loss = model(**batch(tokenizer, sentences[at : at + 32])).loss
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()


@torch.inference_mode()
def score(model: Any, tokenizer: Any, sentences: list[Tagged]) -> tuple[float, float]:
    """Token F1 of entities, typed and untyped."""
    model.eval()
    right = right_place = given = wanted = 0
    sentences = sorted(sentences, key=lambda one: len(one[0]))
    for at in range(0, len(sentences), 64):
        pieces = batch(tokenizer, sentences[at : at + 64])
        labels = pieces.pop("labels")
        found = model(**pieces).logits.argmax(-1)
        scored = labels != -100
        found, labels = found[scored], labels[scored]
        given += int((found > 0).sum())
        wanted += int((labels > 0).sum())
        right += int(((found == labels) & (labels > 0)).sum())
        right_place += int(((found > 0) & (labels > 0)).sum())
    return 2 * right / max(given + wanted, 1), 2 * right_place / max(given + wanted, 1)


def main() -> None:
    """Print a table as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--rate", type=float, default=5e-4)
    options = parser.parse_args()
    folder = find_checkpoint(options.checkpoint).folder
    torch.manual_seed(0)
    model = AutoModelForTokenClassification.from_pretrained(folder, num_labels=len(TAGS), dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    english = list(read(options.data / "ner/panx/en.train.tsv.gz", 0, 1))[:3400]
    english += list(read(options.data / "ner/uner/English-EWT/dev.iob2.gz", 1, 2))
    train(model, tokenizer, english, options.epochs, options.rate)
    tests = {"en": ("ner/uner/English-EWT/test.iob2.gz", 1, 2), **TESTS}
    scores = {
        one: score(model, tokenizer, list(read(options.data / file, a, b))) for one, (file, a, b) in tests.items()
    }
    print(f"{len(english):,} sentences, {options.epochs} epochs")
    print("| | " + " | ".join(scores) + " |\n|---|" + "---|" * len(scores))
    print("| typed | " + " | ".join(f"{100 * typed:.0f}" for typed, _ in scores.values()) + " |")
    print("| entity or not | " + " | ".join(f"{100 * place:.0f}" for _, place in scores.values()) + " |")
    others = [scores[one] for one in TESTS]
    print(f"mean without en: {100 * sum(a for a, _ in others) / 7:.1f}, {100 * sum(b for _, b in others) / 7:.1f}")


if __name__ == "__main__":
    main()
