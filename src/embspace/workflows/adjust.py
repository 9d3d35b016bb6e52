"""Adjust, fine-tune, compare: the five stages of "adjustment" as a batch of jobs, their scores and their distances."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embspace.corpora.aligned import open_aligned, source_links
from embspace.errors import CorpusError
from embspace.progress import Progress, Silent
from embspace.storage import fingerprint
from embspace.training.config import ADJUSTMENT
from embspace.training.part import Part
from embspace.workflows.rotated_original import rotated_space
from embspace.workflows.settings import from_json, read_toml, to_json
from embspace.workflows.stages import (
    FINE,
    ROTATED,
    SCORED,
    STAGES,
    AdjustConfig,
    checkpoints,
    plans,
    runs_of_stage,
    test_parts,
    train_parts,
)
from embspace.workflows.training_batch import Batch, Trained
from embspace.workspace import Workspace, current_workspace, in_its_workspace

if TYPE_CHECKING:
    import pandas as pd

    from embspace.corpora.records import Corpus

__all__ = ["AdjustConfig", "run"]

LOOKED_AT = 500
"""groups of aligned sentences that are looked at where none are named"""
VERSION = 1


@in_its_workspace
def run(config: AdjustConfig, workspace: Workspace, progress: Progress) -> dict[str, Any]:
    """Train all stages as jobs of their own, score them, and measure related and unrelated words.

    What was trained or extracted before is found; what is stopped goes on where it stood.

    Returns:
        `result path stages rows`: the key of the tables and their folder, stage -> seed -> checkpoint, rows of each
        table: `significance`, `relatedness`, `distances`, `examples` (scores of each record).

    Raises:
        Cancelled: trainings under way have saved a checkpoint.
        JobError: trainings failed, each one and why; those that ended are kept.
        EmbspaceError: a setting, corpus or checkpoint is impossible, or the disk refuses.
    """
    key, made, tables = made_tables(config, workspace, progress)
    stages = {stage: {str(seed): name for seed, name in of.items()} for stage, of in made.items()}
    rows = {name: len(table) for name, table in tables.items()}
    return {"result": key, "path": str(workspace.results / key), "stages": stages, "rows": rows}


@in_its_workspace
def made_tables(
    config: AdjustConfig, workspace: Workspace, progress: Progress
) -> tuple[str, dict[str, dict[int, str]], dict[str, pd.DataFrame]]:
    """The key of the stored tables, the checkpoints by stage and seed, and the tables; see `run`."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="IProgress not found")  # tqdm's, in a notebook without ipywidgets
        from embspace.analyses.result_store import read_result, write_result
        from embspace.encoders import loading as _  # noqa: F401 - which loads the model library

    progress.stage("reading")
    languages = languages_of(config, workspace)
    check_data(config, languages, workspace)
    with Batch(batch := plans(config, languages), workspace, progress) as jobs:
        trained = jobs.wait(batch)
    made = checkpoints(config, trained)
    key = result_key(config, trained, workspace)
    if (found := read_result(workspace.results, key)) is not None:
        return key, made, found
    tables = stage_scores(config, trained, workspace) | distances(config, made, workspace, progress)
    about = {"analysis": "stages", "config": to_json(config), "stages": made, "version": VERSION}
    write_result(workspace.results, key, tables, about)
    return key, made, tables


def result_key(config: AdjustConfig, trained: Mapping[str, Trained], workspace: Workspace) -> str:
    """The name of the folder of the tables: of the runs, of what they are scored on, and of what is looked at."""
    from embspace.corpora.catalog import links_fingerprint

    runs = {name: [one["key"] for one in of.result["runs"]] for name, of in trained.items()}
    scored = {name: tested(one, workspace) for name, one in trained.items() if one.config.test}
    corpus, part = looked_at(config, workspace)
    looked = [corpus.fingerprint, links_fingerprint(part.corpus, workspace)]
    how = {name: value for name, value in to_json(config).items() if name not in ("threads", "device")}
    return fingerprint(["stages", how, runs, scored, looked, VERSION, version("embspace")])


def stage_scores(
    config: AdjustConfig, trained: Mapping[str, Trained], workspace: Workspace, prefix: str = ""
) -> dict[str, pd.DataFrame]:
    """`significance`, the stages that learned the task against each other, and `examples`, the scores behind it."""
    import pandas as pd

    from embspace.analyses.stage_scores import example_scores, stage_significance

    parts = []
    for stage in SCORED:
        for one in runs_of_stage(trained, stage, prefix):
            for seed, run in one.runs(workspace).items():
                table = pd.read_parquet(run.folder / f"test-{tested(one, workspace)}.parquet")
                parts.append(example_scores(table).assign(system=stage, seed=seed))
    examples = pd.concat(parts, ignore_index=True)
    found = stage_significance(examples, SCORED)
    found.attrs["settings"]["score"] = FINE[config.task].score
    return {"significance": found, "examples": examples}


def tested(trained: Trained, workspace: Workspace) -> str:
    """The fingerprint of the records that a training was scored on."""
    from embspace.corpora.records import Records
    from embspace.training.material import open_records

    config = trained.config
    opened = [open_records(part, config.task, workspace, config.adjust.source) for part in config.test]
    return Records("test", [one for some in opened for one in some]).fingerprint


def distances(
    config: AdjustConfig, made: Mapping[str, Mapping[int, str]], workspace: Workspace, progress: Progress
) -> dict[str, pd.DataFrame]:
    """`relatedness` of every stage, seed and layer, and the histograms of the first seed ("adjustment" 5.3).

    Beside the stages `relatedness` has the last layer of the original after a rotation (`rotated_space`).

    Raises:
        CorpusError: what is looked at has no word alignments.
    """
    import pandas as pd

    from embspace.analyses.relatedness import relatedness, relatedness_distances
    from embspace.analyses.results import result
    from embspace.corpora.catalog import open_links
    from embspace.spaces.extraction import extract

    corpus, part = looked_at(config, workspace)
    links = open_links(part.corpus, workspace)
    if links is None:
        raise CorpusError(f"{part.corpus} has no word alignments, and related words are those that are linked.")
    links = source_links(links, config.adjust.source)
    spaces = {}
    for stage, of in made.items():
        for seed, checkpoint in of.items():
            progress.stage(f"{stage}, seed {seed}")
            options = {"targets": "words", "device": config.device, "workspace": workspace}
            spaces[stage, seed] = extract(checkpoint, corpus, progress=progress, **options)
    rows = []
    for (stage, seed), space in spaces.items():
        found = relatedness(space, links, layer=None, metric="l2", bootstrap=0, progress=progress)
        rows.append(found.assign(stage=stage, seed=seed))
    turned, renamed = rotated_space(config, corpus, links, workspace, progress)
    found = relatedness(turned, renamed, layer=-1, metric="l2", bootstrap=0, progress=progress)
    rows.append(found.assign(stage=ROTATED, seed=config.seeds[0]))
    table = pd.concat(rows, ignore_index=True)
    kept = ["stage", "seed", "layer", "language_a", "language_b", "auc", "overlap", "difference", "mean_related"]
    kept += ["mean_unrelated", "n_related", "n_unrelated"]
    first = [spaces[stage, config.seeds[0]] for stage in STAGES]
    drawn = relatedness_distances(first, links, layer=None, metric="l2", progress=progress)
    named = dict(zip(dict.fromkeys(drawn["checkpoint"]), STAGES, strict=True))
    drawn["checkpoint"] = drawn["checkpoint"].map(named.__getitem__)
    for space, stage in zip(drawn.attrs["settings"]["spaces"], STAGES, strict=True):
        space["checkpoint"] = stage
    measured = result(list(table[kept].itertuples(index=False, name=None)), kept, "stage_relatedness", metric="l2")
    return {"relatedness": measured, "distances": drawn}


def looked_at(config: AdjustConfig, workspace: Workspace) -> tuple[Corpus, Part]:
    """The sentences whose words are measured, in the languages that are adjusted, and the part that they are."""
    from embspace.corpora.catalog import find_entry, open_corpus

    first = config.aligned[0]
    part = config.look or replace(first, sentences=min(first.sentences or LOOKED_AT, LOOKED_AT))
    known = find_entry(part.corpus, workspace).languages
    wanted = [one for one in languages_of(config, workspace) if one in (part.languages or known) and one in known]
    codes = [config.adjust.source, *wanted]
    return open_corpus(part.corpus, languages=codes, limit=part.sentences, workspace=workspace), part


def languages_of(config: AdjustConfig, workspace: Workspace) -> list[str]:
    """The languages of the translations.

    Raises:
        CorpusError: a corpus is not there, or has no words aligned.
    """
    found: dict[str, None] = {}
    for part in config.aligned:
        options = {"languages": part.languages, "limit": part.sentences, "workspace": workspace}
        found |= dict.fromkeys(open_aligned(part.corpus, config.adjust.source, **options).languages)
    return list(found)


def check_data(config: AdjustConfig, languages: list[str], workspace: Workspace) -> None:
    """See that all records are there before anything is trained.

    Raises:
        CorpusError: all that is missing, a line each.
    """
    from embspace.corpora.catalog import links_fingerprint
    from embspace.training.material import open_records, unfit

    problems = []
    given = {"train": train_parts(config), "dev": config.dev, "test": test_parts(config, languages)}
    for name, parts in given.items():
        for part in parts:
            try:
                found = open_records(part, config.task, workspace, config.adjust.source)
                problems += [f"{name}: {text}" for text in unfit(found, config.task)]
            except CorpusError as error:
                problems.append(f"{name}: {error}")
    if config.adjust.draw is not None:
        counts = Counter[str]()
        for part in config.aligned:
            counts.update(one.language for one in open_records(part, ADJUSTMENT, workspace, config.adjust.source))
        if few := [f"{code} {count}" for code, count in counts.items() if count < config.adjust.draw]:
            problems.append(f"adjust: draw = {config.adjust.draw} aligned pairs, but there are {', '.join(few)}.")
    try:
        corpus, part = looked_at(config, workspace)
        if len(corpus.languages) < 2:
            problems.append(f"look: {part.corpus} has none of the languages that are adjusted: {', '.join(languages)}.")
        if not links_fingerprint(part.corpus, workspace):
            problems.append(f"look: {part.corpus} has no word alignments, and related words are those that are linked.")
    except CorpusError as error:
        problems.append(f"look: {error}")
    if problems:
        raise CorpusError("\n".join(problems))


@in_its_workspace
def adjust(
    config: AdjustConfig | str | Path | None = None,
    *,
    workspace: Workspace | None = None,
    progress: Progress | None = None,
    **settings: Any,
) -> dict[str, Any]:
    """Adjust, fine-tune, compare: the five stages of "adjustment"; what was trained before is found.

        es.adjust(aligned=[{"corpus": "parallel-sample", "languages": ["ru"]}], task="nli", seeds=[0, 1, 2])

    Args:
        config: settings, or a TOML file of them; None: those by default.
        workspace: where corpora and runs lie; None: the current one.
        progress: may raise `Cancelled`; trainings under way then save a checkpoint.
        **settings: of `AdjustConfig`, in the place of those of `config`.

    Returns:
        `stages`, stage -> seed -> a checkpoint for `es.extract`; and the tables `significance` (for
        `figures.significance_bars`), `relatedness`, `distances` (for `figures.relatedness_histograms`), `examples`.

    Raises:
        EmbspaceError: as of `run`.
    """
    if isinstance(config, str | Path):
        made = read_toml(AdjustConfig, Path(config), settings)
    else:
        made = from_json(AdjustConfig, (to_json(config) if config else {}) | settings)
    _, stages, tables = made_tables(made, workspace or current_workspace(), progress or Silent())
    return {"stages": stages, **tables}
