"""What this session asks of an analysis, and the job that answers."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from embspace.jobs.job import Job
from session.jobs import follow, start
from session.kept_view import arrive, read_address, say_address
from subject import Question, question_from_address, subject_of


def question(analysis: str) -> Question:
    """What a page of an analysis asks: what the address says, else the subject of this session and what was asked last.

    The subject is shared by the pages of analyses; who comes from the Map looks at the words and the model of its view.
    """
    session = st.session_state
    address = read_address()
    arrived = arrive(analysis)
    if arrived and not address and ("subject" in session or "choice" in session):
        asked = session.get("questions", {}).get(analysis, Question(analysis))
        _ask(replace(asked, subject=session.get("subject") or subject_of(session["choice"])), [])
    elif arrived or session.get("question_address") != address:
        _ask(*question_from_address(analysis, address))
    session["question_address"] = address
    return session["questions"][analysis]


def _ask(asked: Question, said: list[str]) -> None:
    """A question that no widget has been told of: they get new keys, and so take its values."""
    session = st.session_state
    session.setdefault("questions", {})[asked.analysis] = asked
    session["subject"], session["question_notices"] = asked.subject, said
    session["question_generation"] = session.get("question_generation", 0) + 1


def question_notices() -> list[str]:
    """What of the address was not possible; empty once something else was chosen."""
    return st.session_state["question_notices"]


def keep_question(asked: Question) -> None:
    """Make a question this session's, its subject that of all pages of analyses, and the address say it."""
    session = st.session_state
    if asked != session["questions"][asked.analysis]:
        session["questions"][asked.analysis], session["question_notices"] = asked, []
        session["subject"] = asked.subject
    say_address("question_address", asked.to_address())


def drop_selection(asked: Question) -> None:
    """Show the words of all, not of a selection, from the next run on."""
    keep_question(replace(asked, subject=replace(asked.subject, selection="")))


def question_key(name: str) -> str:
    """The key of a widget on a page of an analysis, stable until the address is changed by hand."""
    return f"{st.session_state['page']}_{name}_{st.session_state['question_generation']}"


def job_of(asked: Question) -> Job | None:
    """The job that makes a page's tables, of this session or of another; others that this session began stop."""
    [found] = follow("analyze", [asked.config()], _analyses(asked.analysis))
    return found


def _analyses(analysis: str) -> dict[str, bool]:
    return st.session_state.setdefault("analyses", {}).setdefault(analysis, {})


def start_analysis(asked: Question) -> Job:
    """A new job for a page's tables, or the one that does the same already.

    Raises:
        StoreError: the job cannot be started.
    """
    return start("analyze", asked.config(), _analyses(asked.analysis))
