"""What is kept in memory for all sessions, the oldest forgotten."""

from __future__ import annotations

from typing import Any


def remember(kept: dict[str, Any], key: str, value: Any, most: int) -> None:
    """Keep a value; other sessions may do so at the same time."""
    kept[key] = value
    while len(kept) > most:
        kept.pop(next(iter(kept), ""), None)
