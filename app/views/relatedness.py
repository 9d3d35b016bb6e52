"""Relatedness: whether translations lie nearer than other words."""

from widgets.show_analysis import show_analysis

show_analysis("relatedness")
