"""A heat map of two languages has one number off its diagonal: a range of colors around it."""

from typing import Any

import pandas as pd

from embspace.figures.similarity import similarity_heatmap


def test_one_number_has_a_range_of_colors_around_it():
    for other in (0.7, 0.7 + 1e-10):  # the same up to rounding
        rows = [("en", "en", 1.0, 4), ("en", "tr", 0.7, 4), ("tr", "en", other, 4), ("tr", "tr", 1.0, 4)]
        table = pd.DataFrame(rows, columns=["language_a", "language_b", "value", "n"])
        figure: Any = similarity_heatmap(table)
        assert figure.data[0].zmin < 0.69 and figure.data[0].zmax > 0.71
