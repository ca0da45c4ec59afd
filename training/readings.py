"""The samples of a run at a step, to be read beside the reference's."""

from typing import Any

from django.db.models import Max

from training import foretelling
from training.models import Run

MOST_STEPS = 40  # that a page offers, evenly spread over those with samples


def of(run: Run, step: str) -> dict[str, Any]:
    """The samples of that step, else of the latest; and which steps there are."""
    steps = list(run.samples.order_by("step").values_list("step", flat=True).distinct())
    chosen = next((one for one in steps if str(one) == step), steps[-1] if steps else None)
    names = {name: said.title for name, said in foretelling.named(run).items()}
    rows = [
        {"sample": row, "rewards": [(names.get(name, name), value) for name, value in sorted(row.rewards.items())]}
        for row in (run.samples.filter(step=chosen) if chosen is not None else [])
    ]
    return {
        "samples": rows,
        "sample_steps": spread(steps, chosen),
        "sample_step": chosen,
        "asked_step": step if chosen is not None and step == str(chosen) else "",
        "latest": str(run.samples.aggregate(last=Max("step"))["last"]),
    }


def spread(steps: list[int], chosen: int | None) -> list[int]:
    """Not more than a row of links can hold; the chosen and the last are among them."""
    if len(steps) <= MOST_STEPS or chosen is None:
        return steps
    stride = -(-len(steps) // MOST_STEPS)
    return sorted({*steps[::stride], steps[-1], chosen})
