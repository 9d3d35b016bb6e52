"""`embspace adjust`: the tables of the stages, a job, and what is refused."""

import json

import pandas as pd
import pytest

from embspace.analyses.stage_scores import stage_significance
from embspace.workflows.stages import ROTATED, SCORED, STAGES
from test_cli import embspace

TOML = """
task = "ner"
seeds = [0, 1]
[[aligned]]
corpus = "parallel-sample"
languages = ["ru"]
[[train]]
languages = ["en"]
per_type = 3
[adjust]
draw = 20
"""


@pytest.fixture
def recipe(tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    path = tmp_path / "stages.toml"
    path.write_text(TOML, "utf-8")
    return path


@pytest.fixture
def made(monkeypatch):
    """Tables of stages that nobody trained: adjusted words are right twice as often."""
    asked = []
    rows = [
        (system, seed, "ru", str(at), float(at % 4 < number + 1))
        for number, system in enumerate(SCORED)
        for seed in (0, 1)
        for at in range(40)
    ]
    scores = pd.DataFrame(rows, columns=["system", "seed", "language", "example", "score"])
    measured = [
        (stage, seed, layer, "en", "ru", 0.5 + number / 20, 0.4, 1.5, 2.0, 3.5)
        for number, stage in enumerate((*STAGES, ROTATED))
        for seed in (0, 1)
        for layer in (0, 4)
    ]
    names = ["stage", "seed", "layer", "language_a", "language_b", "auc", "overlap", "difference"]
    relatedness = pd.DataFrame(measured, columns=[*names, "mean_related", "mean_unrelated"])
    tables = {"significance": stage_significance(scores, SCORED), "relatedness": relatedness}
    stages = {stage: {seed: f"run:{stage[:3]}{seed}@best" for seed in (0, 1)} for stage in STAGES}

    def tables_of(config, workspace, progress):
        asked.append(config)
        return "key", stages, tables

    monkeypatch.setattr("embspace.workflows.adjust.made_tables", tables_of)
    return asked


def test_scores_with_marks_distances_and_checkpoints_are_shown(recipe, made):
    code, out, _ = embspace("adjust", recipe, "--set", "alpha=0.1")
    assert code == 0
    assert made[0].alpha == 0.1 and made[0].adjust.draw == 20 and made[0].task == "ner"
    lines = out.splitlines()
    assert "ru" in lines[0] and any(line.startswith(SCORED[1]) and "50.00*" in line for line in lines)
    assert any(line.startswith(SCORED[2]) and "75.00**" in line for line in lines)
    assert any(line.split("  ")[0] == ROTATED and "0.750" in line for line in lines)
    assert "adjusted: run:adj0@best, run:adj1@best" in lines
    code, out, _ = embspace("adjust", recipe, "--json")
    assert code == 0 and json.loads(out)["stages"]["original"] == {"0": "run:ori0@best", "1": "run:ori1@best"}


def test_in_the_background_it_is_a_job(recipe, monkeypatch):
    submitted = []
    monkeypatch.setattr("embspace.cli_adjust.do", lambda *given: submitted.append(given))
    assert embspace("adjust", recipe, "--background")[0] == 0
    ((name, config, _, background, _),) = submitted
    assert (name, config.seeds, background) == ("adjust", (0, 1), True)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (["--set", "task=pose"], "task = 'pose' is not possible"),
        (["--set", "alpha=0"], "alpha = 0.0: expected a weight above 0"),
        (["--set", "alfa=0.1"], "unknown setting 'alfa'"),
        (["--set", 'aligned=[{"corpus": "nli-sample"}]'], "nli-sample: no words in any language are aligned to en"),
        (["--set", 'aligned=[{"corpus": "parallel-sample", "languages": ["de"]}]'], "no words in de are aligned to en"),
        (["--set", 'test=[{"corpus": "qa-sample"}]'], "has no tags, which ner is learned from"),
        (["--set", 'look={"corpus": "nli-sample"}'], "look: nli-sample has no word alignments"),
    ],
)
def test_what_is_not_possible_is_one_line_before_anything_is_trained(recipe, changes, told, workspace):
    code, _, error = embspace("adjust", recipe, *changes)
    assert code == 1 and "embspace: " in error and told in error and "Traceback" not in error
    assert not workspace.checkpoints.exists() and not workspace.jobs.exists()
