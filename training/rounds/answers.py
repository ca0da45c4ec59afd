"""Where the answers lie that policies gave for a campaign, in the layout that an import reads."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings

KIND = "training.samples"  # the job that samples them


def place(job: UUID) -> Path:
    return Path(settings.MEDIA_ROOT) / "samples" / f"{job}.jsonl"


def records_of(job: UUID) -> list[dict[str, Any]]:
    """What was sampled; FileNotFoundError where somebody took the file away."""
    return [json.loads(line) for line in place(job).read_text().splitlines()]
