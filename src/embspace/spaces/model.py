"""The model of an extraction: a checkpoint by name, opened when it is needed, or an encoder that is open."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from embspace.encoders.base import Encoder
from embspace.errors import SettingsError


@dataclass(slots=True)
class Model:
    """What gives states; by name it is small enough to be sent to another process.

    Attributes:
        checkpoint: a name for `load_encoder`, or an encoder.
        device: a torch device for a name; None: the GPU if there is one.
        dtype: what a name computes in; None: float32.
        device_map: `auto` spreads a large model over the devices there are.
    """

    checkpoint: str | Path | Encoder
    device: str | None = None
    dtype: str | None = None
    device_map: str | None = None
    _found: Any = field(default=None, repr=False)
    _opened: Encoder | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if isinstance(self.checkpoint, str | Path):
            return
        for name, value in (("device", self.device), ("dtype", self.dtype), ("device_map", self.device_map)):
            if value is not None:
                raise SettingsError(
                    f"{name} = {value!r} is for checkpoints given by name; {self.checkpoint.name} has its {name}."
                )
        self._opened = self.checkpoint

    @property
    def fingerprint(self) -> str:
        """Of weights, tokenizer and precision; the weights are not loaded for it."""
        if self._opened is not None:
            return self._opened.fingerprint
        from embspace.encoders.checkpoints import encoder_fingerprint

        return encoder_fingerprint(self._checkpoint(), self.dtype)

    @property
    def precision(self) -> str:
        """What it computes in; of a quantized checkpoint whose precision is its own, how it is quantized."""
        if not isinstance(self.checkpoint, str | Path):
            return getattr(self.checkpoint, "dtype", "float32")
        from embspace.encoders.quantization import quantization_method

        return self.dtype or quantization_method(self._checkpoint().folder) or "float32"

    def encoder(self) -> Encoder:
        """The open model.

        Raises:
            EncoderError: the checkpoint cannot be opened.
        """
        if self._opened is None:
            from embspace.encoders.loading import open_checkpoint

            options = {"device": self.device, "dtype": self.dtype, "device_map": self.device_map}
            self._opened = open_checkpoint(self._checkpoint(), **options)
        return self._opened

    def to_send(self) -> Model:
        """The same without what is open.

        Raises:
            SettingsError: it is an encoder, which stays in its process.
        """
        if not isinstance(self.checkpoint, str | Path):
            raise SettingsError(
                f"Workers open the checkpoint themselves, so it is to be given by name; {self.checkpoint.name} is open."
            )
        self._checkpoint()  # found here, where the workspace of a call is known
        return replace(self, _opened=None)

    def _checkpoint(self) -> Any:
        if self._found is None:
            from embspace.encoders.checkpoints import find_checkpoint

            assert isinstance(self.checkpoint, str | Path)
            self._found = find_checkpoint(self.checkpoint)
        return self._found
