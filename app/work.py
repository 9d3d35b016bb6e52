"""Jobs about spaces: what each is called, and what the last one found out about a space."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from embspace.corpora.entries import SYNTHETIC
from embspace.errors import StoreError
from embspace.jobs.job import Job, State
from embspace.jobs.store import EVENTS, RECORD
from embspace.spaces.shelf import StoredSpace
from embspace.workspace import Workspace
from inventory import last_change, short_name

WORKFLOWS = ("extract", "project", "analyze", "verify", "repair", "export", "add-corpus")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What reading a space whole, or repairing it, has found.

    Attributes:
        workflow: verify or repair.
        ended: when, in seconds since 1970.
        problems: a sentence per damaged file; of a repair, what is mended now.
        remade: the shards that a repair made anew.
    """

    workflow: str
    ended: float
    problems: tuple[str, ...] = ()
    remade: tuple[int, ...] = ()

    @property
    def damaged(self) -> bool:
        """Whether files are damaged as far as is known."""
        return self.workflow == "verify" and bool(self.problems)


@dataclass(frozen=True, slots=True)
class Found:
    """What ended jobs say of spaces, by the names of their folders: verdicts, and paths of exports with their times."""

    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    exports: Mapping[str, tuple[Path, float]] = field(default_factory=dict)


def open_jobs(workspace: Workspace, known: dict[str, Job], workflows: Container[str] | None = WORKFLOWS) -> list[Job]:
    """The jobs of some workflows, of those about spaces without them, the latest first; None: of all.

    `known` keeps them open, so that only what is new is read. A job whose record is damaged is passed over.
    """
    names = set()
    for path in workspace.jobs.glob(f"*/{RECORD}"):
        names.add(path.parent.name)
        if path.parent.name not in known:
            try:
                known[path.parent.name] = Job.open(path.parent)
            except StoreError:
                continue
    for gone in set(known) - names:
        del known[gone]
    about = (job for job in known.values() if workflows is None or job.workflow in workflows)
    return sorted(about, key=lambda job: job.created, reverse=True)


def running(jobs: Iterable[Job]) -> list[Job]:
    """Those that have not ended."""
    return [job for job in jobs if not job.state.ended]


def findings(jobs: Iterable[Job], spaces: Iterable[StoredSpace]) -> Found:
    """What the last jobs found; verdicts on files that changed since are forgotten, as are exports that are gone."""
    changed = {one.path.name: last_change(one.path) for one in spaces}
    verdicts: dict[str, Verdict] = {}
    exports: dict[str, tuple[Path, float]] = {}
    for job in jobs:
        if job.workflow not in ("verify", "repair", "export") or job.state is not State.FINISHED:
            continue
        result = job.result or {}
        name = str(result.get("space"))
        ended = (job.folder / EVENTS).stat().st_mtime
        if job.workflow == "export":
            path = Path(str(result.get("path")))
            if path.exists():
                exports.setdefault(name, (path, ended))
        elif name not in verdicts and changed.get(name, ended + 1) <= ended:
            problems, remade = result.get("problems", ()), result.get("remade", ())
            verdicts[name] = Verdict(job.workflow, ended, tuple(problems), tuple(remade))
    return Found(verdicts, exports)


def title(job: Job, spaces: Iterable[StoredSpace]) -> str:
    """What a job does, in a few words."""
    config = job.config
    if job.workflow == "project" and config.get("spaces"):
        return f"Map of {len(config['spaces'])} stored spaces"
    if job.workflow in ("extract", "project"):
        what: dict[str, Any] = config if job.workflow == "extract" else config.get("extract", {})
        other = what.get("corpus", SYNTHETIC)
        words = ", ".join(what.get("entities") or ()) or ("all entities" if other == SYNTHETIC else str(other))
        verb = "Extract" if job.workflow == "extract" else "Map of"
        return f"{verb} {words}, {what.get('checkpoint')}"
    if job.workflow == "train":
        return trained_title(config)
    if job.workflow == "adjust":
        corpora = ", ".join(dict.fromkeys(str(part.get("corpus")) for part in config.get("aligned") or ()))
        task, seeds = str(config.get("task", "nli")).upper(), len(config.get("seeds") or ())
        return f"Adjust {config.get('checkpoint')} to {corpora}, then {task}, {seeds} seed{'s' * (seeds != 1)}"
    if job.workflow == "predict":
        part = config.get("corpus") or {}
        texts = config.get("texts") or ()
        text = f"a text of {len(texts)} lines" if len(texts) > 1 else "a line of text" if texts else part.get("corpus")
        return f"Label {'SyntheticNER' if text == SYNTHETIC else text}, {config.get('checkpoint')}"
    if job.workflow == "export-checkpoint":
        return f"Export {config.get('checkpoint')} to .../{Path(str(config.get('output'))).name}"
    if job.workflow == "study":
        parts = [str(config.get("study")), str(config.get("checkpoint")), *(config.get("only") or ())]
        return f"Study {', '.join(parts)}"
    if job.workflow == "add-corpus":
        return f"Add the corpus {config.get('name')}"
    if job.workflow == "analyze":
        names = [str(one.get("checkpoint")) for one in config.get("spaces", ())]
        names = names or [str(one).rpartition("/")[2] for one in config.get("files", ())]
        return f"{str(config.get('analysis')).capitalize()}, {', '.join(dict.fromkeys(names))}"
    if "space" not in config:
        about = [str(config[name]) for name in ("checkpoint", "corpus", "output") if config.get(name)]
        return ", ".join(
            [f"{job.workflow.capitalize()} {about[0]}", *about[1:]] if about else [job.workflow.capitalize()]
        )
    one = next((one for one in spaces if one.path.name == config.get("space")), None)
    return f"{job.workflow.capitalize()} {space_title(one) if one else str(config.get('space'))[:12]}"


def trained_title(config: Mapping[str, Any]) -> str:
    """A fine-tuning in a few words: task, checkpoint, languages and corpora, objectives, frozen layers, seeds."""
    parts = config.get("train") or ({},)
    corpora = dict.fromkeys(str(part.get("corpus", SYNTHETIC)) for part in parts)
    names = ", ".join("SyntheticNER" if name == SYNTHETIC else name for name in corpora)
    codes = dict.fromkeys(code for part in parts for code in part.get("languages") or ("all languages",))
    task, given = str(config.get("task", "ner")).upper(), str(config.get("checkpoint", "mini"))
    name = f".../{Path(given).name}" if given[:1] in ("/", ".", "~") else given
    seeds, freeze = config.get("seeds") or (0,), config.get("freeze", -1)
    each = dict.fromkeys((part.get(kind), kind) for part in parts for kind in ("per_type", "sentences"))
    counts = [f"{count:,} {kind.replace('_', ' ')}" for count, kind in each if count]
    said = [f"{task} with {name}, {names} ({', '.join([*codes, *counts])})", *(config.get("objectives") or ())]
    said += [f"{epochs} epochs"] if (epochs := config.get("epochs", 1)) > 1 else []
    said += [f"frozen to {freeze}"] if freeze >= 0 else []
    return ", ".join([*said, f"{len(seeds)} seeds"] if len(seeds) > 1 else said)


def space_title(one: StoredSpace) -> str:
    """A space in a few words: checkpoint and corpus, or its folder where its head is damaged."""
    if not one.recipe:
        return one.path.name[:12]
    return f"{short_name(one)} · {one.recipe.get('corpus')}"
