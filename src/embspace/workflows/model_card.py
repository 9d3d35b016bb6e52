"""The card of an exported checkpoint: what it was trained on and how, what it scores, how it is used."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from embspace.corpora.entries import SYNTHETIC
from embspace.encoders.trained import Step
from embspace.storage import read_json
from embspace.workflows.markdown import markdown_table, markdown_text
from embspace.workflows.score_text import score_text

TASKS = {
    "ner": "find named entities",
    "pos": "find parts of speech",
    "nli": "tell what one text says about another",
    "qa": "answer questions about a paragraph",
    "mlm": "predict masked pieces",
    "adjustment": "bring words near to their translations",
}
PARTS = {
    "train": "learned from",
    "dev": "chose the best epoch",
    "test": "scored on",
    "unlabelled": "read without tags",
    "aligned": "read word by word beside a translation",
}

SCORED = {"dev": "the sentences that chose the best epoch", "test": "the test sentences"}


def model_card(step: Step) -> str:
    """Markdown with a head that the hub reads, made of what the run has recorded alone."""
    record, config = step.run.record, step.run.record["config"]
    start, task = str(record["checkpoint"]["name"]), str(config["task"])
    named = all(part["languages"] for part in config["train"])
    codes = sorted({code for part in config["train"] for code in part["languages"]}) if named else []
    found = read_json(step.folder / "config.json")
    labels = [str(found["id2label"][number]) for number in sorted(found.get("id2label", {}), key=int)]
    best = ", the best one" if step.number == step.run.best else ""
    languages = ", ".join(codes) or "all languages of the corpus"
    parts = [
        _head(start, task, codes),
        f"# {task.upper()} by {_named(start)}, trained on {languages}",
        f"`{_code(start)}` was fine-tuned to {TASKS.get(task, task)}. This is step {step.number:,} of the run "
        f"{step.run.key}{best}.",
        "## How it is used",
        _PIPELINES.get(task, _TAGS)[1],
        _told(task, config, labels),
        "## Data",
        markdown_table(("used", "corpus", "languages", "how much"), _data(config)),
        *_scored(step),
        "## Settings",
        f"```json\n{json.dumps(config, ensure_ascii=False, indent=2)}\n```",
        "## Where it comes from",
        markdown_table(("", ""), _origin(step)),
        "The license is that of the checkpoint and of the data, which the run does not record.",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


_TAGS = (
    "token-classification",
    """```python
from transformers import pipeline

tagger = pipeline("token-classification", model="FOLDER", aggregation_strategy="first")
tagger("Washington was born in Virginia .")
```""",
)
_PIPELINES = {
    "nli": (
        "text-classification",
        """```python
from transformers import pipeline

compare = pipeline("text-classification", model="FOLDER")
compare({"text": "A man sleeps in the park.", "text_pair": "Someone is asleep."})
```""",
    ),
    "qa": (
        "question-answering",
        """```python
from transformers import AutoModelForQuestionAnswering, AutoTokenizer

tokenizer, model = AutoTokenizer.from_pretrained("FOLDER"), AutoModelForQuestionAnswering.from_pretrained("FOLDER")
pieces = tokenizer("Where does it rise?", "The Danube rises in the Black Forest.", return_tensors="pt")
found = model(**pieces)
tokenizer.decode(pieces["input_ids"][0, found.start_logits.argmax() : found.end_logits.argmax() + 1])
```""",
    ),
    "mlm": (
        "fill-mask",
        """```python
from transformers import pipeline

fill = pipeline("fill-mask", model="FOLDER")
fill(f"Anna lives in {fill.tokenizer.mask_token}.")
```""",
    ),
    "adjustment": (
        "feature-extraction",
        """```python
from transformers import AutoModel, AutoTokenizer

tokenizer, model = AutoTokenizer.from_pretrained("FOLDER"), AutoModel.from_pretrained("FOLDER")
model(**tokenizer("Washington was born in Virginia .", return_tensors="pt")).last_hidden_state
```""",
    ),
}
"""task -> the hub's name of what it is for, and how it is used"""


def _told(task: str, config: Mapping[str, Any], labels: Sequence[str]) -> str:
    """What its outputs mean."""
    named = ", ".join(f"`{_code(one)}`" for one in labels)
    if task in ("ner", "pos"):
        encoding = f"; the encoding is {config['encoding']}." if task == "ner" else "."
        return f"A word has the label of its first piece. Labels: {named}{encoding}"
    if task == "nli":
        return f"Labels: {named}."
    if task == "qa":
        return "The answer is the stretch of the paragraph between the best start and the best end."
    if task == "mlm":
        return "It gives the likeliest pieces at the place of the mask."
    return "A word's vector is pooled from its pieces as the settings below say."


def _head(start: str, task: str, codes: Sequence[str]) -> str:
    """The card's head, in YAML; a base is named that is a repository of the hub."""
    lines = ["library_name: transformers", f"pipeline_tag: {_PIPELINES.get(task, _TAGS)[0]}"]
    lines += ["language:", *(f"- {json.dumps(code)}" for code in codes)] if codes else []
    lines += ["tags:", f"- {task}", "- embspace"]
    hub = re.fullmatch(r"[\w.-]+/[\w.-]+(@[\w.-]+)?", start) and not start.startswith(".")
    if hub and not Path(start).expanduser().exists():
        lines.append(f"base_model: {start.partition('@')[0]}")
    return "\n".join(["---", *lines, "---"])


def _data(config: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for name, use in PARTS.items():
        for part in config.get(name) or ():
            synthetic = part["corpus"] == SYNTHETIC
            kind = next((one for one in ("per_type", "sentences") if part.get(one)), None)
            each = {"per_type": "per type and language", "sentences": "sentences per language"}
            much = f"{part[kind]:,} {each[kind] if synthetic else 'sentences'}" if kind else "all"
            if synthetic:
                much = (much if kind else "as many as in the paper") + f", the {part['split']} half"
            corpus = "SyntheticNER" if synthetic else part["corpus"]
            yield use, corpus, ", ".join(part["languages"] or ("all",)), much
    if not config.get("dev") and config.get("dev_share"):
        yield PARTS["dev"], "held out of what is learned from", "", f"{config['dev_share']:.0%}"


def _scored(step: Step) -> list[str]:
    """Scores of this step, of the sentences that chose it and of those it was tested on; none: nothing is said."""
    tables = []
    seen: list[Any] = []
    for line in step.run.log():
        if line.get("step") != step.number or not line.get("scores") or line["scores"] in seen:
            continue
        if line["event"] not in ("scores", "test"):
            continue
        seen.append(line["scores"])
        part = SCORED.get(str(line.get("part", "test")), "some sentences")
        scores: Mapping[str, Mapping[str, float]] = line["scores"]
        names = list(dict.fromkeys(name for of in scores.values() for name in of))
        rows = (
            (code, *(score_text(name, of[name]) if name in of else "" for name in names)) for code, of in scores.items()
        )
        tables.append(f"Of {part}:\n\n" + markdown_table(("language", *names), rows))
    return ["## Scores", *tables] if tables else []


def _origin(step: Step) -> Iterator[tuple[str, str]]:
    record = step.run.record
    yield "run", step.run.key
    if step.run.jobs:
        yield "job", step.run.jobs[0]
    yield "step", f"{step.number:,}"
    yield "seed", str(step.run.seed)
    yield "weights", f"fingerprint {step.fingerprint}"
    yield "starts from", f"{record['checkpoint']['name']}, fingerprint {record['checkpoint']['fingerprint']}"
    for name, key in record["data"].items():
        if name == "unlabelled" and not record["config"].get("unlabelled"):
            continue
        yield f"sentences, {name}", f"fingerprint {key}"
    for name, number in record.get("made_with", {}).items():
        yield name, number
    yield "device", str(record.get("device", ""))


def _code(text: str) -> str:
    return text.replace("`", "'")


def _named(start: str) -> str:
    """The last part of a folder or of a name on the hub."""
    return markdown_text(start.rstrip("/").rpartition("/")[2] or start)
