"""The app: `streamlit run app/main.py`."""

from pathlib import Path

import streamlit as st

HERE = Path(__file__).parent
# Group -> file in views, title, Material icon.
PAGES = {
    "Maps": [("projection", "Map", "scatter_plot")],
    "Words": [
        ("neighbors", "Neighbors", "near_me"),
        ("hubness", "Hubs", "hub"),
        ("tokenization", "Tokenization", "content_cut"),
        ("splits", "Splits", "splitscreen"),
        ("spelling", "Spelling", "spellcheck"),
    ],
    "Languages": [
        ("similarity", "Similarity", "grid_on"),
        ("relatedness", "Relatedness", "link"),
        ("precision_at_k", "Precision", "target"),
        ("sentence_retrieval", "Retrieval", "travel_explore"),
        ("grouping", "Grouping", "workspaces"),
        ("isotropy", "Isotropy", "explore"),
    ],
    "Models": [
        ("jobs", "Jobs", "model_training"),
        ("dynamics", "Training dynamics", "timeline"),
        ("adjustment", "Adjustment", "join_inner"),
        ("change", "Change", "compare_arrows"),
        ("probe", "Probes", "troubleshoot"),
        ("significance", "Significance", "star"),
    ],
    "Taggers": [
        ("tagger", "Tagger", "label"),
        ("errors", "Errors", "rule"),
        ("confusion", "Confusion", "grid_3x3"),
        ("organizations", "Organizations", "apartment"),
        ("transfer", "Errors against spelling", "trending_up"),
    ],
    "Papers": [("studies", "Studies", "science")],
    "Stored": [("spaces", "Spaces", "database"), ("corpora", "Corpora", "library_books")],
}

st.set_page_config(page_title="embspace", page_icon=str(HERE / "icon.svg"), layout="wide")
st.html(HERE / "page.css")
st.navigation(
    {
        group: [
            st.Page(f"views/{file}.py", title=title, icon=f":material/{icon}:", default=file == "projection")
            for file, title, icon in pages
        ]
        for group, pages in PAGES.items()
    },
    position="top",
).run()
