"""What a job measured, as charts: names that share what stands before a slash share a chart."""

import hashlib
from collections.abc import Iterable

from django.db.models import Count, F, Value, Window
from django.db.models.functions import Mod, RowNumber
from django.urls import reverse
from django.utils.translation import gettext as _

from jobs.models import Job
from web.charts import Chart, from_measurements

MOST_POINTS = 1_000  # of one name; more would be drawn over one another
MOST_CHARTS = 24


def names(job: Job) -> dict[str, int]:
    """How often each name was measured."""
    return dict(job.measurements.order_by("name").values_list("name").annotate(count=Count("pk")))


def groups(found: Iterable[str]) -> list[str]:
    """The charts' titles: `loss` for loss, loss/train and loss/validation."""
    return sorted({name.partition("/")[0] for name in found})


def print_of(found: Iterable[str]) -> str:
    """A short mark that changes when a name comes or goes."""
    return hashlib.sha256("\n".join(sorted(found)).encode()).hexdigest()[:12]


def chart(job: Job, group: str, counts: dict[str, int], slug: str) -> Chart:
    points = [
        (step, name.removeprefix(f"{group}/"), value)
        for name, count in counts.items()
        if name.partition("/")[0] == group
        for step, value in thinned(job, name, count)
    ]
    x, series = from_measurements(points)
    url = reverse("job-chart", kwargs={"slug": slug, "pk": job.pk})
    return Chart(
        title=group,
        x=x,
        series=series,
        x_label=_("Step"),
        is_done=job.is_over,
        url=f"{url}?group={group}",
        every=4,
    )


def thinned(job: Job, name: str, count: int) -> list[tuple[int, float]]:
    """Evenly spread points, the last one always among them."""
    rows = job.measurements.filter(name=name)
    stride = -(-count // MOST_POINTS)
    if stride > 1:
        place = Window(RowNumber(), order_by=F("step").desc())
        rows = rows.annotate(turn=Mod(place, Value(stride))).filter(turn=1)
    return list(rows.order_by("step").values_list("step", "value"))
