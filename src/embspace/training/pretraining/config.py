"""What `embspace pretrain` is told: sources of text, the model's geometry, the budget; read from TOML."""

from __future__ import annotations

import tomllib
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any

from embspace.errors import SettingsError


@dataclass(frozen=True, slots=True)
class TextSource:
    """Running text of one or more languages: `files` maps language -> path below the root."""

    name: str
    files: dict[str, str]
    format: str = "lines"
    """lines | conllu | columns"""
    limit: int | None = None
    """at most so many sentences per language"""
    license: str = ""


@dataclass(frozen=True, slots=True)
class ParallelSource:
    """Parallel text: line-aligned files, files joined by id, or pair files (`files` maps "en-cs" -> path)."""

    name: str
    files: dict[str, str]
    format: str = "lines"
    """lines | ids | pairs"""
    start: int = 0
    stop: int | None = None
    columns: int = 2
    text: int = 1
    keep: dict[str, str] = field(default_factory=dict)
    """for ids: column -> value that a row must have"""
    join: str | None = None
    """for pairs: merge groups with equal text in this language"""
    weight: float = 1.0
    """share of the aligned batches, relative to the other sources"""
    license: str = ""


@dataclass(frozen=True, slots=True)
class Excluded:
    """Files whose sentences never enter training: the dev and test sets that the model is measured on."""

    files: list[str]
    format: str = "lines"
    """lines | conllu | columns | cells (every tab-separated cell)"""


@dataclass(frozen=True, slots=True)
class PretrainConfig:
    """One pretraining run (MLM, TLM, with a small budget): all that repeats it."""

    name: str
    languages: tuple[str, ...]
    text: tuple[TextSource, ...]
    parallel: tuple[ParallelSource, ...]
    exclude: tuple[Excluded, ...] = ()
    held_out: int = 100
    """sentences per language kept apart for the held-out loss"""
    vocabulary: int = 24_000
    tokenizer_characters: int = 14_000_000
    layers: int = 4
    width: int = 256
    heads: int = 4
    feed_forward: int = 1024
    max_pieces: int = 64
    """longer sentences are cut in training; the model itself reads 256 pieces"""
    mask: float = 0.22
    tlm_share: float = 0.0
    """share of the steps that are TLM: two aligned sentences in one sequence, positions restarted"""
    text_share: float = 0.3
    """share of the steps that are MLM on running text; the rest are aligned groups with MLM and contrast"""
    text_pieces: int = 1536
    group_pieces: int = 3072
    views: int = 2
    """languages drawn from a group in one aligned batch"""
    pivot: str | None = "en"
    """a language that is drawn more often than others from a group"""
    temperature: float = 0.05
    contrast_weight: float = 4.0
    light_contrast_steps: int = 0
    """steps at the beginning during which the contrast term weighs 1"""
    contrast_layers: tuple[int, ...] = (0, 1, 2, 3)
    """the layers whose mean-pooled states the contrast term compares"""
    svd: bool = True
    """embeddings started from the SVD of subword x parallel-group counts"""
    learning_rate: float = 1e-3
    weight_decay: float = 0.01
    warmup: int = 100
    """steps of linear warm-up"""
    decay: float = 0.3
    """the share of the budget over which the rate falls to zero"""
    steps: int | None = None
    minutes: float | None = None
    save_minutes: float = 5.0
    threads: int | None = None
    bf16: bool = False
    seed: int = 1

    def __post_init__(self) -> None:
        if not self.text and not self.parallel:
            raise SettingsError("pretraining needs at least one [[text]] or [[parallel]] source.")
        if self.steps is None and self.minutes is None:
            raise SettingsError("give a budget: steps = N or minutes = M.")
        if not 0 < self.mask < 1:
            raise SettingsError(f"mask = {self.mask}: expected a share between 0 and 1.")
        if not 0 <= self.decay < 1:
            raise SettingsError(f"decay = {self.decay}: expected a share from 0, below 1.")
        if not all(-self.layers - 1 <= layer <= self.layers for layer in self.contrast_layers):
            raise SettingsError(f"contrast_layers = {self.contrast_layers}: the model has layers 0 to {self.layers}.")


def read_config(path: Path, **changes: Any) -> PretrainConfig:
    """The config of a TOML file, with `changes` (those not None) put in its place.

    Raises:
        SettingsError: the file is missing or not TOML, or a key is unknown (named, with what is possible).
    """
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise SettingsError(f"{path}: no such file.") from error
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: not TOML: {error}.") from error
    table |= {key: value for key, value in changes.items() if value is not None}
    try:
        return _config(table, path)
    except TypeError as error:
        raise SettingsError(f"{path}: a value has the wrong type: {error}.") from error


def _config(table: dict[str, Any], path: Path) -> PretrainConfig:
    for key in ("languages", "contrast_layers"):
        if key in table:
            table[key] = tuple(table[key])
    table["text"] = tuple(_build(TextSource, one, f"{path}, [[text]]") for one in table.get("text", ()))
    table["parallel"] = tuple(_build(ParallelSource, one, f"{path}, [[parallel]]") for one in table.get("parallel", ()))
    table["exclude"] = tuple(_build(Excluded, one, f"{path}, [[exclude]]") for one in table.get("exclude", ()))
    return _build(PretrainConfig, table, str(path))


def _build(kind: type, table: dict[str, Any], where: str) -> Any:
    known = {one.name for one in fields(kind)}
    required = {one.name for one in fields(kind) if one.default is MISSING and one.default_factory is MISSING}
    if unknown := set(table) - known:
        raise SettingsError(f"{where}: unknown key {sorted(unknown)[0]!r}; known are {', '.join(sorted(known))}.")
    if missing := required - set(table):
        raise SettingsError(f"{where}: the key {sorted(missing)[0]!r} is missing.")
    return kind(**table)
