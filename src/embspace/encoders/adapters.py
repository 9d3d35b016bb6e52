"""A peft adapter as files: which base it was made for, before anything is loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from embspace.encoders.layout import ADAPTER_CONFIG, read_object
from embspace.errors import EncoderError

_CODE = "transformers_modules"
"""the package in which transformers keeps code that came with checkpoints"""


def split_adapter(name: str) -> tuple[str, str] | None:
    """`base+adapter` as its two names; None where the name is of one checkpoint.

    A `+` inside a folder's name does not split it, as long as the folder exists.
    """
    if "+" not in name or Path(name).expanduser().exists():
        return None
    cuts = [at for at, letter in enumerate(name) if letter == "+"]
    halves = [(name[:at].strip(), name[at + 1 :].strip()) for at in reversed(cuts)]
    found = next((half for half in halves if half[1] and Path(half[1]).expanduser().is_dir()), halves[0])
    if not all(found):
        raise EncoderError(f"{name!r} lacks a name beside the +; expected BASE+ADAPTER.")
    return found


def read_adapter(folder: Path, name: str, *, trust_remote_code: bool = False) -> dict[str, Any]:
    """The settings of an adapter.

    Raises:
        EncoderError: they are no JSON, or it was made on a model that brings Python code.
    """
    settings = read_object(folder / ADAPTER_CONFIG)
    mapping = settings.get("auto_mapping")
    library = str(mapping.get("parent_library") or "") if isinstance(mapping, dict) else ""
    if library.split(".")[0] == _CODE and not trust_remote_code:
        raise EncoderError(
            f"The adapter {name} was made on a model that needs Python code of its own (auto_mapping in "
            f"{ADAPTER_CONFIG}: {library}); embspace runs no code of checkpoints. If you trust it: "
            "`load_encoder(..., trust_remote_code=True)`."
        )
    return settings


def base_name(folder: Path, name: str, settings: dict[str, Any]) -> str:
    """The name of the base that an adapter says it was made for.

    A relative path counts from the adapter's folder, or from the current one where it leads to nothing there.

    Raises:
        EncoderError: it names none, or itself.
    """
    base = settings.get("base_model_name_or_path")
    if not isinstance(base, str) or not base.strip():
        raise EncoderError(
            f"The adapter {name} does not say on which model it was made (base_model_name_or_path in "
            f"{ADAPTER_CONFIG}); give it: BASE+{name}."
        )
    path = Path(base).expanduser()
    for place in (folder / path, path):
        if place.is_dir() and (place / "config.json").is_file() | (place / ADAPTER_CONFIG).is_file():
            if place.resolve() == folder.resolve():
                raise EncoderError(f"The adapter {name} names itself as its base; give the base: BASE+{name}.")
            return str(place)
    revision = settings.get("revision")
    return f"{base}@{revision}" if isinstance(revision, str) and revision and "@" not in base else base
