import json
import os
import re
import signal
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from embspace import cli, figures
from embspace.corpora.records import Corpus, Entity, Sentence
from embspace.encoders.base import Pieces
from embspace.jobs.job import State
from embspace.jobs.supervisor import submit
from embspace.spaces.extraction import extract
from embspace.workflows import extract as extract_workflow
from embspace.workflows import project as project_workflow
from embspace.workspace import Workspace

TINY = "tiny_workflows:Count"


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    monkeypatch.setenv("EMBSPACE_WORKSPACE", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent / "jobs"))
    monkeypatch.setenv("COLUMNS", "200")
    return Workspace(tmp_path)


def embspace(*arguments):
    """Exit code, stdout, stderr."""
    done = CliRunner().invoke(cli.app, [str(one) for one in arguments])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout, done.stderr


class Lengths:
    """An encoder whose vectors are word lengths."""

    name, dim, n_layers, max_pieces, fingerprint, way = "lengths", 2, 2, 64, "lengths-1", "by hand"

    def tokenize(self, sentences, as_text=False):
        words = [np.arange(len(sentence.words)) for sentence in sentences]
        ids = [np.array([len(word) for word in sentence.words]) for sentence in sentences]
        return Pieces(np.concatenate(ids), np.array([len(one) for one in words]), np.concatenate(words))

    def piece_texts(self, ids):
        return [str(one) for one in ids]

    def layers(self, batch, upto=None):
        import torch

        flat = torch.tensor(np.concatenate(batch), dtype=torch.float32)
        yield from (one[:, None].repeat(1, 2) for one in (flat, flat + 1))


@pytest.fixture
def space(workspace):
    sentences = [Sentence(("a", "town"), language, entity=Entity(1, 2, "LOC", "t")) for language in ("en", "tr")]
    return extract(Lengths(), Corpus("two towns", sentences), workspace=workspace)


def test_version_and_help():
    assert embspace("--version")[:2] == (0, version("embspace") + "\n")
    code, out, _ = embspace("--help")
    assert code == 0
    for verb in ("extract", "project", "pretrain", "spaces", "jobs", "app"):
        assert re.search(rf"\b{verb}\b", out)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["extract", "mini", "--dtype", "int8"],
            'dtype = \'int8\' is not possible; expected "float32" or "bfloat16" or "float16".',
        ),
        (["extract", "mini", "--languages", "xx"], "xx"),
        (["project", "mini", "--layers", "0,last"], '--layers 0,last: expected "all" or whole numbers'),
        (["project", "mini", "--method", "mds"], 'expected "tsne" or "umap" or "pca".'),
        (["project", "mini", "--output", "map.gif"], "map.gif: a map is written as .html, .png, .svg, .pdf or .csv."),
        (["project", "mini", "--output", "a.csv", "--background"], "exclude each other"),
        (["pretrain", "none.toml", "--root", ".", "--output", "out"], "none.toml: no such file."),
        (["jobs", "show", "x"], "are called 'x'; there are: none."),
        (["spaces", "verify", "x"], "begin with 'x'; there are: none."),
    ],
)
def test_what_cannot_be_is_one_clear_line(workspace, arguments, message):
    code, _, err = embspace(*arguments)
    assert code == 1
    assert err.startswith("embspace: ") and err.count("\n") == 1 and message in err


def test_an_unknown_option_is_a_usage_error(workspace):
    assert embspace("extract", "mini", "--nope")[0] == 2


def test_options_reach_the_workflow(workspace, monkeypatch):
    seen = []

    def run(config, place, progress):
        seen.append((config, place))
        return {"space": "abc", "words": 3}

    monkeypatch.setattr(extract_workflow, "run", run)
    line = "extract mini --entity Washington --entity Q90 --languages be,en --per-type 7 --types LOC --seed 3"
    line += " --stored-dtype float32 --layers 0,-1 --window 64 --overlap 8 --workers 2 --tokenize-as text --pooling max"
    code, out, _ = embspace(*line.split(), "--split", "train", "--targets", "words", "--dtype", "bfloat16")
    assert code == 0 and "space     abc\nwords     3\n" in out
    config, place = seen[0]
    assert place == workspace
    assert config == extract_workflow.ExtractConfig(
        *("mini", ("be", "en"), ("Washington", "Q90"), 7, ("LOC",), "train", 3, "words"),
        tokenize_as="text",
        pooling="max",
        layers=(0, -1),
        dtype="bfloat16",
        stored_dtype="float32",
        window=64,
        overlap=8,
        workers=2,
    )
    embspace("extract", "mini", "--workspace", str(workspace.root / "other"))
    assert seen[1] == (extract_workflow.ExtractConfig("mini"), Workspace(workspace.root / "other"))


def test_parts_of_a_space_are_made_one_by_one(workspace):
    words = ["extract", "mini", "--languages", "be,en", "--per-type", "3", "--targets", "words", "--workspace"]
    for part in ("2/2", "1/2", "1/2"):
        code, out, _ = embspace(*words, workspace.root, "--shard", part, "--json")
        assert (code, json.loads(out)["part"]) == (0, part)
    told = json.loads(out)
    assert told["stored"] == told["shards"]
    code, out, _ = embspace(*words, workspace.root, "--json")
    assert json.loads(out)["words"] > 50


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--shard", "3"], "--shard 3: expected i/N, such as 1/4"),
        (["--shard", "3/2"], "There is no part 3 of 2; parts are counted from 1 to 2."),
        (["--shard", "1/2", "--workers", "2"], "--shard is one process of many"),
        (["--shard", "1/2", "--background"], "--shard is one process of many"),
        (["--layers", "some"], '--layers some: expected "all" or whole numbers'),
        (["--layers", "9"], "layers = (9,): expected 'all' or numbers from 0 (embeddings) to 4"),
        (["--window", "8", "--overlap", "8"], "Windows of 8 pieces cannot overlap by 8"),
    ],
)
def test_parts_and_layers_that_are_not_there(workspace, arguments, message):
    code, _, err = embspace("extract", "mini", "--languages", "en", "--per-type", "2", *arguments)
    assert code == 1
    assert message in err


def test_a_map_is_written_as_table_and_as_page(workspace, monkeypatch, tmp_path):
    seen = []
    frame = pd.DataFrame({"text": ["a"], "layer": [2], "x": [0.5], "y": [1.5]})

    def make_maps(config, place, progress):
        seen.append(config)
        return None, frame

    monkeypatch.setattr(project_workflow, "make_maps", make_maps)
    monkeypatch.setitem(vars(figures), "projection_map", lambda maps, *how: ("figure of", maps, how))
    monkeypatch.setitem(vars(figures), "save", lambda figure, path: path.write_text(f"{figure[0]} {len(figure[1])}"))
    table, page = tmp_path / "out" / "map.csv", tmp_path / "map.html"
    line = "project mini --layers all --method umap --neighbors 9 --center language --seed 4"
    code, out, _ = embspace(*line.split(), "--output", table, "--output", page)
    assert (code, out) == (0, f"wrote {table}\nwrote {page}\n")
    pd.testing.assert_frame_equal(pd.read_csv(table), frame)
    assert page.read_text() == "figure of 1"
    (config,) = seen
    assert (config.layers, config.method, config.neighbors, config.center) == ("all", "umap", 9, "language")
    assert config.seed == config.extract.seed == 4
    embspace("project", "mini", "--layers", "-1,0", "--output", table)
    assert seen[1].layers == (-1, 0)
    line = "project mini --corpus parallel-sample --sentences 7 --targets words --languages be,en --transform whiten"
    line += " --transform center --frame joint --beside other --method pca --seed 3 --symbol none --color tag --output"
    assert embspace(*line.split(), page)[0] == 0
    assert seen[2].extract == extract_workflow.ExtractConfig(
        languages=("be", "en"), targets="words", corpus="parallel-sample", sentences=7
    )
    assert (seen[2].transforms, seen[2].frame, seen[2].beside) == (("whiten", "center"), "joint", ("other",))
    embspace("project", "mini", "tuned", "--beside", "other", "--output", table)
    assert (seen[3].extract.checkpoint, seen[3].beside) == ("mini", ("tuned", "other"))


@pytest.mark.parametrize("kind", ["KeyboardInterrupt", "Cancelled"])
def test_an_interruption_is_said_and_is_130(workspace, monkeypatch, kind):
    from embspace.progress import Cancelled

    def run(config, place, progress):
        raise {"KeyboardInterrupt": KeyboardInterrupt, "Cancelled": Cancelled}[kind]

    monkeypatch.setattr(extract_workflow, "run", run)
    code, _, err = embspace("extract", "mini")
    assert (code, err) == (130, "Stopped; what was finished is kept.\n")


def test_ctrl_c_in_a_terminal(workspace, tmp_path):
    code = (
        "import time; from embspace import cli; from embspace.workflows import extract\n"
        "def run(config, place, progress):\n    print('ready', flush=True); time.sleep(30)\n"
        "extract.run = run; cli.app(['extract', 'mini'])"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ.copy()
    )
    while "ready" not in child.stdout.readline():
        time.sleep(0.01)
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=20)
    assert child.returncode == 130 and "Stopped; what was finished is kept." in err and "Traceback" not in err


def test_spaces_are_listed_verified_and_removed(workspace, space):
    code, out, _ = embspace("spaces", "list")
    assert code == 0
    for part in (space.fingerprint[:12], "lengths", "two towns", "2 x 2 x 2", "whole"):
        assert part in out
    assert embspace("spaces", "verify")[:2] == (0, f"{space.fingerprint[:12]} good\n")
    vectors = next(space.path.glob("*.npy"))
    data = bytearray(vectors.read_bytes())
    data[-1] ^= 1
    vectors.write_bytes(data)
    code, out, err = embspace("spaces", "verify", space.fingerprint[:6])
    assert code == 1 and "damaged" in out and vectors.name in err
    assert embspace("spaces", "remove", space.fingerprint[:6])[0] == 0
    assert not space.path.exists() and list(workspace.spaces.iterdir()) == []
    assert "No spaces yet" in embspace("spaces", "list")[1]


def test_jobs_are_listed_shown_and_cancelled(workspace):
    assert "No jobs yet" in embspace("jobs", "list")[1]
    job = submit(TINY, {"upto": 10_000, "pause": 0.02}, workspace)
    deadline = time.monotonic() + 20
    while not (job.progress() and job.progress().rate):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    out = embspace("jobs", "list")[1]
    assert job.id in out and "running" in out and "counting: " in out and "of 10,000" in out and " left" in out
    assert embspace("jobs", "cancel", job.id)[:2] == (0, f"{job.id} stopped\n")
    out = embspace("jobs", "show", job.id[-6:])[1]
    assert re.search(r"state +stopped", out) and str(job.log) in out and '"upto": 10000' in out
    assert job.state is State.STOPPED


def test_background_submits_a_job(workspace, monkeypatch):
    from embspace.jobs import supervisor

    calls = []

    def fake(name, config, place):
        calls.append((name, config, place))
        return type("Job", (), {"id": "one", "state": State.QUEUED})

    monkeypatch.setattr(supervisor, "submit", fake)
    code, out, _ = embspace("extract", "mini", "--background")
    assert (code, out) == (0, "one is queued; watch it with: embspace jobs show one\n")
    assert calls == [("extract", extract_workflow.ExtractConfig("mini"), workspace)]


def test_app_runs_streamlit_on_the_checkout_or_says_where_the_pages_are(workspace, monkeypatch, tmp_path):
    calls = []
    monkeypatch.setattr(os, "execv", lambda *call: calls.append(call))
    monkeypatch.setattr(os, "chdir", lambda place: calls.append(place))
    monkeypatch.setattr(cli, "__file__", str(tmp_path / "src" / "embspace" / "cli.py"))
    code, _, err = embspace("app")
    assert code == 1 and "The pages are not part of the installed package." in err and calls == []
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "main.py").write_text("")
    assert embspace("app", "--port", "8600")[0] == 0
    place, (_, command) = calls
    assert place == tmp_path
    assert command[1:] == ["-m", "streamlit", "run", str(tmp_path / "app" / "main.py"), "--server.port", "8600"]
    assert os.environ["EMBSPACE_WORKSPACE"] == str(workspace.root)
