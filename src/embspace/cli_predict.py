"""`embspace predict`: labels of the words of a corpus or of texts; `embspace export-checkpoint`: a step of a run."""

from __future__ import annotations

import json
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from embspace.cli_extract import Background, CorpusName, Languages, Sentences, Split, do
from embspace.cli_stored import Folder, open_workspace, show_table
from embspace.corpora.entries import SYNTHETIC
from embspace.errors import SettingsError

if TYPE_CHECKING:
    import pandas as pd

MOST = 20
"""sentences that the terminal shows"""


def predict(
    checkpoint: Annotated[str, typer.Argument(help="A tagger: job:ID@STEP, run:KEY@STEP, a folder, a hub name.")],
    corpus: CorpusName = SYNTHETIC,
    languages: Languages = None,
    sentences: Sentences = None,
    per_type: Annotated[
        int | None, typer.Option(help="Of SyntheticNER: sentences per type and language; as in the paper without it.")
    ] = None,
    split: Split = "test",
    seed: Annotated[int, typer.Option(help="Of what is drawn from SyntheticNER.")] = 0,
    text: Annotated[list[str] | None, typer.Option(help="A sentence instead of a corpus; repeatable.")] = None,
    language: Annotated[str, typer.Option(help="Of the texts: a code, such as en.")] = "",
    batch: Annotated[int, typer.Option(help="Windows that are read at once.")] = 32,
    length: Annotated[int | None, typer.Option(help="Pieces of a window; as it was trained.")] = None,
    overlap: Annotated[int | None, typer.Option(help="Pieces that windows share; as it was trained.")] = None,
    encoding: Annotated[str | None, typer.Option(help="IOB1, IOB2 or BIOES; as it was trained.")] = None,
    device: Annotated[str | None, typer.Option(help="cpu, cuda, cuda:1, ...; the GPU if there is one.")] = None,
    csv: Annotated[Path | None, typer.Option(help="A file for the table, a row per word.")] = None,
    conll: Annotated[Path | None, typer.Option(help="A file as CoNLL's scorer reads it: word, gold, label.")] = None,
    workspace: Folder = None,
    background: Background = False,
    as_json: Annotated[bool, typer.Option("--json", help="The table as JSON.")] = False,
) -> None:
    """Label the words of a corpus or of texts with a fine-tuned checkpoint; what is stored is found."""
    from embspace.progress import Terminal
    from embspace.workflows.predict import PredictConfig, make_table, scores
    from embspace.workflows.settings import from_json

    if csv is not None and csv.suffix.lower() != ".csv":
        raise SettingsError(f"--csv {csv}: expected a file that ends in .csv.")
    if (csv or conll) is not None and background:
        name = "--csv" if csv else "--conll"
        raise SettingsError(f"{name} and --background exclude each other: run it again without --background to write.")
    codes = [one.strip() for one in languages.split(",") if one.strip()] if languages else None
    part = {"corpus": corpus, "languages": codes, "sentences": sentences}
    part |= {"per_type": per_type, "split": split, "seed": seed} if corpus == SYNTHETIC else {}
    if text and (corpus != SYNTHETIC or languages or sentences or per_type):
        raise SettingsError("--text stands instead of a corpus; leave out --corpus and what chooses in it.")
    given = {"checkpoint": checkpoint, "texts": text or [], "language": language, "batch": batch}
    given |= {"length": length, "overlap": overlap, "encoding": encoding, "device": device}
    config = from_json(PredictConfig, given | ({} if text else {"corpus": part}), "the settings")
    place = open_workspace(workspace)
    if background:
        do("predict", config, place, background, as_json)
        return
    with Terminal() as bars:
        key, table = make_table(config, place, bars)
    if csv is not None:
        from embspace.figures.saving import save

        typer.echo(f"wrote {save(table, csv)}", err=as_json)
    if conll is not None:
        from embspace.figures.tagged_text import conll as conll_lines
        from embspace.storage import write_aside

        write_aside(conll, lambda stream: stream.write(conll_lines(table).encode()))
        typer.echo(f"wrote {conll}", err=as_json)
    if as_json:
        rows = json.loads(str(table.to_json(orient="records")))
        typer.echo(json.dumps({"result": key, "scores": scores(table), "rows": rows}, ensure_ascii=False))
    elif csv is None and conll is None:
        _show(table)
        typer.echo(f"stored in {place.results / key}")
    if found := scores(table) if not as_json else {}:
        shares = [name for name in ("accuracy", "f1") if name in next(iter(found.values()))]
        counts = [
            (code, f"{one['sentences']:,}", f"{one['wrong_sentences']:,}", *(f"{one[name]:.4f}" for name in shares))
            for code, one in found.items()
        ]
        show_table(("language", "sentences", "wrong", *shares), counts, "")


def export_checkpoint(
    checkpoint: Annotated[
        str, typer.Argument(help="A step of a training: job:ID@best, job:ID/SEED@STEP, run:KEY@last.")
    ],
    folder: Annotated[Path, typer.Argument(help="The folder to write; none stands there, or an empty one.")],
    workspace: Folder = None,
    background: Background = False,
    as_json: Annotated[bool, typer.Option("--json", help="The result as JSON.")] = False,
) -> None:
    """Write a trained checkpoint as a folder that transformers opens by itself, with a model card."""
    from embspace.workflows.export_checkpoint import ExportCheckpointConfig, export_path

    config = ExportCheckpointConfig(checkpoint, str(export_path(folder)))
    do("export-checkpoint", config, open_workspace(workspace), background, as_json)


def _show(table: pd.DataFrame) -> None:
    """The first sentences, their labelled words with the label behind them."""
    rows = zip(table["sentence"], table["word"], table["predicted"], strict=True)
    for shown, (_, words) in enumerate(groupby(rows, key=lambda row: row[0])):
        if shown == MOST:
            typer.echo(f"... {table['sentence'].nunique() - MOST:,} more sentences; --csv FILE writes all")
            return
        typer.echo(" ".join(word if label in ("O", None) else f"{word}/{label}" for _, word, label in words))
