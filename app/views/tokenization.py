"""Tokenization: how words are cut into pieces."""

from widgets.of_selection import of_selection
from widgets.show_analysis import show_analysis
from widgets.show_screen import show_screen

show_analysis("tokenization", settings=("by_type",), show=lambda screen: show_screen(of_selection(screen)))
