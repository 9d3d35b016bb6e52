"""The Python files that a checkpoint brings, where the user trusts them by name: which they are, and which bytes."""

from __future__ import annotations

from pathlib import Path

from embspace.encoders.fingerprints import files_fingerprint
from embspace.encoders.layout import read_object
from embspace.errors import EncoderError
from embspace.storage import fingerprint


def own_code(folder: Path, tokenizer: Path) -> list[str]:
    """The classes of their own that config and tokenizer name, `file.Class` or `owner/repository--file.Class`.

    Args:
        folder: of the checkpoint.
        tokenizer: the folder of its tokenizer.
    """
    files = [folder / "config.json", tokenizer / "tokenizer_config.json"]
    maps = [read_object(file).get("auto_map") for file in files if file.is_file()]
    named = [value for one in maps if isinstance(one, dict) for value in one.values()]
    return [one for value in named for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]


def code_fingerprint(name: str, folder: Path, references: list[str]) -> tuple[str, str | None]:
    """The fingerprint of a checkpoint's Python files, and the commit of those that another repository keeps.

    Args:
        name: of the checkpoint.
        folder: that holds it.
        references: what `own_code` gave.

    Raises:
        EncoderError: several repositories are named, or the one is out of reach.
    """
    others = sorted({one.partition("--")[0] for one in references if "--" in one})
    if len(others) > 1:
        raise EncoderError(
            f"{name} takes its Python code from several repositories ({', '.join(others)}), which one revision "
            "cannot tell apart; copy the Python files into the checkpoint's folder."
        )
    revision = None
    if others:
        from embspace.encoders.hub import code_commit

        revision = code_commit(others[0])
    files = sorted(str(path.relative_to(folder)) for path in folder.rglob("*.py"))
    return fingerprint([files_fingerprint(folder, files), others, revision]), revision
