"""What can be done with a job: stopped, gone on with, tried again, removed; and where to look at what it made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import streamlit as st

import state
from choice import MOST_CHECKPOINTS, Choice
from course import spread as spread
from embspace.encoders.trained import Run
from embspace.errors import EmbspaceError
from embspace.jobs.job import Job, State
from embspace.jobs.supervisor import remove, resume, retry
from embspace.spaces.shelf import StoredSpace
from widgets.say import plain, say_error
from work import title

DYNAMICS, MAP, SPACES = "views/dynamics.py", "views/projection.py", "views/spaces.py"


def change_job(job: Job) -> None:
    """A row of buttons that fit the job's state; another job than this one may be chosen afterwards."""
    now = job.state
    if not now.ended:
        stopping = now is State.STOPPING
        label = "Stop and save" if job.device else "Stop"
        tip = "A checkpoint is saved first; Resume goes on from there." if job.device else "What was stored is kept."
        if st.button(label, key=f"stop_{job.id}", icon=":material/stop:", disabled=stopping, help=tip):
            job.cancel()
            st.rerun()
        return
    if now is not State.FINISHED and st.button(
        "Resume",
        key=f"resume_{job.id}",
        type="primary",
        icon=":material/play_arrow:",
        help="Goes on where it stopped.",
    ):
        _do(lambda: resume(job))
    if st.button(
        "Try again",
        key=f"again_{job.id}",
        icon=":material/replay:",
        help="A new job of the same settings; what is stored already is found, not computed anew.",
    ):
        _do(lambda: retry(job))
    if st.button("Remove", key=f"remove_{job.id}", icon=":material/delete:"):
        ask_remove(job)


def _do(act: Callable[[], Job]) -> None:
    """Do what was asked for, and look at the job that does it."""
    try:
        one = act()
    except EmbspaceError as error:
        say_error(str(error))
        return
    state.choose_row("job", one.id)
    st.rerun()


@st.dialog("Remove this job?", on_dismiss="rerun")
def ask_remove(job: Job) -> None:
    """Say what goes and what stays; remove it when that is wanted."""
    state.in_dialog(True)
    st.markdown(f"**{plain(title(job, ()))}**")
    st.caption("Its settings, its progress and its log go. Checkpoints, spaces and all else that it made stay.")
    if st.button("Remove", key="remove_now", type="primary"):
        try:
            remove(job)
        except EmbspaceError as error:
            say_error(str(error))
            return
        state.choose_row("job", None)
        st.rerun()


def step_links(runs: Sequence[Run], spaces: Sequence[StoredSpace]) -> None:
    """Links to what looks at the steps of a run: dynamics, the Map, the space of the last one; where it was probed."""
    stored = {one.fingerprint: one for one in spaces if one.state == "whole"}
    found = {
        run.seed: (run, {step: stored[line["space"]] for step, line in run.probed().items() if line["space"] in stored})
        for run in runs
    }
    found = {seed: one for seed, one in found.items() if one[1]}
    if not found:
        best = next((run for run in runs if run.best in run.saved()), None)
        if best is not None:
            st.page_link(
                MAP,
                label="Open its map",
                icon=":material/scatter_plot:",
                query_params=Choice(checkpoint=best.name("best")).to_address(),
                help="The best step, with the words that the Map begins with.",
            )
        return
    seed = next(iter(found))
    if len(found) > 1:
        seed = st.selectbox(
            "Seed",
            list(found),
            format_func="seed {}".format,
            key=f"steps_of_{runs[0].name()}",
            label_visibility="collapsed",
            width=110,
        )
    run, probed = found[seed]
    steps = spread(list(probed), MOST_CHECKPOINTS)
    view = state.origin(probed[steps[-1]]).view
    st.page_link(
        DYNAMICS,
        label="Training dynamics",
        icon=":material/timeline:",
        query_params={"job": run.name().removeprefix("job:")},
        help="Its space over the steps: isotropy, a map with a slider, similarity; live while it trains.",
    )
    st.page_link(
        MAP,
        label="Open its map",
        icon=":material/scatter_plot:",
        query_params=None if view is None else _address(view, [run.name(step) for step in steps]),
        disabled=view is None,
        help=f"Steps {', '.join(map(str, steps))}, one after another."
        if view
        else "The Map has no view of the sentences that were looked at.",
    )
    st.page_link(
        SPACES,
        label=f"Spaces of {len(probed)} steps",
        icon=":material/database:",
        query_params={"space": probed[steps[-1]].path.name},
        help="Stored as any other space is; the last one is chosen.",
    )


def _address(view: Choice, names: list[str]) -> dict[str, str | list[str]]:
    first, *rest = names
    shown = replace(view, checkpoint=first, beside=tuple(rest), play="checkpoints" if rest else "no")
    return {**shown.to_address(), "words": list(shown.words) or "all"}
