"""What a model's page says of each kind of judgment that it learned from: figures by split, and the PIT of amounts."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rewardmodels import tables
from rewardmodels.models import RewardModel
from rewardmodels.tables import Figures, Row
from web.figures import minus
from web.plots import Bar, Guide, Plot, Scale
from web.words import Words

TITLES: dict[str, Words] = {
    "pairs": gettext_lazy("Comparisons of two answers"),
    "amounts": gettext_lazy("Amounts of money"),
    "verdicts": gettext_lazy("Desirable or not"),
    "rankings": gettext_lazy("Rankings"),
    "ratings": gettext_lazy("Marks"),
}
Cell = Callable[[Figures], str]


@dataclass(frozen=True)
class Kind:
    """Its figures over the splits; a notice where the utility may be of no use to it; a picture of amounts."""

    title: Words
    rows: list[Row]
    notice: tuple[str, str] | None
    picture: Plot | None


def of(model: RewardModel, splits: dict[str, Words]) -> list[Kind]:
    """Of every kind that one of the splits holds; `splits` are names by key. Empty where figures have no kinds."""
    return [one(name, model, splits) for name in TITLES if any(name in by_kind(model, split) for split in splits)]


def by_kind(model: RewardModel, split: str) -> dict[str, Figures]:
    found: dict[str, Figures] = model.metrics.get(split, {}).get("kinds", {})
    return found


def one(name: str, model: RewardModel, splits: dict[str, Words]) -> Kind:
    found = [by_kind(model, split).get(name, {}) for split in splits]
    rows = [*common(), *SPECIAL[name]]
    shown = [Row(label, [tables.tolerant(cell, each) for each in found], muted) for label, cell, muted in rows]
    split = next((each for each in ("test", "validation") if name in by_kind(model, each)), "")
    held_out = by_kind(model, split).get(name, {})
    return Kind(TITLES[name], shown, use(held_out), pit(held_out, splits.get(split, "")))


def common() -> list[tuple[Words, Cell, bool]]:
    return [
        (_("Judgments"), lambda m: str(m["n"]), False),
        (_("Log loss"), lambda m: tables.share(m["log_loss"]), False),
        (_("… with one utility for all answers"), lambda m: tables.share(m["log_loss_without_utility"]), True),
        (_("… by which the model is ahead of that"), gain, False),
    ]


def gain(figures: Figures) -> str:
    found = figures["log_loss_gain"]
    return tables.ranged(found["estimate"], found["interval"], "+.3f")


def signed(name: str) -> Cell:
    return lambda figures: minus(f"{figures[name]:+.2f}")


def money(name: str) -> Cell:
    return lambda figures: minus(f"{figures[name]:.3g}")


def share(name: str) -> Cell:
    return lambda figures: minus(f"{figures[name]:.3f}")


def of_all(name: str) -> Cell:
    return lambda figures: f"{figures[name]} ({100 * figures[name] / figures['n']:.0f} %)"


SPECIAL: dict[str, list[tuple[Words, Cell, bool]]] = {
    "pairs": [],
    "amounts": [
        (gettext_lazy("Amounts for one answer alone"), of_all("alone"), False),
        (gettext_lazy("Zeros"), of_all("zeros"), False),
        (gettext_lazy("Above the last price of a list"), of_all("open_above"), False),
        (gettext_lazy("Mean absolute error, in money"), money("absolute_error"), False),
        (gettext_lazy("… of always saying the median"), money("absolute_error_without_utility"), True),
        (gettext_lazy("Rank correlation of expected and said"), signed("rank_correlation"), False),
        (gettext_lazy("Amounts that reach into the middle 80 % of what was expected"), share("inside_80"), False),
    ],
    "verdicts": [
        (gettext_lazy("Called desirable"), of_all("desirable"), False),
        (gettext_lazy("Accuracy"), share("accuracy"), False),
        (gettext_lazy("AUC"), share("auc"), False),
        (gettext_lazy("Brier score"), share("brier"), False),
    ],
    "rankings": [
        (gettext_lazy("Kendall’s τ of ranks and utilities, mean"), signed("kendall"), False),
        (gettext_lazy("Rankings in which all are tied"), of_all("all_tied"), False),
    ],
    "ratings": [
        (gettext_lazy("Mean absolute error, in marks"), share("absolute_error"), False),
        (gettext_lazy("Rank correlation of expected and given"), signed("rank_correlation"), False),
    ],
}


def use(figures: Figures) -> tuple[str, str] | None:
    """(tone, sentence) where held-out judgments of this kind do not show that the utility foretells them."""
    if not figures:
        return "warn", _("No held-out judgment is of this kind, so nothing can be said of what it is worth to it.")
    low, high = figures["log_loss_gain"]["interval"]
    if high < 0:
        return "bad", _("Held-out judgments of this kind are foretold worse than by one utility for all answers.")
    if low <= 0:
        return "warn", _("Held-out judgments of this kind are not surely foretold better than by one utility for all.")
    return None


def verdict(model: RewardModel) -> tuple[str, str] | None:
    """(tone, sentence) on the test split of a model that no comparison can be held against."""
    found = by_kind(model, "test")
    worse = [str(TITLES[name]) for name in found if found[name]["log_loss_gain"]["interval"][1] < 0]
    unsure = [str(TITLES[name]) for name in found if found[name]["log_loss_gain"]["interval"][0] <= 0]
    if worse:
        said = _(
            "On the test split it is worse than one utility for all answers, beyond what chance explains: {kinds}."
        )
        return "bad", said.format(kinds=", ".join(worse))
    if unsure:
        said = _("On the test split it is not surely better than one utility for all answers: {kinds}.")
        return "warn", said.format(kinds=", ".join(unsure))
    return None


def headline(model: RewardModel) -> str:
    """One figure of the test split for a list, where there is no accuracy; empty where there is none at all."""
    found = by_kind(model, "test")
    for name in TITLES:
        value = found.get(name, {}).get(FIGURES.get(name, ""))
        if value is not None:
            return str(HEADLINES[name]).format(value=minus(f"{value:.2f}"))
    return ""


FIGURES = {"amounts": "rank_correlation", "verdicts": "auc", "rankings": "kendall", "ratings": "rank_correlation"}
HEADLINES: dict[str, Words] = {
    "amounts": gettext_lazy("amounts: ρ {value}"),
    "verdicts": gettext_lazy("yes or no: AUC {value}"),
    "rankings": gettext_lazy("rankings: τ {value}"),
    "ratings": gettext_lazy("marks: ρ {value}"),
}


def pit(found: Figures, split: Words) -> Plot | None:
    """Where amounts lie in their own predicted distributions: level where the likelihood is right."""
    shares = found.get("pit")
    if not shares:
        return None
    width, even = 1 / len(shares), 1 / len(shares)
    edges = [(number * width, (number + 1) * width) for number in range(len(shares))]
    named = [f"{100 * low:.0f}–{100 * high:.0f} %" for low, high in edges]
    told = [f"{100 * height:.1f} %" for height in shares]
    return Plot(
        _("Where amounts lie in what was expected of them ({split}, PIT)").format(split=split),
        Scale(0, 1),
        Scale(0, 1.1 * max(*shares, 2 * even)),
        _("place in the predicted distribution"),
        _("share of the amounts"),
        bars=[
            Bar(low, high, height, f"{name}: {text}")
            for (low, high), height, name, text in zip(edges, shares, named, told, strict=True)
        ],
        guides=[Guide(even, _("a likelihood that is right"))],
        headings=[_("Place"), _("Share")],
        rows=[list(row) for row in zip(named, told, strict=True)],
    )
