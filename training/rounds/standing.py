"""How a campaign stands: each round's steps, what they made and cost, and what would be next."""

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet, Sum
from django.urls import reverse

from annotation.models import Judgment, JudgmentVersion, Project, Task
from jobs.models import Job
from training.models import Campaign, Round, RoundStep
from training.rounds import campaigns, chain, holding, verdicts
from training.rounds.holding import Hold
from training.rounds.making import STEPS, Step
from training.rounds.verdicts import Verdict

HOUR = 3_600.0


@dataclass(frozen=True)
class Stood:
    """A step as it stands."""

    name: str
    step: Step
    state: str
    begun: RoundStep | None
    address: str  # the page of what it made
    labelled: tuple[int, int] | None = None  # of the pairs that people are asked about: judged, all
    is_past: bool = False  # of a round that a verdict has ended

    @property
    def is_heard(self) -> bool:
        """Whether labels are still wanted for the pairs that it brought."""
        return not self.is_past and self.labelled is not None and self.labelled[0] < self.labelled[1]

    @property
    def shown(self) -> str:
        """Its state in words for people: what was brought before them is not done before they have labelled it."""
        return "labelling" if self.state == chain.DONE and self.is_heard else self.state

    @property
    def trouble(self) -> str:
        if self.begun is None:
            return ""
        return chain.trouble(self.begun) if self.state == chain.FAILED else chain.withdrawn(self.begun)


@dataclass(frozen=True)
class Cost:
    judgments: int
    annotator_hours: float
    device_hours: float


@dataclass(frozen=True)
class RoundStood:
    round: Round
    steps: list[Stood]
    cost: Cost
    verdict: Verdict
    is_present: bool
    held: list[Hold]  # what its run is held to; empty before one began

    @property
    def is_told(self) -> bool:
        """Whether there is, or soon may be, something to say of how people compare."""
        return bool(self.verdict.count) or self.steps[-1].state != chain.WAITING

    @property
    def is_early(self) -> bool:
        """Whether what comes next would go on with fewer labels than are wanted."""
        before = {after.name: one for one, after in pairwise(self.steps)}.get(self.next)
        return before is not None and before.is_heard

    @property
    def lacks(self) -> str:
        """Why what comes next cannot be begun yet, in a sentence."""
        return chain.lacks(self.round, self.next)

    @property
    def next(self) -> str:
        """The step that can be begun, or that failed; nothing while one is under way or people label."""
        open_ = (one.name for one in self.steps if one.state in (chain.READY, chain.FAILED))
        return next(open_, "")


def of(campaign: Campaign) -> list[RoundStood]:
    """Every round, the present one first."""
    found = list(campaign.rounds.order_by("number"))
    ends: list[datetime | None] = [one.begun_at for one in found[1:]]
    held = holding.of_rounds(campaign)
    stood = [
        stood_round(campaign, one, end, held.get(one.number, [])) for one, end in zip(found, [*ends, None], strict=True)
    ]
    return stood[::-1]


def latest(campaign: Campaign) -> RoundStood:
    """The present round alone."""
    one = present(campaign)
    return stood_round(campaign, one, None, holding.of_rounds(campaign).get(one.number, []))


def is_heard(campaign: Campaign, one: RoundStood) -> bool:
    """Whether people can still add to what the page counts: labels are wanted, and the project takes them."""
    asking = {"tasks": campaign.project, "comparison": campaign.verdicts}
    wanting = (asking[step.name] for step in one.steps if step.is_heard)
    return any(
        found is not None and found.deleted_at is None and found.status == Project.Status.OPEN for found in wanting
    )


def present(campaign: Campaign) -> Round:
    return campaign.rounds.order_by("-number")[0]


def stood_round(campaign: Campaign, one: Round, end: datetime | None, held: list[Hold]) -> RoundStood:
    one.campaign = campaign
    begun, states = campaigns.steps_of(one), chain.states(one)
    steps = [
        Stood(name, step, states[name], begun.get(name), address(campaign, name, begun.get(name)),
              labelled(begun.get(name)), is_past=end is not None)
        for name, step in STEPS.items()
    ]  # fmt: skip
    return RoundStood(one, steps, cost(campaign, one, end, begun), verdicts.of(one), end is None, held)


PAGES = {
    "samples": "job", "answers": "job", "snapshot": "snapshot", "reward_model": "reward-model",
    "approval": "reward-model", "run": "run", "tasks": "project", "comparison": "project",
}  # fmt: skip


def address(campaign: Campaign, name: str, begun: RoundStep | None) -> str:
    """Where what the step made is shown."""
    if begun is None or name not in PAGES:
        return ""
    slug: Any = campaign.workspace.slug
    if name == "snapshot":
        return reverse("snapshot", args=[slug, campaign.project_id, begun.subject_id]) if campaign.project_id else ""
    return reverse(PAGES[name], args=[slug, begun.subject_id])


def labelled(begun: RoundStep | None) -> tuple[int, int] | None:
    """Of the pairs that the step brought: how many labels are there, and how many are wanted."""
    if begun is None or begun.name not in ("tasks", "comparison") or begun.job is None or not begun.job.finished_at:
        return None
    counts = brought(begun).aggregate(wanted=Sum("overlap"), open=Sum("open_places"))
    wanted = counts["wanted"] or 0
    return (wanted - (counts["open"] or 0), wanted) if wanted else None


def brought(begun: RoundStep) -> QuerySet[Task]:
    """The tasks that an import of the campaign made."""
    end = begun.job.finished_at if begun.job else None
    found = Task.objects.filter(project=begun.subject_id, created_at__gte=begun.begun_at)
    return found.filter(created_at__lte=end) if end else found


def cost(campaign: Campaign, one: Round, end: datetime | None, begun: dict[str, RoundStep]) -> Cost:
    """What people gave to the pairs that the round brought, and devices to its steps."""
    projects: list[UUID | None] = [campaign.project_id, campaign.verdicts_id]
    found = Judgment.objects.filter(
        project__in=projects, withdrawn_at=None, assignment__task__created_at__gte=one.begun_at
    )
    if end is not None:
        found = found.filter(assignment__task__created_at__lt=end)
    versions = JudgmentVersion.objects.filter(judgment__in=found, version=F("judgment__version"))
    took = versions.aggregate(total=Sum("duration_ms"))["total"] or 0
    jobs = [step.job for step in begun.values() if step.job and step.job.queue != Job.Queue.SHORT]
    seconds = sum(lasted(job) for job in jobs)
    return Cost(found.count(), took / 1_000 / HOUR, seconds / HOUR)


def lasted(job: Job) -> float:
    if job.started_at is None or job.finished_at is None:
        return 0.0
    return max(0.0, (job.finished_at - job.started_at).total_seconds())
