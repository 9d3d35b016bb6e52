"""Similarity of languages: the mean cosine between their parallel entities, or their aligned words."""

from widgets.show_analysis import show_analysis

show_analysis("similarity")
