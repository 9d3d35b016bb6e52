"""How much is stored, of which checkpoints, and what the disk has left."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import streamlit as st

from embspace.figures.theme import category_colors
from inventory import size_text

MOST = 6
"""checkpoints with a color of their own"""


def show_sizes(count: int, by_checkpoint: Mapping[str, int], free: int) -> None:
    """A line of figures, and a bar that is divided by checkpoints, the largest first."""
    st.html(size_bar(count, by_checkpoint, free))


def size_bar(count: int, by_checkpoint: Mapping[str, int], free: int) -> str:
    """The HTML of it; every name is escaped."""
    total = sum(by_checkpoint.values())
    spaces = f"{count:,} {'space' if count == 1 else 'spaces'}"
    head = f"<b>{spaces} · {size_text(total)}</b><span>{size_text(free)} free on this disk</span>"
    parts = _gathered(by_checkpoint)
    colors = category_colors(parts)
    bar = "".join(
        f'<i style="width:{100 * size / max(total, 1):.2f}%;background:{colors[name]}" '
        f'title="{escape(name)}: {size_text(size)}"></i>'
        for name, size in parts.items()
    )
    legend = "".join(
        f'<span><i style="background:{colors[name]}"></i>{escape(name)} {size_text(size)}</span>'
        for name, size in parts.items()
    )
    return (
        f'<div class="sizes"><div class="line">{head}</div><div class="bar">{bar}</div>'
        f'<div class="legend">{legend}</div></div>'
    )


def _gathered(sizes: Mapping[str, int]) -> dict[str, int]:
    """The largest by name, and the others together."""
    named = {name or "unknown": size for name, size in list(sizes.items())[:MOST]}
    rest = sum(list(sizes.values())[MOST:])
    return named | ({"others": named.get("others", 0) + rest} if rest else {})
