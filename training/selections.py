"""What best-of-n has found, as rows and pictures of a page: means over n, and what is set beside them."""

import math
from typing import Any

from django.utils.translation import gettext as _

from training import naming
from training.models import Run
from web.plots import Plot, Point, Scale, short
from web.words import Words

CHOSEN = "chosen"  # in a run's details
OBJECTIVE, LENGTH, CUT = "objective", "length", "truncated"
Found = dict[str, Any]


def of(run: Run) -> Found | None:
    """Nothing before it is over."""
    told = run.details.get(CHOSEN)
    if told is None:
        return None
    columns = titles(run)
    curves = told["curves"]
    rows = [
        {"n": n, "kl": curves["kl"][place], "cells": [side(curves["of"][key], place) for key, _title in columns]}
        for place, n in enumerate(curves["ns"])
    ]
    names = {
        one.policy: one.source.name if one.source else naming.one(run.workspace, one.policy)
        for one in run.sources.select_related("source")
    }
    return {
        **told,
        "same": 100 * told["same"],
        "tied": 100 * told["tied"],
        "is_bound": told["tied"] > 0,
        "titles": [title for _key, title in columns],
        "rows": rows,
        "pictures": [
            (f"chosen-{number}", picture(told, names, *column))
            for number, column in enumerate(columns, 1)
            if column[0] != CUT
        ],
        "beside": [beside(one, names[one["policy"]], columns, curves["ns"]) for one in told["beside"]],
    }


def titles(run: Run) -> list[tuple[str, str]]:
    """(key, title) of what is told at each n: what chooses first, where it is more than one reward model."""
    parts = list(run.components.select_related("reward_model"))
    rewards = [(f"reward/{part.name}", titled(part.reward_model.name, part.weight)) for part in parts]
    chooser = [(OBJECTIVE, _("What chooses"))] if sum(part.weight is not None for part in parts) > 1 else []
    return [*chooser, *rewards, (LENGTH, _("Length, in tokens")), (CUT, _("Share of answers cut off"))]


def titled(name: str, weight: float | None) -> str:
    return _("{name} (looks on)").format(name=name) if weight is None else name


def side(one: Found, place: int) -> Found:
    return {name: one[name][place] for name in ("mean", "low", "high")}


def beside(one: Found, name: str, columns: list[tuple[str, str]], ns: list[int]) -> Found:
    """A policy's own means, how far it is ahead of each n, and in a sentence what it is worth."""
    known = [key for key, _title in columns]
    rows = [{"n": n, "cells": [one["ahead"][key][place] for key in known]} for place, n in enumerate(ns)]
    means = [one["of"][key] for key in known]
    return {**one, "name": name, "means": means, "rows": rows, "kl": one["of"]["kl"], "worth": worth(one, name, ns)}


def worth(one: Found, name: str, ns: list[int]) -> str:
    """Between which n it lies by what chooses, as far as the intervals tell."""
    ahead = one["ahead"][OBJECTIVE]
    above = [n for n, each in zip(ns, ahead, strict=True) if each["low"] > 0]
    below = [n for n, each in zip(ns, ahead, strict=True) if each["high"] < 0]
    if above and below:
        said = _("“{name}” is ahead of the best of {above} beyond doubt, and behind the best of {below}.")
        return said.format(name=name, above=max(above), below=min(below))
    if above:
        return _("“{name}” is ahead of the best of {above} beyond doubt.").format(name=name, above=max(above))
    if below:
        return _("“{name}” is behind the best of {below} beyond doubt.").format(name=name, below=min(below))
    return _("“{name}” cannot be told from the best of any n: take more prompts.").format(name=name)


def picture(told: Found, titles_: dict[str, str], key: str, title: str) -> Plot:
    """Over √KL, as over-optimisation is drawn; each policy beside at its own distance."""
    points = along(told["curves"], key)
    names: list[Words] = [_("best of n")]
    for number, other in enumerate(told["beside"], start=2):
        mean = other["of"][key]
        far = math.sqrt(max(0.0, other["of"]["kl"]["mean"]))
        name = titles_[other["policy"]]
        points.append(Point(far, mean["mean"], name, mean["low"], mean["high"], series=number))
        names.append(name)
    return over_distance(title, points, names)


def along(curves: Found, key: str, series: int = 1) -> list[Point]:
    """The curve's points, each at the distance of its n."""
    one = curves["of"][key]
    return [
        Point(math.sqrt(kl), one["mean"][at], _("best of {n}").format(n=n), one["low"][at], one["high"][at], "", series)
        for at, (n, kl) in enumerate(zip(curves["ns"], curves["kl"], strict=True))
    ]


def over_distance(title: Words, points: list[Point], names: list[Words]) -> Plot:
    ends = [each for point in points for each in (point.low, point.y, point.high) if each is not None]
    margin = 0.05 * (max(ends) - min(ends)) or 0.1
    far = max(point.x for point in points) or 1.0
    label = _("√KL to the policy that answers, in nats")
    return Plot(
        title,
        Scale(0.0, 1.04 * far),
        Scale(min(ends) - margin, max(ends) + margin),
        label,
        title,
        points=points,
        names=names if len(names) > 1 else (),
        joined=True,
        headings=[_("What"), label, _("Mean"), _("95 % interval")],
        rows=[[*named(one, names), short(one.x), short(one.y), interval(one)] for one in points],
    )


def named(one: Point, names: list[Words]) -> list[str]:
    """What a point is, with its series where there are several."""
    series = str(names[one.series - 1])
    return [f"{series}: {one.label}" if len(names) > 1 and str(one.label) != series else str(one.label)]


def interval(one: Point) -> str:
    return "–" if one.low is None or one.high is None else f"[{short(one.low)}, {short(one.high)}]"
