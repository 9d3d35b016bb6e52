"""How the findings of a study came out, for a person."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from embspace.studies.outputs import StoredOutput


class Verdict(NamedTuple):
    """Whether a claim holds, as a sign, in words, and as a class of a page's style."""

    sign: str
    words: str
    kind: str


VERDICTS: dict[bool | None, Verdict] = {
    True: Verdict("✓", "holds", "holds"),
    False: Verdict("✗", "does not hold", "fails"),
    None: Verdict("?", "cannot be told", "open"),
}
"""by `Finding.holds`"""


def count(outputs: Iterable[StoredOutput]) -> dict[bool | None, int]:
    """How many findings hold, do not hold, and cannot be told."""
    found = [finding.holds for one in outputs for finding in one.findings]
    return {holds: found.count(holds) for holds in VERDICTS}
