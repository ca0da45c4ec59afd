"""What a frozen snapshot can teach: which kinds of reward model learn from it, from how much, or why not."""

from dataclasses import dataclass
from typing import Any, Protocol

from django.utils.translation import gettext as _

from annotation.feedback.kinds import KINDS
from annotation.models import Snapshot
from api import methods
from api.methods import Method
from web.words import Words

TRAIN = "train"


class Learns(Protocol):
    """Settings, of a reward model or of whatever else learns from judgments."""

    @property
    def evidence(self) -> tuple[str, ...]:
        """The kinds of judgment that are learned from, as the product names them."""


@dataclass(frozen=True)
class Lesson:
    """What one kind of reward model finds in a snapshot."""

    method: Method
    learns_from: list[Words]  # kinds of judgment, as people call them
    judgments: int | None  # in the training split; None where no snapshot is chosen
    reason: str  # why it cannot be learned; empty where it can

    @property
    def name(self) -> str:
        return self.method.name


def lessons(snapshot: Snapshot | None) -> list[Lesson]:
    """Every kind of reward model that there is, with what the snapshot holds for it."""
    return [lesson(method, snapshot) for method in methods.all_of("reward_model_kinds")]


def lesson(method: Method, snapshot: Snapshot | None) -> Lesson:
    evidence = evidence_of(method.settings)
    if snapshot is None:
        return Lesson(method, labels(evidence), None, "")
    return Lesson(method, labels(evidence), usable(snapshot, evidence), reason_against(snapshot, method.settings))


def evidence_of(settings: Any) -> tuple[str, ...]:
    """The kinds of judgment that a kind of reward model learns from, by its settings."""
    return tuple(settings.evidence)


def labels(kinds: tuple[str, ...]) -> list[Words]:
    return [KINDS[kind].label if kind in KINDS else kind for kind in kinds]


def usable(snapshot: Snapshot, evidence: tuple[str, ...]) -> int:
    return sum(snapshot.counts.get(kind, {}).get(TRAIN, 0) for kind in evidence)


def reason_against(snapshot: Snapshot, settings: Any) -> str:
    """Why nothing of this kind can be learned from the snapshot, in a sentence; empty where it can."""
    evidence = evidence_of(settings)
    if usable(snapshot, evidence):
        return ""
    wanted = ", ".join(map(str, labels(evidence)))
    others = [f"{parts[TRAIN]} × {labels((kind,))[0]}" for kind, parts in snapshot.counts.items() if parts.get(TRAIN)]
    if not others:
        return _("The training split of this snapshot is empty: freeze one with a share for training.")
    return _("The training split holds none of what this kind learns from ({wanted}), but {others}.").format(
        wanted=wanted, others=", ".join(sorted(others))
    )
