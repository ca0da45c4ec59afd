"""Which policies gave the answers that snapshots' judgments are about, and with which seeds they were sampled."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from accounts.models import Workspace
from annotation.models import SnapshotJudgment
from training.models import Round, RoundStep, Run
from training.rounds.making import NEW, best_of

PREFIX = "campaign "
SOURCE = re.compile(r"campaign ([0-9a-f-]{36}) round (\d{1,5}) (new|old)(, [ab])?")
TASK = "version__judgment__assignment__task"
RESPONSE = f"{TASK}__places__response"
SAMPLED = ("seed", "prompts_sha256", "count", "max_new_tokens", "max_prompt")  # of a sampling job's arguments


Rounds = dict[tuple[str, int], Round]  # by campaign and number


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


def of(workspace: Workspace, snapshots: Iterable[UUID]) -> dict[UUID, list[Spoken]]:
    """By snapshot the policies in the order of their names, what was brought in last."""
    counts: dict[UUID, dict[Place, int]] = {pk: {} for pk in snapshots}
    for pk, source, n in by_source(counts):
        place = place_of(source)
        if place is not None:
            counts[pk][place] = counts[pk].get(place, 0) + n
    rounds = rounds_of(workspace, {place for each in counts.values() for place in each})
    left = left_by(workspace, rounds.values())
    totals = dict(answers(counts).values_list("snapshot").annotate(n=Count(RESPONSE, distinct=True)))
    return {pk: spoken(each, rounds, left, totals.get(pk, 0)) for pk, each in counts.items()}


def answers(snapshots: Iterable[UUID]) -> QuerySet[SnapshotJudgment]:
    return SnapshotJudgment.objects.filter(snapshot__in=list(snapshots)).order_by()


def by_source(snapshots: Iterable[UUID]) -> Iterable[tuple[UUID, str, int]]:
    """Sources that look like a campaign's alone: those of imports may be as many as their answers."""
    named = answers(snapshots).filter(**{f"{RESPONSE}__source__startswith": PREFIX})
    rows = named.values_list("snapshot", f"{RESPONSE}__source").annotate(n=Count(RESPONSE, distinct=True))
    return rows.order_by(f"{RESPONSE}__source")


def spoken(counts: dict[Place, int], rounds: Rounds, left: dict[UUID, str], total: int) -> list[Spoken]:
    found: dict[str, Spoken] = {}
    for place, n in counts.items():
        one = rounds.get(place[:2])
        policy = policy_of(one, place.which, left) if one else ""
        said = found.setdefault(policy, Spoken(policy)) if policy else None
        if one is not None and said is not None:
            said.answers += n
            said.sampled.append(sampling(one, place.step))
    rest = total - sum(said.answers for said in found.values())
    known = [found[name] for name in sorted(found)]
    return [*known, Spoken("", rest)] if rest else known


def rounds_of(workspace: Workspace, places: Iterable[Place]) -> Rounds:
    wanted = Q(pk__in=[])
    for campaign, number in {place[:2] for place in places}:
        wanted |= Q(campaign=campaign, number=number)
    rows = Round.objects.filter(wanted, campaign__workspace=workspace).prefetch_related("steps__job")
    return {(str(one.campaign_id), one.number): one for one in rows}


def left_by(workspace: Workspace, rounds: Iterable[Round]) -> dict[UUID, str]:
    """The policies that the runs of these rounds left, by run."""
    runs = [step.subject_id for one in rounds for step in one.steps.all() if step.name == "run"]
    found = Run.objects.filter(workspace=workspace, pk__in=runs, best_step__isnull=False)
    return {run.pk: best_of(run) for run in found}


def policy_of(one: Round, which: str, left: dict[UUID, str]) -> str:
    """The policy with which a round began, or the one that its run left."""
    if which != NEW:
        return one.policy
    step = step_of(one, "run")
    return left.get(step.subject_id, "") if step else ""


def step_of(one: Round, name: str) -> RoundStep | None:
    return next((step for step in one.steps.all() if step.name == name), None)


def sampling(one: Round, name: str) -> dict[str, Any]:
    """What makes the same answers again, as the job was told it; nothing of it where the job is gone."""
    step = step_of(one, name)
    asked = step.job.arguments if step is not None and step.job is not None else {}
    told = {key: asked.get(key) for key in SAMPLED}
    return {"campaign": str(one.campaign_id), "round": one.number, "step": name, **told}
