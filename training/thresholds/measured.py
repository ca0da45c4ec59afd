"""What runs measured at prompts held out, by what measured it: rewards pushed and rewards that only check alike."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from training.learning.thresholds.surfaces import Point
from training.models import Run


@dataclass(frozen=True)
class Measure:
    """A reward model by the hash of its weights, or a truth that the product carries by its name."""

    key: str
    title: str
    unit: str
    model: str  # its id; empty of a truth


def of(run: Run) -> dict[str, tuple[str, Measure]]:
    """By key: the name of its measurement, and what it is."""
    found = {}
    for part in run.components.select_related("reward_model"):
        measure = Measure(
            part.reward_sha256, part.reward_model.name, part.reward_model.unit_alone, str(part.reward_model_id)
        )
        found[measure.key] = f"held_out/{part.name}", measure
    for gold in run.golds.select_related("reward_model"):
        measure = Measure(
            gold.reward_sha256 or gold.builtin,
            gold.title,
            gold.unit.partition(" (")[0],
            str(gold.reward_model_id or ""),
        )
        found[measure.key] = f"check/{gold.name}", measure
    return found


def shared(runs: Sequence[Run]) -> dict[str, Measure]:
    """What every one of the runs measured."""
    each = [of(run) for run in runs]
    first = each[0] if each else {}
    return {key: measure for key, (_name, measure) in first.items() if all(key in one for one in each)}


def points(runs: Iterable[Run], keys: Sequence[str], wanted: str) -> list[Point]:
    """A look each: the means of what is to be held, and what is truly wanted there."""
    found = []
    for run in runs:
        if run.job is None:
            continue
        names = {key: name for key, (name, _measure) in of(run).items()}
        rows = run.job.measurements.filter(name__in=[names[key] for key in (*keys, wanted)])
        by_step: dict[int, dict[str, float]] = {}
        for step, name, value in rows.values_list("step", "name", "value"):
            by_step.setdefault(step, {})[name] = value
        for _step, values in sorted(by_step.items()):
            if all(names[key] in values for key in (*keys, wanted)):
                means = tuple(values[names[key]] for key in keys)
                found.append(Point(str(run.pk), kind(run), means, values[names[wanted]]))
    return found


def kind(run: Run) -> str:
    """What the run was pushed by."""
    return ",".join(sorted(part.reward_sha256 for part in run.components.all() if part.weight is not None))
