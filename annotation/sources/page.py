"""What the page of a comparison is made of."""

from typing import Any

from annotation.browsing.tasks import snippet
from annotation.models import Response, SourceReport, Task
from annotation.sources import pictures, words
from annotation.sources.verdicts import DISAGREE
from annotation.sources.words import Figure

LONGEST = 700  # characters of an answer
MOST_SENTENCES = 6


def of(report: SourceReport, chosen: str) -> dict[str, Any]:
    """The pictures, tables and sentences of a report; `chosen` names the pair whose prompts are shown, as “0-2”."""
    figures = report.figures
    left_out = [(words.LEFT_OUT[why], count) for why, count in figures["left_out"].items()]
    context: dict[str, Any] = {"figures": figures, "left_out": left_out, "order": figures["order"]}
    if figures["order"] is None:
        return context
    order = figures["order"]
    return {
        **context,
        "field": pictures.field(order),
        "strengths": [found for name in ("strength", "at_equal_length") if (found := pictures.strengths(order, name))],
        "models": [model(one) for one in pictures.in_order(order)],
        "pairs": [(pair, words.rate(pair["win_rate"])) for pair in order["pairs"]],
        "limits": words.order_limits(order),
        "notes": [words.side(order), words.length(order), words.resampled(order)],
        "units": [unit(place, one) for place, one in enumerate(figures["money"])],
        "sentences": sentences(figures["money"]),
        "deciding": deciding(report, chosen),
    }


def model(one: Figure) -> dict[str, str]:
    return {
        "source": one["source"],
        "field": words.rate(one["field"]),
        "strength": words.logits(one["strength"]),
        "at_equal_length": words.logits(one["at_equal_length"]),
        "rank": words.rank(one["rank"]),
        "best": words.percent(one["best"]),
    }


def unit(place: int, found: Figure) -> dict[str, Any]:
    currency = found["currency"]
    rows = [
        {
            **pair,
            "key": f"{place}-{number}",
            "said": words.difference(pair["difference"], currency),
            "plain": words.money(pair["as_said"], currency),
            "rate": words.rate(pair["win_rate"]),
            "badge": words.VERDICTS[pair["verdict"]],
        }
        for number, pair in enumerate(found["pairs"])
    ]
    return {
        "currency": currency,
        "asked": words.asked(found["elicitation"]),
        "scaled": words.scaled(found),
        "picture": pictures.money(found),
        "rows": rows,
        "amounts": found["amounts"],
    }


def sentences(units: list[Figure]) -> list[tuple[str, str]]:
    """(tone, sentence) where order and money disagree; of all pairs where there are few."""
    every = [(pair, unit["currency"]) for unit in units for pair in unit["pairs"]]
    told = [one for one in every if one[0]["verdict"] in DISAGREE]
    if len(every) <= MOST_SENTENCES:
        told = every
    return [(tone_of(pair), words.verdict(pair, currency)) for pair, currency in told[:MOST_SENTENCES]]


def tone_of(pair: Figure) -> str:
    tone = words.VERDICTS[pair["verdict"]][1]
    return "warn" if tone == "bad" else "info" if tone == "plain" else tone


def deciding(report: SourceReport, chosen: str) -> dict[str, Any] | None:
    """The prompts that decide one pair, with both answers, as far as they are still there."""
    found = pair_of(report.figures["money"], chosen)
    if found is None:
        return None
    pair, currency = found
    tasks = Task.objects.filter(
        project=report.project_id,
        pk__in=[one["task"] for one in pair["decisive"]],
        prompt__taken_down_at=None,
    )
    known = {str(task.pk): task for task in tasks.select_related("prompt")}
    ids = [one[name] for one in pair["decisive"] for name in ("first", "second")]
    answers = {str(pk): text for pk, text in Response.objects.filter(pk__in=ids).values_list("pk", "text")}
    prompts = [
        {
            "task": one["task"],
            "snippet": snippet(known[one["task"]].prompt),
            "amount": words.money(one["amount"], currency),
            "share": words.money(one["share"], currency),
            "won": words.percent(one["score"]),
            "answers": [(pair[name], cut(answers.get(one[name], ""))) for name in ("first", "second")],
        }
        for one in pair["decisive"]
        if one["task"] in known
    ]
    return {
        "pair": pair,
        "currency": currency,
        "sentence": words.verdict(pair, currency),
        "turning": words.turning(pair),
        "limits": words.limits(pair, currency),
        "prompts": prompts,
        "missing": len(pair["decisive"]) - len(prompts),
    }


def pair_of(units: list[Figure], chosen: str) -> tuple[Figure, str] | None:
    """The pair that the address names; else the first on which order and money disagree, else the first."""
    every = [
        (f"{place}-{number}", pair, unit["currency"])
        for place, unit in enumerate(units)
        for number, pair in enumerate(unit["pairs"])
    ]
    by_key = [one for one in every if one[0] == chosen]
    disputed = [one for one in every if one[1]["verdict"] in DISAGREE]
    for several in (by_key, disputed, every):
        if several:
            return several[0][1], several[0][2]
    return None


def cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
