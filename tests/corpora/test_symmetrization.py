"""Two directions made one, against a matrix worked by hand and the procedure as published, cell by cell."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from embspace.corpora.symmetrization import METHODS, symmetrize
from embspace.errors import SettingsError

# Rows are source words, columns target words; F forward only, R reverse only, B both, . none.
MATRIX = """
B F . . . .
. R B . . .
. . . . R .
. . F . . .
. . . . . F
. R . F . F
"""
# Intersection: 0-0 1-2. Growing, in order:
#   0-0 has beside it 0-1 (F; target 1 is free: added), then 1-1 (R; diagonal; neither 1 nor 1 is free any more: left).
#   0-1 has beside it 1-1 and 1-2: left, there. 1-2 has beside it nothing else of the union (2-1, 2-2, 2-3 are empty).
# 3-2 (F), 2-4 (R), 4-5, 5-5 (F), 5-3 (F), 5-1 (R) touch no link. At the end, forward first:
#   3-2: target 2 has a link. 4-5: both free, added. 5-3: both free, added. 5-5: neither is free.
#   reverse: 1-1: no. 2-4: both free, added. 5-1: no.
EXPECTED = {
    "intersection": "0-0 1-2",
    "union": "0-0 0-1 1-1 1-2 2-4 3-2 4-5 5-1 5-3 5-5",
    "grow-diag": "0-0 0-1 1-2",
    "grow-diag-final-and": "0-0 0-1 1-2 2-4 4-5 5-3",
}


def cells(letters):
    rows = MATRIX.split("\n")[1:-1]
    return {(i, j) for i, row in enumerate(rows) for j, cell in enumerate(row.split()) if cell in letters}


@pytest.mark.parametrize("method", METHODS)
def test_by_hand(method):
    found = symmetrize(cells("FB"), cells("RB"), method)
    assert " ".join(f"{i}-{j}" for i, j in found) == EXPECTED[method]


def test_growth_goes_on_from_what_was_added():
    forward, reverse = {(2, 2), (1, 1)}, {(2, 2), (0, 0)}
    assert symmetrize(forward, reverse, "grow-diag") == ((0, 0), (1, 1), (2, 2))


def published(forward, reverse):
    """GROW-DIAG-FINAL-AND as printed, every cell of the matrix in turn (Koehn et al. 2005)."""
    size = 1 + max((max(link) for link in forward | reverse), default=0)
    union, links = forward | reverse, forward & reverse
    beside = [(-1, 0), (0, -1), (1, 0), (0, 1), (-1, -1), (-1, 1), (1, -1), (1, 1)]

    def row(e):
        return any(one == e for one, _ in links)

    def column(f):
        return any(one == f for _, one in links)

    added = True
    while added:
        added = False
        for e in range(size):
            for f in range(size):
                if (e, f) in links:
                    for down, right in beside:
                        new = e + down, f + right
                        if (not row(new[0]) or not column(new[1])) and new in union:
                            links.add(new)
                            added = True
    for direction in (forward, reverse):
        for e in range(size):
            for f in range(size):
                if not row(e) and not column(f) and (e, f) in direction:
                    links.add((e, f))
    return tuple(sorted(links))


LINKS = some.frozensets(some.tuples(some.integers(0, 5), some.integers(0, 5)), max_size=14)


@given(LINKS, LINKS)
def test_as_published(forward, reverse):
    assert symmetrize(forward, reverse) == published(set(forward), set(reverse))


@given(LINKS, LINKS)
def test_between_intersection_and_union(forward, reverse):
    found = [set(symmetrize(forward, reverse, one)) for one in METHODS]
    final, grown, intersection, union = found
    assert intersection <= grown <= final <= union
    assert intersection == forward & reverse
    assert union == forward | reverse


@given(LINKS)
def test_equal_directions_are_kept(links):
    assert all(symmetrize(links, links, one) == tuple(sorted(links)) for one in METHODS)


def test_another_method():
    with pytest.raises(
        SettingsError, match=r"'grow'; possible are grow-diag-final-and, grow-diag, intersection, union"
    ):
        symmetrize([], [], "grow")
