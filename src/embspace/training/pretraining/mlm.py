"""Masked-token prediction: cross-entropy at the masked positions alone."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.functional import cross_entropy


def masked_token_loss(states: torch.Tensor, labels: torch.Tensor, head: nn.Module) -> torch.Tensor:
    """Mean cross-entropy, nats, of the masked pieces.

    Args:
        states: last layer, (n_sentences, length, dim).
        labels: (n_sentences, length), -100 where nothing is predicted.
        head: dim -> vocabulary; it sees the masked positions only.
    """
    where = labels != -100
    if not where.any():
        return states.sum() * 0
    return cross_entropy(head(states[where]).float(), labels[where])
