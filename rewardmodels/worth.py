"""All that a trained model's page shows of what the model is worth."""

from typing import Any

from rewardmodels import ensembles, figures, kinds, people, pictures, tables
from rewardmodels.curves import asking
from rewardmodels.models import RewardModel


def of(model: RewardModel) -> dict[str, Any]:
    splits = figures.splits(model)
    held_out = pictures.held_out(model)
    found = model.metrics[held_out] if held_out else {}
    curve = model.details.get("learning_curve")
    judged = {split: figures.name_of(split) for split in figures.splits(model, "kinds")}
    return {
        "splits": [figures.name_of(split) for split in splits],
        "rows": rows([model.metrics[split] for split in splits]),
        "judged": list(judged.values()),
        "kinds": kinds.of(model, judged),
        "people": people.of(model),
        "unit_means": people.unit(model),
        "undecided": people.undecided(model),
        "held_out": figures.name_of(held_out) if held_out else "",
        "resampled": found.get("resampled", ""),
        "reliability": pictures.reliability(found, figures.name_of(held_out)) if held_out else None,
        "parts": pictures.parts(found) if held_out else [],
        "ensemble": ensembles.of(model),
        "curve": curve,
        "foretold": pictures.foretold(curve) if curve and curve["twice"] else "",
        "curve_job": asking.newest(model),
        "no_curve": asking.reason_against(model),
        "curve_plot": pictures.learning_curve(curve) if curve else None,
        "verdict": figures.verdict(model),
        "notes": figures.notes(model),
    }


def rows(found: list[dict[str, Any]]) -> list[tables.Row]:
    if found and all(figures.is_of_single_answers(one) for one in found):
        return tables.of_single_answers(found)
    return tables.rows(found)
