"""What a fit will take, told on its form: from measured speeds and the snapshot's sizes, or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotation.models import Snapshot
from annotation.snapshots import reading
from api.refusals import Refusal
from api.schemas.forms import SettingsForm
from rewardmodels.learning import estimating, phases
from rewardmodels.learning.estimating import BackboneFacts, Counts, Speed
from rewardmodels.learning.settings.common import Settings
from rewardmodels.learning.settings.compositional import Compositional
from rewardmodels.learning.settings.fields import SettingError
from rewardmodels.learning.settings.kinds import KINDS
from rewardmodels.models import BackboneSpeed

ROWS = 2_000  # of a snapshot that are looked at
LENGTHS = 100  # of answers that are kept of them
SECONDS_KEPT = 24 * 3_600


@dataclass(frozen=True)
class Sizes:
    """Of a snapshot's kinds that are read: answers, and lengths of answers with their prompts in characters, the
    shortest first."""

    candidates: int
    lengths: list[int]
    is_whole: bool  # else the answers are at most so many


def told(kind: str, values: dict[str, Any], backbone: str, snapshot: Snapshot) -> str:
    """In a sentence; empty where nothing can be learned."""
    settings = built(kind, values)
    if settings is None or not any(judgments(settings.evidence, snapshot).values()):
        return ""
    speed = BackboneSpeed.objects.filter(backbone=backbone).exclude(step=None).first()
    if speed is None:
        return _(
            "How long it takes and how much memory is told once a model was learned with this backbone here: the first "
            "fit measures how fast it computes, on a backbone of at most 200 million weights."
        )
    try:
        sizes = sizes_of(snapshot, settings.reads)
    except Refusal:
        return ""
    return sentence(settings, speed, sizes, judgments(settings.reads, snapshot))


def judgments(kinds: Sequence[str], snapshot: Snapshot) -> dict[str, int]:
    """Of the training split, by kind."""
    return {kind: snapshot.counts.get(kind, {}).get("train", 0) for kind in kinds}


def sentence(settings: Settings, speed: BackboneSpeed, sizes: Sizes, said_of: dict[str, int]) -> str:
    read = [min(settings.max_length, length * speed.tokens_a_character) for length in sizes.lengths]
    tokens = fmean(read) if read else 0.0
    found = estimating.estimate(
        settings,
        Counts(said_of, sizes.candidates, tokens),
        BackboneFacts(**speed.sizes),
        Speed(speed.reading, speed.learning, speed.step or phases.REFERENCE_STEP),
    )
    said = _(
        "Estimated: {time} and {memory} of memory, from the speed that was measured on {day} ({device}) and {n} "
        "answers of about {tokens} tokens. Other work beside it makes it slower; stopping early, or texts read "
        "before, faster."
    )
    if isinstance(settings, Compositional) and settings.judge:
        said += " " + _("The ratings of the language model are not in it.")
    answers = f"{sizes.candidates:,}" if sizes.is_whole else _("at most {n}").format(n=f"{sizes.candidates:,}")
    return said.format(
        time=duration(found.seconds),
        memory=memory(found.bytes),
        day=date_format(localtime(speed.measured_at), "SHORT_DATE_FORMAT"),
        device=speed.device,
        n=answers,
        tokens=round(tokens),
    )


def built(kind: str, values: dict[str, Any]) -> Settings | None:
    try:
        return KINDS[kind](**values)
    except (KeyError, TypeError, SettingError):
        return None


def understood(form: type[SettingsForm], raw: dict[str, Any]) -> dict[str, Any]:
    """What was typed so far as values; what makes no sense yet is left at its default."""
    found = {}
    for name, value in raw.items():
        try:
            found[name] = form.base_fields[name].clean(value)
        except ValidationError:
            continue
    return found


def sizes_of(snapshot: Snapshot, kinds: Sequence[str]) -> Sizes:
    """Of the first rows, scaled to all; a frozen snapshot is looked at once a day."""
    key = f"rewardmodels.sizes.{snapshot.pk}.{'.'.join(kinds)}"
    found: Sizes | None = cache.get(key)
    if found is None:
        found = look(snapshot, kinds)
        cache.set(key, found, SECONDS_KEPT)
    return found


def look(snapshot: Snapshot, kinds: Sequence[str]) -> Sizes:
    rows = reading.peek(snapshot, None, ROWS)
    is_whole = len(rows) >= sum(part["rows"] for part in snapshot.files.values())
    total = sum(sum(snapshot.counts.get(kind, {}).values()) for kind in kinds)
    answers: dict[int, int] = {}
    of_kinds = [row for row in rows if row.kind in kinds]
    for row in of_kinds:
        prompt = "\n".join(str(turn.get("content", "")) for turn in row.prompt)
        answers |= {hash((prompt, one.text)): len(prompt) + len(one.text) for one in row.responses}
    lengths = sorted(answers.values())
    kept = lengths[:: max(1, len(lengths) // LENGTHS)]
    return Sizes(round(len(answers) * max(total, len(of_kinds)) / max(1, len(of_kinds))), kept, is_whole)


def duration(seconds: float) -> str:
    if seconds < 90:
        return ngettext("{n} second", "{n} seconds", round(seconds)).format(n=round(seconds))
    minutes = round(seconds / 60)
    if minutes < 90:
        return ngettext("{n} minute", "{n} minutes", minutes).format(n=minutes)
    hours = round(seconds / 3_600)
    return ngettext("{n} hour", "{n} hours", hours).format(n=hours)


def memory(size: int) -> str:
    return f"{size / 1024**3:.1f} GiB"
