"""The local cache of the Hugging Face hub: which revisions of a checkpoint are on this machine."""

from __future__ import annotations

from pathlib import Path

from huggingface_hub import constants


def cached_folder(repository: str, revision: str) -> Path | None:
    """The snapshot of a revision (branch, tag or commit), whole or not; None where there is none."""
    place = _place(repository)
    reference = place / "refs" / revision
    inside = (place / "refs").resolve() in reference.resolve().parents
    commit = reference.read_text("utf-8").strip() if inside and reference.is_file() else revision
    folder = place / "snapshots" / commit
    return folder if commit and folder.is_dir() and folder.parent == place / "snapshots" else None


def cached_revisions(repository: str) -> list[str]:
    """The branches and tags in the cache, with their commits, then the commits that none of these names."""
    place = _place(repository)
    snapshots = place / "snapshots"
    commits = {path.name for path in snapshots.iterdir() if path.is_dir()} if snapshots.is_dir() else set()
    references = sorted(path for path in (place / "refs").rglob("*") if path.is_file())
    named = {str(path.relative_to(place / "refs")): path.read_text("utf-8").strip() for path in references}
    told = [f"{name} ({commit[:8]})" for name, commit in named.items() if commit in commits]
    return told + sorted(commits - set(named.values()))


def _place(repository: str) -> Path:
    return Path(constants.HF_HUB_CACHE) / "--".join(["models", *repository.split("/")])
