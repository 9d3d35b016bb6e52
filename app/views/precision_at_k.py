"""Precision: whether a word's translation is among its nearest words."""

from widgets.pick_dictionary import pick_dictionary
from widgets.show_analysis import show_analysis

show_analysis("precision_at_k", settings=("metric",), pick=pick_dictionary)
