"""Spelling: how differently names are written."""

from widgets.show_analysis import show_analysis

show_analysis("spelling")
