"""The trainings whose spaces or predictions are stored: found by reading their folders alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embspace.corpora.entries import SYNTHETIC
from embspace.encoders.trained import LOG, Run, runs
from embspace.errors import StoreError
from embspace.figures.theme import language_name
from embspace.storage import read_json
from embspace.workspace import Workspace
from inventory import moment
from work import trained_title

MOST_LANGUAGES = 3
"""of training, that a short label names"""


@dataclass(frozen=True, slots=True)
class Training:
    """One seed of a fine-tuning.

    Attributes:
        name: of `Run.name`: `job:ID`, `job:ID/SEED` or `run:KEY`.
        title: for a menu.
        label: what it was trained on, in a word or two: of a panel.
        seed: its own, and `alone`: its job has no other.
        jobs: that worked on it.
        spaces: step -> folder, ascending, of the probed steps whose space is stored.
        n_layers: of its model, the embeddings among them; 0: no space is stored that is whole.
        tests: fingerprints of the test sentences whose predictions are kept, the latest last.
        folder: of the run.
        created: seconds since 1970.
    """

    name: str
    title: str
    label: str
    seed: int
    alone: bool
    jobs: tuple[str, ...]
    spaces: Mapping[int, Path]
    n_layers: int
    tests: tuple[str, ...]
    folder: Path
    created: float

    @property
    def id(self) -> str:
        """How the address calls it."""
        return self.name.removeprefix("job:")

    @property
    def steps(self) -> list[int]:
        """Those whose space is stored, ascending."""
        return list(self.spaces)


def read_trainings(workspace: Workspace, known: dict[str, Any]) -> list[Training]:
    """The trainings with a probed step or kept predictions, the latest first.

    Args:
        workspace: where they lie.
        known: what was read before, so that of a log only what changed is read anew.
    """
    found = (_read(run, workspace, known) for run in runs(workspace))
    return [one for one in found if one is not None]


def find_training(asked: str, trainings: Sequence[Training]) -> Training | None:
    """The training that an address means: by its name, or by any job that worked on it (of several seeds the first)."""
    name, _, seed = asked.removeprefix("job:").partition("/")
    fitting = [one for one in trainings if one.id == asked] or [
        one for one in trainings if name in one.jobs and seed in ("", str(one.seed))
    ]
    return min(fitting, key=lambda one: one.seed, default=None)


def labels_of(trainings: Sequence[Training]) -> dict[str, str]:
    """Name -> a label for each, all different: what it was trained on, then its seed, then the end of its id."""
    labels = {one.name: one.label for one in trainings}
    for tell in (lambda one: f"seed {one.seed}", lambda one: one.id.partition("/")[0][-6:]):
        twice = {label for label in labels.values() if list(labels.values()).count(label) > 1}
        for one in trainings:
            if labels[one.name] in twice:
                labels[one.name] += f", {tell(one)}"
    return labels


def shared_tests(trainings: Sequence[Training]) -> list[str]:
    """The test sentences that all of some trainings have predicted, the latest of the first one's first."""
    return [one for one in reversed(trainings[0].tests) if all(one in other.tests for other in trainings)]


def _read(run: Run, workspace: Workspace, known: dict[str, Any]) -> Training | None:
    folders = {step: workspace.spaces / name for step, name in _probed(run, known).items()}
    spaces = {step: folder for step, folder in folders.items() if folder.is_dir()}
    tests = tuple(one for one in run.record.get("tests", ()) if (run.folder / f"test-{one}.parquet").is_file())
    if not spaces and not tests:
        return None
    config = run.record["config"]
    alone = len(config.get("seeds", (0,))) < 2
    begun = moment(run.record.get("created", 0.0))
    said = [_label(config) + ("" if alone else f", seed {run.seed}"), *([f"{begun:%m-%d %H:%M}"] if begun else [])]
    return Training(
        name=run.name(),
        title=" · ".join([*said, trained_title({**config, "seeds": (run.seed,)})]),
        label=_label(config),
        seed=run.seed,
        alone=alone,
        jobs=run.jobs,
        spaces=spaces,
        n_layers=next((found for one in spaces.values() if (found := _layers(one, known))), 0),
        tests=tests,
        folder=run.folder,
        created=float(run.record.get("created", 0.0)),
    )


def _probed(run: Run, known: dict[str, Any]) -> dict[int, str]:
    """Step -> fingerprint of its space, ascending; the log is read where it has grown."""
    try:
        size = (run.folder / LOG).stat().st_size
    except OSError:
        return {}
    if known.get(run.key, (None,))[0] != size:
        known[run.key] = size, {step: str(line["space"]) for step, line in sorted(run.probed().items())}
    return known[run.key][1]


def _layers(space: Path, known: dict[str, Any]) -> int:
    if str(space) not in known:
        try:
            known[str(space)] = int(read_json(space / "space.json")["model_layers"])
        except (StoreError, KeyError, TypeError, ValueError):
            return 0  # damaged: the page of spaces says so
    return known[str(space)]


def _label(config: Mapping[str, object]) -> str:
    """The languages that a model was trained on, or how many; of another corpus than SyntheticNER also its name."""
    parts: Sequence[Mapping[str, object]] = config.get("train") or ({},)  # pyright: ignore[reportAssignmentType]
    codes = list(dict.fromkeys(code for part in parts for code in (part.get("languages") or ("",))))  # pyright: ignore[reportGeneralTypeIssues]
    names = [language_name(str(code)) if code else "all languages" for code in codes]
    said = ", ".join(names) if len(names) <= MOST_LANGUAGES else f"{len(names)} languages"
    corpora = [one for one in dict.fromkeys(str(part.get("corpus", SYNTHETIC)) for part in parts) if one != SYNTHETIC]
    return f"{said} ({', '.join(corpora)})" if corpora else said
