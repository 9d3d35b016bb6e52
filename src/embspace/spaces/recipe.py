"""The settings of an extraction: what, beside corpus and checkpoint, a space's vectors depend on. No torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from embspace.errors import SettingsError

POOLINGS = ("mean", "sum", "max", "first", "last")
TARGETS = ("auto", "entities", "words")
TOKENIZE_AS = ("auto", "words", "text")
STORED = ("float16", "float32")


@dataclass(frozen=True, slots=True)
class Settings:
    """What is read, how, and how it is stored; arguments as of `extraction.extract`.

    Raises:
        SettingsError: a setting is out of range.
    """

    targets: str = "auto"
    tokenize_as: str = "auto"
    pooling: str = "mean"
    layers: str | tuple[int, ...] = "all"
    stored_dtype: str = "float16"
    window: int | None = None
    overlap: int | None = None
    token_budget: int | str = "auto"

    def __post_init__(self) -> None:
        check_pooling(self.pooling)
        check_windows(self.window, self.overlap)
        for name, known in (("targets", TARGETS), ("tokenize_as", TOKENIZE_AS), ("stored_dtype", STORED)):
            if (value := getattr(self, name)) not in known:
                raise SettingsError(f"{name} = {value!r} is unknown; possible are {', '.join(known)}.")
        if isinstance(self.token_budget, int) and self.token_budget < 1:
            raise SettingsError(f"token_budget = {self.token_budget}: expected 1 or more pieces, or nothing.")

    def wanted_layers(self, n_layers: int) -> list[int]:
        """The numbers, ascending, of the model's layers that are stored.

        Raises:
            SettingsError: the model has not all of them.
        """
        if self.layers == "all":
            return list(range(n_layers))
        wrong = [one for one in self.layers if not isinstance(one, int) or not -n_layers <= one < n_layers]
        if wrong or not self.layers:
            raise SettingsError(
                f"layers = {self.layers!r}: expected 'all' or numbers from 0 (embeddings) to {n_layers - 1}, or -1 "
                f"(last) to {-n_layers}."
            )
        return sorted({int(one) % n_layers for one in self.layers})

    def to_recipe(self) -> dict[str, Any]:
        """As it is stored, and as it enters the fingerprint."""
        return asdict(self) | {"layers": self.layers if self.layers == "all" else list(self.layers)}

    @classmethod
    def from_recipe(cls, recipe: Mapping[str, Any]) -> Settings:
        """The settings of a stored space."""
        values: dict[str, Any] = {one.name: recipe[one.name] for one in fields(cls)}
        values["layers"] = _as_layers(values["layers"])
        return cls(**values)

    @classmethod
    def of(cls, layers: str | int | Sequence[int], token_budget: int | None, **others: Any) -> Settings:
        """As the user gives them: one layer or several, no budget or a number of pieces."""
        return cls(layers=_as_layers(layers), token_budget="auto" if token_budget is None else token_budget, **others)


def _as_layers(layers: str | int | Sequence[int]) -> str | tuple[int, ...]:
    if isinstance(layers, int):
        return (layers,)
    if isinstance(layers, str):
        if layers != "all":
            raise SettingsError(f"layers = {layers!r}: expected 'all', a number, or a list of numbers.")
        return layers
    return tuple(sorted(set(layers)))


def check_pooling(how: str) -> None:
    """Raise SettingsError if there is no such pooling."""
    if how not in POOLINGS:
        raise SettingsError(f"pooling = {how!r} is unknown; possible are {', '.join(POOLINGS)}.")


def check_windows(window: int | None, overlap: int | None) -> None:
    """Raise SettingsError if no sentence could be read in such windows.

    Args:
        window: pieces of a window, special ones included; None: the model's limit.
        overlap: pieces that neighbors share; None: half of what a window holds beside the special pieces.
    """
    if window is not None and window < 1:
        raise SettingsError(f"A window of {window} pieces holds nothing; give 1 piece or more, or None.")
    if overlap is not None and overlap < 0:
        raise SettingsError(f"Windows cannot overlap by {overlap} pieces; give 0 or more, or None for half.")
    if window is not None and overlap is not None and overlap >= window:
        raise SettingsError(f"Windows of {window} pieces cannot overlap by {overlap}; give at most {window - 1}.")
