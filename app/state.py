"""What this session looks at and began, by its state and address (`kept_view`); what sessions share (`shared`), too."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

import streamlit as st

from choice import Choice, from_address
from course import Course, course_from_address
from embspace.errors import EmbspaceError, StoreError
from embspace.jobs.job import Job, State
from embspace.jobs.supervisor import attend, find_job, submit
from embspace.workflows.settings import to_json
from job_rows import stage_of
from kept_view import KeptView, arrive, read_address, say_address
from labelling import Labelling, labelling_from_address
from shared import catalog as catalog
from shared import check_corpus as check_corpus
from shared import close_space as close_space
from shared import corpus as corpus
from shared import entry as entry
from shared import figure as figure
from shared import first_sentences as first_sentences
from shared import known_checkpoints as known_checkpoints
from shared import maps as maps
from shared import origin as origin
from shared import paces as paces
from shared import points as points
from shared import predictions as predictions
from shared import result_of as result_of
from shared import step_cosines as step_cosines
from shared import step_maps as step_maps
from shared import stored_predictions as stored_predictions
from shared import study_outputs as study_outputs
from shared import table as table
from shared import tables as tables
from shared import trainings as trainings
from shared import words as words
from shared import workspace as workspace
from study_view import StudyView, study_from_address
from subject import Question, question_from_address, subject_of
from trainings import Training
from work import open_jobs

_MAP = KeptView("choice", "address", "notices", "generation", from_address)
_COURSE = KeptView("course", "course_address", "course_notices", "question_generation", course_from_address)
_LABELLING = KeptView(
    "labelling", "labelling_address", "labelling_notices", "labelling_generation", labelling_from_address
)
_STUDY = KeptView("study_view", "study_address", "study_notices", "study_generation", study_from_address)


def choice() -> Choice:
    """The view of this session: what the address asks for when it was opened or changed by hand, else the last one."""
    return _MAP.view("map")


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
    """The job that makes a page's tables: the one this session started, or one that runs already; others it began stop.

    A job that nobody looks at any more is cancelled when the same page asks for something else.
    """
    started: dict[str, str] = st.session_state.setdefault("analyses", {})
    wanted = to_json(asked.config())
    for one in open_jobs(workspace(), st.session_state.setdefault("open_jobs", {})):
        if one.workflow != "analyze":
            continue
        if one.config == wanted and (not one.state.ended or one.id == started.get(asked.analysis)):
            started[asked.analysis] = one.id
            return one
        if one.id == started.get(asked.analysis):
            started.pop(asked.analysis)
            one.cancel()
    return None


def start_analysis(asked: Question) -> Job:
    """A new job for a page's tables, or the one that does the same already.

    Raises:
        StoreError: the job cannot be started.
    """
    one = submit("analyze", asked.config(), workspace())
    st.session_state.setdefault("analyses", {})[asked.analysis] = one.id
    return one


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
    return f"map_{name}_{st.session_state.get('generation', 0)}"


def dark() -> bool:
    """Whether the reader's theme is dark."""
    return st.context.theme.type == "dark"


def job() -> Job | None:
    """The job that this session started or joined last."""
    name = st.session_state.get("map_job")
    try:
        return find_job(name, workspace()) if name else None
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


def in_dialog(now: bool | None = None) -> bool:
    """Whether a dialog is open, which a run of the page would close; `now` notes that one is, or that none is."""
    if now is not None:
        st.session_state["in_dialog"] = now
    return st.session_state.get("in_dialog", False)


def jobs() -> list[Job]:
    """The jobs about spaces in the workspace, the latest first."""
    return open_jobs(workspace(), st.session_state.setdefault("open_jobs", {}))


def all_jobs() -> list[Job]:
    """Every job of the workspace, the latest first."""
    return open_jobs(workspace(), st.session_state.setdefault("open_jobs", {}), None)


def start_training(config: object) -> Job:
    """A new job of training, or the one that does the same already.

    Raises:
        StoreError: it cannot be started.
    """
    return submit("train", config, workspace())


def attend_queue() -> None:
    """See to it that what waits is started, as after a restart of the machine; asked once by a session."""
    if not st.session_state.get("attended"):
        st.session_state["attended"] = True
        with suppress(EmbspaceError):  # who may only look, looks
            attend(workspace())


def jobs_beside(one: Job, possible: list[str]) -> list[str]:
    """The ids of the jobs that the address compares with one, of those that are possible."""
    asked = st.query_params.get_all("beside") if st.query_params.get("job") == one.id else []
    return [name for name in asked if name in possible]


def compare_jobs(names: list[str]) -> None:
    """Make the address name the jobs that are compared with the chosen one."""
    if names != st.query_params.get_all("beside"):
        st.query_params["beside"] = names


def begin(workflow: str, config: object) -> bool:
    """Start a job, or join an equal one; this session is told its end. Whether it is new."""
    before = {one.id for one in jobs()}
    one = submit(workflow, config, workspace())
    st.session_state.setdefault("begun", []).append(one.id)
    return one.id not in before


def begun() -> list[Job]:
    """The jobs that this session started or joined and has not forgotten, the latest first."""
    names = st.session_state.get("begun", [])
    return [one for one in jobs() if one.id in names]


def forget(one: Job) -> None:
    """The end of a job was told."""
    st.session_state["begun"] = [name for name in st.session_state.get("begun", []) if name != one.id]


def course() -> Course:
    """The view of trainings over their steps: what the address says, else the last one of this session."""
    return _COURSE.view("dynamics")


def course_notices() -> list[str]:
    """What of the address was not possible; empty once something else was chosen."""
    return st.session_state["course_notices"]


def correct_course(view: Course, said: list[str]) -> None:
    """Take another view than the address asked for, and say why until something else is chosen."""
    st.session_state["course"] = view
    st.session_state["course_notices"] += said


def keep_course(view: Course) -> None:
    """Make a view of trainings this session's, and the address say it."""
    _COURSE.keep(view)


def running_trainings(chosen: Sequence[Training]) -> dict[str, str]:
    """What those of some trainings that are under way do now, in a few words, by name."""
    now = {one.id: one for one in all_jobs() if one.workflow == "train" and not one.state.ended}
    found = {one.name: next((now[name] for name in reversed(one.jobs) if name in now), None) for one in chosen}
    return {name: stage_of(job) for name, job in found.items() if job is not None}


def map_of_steps(config: object) -> Job | None:
    """The job that places steps, of this session or of another; the one before is stopped if it does something else."""
    wanted, started = to_json(config), st.session_state.get("course_job")
    found = None
    for one in jobs():
        if one.workflow != "project":
            continue
        if one.config == wanted and (not one.state.ended or one.id == started):
            st.session_state["course_job"] = one.id
            return one
        if one.id == started:
            found = one
    if found is not None:
        st.session_state.pop("course_job")
        found.cancel()
    return None


def start_map_of_steps(config: object) -> Job:
    """A new job that places steps, or the one that does the same already.

    Raises:
        StoreError: it cannot be started.
    """
    one = submit("project", config, workspace())
    st.session_state["course_job"] = one.id
    return one


def labelling(page: str) -> Labelling:
    """The view of words and their labels: what the address says, else the last one of this session.

    The pages "tagger" and "errors" share it.
    """
    session = st.session_state
    address = read_address()
    arrived = arrive(page)
    if arrived and not address and "labelling" in session:
        session["labelling_notices"] = []
        session["labelling_generation"] += 1
    elif arrived or session.get("labelling_address") != address:
        session["labelling"], session["labelling_notices"] = labelling_from_address(address)
        session["labelling_generation"] = session.get("labelling_generation", 0) + 1
    session["labelling_address"] = address
    return session["labelling"]


def labelling_notices() -> list[str]:
    """What of the address was not possible; empty once something else was chosen."""
    return st.session_state["labelling_notices"]


def keep_labelling(view: Labelling) -> None:
    """Make a view of words and their labels this session's, and the address say it."""
    _LABELLING.keep(view)


def renew_labelling(view: Labelling) -> None:
    """Keep a view that no widget has been told of: they get new keys, and so take its values."""
    st.session_state["labelling_generation"] += 1
    keep_labelling(view)


def labelling_key(name: str) -> str:
    """The key of a widget of the pages of taggers, stable until the address is changed by hand."""
    return f"{st.session_state['page']}_{name}_{st.session_state['labelling_generation']}"


def jobs_of_labels(configs: Sequence[object]) -> list[Job | None]:
    """For each config of a prediction the latest job that does it; others that this session began are stopped.

    What failed or was stopped counts where this session began it.
    """
    wanted = [to_json(config) for config in configs]
    started: list[str] = st.session_state.setdefault("labels_jobs", [])
    found: list[Job | None] = [None] * len(wanted)
    for one in all_jobs():
        if one.workflow != "predict":
            continue
        if one.config in wanted:
            at = wanted.index(one.config)
            usual = not one.state.ended or one.state is State.FINISHED
            found[at] = found[at] or (one if usual or one.id in started else None)
        elif one.id in started:
            started.remove(one.id)
            one.cancel()
    return found


def start_labels(config: object) -> Job:
    """A new job that labels words, or the one that does the same already.

    Raises:
        StoreError: it cannot be started.
    """
    one = submit("predict", config, workspace())
    st.session_state.setdefault("labels_jobs", []).append(one.id)
    return one


def began_labels(one: Job) -> bool:
    """Whether this session began a job that labels words."""
    return one.id in st.session_state.get("labels_jobs", [])


def begin_export(config: object) -> Job:
    """A job that writes a checkpoint for other programs, which this session follows.

    Raises:
        StoreError: it cannot be started.
    """
    one = submit("export-checkpoint", config, workspace())
    st.session_state["export_job"] = one.id
    return one


def export_job() -> Job | None:
    """The export of a checkpoint that this session began last."""
    name = st.session_state.get("export_job")
    return next((one for one in all_jobs() if one.id == name), None)


def study_view() -> StudyView:
    """The view of a study: what the address says, else the last one of this session."""
    return _STUDY.view("studies")


def study_notices() -> list[str]:
    """What of the address was not possible; empty once something else was chosen."""
    return st.session_state["study_notices"]


def keep_study_view(view: StudyView, told: bool = True) -> None:
    """Make a view of a study this session's, and the address say it; `told`: the widgets show it already."""
    if view != st.session_state["study_view"]:
        st.session_state["study_generation"] += not told
    _STUDY.keep(view)


def study_key(name: str) -> str:
    """The key of a widget on the page of studies, stable until the address is changed by hand."""
    return f"studies_{name}_{st.session_state.get('study_generation', 0)}"


def start_study(config: object) -> Job:
    """A new job of a study, or the one that does the same already.

    Raises:
        StoreError: it cannot be started.
    """
    return submit("study", config, workspace())
