"""Retrieval: whether the nearest sentence of another language is the translation."""

from widgets.show_analysis import show_analysis

show_analysis("sentence_retrieval", settings=("center",))
