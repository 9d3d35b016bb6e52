"""Confusion: which labels taggers take for which."""

from widgets.pick_predictions import pick_predictions, start_predictions
from widgets.show_analysis import show_analysis

show_analysis("confusion", settings=("labels",), pick=pick_predictions, start=start_predictions)
