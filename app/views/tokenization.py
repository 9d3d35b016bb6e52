"""Tokenization: how words are cut into pieces."""

from widgets.show_analysis import show_analysis

show_analysis("tokenization")
