"""Where prompts and checkpoints of runs lie."""

from pathlib import Path
from uuid import UUID

from django.conf import settings


def prompts(sha256: str) -> Path:
    """A frozen list of prompts; two runs on the same list share the file."""
    return Path(settings.MEDIA_ROOT) / "prompts" / f"{sha256}.jsonl"


def root() -> Path:
    return Path(settings.MEDIA_ROOT) / "runs"


def folder_of(run: UUID) -> Path:
    return root() / str(run)


def answers(run: UUID) -> Path:
    """Every answer that best-of-n chose among, with its rewards: a prompt a line."""
    return folder_of(run) / "answers.jsonl"


def checkpoint(run: UUID, step: int) -> Path:
    return folder_of(run) / str(step)
