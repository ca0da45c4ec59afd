"""Measures once how fast this machine computes with a backbone, for estimates. Imported by the worker alone."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.utils.timezone import now

from rewardmodels.learning import estimating, measuring
from rewardmodels.learning.judgments import Candidate
from rewardmodels.models import BackboneSpeed

if TYPE_CHECKING:
    from lm.backbones import Backbone

MOST_WEIGHTS = 200_000_000  # a measurement holds three copies: what fits a fit must not fail for the sake of a forecast
TEXTS = 200  # by which tokens are held against characters


def measure_once(backbone: "Backbone", candidates: Sequence[Candidate]) -> None:
    """Nothing happens where this backbone was measured on such a device, or is too large to be measured aside."""
    from lm import devices

    device = str(devices.best())
    known = BackboneSpeed.objects.filter(backbone=backbone.name, fingerprint=backbone.fingerprint, device=device)
    if known.exclude(step=None).exists():
        return
    try:
        sizes = estimating.facts(backbone.model.config.to_dict())
    except KeyError:  # a configuration that names its sizes in other words
        return
    if sizes.weights > MOST_WEIGHTS or not candidates:
        return
    speed = measuring.measure(backbone, sizes)
    found = {
        "fingerprint": backbone.fingerprint,
        "device": device,
        "sizes": sizes._asdict(),
        "reading": speed.reading,
        "learning": speed.learning,
        "step": speed.step,
        "tokens_a_character": measuring.tokens_a_character(backbone, candidates[:TEXTS]),
        "measured_at": now(),
    }
    BackboneSpeed.objects.update_or_create(backbone=backbone.name, defaults=found)
