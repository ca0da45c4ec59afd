"""Runs that learned beside best-of-n, which did not: what each came to, and over how long a way."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

from jobs import curves as job_curves
from training import curves, figures, selections
from training.models import Run
from web.plots import Plot, Point
from web.words import Words

MOST_POINTS = 40  # of a run in a picture
Found = dict[str, Any]


def with_best_of_n(runs: Sequence[Run]) -> Found | None:
    """Nothing where none of the runs is best-of-n and over, or all of them are of no other kind of measurement."""
    over = [run for run in runs if run.is_selection and selections.CHOSEN in run.details]
    if not over:
        return None
    keys = [key for key in known(over) if any(key in measured(run) for run in runs)]
    names = {run.pk: curves.numbered(number, run) for number, run in enumerate(runs, start=1)}
    rows = [row for run in runs for row in (rows_of(run, names[run.pk], keys))]
    return {
        "are_other_prompts": len({run.prompts_sha256 for run in runs}) > 1,
        "titles": [key.removeprefix("reward/") for key in keys],
        "rows": rows,
        "pictures": [
            (f"beside-{number}", picture(runs, names, key))
            for number, key in enumerate(keys, 1)
            if key != selections.LENGTH
        ],
    }


def known(runs: Sequence[Run]) -> list[str]:
    """The rewards that best-of-n was told, and length."""
    names = {key for run in runs for key in run.details[selections.CHOSEN]["curves"]["of"] if key.startswith("reward/")}
    return [*sorted(names), selections.LENGTH]


def measured(run: Run) -> dict[str, int]:
    return job_curves.names(run.job) if run.job else {}


def rows_of(run: Run, name: str, keys: Sequence[str]) -> Iterator[Found]:
    """A row for each n; of another run one, at its best checkpoint."""
    if not run.is_selection:
        yield row_of(run, name, keys)
        return
    if (told := run.details.get(selections.CHOSEN)) is None:
        return
    found = told["curves"]
    for place, n in enumerate(found["ns"]):
        cells = [selections.side(found["of"][key], place) if key in found["of"] else None for key in keys]
        yield {"name": name, "said": figures.step(run, n), "kl": found["kl"][place], "cells": cells}


def row_of(run: Run, name: str, keys: Sequence[str]) -> Found:
    step = run.best_step
    values = dict(run.details.get("best_figures", {}))
    if run.job is not None and step is not None:
        rows = run.job.measurements.filter(step=step, name__in=[*keys, "kl"]).values_list("name", "value")
        values = {**dict(rows), **values}  # a mean over the last steps says more than one step
    said = figures.step(run, step) if step is not None else ""
    cells = [{"mean": values[key]} if key in values else None for key in keys]
    return {"name": name, "said": said, "kl": values.get("kl"), "cells": cells}


def picture(runs: Sequence[Run], names: dict[Any, str], key: str) -> Plot:
    """Over √KL, as over-optimisation is drawn."""
    points: list[Point] = []
    shown: list[Words] = []
    for run in runs:
        if found := list(points_of(run, key, len(shown) + 1)):
            points += found
            shown.append(names[run.pk])
    return selections.over_distance(key.removeprefix("reward/"), points, shown)


def points_of(run: Run, key: str, series: int) -> Iterator[Point]:
    if run.is_selection:
        if (told := run.details.get(selections.CHOSEN)) and key in told["curves"]["of"]:
            yield from selections.along(told["curves"], key, series)
        return
    counts = measured(run)
    if run.job is None or not {key, "kl"} <= set(counts):
        return
    read = job_curves.thinned(run.job, {"kl": counts["kl"], key: counts[key]})
    far = dict(read["kl"])
    rows = [(step, value) for step, value in read[key] if step in far]
    for step, value in rows[:: -(-len(rows) // MOST_POINTS) or 1]:
        yield Point(math.sqrt(max(0.0, far[step])), value, figures.step(run, step), series=series)
