"""Which rows of a space are linked: word alignments and parallel entities, as pairs of row numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from embspace.errors import CorpusError

if TYPE_CHECKING:
    from embspace.spaces.space import Space

LINKS = ("parallel", "language_a", "word_a", "language_b", "word_b")
"""columns of word alignments: word = number of the word in its sentence, from 0"""

_ROWS = ["language_a", "row_a", "language_b", "row_b"]


def linked_rows(space: Space, links: pd.DataFrame | None = None) -> pd.DataFrame:
    """Pairs of rows that mean the same, each pair once: `language_a row_a language_b row_b`, row numbers of the space.

    Args:
        space: of words, with `links`; of entities without.
        links: word alignments, `parallel language_a word_a language_b word_b`, a row per link; those whose words the
            space has not, or has not found, are left out. None: entities that share `parallel`.

    Raises:
        CorpusError: `links` has not the columns of word alignments.
    """
    words = space.words
    found = words["found"].to_numpy(dtype=bool)
    known = found & words["parallel"].notna().to_numpy()
    if links is None:
        known &= words["entity"].notna().to_numpy()
        return _parallel_entities(words.loc[known, ["parallel", "language"]])
    if absent := [one for one in LINKS if one not in links.columns]:
        raise CorpusError(
            f"These links have no column {absent[0]!r}; word alignments have {', '.join(LINKS)}, a row per link "
            "(corpora.alignment reads and makes them)."
        )
    rows = words.loc[known, ["parallel", "language", "position"]]
    # A name that two sentences of one language share says nothing: the first row of a place counts.
    rows = rows.assign(parallel=rows["parallel"].astype(str), row=rows.index.to_numpy())
    rows = rows.drop_duplicates(["parallel", "language", "position"])
    found_links = links.loc[:, list(LINKS)].drop_duplicates()
    found_links = found_links.assign(parallel=found_links["parallel"].astype(str))
    for side in "ab":
        place = rows.rename(columns={"language": f"language_{side}", "position": f"word_{side}", "row": f"row_{side}"})
        found_links = found_links.merge(place, on=["parallel", f"language_{side}", f"word_{side}"], how="inner")
    return found_links.loc[:, _ROWS].reset_index(drop=True)


def _parallel_entities(rows: pd.DataFrame) -> pd.DataFrame:
    rows = rows.assign(parallel=rows["parallel"].astype(str), row=rows.index.to_numpy())
    codes = pd.factorize(rows["language"])[0]
    pairs = rows.assign(code=codes).merge(rows.assign(code=codes), on="parallel", suffixes=("_a", "_b"))
    pairs = pairs.loc[pairs["code_a"] < pairs["code_b"]]
    return pairs.loc[:, _ROWS].astype({"row_a": np.int64, "row_b": np.int64}).reset_index(drop=True)
