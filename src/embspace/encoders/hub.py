"""A checkpoint of the Hugging Face hub as a folder: asked for briefly, downloaded once, found again offline."""

from __future__ import annotations

import re
import threading
from pathlib import Path
from typing import Any

import huggingface_hub
from huggingface_hub import constants

from embspace.encoders.hub_cache import cached_folder, cached_revisions
from embspace.encoders.hub_refusals import refusal
from embspace.encoders.layout import (
    adapter_files,
    file_names,
    missing_parts,
    tokenizer_files,
    transformer_folder,
    wanted_files,
    weight_files,
)
from embspace.errors import EncoderError

_SECONDS = 5.0
"""how long the hub may take to say what it has; after that the local cache must do"""
_COMMIT = re.compile(r"[0-9a-f]{40}")


def hub_folder(repository: str, revision: str | None, *, code: bool = False) -> tuple[Path, str]:
    """The folder of a hub checkpoint in the local cache, and its commit.

    Args:
        repository: `owner/name`, or a name alone.
        revision: branch, tag or commit; None: the main branch.
        code: also take the Python files.

    Raises:
        EncoderError: no such checkpoint or revision, access refused, or the hub is out of reach and nothing cached.
    """
    called = _called(repository, revision)
    kept = cached_folder(repository, revision or "main") if _is_fixed(revision) else None
    if kept is not None and not code and _lacks(kept) is None:
        return kept, kept.name
    info = _info(repository, revision)
    if isinstance(info, Exception):
        return _cached(repository, revision, called, info)
    wanted = wanted_files([file.rfilename for file in info.siblings], code=code)
    return _download(repository, info.sha, wanted, called), info.sha


def code_commit(repository: str) -> str:
    """The commit of a repository that holds the Python code of other checkpoints; its Python files are then here.

    Raises:
        EncoderError: as of `hub_folder`.
    """
    info = _info(repository, None)
    if isinstance(info, Exception):
        return _cached(repository, None, repository, info, code_alone=True)[1]
    python = [file.rfilename for file in info.siblings if file.rfilename.endswith(".py")]
    _download(repository, info.sha, python, repository)
    return info.sha


def _called(repository: str, revision: str | None) -> str:
    return f"{repository}@{revision}" if revision else repository


def _is_fixed(revision: str | None) -> bool:
    """Whether a revision is a commit, which never changes."""
    return revision is not None and _COMMIT.fullmatch(revision) is not None


def _info(repository: str, revision: str | None) -> Any:
    """What the hub says of a repository, or the error that kept it from answering.

    Raises:
        EncoderError: the hub answers that it gives nothing.
    """
    if constants.HF_HUB_OFFLINE:
        return ConnectionError("HF_HUB_OFFLINE is set")
    try:
        return _ask(repository, revision)
    except Exception as error:
        refused = refusal(error, repository, revision)
        if refused is not None:
            raise refused from error
        return error


def _ask(repository: str, revision: str | None) -> Any:
    """What the hub has; on a thread, because looking up a host name knows no time limit."""
    answer: list[Any] = []

    def ask() -> None:
        try:
            answer.append(huggingface_hub.HfApi().model_info(repository, revision=revision, timeout=_SECONDS))
        except Exception as error:
            answer.append(error)

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(_SECONDS)
    if not answer:
        raise TimeoutError(f"no answer within {_SECONDS:g} seconds")
    if isinstance(answer[0], Exception):
        raise answer[0]
    return answer[0]


def _download(repository: str, commit: str, wanted: list[str], called: str) -> Path:
    try:
        return Path(huggingface_hub.snapshot_download(repository, revision=commit, allow_patterns=wanted))
    except Exception as error:
        refused = refusal(error, repository, commit)
        if refused is not None:
            raise refused from error
        raise EncoderError(
            f"The download of {called} broke off ({_first_line(error)}); "
            "run the same again, it goes on where it stopped."
        ) from error


def _cached(
    repository: str, revision: str | None, called: str, reason: Exception, *, code_alone: bool = False
) -> tuple[Path, str]:
    """What the local cache has of it, where the hub cannot be asked."""
    unreachable = f"the Hugging Face hub cannot be reached ({_first_line(reason)})"
    folder = cached_folder(repository, revision or "main")
    if folder is None:
        others = cached_revisions(repository)
        if others:
            raise EncoderError(
                f"{called} is no folder here, {unreachable}, and of {repository} the local cache has only "
                f"{', '.join(others)}. Take one of these, or go online."
            ) from reason
        raise EncoderError(
            f"{called} is no folder here, {unreachable}, and the local "
            "cache does not have it. Give a folder, go online, or use `mini`, which ships with embspace."
        ) from reason
    lack = None if code_alone else _lacks(folder)
    if lack is not None:
        raise EncoderError(
            f"The local cache has only a part of {called}: {lack} ({folder}), and {unreachable}. "
            "Go online and run the same again; it goes on where it stopped."
        ) from reason
    return folder, folder.name


def _lacks(snapshot: Path) -> str | None:
    """What a snapshot lacks to be a checkpoint or an adapter, in words."""
    names = file_names(snapshot)
    if adapter_files(names):
        return None
    try:
        folder = transformer_folder(snapshot)
    except EncoderError:
        return "the transformer that modules.json names is missing"
    names = file_names(folder)
    if "config.json" not in names:
        return "config.json is missing"
    weights = weight_files(names)
    if not weights:
        return "its weights are missing"
    missing = missing_parts(folder, weights)
    if missing:
        return f"{missing[0]} is missing, one of {len(missing)} parts of its weights"
    return None if tokenizer_files(names) or tokenizer_files(file_names(snapshot)) else "its tokenizer is missing"


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
