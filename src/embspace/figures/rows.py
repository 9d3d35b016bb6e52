"""Which rows of a result a figure draws: that there are any, and those of one layer."""

from __future__ import annotations

import pandas as pd

from embspace.errors import SettingsError
from embspace.figures.projection import layer_name


def check_rows(result: pd.DataFrame) -> None:
    """Refuse a result without rows.

    Raises:
        SettingsError: it has none.
    """
    if not len(result):
        raise SettingsError("The result has no rows, so there is nothing to draw.")


def of_layer(
    result: pd.DataFrame, layer: int | None, n_layers: int | None = None, *, of: str = ""
) -> tuple[pd.DataFrame, str]:
    """The rows of one layer, with the result's attributes, and what the layer is called.

    Args:
        result: with a column `layer`.
        layer: one of the result's (negative ones count from the output); None: the highest it has.
        n_layers: of the model; None: as the result's settings say.
        of: whose rows these are, for the error.

    Raises:
        SettingsError: the result has no such layer, or no rows.
    """
    check_rows(result)
    layers = sorted(int(one) for one in result["layer"].unique())
    if n_layers is None:
        n_layers = int(result.attrs.get("settings", {}).get("n_layers", layers[-1] + 1))
    wanted = layers[-1] if layer is None else layer % n_layers if -n_layers <= layer < 0 else layer
    if wanted not in layers:
        whose = f" of {of}" if of else ""
        raise SettingsError(f"The result has no layer {layer}{whose}; it has {', '.join(map(str, layers))}.")
    rows = result.loc[result["layer"] == wanted]
    rows.attrs = dict(result.attrs)
    return rows, layer_name(wanted, n_layers)
