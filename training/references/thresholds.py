"""The thresholds of a run get their places among the reference's rewards."""

from collections.abc import Mapping

from accounts.scope import Scope
from training.models import Run, RunBound
from training.references import asking, places


def of(run: Run) -> list[RunBound]:
    return list(RunBound.objects.filter(component__run=run).select_related("component").order_by("pk"))


def place_known(scope: Scope, run: Run) -> None:
    """From looks that somebody has taken at this policy on these prompts, where they cover every bound."""
    known = asking.known_values(scope, policy=run.policy, prompts_sha256=run.prompts_sha256)
    hashes = {bound.component.name: bound.component.reward_sha256 for bound in of(run)}
    if hashes and all(sha256 in known for sha256 in hashes.values()):
        place(run, {name: known[sha256] for name, sha256 in hashes.items()})


def place(run: Run, values: Mapping[str, list[float]]) -> None:
    """Keep the rewards by component, lowest first, and each threshold's quantile among them."""
    run.details = {**run.details, "reference": dict(values)}
    Run.objects.filter(pk=run.pk).update(details=run.details)
    for bound in of(run):
        bound.quantile = places.quantile(values[bound.component.name], bound.threshold)
        bound.save(update_fields=["quantile"])
