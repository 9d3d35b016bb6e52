"""Errors against spelling: whether taggers err more where names are spelled otherwise."""

from widgets.pick_predictions import pick_predictions, start_predictions
from widgets.show_analysis import show_analysis

show_analysis("transfer", pick=pick_predictions, start=start_predictions)
