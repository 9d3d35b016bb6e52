"""What the commands about stored things share: the workspace, and tables."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from embspace.errors import SettingsError
from embspace.workspace import Workspace, current_workspace

Changes = Annotated[list[str] | None, typer.Option("--set", help="key=value, instead of the file's; repeatable.")]
Folder = Annotated[
    Path | None, typer.Option("--workspace", help="Where things are kept; $EMBSPACE_WORKSPACE or ./workspace.")
]


def open_workspace(folder: Path | None) -> Workspace:
    """The workspace of `--workspace`, or the current one, which it then is."""
    if folder:
        os.environ["EMBSPACE_WORKSPACE"] = str(folder.expanduser().resolve())
    return current_workspace()


_FILE = 1000
"""letters of a line that nobody reads on a screen"""


def show_table(names: tuple[str, ...], rows: list[tuple[Any, ...]], empty: str) -> None:
    """Print a table, or what is said where there are no rows."""
    if not rows:
        typer.echo(empty)
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(*names, box=None, header_style="bold", pad_edge=False)
    for row in rows:
        table.add_row(*(str(cell) for cell in row))
    console = Console()
    if not console.is_terminal:
        console = Console(width=_FILE)  # into a file or another program: a line per row
    console.print(table, soft_wrap=True)


def changes_of(given: list[str]) -> Iterator[tuple[str, Any]]:
    """Pairs of a setting and its value, from `key=value` of `--set`.

    Raises:
        SettingsError: one is no such pair.
    """
    for one in given:
        name, equals, text = one.partition("=")
        if not equals or not name.strip():
            raise SettingsError(f"--set {one}: expected key=value, such as epochs=3.")
        try:
            yield name.strip().replace("-", "_"), json.loads(text)
        except json.JSONDecodeError:
            yield name.strip().replace("-", "_"), text
