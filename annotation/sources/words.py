"""What a comparison of models says, in sentences."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from annotation.sources.verdicts import AGREE, EVEN, MONEY_DECIDES, OPPOSITE, ORDER_DECIDES, UNSURE
from web.words import Words

Figure = dict[str, Any]

ASKED: dict[str, Words] = {
    "direct": gettext_lazy("said directly"),
    "list": gettext_lazy("by a list of prices"),
    "bdm": gettext_lazy("against a sealed price"),
    "unknown": gettext_lazy("brought in from a file"),
}
VERDICTS: dict[str, tuple[Words, str]] = {
    AGREE: (gettext_lazy("agree"), "good"),
    OPPOSITE: (gettext_lazy("disagree"), "bad"),
    UNSURE: (gettext_lazy("may disagree"), "warn"),
    MONEY_DECIDES: (gettext_lazy("money decides"), "warn"),
    ORDER_DECIDES: (gettext_lazy("order decides"), "warn"),
    EVEN: (gettext_lazy("too close"), "plain"),
}
LEFT_OUT: dict[str, Words] = {
    "unnamed": gettext_lazy("Answers whose model is not named"),
    "same_source": gettext_lazy("Both answers by one model"),
    "one_answer": gettext_lazy("About one answer, with nothing by the same person to compare it with"),
}


def asked(elicitation: str) -> Words:
    """How the amounts of a unit were asked for."""
    base, _alone, rest = elicitation.partition("_")
    said = ASKED.get(base, base)
    return _("{asked}, each answer by itself").format(asked=said) if rest else said


def money(value: float | None, currency: str) -> str:
    """With its sign; without bounds where it is not known."""
    if value is None:
        return _("without bounds")
    text = f"{value:+.2f}" if abs(value) >= 0.01 or value == 0 else f"{value:+.1g}"
    return f"{text} {currency}".replace("-", "−")


def amount(value: float, currency: str) -> str:
    """The size alone."""
    return money(abs(value), currency).lstrip("+")


def difference(found: Figure, currency: str) -> str:
    if found["low"] is None:
        return money(found["value"], currency)
    return _("{value} ({low} to {high})").format(
        value=money(found["value"], currency), low=plain(found["low"]), high=plain(found["high"])
    )


def plain(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def logits(found: Figure) -> str:
    if found["value"] is None:
        return "–"
    if found["low"] is None:
        return plain(found["value"])
    return _("{value} ({low} to {high})").format(**{part: plain(found[part]) for part in ("value", "low", "high")})


def rate(found: Figure) -> str:
    """A share with its interval."""
    if found["value"] is None:
        return "–"
    if found["low"] is None:
        return percent(found["value"])
    value, low, high = (percent(found[part]) for part in ("value", "low", "high"))
    return _("{value} ({low} to {high})").format(value=value, low=low, high=high)


def percent(value: float) -> str:
    return _("{n} %").format(n=round(100 * value))


def rank(found: Figure) -> str:
    if found["low"] is None:
        return f"{found['value']:g}"
    if found["low"] == found["high"]:
        return f"{found['low']:g}"
    return _("{value} ({low} to {high})").format(**{part: f"{found[part]:g}" for part in ("value", "low", "high")})


def named(pair: Figure) -> tuple[str, str]:
    """(the better one in money, the other one); as they stand where money is even."""
    ordered = (pair["first"], pair["second"])
    return ordered if pair["difference"]["value"] >= 0 else ordered[::-1]


def verdict(pair: Figure, currency: str) -> str:
    """Order and money of one pair beside each other, in one sentence."""
    dearer, other = named(pair)
    is_turned = dearer != pair["first"]
    share = pair["win_rate"]["value"]
    won = percent(1 - share if is_turned else share)
    size = amount(pair["difference"]["value"], currency)
    told = {"dearer": dearer, "other": other, "won": won, "amount": size}
    return SENTENCES[pair["verdict"]].format(**told)


SENTENCES: dict[str, Words] = {
    AGREE: gettext_lazy(
        "Order and money agree: “{dearer}” wins {won} of the prompts against “{other}”, and is worth {amount} more a "
        "prompt."
    ),
    OPPOSITE: gettext_lazy(
        "Order and money disagree: “{other}” wins more often (“{dearer}” wins {won}), yet “{dearer}” is worth {amount} "
        "more a prompt. It wins seldom and by much, and loses often and by little."
    ),
    UNSURE: gettext_lazy(
        "Order and money point to different models: “{other}” wins more often (“{dearer}” wins {won}), while "
        "“{dearer}” is worth {amount} more a prompt. At least one of the two may be chance."
    ),
    MONEY_DECIDES: gettext_lazy(
        "Order cannot tell “{dearer}” from “{other}” (it wins {won}); money can: “{dearer}” is worth {amount} more a "
        "prompt."
    ),
    ORDER_DECIDES: gettext_lazy(
        "By order the two differ: “{dearer}” wins {won} against “{other}”. In money the difference, {amount} a prompt, "
        "may be chance: a few large amounts outweigh many small ones."
    ),
    EVEN: gettext_lazy(
        "Neither order nor money tells “{dearer}” from “{other}”: it wins {won}, and the difference of {amount} a "
        "prompt may be chance."
    ),
}


def turning(pair: Figure) -> str:
    """How few prompts carry the sign of the difference."""
    if pair["turning"] is None:
        return _("On every prompt the amounts name the same model.")
    if not pair["turning"]:
        return ""
    return ngettext(
        "Without the {n} prompt that speaks most for it, of {all}, the difference would turn.",
        "Without the {n} prompts that speak most for it, of {all}, the difference would turn.",
        pair["turning"],
    ).format(n=pair["turning"], all=pair["prompts"])


def limits(pair: Figure, currency: str) -> list[str]:
    """What the amounts themselves leave open."""
    found = []
    bounds = pair["bounds"]
    if bounds["low"] != bounds["high"]:
        said = _("Price lists leave the difference between {low} and {high}; the figure takes the middle of each step.")
        found.append(said.format(low=money(bounds["low"], currency), high=money(bounds["high"], currency)))
    if pair["open_above"]:
        said = ngettext(
            "{n} amount is open above, for every price was paid: it counts as its lower end.",
            "{n} amounts are open above, for every price was paid: they count as their lower ends.",
            pair["open_above"],
        )
        found.append(said.format(n=pair["open_above"]))
    if pair["zeros"]:
        said = ngettext(
            "{n} time an answer was better but worth nothing: it counts in the order, and as 0 in money.",
            "{n} times an answer was better but worth nothing: these count in the order, and as 0 in money.",
            pair["zeros"],
        )
        found.append(said.format(n=pair["zeros"]))
    if pair["difference"]["low"] is None:
        found.append(_("Fewer than five conversations: there is no interval, so nothing is sure."))
    return found


def scaled(unit: Figure) -> str:
    """Whose money it is."""
    if not unit["are_scaled"]:
        return _(
            "No question was answered by two people, so nobody's scale is known: amounts stand as they were said, and "
            "whoever says large amounts counts for more."
        )
    return _(
        "In the money of the average annotator: people's scales, told from questions that several answered, differ up "
        "to {n} times and are taken out."
    ).format(n=f"{unit['scales']:.1f}")


def order_limits(order: Figure) -> list[str]:
    """Why strengths are missing or not comparable."""
    found = []
    groups: dict[int, list[str]] = {}
    for one in order["strengths"]:
        groups.setdefault(one["group"], []).append(one["source"])
    if len(groups) > 1:
        parts = "; ".join(", ".join(f"“{name}”" for name in names) for names in groups.values())
        said = _("No chain of comparisons connects these groups, so only models within one are compared: {groups}.")
        found.append(said.format(groups=parts))
    if not order["is_finite"]:
        found.append(
            _(
                "Somebody won every comparison, or lost every one, so strengths have no bounds and are left out. Win "
                "rates hold; a few more judgments, or closer models, would settle it."
            )
        )
    return found


def side(order: Figure) -> str:
    if order["side"]["value"] is None:
        return _("It is not known what was shown on which side.")
    return _("Being shown first is worth {logits} logits; it is taken out.").format(logits=logits(order["side"]))


def length(order: Figure) -> str:
    return _("An answer twice as long gains {logits} logits; “at equal length” takes that out.").format(
        logits=logits(twice(order["length"]))
    )


def twice(found: Figure) -> Figure:
    """The slope on the log of lengths, for a factor of two."""
    return {name: None if value is None else 0.693147 * value for name, value in found.items()}


def resampled(order: Figure) -> str:
    if order["resampled"] == "prompts":
        return _("Intervals are at 95 % and draw conversations again; with five annotators or more they widen by them.")
    return _("Intervals are at 95 %, draw conversations again, and are widened by how annotators differ.")
