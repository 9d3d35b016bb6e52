"""`embspace ...`: one verb per workflow, and a look at what is stored and what is running."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from embspace.cli_adjust import adjust
from embspace.cli_analyze import analyze
from embspace.cli_corpora import corpora
from embspace.cli_extract import Background, do, extract
from embspace.cli_jobs import jobs
from embspace.cli_predict import export_checkpoint, predict
from embspace.cli_project import project
from embspace.cli_spaces import spaces
from embspace.cli_stored import Folder, open_workspace
from embspace.cli_study import study
from embspace.cli_train import train
from embspace.errors import EmbspaceError, SettingsError
from embspace.progress import Cancelled


class _Verbs(TyperGroup):
    """Commands whose errors are one line and whose interruption is no error."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except EmbspaceError as error:
            typer.echo(f"embspace: {error}", err=True)
            raise typer.Exit(1) from error
        except (KeyboardInterrupt, Cancelled) as stop:
            typer.echo("Stopped; what was finished is kept.", err=True)
            raise typer.Exit(130) from stop


app = typer.Typer(
    cls=_Verbs,
    name="embspace",
    help="See and measure how a multilingual model's space holds languages, words and named entities.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)
app.add_typer(corpora, name="corpora")
app.add_typer(spaces, name="spaces")
app.add_typer(jobs, name="jobs")
app.command()(extract)
app.command()(project)
app.command()(analyze)
app.command()(train)
app.command()(adjust)
app.command()(predict)
app.command()(export_checkpoint)
app.command()(study)


def main() -> None:
    """The console command."""
    app()


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(version("embspace"))
        raise typer.Exit


@app.callback()
def _top(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None: ...


@app.command()
def pretrain(
    recipe: Annotated[Path, typer.Argument(help="A TOML file: sources, geometry, budget.")],
    root: Annotated[Path, typer.Option(help="The folder that the recipe's files lie in.")],
    output: Annotated[Path, typer.Option(help="The folder of the checkpoint; an unfinished one is gone on with.")],
    minutes: Annotated[float | None, typer.Option(help="The budget in minutes, instead of the recipe's.")] = None,
    steps: Annotated[int | None, typer.Option(help="The budget in steps, instead of the recipe's.")] = None,
    workspace: Folder = None,
    background: Background = False,
) -> None:
    """Train a small multilingual encoder from a recipe."""
    from embspace.workflows.registry import resolve

    kind, _ = resolve("pretrain")
    paths = [str(path.expanduser().resolve()) for path in (recipe, root, output)]
    config = kind(recipe=paths[0], root=paths[1], output=paths[2], minutes=minutes, steps=steps)
    do("pretrain", config, open_workspace(workspace), background)


@app.command("app")
def run_app(
    port: Annotated[int, typer.Option(help="Of the page on this machine.")] = 8501, workspace: Folder = None
) -> None:
    """Open the workbench in a browser (from a checkout: the installed package carries no pages)."""
    checkout = Path(__file__).resolve().parents[2]
    page = checkout / "app" / "main.py"
    if not page.is_file():
        raise SettingsError(
            "The pages are not part of the installed package. Clone the repository, install it with "
            "`pip install -e .`, and run `embspace app` again."
        )
    os.environ["EMBSPACE_WORKSPACE"] = str(open_workspace(workspace).root)
    os.chdir(checkout)  # streamlit looks for its settings in the current folder
    command = [sys.executable, "-m", "streamlit", "run", str(page), "--server.port", str(port)]
    os.execv(sys.executable, command)
