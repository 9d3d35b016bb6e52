"""A model's own forward pass, ended before the first block that nobody asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

Pass = Callable[[], tuple[torch.Tensor, ...]]


class _EnoughError(Exception):
    """Raised inside the model when the last wanted state is there."""


def blocks_of(model: nn.Module, n_blocks: int) -> nn.ModuleList | None:
    """The list of a model's blocks, in their order; None where it cannot be told."""
    lists = [one for one in model.modules() if isinstance(one, nn.ModuleList) and len(one) == n_blocks]
    kinds = [one for one in lists if len({type(block) for block in one}) == 1]
    return kinds[0] if len(kinds) == 1 else None


def states_before(blocks: nn.ModuleList, upto: int, run: Callable[[], Any]) -> list[torch.Tensor]:
    """What blocks 0 .. upto read, which is the states of layers 0 .. upto; block `upto` and what follows is not run.

    Args:
        blocks: of the model.
        upto: below the number of blocks.
        run: calls the model.

    Raises:
        RuntimeError: the model went through without coming to the block.
    """
    found: list[torch.Tensor] = []

    def note(_: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        found.append(args[0] if args else kwargs["hidden_states"])
        if len(found) > upto:
            raise _EnoughError

    handles = [blocks[number].register_forward_pre_hook(note, with_kwargs=True) for number in range(upto + 1)]
    try:
        run()
    except _EnoughError:
        return found
    finally:
        for handle in handles:
            handle.remove()
    raise RuntimeError(f"the model ran without coming to block {upto}")
