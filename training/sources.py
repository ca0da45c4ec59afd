"""Policies that a run is about: merged or compared, held to one beginning, kept; and what they have learned from."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from accounts.models import Workspace
from accounts.scope import Scope
from annotation.snapshots import reading
from api.refusals import Invalid
from training import policies, prompts
from training.models import Run, RunSource
from training.policies import Made

FIELD, MOST, MOST_BESIDE = "sources", 16, 4


class Source(NamedTuple):
    policy: str
    made: Made | None  # None of what no run made
    weight: float | None  # of all together 1; None of what is not merged
    beginning: str  # the policy that it comes from in the end


def found(*, scope: Scope, asked: Sequence[Mapping[str, Any]]) -> list[Source]:
    """In their order, weights over their sum; Invalid at the one that cannot be merged with the others."""
    if not 2 <= len(asked) <= MOST:
        raise Invalid(_("Name 2 to {most} policies that are to be merged.").format(most=MOST), field=FIELD)
    sources: list[Source] = []
    for place, (one, weight) in enumerate(zip(asked, shares(asked), strict=True)):
        field = f"{FIELD}.{place}.policy"
        source = named(scope.workspace, str(one["policy"]), weight, field)
        if any(other.policy == source.policy for other in sources):
            raise Invalid(_("This policy is named already; give it one weight."), field=field)
        sources.append(source)
        if source.beginning != sources[0].beginning:
            said = _("It began as {one}, and the first as {other}: only policies that began as one have a mean.")
            raise Invalid(said.format(one=source.beginning, other=sources[0].beginning), field=field)
    return sources


def beside(*, scope: Scope, asked: Sequence[Mapping[str, Any]], policy: str) -> list[Source]:
    """Policies that answer beside another one; Invalid at the one whose distance to it cannot be told."""
    if len(asked) > MOST_BESIDE:
        raise Invalid(_("Name at most {most} policies beside it.").format(most=MOST_BESIDE), field=FIELD)
    sources: list[Source] = []
    for place, one in enumerate(asked):
        field = f"{FIELD}.{place}.policy"
        if one.get("weight") is not None:
            raise Invalid(_("Nothing is merged here: leave the weight out."), field=f"{FIELD}.{place}.weight")
        source = named(scope.workspace, str(one["policy"]), None, field)
        if source.policy in (policy, *(other.policy for other in sources)):
            raise Invalid(_("This policy is named already."), field=field)
        if source.beginning != (begun := beginning(scope.workspace, policy)):
            said = _("It began as {one}, and the policy as {other}: only what began as one can be told apart in nats.")
            raise Invalid(said.format(one=source.beginning, other=begun), field=field)
        sources.append(source)
    return sources


def named(workspace: Workspace, name: str, weight: float | None, field: str) -> Source:
    made = made_of(workspace, name, field)
    name = made.name if made else name
    return Source(name, made, weight, beginning(workspace, name))


def shares(asked: Sequence[Mapping[str, Any]]) -> list[float]:
    for place, one in enumerate(asked):
        if one.get("weight") is None:
            raise Invalid(_("Say how much it counts."), field=f"{FIELD}.{place}.weight")
    weights = [float(one["weight"]) for one in asked]
    for place, weight in enumerate(weights):
        if not math.isfinite(weight) or weight < 0:
            raise Invalid(_("A weight is 0 or more."), field=f"{FIELD}.{place}.weight")
    total = sum(weights)
    if not 0 < total < math.inf:
        raise Invalid(_("At least one weight must be above 0."), field=f"{FIELD}.0.weight")
    return [weight / total for weight in weights]


def made_of(workspace: Workspace, name: str, field: str) -> Made | None:
    try:
        return policies.check(workspace, name)
    except Invalid as refusal:
        raise Invalid(refusal.message, field=field) from None


def beginning(workspace: Workspace, name: str) -> str:
    """The policy from which the first of all runs behind a name set out."""
    while name.startswith(policies.RUN):
        key = name.removeprefix(policies.RUN).partition("@")[0]
        name = Run.objects.only("policy").get(workspace=workspace, pk=key).policy
    return name


def save(run: Run, sources: Iterable[Source]) -> None:
    RunSource.objects.bulk_create(
        RunSource(
            run=run,
            place=place,
            policy=one.policy,
            source=one.made.run if one.made else None,
            sha256=hash_of(one.made),
            weight=one.weight,
        )
        for place, one in enumerate(sources)
    )


def hash_of(made: Made | None) -> str:
    if made is None or made.run is None:
        return ""
    return made.run.checkpoints.get(step=int(made.folder.name)).sha256


def behind(runs: Iterable[Run]) -> dict[Any, Run]:
    """These runs and all that they set out from, by their ids."""
    known: dict[Any, Run] = {}
    waiting = list(runs)
    while waiting:
        run = waiting.pop()
        if run.pk in known:
            continue
        known[run.pk] = run
        parts = run.sources.select_related("source")
        waiting += [one for one in (run.origin, *(part.source for part in parts)) if one is not None]
    return known


def learned(made: Iterable[Made | None]) -> set[bytes]:
    """The prompts that anything behind these policies has learned from, as lines of a frozen list."""
    runs = [one.run for one in made if one and one.run]
    return {line for run in behind(runs).values() if not run.is_merge for line in lines_of(run)}


def lines_of(run: Run) -> Iterator[bytes]:
    if run.snapshot is not None:
        yield from prompts.chosen(row.prompt for row in reading.read(run.snapshot, "train"))
        return
    try:
        yield from prompts.lines(run.prompts_sha256)
    except FileNotFoundError:  # taken away: then nobody can say what was in it
        return
