"""Significance: which systems differ from a baseline by more than chance."""

from widgets.pick_scores import pick_scores, start_scores
from widgets.show_analysis import show_analysis

show_analysis("significance", pick=pick_scores, start=start_scores)
