"""What a model's page says of annotators: what was learned of each, under pseudonyms, and what the data leave open."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from rewardmodels.kinds import TITLES
from rewardmodels.models import RewardModel
from web.figures import minus
from web.words import Words

MOST = 12  # annotators of a kind on the page; the API has all
MOST_UNDECIDED = 8
COLUMNS: dict[str, Words] = {  # in their order; of a kind those that it has
    "slopes": gettext_lazy("Slope"),
    "money_scales": gettext_lazy("Money scale"),
    "noise": gettext_lazy("Noise, in money"),
    "protest_shares": gettext_lazy("Pays nothing on principle"),
    "thresholds": gettext_lazy("Threshold"),
    "severities": gettext_lazy("Severity"),
    "sides": gettext_lazy("Leaning to the first"),
}
MEANS: dict[str, Words] = {
    "slopes": gettext_lazy("A slope near 0 is somebody who answers by chance and so counts little."),
    "money_scales": gettext_lazy("A money scale of 2 names twice the amounts of a scale of 1 for the same difference."),
    "noise": gettext_lazy("The noise is how far amounts of the same person scatter."),
    "thresholds": gettext_lazy("The threshold is the utility from which on an answer is more often called desirable."),
    "severities": gettext_lazy("Severity is by how much better an answer must be for the same mark."),
    "sides": gettext_lazy(
        "A leaning above 0 favours the answer shown first; that of amounts is in money, others in logits."
    ),
}
MONEY_UNIT = re.compile(
    r"(?P<currency>.+) \(guidelines (?P<version>[^,;]+)(, (?P<asked>[^;]+))?; pool [0-9a-f]{8} of (?P<people>\d+)\)"
)


@dataclass(frozen=True)
class Group:
    """Annotators of one kind of judgment, the least reliable first."""

    title: Words
    columns: list[Words]
    means: str
    rows: list[tuple[str, list[str]]]
    more: str  # in words, how many are left out
    pooled: list[tuple[Words, str]]  # of all annotators together


def of(model: RewardModel) -> list[Group]:
    learned: dict[str, dict[str, Any]] = model.details.get("fit", {}).get("learned", {})
    groups = [group(title, learned[kind]) for kind, title in TITLES.items() if kind in learned]
    return [one for one in groups if one.rows or one.pooled]


def group(title: Words, learned: dict[str, Any]) -> Group:
    """Only those who gave judgments of the kind: sides name everybody."""
    columns = [name for name in COLUMNS if learned.get(name)]
    known = [name for name in columns if name != "sides"] or columns
    people = sorted({who for name in known for who in learned[name]}, key=unreliable_first(learned))
    cells = [(who, [cell(name, learned[name].get(who)) for name in columns]) for who in people[:MOST]]
    left_out = len(people) - MOST
    more = ""
    if left_out > 0:
        more = ngettext(
            "{n} more is in details.fit.learned over the API.", "{n} more are in details.fit.learned over the API.",
            left_out,
        ).format(n=left_out)  # fmt: skip
    means = " ".join(str(MEANS[name]) for name in columns if name in MEANS)
    return Group(title, [COLUMNS[name] for name in columns], means, cells, more, pooled(learned))


def pooled(learned: dict[str, Any]) -> list[tuple[Words, str]]:
    """What is one figure for all annotators."""
    found = [(label, tell(learned[name])) for name, (label, tell) in POOLED.items() if name in learned]
    loadings = learned.get("loadings") or {}
    found += [(_("Loading of {aspect}").format(aspect=one), minus(f"{value:.2f}")) for one, value in loadings.items()]
    others = learned.get("other_questions") or {}
    return found + [(_("Scale of amounts asked for in another way"), f"× {value:.2f}") for value in others.values()]


def percent(value: float) -> str:
    return f"{100 * value:.1f} %"


POOLED: dict[str, tuple[Words, Callable[[float], str]]] = {
    "slope": (gettext_lazy("Slope, pooled"), lambda value: minus(f"{value:.2f}")),
    "side": (gettext_lazy("Leaning to the first, pooled"), lambda value: minus(f"{value:+.2f}")),
    "proportional_noise": (gettext_lazy("Noise that grows with the amount"), percent),
    "wild_share": (gettext_lazy("Amounts whose noise is ten times as wide"), percent),
    "tie_share": (gettext_lazy("Share of the zero interval that says “no difference”"), percent),
}


def unreliable_first(learned: dict[str, Any]) -> Callable[[str], tuple[float, str]]:
    """By noise where there is some, against the own money scale; else by slope."""
    if noise := learned.get("noise"):
        scales = learned["money_scales"]
        return lambda who: (-noise[who] / scales[who], who)
    slopes = learned.get("slopes", {})
    return lambda who: (slopes.get(who, 1.0), who)


def cell(name: str, value: float | None) -> str:
    if value is None:
        return "–"
    if name == "protest_shares":
        return f"{100 * value:.0f} %"
    return minus(f"{value:+.2f}" if name in {"thresholds", "severities", "sides"} else f"{value:.2f}")


def unit(model: RewardModel) -> str:
    """What a difference of one means."""
    learned = model.details.get("fit", {}).get("learned", {})
    if found := MONEY_UNIT.fullmatch(model.unit):
        asked = f", {found['asked']}" if found["asked"] else ""
        said = ngettext(
            "A difference of 1 is worth 1 {currency} to the {n} annotator who gave amounts (guidelines "
            "{version}{asked}).",
            "A difference of 1 is worth 1 {currency} on the geometric mean of the {n} annotators who gave amounts "
            "(guidelines {version}{asked}).",
            int(found["people"]),
        )
        return said.format(
            currency=found["currency"], n=found["people"], version=found["version"], asked=asked
        ) + logits(model)  # fmt: skip
    first = next((kind for kind in ("pairs", "rankings", "verdicts", "ratings") if kind in learned), "")
    return str(LOGITS.get(first, ""))


LOGITS: dict[str, Words] = {
    "pairs": gettext_lazy("For the pool a difference of 1 multiplies the odds of being preferred by 2.72."),
    "rankings": gettext_lazy("For the pool a difference of 1 multiplies the odds of being ranked above by 2.72."),
    "verdicts": gettext_lazy("For the pool a difference of 1 multiplies the odds of being called desirable by 2.72."),
    "ratings": gettext_lazy("For the pool a difference of 1 multiplies the odds of a higher mark by 2.72."),
}


def logits(model: RewardModel) -> str:
    per_unit = model.details.get("fit", {}).get("logits_per_unit")
    if per_unit is None:
        return ""
    return " " + _("As a preference it counts {n} logits.").format(n=f"{per_unit:.3g}")


PARAMETERS: dict[str, Words] = {  # as `learning.identification` names them
    "slope": gettext_lazy("slope"),
    "noise": gettext_lazy("noise"),
    "proportional noise": gettext_lazy("proportional noise"),
    "share of wild noise": gettext_lazy("share of wild noise"),
    "share of protest zeros": gettext_lazy("share of protest zeros"),
    "share of ties": gettext_lazy("share of ties"),
    "threshold": gettext_lazy("threshold"),
    "severity": gettext_lazy("severity"),
    "loading": gettext_lazy("loading"),
    "cuts": gettext_lazy("cuts"),
    "ties": gettext_lazy("ties"),
    "scale of another question": gettext_lazy("scale of another question"),
    "side": gettext_lazy("leaning to the first"),
    "money scale": gettext_lazy("money scale"),
}


def parameter(label: str) -> str:
    """“verdicts: slope of b” in the reader's words; the annotator's pseudonym stays."""
    kind, _colon, rest = label.partition(": ")
    for name in sorted(PARAMETERS, key=len, reverse=True):
        if kind in TITLES and (rest == name or rest.startswith(f"{name} of ")):
            whose = rest.removeprefix(name).removeprefix(" of ")
            said = _("{kind}: {what} of {who}") if whose else _("{kind}: {what}")
            return said.format(kind=TITLES[kind], what=PARAMETERS[name], who=whose)
    return label


def undecided(model: RewardModel) -> str:
    """What the data do not identify, in a sentence; empty where they decide everything."""
    names = model.details.get("fit", {}).get("undecided") or []
    if not names:
        return ""
    said = "; ".join(map(parameter, names[:MOST_UNDECIDED]))
    left_out = len(names) - MOST_UNDECIDED
    if left_out > 0:
        said += ngettext("; and {n} more", "; and {n} more", left_out).format(n=left_out)
    return _(
        "The judgments do not decide these figures; what is shown of them is what was assumed beforehand: {names}."
    ).format(names=said)
