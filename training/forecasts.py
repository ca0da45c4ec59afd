"""What a run will take, told on its form: from what was measured of its policy here, or from a run's own steps."""

from typing import TYPE_CHECKING, Any

from django.db.models import Sum
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from api.refusals import Refusal
from api.schemas.forms import SettingsForm
from jobs.models import Job
from rewardmodels.forecasts import duration, memory, understood
from rewardmodels.learning.settings.fields import SettingError
from training import runs
from training.estimates import asking, sizes
from training.learning.direct.settings.common import Direct
from training.learning.estimating import Estimate, Speed
from training.learning.settings.online import Online
from training.learning.settings.selections import BestOfN
from training.models import Run

if TYPE_CHECKING:
    from training.sheets.sheet import Sheet

SECONDS, PEAK = "seconds/", "memory/peak"
MIB = 2**20  # in which the peak is measured
LOOKED_THROUGH = 20  # newest runs


def told(sheet: "Sheet") -> str:
    """In a sentence: from a measurement of the policy, else from a run's own steps, else how to come to one."""
    if not sheet.is_foreseen:
        return ""
    if (found := measured(sheet)) is not None:
        return found
    return of_steps(sheet) or _(
        "How long it takes and how much memory is told once this policy was measured here: a short job samples, "
        "scores, reads and learns a little with it, and begins no run."
    )


def measured(sheet: "Sheet") -> str | None:
    """Nothing where the policy was never measured here, or what is asked makes no sense yet."""
    settings = settings_of(sheet)
    if settings is None:
        return None
    known = asking.newest(sheet.scope, policy=typed_policy(sheet), precision=settings.precision)
    if known is None:
        return None
    speed, job = known
    size = sheet.size(speed.prompts)
    try:
        found = sizes.estimate(settings, size, speed)
    except Refusal:
        return None
    return sentence(found, speed, job, sizes.unmeasured(size, speed), sheet) if found else None


def typed_policy(sheet: "Sheet") -> str:
    return str(sheet.wish["policy"].value() or "")


def settings_of(sheet: "Sheet") -> Online | Direct | BestOfN | None:
    """As they were typed; nothing where they cannot be put together, or are of no kind that is foreseen."""
    try:
        made = sheet.method.build(form_values(sheet))
    except (Refusal, SettingError, TypeError):
        return None
    return made if isinstance(made, Online | Direct | BestOfN) else None


def sentence(found: Estimate, speed: Speed, job: Job, missing: int, sheet: "Sheet") -> str:
    said = _(
        "Estimated: {time} and {memory} of memory for {steps} steps of {each} seconds, from a measurement on {day} "
        "({device}) and answers of about {tokens} tokens. Other work beside it makes it slower, and so do answers that "
        "become longer."
    )
    if sheet.is_selection:
        said = _(
            "Estimated: {time} and {memory} of memory for {steps} times {each} seconds, from a measurement on {day} "
            "({device}) and answers of about {tokens} tokens. Other work beside it makes it slower."
        )
    if sheet.is_one_shot:
        said = _(
            "Estimated: {time} and {memory} of memory for the pool, {steps} steps of {each} seconds and a look at what "
            "came of it, from a measurement on {day} ({device}) and answers of about {tokens} tokens. Other work "
            "beside it makes it slower."
        )
    if missing:
        said += " " + _("What {n} of the reward models take is not in it: measure once more.").format(n=missing)
    return said.format(
        time=duration(found.seconds),
        memory=memory(found.bytes),
        steps=f"{found.steps:,}",
        each=f"{sum(found.phases.values()):.2g}",
        day=date_format(localtime(job.finished_at), "SHORT_DATE_FORMAT"),
        device=speed.device,
        tokens=round(sum(speed.lengths) / len(speed.lengths)),
    )


def of_steps(sheet: "Sheet") -> str:
    """Of a run that took steps with this policy; of direct alignment nothing, as its steps follow from judgments."""
    found = newest(sheet, typed_policy(sheet)) if sheet.takes_steps else None
    steps = whole(sheet.wish["steps"].value())
    if found is None or steps is None:
        return ""
    run, seconds = found
    ratio = work(form_values(sheet)) / work(run.settings)
    said = _(
        "Estimated: {time} for {steps} steps, from {seconds} seconds that a step took in “{name}”, by samples and "
        "their longest length. Other work beside it makes it slower."
    )
    line = said.format(
        time=duration(steps * seconds * ratio), steps=f"{steps:,}", seconds=f"{seconds:.2g}", name=run.name
    )
    peak = peak_of(run)
    return f"{line} {_('Its peak of memory was {size}.').format(size=memory(peak))}" if peak else line


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
