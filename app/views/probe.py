"""Probes: how well a layer tells a property of words."""

from widgets.pick_labels import pick_target
from widgets.show_analysis import show_analysis

show_analysis("probe", settings=("split",), pick=pick_target)
