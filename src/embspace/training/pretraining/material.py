"""The sources of a pretraining config, read: running text per language and aligned groups per source."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from embspace.corpora.parallel import Translation, join, read_ids, read_lines, read_pairs
from embspace.corpora.plain_text import read_column_text, read_conllu_text, read_plain_text
from embspace.errors import SettingsError
from embspace.training.pretraining.config import ParallelSource, PretrainConfig, TextSource

_READERS = {"lines": read_plain_text, "conllu": read_conllu_text, "columns": read_column_text}


def _cells(path: Path) -> Iterator[str]:
    return (cell.strip() for line in read_plain_text(path) for cell in line.split("\t"))


@dataclass
class Material:
    """What a run learns from; `held_out` is taken from the running text and from nothing else."""

    text: dict[str, list[str]] = field(default_factory=dict)
    groups: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    held_out: dict[str, list[str]] = field(default_factory=dict)

    def sentences(self, language: str) -> Iterator[str]:
        """Every sentence of a language, running and aligned."""
        yield from self.text.get(language, ())
        for groups in self.groups.values():
            for group in groups:
                if language in group:
                    yield group[language]


def read_material(config: PretrainConfig, root: Path) -> Material:
    """Read all sources below `root`.

    The held-out sentences of a language are drawn (seeded) from all its sentences and removed, groups included:
    a group that holds a held-out sentence loses that language.
    """
    material = Material()
    banned = {
        text
        for one in config.exclude
        for path in one.files
        for text in ({**_READERS, "cells": _cells}[one.format])(root / path)
    }
    for source in config.text:
        for language, sentences in _read_text(source, config, root):
            material.text.setdefault(language, []).extend(one for one in sentences if one not in banned)
    for source in config.parallel:
        groups = [
            {key: text for key, text in one.texts.items() if key in config.languages and text not in banned}
            for one in _read_groups(source, root)
        ]
        material.groups[source.name] = [group for group in groups if len(group) > 1]
    _hold_out(material, config)
    return material


def _read_text(source: TextSource, config: PretrainConfig, root: Path) -> Iterator[tuple[str, list[str]]]:
    if source.format not in _READERS:
        raise SettingsError(f"[[text]] {source.name}: format {source.format!r}; possible are {', '.join(_READERS)}.")
    for language, path in source.files.items():
        if language in config.languages:
            sentences = list(dict.fromkeys(_READERS[source.format](root / path)))
            random.Random(config.seed).shuffle(sentences)
            yield language, [one for one in sentences if len(one) > 20][: source.limit]


def _read_groups(source: ParallelSource, root: Path) -> list[Translation]:
    files = {key: root / path for key, path in source.files.items()}
    if source.format == "lines":
        return list(read_lines(files, start=source.start, stop=source.stop))
    if source.format == "ids":
        keep = {int(column): value for column, value in source.keep.items()}
        return list(read_ids(files, columns=source.columns, text=source.text, keep=keep))
    if source.format == "pairs":
        pairs: list[Translation] = []
        for key, path in files.items():
            first, _, second = key.partition("-")
            pairs += read_pairs(path, (first, second))
        return join(pairs, source.join) if source.join else pairs
    raise SettingsError(f"[[parallel]] {source.name}: format {source.format!r}; possible are lines, ids, pairs.")


def _hold_out(material: Material, config: PretrainConfig) -> None:
    draw = random.Random(config.seed)
    for language in config.languages:
        every = sorted({one for one in material.sentences(language) if 40 < len(one) < 250})
        kept = set(draw.sample(every, min(config.held_out, len(every) // 10)))
        material.held_out[language] = sorted(kept)
        material.text[language] = [one for one in material.text.get(language, ()) if one not in kept]
        for name, groups in material.groups.items():
            for group in groups:
                if group.get(language) in kept:
                    del group[language]
            material.groups[name] = [group for group in groups if len(group) > 1]
