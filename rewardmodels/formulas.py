"""What the page of a composition shows: its weights, what could not be computed, and what moved a score."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from rewardmodels import judging
from rewardmodels.learning.settings.compositional import Compositional
from rewardmodels.models import RewardModel
from web.figures import minus
from web.plots import Scale, Span, Spans
from web.words import Words

MOST_MOVED = 12
LEAST_MOVED = 5e-4  # what would be shown as 0.000


@dataclass(frozen=True)
class Formula:
    """The section on a model's page."""

    weights: Spans
    absent: list[tuple[str, str]]  # (title, reason)
    notes: list[str]


@dataclass(frozen=True)
class Moved:
    """What pulled a score, or two of them apart."""

    picture: Spans
    rest: str  # of the features that are not drawn; empty where all are
    total: str


def groups() -> dict[str, str]:
    return {
        "writing": _("writing"),
        "rated": _("rated aspect"),
        "judged": _("language model"),
        "model": _("reward model"),
    }


def formula(model: RewardModel) -> Formula | None:
    """None where the model is no composition."""
    if model.kind != Compositional.kind or not model.is_trained:
        return None
    features = model.details["features"]
    computed = sorted((one for one in features if one["computed"]), key=lambda one: (-abs(one["weight"]), one["name"]))
    absent = [(titled(one), one["reason"]) for one in features if not one["computed"]]
    return Formula(weights(computed), absent, notes(model))


def titled(feature: dict[str, Any]) -> str:
    """Its title and where it comes from."""
    return f"{feature['title']} ({groups().get(feature['group'], feature['group'])})"


def weights(features: list[dict[str, Any]]) -> Spans:
    edges = [feature[end] for feature in features for end in ("low", "high", "weight")]
    spans = [
        Span(titled(one), one["weight"], one["low"], one["high"], interval(one), one["description"]) for one in features
    ]
    return Spans(_("Weights of the features"), around_zero(edges), spans, (0.0,))


def interval(feature: dict[str, Any]) -> str:
    return f"{signed(feature['weight'], 2)} [{signed(feature['low'], 2)}, {signed(feature['high'], 2)}]"


def signed(value: float, digits: int = 3) -> str:
    return minus(f"{value:+.{digits}f}")


def around_zero(values: list[float]) -> Scale:
    low, high = min([0.0, *values]), max([0.0, *values])
    room = 0.04 * (high - low) or 1.0
    return Scale(low - room, high + room)


def notes(model: RewardModel) -> list[str]:
    details = model.details
    said = []
    if missing := sum(details["pairs_missing"].values()):
        said.append(_("{n} comparisons were left out because a feature was missing.").format(n=missing))
    if details["judge"]:
        said.append(_("It asks a language model for ratings: {name}.").format(name=judging.said(details["judge"])))
    for part in details["models"]:
        if part["saw_the_training_split"]:
            said.append(
                _("“{model}” was learned from the same judgments and looks better on them than it is, so its "
                  "weight may be too high; one learned from another snapshot has no such advantage.")
                .format(model=part["title"])
            )  # fmt: skip
    for name, found in sorted(details["aspects"].items()):
        correlation = "–" if found["correlation"] is None else signed(found["correlation"], 2)
        said.append(
            _("“{aspect}” was learned from {n} ratings; on prompts held out it follows them with a rank correlation "
              "of {correlation}.").format(aspect=name, n=found["n"], correlation=correlation)
        )  # fmt: skip
    return said


def moved(model: RewardModel, scores: list[dict[str, Any]]) -> Moved | None:
    """What each feature adds to the difference of two answers, or to one against the average answer."""
    if model.kind != Compositional.kind or not scores:
        return None
    first = scores[0]["components"]
    second = scores[1]["components"] if len(scores) == 2 else dict.fromkeys(first, 0.0)
    titles = {one["name"]: titled(one) for one in model.details["features"]}
    rows = sorted(((first[name] - second[name], name) for name in first), key=lambda row: (-abs(row[0]), row[1]))
    drawn = [row for row in rows[:MOST_MOVED] if abs(row[0]) >= LEAST_MOVED]
    scale = around_zero([difference for difference, _name in drawn])
    spans = [
        Span(titles[name], difference, min(0.0, difference), max(0.0, difference), signed(difference))
        for difference, name in drawn
    ]
    title: Words = _("What sets the first apart from the second") if len(scores) == 2 else _("What moved its score")
    left = sum(difference for difference, _name in rows[len(drawn) :])
    others = len(rows) - len(drawn)
    rest = _("{n} other features add {sum} together.").format(n=others, sum=signed(left)) if others else ""
    return Moved(Spans(title, scale, spans, (0.0,)), rest, total(scores, model.unit))


def total(scores: list[dict[str, Any]], unit: str) -> str:
    """What all of it adds up to."""
    if len(scores) == 2:
        difference = scores[0]["reward"] - scores[1]["reward"]
        return _("Together {sum} {unit}: the difference of the two scores.").format(sum=signed(difference), unit=unit)
    return _("Together {sum} {unit}: the score. The average answer has 0.").format(
        sum=signed(scores[0]["reward"]), unit=unit
    )
