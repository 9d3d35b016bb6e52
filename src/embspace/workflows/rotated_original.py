"""The baseline of the adjustment: the original's vectors turned by an orthogonal matrix, learned from aligned words."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from embspace.corpora.aligned import draw_pairs
from embspace.corpora.records import AlignedPair, Corpus, Sentence
from embspace.progress import Progress
from embspace.workflows.stages import AdjustConfig
from embspace.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd

    from embspace.spaces.space import Space

MOST = 2_000
"""aligned pairs of a language that the matrix is learned from: some ten words of each are many times what it takes"""
_LOOKED = "looked at "


def rotated_space(
    config: AdjustConfig, corpus: Corpus, links: pd.DataFrame, workspace: Workspace, progress: Progress
) -> tuple[Space, pd.DataFrame]:
    """The words of a corpus in the last layer of the original after the rotation, and their links.

    The matrix of each language brings the vectors of the pairs that the first seed adjusts to (2,000 at most) nearest
    to those of the source (SYSTEMS A13; Schönemann 1966), by all their links. The words of the corpus take no part,
    unless its sentences are among those that are adjusted to.

    Args:
        config: of the stages.
        corpus: what is looked at, as its catalog has it.
        links: its word alignments.
        workspace: where the space is stored.
        progress: of the extraction.
    """
    import pandas as pd

    from embspace.analyses.transformation import transform
    from embspace.corpora.alignment import links_of
    from embspace.spaces.extraction import extract
    from embspace.training.config import ADJUSTMENT
    from embspace.training.material import open_records

    source, seed = config.adjust.source, config.seeds[0]
    some: list[AlignedPair] = []
    for number, part in enumerate(config.aligned):  # ids of several corpora may be alike
        opened = open_records(part, ADJUSTMENT, workspace, source)
        some += [_apart(one, number) for one in opened]
    drawn = draw_pairs(some, config.adjust.draw, seed)
    some = []
    for code in dict.fromkeys(one.language for one in drawn):
        own = [one for one in drawn if one.language == code]
        some += draw_pairs(own, min(MOST, len(own)), seed)
    learned: dict[tuple[str, str | None], Sentence] = {}
    for pair in some:
        for side in (pair.source, pair.target):
            learned.setdefault((side.language, side.parallel), side)
    looked = [replace(one, parallel=_named(one.parallel)) for one in corpus]
    whole = Corpus("learned and looked at", [*learned.values(), *looked])
    options = {"targets": "words", "layers": -1, "device": config.device, "workspace": workspace}
    space = extract(config.checkpoint, whole, progress=progress, **options)
    turned = transform(space, f"rotate:{source}", links=links_of(some))
    renamed = links.assign(parallel=links["parallel"].map(_named))
    return turned.select(parallel=list(dict.fromkeys(one.parallel for one in looked))), pd.DataFrame(renamed)


def _apart(pair: AlignedPair, number: int) -> AlignedPair:
    """The pair under an id of its own among those of several parts."""
    source, target = (replace(one, parallel=f"{number}:{one.parallel}") for one in (pair.source, pair.target))
    return AlignedPair(source, target, pair.links)


def _named(parallel: object) -> str | None:
    """The id of what is looked at, apart from those that are learned from."""
    return None if parallel is None else f"{_LOOKED}{parallel}"
