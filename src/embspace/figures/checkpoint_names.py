"""What figures call checkpoints: the last part of a folder or of a name on the hub, where that tells them apart."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePath


def short_names(checkpoints: Iterable[str]) -> dict[str, str]:
    """Checkpoint -> its short name; of those whose short names are the same, and of adapters, each as it is."""
    wanted = list(dict.fromkeys(checkpoints))
    short = [one if "+" in one else PurePath(one).name or one for one in wanted]
    return {one: name if short.count(name) == 1 else one for one, name in zip(wanted, short, strict=True)}
