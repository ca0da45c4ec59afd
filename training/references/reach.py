"""How far a threshold is from anything that was ever seen of a reward model: single answers, and means of runs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import NamedTuple

from django.db.models import Max, Min, Q
from django.utils.translation import gettext as _

from accounts.models import Workspace
from jobs.models import Measurement
from training.models import Run, RunAlarm, RunComponent
from web.plots import short

WITHIN, BEYOND, UNSEEN, NOT_REACHED, UNKNOWN = "within_reach", "beyond_reference", "unseen", "not_reached", "unknown"
LOOKED_THROUGH = 20  # newest runs
STATES = (UNKNOWN, WITHIN, BEYOND, UNSEEN, NOT_REACHED)


class Mean(NamedTuple):
    """What a run's component was on average, over a step or a look."""

    value: float
    run: str


@dataclass(frozen=True)
class Came:
    """The lowest and the highest mean of any run that was held against the same weights."""

    low: Mean
    high: Mean

    def nearest(self, role: str, threshold: float) -> Mean:
        if role == "at_least":
            return self.high
        if role == "at_most":
            return self.low
        return self.high if threshold > self.high.value else self.low

    def reaches(self, role: str, threshold: float) -> bool:
        return is_met(role, threshold, self.low.value, self.high.value)


def is_met(role: str, threshold: float, low: float, high: float) -> bool:
    """Whether something between low and high meets the bound."""
    return {"at_least": threshold <= high, "at_most": threshold >= low, "equal": low <= threshold <= high}[role]


def came(workspace: Workspace, sha256: str, *, but: Run | None = None) -> Came | None:
    """What the newest runs of the workspace have made of a reward model's mean, in steps and at prompts held out."""
    parts = RunComponent.objects.filter(run__workspace=workspace, run__deleted_at=None, reward_sha256=sha256)
    parts = parts.exclude(run__job=None).exclude(run=but).select_related("run").order_by("-run__created_at")
    newest = list(parts[:LOOKED_THROUGH])
    if not newest:
        return None
    runs = {part.run.job_id: part.run for part in newest}
    where = [Q(job=part.run.job_id, name__in=[f"reward/{part.name}", f"held_out/{part.name}"]) for part in newest]
    measured = Measurement.objects.filter(reduce(or_, where)).values("job").order_by("job")
    rows = measured.annotate(low=Min("value"), high=Max("value"))
    found = [Mean(row[end], runs[row["job"]].name) for row in rows for end in ("low", "high")]
    return Came(min(found), max(found)) if found else None


def state(role: str, threshold: float, values: Sequence[float], seen: Came | None) -> str:
    """`values` are rewards of reference samples, lowest first; empty where nobody has looked."""
    if values and is_met(role, threshold, values[0], values[-1]):
        return WITHIN
    if seen is not None and seen.reaches(role, threshold):
        return BEYOND if values else WITHIN
    return UNSEEN if values or seen is not None else UNKNOWN


def states(run: Run) -> dict[tuple[str, str], str]:
    """Of each bound of a run as it goes, by component and role: what its own alarm says comes first."""
    alarms = set(RunAlarm.objects.filter(run=run).values_list("name", flat=True))
    found = {}
    for part, values, seen in known(run):
        for bound in part.bounds.all():
            is_stuck = f"not_reached/{part.name}/{bound.role}" in alarms
            told = NOT_REACHED if is_stuck else state(bound.role, bound.threshold, values, seen)
            found[part.name, bound.role] = UNKNOWN if run.are_margins else told
    return found


def known(run: Run) -> Iterator[tuple[RunComponent, list[float], Came | None]]:
    """The components that are held somewhere, with what was seen of each besides this run."""
    looked = run.details.get("reference", {})
    for part in run.components.prefetch_related("bounds"):
        if part.bounds.all():
            yield part, looked.get(part.name, []), came(run.workspace, part.reward_sha256, but=run)


def warning(name: str, role: str, threshold: float, values: Sequence[float], seen: Came | None) -> str:
    """A sentence where the threshold lies beyond the reference's samples, or beyond all that was seen; else empty."""
    found = state(role, threshold, values, seen)
    if found in (WITHIN, UNKNOWN):
        return ""
    said = [beyond_samples(name, threshold, values)] if values else []
    if seen is None:
        said.append(_("No run was held against this reward model yet: whether a mean can come there is not known."))
    elif found == BEYOND:
        told = _("The run “{run}” has come as far: to a mean of {value}.")
        nearest = seen.nearest(role, threshold)
        said.append(told.format(run=nearest.run, value=short(nearest.value)))
    else:
        told = _(
            "Out of reach, as far as anything was seen: no run has brought the mean of {name} to {threshold}; nearest "
            "came “{run}” with {value}. Its multiplier is likely to rise to its cap and to stay there."
        )
        nearest = seen.nearest(role, threshold)
        plain = {"name": name, "threshold": short(threshold)}
        said.append(told.format(**plain, run=nearest.run, value=short(nearest.value)))
    return " ".join(said)


def beyond_samples(name: str, threshold: float, values: Sequence[float]) -> str:
    said = _(
        "No reference sample reaches {threshold} of {name}: they lie between {low} and {high}. The reward model has "
        "seen no such answer of this policy, so what it says of them is a guess."
    )
    low, high = short(values[0]), short(values[-1])
    return said.format(threshold=short(threshold), name=name, low=low, high=high)
