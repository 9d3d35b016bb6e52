"""Scores of tagging as text."""

from __future__ import annotations

COUNTS = ("wrong_sentences", "sentences")
"""scores that are numbers of sentences; the others are shares"""


def score_text(name: str, value: float) -> str:
    """A count as it is, of several seeds perhaps with a fraction; a share to four digits."""
    if name not in COUNTS:
        return f"{value:.4f}"
    return f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"
