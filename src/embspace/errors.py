"""What embspace says when it cannot go on: what, where, what was expected, what to do."""

from collections.abc import Iterable


class EmbspaceError(Exception):
    """Base of every error that a user can mend; its text is a full sentence for a person."""


class CorpusError(EmbspaceError):
    """A corpus file, a language code or a word that cannot be used; names file and line."""


class EncoderError(EmbspaceError):
    """A checkpoint that cannot be opened or run; names the checkpoint."""


class StoreError(EmbspaceError):
    """Stored data that is damaged, foreign or cannot be written; names the file."""


class JobError(EmbspaceError):
    """A job of which something is asked that its state does not allow; names the job."""


class SettingsError(EmbspaceError, ValueError):
    """A setting out of its range; says which values are possible."""


class TrainingError(EmbspaceError):
    """Training that cannot go on as it is set; names the run, the step and the last good checkpoint."""


class StudyError(EmbspaceError):
    """A study that cannot be made as it is asked for; names the study and the item."""


def refuse(problems: Iterable[str]) -> None:
    """Nothing where there are no problems.

    Raises:
        SettingsError: names all of them, a line each.
    """
    if found := list(problems):
        raise SettingsError("\n".join(found))
