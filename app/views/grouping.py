"""Grouping: whether the space sorts words by their language or by their type."""

from widgets.show_analysis import show_analysis

show_analysis("grouping", settings=("k", "permutations"))
