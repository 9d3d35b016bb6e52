"""What the Hugging Face hub means when it refuses: who may read a checkpoint, and which token is asked for."""

from __future__ import annotations

import os

import huggingface_hub
from huggingface_hub.errors import (
    DisabledRepoError,
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    LocalTokenNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from embspace.errors import EncoderError


def refusal(error: Exception, repository: str, revision: str | None) -> EncoderError | None:
    """What to say of an answer of the hub that trying again will not change; None where the hub gave none.

    Args:
        error: what was raised.
        repository: what was asked for.
        revision: its branch, tag or commit.
    """
    called = f"{repository}@{revision}" if revision else repository
    if isinstance(error, HFValidationError):
        return EncoderError(f"{called} is neither a folder here nor a possible name on the hub: {error}")
    if isinstance(error, GatedRepoError):
        token = _token("has not been granted access to it, or may not read gated repositories")
        return EncoderError(
            f"{repository} is on the hub but gated: access is refused. Accept its terms on its page there "
            f"({repository}), then run the same again. {token}"
        )
    if isinstance(error, RepositoryNotFoundError):
        return EncoderError(
            f"{repository} is neither a folder here nor on the Hugging Face hub, or it is private. "
            f"{_token('may not read it, if it is there')}"
        )
    if isinstance(error, RevisionNotFoundError):
        return EncoderError(f"{repository} is on the hub but has no revision {revision!r}.")
    if isinstance(error, DisabledRepoError):
        return EncoderError(f"{repository} was disabled on the hub by its owner or its moderators.")
    if isinstance(error, LocalTokenNotFoundError):
        return EncoderError(f"The hub asks for a token for {repository}. {_token('was not sent')}")
    status = _status(error)
    if status == 401:
        return EncoderError(
            f"The hub does not know who asks for {repository} (401). {_token('is not valid, or has expired')}"
        )
    if status == 403:
        return EncoderError(f"The hub refuses {repository} (403). {_token('may not read it')}")
    return None


def _status(error: Exception) -> int | None:
    """The HTTP status of the hub's answer."""
    if not isinstance(error, HfHubHTTPError):
        return None
    status = getattr(error.response, "status_code", None)
    return status if isinstance(status, int) else None


def _token(fault: str) -> str:
    """Which token was sent and what it lacks, or that there is none."""
    if huggingface_hub.get_token() is None:
        return "No token is here: log in with `hf auth login`, or set HF_TOKEN."
    set_by = next((one for one in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN") if os.environ.get(one)), None)
    origin = f"from the environment variable {set_by}" if set_by else "from `hf auth login`"
    renew = f"set {set_by} to another" if set_by else "log in again with `hf auth login`"
    return f"The token here ({origin}) {fault}; see `hf auth whoami`, or {renew}."
