"""What figures are called, what they mean and what to do about them, in plain words."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation.feedback.kinds import KINDS
from web.words import Words

Figure = dict[str, Any]  # {"value", "low", "high", "n", "reason"}
GOOD, FAIR = 0.8, 0.667  # Krippendorff's bounds: to rely on, and for tentative conclusions
ENOUGH = 20  # labels that can be compared, below which no small figure means anything

MEASURES: dict[str, Words] = {
    "alpha_nominal": gettext_lazy("Krippendorff's α, nominal"),
    "alpha_ordinal": gettext_lazy("Krippendorff's α, ordinal"),
    "alpha_interval": gettext_lazy("Krippendorff's α, interval"),
    "kendall_tau": gettext_lazy("Kendall's τ between two people"),
    "percent": gettext_lazy("Share of pairs of votes that agree"),
    "fleiss_kappa": gettext_lazy("Fleiss' κ"),
    "cohen_kappa": gettext_lazy("Cohen's κ"),
}
REASONS: dict[str, Words] = {
    "no_votes": gettext_lazy("There are no votes."),
    "no_overlap": gettext_lazy("No task has votes by two people: raise the overlap of some tasks."),
    "no_variation": gettext_lazy("Every vote is the same, so agreement cannot be told from chance."),
    "no_chance": gettext_lazy("Chance alone would already agree always."),
    "too_many_values": gettext_lazy("There are too many different values."),
    "too_few": gettext_lazy("There are too few judgments."),
    "no_common_order": gettext_lazy("The votes share no common order, so nobody's reliability can be told."),
}
RELIABILITY: dict[str, tuple[Words, Words]] = {
    "slope": (
        gettext_lazy("How sharply a person's verdicts follow the common order"),
        gettext_lazy("1 is the average annotator, 0 a coin, below 0 somebody who reads the scale the other way round."),
    ),
    "chance": (
        gettext_lazy("The chance that a person's vote is right"),
        gettext_lazy("Told from the votes of the others: 0.5 is a coin."),
    ),
    "signal": (
        gettext_lazy("The share of a person's differences that the answers explain"),
        gettext_lazy("The rest is noise. Generosity and bias are taken away first. It needs tasks with three votes."),
    ),
}
FLAGS: dict[str, tuple[Words, Words]] = {
    "weak": (
        gettext_lazy("Tells little"),
        gettext_lazy("The votes hardly follow what the others see. Read some, and talk about the guidelines."),
    ),
    "side": (
        gettext_lazy("Favours a side"),
        gettext_lazy("One side wins more often than the random order of the answers can explain."),
    ),
    "line": (
        gettext_lazy("Same answer in a row"),
        gettext_lazy("The longest run of one answer is longer than chance gives. Look at the judgments of that run."),
    ),
    "fast": (
        gettext_lazy("Hurries"),
        gettext_lazy("Much faster than others on the same tasks. That alone is no fault: look at reliability."),
    ),
    "slow": (
        gettext_lazy("Takes long"),
        gettext_lazy("Much slower than others on the same tasks. Perhaps the page was left open."),
    ),
}  # fmt: skip
LEFT_OUT: dict[str, Words] = {
    "withdrawn": gettext_lazy("Withdrawn by their author"),
    "set_aside": gettext_lazy("Set aside"),
    "late": gettext_lazy("Too late: somebody else had the place"),
    "taken_down": gettext_lazy("Prompt taken down"),
    "other_purpose": gettext_lazy("Qualification and adjudication"),
    "earlier_versions": gettext_lazy("Earlier versions of changed judgments"),
}


def in_order(names: Iterable[str]) -> list[str]:
    """Kinds in the order in which the product names them; the database keeps none."""
    known = list(KINDS)
    return sorted(names, key=lambda name: (known.index(name.removesuffix("_single")), name))


def kind_label(name: str) -> Words:
    """The kind as people call it."""
    if name == "cardinal_single":
        return _("What it is worth (one answer)")
    return KINDS[name].label if name in KINDS else name


def said(figure: Figure) -> str:
    """The figure with its interval, or why there is none."""
    if figure["value"] is None:
        return str(REASONS.get(figure.get("reason") or "", "–"))
    if figure["low"] is None:
        return short(figure["value"])
    return _("{value} ({low} to {high})").format(**{part: short(figure[part]) for part in ("value", "low", "high")})


def short(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def share(figure: Figure) -> str:
    """The same of a share, with its count."""
    if figure["value"] is None:
        return "–"
    return _("{value} of {n}").format(value=percent(figure["value"]), n=figure["n"])


def percent(value: float) -> str:
    return _("{n} %").format(n=round(100 * value))


def agreement(figure: Figure) -> str:
    """What it means, and what to do."""
    value, low = figure["value"], figure["low"]
    if value is None:
        return str(REASONS.get(figure.get("reason") or "", ""))
    if low is not None and low >= GOOD:
        return _("People agree well: the labels can be relied upon.")
    if value >= GOOD:
        return _("People seem to agree well, but the interval is wide: more tasks with two labels would make it sure.")
    if value >= FAIR:
        return _("Enough for tentative conclusions. The most disputed tasks below show what the guidelines leave open.")
    if low is not None and low > 0:
        return _(
            "Better than chance, but low: read the most disputed tasks, sharpen the guidelines, and collect more "
            "labels a task where it matters."
        )
    if figure["n"] < ENOUGH or (figure["high"] is not None and figure["high"] >= FAIR):
        return _(
            "Too few tasks with two labels to say anything yet: it may be chance either way. Collect more of them."
        )
    return _(
        "Hardly better than chance. Do not learn from these labels yet: either the question is not clear or the "
        "answers do not differ."
    )


def side(figure: Figure) -> str:
    """The test of the order in which answers are shown."""
    if figure["value"] is None:
        return _("No verdict with a winner whose sides are known: imported files do not say what was shown where.")
    chance, won = figure["p_value"], percent(figure["value"])
    if chance >= 0.05:
        return _(
            "The answer shown first won {won} of {n} verdicts, as a fair coin might (p = {p}). Nothing to do."
        ).format(won=won, n=figure["n"], p=short_p(chance))
    if abs(figure["value"] - 0.5) < 0.03:
        return _(
            "The answer shown first won {won} of {n} verdicts: a small tilt, though not by chance (p = {p}). The order "
            "is random for each person and task, so it costs labels and does not favour a model."
        ).format(won=won, n=figure["n"], p=short_p(chance))
    return _(
        "The answer shown first won {won} of {n} verdicts, which is no chance (p = {p}). See who favours a side below; "
        "the order is random, so the consensus is not tilted, but such votes tell less."
    ).format(won=won, n=figure["n"], p=short_p(chance))


def short_p(chance: float) -> str:
    return _("below 0.001") if chance < 0.001 else f"{chance:.3f}"


def gold(figure: Figure) -> str:
    if figure["value"] is None:
        return _(
            "No task with a known answer was answered. Mark some: they show errors that all share, which votes cannot."
        )
    return _(
        "Right by the rule of each kind: the side, the side and the amount, every mark, or the order. Read what many "
        "got wrong first: perhaps the known answer is."
    )


def consistency(figure: Figure) -> str:
    if figure["value"] is None:
        return _(
            "Nobody was shown a task twice. Repeats, which the settings switch on, tell how far people agree with "
            "themselves."
        )
    return _(
        "The same task again later, with the sides swapped. Agreement between people can hardly be higher than this: "
        "where it is low, the question is hard or people hurry."
    )


def time(figure: dict[str, Any]) -> str:
    if not figure["timed"]:
        return _("Nothing was timed: imported judgments do not say how long they took.")
    return _(
        "Half of the judgments took less than {median} seconds. Compared with others on the same task, {fast} of {n} "
        "were oddly fast and {slow} oddly slow. The clock stops while a page rests."
    ).format(median=f"{figure['median']:.3g}", fast=figure["too_fast"], slow=figure["too_slow"], n=figure["timed"])


def votes(kind: str, consensus: dict[str, Any]) -> str:
    """Who said what, in a few words."""
    found = consensus["votes"]
    if kind == "pairwise":
        return _("Answer 1: {first} · tie: {tie} · answer 2: {second}").format(**found)
    if kind == "binary":
        return _("desirable: {yes} · not: {no}").format(**found)
    return _("{n} labels").format(n=found)


def consensus(kind: str, found: dict[str, Any], responses: list[str]) -> str:
    """What the votes amount to; `responses` are the ids in the task's order, which numbers them."""
    if kind == "pairwise":
        chance = found["first_better"]
        better = _("Answer 1") if chance >= 0.5 else _("Answer 2")
        return _("{answer} is better, {chance} sure").format(answer=better, chance=percent(max(chance, 1 - chance)))
    if kind == "binary":
        chance = found["desirable"]
        verdict = _("desirable") if chance >= 0.5 else _("not desirable")
        return _("{verdict}, {chance} sure").format(verdict=verdict, chance=percent(max(chance, 1 - chance)))
    if kind == "cardinal":
        value, low, high = found["amount"]
        return said({"value": value, "low": low, "high": high})
    if kind == "rating":
        return " · ".join(f"{aspect}: {short(marks[0])}" for aspect, marks in found["marks"].items())
    numbers = {response: number for number, response in enumerate(responses, start=1)}
    return _("best first: answers {order}").format(
        order=", ".join(str(numbers.get(one, "–")) for one in found["order"])
    )
