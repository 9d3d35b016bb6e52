"""Scores of finished trainings side by side, with mean and deviation over seeds."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from embspace.jobs.job import Job
from job_rows import has_scores, notes_of, score_names, score_table
from widgets.pick_row import ROW
from widgets.say import plain
from work import title

FIRST = ("f1", "accuracy")


def show_scores(job: Job, beside: Sequence[Job]) -> None:
    """A row per language, a column per job; of several seeds the mean ± the standard deviation of a sample."""
    shown = [one for one in (job, *beside) if has_scores(one)]
    names = score_names(shown)
    if not names:
        st.caption(
            "Nothing is scored yet; a training scores its best epoch at its end."
            if not shown
            else "These trainings have no score in common."
        )
        return
    usual = next((name for name in FIRST if name in names), names[0])
    score = st.segmented_control(
        "Score",
        names,
        default=usual,
        format_func=lambda name: name.replace("_", " "),
        key=f"score_{job.id}",
        required=True,
        label_visibility="collapsed",
    )
    table = score_table(shown, str(score or usual))
    labels = {one.id: f"{number}. {title(one, ())}" for number, one in enumerate(shown, 1)}
    config = {"language": st.column_config.TextColumn("Language", width=150)}
    config |= {name: st.column_config.TextColumn(label, width=330, alignment="right") for name, label in labels.items()}
    st.dataframe(
        table,
        hide_index=True,
        width="content",
        column_config=config,
        row_height=ROW,
        height=ROW * (min(len(table), 12) + 1) + 3,
        placeholder="",
    )
    said = [f"{number}. {plain(one.id)}" for number, one in enumerate(shown, 1)]
    said += ["mean ± standard deviation over the seeds"] * any("deviation" in (one.result or {}) for one in shown)
    st.caption(" · ".join(said))
    for text in notes_of(shown):
        st.caption(plain(text))
