"""Isotropy: how much the words of a language point in one direction."""

from widgets.show_analysis import show_analysis

show_analysis("isotropy")
