"""Losses and scores of a training over its steps, beside those of others."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

import state
from embspace.errors import EmbspaceError
from embspace.figures.training import loss_curves, score_curves
from embspace.jobs.job import Job, State
from embspace.training.history import training_log
from widgets.say import plain

BAR = {"displaylogo": False, "modeBarButtons": [["toImage"]]}
HEIGHT = 330
"""pixels, so that both figures fit the screen below the table"""


def show_curves(job: Job, beside: Sequence[Job]) -> None:
    """Losses by step, and scores of each language by epoch; a sentence where nothing is logged yet."""
    try:
        log = training_log([f"job:{one.id}" for one in (job, *beside)], state.workspace())
    except EmbspaceError:
        st.caption("Losses are written every ten steps: nothing is there yet.")
        return
    if job.state is not State.FINISHED and len(set(log["seed"])) > 1:
        # Seeds that are not equally far have no mean yet.
        log = log.assign(run="seed " + log["seed"].astype(str))
    names = set(log["name"])
    parts = [part for part in ("test", "dev") if any(name.startswith(f"{part}/") for name in names)]
    left, right = st.columns(2, gap="medium")
    with left:
        steps = log.loc[log["name"].str.startswith("loss/"), "step"].nunique()
        if steps > 1:
            figure = loss_curves(log, dark=state.dark())
            st.plotly_chart(figure, theme=None, key=f"losses_{job.id}", height=HEIGHT, config=BAR)
        else:
            st.caption(f"Losses are written every ten steps: {'one value is' if steps else 'nothing is'} there yet.")
    with right:
        if not parts:
            ended = job.state is State.FINISHED
            st.caption(
                "No sentences were held out, so that epochs have no scores; those of the last one are under Scores."
                if ended
                else "Scores are computed at the ends of epochs: none has ended yet."
            )
            return
        try:
            figure = score_curves(log, part=parts[0], dark=state.dark())
        except EmbspaceError as error:
            st.caption(plain(str(error)))
            return
        st.plotly_chart(figure, theme=None, key=f"scores_{job.id}", height=HEIGHT, config=BAR)
