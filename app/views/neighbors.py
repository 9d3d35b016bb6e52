"""Neighbors: a word in its sentence, and the nearest words of other languages in theirs."""

from widgets.pick_word import pick_word
from widgets.show_analysis import show_analysis
from widgets.show_neighbors import show_neighbors

show_analysis("neighbors", settings=("metric", "k", "distinct"), pick=pick_word, show=show_neighbors)
