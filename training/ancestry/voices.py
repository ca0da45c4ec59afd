"""Which policies gave the answers that a snapshot's judgments are about, and with which seeds they were sampled."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db.models import Count, Q, QuerySet

from accounts.models import Workspace
from annotation.models import Snapshot, SnapshotJudgment, TaskResponse
from training.models import Round, RoundStep, Run
from training.rounds.making import NEW, best_of

PREFIX = "campaign "
SOURCE = re.compile(r"campaign ([0-9a-f-]{36}) round (\d{1,5}) (new|old)(, [ab])?")
TASK = "version__judgment__assignment__task"
SAMPLED = ("seed", "prompts_sha256", "count", "max_new_tokens", "max_prompt")  # of a sampling job's arguments


@dataclass
class Spoken:
    """Answers that one policy gave; without a name, those that no campaign sampled."""

    policy: str
    answers: int = 0
    sampled: list[dict[str, Any]] = field(default_factory=list)


class Place(NamedTuple):
    """What `making.source_of` wrote down of an answer."""

    campaign: str
    number: int
    which: str
    step: str


def place_of(source: str) -> Place | None:
    found = SOURCE.fullmatch(source)
    if found is None:
        return None
    campaign, number, which, letter = found.groups()
    return Place(campaign, int(number), which, "samples" if letter else "answers")


def of(workspace: Workspace, snapshot: Snapshot) -> list[Spoken]:
    """The policies in the order of their names, what was brought in last."""
    asked = SnapshotJudgment.objects.filter(snapshot=snapshot).values(TASK)
    places = TaskResponse.objects.filter(task__in=asked)
    total = places.aggregate(n=Count("response", distinct=True))["n"]
    counts: dict[Place, int] = {}
    for source, n in by_source(places):
        place = place_of(source)
        if place is not None:
            counts[place] = counts.get(place, 0) + n
    rounds = rounds_of(workspace, counts)
    found: dict[str, Spoken] = {}
    for place, n in counts.items():
        one = rounds.get(place[:2])
        policy = policy_of(workspace, one, place.which) if one else ""
        spoken = found.setdefault(policy, Spoken(policy)) if policy else None
        if one is not None and spoken is not None:
            spoken.answers += n
            spoken.sampled.append(sampling(one, place.step))
    rest = total - sum(spoken.answers for spoken in found.values())
    known = [found[name] for name in sorted(found)]
    return [*known, Spoken("", rest)] if rest else known


def by_source(places: QuerySet[TaskResponse]) -> Iterable[tuple[str, int]]:
    """Sources that look like a campaign's alone: those of imports may be as many as their answers."""
    named = places.filter(response__source__startswith=PREFIX)
    rows = named.values_list("response__source").annotate(n=Count("response", distinct=True))
    return rows.order_by("response__source")


def rounds_of(workspace: Workspace, places: Iterable[Place]) -> dict[tuple[str, int], Round]:
    wanted = Q(pk__in=[])
    for campaign, number in {place[:2] for place in places}:
        wanted |= Q(campaign=campaign, number=number)
    rows = Round.objects.filter(wanted, campaign__workspace=workspace).prefetch_related("steps__job")
    return {(str(one.campaign_id), one.number): one for one in rows}


def policy_of(workspace: Workspace, one: Round, which: str) -> str:
    """The policy with which a round began, or the one that its run left."""
    if which != NEW:
        return one.policy
    step = step_of(one, "run")
    run = Run.objects.filter(workspace=workspace, pk=step.subject_id).first() if step else None
    return best_of(run) if run is not None and run.best_step is not None else ""


def step_of(one: Round, name: str) -> RoundStep | None:
    return next((step for step in one.steps.all() if step.name == name), None)


def sampling(one: Round, name: str) -> dict[str, Any]:
    """What makes the same answers again, as the job was told it; nothing of it where the job is gone."""
    step = step_of(one, name)
    asked = step.job.arguments if step is not None and step.job is not None else {}
    told = {key: asked.get(key) for key in SAMPLED}
    return {"campaign": str(one.campaign_id), "round": one.number, "step": name, **told}
