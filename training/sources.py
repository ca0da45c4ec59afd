"""Policies that a run is about: merged or compared, held to one beginning, kept; and what they have learned from."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from accounts.models import Workspace
from accounts.scope import Scope
from annotation.snapshots import reading
from api.refusals import Conflict, Invalid
from training import policies, prompts
from training.models import Run, RunSource
from training.policies import Made

FIELD, MOST, MOST_BESIDE, MOST_ALIGNED = "sources", 16, 4, 5
DPO = "dpo"  # whose policies say by β log π/π_ref what they were aligned with
BENDING = ("label_smoothing", "sft")  # settings of it with which they say something else


class Source(NamedTuple):
    policy: str
    made: Made | None  # None of what no run made
    weight: float | None  # of all together 1; None of what is not merged
    beginning: str  # the policy that it comes from in the end
    margin: float | None = None  # that its reward is to gain, where one shot holds it


def found(*, scope: Scope, asked: Sequence[Mapping[str, Any]]) -> list[Source]:
    """In their order, weights over their sum; Invalid at the one that cannot be merged with the others."""
    if not 2 <= len(asked) <= MOST:
        raise Invalid(_("Name 2 to {most} policies that are to be merged.").format(most=MOST), field=FIELD)
    without_margins(asked)
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
    without_margins(asked)
    without_weights(asked)
    sources: list[Source] = []
    for place, one in enumerate(asked):
        field = f"{FIELD}.{place}.policy"
        source = named(scope.workspace, str(one["policy"]), None, field)
        if source.policy in (policy, *(other.policy for other in sources)):
            raise Invalid(_("This policy is named already."), field=field)
        if source.beginning != (begun := beginning(scope.workspace, policy)):
            said = _("It began as {one}, and the policy as {other}: only what began as one can be told apart in nats.")
            raise Invalid(said.format(one=source.beginning, other=begun), field=field)
        sources.append(source)
    return sources


def aligned(*, scope: Scope, asked: Sequence[Mapping[str, Any]], policy: str, beta: float) -> list[Source]:
    """The policy aligned for what helps, then those for what is held; Invalid at the one that one shot cannot read."""
    if not 2 <= len(asked) <= MOST_ALIGNED:
        said = _("Name 2 to {most} policies: first the one aligned for what helps, then those for what is safe.")
        raise Invalid(said.format(most=MOST_ALIGNED), field=FIELD)
    without_weights(asked)
    sources: list[Source] = []
    for place, (one, margin) in enumerate(zip(asked, margins(asked), strict=True)):
        field = f"{FIELD}.{place}.policy"
        source = named(scope.workspace, str(one["policy"]), None, field)._replace(margin=margin)
        if any(other.policy == source.policy for other in sources):
            raise Invalid(_("This policy is named already."), field=field)
        strength = beta_of(source, policy, field)
        if strength != beta:
            said = _("It was aligned with β {one}, and this run has {other}: log-ratios count alike at one β alone.")
            message = said.format(one=f"{strength:g}", other=f"{beta:g}")
            raise Invalid(message, field=field if sources else "settings.beta")
        sources.append(source)
    return sources


def beta_of(source: Source, policy: str, field: str) -> float:
    """Of a run that is over, and that aligned this very policy by DPO."""
    run = source.made.run if source.made else None
    if run is None or not run.is_direct or run.algorithm != DPO:
        said = _(
            "Choose a policy that a run of this workspace aligned by DPO: of others nobody knows the reward behind."
        )
        raise Invalid(said, field=field)
    if not run.is_over:
        raise Conflict(_("“{name}” is not finished yet.").format(name=run.name), field=field)
    if run.policy != policy:
        said = _("It was aligned from {one}, and the reference is {other}: all must have been aligned from it.")
        raise Invalid(said.format(one=run.policy, other=policy), field=field)
    if any(run.settings.get(name) for name in BENDING):
        said = _(
            "It was aligned with smoothed labels or an SFT term: its log-ratios are not those of its labels alone."
        )
        raise Invalid(said, field=field)
    return float(run.settings["beta"])


def margins(asked: Sequence[Mapping[str, Any]]) -> list[float | None]:
    """None of the first, which is raised; of each other how much its reward is to gain."""
    if asked[0].get("margin") is not None:
        raise Invalid(_("The first policy is raised and held to nothing: leave this out."), field=f"{FIELD}.0.margin")
    found: list[float | None] = [None]
    for place, one in enumerate(asked[1:], start=1):
        margin = one.get("margin")
        if margin is None or not math.isfinite(margin):
            said = _("Say how much more of it there is to be than the reference has.")
            raise Invalid(said, field=f"{FIELD}.{place}.margin")
        found.append(float(margin))
    return found


def without_margins(asked: Sequence[Mapping[str, Any]]) -> None:
    for place, one in enumerate(asked):
        if one.get("margin") is not None:
            raise Invalid(_("Nothing is held here: leave the margin out."), field=f"{FIELD}.{place}.margin")


def without_weights(asked: Sequence[Mapping[str, Any]]) -> None:
    for place, one in enumerate(asked):
        if one.get("weight") is not None:
            raise Invalid(_("Nothing is merged here: leave the weight out."), field=f"{FIELD}.{place}.weight")


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
    except Conflict as refusal:
        raise Conflict(refusal.message, field=field) from None


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
            margin=one.margin,
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
