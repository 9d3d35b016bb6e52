"""A study of two tables and a figure, with outputs that nobody had to train for."""

import pandas as pd
import plotly.graph_objects as go

from embspace.studies.study import Context, Finding, Item, Output, Study


def cosines(context: Context) -> Output:
    del context
    table = pd.DataFrame({"": ["be", "na"], "be": [1.0, 0.12345], "na": [0.12345, 1.0]})
    return Output(
        tables={"cosines": table, "by seed": pd.DataFrame({"seed": [0, 1], "pairs": [20_000, 3]})},
        figures={"over steps": go.Figure(go.Scatter(x=[1, 2], y=[3, 4], text=["</script><b>bold</b>", "x"]))},
        notes=["Of 2 languages & <more>."],
        findings=[
            Finding("Near kin are close", "Table 2", True, "0.12 > 0.05"),
            Finding("Far ones are not", "Table 2", False, "<i>0.12</i> > 0.05"),
            Finding("A third thing", "3.2", None, "there is one seed"),
        ],
    )


def nothing(context: Context) -> Output:
    del context
    return Output(missing="No OntoNotes at hand.")


STUDY = Study(
    "exploring",
    "A paper <made up>",
    {
        "table-1": Item("Sizes", nothing),
        "table-2": Item("Cosines", cosines),
        "figure-1": Item("Washington", nothing),
    },
    lambda config: [f"The model is {config.checkpoint}."],
    {"train": "tagged sentences"},
)
