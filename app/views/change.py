"""Change: what moved between two checkpoints."""

from widgets.show_analysis import show_analysis

show_analysis("change", settings=("by", "k"))
