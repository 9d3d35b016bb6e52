"""What figures of change call the two spaces and their layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from embspace.figures.checkpoint_names import short_names
from embspace.figures.escaping import escaped
from embspace.figures.projection import layer_name
from embspace.figures.rows import check_rows


def spaces_of(result: pd.DataFrame) -> list[dict[str, Any]]:
    """The settings of the two spaces.

    Raises:
        SettingsError: the result has no rows.
    """
    check_rows(result)
    settings = result.attrs.get("settings", {})
    return settings.get("spaces") or [settings, settings]


def sides(result: pd.DataFrame) -> list[str]:
    """What the two spaces are called, as HTML: by their checkpoints; before and after where these have one name."""
    spaces = spaces_of(result)
    checkpoints = [str(one.get("checkpoint", "")) for one in spaces]
    names = [escaped(short_names(checkpoints)[one]) for one in checkpoints]
    if names[0] == names[1] and spaces[0].get("space") != spaces[1].get("space"):
        return [f"layer of {names[0]}, before", f"layer of {names[1]}, after"]
    return [f"layer of {one}" for one in names]


def layer_names(result: pd.DataFrame, side: int, layers: Sequence[int]) -> list[str]:
    """What layers of the space before (0) or after (1) are called."""
    n_layers = spaces_of(result)[side].get("n_layers", max(layers, default=0) + 1)
    return [layer_name(int(one), n_layers) for one in layers]
