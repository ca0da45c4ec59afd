"""The table of figures on a model's page: a row a figure, a column a split, simpler rules right below."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from web.figures import minus
from web.words import Words

Figures = dict[str, Any]
RULES: dict[str, Words] = {
    "constant": gettext_lazy("… of even odds"),
    "longer_wins": gettext_lazy("… of “the longer one wins”"),
    "words": gettext_lazy("… of the words alone"),
    "frozen_linear": gettext_lazy("… of a linear head on the frozen backbone"),
}
SINGLE_RULES: dict[str, Words] = {
    "constant": gettext_lazy("… of the usual share of “desirable”"),
    "longer_wins": gettext_lazy("… of a guess by length"),
}
NOTHING = "–"


@dataclass(frozen=True)
class Row:
    """One figure over the splits."""

    label: Words
    cells: list[str]
    is_baseline: bool = False


def of_single_answers(found: list[Figures]) -> list[Row]:
    """The same of verdicts about single answers; what none of them has, such as a side, is left out."""
    return [row for row in rows(found, SINGLE_RULES) if any(cell != NOTHING for cell in row.cells)]


def rows(found: list[Figures], names: dict[str, Words] = RULES) -> list[Row]:
    """Of the splits in their order; a figure that a model was not asked for is a dash."""

    def row(label: Words, cell: Callable[[Figures], str], is_baseline: bool = False) -> Row:
        return Row(label, [tolerant(cell, figures) for figures in found], is_baseline)

    def rules(cell: Callable[[Figures, str], str]) -> list[Row]:
        known = [name for name in names if any(name in figures["baselines"] for figures in found)]
        return [row(names[name], lambda m, name=name: cell(m, name), True) for name in known]  # type: ignore[misc]

    return [
        row(_("Judgments (ties)"), lambda m: f"{m['n']} ({m['tied_judgments']})"),
        row(_("Conversations, near-duplicates as one"), lambda m: str(m["clusters"])),
        row(_("Accuracy"), lambda m: ranged(m["accuracy"], m["intervals"]["accuracy"])),
        *rules(lambda m, name: share(m["baselines"][name]["accuracy"])),
        row(_("… of another person’s vote on the same two"), another, True),
        row(_("… at most, as people contradict each other"), ceiling, True),
        row(_("Accuracy with length matched"), matched),
        row(_("AUC"), lambda m: share(m["auc"])),
        row(_("Log loss, calibrated"), lambda m: ranged(*of(m["calibrated"], "log_loss"))),
        row(_("… before calibration"), lambda m: share(m["log_loss"]), True),
        *rules(behind),
        row(_("Brier score, calibrated"), lambda m: ranged(*of(m["calibrated"], "brier"))),
        row(_("Calibration error (band of a perfect model)"), lambda m: banded(m["calibrated"])),
        row(_("Slope of calibration (1 is perfect)"), slope),
        row(_("Equal scores"), lambda m: str(m["ties"])),
        row(_("Correlation with length"), lambda m: correlation(m, "length", "model")),
        row(_("… of what people preferred"), lambda m: correlation(m, "length", "people"), True),
        row(_("Correlation with the side shown first"), lambda m: correlation(m, "side", "model")),
        row(_("… of what people preferred"), lambda m: correlation(m, "side", "people"), True),
    ]


def tolerant(cell: Callable[[Figures], str], figures: Figures) -> str:
    """The cell, or a dash where the figure was not computed or does not exist."""
    try:
        return cell(figures)
    except (KeyError, TypeError):
        return NOTHING


def share(value: float) -> str:
    return minus(f"{value:.3f}")


def of(figures: Figures, name: str) -> tuple[float, list[float]]:
    return figures[name], figures["intervals"][name]


def ranged(value: float, interval: list[float], form: str = ".3f") -> str:
    low, high = interval
    return minus(f"{value:{form}} [{low:{form}}, {high:{form}}]")


def banded(figures: Figures) -> str:
    low, high = figures["ece_band"]
    return f"{figures['ece']:.3f} ({low:.3f}–{high:.3f})"


def behind(figures: Figures, name: str) -> str:
    """A simple rule's log loss, and how far the model is ahead of it."""
    rule = figures["baselines"][name]
    gain = rule["log_loss_gain"]
    return f"{rule['log_loss']:.3f} ({ranged(gain['estimate'], gain['interval'], '+.3f')})"


def another(figures: Figures) -> str:
    found = figures["agreement"]
    said = ranged(found["with_another"], found["with_another_interval"])
    return _("{figure} on {n}").format(figure=said, n=found["overlapping"])


def ceiling(figures: Figures) -> str:
    found = figures["agreement"]
    return share(found["ceiling"]) if found["overlapping"] else NOTHING


def matched(figures: Figures) -> str:
    found = figures["length_matched"]
    return _("{figure} on {n}").format(figure=ranged(found["accuracy"], found["interval"]), n=round(found["n"]))


def slope(figures: Figures) -> str:
    found = figures["slope"]
    return ranged(found["estimate"], [found["low"], found["high"]], ".2f")


def correlation(figures: Figures, what: str, whose: str) -> str:
    found = figures["correlations"][what][whose]
    return ranged(found["estimate"], found["interval"], "+.2f")
