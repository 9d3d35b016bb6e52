"""What can be done with a stored space: checked, mended, removed; and making room on the disk."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import state
from choice import Choice
from embspace.analyses.map_store import remove_maps
from embspace.errors import EmbspaceError
from embspace.jobs.job import Job, State
from embspace.spaces.shelf import StoredSpace, over_budget, parse_size, remove_space
from embspace.workflows.spaces import RepairConfig, VerifyConfig
from inventory import map_files, moment, size_text, space_table
from origin import has_weights
from widgets.export_space import export_space
from widgets.pick_row import ROW, height
from widgets.pick_space import COLUMNS
from widgets.say import plain, say_error
from work import Found, running, space_title

MAP = "views/projection.py"
NO_MAP = (
    "The Map shows named entities of SyntheticNER (test), by all layers, with a checkpoint that lies where it lay; "
    "this space is of other words or settings."
)


def change_space(one: StoredSpace, found: Found, jobs: Sequence[Job]) -> DeltaGenerator:
    """A row of buttons, and below it what the last of them found; returns the place for `map_link`."""
    name = one.path.name
    busy = any(job.config.get("space") == name for job in running(jobs))
    verdict = found.verdicts.get(name)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        place = st.empty()
        if st.button("Verify", key=f"verify_{name}", disabled=busy, help="Reads all of it and compares checksums."):
            state.begin("verify", VerifyConfig(name))
            st.rerun()
        if one.state in ("damaged", "unfinished"):
            _repair(one, busy, jobs)
        if one.state == "whole" and st.button("Export", key=f"export_{name}", disabled=busy):
            export_space(one)
        if st.button("Remove", key=f"remove_{name}", disabled=busy):
            ask_remove(one)
    if one.problem:
        say_error(one.problem)
    if verdict and verdict.damaged:
        for problem in verdict.problems:
            if problem != one.problem:
                say_error(problem)
    elif verdict:
        _say_good(verdict.workflow, verdict.remade, verdict.ended)
    if name in found.exports:
        path, ended = found.exports[name]
        st.caption(plain(f"Exported {moment(ended):%Y-%m-%d %H:%M} to `{path}`"))
    return place


def _say_good(workflow: str, remade: Sequence[int], ended: float) -> None:
    when = f"{moment(ended):%Y-%m-%d %H:%M}"
    if workflow == "verify":
        st.caption(f":material/check_circle: Verified {when}: good, every checksum is right.")
        return
    made = f"{len(remade)} {'shard' if len(remade) == 1 else 'shards'} made anew" if remade else "no shard was lost"
    st.caption(f":material/check_circle: Repaired {when}: {made}; it is whole.")


def map_link(place: DeltaGenerator, one: StoredSpace) -> None:
    """A link to the Map of a space, where there is one; to be drawn last, for where the space is from takes a look."""
    view = state.origin(one).view if one.state == "whole" else None
    shown = view is not None and has_weights(one)
    # The words are said even where they are the usual ones: an empty address means the view as it was left.
    address = {**(view or Choice()).to_address(), "words": list((view or Choice()).words)}
    place.page_link(
        MAP,
        label="Show on the Map",
        icon=":material/scatter_plot:",
        query_params=address,
        disabled=not shown,
        help=None if shown else NO_MAP,
    )


def _repair(one: StoredSpace, busy: bool, jobs: Sequence[Job]) -> None:
    """The button; and a field for the checkpoint where the last repair of this session has failed."""
    name = one.path.name
    last = next((job for job in jobs if job.workflow == "repair" and job.config.get("space") == name), None)
    label, tip = "Repair", "Makes what is broken anew; whole shards are not touched."
    if one.state == "unfinished":
        label, tip = "Finish", "Makes the shards that are missing."
    where = ""
    if last is not None and last.state is State.FAILED:
        where = st.text_input(
            "Where the checkpoint lies",
            key=f"lies_{name}",
            placeholder="Where the checkpoint lies now",
            label_visibility="collapsed",
            width=260,
        )
    if st.button(label, key=f"repair_{name}", type="primary", disabled=busy, help=tip):
        state.begin("repair", RepairConfig(name, where.strip() or None))
        st.rerun()


@st.dialog("Remove this space?", on_dismiss="rerun")
def ask_remove(one: StoredSpace) -> None:
    """Say what goes and what it frees; remove it when that is wanted."""
    state.in_dialog(True)
    keys, size = map_files(state.workspace(), one.fingerprint)
    st.markdown(f"**{plain(space_title(one))}**")
    parts = f": {size_text(one.bytes)} of vectors, {size_text(size)} of the maps made from them" if keys else ""
    st.markdown(f"Frees **{size_text(one.bytes + size)}**{parts}.")
    st.caption("Extracting the same again makes it anew.")
    if st.button("Remove", key="remove_now", type="primary"):
        try:
            _remove(one)
        except EmbspaceError as error:
            say_error(str(error))
            return
        state.choose_row("space", None)
        st.rerun()


@st.dialog("Free space", width="large", on_dismiss="rerun")
def ask_budget(spaces: Sequence[StoredSpace]) -> None:
    """What to remove so that the rest fits a size: shown first, removed when that is wanted."""
    state.in_dialog(True)
    total = sum(one.bytes for one in spaces)
    text = st.text_input(
        "Keep at most", key="budget", placeholder="20GB, 500MB", help="The spaces used longest ago are removed first."
    )
    if not text.strip():
        st.caption(f"All spaces take {size_text(total)}.")
        return
    try:
        budget = parse_size(text)
    except EmbspaceError as error:
        say_error(str(error))
        return
    gone = over_budget(spaces, budget)
    freed = sum(one.bytes for one in gone)
    if not gone:
        st.caption(f"Nothing to remove: all spaces take {size_text(total)}.")
    else:
        shown = space_table(gone)[["checkpoint", "corpus", "words", "size", "used"]]
        st.dataframe(shown, hide_index=True, column_config=COLUMNS, row_height=ROW, height=height(len(gone)))
    if total - freed > budget:
        st.caption(
            f"{size_text(total - freed)} stay: spaces that are unfinished or damaged are only removed one by one."
        )
    if gone and st.button(f"Remove these {len(gone)}, {size_text(freed)}", key="remove_these", type="primary"):
        try:
            for one in gone:
                _remove(one)
        except EmbspaceError as error:
            say_error(str(error))
            return
        st.rerun()


def _remove(one: StoredSpace) -> None:
    """Delete a space and the maps made from it."""
    place = state.workspace()
    keys, _ = map_files(place, one.fingerprint)
    state.close_space(one)
    remove_space(one.path)
    remove_maps(place.maps, keys)
