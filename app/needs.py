"""What an analysis needs of a corpus that the corpus does not have: said before anything is read or computed."""

from __future__ import annotations

from embspace.corpora.entries import Entry
from embspace.workflows.analysis import Analysis


def lack(analysis: Analysis, corpus: Entry, given: bool = False) -> str:
    """What is lacking and what to do about it, as a sentence; empty where nothing is.

    Args:
        analysis: one of `workflows.analyses`.
        corpus: that it would look at, other than SyntheticNER.
        given: whether it has files that say what the corpus does not.
    """
    if analysis.takes == "corpus" and not corpus.entities:
        return (
            f"{analysis.title} compares names, and no names are marked in {corpus.name}. "
            "Choose SyntheticNER in the sidebar, or another corpus whose entities are marked."
        )
    if (
        analysis.links
        and analysis.vectors
        and not given
        and not corpus.links
        and not (corpus.entities and corpus.groups)
    ):
        files = f"give a {analysis.given.argument} in the sidebar, " if analysis.given else ""
        return (
            f"{analysis.title} looks at words that translate each other, and which do is not known of {corpus.name}: "
            "none of its words are aligned. Choose SyntheticNER or parallel-sample in the sidebar, "
            f"{files}or add the sentences with their word alignments on the page Corpora."
        )
    return ""
