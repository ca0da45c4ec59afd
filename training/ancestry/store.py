"""What a walk reads: with a run those of all rounds before it in its campaign, so that rounds cost no queries."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Count, Prefetch, Q

from accounts.models import Workspace
from annotation.models import Snapshot, SnapshotJudgment
from training.ancestry import voices
from training.models import RoundStep, Run, RunComponent

COUNTED = {
    "judgments": Count("pk"),
    "annotators": Count("version__judgment__assignment__annotator", distinct=True),
    "tasks": Count(voices.TASK, distinct=True),
}
Counts = dict[str, int]  # of these


class Store:
    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.runs: dict[UUID, Run | None] = {}
        self.snapshots: set[UUID] = set()  # of the runs above
        self.told: dict[UUID, Counts] = {}
        self.heard: dict[UUID, list[voices.Spoken]] = {}

    def run(self, pk: UUID) -> Run | None:
        """With its parts, their reward models and snapshots, its sources and checkpoints."""
        if pk not in self.runs:
            wanted = {pk, *before(pk)} - self.runs.keys()
            self.runs |= dict.fromkeys(wanted)
            for one in whole_runs(self.workspace, wanted):
                self.runs[one.pk] = one
                made_of = {part.reward_model.snapshot_id for part in one.components.all()}
                self.snapshots |= {key for key in (*made_of, one.snapshot_id) if key is not None}
        return self.runs[pk]

    def counts(self, snapshot: Snapshot) -> Counts:
        if snapshot.pk not in self.told:
            wanted = (self.snapshots | {snapshot.pk}) - self.told.keys()
            self.told |= counted(wanted)
        return self.told[snapshot.pk]

    def spoken(self, snapshot: Snapshot) -> list[voices.Spoken]:
        if snapshot.pk not in self.heard:
            wanted = (self.snapshots | {snapshot.pk}) - self.heard.keys()
            self.heard |= voices.of(self.workspace, wanted)
        return self.heard[snapshot.pk]


def before(pk: UUID) -> set[UUID]:
    """The runs of earlier rounds, where a campaign's round made this one."""
    own = RoundStep.objects.filter(name="run", subject_id=pk).values_list("round__campaign", "round__number")
    earlier = Q(pk__in=[])
    for campaign, number in own:
        earlier |= Q(round__campaign=campaign, round__number__lt=number)
    return set(RoundStep.objects.filter(earlier, name="run").values_list("subject_id", flat=True))


def whole_runs(workspace: Workspace, wanted: Iterable[UUID]) -> Iterable[Run]:
    parts = RunComponent.objects.select_related("reward_model__snapshot__project").prefetch_related("bounds")
    found = Run.objects.filter(workspace=workspace, pk__in=wanted).select_related("snapshot__project")
    return found.prefetch_related("checkpoints", "sources", Prefetch("components", parts))


def counted(snapshots: Iterable[UUID]) -> dict[UUID, Counts]:
    """Annotators are a number here."""
    found: dict[UUID, Counts] = {pk: dict.fromkeys(COUNTED, 0) for pk in snapshots}
    rows = SnapshotJudgment.objects.filter(snapshot__in=found).values("snapshot").annotate(**COUNTED)
    for key, *numbers in rows.values_list("snapshot", *COUNTED):
        found[key] = dict(zip(COUNTED, numbers, strict=True))
    return found
