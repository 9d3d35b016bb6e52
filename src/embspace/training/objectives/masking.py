"""Masked pieces, as in BERT's cloze."""

from __future__ import annotations

import torch
from transformers import PreTrainedTokenizerFast

from embspace.errors import SettingsError
from embspace.training.windows import IGNORED


class Masking:
    """What a tokenizer's pieces may be replaced with.

    Args:
        tokenizer: has a mask piece.
        objective: named in the error.

    Attributes:
        mask: the mask piece.
        special: pieces that are never masked: the tokenizer's special ones, the unknown one among them.
        ordinary: the pieces that a masked one is replaced with at random: all that are not special.

    Raises:
        SettingsError: the tokenizer has no mask piece.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerFast, objective: str) -> None:
        if not isinstance(tokenizer.mask_token_id, int):
            raise SettingsError(
                f"{objective} masks pieces, and the tokenizer of {tokenizer.name_or_path} has no mask piece: take a "
                "model that was trained with masks (BERT, XLM-R, DeBERTa, ...), or another objective."
            )
        self.mask = tokenizer.mask_token_id
        added = {*tokenizer.all_special_ids, *tokenizer.added_tokens_decoder}
        vocabulary = tokenizer.backend_tokenizer.get_vocab(with_added_tokens=False).values()
        self.special = torch.tensor(sorted(tokenizer.all_special_ids))
        self.ordinary = torch.tensor(sorted(set(vocabulary) - added))

    def draw(
        self, ids: torch.Tensor, allowed: torch.Tensor, probability: float, generator: torch.Generator
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Choose pieces; 80 % of them become the mask, 10 % a random ordinary piece, 10 % stay.

        Args:
            ids: (n, longest).
            allowed: (n, longest), pieces that may be chosen unless they are special.
            probability: of each to be chosen, by itself.
            generator: three numbers are drawn for every place.

        Returns:
            ids with masks; and labels, the pieces that were there, -100 where none was chosen.
        """
        chance, way = (torch.rand(ids.shape, generator=generator) for _ in range(2))
        others = self.ordinary[torch.randint(len(self.ordinary), ids.shape, generator=generator)]
        chosen = allowed & ~torch.isin(ids, self.special) & (chance < probability)
        masked = torch.where(chosen & (way < 0.8), self.mask, ids)
        masked = torch.where(chosen & (way >= 0.9), others, masked)
        return masked, torch.where(chosen, ids, IGNORED)
