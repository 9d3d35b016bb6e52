"""Language or type: by which of two labels of its words a space is sorted, layer by layer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from embspace.analyses.distances import Layers, layer_numbers
from embspace.analyses.results import checkpoint_labels, result
from embspace.analyses.sampling import rows_of_layer
from embspace.analyses.search import nearest_rows
from embspace.analyses.variance import Shares, permuted_shares, shares
from embspace.errors import SettingsError
from embspace.progress import Progress, Silent

if TYPE_CHECKING:
    from embspace.spaces.space import Space

COLUMNS = ["checkpoint", "layer", "measure", "factor", "value", "chance", "f", "p", "n", "why"]

_SUMS = 2**26  # numbers of the groups' sums: 512 MB of float64
_CELLS = 2**20  # of a block: 8 MB of float64, which stay in the processor's cache

Rows = NDArray[np.float32]
Codes = NDArray[np.int64]
Sums = NDArray[np.float64]


def grouping(
    spaces: Space | Sequence[Space],
    *,
    layer: Layers = None,
    by: tuple[str, str] = ("language", "type"),
    k: int = 10,
    sample: int = 5000,
    permutations: int = 0,
    seed: int = 0,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """How far words lie by their language and how far by their type: rows per checkpoint, layer, measure and factor.

    Columns: `checkpoint layer measure factor value chance f p n why`; `factor` is one of `by`, in "variance" also
    "interaction" and "rest"; `chance`: what is expected of vectors that know nothing of the labels; `n`: the words;
    `why`: the reason where `value` is NaN. Vectors are compared by direction. The measures:

    - "silhouette" (-1 .. 1): mean of (b - a) / max(a, b), a the mean cosine distance of a word to the others of its
      group, b that to the nearest other group; 0 for a word alone in its group (Rousseeuw 1987). Exact over all pairs.
    - "purity" (0 .. 1): share of a word's k nearest words, by cosine, that are of its group; chance is the share of
      its group among the other words. Equally near words are taken in a random order.
    - "nearer" (0 .. 1): share of words nearer, by mean cosine, to the words of their own group in one factor and
      another group in the other than the other way round; the two factors add up to 1. Exact over all pairs.
    - "variance" (0 .. 1): shares of the sum of squared distances of unit vectors, sequential: the first factor, the
      second beyond it, their interaction, the rest; they add up to 1. `f` is the pseudo-F of a PERMANOVA, and `p` its
      probability when words are shuffled, (1 + larger) / (1 + permutations) (Anderson 2001); all words
      are shuffled freely, which for the second factor and the interaction is an approximation. Chance is df / (n - 1).
    - "variance, marginal": the share of each factor beyond the other (type II), its `f` and `p`.

    "exploring", abstract: vectors of entities differ more by language than by type.

    Args:
        spaces: one, or several checkpoints; rows with `found`, both labels and a direction count.
        layer: a number, several, or all of them (None).
        by: two columns of `space.words`; "language" and "type" of entities, or "tag" of words.
        k: neighbors of "purity".
        sample: of more words so many, drawn at random, count in "purity" and in `p`; everything else takes all.
        permutations: of `p`, which is NaN with 0.
        seed: of the sample, of the order of equally near words, and of the permutations.
        progress: told of every layer.

    Raises:
        SettingsError: a column, layer or number that is not possible, or fewer than 3 words with both labels.
    """
    given = list(spaces) if isinstance(spaces, Sequence) else [spaces]
    if not given or len(by) != 2 or by[0] == by[1] or k < 1 or sample < 3 or permutations < 0:
        raise SettingsError(
            f"by={by!r}, k={k}, sample={sample}, permutations={permutations} are not possible; two different columns, "
            "k from 1, sample from 3, permutations from 0, and at least one space."
        )
    layers = [layer_numbers(space, layer) for space in given]
    labels = [_labels(space, by) for space in given]
    progress = progress or Silent()
    progress.stage("grouping", sum(map(len, layers)), "layers")
    found: list[tuple[Any, ...]] = []
    for space, name, numbers, (rows, codes) in zip(given, checkpoint_labels(given), layers, labels, strict=True):
        for number in numbers:
            measured = _measured(rows_of_layer(space, number, rows), codes, by, k, sample, permutations, seed)
            found += [(name, number, *one) for one in measured]
            progress.advance()
    settings = {"layers": layers[0], "by": list(by), "k": k, "sample": sample}
    return result(found, COLUMNS, "grouping", given, **settings, permutations=permutations, seed=seed)


def _labels(space: Space, by: tuple[str, str]) -> tuple[Codes, Codes]:
    """The rows that count, and (2, n) the numbers of their groups."""
    words = space.words
    for column in by:
        if column not in words.columns:
            raise SettingsError(f"Words have no column {column!r}; possible are {', '.join(words.columns)}.")
    kept = words["found"].to_numpy(dtype=bool)
    for column in by:
        kept = kept & words[column].notna().to_numpy()
    if kept.sum() < 3:
        filled = [one for one in ("language", "type", "tag", "entity") if words[one].notna().to_numpy().any()]
        n_found = int(words["found"].to_numpy(dtype=bool).sum())
        if n_found < 3:
            raise SettingsError(
                f"Only {n_found} words of this space have a vector and 3 are needed: extract more words."
            )
        raise SettingsError(
            f"Only {kept.sum()} words of this space have a vector, {by[0]} and {by[1]}; 3 are needed. Known of its "
            f'words are {", ".join(filled)}: give two of them (by=...), or extract entities (targets="entities").'
        )
    rows = np.flatnonzero(kept)
    codes = np.array([pd.factorize(words[one].to_numpy(dtype=str)[rows])[0] for one in by], dtype=np.int64)
    cells = int(np.prod(codes.max(axis=1) + 1))
    if cells * space.dim > _SUMS:
        raise SettingsError(
            f"{by[0]} and {by[1]} make {cells:,} groups, too many to compare; possible are {_SUMS // space.dim:,}."
        )
    return rows, codes


def _measured(
    vectors: Rows, codes: Codes, by: tuple[str, str], k: int, sample: int, permutations: int, seed: int
) -> list[tuple[Any, ...]]:
    """Rows of one layer: `measure factor value chance f p n why`."""
    lengths = np.concatenate([np.sqrt(np.einsum("ij,ij->i", rows, rows)) for rows in _blocks(vectors)])
    kept = np.isfinite(lengths) & (lengths > 0)
    vectors, codes, lengths = (
        (vectors, codes, lengths) if kept.all() else (vectors[kept], codes[:, kept], lengths[kept])
    )
    n = len(vectors)
    if n < 3:
        why = f"{n} words have a direction"
        missing = np.nan, np.nan, np.nan, np.nan, n, why
        factors = {measure: by if measure != "variance" else (*by, "interaction", "rest") for measure in _MEASURES}
        return [(measure, one, *missing) for measure in _MEASURES for one in factors[measure]]
    groups = [np.unique(one, return_inverse=True)[1] for one in codes]
    sizes = tuple(int(one.max()) + 1 for one in groups)
    cell = groups[0] * sizes[1] + groups[1]
    counts = np.bincount(cell, minlength=sizes[0] * sizes[1]).reshape(sizes).astype(np.float64)
    sums = _cell_sums(vectors, lengths, cell, counts.size)
    grouped = sums.reshape(*sizes, -1)
    totals, within = _closeness(vectors, lengths, cell, sums, np.vstack([grouped.sum(axis=1), grouped.sum(axis=0)]))
    whole = shares(grouped, counts)
    rng = np.random.default_rng(seed)
    drawn = rng.permutation(n)[:sample]
    units = vectors[drawn].astype(np.float64) / lengths[drawn, None]
    ours = [one[drawn] for one in groups]
    most = min(k, len(drawn) - 1)
    near = nearest_rows(units, units, most, own=np.arange(len(drawn)))[0]
    chances = permuted_shares(units, ours, permutations, rng) if permutations else None
    found: list[tuple[Any, ...]] = []
    lone = [f"all words have the same {name}" if size < 2 else "" for name, size in zip(by, sizes, strict=True)]
    sides = totals[:, : sizes[0]], totals[:, sizes[0] :]
    for axis, name in enumerate(by):
        value = _silhouette(sides[axis], counts.sum(axis=1 - axis), groups[axis]) if not lone[axis] else np.nan
        found.append(("silhouette", name, value, 0.0, np.nan, np.nan, n, lone[axis]))
    for axis, name in enumerate(by):
        here = np.bincount(ours[axis])
        chance = float((here * (here - 1)).sum() / (len(drawn) * (len(drawn) - 1)))
        value = float((ours[axis][near] == ours[axis][:, None]).mean()) if not lone[axis] else np.nan
        found.append(("purity", name, value, chance, np.nan, np.nan, len(drawn), lone[axis]))
    apart = _nearer(sides, within, counts, groups)
    for name, value in zip(by, (apart[0], 1 - apart[0]), strict=True):
        why = next(filter(None, lone), "") or ("" if apart[1] else "no word has both kinds of words beside it")
        found.append(("nearer", name, value if not why else np.nan, 0.5, np.nan, np.nan, apart[1], why))
    return found + _variance(whole, chances, by, lone, n)


_MEASURES = ("silhouette", "purity", "nearer", "variance", "variance, marginal")


def _variance(
    whole: Shares, chances: dict[str, float] | None, by: tuple[str, str], lone: list[str], n: int
) -> list[tuple[Any, ...]]:
    names = {"first": by[0], "second": by[1], "interaction": "interaction", "rest": "rest"}
    found: list[tuple[Any, ...]] = []
    reasons = {"first": lone[0], "second": lone[1], "interaction": next(filter(None, lone), ""), "rest": ""}
    for measure, terms in (("variance", tuple(names)), ("variance, marginal", ("first", "second"))):
        table = whole.sequential if measure == "variance" else whole.marginal
        for term in terms:
            share, df, f = table[term]
            why = reasons[term] or ("" if np.isfinite(share) else "all vectors point in one direction")
            p = np.nan if chances is None else chances.get(f"{measure} {term}", np.nan)
            value = (np.nan, np.nan, np.nan, np.nan) if why else (share, df / (n - 1), f, p)
            found.append((measure, names[term], *value, n, why))
    return found


def _blocks(rows: Rows) -> Iterator[NDArray[np.float64]]:
    step = max(1, _CELLS // rows.shape[1])
    for first in range(0, len(rows), step):
        yield rows[first : first + step].astype(np.float64)


def _cell_sums(vectors: Rows, lengths: Sums, cell: Codes, n_cells: int) -> Sums:
    """(n_cells, dim) sums of the unit vectors of each cell."""
    sums, at = np.zeros((n_cells, vectors.shape[1])), 0
    for rows in _blocks(vectors):
        some = slice(at, at + len(rows))
        member = csr_array((1 / lengths[some], (cell[some], np.arange(len(rows)))), shape=(n_cells, len(rows)))
        sums += member @ rows
        at += len(rows)
    return sums


def _closeness(vectors: Rows, lengths: Sums, cell: Codes, sums: Sums, groups: Sums) -> tuple[Sums, Sums]:
    """(n, groups) and (n,) sums of a word's cosines to each group and to its cell, with itself; no pair is formed."""
    totals, within, at = np.empty((len(vectors), len(groups))), np.empty(len(vectors)), 0
    for rows in _blocks(vectors):
        some = slice(at, at + len(rows))
        totals[some] = rows @ groups.T
        within[some] = np.einsum("ij,ij->i", rows, sums[cell[some]])
        at += len(rows)
    return totals / lengths[:, None], within / lengths


def _silhouette(totals: Sums, members: Sums, group: Codes) -> float:
    """The mean silhouette by cosine distance from each word's (n, groups) sums of cosines."""
    own = np.arange(len(group))
    # A word's distance to itself is 0, so that the sum over its group is that over the others.
    within = (members[group] - totals[own, group]) / np.maximum(members[group] - 1, 1)
    means = 1 - totals / members
    means[own, group] = np.inf
    nearest = means.min(axis=1)
    larger = np.maximum(within, nearest)
    values = np.divide(nearest - within, larger, out=np.zeros_like(larger), where=larger > 0)
    return float(np.where(members[group] > 1, values, 0.0).mean())


def _nearer(sides: tuple[Sums, Sums], within: Sums, counts: Sums, groups: list[Codes]) -> tuple[float, int]:
    """The share of words nearer to their own group of the first factor, and the number that has both kinds."""
    own, n_cell = np.arange(len(within)), counts[groups[0], groups[1]]
    sums = [side[own, group] - within for side, group in zip(sides, groups, strict=True)]
    sizes = [counts.sum(axis=1 - axis)[group] - n_cell for axis, group in enumerate(groups)]
    both = (sizes[0] > 0) & (sizes[1] > 0)
    if not both.any():
        return np.nan, 0
    apart = sums[0][both] / sizes[0][both] - sums[1][both] / sizes[1][both]
    tied = np.abs(apart) <= 1e-12
    return float(np.where(tied, 0.5, apart > 0).mean()), int(both.sum())
