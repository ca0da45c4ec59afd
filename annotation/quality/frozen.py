"""How far people agree in what a snapshot holds: for its card."""

from typing import Any

from annotation.models import JudgmentVersion, Snapshot
from annotation.quality import figures, reading
from annotation.quality.reading import Progress

KEPT = ("measure", "value", "low", "high", "n", "reason")


def agreement(snapshot: Snapshot, progress: Progress) -> dict[str, Any]:
    """The coefficient of each kind with its interval, of the labels that were frozen and of no others."""
    versions = JudgmentVersion.objects.filter(snapshots__snapshot=snapshot, judgment__assignment__purpose="label")
    found = figures.agreements(reading.read_versions(versions, progress))
    return {kind: {name: figure[name] for name in KEPT} for kind, figure in found.items()}
