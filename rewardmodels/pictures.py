"""A model's figures as pictures: how often it was right, part by part, and what more judgments would bring."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from rewardmodels.models import RewardModel
from web.charts import Chart, Series
from web.figures import minus
from web.plots import Guide, Plot, Point, Scale, Span, Spans
from web.words import Words

GROUPINGS: dict[str, Words] = {
    "source": gettext_lazy("By who answered"),
    "length": gettext_lazy("By mean length of the two answers, in characters"),
    "preferred": gettext_lazy("By which was preferred, the longer or the shorter"),
    "shown": gettext_lazy("By where the preferred one was shown"),
    "kind": gettext_lazy("By kind of judgment"),
    "strength": gettext_lazy("By strength of the preference"),
    "annotator": gettext_lazy("By annotator"),
    "group": gettext_lazy("By group of annotators"),
    "sampling": gettext_lazy("By how the question came to be asked"),
    "topic": gettext_lazy("By topic of the conversation"),
    "prompt": gettext_lazy("By whether training holds a near-duplicate of the conversation"),
}
NAMES: dict[tuple[str, str], Words] = {
    ("preferred", "longer"): gettext_lazy("the longer"),
    ("preferred", "shorter"): gettext_lazy("the shorter"),
    ("shown", "first"): gettext_lazy("first"),
    ("shown", "second"): gettext_lazy("second"),
    ("kind", "pairwise"): gettext_lazy("pairwise"),
    ("kind", "cardinal"): gettext_lazy("cardinal"),
    ("strength", "slightly"): gettext_lazy("slightly better"),
    ("strength", "clearly"): gettext_lazy("clearly better"),
    ("strength", "greatly"): gettext_lazy("much better"),
    ("sampling", "random"): gettext_lazy("asked at random"),
    ("sampling", "chosen"): gettext_lazy("chosen by a rule"),
    ("prompt", "new"): gettext_lazy("new to the model"),
    ("prompt", "seen"): gettext_lazy("near one that it learned from"),
}


@dataclass(frozen=True)
class Part:
    """One way of dividing the judgments, as a picture."""

    title: Words
    picture: Spans


def held_out(model: RewardModel) -> str | None:
    """The split that the pictures show: test, or else validation."""
    return next((name for name in ("test", "validation") if "accuracy" in model.metrics.get(name, {})), None)


def reliability(figures: dict[str, Any], split: Words) -> Chart | None:
    """How often the model was right where it was so sure."""
    bars = [bar for bar in figures["reliability"] if bar["n"]]
    if len(bars) < 2:
        return None
    sure = [round(bar["confidence"], 4) for bar in bars]
    right = [round(bar["accuracy"], 4) for bar in bars]
    title = _("How often it was right ({split})").format(split=split)
    series = [Series(_("was right"), right), Series(_("perfectly calibrated"), sure)]
    return Chart(title, sure, series, x_label=_("how sure it was"))


def parts(figures: dict[str, Any]) -> list[Part]:
    """Accuracy of each slice with its interval; a line stands at the accuracy of the whole."""
    found = figures.get("slices", [])
    overall = figures["accuracy"]
    return [
        Part(title, Spans(title, Scale(0, 1), [span(one) for one in found if one["by"] == by], (overall,)))
        for by, title in GROUPINGS.items()
        if any(one["by"] == by for one in found)
    ]


def span(one: dict[str, Any]) -> Span:
    low, high = one["accuracy_interval"]
    text = f"{one['accuracy']:.3f} [{low:.3f}, {high:.3f}]"
    counted = ngettext("{n} judgment", "{n} judgments", one["n"]).format(n=one["n"])
    rule = _("longer wins {share}").format(share=f"{one['longer_wins']:.3f}")
    said = [counted, rule, *([_("too few conversations to tell")] if one["is_small"] else [])]
    name = _("others") if one["name"] == "others" else NAMES.get((one["by"], one["name"]), one["name"])
    return Span(name, one["accuracy"], low, high, text, " · ".join(map(str, said)))


def learning_curve(found: dict[str, Any]) -> Plot:
    """Held-out log loss over the number of training conversations, and what is foretold of twice as many."""
    points = [
        Point(one["prompts"], one["log_loss"], curve_label(one), *one["log_loss_interval"]) for one in found["points"]
    ]
    last = found["points"][-1]
    if found["twice"]:
        low, high = found["twice"]["interval"]
        y = last["log_loss"] - found["twice"]["gain"]
        label = _("foretold for {n}").format(n=2 * last["prompts"])
        points.append(Point(2 * last["prompts"], y, label, last["log_loss"] - high, last["log_loss"] - low, series=2))
    values = [value for point in points for value in (point.low, point.high) if value is not None]
    x = Scale(points[0].x * 0.9, points[-1].x * 1.1, is_log=True)
    return Plot(
        _("Learning curve"),
        x,
        Scale(min(values) - 0.01, max([*values, found["constant"]]) + 0.01),
        _("conversations learned from"),
        _("held-out log loss, calibrated"),
        points=points,
        guides=[Guide(found["constant"], _("even odds"))],
        names=[_("measured"), *([_("foretold")] if found["twice"] else [])],
        x_words=[(point.x, str(round(point.x))) for point in points],
        joined=True,
        headings=[_("Conversations"), _("Judgments"), _("Fits"), _("Log loss"), _("Accuracy")],
        rows=curve_rows(found["points"]),
    )


def curve_label(one: dict[str, Any]) -> str:
    return _("{n} conversations: {loss}").format(n=one["prompts"], loss=f"{one['log_loss']:.4f}")


def curve_rows(points: Sequence[dict[str, Any]]) -> list[list[str]]:
    def ranged(one: dict[str, Any], name: str) -> str:
        low, high = one[f"{name}_interval"]
        return f"{one[name]:.3f} [{low:.3f}, {high:.3f}]"

    return [
        [str(one["prompts"]), f"{one['judgments']:.0f}", str(one["repeats"]), ranged(one, "log_loss"),
         ranged(one, "accuracy")]
        for one in points
    ]  # fmt: skip


def foretold(found: dict[str, Any]) -> str:
    """What twice the data would bring, with its interval."""
    n = 2 * found["points"][-1]["prompts"]
    said = _(
        "Twice as many conversations ({n}) would lower the log loss by about {gain}, 95 % interval {low} to "
        "{high}, if the curve goes on as it went."
    )
    gain, low, high = (minus(f"{value:.4f}") for value in (found["twice"]["gain"], *found["twice"]["interval"]))
    return said.format(n=n, gain=gain, low=low, high=high)
