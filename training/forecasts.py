"""What a run will take, told on its form: from a step that was measured here with the same policy, or not at all."""

from typing import TYPE_CHECKING, Any

from django.db.models import Sum
from django.utils.translation import gettext as _

from api.schemas.forms import SettingsForm
from jobs.models import Job
from rewardmodels.forecasts import duration, memory, understood
from training import runs
from training.models import Run

if TYPE_CHECKING:
    from training.sheets.sheet import Sheet

SECONDS, PEAK = "seconds/", "memory/peak"
MIB = 2**20  # in which the peak is measured
LOOKED_THROUGH = 20  # newest runs


def told(sheet: "Sheet") -> str:
    """In a sentence; nothing of what does not say how many steps it takes."""
    if not sheet.takes_steps:
        return ""
    policy = str(sheet.wish["policy"].value() or "")
    measured = newest(sheet, policy)
    if measured is None:
        return _("How long it takes is told once a run with this policy and algorithm has taken steps here.")
    run, seconds = measured
    steps = whole(sheet.wish["steps"].value())
    if steps is None:
        return ""
    ratio = work(form_values(sheet)) / work(run.settings)
    said = _(
        "Estimated: {time} for {steps} steps, from {seconds} seconds that a step took in “{name}”, by samples and "
        "their longest length. Other work beside it makes it slower."
    )
    found = said.format(
        time=duration(steps * seconds * ratio), steps=f"{steps:,}", seconds=f"{seconds:.2g}", name=run.name
    )
    peak = peak_of(run)
    return f"{found} {_('Its peak of memory was {size}.').format(size=memory(peak))}" if peak else found


def form_values(sheet: "Sheet") -> dict[str, Any]:
    form: type[SettingsForm] = type(sheet.settings)
    defaults = {name: one.initial for name, one in form.base_fields.items()}
    return {**defaults, **understood(form, sheet.typed)}


def newest(sheet: "Sheet", policy: str) -> tuple[Run, float] | None:
    """The newest run of this policy and algorithm with the mean seconds of its steps."""
    found = runs.of_workspace(sheet.scope).filter(policy=policy, algorithm=sheet.method.name, job__isnull=False)
    for run in found[:LOOKED_THROUGH]:
        assert run.job is not None
        if (seconds := seconds_a_step(run.job)) is not None:
            return run, seconds
    return None


def seconds_a_step(job: Job) -> float | None:
    """All phases of a step together, mean over steps."""
    rows = job.measurements.filter(name__startswith=SECONDS)
    steps = rows.values("step").distinct().count()
    total = rows.aggregate(total=Sum("value"))["total"]
    return float(total) / steps if steps and total else None


def peak_of(run: Run) -> int:
    assert run.job is not None
    found = run.job.measurements.filter(name=PEAK).order_by("-value").first()
    return round(found.value * MIB) if found else 0


def work(settings: dict[str, Any]) -> float:
    """What a step's time goes with: answers and how long they may get."""
    names = ("prompts", "samples", "max_new_tokens")
    product = 1.0
    for name in names:
        product *= float(settings.get(name) or 1)
    return product


def whole(given: Any) -> int | None:
    try:
        return int(given)
    except (TypeError, ValueError):
        return None
