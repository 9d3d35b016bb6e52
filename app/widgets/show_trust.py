"""How far to trust a map, in one quiet line."""

from __future__ import annotations

from typing import Any

from embspace.figures.projection import short_name
from stored import Maps

TRUST = (
    "Trustworthiness (Venna and Kaski 2001): how far the neighbors on the map are neighbors in the space, 0 to 1. "
    "Moved: how far the middle word is from its place on the map before, in spreads of the map (root mean square "
    "distance from its center), and the share of words that moved further than half a spread."
)


def trust_line(maps: Maps, layers: list[int], play: str) -> str:
    """Trustworthiness of what is shown, a range of several maps, and how far words moved from the map before."""
    attrs = maps.places.attrs
    trust: dict[Any, Any] = attrs.get("trustworthiness", {})
    tables = trust if "checkpoint" in maps.places.columns else {"": trust}
    values = [one for table in tables.values() for layer, one in table.items() if play == "layers" or layer in layers]
    if not values:
        return ""
    low, high = f"{min(values):.2f}", f"{max(values):.2f}"
    parts = [f"trustworthiness {low if low == high else f'{low} – {high}'}"]
    told = [one for one in attrs.get("displacement", []) if play == "layers" or one["layer"] in layers]
    if len(told) == 1:
        one = told[0]
        origin = short_name(one["from_checkpoint"]) if len(tables) > 1 else f"layer {one['from_layer']}"
        origin = "the embeddings" if len(tables) == 1 and one["from_layer"] == 0 else origin
        parts.append(f"moved {one['median']:.2f} from {origin}, {one['far']:.0%} far")
    elif told:
        medians = [one["median"] for one in told]
        parts.append(f"moved {min(medians):.2f} – {max(medians):.2f}")
    return " · ".join(parts)
