"""How large a run is that somebody thinks of: plain values, as a form holds them and a job keeps them."""

from dataclasses import dataclass, field
from statistics import fmean
from uuid import UUID

from annotation.models import Snapshot
from rewardmodels import forecasts
from training.algorithms import Settings, is_direct, is_one_shot, is_selection
from training.learning import estimating
from training.learning.direct.settings.common import Direct
from training.learning.estimating import Aligning, Estimate, Pushing, Selecting, Speed
from training.learning.oneshot.estimating import Shooting, of_shooting
from training.learning.settings.online import Online


@dataclass(frozen=True)
class Size:
    """Reward models are named by the hash of their weights, by which they were measured."""

    steps: int | None = None
    components: list[str] = field(default_factory=list)
    golds: list[str] = field(default_factory=list)
    held_out: int = 0  # prompts of a look
    every: int = 1
    bounds: int = 0
    snapshot: str | None = None  # of direct alignment
    beside: int = 0  # policies: of best-of-n those that answer too, of one shot those that stand for reward models


def estimate(settings: Settings, size: Size, speed: Speed) -> Estimate | None:
    """Nothing where something is missing yet."""
    if is_direct(settings):
        snapshot = Snapshot.objects.standing().filter(pk=UUID(size.snapshot)).first() if size.snapshot else None
        return estimating.of_aligning(aligning(settings, snapshot, speed), speed) if snapshot else None
    if is_selection(settings):
        return estimating.of_selecting(Selecting(settings, size.components, size.beside), speed)
    if is_one_shot(settings):
        return of_shooting(Shooting(settings, size.components, size.beside), speed)
    if not isinstance(settings, Online) or not size.steps:
        return None
    wish = Pushing(
        settings,
        size.steps,
        size.components,
        held_out=size.held_out,
        every=size.every,
        checks=size.golds,
        is_bounded=bool(size.bounds),
        streams=1 + size.bounds,
    )
    return estimating.of_pushing(wish, speed)


def aligning(settings: Direct, snapshot: Snapshot, speed: Speed) -> Aligning:
    found = forecasts.sizes_of(snapshot, settings.evidence)
    lengths = [min(settings.max_length, length / speed.characters) for length in found.lengths]
    counts = [snapshot.counts.get(kind, {}) for kind in settings.evidence]
    learned, held_out = (sum(one.get(split, 0) for one in counts) for split in ("train", "validation"))
    return Aligning(settings, learned, found.candidates, fmean(lengths) if lengths else 0.0, held_out)


def unmeasured(size: Size, speed: Speed) -> int:
    """How many reward models were never timed here."""
    return len({*size.components, *size.golds} - set(speed.scoring))
