"""Predictions that are stored without being asked for: of runs, which keep those of their test sentences, and of jobs.

No model library is loaded. A page offers `stored_predictions()`, shows `one.table()` or keeps some for an analysis by
`keep_predictions`, as `embspace analyze ... --predictions job:4f2` does.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from embspace.analyses.result_store import FIRST
from embspace.corpora.tags import spans_to_tags, tags_to_spans
from embspace.encoders.trained import Run, find_runs, is_trained, runs
from embspace.errors import EncoderError, SettingsError, StoreError
from embspace.storage import read_json
from embspace.training.config import TAGGED
from embspace.training.part import Part
from embspace.workflows.analyzed_runs import trained_on
from embspace.workflows.given_files import keep_files
from embspace.workflows.settings import from_json
from embspace.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd

TABLE = "predictions"
"""the name of the first table of what `embspace predict` stores"""
_UNSAFE = re.compile(r"[^\w-]+")
_KEY = re.compile(r"[0-9a-f]{8,32}")


@dataclass(frozen=True, slots=True)
class StoredPredictions:
    """Predictions of one system, as they lie in the workspace.

    Attributes:
        name: of a run `job:ID`, `job:ID/SEED` or `run:KEY`; of `embspace predict` the key of its result.
        system: what tables and figures call it: the name of the run, or the checkpoint.
        part: which sentences; None: texts, or a corpus that is not told.
        train: BCP 47 codes of the languages that it was trained on, as far as they are known.
        seed: of the run; None: not of a run.
        step: of the run, the best one; None: not of a run.
        encoding: of a run's labels; empty: they are no entities', or the table is in it already.
        path: of the table.
        made: when, in seconds since 1970.
    """

    name: str
    system: str
    part: Part | None
    train: tuple[str, ...]
    seed: int | None
    step: int | None
    encoding: str
    path: Path
    made: float

    @property
    def file(self) -> str:
        """What the file is called that keeps them for an analysis."""
        return f"{_UNSAFE.sub('_', self.name)}.parquet"

    def table(self) -> pd.DataFrame:
        """The predictions: `system train seed sentence position word language gold predicted`, a row per word.

        `train` are its languages with blanks between, empty where they are not known; `seed` is there of a run.

        Raises:
            StoreError: the file is damaged.
        """
        import pandas as pd
        import pyarrow as pa

        try:
            found = pd.read_parquet(self.path)
            found = found if self.seed is None else _by_word(found, self.encoding)
        except (OSError, ValueError, KeyError, pa.ArrowException) as error:
            raise StoreError(f"{self.path} is no table of predictions any more: {error}; label them again.") from error
        seed = {} if self.seed is None else {"seed": self.seed}
        columns = ["sentence", "position", "word", "language", "gold", "predicted"]
        about = {"system": self.system, "train": " ".join(self.train), **seed}
        return found.assign(**about).loc[:, [*about, *columns]]


def stored_predictions(workspace: Workspace) -> list[StoredPredictions]:
    """All predictions that are stored, the latest first: of the test sentences of finished runs, and of `predict`."""
    every, known = runs(workspace), dict[str, Sequence[str]]()
    found = [one for run in every if (one := _of_run(run, workspace, known))]
    found += _of_results(workspace, every, known)
    return sorted(found, key=lambda one: -one.made)


def find_predictions(name: str, workspace: Workspace, sentences: str | None = None) -> list[StoredPredictions]:
    """The stored predictions of a name: of a run (`job:ID`: all its seeds; `job:ID/SEED`, `run:KEY`), or of a result.

    Args:
        name: a run's may end in `@best` or the number of its best step; a result's key may be shortened.
        workspace: where they lie.
        sentences: of a run the fingerprint of the test sentences; None: those that were scored last.

    Raises:
        EncoderError: there is no such run.
        SettingsError: nothing is stored of that name, step or sentences; says what to do.
    """
    if name.startswith(("job:", "run:")):
        of, _, step = name.partition("@")
        found = []
        for run in find_runs(of, workspace):
            one = _of_run(run, workspace, {}, sentences)
            if one is None and sentences:
                raise SettingsError(f"{name}: {run.name()} was not scored on the test sentences {sentences[:12]}.")
            if one is None:
                raise SettingsError(
                    f"{name}: of {run.name()} no predictions are stored; it has not ended, or has no test sentences "
                    "whose words it labels. "
                    f"Wait for it, or label sentences: embspace predict {of}@last"
                )
            if step not in ("", "best", str(one.step)):
                raise SettingsError(
                    f"{name}: a run keeps the predictions of its best step, {one.step}. Label the sentences with the "
                    f"other one, embspace predict {name} --csv FILE.csv, and give that file."
                )
            found.append(one)
        return found
    fitting = [one for one in _of_results(workspace, runs(workspace), {}) if one.name.startswith(name)]
    if len(fitting) != 1:
        what = f"{len(fitting)} results begin so" if fitting else "no such file, and no result of embspace predict"
        raise SettingsError(
            f"predictions {name!r}: {what}. Give a file with the columns of embspace predict, job:ID of a fine-tuning, "
            "or the key of a stored result."
        )
    return fitting


def keep_predictions(names: Sequence[str | Path], workspace: Workspace, given: Sequence[str] = ()) -> tuple[str, ...]:
    """Keep predictions for an analysis, as `keep_files` keeps files; what is stored is made a file first.

    Args:
        names: of files, or as `find_predictions` takes them.
        workspace: that keeps them, and where those without a file lie.
        given: what files are called instead of their own names.

    Raises:
        EncoderError: there is no such run.
        SettingsError: a file is not there, or nothing is stored of a name.
        StoreError: what is stored is damaged, or the disk refuses.
    """
    kept: list[str] = []
    with TemporaryDirectory() as folder:
        for at, name in enumerate(names):
            if not is_name(name):
                kept += keep_files([name], workspace, given[at : at + 1])
                continue
            for one in find_predictions(str(name), workspace):
                path = Path(folder) / "predictions.parquet"
                one.table().to_parquet(path, index=False)
                kept += keep_files([path], workspace, [one.file])
    return tuple(dict.fromkeys(kept))


def is_name(given: str | Path) -> bool:
    """Whether what is given names what is stored, rather than a file."""
    text = str(given)
    named = text.startswith(("job:", "run:")) or bool(_KEY.fullmatch(text))
    return named and not Path(text).expanduser().exists()


def _of_run(
    run: Run, workspace: Workspace, known: dict[str, Sequence[str]], sentences: str | None = None
) -> StoredPredictions | None:
    """The predictions of a run's test sentences, those that were scored last; None: there are none."""
    config, every = run.record["config"], list(run.record.get("tests", {}))
    tests = [one for one in every if sentences in (None, one)]
    paths = [path for one in tests if (path := run.folder / f"test-{one}.parquet").is_file()]
    if run.state != "finished" or not paths or config.get("task") not in TAGGED:
        return None
    parts = config.get("test", [])
    return StoredPredictions(
        name=run.name(),
        system=run.name(),
        part=_part(parts[0]) if len(parts) == 1 and tests[-1] == every[-1] else None,
        train=trained_on(config.get("train", []), workspace, known),
        seed=run.seed,
        step=run.best,
        encoding=config.get("encoding", "IOB2") if config.get("task") == "ner" else "",
        path=paths[-1],
        made=paths[-1].stat().st_mtime,
    )


def _of_results(workspace: Workspace, every: Sequence[Run], known: dict[str, Sequence[str]]) -> list[StoredPredictions]:
    """What `embspace predict` stored; what is damaged is passed over."""
    found = []
    for path in workspace.results.glob("*/settings.json"):
        with suppress(StoreError, SettingsError, KeyError, TypeError, AttributeError, OSError):
            record = read_json(path)
            if list(record["tables"]) != [TABLE]:
                continue
            config, table = record["config"], path.with_name(f"{FIRST}.parquet")
            found.append(
                StoredPredictions(
                    name=path.parent.name,
                    system=str(config["checkpoint"]),
                    part=None if config.get("texts") else _part(config["corpus"]),
                    train=_trained_on(str(config["checkpoint"]), workspace, every, known),
                    seed=None,
                    step=None,
                    encoding="",
                    path=table,
                    made=table.stat().st_mtime,
                )
            )
    return found


def _trained_on(
    checkpoint: str, workspace: Workspace, every: Sequence[Run], known: dict[str, Sequence[str]]
) -> tuple[str, ...]:
    """The languages that a step of a run was trained on; none of another checkpoint, or of a run that is gone."""
    name = checkpoint.partition("@")[0]
    run = next((one for one in every if name in (one.name(), f"run:{one.key}")), None) if is_trained(name) else None
    if run is None and is_trained(name):
        with suppress(EncoderError, ValueError):
            [run] = find_runs(name, workspace)
    return () if run is None else trained_on(run.record["config"].get("train", []), workspace, known)


def _part(given: Mapping[str, Any]) -> Part | None:
    """The part of a corpus that a record names; None: of one that this version does not know."""
    try:
        return from_json(Part, dict(given))
    except SettingsError:
        return None


def _by_word(table: pd.DataFrame, encoding: str) -> pd.DataFrame:
    """What a run keeps, a row per sentence, as a row per word; gold in the encoding of the run's labels."""
    gold = [_encoded(tags, len(words), encoding) for words, tags in zip(table["words"], table["gold"], strict=True)]
    columns = ["words", "gold", "predicted"]
    found = table[["language"]].assign(words=table["words"], gold=gold, predicted=table["predicted"])
    found = found.assign(sentence=range(len(found))).explode(columns, ignore_index=True)
    found = found.rename(columns={"words": "word"})
    return found.assign(position=found.groupby("sentence").cumcount())


def _encoded(tags: Sequence[str] | None, length: int, encoding: str) -> list[str | None]:
    if tags is None:
        return [None] * length
    if not encoding:
        return list(tags)
    return list(spans_to_tags(tags_to_spans(list(tags), repaired=Counter()), length, encoding.lower()))
