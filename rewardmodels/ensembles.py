"""What a model's page says of an ensemble: its members, whether their spread can be believed, what other tools get."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rewardmodels.models import RewardModel
from web.figures import minus
from web.plots import Scale, Span, Spans
from web.words import Words

SIGNALS: dict[str, Words] = {
    "spread": gettext_lazy("spread between members"),
    "distance": gettext_lazy("distance from the judgments it learned from"),
}


def of(model: RewardModel) -> dict[str, Any] | None:
    """None for a model without members."""
    how = model.details.get("combination")
    if how is None:
        return None
    members = model.details["members"]
    found = facts(how, members) + learned(model.details.get("tuning") or {}) + elsewhere(model.details)
    return {"notice": use(members), "facts": found, "picture": picture(members)}


def use(members: dict[str, Any]) -> tuple[str, str]:
    """(tone, sentence) on what the spread is good for."""
    if "spread" not in members:
        return "warn", _("Too few held-out judgments were wrong to tell whether the spread points at errors.")
    if members["spread"]["is_informative"]:
        return "good", _("The spread points at errors: it is larger where the model is wrong.")
    return "warn", _("Spread not informative: on held-out judgments it does not tell where the model is wrong.")


def facts(how: dict[str, Any], members: dict[str, Any]) -> list[tuple[str, Any]]:
    reward = {
        "mean": _("the mean of the members"),
        "worst": _("the lowest of the members"),
        "uncertainty": _("the mean less {penalty} times the variance (ddof {ddof})").format(
            penalty=f"{how['penalty']:g}", ddof=how["ddof"]
        ),
    }[how["name"]]
    found: list[tuple[str, Any]] = [(_("Members"), members["count"]), (_("Reward"), reward)]
    if "correlation" in members:
        found.append((_("Mean correlation between two members"), minus(f"{members['correlation']:.3f}")))
    if "disagreement" in members:
        share = f"{100 * members['disagreement']:.0f} %"
        found.append((_("Held-out comparisons on which they do not all agree"), share))
    return found


def learned(tuning: dict[str, Any]) -> list[tuple[str, Any]]:
    """What members learned of the backbone; nothing where they are heads on one."""
    if not tuning:
        return []
    what = _("adapters of its own") if tuning["mode"] == "lora" else _("all weights of a backbone of its own")
    falls = [f"{one['first_loss']:.3f} → {one['best_loss']:.3f}" for one in tuning["members"]]
    return [
        (_("Each learned"), what),
        (_("Loss on conversations that it did not learn from, before and after"), ", ".join(falls)),
    ]


def elsewhere(details: dict[str, Any]) -> list[tuple[str, Any]]:
    """What other tools read of it."""
    export = details["export"]
    if export["is_exact"]:
        return [(_("In other tools"), _("one head, exactly the same reward"))]
    if details.get("tuning"):
        said = _(
            "a backbone with the members’ mean weights and one head, which differs by {rms} (root mean square) and at "
            "most {largest}"
        )
    else:
        said = _("one head that differs by {rms} (root mean square) and at most {largest}")
    named = said.format(rms=f"{export['rms']:.3f}", largest=f"{export['largest']:.3f}")
    return [(_("In other tools"), named)]


def picture(members: dict[str, Any]) -> Spans | None:
    """The areas under the curves of both signals against errors; a line stands at chance."""
    rows = [span(SIGNALS[name], members[name], members["wrong"]) for name in SIGNALS if name in members]
    return Spans(_("How well it tells wrong from right (AUROC)"), Scale(0, 1), rows, (0.5,)) if rows else None


def span(name: Words, found: dict[str, Any], wrong: int) -> Span:
    low, high = found["interval"]
    text = f"{found['auroc']:.3f} [{low:.3f}, {high:.3f}]"
    return Span(name, found["auroc"], low, high, text, _("{n} wrong").format(n=wrong))
