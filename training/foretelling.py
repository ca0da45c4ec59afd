"""What the dual of a run in one shot says, beside what came of it, as rows of a page."""

from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from training import naming
from training.learning.settings.oneshot import names as names_of
from training.models import Role, Run, RunComponent
from web.figures import minus

FORETOLD = "foretold"


def of(run: Run) -> dict[str, Any] | None:
    """Nothing before the multipliers were found."""
    told = run.details.get(FORETOLD)
    if told is None:
        return None
    names = named(run)
    bounds = [{**one, "title": names[one["component"]].title, "said": said(one)} for one in told["bounds"]]
    realised = told.get("realised", {})
    rows = [
        {
            **values,
            "title": part.title,
            "unit": part.unit,
            "realised": realised.get(f"reward/{name}"),
            "wide": 2 * realised.get(f"reward_error/{name}", 0.0),
        }
        for name, part in names.items()
        if (values := told["components"].get(name))
    ]
    best = [{**one, "means": [one["components"][name] for name in names]} for one in told.get("best_of_n", [])]
    return {**told, "bounds": bounds, "rows": rows, "best": best, "is_over": bool(realised), "far": realised.get("kl")}


class Named(NamedTuple):
    title: str
    unit: str


def named(run: Run) -> dict[str, Named]:
    """What stands behind a component's name: a reward model, or the run whose policy says the reward."""
    if not run.is_by_policies:
        parts = run.components.select_related("reward_model")
        return {part.name: Named(part.reward_model.name, part.reward_model.unit_alone) for part in parts}
    listed = list(run.sources.select_related("source"))
    titles = [one.source.name if one.source else naming.one(run.workspace, one.policy) for one in listed]
    return {name: Named(title, "logit") for name, title in zip(names_of(len(titles)), titles, strict=True)}


def said(bound: dict[str, Any]) -> str:
    threshold = minus(f"{bound['threshold']:.6g}")
    told = f"{Role(bound['role']).label} {threshold}"
    if "margin" not in bound:
        return told
    return _("{bound} ({margin} over the reference)").format(bound=told, margin=minus(f"{bound['margin']:+g}"))


def held_at(part: RunComponent) -> list[tuple[str, float]]:
    """(role, threshold) of a component's bounds; those that count from the reference once it is known what they are."""
    if not part.run.are_margins:
        return [(bound.role, bound.threshold) for bound in part.bounds.all()]
    told = part.run.details.get(FORETOLD, {}).get("bounds", [])
    return [(one["role"], one["threshold"]) for one in told if one["component"] == part.name]
