"""Organizations: what their names are taken for."""

from widgets.pick_predictions import pick_predictions, start_predictions
from widgets.show_analysis import show_analysis

show_analysis("organizations", pick=pick_predictions, start=start_predictions)
