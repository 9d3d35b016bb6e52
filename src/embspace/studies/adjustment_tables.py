"""Tables 2 to 5 and Figure 1 of "adjustment", made of stored predictions and of spaces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from embspace.analyses.sentence_retrieval import MEASURES, best_layers, sentence_ranks, sentence_retrieval
from embspace.analyses.stage_scores import example_scores, marked_table, separations, stage_significance
from embspace.corpora.catalog import open_corpus
from embspace.figures.relatedness import relatedness_histograms
from embspace.figures.sentence_retrieval import retrieval_curves
from embspace.figures.significance import significance_bars
from embspace.studies.adjustment_findings import better, bigger_on_mixed, histograms, never_better
from embspace.studies.adjustment_trainings import SOURCE, corpus_of, languages, stage_config
from embspace.studies.study import Context, Output
from embspace.workflows.adjust import distances, tested
from embspace.workflows.stages import (
    ADJUSTED,
    ADJUSTED_TUNED,
    CONTINUAL,
    ORIGINAL,
    PAPER_NAMES,
    SCORED,
    STAGES,
    TUNED,
    TaskName,
)
from embspace.workflows.training_batch import Trained


def distances_of_words(context: Context) -> Output:
    """Figure 1: related and unrelated words in the five stages of NLI, for every language."""
    tables, figures, parts = {}, {}, []
    for one in languages(context.config, "nli"):
        config = stage_config(context.config, "nli", [one])
        found = distances(config, _checkpoints(context, "nli", one), context.workspace, context.progress)
        parts.append(found["relatedness"])
        figures[one] = relatedness_histograms(found["distances"], layer=-1, metric="l2")
        tables[f"distances {one}"] = found["distances"]
    every = separations(pd.concat(parts, ignore_index=True))
    last = every.loc[every["layer"] == every["layer"].max()].drop(columns="layer").reset_index(drop=True)
    notes = [
        "L2 distances of last-layer vectors of linked words and of words of unpaired sentences; histograms are of the "
        f"first seed, numbers means over {len(context.config.seeds)} seeds."
    ]
    raw = pd.concat(parts, ignore_index=True)
    return Output({"separation": last, "all layers": every, **tables}, figures, notes, histograms(raw))


def inference(context: Context) -> Output:
    """Table 2: accuracy on NLI, and where one text is in English."""
    found = _significance(context, "nli")
    plain, mixed = (found.loc[found["language"].str.contains("+", regex=False) == one] for one in (False, True))
    table = pd.concat([_rows(plain, ""), _rows(mixed, "mixed: ")], ignore_index=True)
    claims = [
        better(plain, TUNED, ADJUSTED_TUNED, "Adjustment improves NLI in every language.", "5.2, Table 2"),
        better(plain, ADJUSTED_TUNED, CONTINUAL, "Continual learning improves NLI further.", "5.2, Table 2"),
        better(mixed, TUNED, ADJUSTED_TUNED, "Adjustment improves mixed-language NLI in every language.", "Table 2"),
        bigger_on_mixed(plain, mixed),
    ]
    return Output({"accuracy": table, "tests": found}, {"accuracy": significance_bars(found)}, [_note("t")], claims)


def entities(context: Context) -> Output:
    """Table 3: token-level F1 of named entities."""
    found = _significance(context, "ner")
    claims = [
        better(found, TUNED, ADJUSTED_TUNED, "Adjustment improves NER in most languages.", "5.2, Table 3", most=True),
        better(
            found, ADJUSTED_TUNED, CONTINUAL, "Continual learning improves NER in one language.", "Table 3", one=True
        ),
    ]
    notes = [_note("permutation")]
    return Output({"f1": _rows(found, ""), "tests": found}, {"f1": significance_bars(found)}, notes, claims)


def questions(context: Context) -> Output:
    """Table 4: F1 of answers, in one language and in two."""
    found = _significance(context, "qa")
    kinds = {
        "": found.loc[~found["language"].str.contains("+", regex=False)],
        "question in target language: ": found.loc[found["language"].str.endswith(f"+{SOURCE}")],
        "question in English: ": found.loc[found["language"].str.startswith(f"{SOURCE}+")],
    }
    table = pd.concat([_rows(part, name) for name, part in kinds.items() if len(part)], ignore_index=True)
    alone, crossed = kinds[""], pd.concat([*kinds.values()][1:])
    claims = [
        never_better(alone, "Adjustment never improves monolingual QA.", "5.2, Table 4"),
        better(
            crossed, TUNED, ADJUSTED_TUNED, "Adjustment improves cross-lingual QA in most cases.", "Table 4", most=True
        ),
    ]
    return Output({"f1": table, "tests": found}, {"f1": significance_bars(found)}, [_note("t")], claims)


def retrieval(context: Context) -> Output:
    """Table 5: mean reciprocal rank of translations after learning QA, at each stage's best layer; and before it."""
    from embspace.spaces.extraction import extract  # the pages read what a study is, and load no model library

    config, ranks, best, curves, same = context.config, [], [], {}, []
    options = {"targets": "words", "device": config.device, "workspace": context.workspace}
    for one in languages(config, "qa"):
        name = corpus_of(config, "retrieval", one)
        limit = config.test_sentences
        corpus = open_corpus(name, languages=[SOURCE, one], limit=limit, workspace=context.workspace)
        drawn = []
        for stage, made in _checkpoints(context, "qa", one).items():
            for seed, checkpoint in made.items():
                if stage == ORIGINAL and seed != config.seeds[0]:
                    continue  # the same checkpoint
                space = extract(checkpoint, corpus, progress=context.progress, **options)
                found = best_layers(sentence_retrieval(space, to=SOURCE)).set_index("measure")
                layer = int(found.loc["mrr", "layer"])
                best.append((one, stage, seed, layer, *(found.loc[measure, "value"] for measure in MEASURES)))
                if stage in SCORED:
                    own = sentence_ranks(space, layer, to=SOURCE)
                    score = pd.DataFrame({"language": one, "example": own["parallel"], "score": 1 / own["rank"]})
                    ranks.append(score.assign(system=stage, seed=seed))
                drawn += [space] if seed == config.seeds[0] else []
        table = sentence_retrieval(drawn, to=SOURCE)
        named = dict(zip(dict.fromkeys(table["checkpoint"]), STAGES, strict=True))
        table["checkpoint"] = table["checkpoint"].map(named.__getitem__)
        curves[one] = retrieval_curves(table)
        same += [one] * (name == corpus_of(config, "aligned", one))
    found = stage_significance(pd.concat(ranks, ignore_index=True), SCORED)
    layers = pd.DataFrame(best, columns=["language", "stage", "seed", "layer", *MEASURES])
    claim = "Adjustment improves retrieval in most languages."
    notes = ["The best layer of each stage and seed is chosen on the test sentences themselves, as in the paper."]
    verdict = better(found, TUNED, ADJUSTED_TUNED, claim, "5.2, Table 5", most=True, scale=1)
    tables = {"mrr": _rows(found, "", 1.0), **{f"all stages, {one}": _by_stage(layers, one) for one in MEASURES}}
    return Output(
        tables | {"tests": found, "best layers": layers},
        curves,
        [*notes, _note("t")],
        [replace(verdict, holds=None if same else verdict.holds)],  # of sentences that were adjusted to nothing is told
    )


def _by_stage(layers: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Means over seeds of a measure, each at its best layer: a row per stage, also before QA is learned."""
    means = layers.pivot_table(measure, "stage", "language", sort=False)
    return means.loc[[*STAGES], [*dict.fromkeys(layers["language"])]].rename_axis(columns=None).reset_index()


def _significance(context: Context, task: TaskName) -> pd.DataFrame:
    """The stages that learned a task against each other, by language."""
    parts = []
    for one in languages(context.config, task):
        for stage in SCORED:
            for name, of in context.trained.items():
                if name == f"{task}: {TUNED}" if stage == TUNED else name.startswith(f"{task} {one}: {stage}, "):
                    parts.append(_examples(context, of, one).assign(system=stage))
    return stage_significance(pd.concat(parts, ignore_index=True), SCORED)


def _examples(context: Context, trained: Trained, language: str) -> pd.DataFrame:
    """Scores of the test records of one language, of each seed."""
    fingerprint, parts = tested(trained, context.workspace), []
    for seed, run in trained.runs(context.workspace).items():
        table = example_scores(pd.read_parquet(run.folder / f"test-{fingerprint}.parquet"))
        parts.append(table.loc[[language in code.split("+") for code in table["language"]]].assign(seed=seed))
    return pd.concat(parts, ignore_index=True)


def _checkpoints(context: Context, task: TaskName, language: str) -> dict[str, dict[int, str]]:
    """Stage -> seed -> checkpoint, of a task and a language."""
    seeds, trained = context.config.seeds, context.trained
    found: Mapping[str, dict[int, str]] = {
        ORIGINAL: dict.fromkeys(seeds, context.config.checkpoint),
        ADJUSTED: {},
        TUNED: trained[f"{task}: {TUNED}"].checkpoints(),
        ADJUSTED_TUNED: {},
        CONTINUAL: {},
    }
    for seed in seeds:
        found[ADJUSTED].update(trained[f"{language}: {ADJUSTED}, seed {seed}"].checkpoints())
        for stage in (ADJUSTED_TUNED, CONTINUAL):
            found[stage].update(trained[f"{task} {language}: {stage}, seed {seed}"].checkpoints())
    return dict(found)


def _rows(found: pd.DataFrame, prefix: str, scale: float = 100.0) -> pd.DataFrame:
    """Means with marks, as the paper prints them; a column per language of the translations."""
    named = found.assign(language=[_target(str(one)) for one in found["language"]])
    return marked_table(named, {system: prefix + name for system, name in PAPER_NAMES.items()}, scale)


def _target(code: str) -> str:
    """The language beside English."""
    return next((one for one in code.split("+") if one != SOURCE), code)


def _note(test: str) -> str:
    if test == "t":
        return "*: differs from Original, **: from Adjusted; paired t-test over examples averaged over seeds, p < 0.05."
    return "*: differs from Original, **: from Adjusted; permutation test, 1,000 iterations over all seeds, p < 0.05."
