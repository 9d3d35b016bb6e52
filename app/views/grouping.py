"""Grouping: whether the space sorts words by their language or by their type."""

from widgets.pick_labels import pick_factor
from widgets.show_analysis import show_analysis

show_analysis("grouping", settings=("k", "permutations"), pick=pick_factor)
