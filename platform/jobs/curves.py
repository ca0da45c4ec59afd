"""What a job measured, as charts: names that share what stands before a slash share a chart."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping

from django.db.models import Count, F, Value, Window
from django.db.models.functions import Mod, RowNumber
from django.urls import reverse
from django.utils.translation import gettext as _

from jobs import tellers
from jobs.models import Job
from web.charts import Chart, from_measurements

MOST_POINTS = 1_000  # of one name; more would be drawn over one another
MOST_CHARTS = 24
Points = list[tuple[int, float]]  # (step, value), by step


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
    (drawn,) = charts(job, [group], counts, slug)
    return drawn


def charts(job: Job, chosen: Iterable[str], counts: dict[str, int], slug: str) -> list[Chart]:
    """One a group, of points that are read together."""
    wanted = {group: [name for name in counts if name.partition("/")[0] == group] for group in chosen}
    measured = thinned(job, {name: counts[name] for names in wanted.values() for name in names})
    url = reverse("job-chart", kwargs={"slug": slug, "pk": job.pk})
    teller, found = tellers.of(job), []
    for group, names in wanted.items():
        called = {name: str(teller.line(name)) for name in names}
        points = [(step, called[name], value) for name in names for step, value in measured[name]]
        x, series = from_measurements(points)
        link = f"{url}?group={group}"
        found.append(Chart(teller.title(group), x, series, x_label=_("Step"), is_done=job.is_over, url=link, every=4))
    return found


def thinned(job: Job, counts: Mapping[str, int]) -> dict[str, Points]:
    """Evenly spread points of each name, its last one always among them; names measured as often share a query."""
    found: dict[str, Points] = {name: [] for name in counts}
    together: dict[int, list[str]] = defaultdict(list)
    for name, count in counts.items():
        together[max(1, -(-count // MOST_POINTS))].append(name)
    for stride, names in together.items():
        rows = job.measurements.filter(name__in=names)
        if stride > 1:
            place = Window(RowNumber(), partition_by=F("name"), order_by=F("step").desc())
            rows = rows.annotate(turn=Mod(place, Value(stride))).filter(turn=1)
        for name, step, value in rows.order_by("name", "step").values_list("name", "step", "value"):
            found[name].append((step, value))
    return found
