"""What a study was made with, in a few words for a person."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from embspace.studies.config import StudyConfig
from embspace.studies.outputs import StudyFolder
from embspace.studies.study import sizes_of


def facts(folder: StudyFolder) -> Iterator[tuple[str, str]]:
    """What a study was made with, each as (name, value).

    Raises:
        StoreError: the record of the study is damaged.
    """
    record, config = folder.record, folder.config
    yield "Model", config.checkpoint
    yield "Fingerprint", record["checkpoint"]["fingerprint"][:8]
    sizes = dict(record.get("sizes") or sizes_of(config))
    yield "Languages", sizes.pop("Languages")
    yield from sizes.items()
    yield "Epochs", str(config.epochs) if config.epochs else "as in the paper"
    if config.rate:
        yield "Rate", f"{config.rate:g}"
    yield "Seeds", ", ".join(map(str, config.seeds))
    yield "Corpora", ", ".join(f"{role} {name}" for role, name in config.corpora.items()) or "those that ship"
    yield "Made", day(record["runs"][-1]["started"])
    if trained := record.get("trained", {}):
        yield "Fine-tuning", f"{len(trained)} runs, {duration(sum(trained.values()))} in all"
    if seconds := sum(run["seconds"] or 0 for run in record["runs"]):
        yield "Time", duration(seconds) + ("; what was trained before took none" if trained else "")


def settings_in_short(config: StudyConfig) -> str:
    """A study's settings in a line of a menu."""
    parts = [
        config.checkpoint,
        *([f"{config.sentences:,} sentences"] if config.sentences else [f"scale {config.scale:g}"]),
        *([f"{config.epochs} epoch{'s' * (config.epochs > 1)}"] if config.epochs else []),
        f"{len(config.seeds)} seed{'s' * (len(config.seeds) > 1)}",
        *([" ".join(config.languages)] if config.languages else []),
        *config.corpora.values(),
    ]
    return ", ".join(dict.fromkeys(parts))


def day(when: str) -> str:
    """An ISO time as a day and time of this machine's zone."""
    return f"{datetime.fromisoformat(when).astimezone():%Y-%m-%d %H:%M}"


def duration(seconds: float) -> str:
    """Seconds as s, min or h."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
