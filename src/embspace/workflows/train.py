"""Fine-tuning as a whole job: sentences -> task and objectives -> a run per seed -> scores of each one's best epoch."""

from __future__ import annotations

import statistics
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from embspace.errors import SettingsError
from embspace.progress import Progress, Silent
from embspace.training.config import TrainConfig
from embspace.workflows.settings import from_json, read_toml, to_json
from embspace.workspace import Workspace, current_workspace, in_its_workspace


def read_config(path: Path, changes: Mapping[str, Any] | None = None) -> TrainConfig:
    """The config of a TOML file, with `changes` put in its place.

    Raises:
        SettingsError: the file is missing or not TOML, or settings are not possible: all of them, a line each.
    """
    return read_toml(TrainConfig, path, changes)


@in_its_workspace
def train(
    config: TrainConfig | str | Path | None = None,
    *,
    workspace: Workspace | None = None,
    progress: Progress | None = None,
    **settings: Any,
) -> dict[str, Any]:
    """Fine-tune a checkpoint, a run per seed; what was trained before is found, what was stopped goes on.

        es.train(train=[{"languages": ["en"], "per_type": 50}], epochs=3, rate=1e-3)

    Args:
        config: settings, or a TOML file of them; None: those by default.
        workspace: where corpora and runs lie; None: the current one.
        progress: may raise `Cancelled`, between two steps.
        **settings: fields of `TrainConfig`, instead of those of `config`; sentences as in TOML, a dict each.

    Returns:
        as of `run`: `runs`, each with `seed key best_step scores dev`, and more; `run:KEY@best` is then a checkpoint.

    Raises:
        SettingsError: settings are not possible: all of them, a line each.
        TrainingError: a loss is no number.
        EmbspaceError: a corpus or checkpoint is impossible, or the disk refuses.
    """
    if isinstance(config, TrainConfig):
        made = from_json(TrainConfig, to_json(config) | settings)
    else:
        made = from_json(TrainConfig, settings) if config is None else read_config(Path(config), settings)
    return run(made, workspace or current_workspace(), progress or Silent())


@in_its_workspace
def run(config: TrainConfig, workspace: Workspace, progress: Progress) -> dict[str, Any]:
    """Train a run per seed, each from where it stands; one that is finished is found.

    `accelerate launch` runs it in several processes that share each step; the first one writes.

    Returns:
        `runs`: of each seed `seed key best_step seconds scores` (language -> score -> value, of the test sentences by
        the best epoch), `dev` (the same of the sentences that chose it) and `notes` (what to know of the scores: tags
        never seen in training, words without pieces, by `dev` and `test`); of several seeds `mean` and `deviation` of
        the scores; `probe_share`: the share of the time that probes took.

    Raises:
        Cancelled: after a checkpoint was written.
        TrainingError: a loss is no number.
        EmbspaceError: a setting, corpus or checkpoint is impossible, or the disk refuses.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="IProgress not found")  # tqdm's, in a notebook without ipywidgets
        from embspace.encoders.checkpoints import find_checkpoint
        from embspace.training.fine_tuning import fine_tune
        from embspace.training.material import read_material

    if config.report_to and not find_spec(config.report_to):
        raise SettingsError(f"report_to = {config.report_to!r} needs a library: `pip install {config.report_to}`.")
    progress.stage("reading", None)
    material = read_material(config, workspace)
    start = find_checkpoint(config.checkpoint).fingerprint
    one = _OfSeed if len(config.seeds) > 1 else lambda progress, *_: progress
    return _together(
        [
            fine_tune(config, seed, start, material, workspace, one(progress, seed, f"{number} of {len(config.seeds)}"))
            for number, seed in enumerate(config.seeds, 1)
        ]
    )


@in_its_workspace
def finished(config: TrainConfig, workspace: Workspace) -> dict[str, Any] | None:
    """What `run` would return without training or scoring anything; None: something is left to be done.

    Raises:
        EmbspaceError: a corpus or the checkpoint is not there.
    """
    from embspace.encoders.checkpoints import find_checkpoint
    from embspace.training.fine_tuning import found_run
    from embspace.training.material import read_material

    material, start = read_material(config, workspace), find_checkpoint(config.checkpoint).fingerprint
    found = [found_run(config, seed, start, material, workspace) for seed in config.seeds]
    return None if None in found else _together([one for one in found if one is not None])


@dataclass(frozen=True, slots=True)
class _OfSeed:
    """Progress whose stages say which of several seeds they are of."""

    progress: Progress
    seed: int
    place: str

    def stage(self, name: str, total: int | None = None, unit: str = "") -> None:
        self.progress.stage(f"seed {self.seed} ({self.place}): {name}", total, unit)

    def advance(self, count: int = 1, note: str = "") -> None:
        self.progress.advance(count, note)


def _together(found: list[dict[str, Any]]) -> dict[str, Any]:
    """The result of all seeds."""
    seconds = sum(one["seconds"] for one in found)
    probing = sum(one.pop("probe_seconds") for one in found)
    result = {"runs": found, "probe_share": round(probing / seconds, 4) if seconds else 0.0}
    return result | (_over_seeds([one["scores"] for one in found]) if len(found) > 1 else {})


def _over_seeds(scores: Sequence[dict[str, dict[str, float]]]) -> dict[str, Any]:
    """Mean and standard deviation (of a sample) of every score of every language."""
    found: dict[str, Any] = {"mean": {}, "deviation": {}}
    for language, of in scores[0].items():
        for name in of:
            values = [one[language][name] for one in scores]
            found["mean"].setdefault(language, {})[name] = statistics.fmean(values)
            found["deviation"].setdefault(language, {})[name] = statistics.stdev(values)
    return found
