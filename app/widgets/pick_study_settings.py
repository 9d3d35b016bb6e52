"""What a study is to be: which paper, which checkpoint and sentences, how many, and what of it is made."""

from __future__ import annotations

from typing import Any

import streamlit as st

import state
from embspace.corpora.entries import Entry
from embspace.corpora.templates import CODES
from embspace.errors import SettingsError
from embspace.figures.theme import by_family, language_name
from embspace.studies.adjustment_trainings import DEFAULTS
from embspace.studies.command import command_line
from embspace.studies.config import StudyConfig
from embspace.studies.published import published
from embspace.studies.registry import STUDIES
from embspace.studies.study import Study
from embspace.workflows.settings import from_json
from fitting import FORMATS
from plan import cpu_folder
from study_plan import StudyPlan, study_plan
from widgets import pick_encoder
from widgets.pick_seeds import pick_seeds
from widgets.starting import same_command, say_problems, say_time, start_button

PAPERS = "paper's"
"""where a field is left empty"""


def pick_study_settings() -> StudyConfig | None:
    """The form, and beside it what will happen; the settings once Start was pressed."""
    entries = {one.name: one for one in state.catalog() if not one.problem}
    form, beside = st.columns([11, 5], gap="large")
    with form:
        name = st.selectbox(
            "Paper", list(STUDIES), format_func=lambda one: f"{one}: {STUDIES[one].title}", key="study_paper"
        )
        values, problems = _values(f"study_{name}", STUDIES[name], entries)
    with beside:
        return _will_happen(values, problems, entries)


def _values(key: str, study: Study, entries: dict[str, Entry]) -> tuple[dict[str, Any], list[str]]:
    """The JSON form of the settings, and what of the form cannot be read; another study has other keys."""
    checkpoint = st.text_input("Checkpoint", "mini", key="study_checkpoint", help=pick_encoder.HELP, max_chars=500)
    amounts, problems = _amounts(key)
    if study.name == "adjustment":
        amounts |= _adjusting(key)
    corpora = _corpora(key, study, entries)
    given = [entries[name] for name in corpora.values()]
    known = [code for one in given for code in one.languages] if given else list(CODES)
    languages = st.multiselect(
        "Languages",
        by_family(dict.fromkeys(known)),
        format_func=language_name,
        key=f"{key}_languages_{'_'.join(sorted(corpora.values()))}",
        placeholder="Those of the paper, as far as the data have them",
        help="That are trained on and tested; two or more.",
    )
    only = st.multiselect(
        "Tables and figures",
        list(study.items),
        format_func=lambda one: _item(study, one),
        key=f"{key}_only",
        placeholder="All of them",
        help="Others can be made later: they come beside these, and no fine-tuning is done twice.",
    )
    return {
        "study": study.name,
        "checkpoint": checkpoint.strip(),
        **amounts,
        "languages": languages or None,
        "corpora": corpora,
        "only": only,
    }, problems


def _amounts(key: str) -> tuple[dict[str, Any], list[str]]:
    """How many sentences, passes and seeds, and what of it cannot be read."""
    one, two, three = st.columns(3)
    four, five, six = st.columns(3)
    seeds, problems = pick_seeds(six, (0, 1, 2), f"{key}_seeds", "A run of every fine-tuning for each.")
    sentences = one.number_input(
        "Sentences",
        1,
        None,
        None,
        key=f"{key}_sentences",
        placeholder=PAPERS,
        help="To learn from, in each language.",
    )
    test = two.number_input(
        "Tested on",
        1,
        None,
        None,
        key=f"{key}_test",
        placeholder=PAPERS,
        help="Sentences of each language.",
    )
    values = {
        "sentences": sentences,
        "test_sentences": test,
        "scale": three.number_input(
            "Share",
            0.001,
            1.0,
            1.0,
            step=0.05,
            format="%.3g",
            key=f"{key}_scale",
            disabled=sentences is not None and test is not None,
            help="Of the paper's sentences, where no number is given.",
        ),
        "epochs": four.number_input("Epochs", 1, None, None, key=f"{key}_epochs", placeholder=PAPERS),
        "rate": five.number_input(
            "Rate",
            0.0,
            None,
            None,
            step=1e-5,
            format="%.1e",
            key=f"{key}_rate",
            placeholder=PAPERS,
            help="The highest learning rate; the paper's, or 5e-5 where it says none.",
        ),
        "seeds": seeds,
    }
    return values, problems


def _adjusting(key: str) -> dict[str, Any]:
    """What the study of the adjustment asks beside."""
    one, two, three = st.columns(3)
    pairs = one.number_input(
        "Aligned pairs",
        1,
        None,
        None,
        key=f"{key}_pairs",
        placeholder=PAPERS,
        help="That each seed draws in a language.",
    )
    rate = two.number_input(
        "Rate of the adjustment",
        0.0,
        None,
        None,
        step=1e-5,
        format="%.1e",
        key=f"{key}_adjust_rate",
        placeholder=PAPERS,
        help="Its highest learning rate.",
    )
    length = three.number_input(
        "Window", 16, None, None, key=f"{key}_length", placeholder="384", help="Pieces of a window of questions."
    )
    return {"pairs": pairs, "adjust_rate": rate, "length": length}


def _corpora(key: str, study: Study, entries: dict[str, Entry]) -> dict[str, str]:
    """Part of the data -> corpus, of those that are chosen."""
    if not study.roles:
        return {}
    found = {}
    with st.expander("Sentences of your own"):
        if not any(fits(role, one) for role in study.roles for one in entries.values() if not one.shipped):
            st.caption("No corpus that was added fits: add one on the page Corpora.")
        columns = st.columns(3)
        for at, (role, what) in enumerate(study.roles.items()):
            names = [name for name, one in entries.items() if fits(role, one)]
            name = columns[at % 3].selectbox(
                role,
                names,
                None,
                key=f"{key}_corpus_{role}",
                help=f"{what[:1].upper()}{what[1:]}.",
                placeholder=DEFAULTS.get(role, "none" if "ontonotes" in role else "SyntheticNER"),
                disabled=not names,
            )
            if name:
                found[role] = name
    return found


def fits(role: str, entry: Entry) -> bool:
    """Whether a corpus has what a part of a study reads."""
    kind = role.removesuffix("-test")
    if kind in FORMATS:
        return entry.records == FORMATS[kind]
    if kind in ("aligned", "look"):
        return entry.links > 0
    return entry.groups > 0 if kind == "retrieval" else bool(entry.tags)


def _item(study: Study, name: str) -> str:
    paper = published(study.name, name)
    where = paper.where.partition(",")[0] if paper else name
    return f"{where}: {study.items[name].title}"


def _will_happen(values: dict[str, Any], problems: list[str], entries: dict[str, Entry]) -> StudyConfig | None:
    """Fine-tunings and time; all that is not possible, together; and Start."""
    st.markdown("###### What will happen")
    config = None
    try:
        config = from_json(StudyConfig, values, "the form")
    except SettingsError as error:
        say_problems([*problems, str(error)])
    if config is not None:
        config = foresee(config, entries, problems)
    pressed = start_button("study_start", disabled=config is None)
    if config is not None:
        same_command(command_line(config))
    return config if pressed else None


def foresee(config: StudyConfig, entries: dict[str, Entry], problems: list[str]) -> StudyConfig | None:
    """Say how much work a study is, or what speaks against it; the config where nothing does.

    Args:
        config: of the study.
        entries: the corpora that there are, by name.
        problems: that are known already.
    """
    sizes = study_plan(config, entries, state.paces(), cpu_folder(config.checkpoint))
    if problems or sizes.problems:
        say_problems([*problems, *sizes.problems])
        return None
    _foresee(sizes)
    return config


def _foresee(sizes: StudyPlan) -> None:
    """How much it is and how long it may take."""
    st.markdown(f"{sizes.items} tables and figures." if sizes.items > 1 else "One table or figure.")
    if not sizes.runs:
        st.markdown("**Nothing is fine-tuned** for it.")
        return
    st.markdown(
        f"**{sizes.runs:,} fine-tunings**: {sizes.settings:,} settings, {sizes.steps:,} steps in all, each fine-tuning "
        "a job of its own."
    )
    if sizes.time is None:
        st.caption("How long that takes is not known here: the first fine-tuning will tell.")
        return
    say_time(sizes.time, "and then tables and figures")
    st.caption("Fine-tunings that were done before are found, and take no time. It can be stopped and gone on with.")
