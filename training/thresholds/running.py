"""The surface through runs' looks, its highest place and cuts through it. Imported by the worker alone."""

from dataclasses import asdict
from typing import Any

import numpy as np

from jobs.work import Failed, Work
from training.learning.thresholds import surfaces
from training.learning.thresholds.surfaces import Unknown
from training.models import Run
from training.thresholds import measured

DRAWS = 100  # of runs drawn anew


def run(work: Work) -> dict[str, Any]:
    """{"components": […], "wanted", "value", "known", "looks", "points", "runs"}."""
    asked = work.arguments
    chosen = list(Run.objects.filter(pk__in=asked["runs"], deleted_at=None).select_related("job").order_by("pk"))
    if len(chosen) < len(asked["runs"]):
        raise Failed("A run was deleted before it was looked through; choose again.")
    known = measured.shared(chosen)
    work.progress(0.1, "Laying a surface")
    points = surfaces.from_their_beginnings(measured.points(chosen, asked["keys"], asked["wanted"]))
    try:
        found = surfaces.proxy_point(points, np.random.default_rng(0), draws=DRAWS)
        cuts = surfaces.cuts(points, found.thresholds)
    except Unknown as error:
        raise Failed(str(error)) from error
    components = [
        {
            **asdict(known[key]),
            "threshold": found.thresholds[place],
            "low": found.low[place],
            "high": found.high[place],
            "cut": [list(one) for one in cuts[place]],
        }
        for place, key in enumerate(asked["keys"])
    ]
    return {
        "components": components,
        "wanted": asdict(known[asked["wanted"]]),
        "value": found.value,
        "known": found.known,
        "looks": len(points),
        "points": [[*one.means, one.value] for one in points],
        "runs": [{"id": str(one.pk), "name": one.name} for one in chosen],
    }
