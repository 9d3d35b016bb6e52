"""Hubs: words that are near to very many words of another language."""

from widgets.show_analysis import show_analysis

show_analysis("hubness", settings=("metric", "k"))
