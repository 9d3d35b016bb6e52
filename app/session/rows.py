"""The rows that this session has chosen in tables: spaces, corpora, jobs."""

from __future__ import annotations

import streamlit as st

from embspace.jobs.job import Job
from session.kept_view import arrive


def chosen_row(kind: str) -> str | None:
    """The name of the "space" or "corpus" that the address of its page says."""
    session, name = st.session_state, st.query_params.get(kind)
    if arrive(kind) and name is None and (name := session.get(kind)):
        st.query_params[kind] = name
    elif session.get(kind) != name:
        session[kind] = name
        session[f"{kind}_generation"] = session.get(f"{kind}_generation", 0) + 1
    return name


def choose_row(kind: str, name: str | None, picked: bool = False) -> None:
    """Make the address name a space or corpus, or none; `picked`: the table shows the choice already."""
    session = st.session_state
    if name == session.get(kind):
        return
    session[kind] = name
    if not picked:
        session[f"{kind}_generation"] = session.get(f"{kind}_generation", 0) + 1
    if name is None:
        st.query_params.clear()
    else:
        st.query_params[kind] = name


def row_key(kind: str, name: str) -> str:
    """The key of a table of spaces or corpora, stable until another one is chosen elsewhere than in the table."""
    return f"{kind}_{name}_{st.session_state.get(f'{kind}_generation', 0)}"


def rows_of_cells(table: str, start: list[int]) -> None:
    """Turn the choice of a cell in a table, by its key, into that of its row; `start` are the rows it began with."""
    session = st.session_state
    rows, cells = list(session[table]["selection"]["rows"]), list(session[table]["selection"]["cells"])
    before = session.get(f"{table}_before", (start, []))
    # The browser goes on reporting a cell that was chosen earlier: only a new one counts, and a change of rows more.
    if rows == before[0] and cells and cells != before[1]:
        rows = [cells[0][0]]
    session[f"{table}_before"] = (rows, cells)
    session[table] = {"selection": {"rows": rows, "columns": [], "cells": []}}


def jobs_beside(one: Job, possible: list[str]) -> list[str]:
    """The ids of the jobs that the address compares with one, of those that are possible."""
    asked = st.query_params.get_all("beside") if st.query_params.get("job") == one.id else []
    return [name for name in asked if name in possible]


def compare_jobs(names: list[str]) -> None:
    """Make the address name the jobs that are compared with the chosen one."""
    if names != st.query_params.get_all("beside"):
        st.query_params["beside"] = names
