"""The view of the Map of this session, and the job that makes it."""

from __future__ import annotations

import streamlit as st

from choice import Choice, from_address
from embspace.errors import StoreError
from embspace.jobs.job import Job
from embspace.jobs.supervisor import find_job
from embspace.workspace import current_workspace
from session.kept_view import KeptView
from subject import subject_of

_MAP = KeptView("choice", "address", "notices", "generation", from_address)


def choice() -> Choice:
    """The view of this session: what the address asks for when it was opened or changed by hand, else the last one."""
    return _MAP.view("map")


def notices() -> list[str]:
    """What of the address was not possible; empty once something else was chosen."""
    return st.session_state["notices"]


def keep(view: Choice) -> None:
    """Make a view this session's, and the address say it."""
    if subject_of(view) != subject_of(st.session_state["choice"]):
        st.session_state.pop("subject", None)  # the pages of analyses look at what the map shows now
    _MAP.keep(view)


def key(name: str) -> str:
    """The key of a widget of the map, stable until the address is changed by hand."""
    return _MAP.key("map", name)


def job() -> Job | None:
    """The job that this session started or joined last."""
    name = st.session_state.get("map_job")
    try:
        return find_job(name, current_workspace()) if name else None
    except StoreError:
        return None


def keep_job(one: Job) -> None:
    """Remember the session's job."""
    st.session_state["map_job"] = one.id


def first_look() -> bool:
    """Whether this session had no map on the screen so far; asked once."""
    first = "looked" not in st.session_state
    st.session_state["looked"] = True
    return first


def shown() -> Choice | None:
    """The last view whose map was on the screen."""
    return st.session_state.get("shown")


def keep_shown(view: Choice) -> None:
    """Remember a view whose map is on the screen."""
    st.session_state["shown"] = view
