"""What the dual of a run in one shot says, beside what came of it, as rows of a page."""

from typing import Any

from training.models import Role, Run

FORETOLD = "foretold"


def of(run: Run) -> dict[str, Any] | None:
    """Nothing before the multipliers were found."""
    told = run.details.get(FORETOLD)
    if told is None:
        return None
    names = {part.name: part for part in run.components.select_related("reward_model")}
    bounds = [{**one, "title": names[one["component"]].reward_model.name, "said": said(one)} for one in told["bounds"]]
    realised = told.get("realised", {})
    rows = [
        {
            **values,
            "title": part.reward_model.name,
            "unit": part.reward_model.unit_alone,
            "realised": realised.get(f"reward/{name}"),
            "wide": 2 * realised.get(f"reward_error/{name}", 0.0),
        }
        for name, part in names.items()
        if (values := told["components"].get(name))
    ]
    best = [{**one, "means": [one["components"][name] for name in names]} for one in told.get("best_of_n", [])]
    return {**told, "bounds": bounds, "rows": rows, "best": best, "is_over": bool(realised), "far": realised.get("kl")}


def said(bound: dict[str, Any]) -> str:
    return f"{Role(bound['role']).label} {bound['threshold']:g}"
