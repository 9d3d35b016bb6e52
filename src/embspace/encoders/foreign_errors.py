"""What the errors of other libraries tell: one sentence of pages, and whether a file is at fault."""

from __future__ import annotations

from safetensors import SafetensorError


def brief(error: Exception) -> str:
    """The first sentence of a foreign error, which may go on for pages."""
    line = (str(error).strip() or type(error).__name__).splitlines()[0]
    return f"{line[:200].rstrip('.: ')}."


def tells_damage(error: Exception) -> bool:
    """Whether an error is one of those that readers of weights raise on a file that is not whole."""
    if isinstance(error, OSError):
        return error.errno is not None
    told = ("PytorchStreamReader", "unexpected EOF", "corrupted")
    return isinstance(error, SafetensorError | EOFError | KeyError) or any(one in str(error) for one in told)
