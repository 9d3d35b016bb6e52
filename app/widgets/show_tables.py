"""Below the map: how the words are split in each language, and how similar the languages are in a layer."""

from __future__ import annotations

from math import ceil

import streamlit as st

import state
from choice import Choice
from embspace.analyses.similarity import similarity
from embspace.analyses.tokenization import tokenization
from embspace.figures.projection import layer_name
from embspace.figures.similarity import similarity_heatmap
from embspace.figures.tokenization import tokenization_table
from stored import Maps
from subject import Question, subject_of
from widgets.download import download

HEAT_MAP = (510, 450)
"""width and height in pixels"""
PIECES, COSINES = "map_pieces", "map_cosines"
"""keys of the containers of the figures"""
PAGES = {
    "tokenization": ("Tokenization", ":material/content_cut:"),
    "neighbors": ("Neighbors", ":material/near_me:"),
    "grouping": ("Grouping", ":material/workspaces:"),
    "isotropy": ("Isotropy", ":material/explore:"),
}
"""file in views -> title, icon"""
MOST = 50_000
"""words of which a page computes the tables itself"""
# The bar is hidden by the page's style: its one button makes the images.
BAR = {"modeBarButtons": [["toImage"]], "displaylogo": False, "displayModeBar": True}


def show_tables(maps: Maps, layer: int, title: str, view: Choice) -> None:
    """Two figures, beside each other where there is room, with what can be taken away of them; `title` names files.

    Similarity is of parallel entities: where there are none, or very many words, the pages of analyses say more.
    """
    space, dark = maps.space, state.dark()
    if not has_tables(maps):
        show_links(view)
        return
    split = state.table("tokenization", space.fingerprint, lambda: tokenization(space))
    cosines = state.table("similarity", (space.fingerprint, layer), lambda: similarity(space, layer))
    pieces = state.figure("tokenization", (space.fingerprint, dark), lambda: tokenization_table(split, dark))
    heat = state.figure(
        "similarity", (space.fingerprint, layer, dark), lambda: similarity_heatmap(cosines, layer, dark)
    )
    with st.container(horizontal=True, gap="medium"):
        # A unit of this figure is a pixel: it must not be stretched.
        with st.container(width=ceil(pieces.to_dict()["layout"]["width"]), key=PIECES):
            st.markdown("##### Words in pieces")
            st.plotly_chart(pieces, theme=None, width="content", key=state.key("tokenization"), config=BAR)
            download(f"{title} - pieces", pieces, split, PIECES)
        with st.container(width=HEAT_MAP[0], key=COSINES):
            st.markdown("##### Similarity of languages")
            st.plotly_chart(heat, theme=None, height=HEAT_MAP[1], key=state.key("similarity"), config=BAR)
            download(f"{title} - similarity - {layer_name(layer, space.n_layers)}", heat, cosines, COSINES)


def has_tables(maps: Maps) -> bool:
    """Whether the words of a map are entities that are parallel, and not very many."""
    words = maps.space.words
    return len(words) <= MOST and bool((words["entity"].notna() & words["parallel"].notna()).any())


def show_links(view: Choice) -> None:
    """Pages that look at the same words in other ways."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption("The same words on", width="content")
        for file, (name, icon) in PAGES.items():
            address = Question(file, subject_of(view)).to_address()
            st.page_link(f"views/{file}.py", label=name, icon=icon, query_params=address)
