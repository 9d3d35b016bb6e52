"""Batches of pretraining, each a pure function of (seed, step): resuming needs nothing but the step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import PreTrainedTokenizerFast

from embspace.training.pretraining.config import PretrainConfig
from embspace.training.pretraining.material import Material
from embspace.training.pretraining.tokenizer import SPECIAL, split_marks

Ids = NDArray[np.int32]
_SHORTEST_MASKED = 6
"""sentences of fewer pieces (dictionary entries) are never masked: nothing would be left to see"""


@dataclass(frozen=True, slots=True)
class Batch:
    """Padded piece ids with attention mask, positions and labels, each (n_sentences, longest).

    Labels are -100 where nothing is predicted; `groups` (n_sentences,) is equal for translations.
    """

    ids: torch.Tensor
    attention: torch.Tensor
    positions: torch.Tensor
    labels: torch.Tensor
    groups: torch.Tensor | None

    @property
    def n_pieces(self) -> int:
        """Pieces without padding."""
        return int(self.attention.sum())


class Pieces:
    """The material as piece ids; every sentence twice: as written, and with blanks around its punctuation."""

    def __init__(self, material: Material, tokenizer: PreTrainedTokenizerFast, config: PretrainConfig) -> None:
        self.config, self.tokenizer = config, tokenizer
        self.languages = list(config.languages)
        self.text = {one: self._encode(found) for one, found in material.text.items() if found}
        for groups in material.groups.values():
            for language in self.languages:
                extra = self._encode([group[language] for group in groups if language in group])
                self.text.setdefault(language, []).extend(extra)
        self.held_out = {one: self._encode(found) for one, found in material.held_out.items()}
        self.groups: dict[str, list[dict[str, Sequence[Ids]]]] = {}
        for name, groups in material.groups.items():
            flat = iter(self._encode([text for group in groups for text in group.values()]))
            self.groups[name] = [{language: next(flat) for language in group} for group in groups]
        sizes = {one: sum(len(pair[0]) for pair in found) for one, found in self.text.items()}
        self.shares = {one: size**0.5 / sum(value**0.5 for value in sizes.values()) for one, size in sizes.items()}
        self.counts = self._count()

    def _encode(self, texts: list[str]) -> list[Sequence[Ids]]:
        limit = self.config.max_pieces - 2
        whole = self.tokenizer.backend_tokenizer.encode_batch(texts, add_special_tokens=False)
        apart = self.tokenizer.backend_tokenizer.encode_batch([split_marks(t) for t in texts], add_special_tokens=False)
        return [tuple(np.asarray(one.ids[:limit], np.int32) for one in pair) for pair in zip(whole, apart, strict=True)]

    def _count(self) -> NDArray[np.float64]:
        counts = np.ones(len(self.tokenizer))
        for language, sentences in self.text.items():
            seen = np.bincount(np.concatenate([one[0] for one in sentences]), minlength=len(counts))
            counts += seen * (self.shares[language] / max(seen.sum(), 1)) * 1e6
        return counts

    def batch(self, step: int) -> Batch:
        """The batch of a step: running text, or aligned groups with `groups` set."""
        draw = np.random.default_rng([self.config.seed, step])
        kind = draw.random()
        if not self.groups or kind < self.config.text_share:
            return self._text_batch(draw)
        if kind < self.config.text_share + self.config.tlm_share:
            return self._tlm_batch(draw)
        return self._group_batch(draw)

    def _text_batch(self, draw: np.random.Generator) -> Batch:
        budget, names = self.config.text_pieces, list(self.shares)
        languages = draw.choice(names, size=budget // 4, p=list(self.shares.values()))
        found = [self.text[one][draw.integers(len(self.text[one]))] for one in languages]
        rows = _window([[_variant(one, draw)] for one in found], budget, draw)
        return self._finish([row[0] for row in rows], None, draw)

    def _draw_groups(self, draw: np.random.Generator, views: int) -> list[list[Ids]]:
        names = list(self.groups)
        weights = np.array([one.weight for one in self.config.parallel if one.name in self.groups], float)
        source = self.groups[draw.choice(names, p=weights / weights.sum())]
        picked = [source[index] for index in draw.integers(len(source), size=self.config.group_pieces // 8)]
        return [[_variant(group[one], draw) for one in self._views(list(group), draw, views)] for group in picked]

    def _views(self, languages: list[str], draw: np.random.Generator, views: int) -> list[str]:
        rare = np.array([self.shares[one] ** -0.5 for one in languages])
        if self.config.pivot in languages:
            rare[languages.index(self.config.pivot)] = rare.sum() / 2
        return list(draw.choice(languages, size=min(views, len(languages)), replace=False, p=rare / rare.sum()))

    def _group_batch(self, draw: np.random.Generator) -> Batch:
        rows = _window(self._draw_groups(draw, self.config.views), self.config.group_pieces, draw)
        groups = [index for index, row in enumerate(rows) for _ in row]
        return self._finish([one for row in rows for one in row], groups, draw)

    def _tlm_batch(self, draw: np.random.Generator) -> Batch:
        rows = _window(self._draw_groups(draw, 2), self.config.group_pieces, draw)
        return self._finish([np.concatenate([row[0], [-1], row[1]]) for row in rows], None, draw)

    def held_out_batches(self, language: str) -> list[Batch]:
        """The held-out sentences of a language with masks that are always the same."""
        draw = np.random.default_rng(0)
        found = sorted((one[0] for one in self.held_out[language]), key=len)
        return [self._finish(found[at : at + 32], None, draw) for at in range(0, len(found), 32)]

    def _finish(self, rows: list[Ids], groups: list[int] | None, draw: np.random.Generator) -> Batch:
        """Add special pieces and padding; mask. A piece -1 stands between two TLM sentences."""
        length = max(map(len, rows)) + 2
        ids = np.full((len(rows), length), SPECIAL.pad, np.int64)
        positions = np.full((len(rows), length), SPECIAL.pad, np.int64)
        attention = np.zeros((len(rows), length), np.int64)
        for index, row in enumerate(rows):
            end = len(row) + 2
            ids[index, 0], ids[index, 1 : end - 1], ids[index, end - 1] = SPECIAL.start, row, SPECIAL.stop
            attention[index, :end] = 1
            restart = np.flatnonzero(row == -1)
            positions[index, :end] = np.arange(end) + SPECIAL.pad + 1
            if len(restart):
                ids[index, restart[0] + 1] = SPECIAL.stop
                positions[index, restart[0] + 2 : end] -= restart[0] + 1
        body = (attention == 1) & (ids != SPECIAL.start) & (ids != SPECIAL.stop)
        body &= attention.sum(axis=1, keepdims=True) >= _SHORTEST_MASKED + 2
        chosen = body & (draw.random(ids.shape) < self.config.mask)
        labels = np.where(chosen, ids, -100)
        how = draw.random(ids.shape)
        ids[chosen & (how < 0.8)] = SPECIAL.mask
        swapped = chosen & (how >= 0.9)
        ids[swapped] = draw.integers(len(SPECIAL) + 1, len(self.tokenizer), size=int(swapped.sum()))
        tensors = [torch.from_numpy(one) for one in (ids, attention, positions, labels)]
        return Batch(tensors[0], tensors[1], tensors[2], tensors[3], None if groups is None else torch.tensor(groups))


def _variant(pair: Sequence[Ids], draw: np.random.Generator) -> Ids:
    return pair[0 if draw.random() < 0.6 else 1]


def _window(rows: list[list[Ids]], budget: int, draw: np.random.Generator) -> list[list[Ids]]:
    """A random run of neighbors in length that fits the budget: little padding, any length."""
    rows = sorted(rows, key=lambda row: max(map(len, row)))
    lengths = np.array([sum(len(one) + 2 for one in row) for row in rows])
    at = int(draw.choice(len(rows), p=lengths / lengths.sum()))
    low, high, used = at, at, int(lengths[at])
    while low > 0 or high < len(rows) - 1:
        nearer = high if high < len(rows) - 1 and (low == 0 or (high - at) <= (at - low)) else None
        step = high + 1 if nearer is not None else low - 1
        if used + lengths[step] > budget:
            break
        used += int(lengths[step])
        low, high = min(low, step), max(high, step)
    return rows[low : high + 1]
