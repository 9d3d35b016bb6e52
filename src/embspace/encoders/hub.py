"""A checkpoint of the Hugging Face hub as a folder: asked for briefly, downloaded once, found again offline."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import huggingface_hub
from huggingface_hub.errors import GatedRepoError, HFValidationError, RepositoryNotFoundError, RevisionNotFoundError

from embspace.encoders.checkpoints import checkpoint_files
from embspace.errors import EncoderError

_SECONDS = 5.0
"""how long the hub may take to say what it has; after that the local cache must do"""


def hub_folder(repository: str, revision: str | None) -> tuple[Path, str]:
    """The folder of a hub checkpoint in the local cache, and its commit.

    Args:
        repository: `owner/name`, or a name alone.
        revision: branch, tag or commit; None: the main branch.

    Raises:
        EncoderError: no such checkpoint or revision, access refused, or the hub is out of reach and nothing cached.
    """
    called = f"{repository}@{revision}" if revision else repository
    try:
        info = _ask(repository, revision)
    except HFValidationError as error:
        raise EncoderError(f"{called} is neither a folder here nor a possible name on the hub: {error}") from error
    except GatedRepoError as error:
        raise EncoderError(
            f"{called} is on the hub but access is refused; accept its terms there and log in with `hf auth login`."
        ) from error
    except RepositoryNotFoundError as error:
        raise EncoderError(
            f"{called} is neither a folder here nor on the Hugging Face hub (or it is private; `hf auth login`)."
        ) from error
    except RevisionNotFoundError as error:
        raise EncoderError(f"{repository} is on the hub but has no revision {revision!r}.") from error
    except Exception as error:
        return _cached(repository, revision, called, error)
    wanted = checkpoint_files([file.rfilename for file in info.siblings])
    try:
        folder = huggingface_hub.snapshot_download(repository, revision=info.sha, allow_patterns=wanted)
    except Exception as error:
        raise EncoderError(
            f"The download of {called} broke off ({_first_line(error)}); "
            "run the same again, it goes on where it stopped."
        ) from error
    return Path(folder), info.sha


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


def _cached(repository: str, revision: str | None, called: str, reason: Exception) -> tuple[Path, str]:
    found = huggingface_hub.try_to_load_from_cache(repository, "config.json", revision=revision)
    if isinstance(found, str):
        return Path(found).parent, Path(found).parent.name
    raise EncoderError(
        f"{called} is no folder here, the Hugging Face hub cannot be reached ({_first_line(reason)}), and the local "
        "cache does not have it. Give a folder, go online, or use `mini`, which ships with embspace."
    ) from reason


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
