"""The word alignments of two directions -> one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from embspace.errors import SettingsError

Link: TypeAlias = tuple[int, int]
"""(word of the source, word of the target), from 0"""

METHODS = ("grow-diag-final-and", "grow-diag", "intersection", "union")
_NEIGHBORS = ((-1, 0), (0, -1), (1, 0), (0, 1), (-1, -1), (-1, 1), (1, -1), (1, 1))


def symmetrize(forward: Iterable[Link], reverse: Iterable[Link], method: str = METHODS[0]) -> tuple[Link, ...]:
    """The links of both directions made one, sorted.

    `grow-diag` begins with the intersection and adds, as long as it can, links of the union that lie beside a link
    (diagonals too) and have a word that no link has yet. `grow-diag-final-and` then adds links of the forward, then
    of the reverse direction, of which neither word has a link. Words are gone through in their order, those of the
    source first (Koehn et al. 2005, Edinburgh System Description for IWSLT, section 2; "and" as in Moses).

    Args:
        forward: (source word, target word) of the aligner that goes from source to target.
        reverse: of the other direction, written (source word, target word) too.
        method: one of `METHODS`.

    Raises:
        SettingsError: another method.
    """
    if method not in METHODS:
        raise SettingsError(f"Symmetrization {method!r}; possible are {', '.join(METHODS)}.")
    forward, reverse = set(forward), set(reverse)
    if method == "union":
        return tuple(sorted(forward | reverse))
    links = forward & reverse
    if method != "intersection":
        _grow(links, sorted(forward | reverse))
    if method == "grow-diag-final-and":
        for direction in (forward, reverse):
            _finish(links, sorted(direction))
    return tuple(sorted(links))


def _grow(links: set[Link], union: Sequence[Link]) -> None:
    possible, sources, targets = set(union), {one for one, _ in links}, {one for _, one in links}
    before = -1
    while len(links) != before:
        before = len(links)
        for source, target in union:
            if (source, target) not in links:
                continue
            for down, right in _NEIGHBORS:
                new = source + down, target + right
                if new in possible and (new[0] not in sources or new[1] not in targets):
                    links.add(new)
                    sources.add(new[0])
                    targets.add(new[1])


def _finish(links: set[Link], direction: Sequence[Link]) -> None:
    sources, targets = {one for one, _ in links}, {one for _, one in links}
    for source, target in direction:
        if source not in sources and target not in targets:
            links.add((source, target))
            sources.add(source)
            targets.add(target)
