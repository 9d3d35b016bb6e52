"""Sentence contrast: translations of one group lie nearer than everything else in the batch."""

from __future__ import annotations

import torch
from torch.nn.functional import normalize


def mean_states(states: torch.Tensor, attention: torch.Tensor) -> torch.Tensor:
    """Mean of the states of a sentence's own pieces, the first and last special piece left out.

    Args:
        states: (n_sentences, length, dim).
        attention: (n_sentences, length), 1 for pieces.

    Returns:
        (n_sentences, dim), float32.
    """
    inner = attention.clone()
    inner[:, 0] = 0
    inner[torch.arange(len(inner)), attention.sum(dim=1) - 1] = 0
    weight = inner.unsqueeze(-1).to(torch.float32)
    return (states.float() * weight).sum(dim=1) / weight.sum(dim=1).clamp(min=1)


def contrast_loss(vectors: torch.Tensor, groups: torch.Tensor, temperature: float) -> torch.Tensor:
    """InfoNCE over cosines with every translation of a group as a positive.

    `mean_i mean_{p in P(i)} -log exp(s_ip / T) / sum_{j != i, j not in P(i) or j = p} exp(s_ij / T)`
    (van den Oord et al. 2018; several positives as in Khosla et al. 2020, each against the negatives alone).

    Args:
        vectors: (n, dim).
        groups: (n,), equal for translations.
        temperature: T.
    """
    unit = normalize(vectors, dim=-1)
    scores = unit @ unit.T / temperature
    same = groups.unsqueeze(0) == groups.unsqueeze(1)
    positive = same & ~torch.eye(len(groups), dtype=torch.bool, device=groups.device)
    if not positive.any():
        return vectors.sum() * 0
    negatives = scores.masked_fill(same, float("-inf")).logsumexp(dim=1, keepdim=True)
    losses = torch.logaddexp(scores, negatives.expand_as(scores)) - scores
    per_sentence = (losses * positive).sum(dim=1) / positive.sum(dim=1).clamp(min=1)
    return per_sentence[positive.any(dim=1)].mean()
