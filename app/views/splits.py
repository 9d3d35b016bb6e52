"""Splits: how one word is cut in every language, by one tokenizer or several."""

from widgets.pick_form import pick_form
from widgets.show_analysis import show_analysis

show_analysis("splits", pick=pick_form)
