"""A padded batch as a few batches of like lengths: on a CPU padding is work, and losses of windows are sums."""

from __future__ import annotations

from collections.abc import Sequence

from embspace.training.windows import Batch

_ALONG = ("input_ids", "attention_mask", "token_type_ids", "rows")
"""tensors with a column per piece"""
_PERHAPS = ("labels",)
"""tensors that have one in some tasks; a window of questions is never as short as its two labels"""
_PASS = 48
"""pieces that a further pass of the model is worth"""


def length_groups(batch: Batch) -> list[Batch]:
    """The windows of a batch in groups that are less work together, each padded to its own longest; on a CPU alone.

    What is computed of each window is the same, but for rounding and for what dropout draws.

    Args:
        batch: tensors with a row per window; `input_ids`, `attention_mask` and others have a column per piece.
    """
    if batch["input_ids"].device.type != "cpu":
        return [batch]
    lengths = batch["attention_mask"].sum(1)
    order = lengths.argsort(descending=True, stable=True)
    sizes = lengths[order].tolist()
    groups = []
    along = {*_ALONG, *(name for name in _PERHAPS if name in batch and batch[name].shape == batch["input_ids"].shape)}
    for start, stop in _cuts(sizes):
        rows, longest = order[start:stop], max(1, sizes[start])
        groups.append(
            {name: tensor[rows, :longest] if name in along else tensor[rows] for name, tensor in batch.items()}
        )
    return groups


def _cuts(lengths: Sequence[int]) -> list[tuple[int, int]]:
    """Where groups of descending lengths begin and end, so that all together, a pass each, are the least work."""
    least, begins = [0.0], [0]
    for stop in range(1, len(lengths) + 1):
        cost, start = min((least[at] + (stop - at) * lengths[at] + _PASS, at) for at in range(stop))
        least.append(cost)
        begins.append(start)
    cuts, stop = list[tuple[int, int]](), len(lengths)
    while stop:
        cuts.append((begins[stop], stop))
        stop = begins[stop]
    return cuts[::-1]
