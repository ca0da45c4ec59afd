"""Whether a run that is over held what it was to hold: each bound beside what its last steps came to."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from django.utils.translation import gettext as _

from training import lineage
from training.figures import threshold
from training.learning import steady
from training.models import KlRole, Role, Run
from web.plots import short
from web.words import Words

WINDOW = 10  # steps, where a run's settings say nothing of it
SURE = 2  # standard errors of the steps' noise, as the choice of the best checkpoint has it


class Bound(NamedTuple):
    """What was asked of a mean, and the names of its measurements."""

    title: str
    unit: Words
    role: str
    threshold: float
    mean: str
    violation: str


class Row(NamedTuple):
    title: str
    unit: Words
    bound: str
    mean: str
    tone: str
    said: str


def of(run: Run) -> dict[str, Any] | None:
    """Nothing before the end, and of a run that was to hold nothing step by step."""
    if not run.is_over or run.job is None or run.last_step is None:
        return None
    steps = min(run.settings.get("window") or WINDOW, run.last_step)
    rows = [row(run, bound, steps) for bound in bounds(run) if bound.violation in run.details.get("figures", {})]
    return {"rows": rows, "steps": steps} if rows else None


def bounds(run: Run) -> Iterator[Bound]:
    for part in lineage.parts(run):
        for bound in part.bounds.all():
            violation = f"violation/{part.name}/{bound.role}"
            model = part.reward_model
            yield Bound(model.name, model.unit_alone, bound.role, bound.threshold, f"reward/{part.name}", violation)
    if run.kl.get("role") == KlRole.AT_MOST:
        title, unit = _("KL to the reference"), _("nats a response")
        yield Bound(title, unit, Role.AT_MOST, run.kl["target"], "kl", "violation/kl/at_most")


def row(run: Run, bound: Bound, steps: int) -> Row:
    mean = run.details["figures"].get(bound.mean)
    tone, said = verdict(missed(run, bound.violation, steps), is_equal=bound.role == Role.EQUAL)
    asked = f"{Role(bound.role).label} {threshold(bound.threshold)}"
    return Row(bound.title, bound.unit, asked, "–" if mean is None else short(mean), tone, said)


def missed(run: Run, name: str, steps: int) -> list[float]:
    """By how much each of the last steps missed a bound; negative where there was room."""
    assert run.job is not None and run.last_step is not None
    rows = run.job.measurements.filter(name=name, step__gt=run.last_step - steps)
    return list(rows.order_by("step").values_list("value", flat=True))


def verdict(values: list[float], *, is_equal: bool) -> tuple[str, str]:
    """(tone, words): a miss that the noise of the steps explains is told from one that it does not."""
    if not values:
        return "", "–"
    mean = sum(values) / len(values)
    noise = steady.mean(np.array(values)).error if len(values) > 1 else 0.0
    miss = abs(mean) if is_equal else mean
    if miss <= 0:
        return "good", _("held")
    if miss <= SURE * noise:
        return "good", _("held, within the noise of its steps")
    return "bad", _("missed by {miss}").format(miss=short(miss))
