"""From a model to every judgment that it learned from, and back; and what happened to them since."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.urls import reverse

from accounts import access
from accounts.models import Annotator
from accounts.scope import Scope
from annotation.descendants import Descendant, Family
from annotation.models import Project, Snapshot, SnapshotJudgment
from rewardmodels import registry
from rewardmodels.models import RewardModel

GONE = {
    "taken_down": Q(version__judgment__assignment__task__prompt__taken_down_at__isnull=False),
    "withdrawn": Q(version__judgment__withdrawn_at__isnull=False),
    "set_aside": Q(version__judgment__set_aside_at__isnull=False),
    "corrected": ~Q(version__version=F("version__judgment__version")),
}  # in this order: the first that holds is a judgment's state
COUNTS = "counts"


@dataclass(frozen=True)
class Since:
    """How many judgments of a snapshot would not go into it any more, by why."""

    taken_down: int
    withdrawn: int
    set_aside: int
    corrected: int

    @property
    def total(self) -> int:
        return self.taken_down + self.withdrawn + self.set_aside + self.corrected


def rows(snapshot: Snapshot | None) -> QuerySet[SnapshotJudgment]:
    """The versions of judgments that went in, each with its `state` now; none where nothing was learned here."""
    steps = [When(condition, then=Value(name)) for name, condition in GONE.items()]
    found = SnapshotJudgment.objects.filter(snapshot=snapshot).annotate(state=Case(*steps, default=Value(COUNTS)))
    return found.select_related("version__judgment__assignment__annotator", "version__judgment__assignment__task")


def since(snapshot: Snapshot | None) -> Since:
    """What changed after the snapshot was frozen; each judgment is counted once."""
    counted = rows(snapshot).order_by().values("state").annotate(n=Count("pk"))  # type: ignore[misc]
    found = {row["state"]: row["n"] for row in counted}
    return Since(*(found.get(name, 0) for name in GONE))


def learned(
    scope: Scope, *, judgment: UUID | None = None, task: UUID | None = None, annotator: str = ""
) -> QuerySet[RewardModel]:
    """The models whose snapshot holds a version of such a judgment; `annotator` is a pseudonym."""
    wanted = Q()
    if judgment:
        wanted &= Q(version__judgment=judgment)
    if task:
        wanted &= Q(version__judgment__assignment__task=task)
    if annotator:
        wanted &= Q(version__judgment__assignment__annotator__pseudonym=annotator)
    held = SnapshotJudgment.objects.filter(wanted, snapshot=OuterRef("snapshot"))
    return registry.of_workspace(scope).filter(Exists(held))


def of_snapshot(scope: Scope, snapshot: Snapshot) -> list[Descendant]:
    if not access.may(scope.role, "model.read"):
        return []
    return [descendant(scope, model) for model in registry.of_workspace(scope).filter(snapshot=snapshot)]


def of_judgments(scope: Scope, judgments: Iterable[UUID]) -> dict[UUID, list[Descendant]]:
    if not access.may(scope.role, "model.read"):
        return {}
    held = SnapshotJudgment.objects.filter(version__judgment__in=list(judgments))
    pairs = set(held.values_list("version__judgment", "snapshot"))
    made: dict[UUID, list[Descendant]] = {}
    for model in registry.of_workspace(scope).filter(snapshot__in={snapshot for _, snapshot in pairs}):
        assert model.snapshot_id is not None
        made.setdefault(model.snapshot_id, []).append(descendant(scope, model))
    found: dict[UUID, list[Descendant]] = {}
    for judgment, snapshot in sorted(pairs):
        if snapshot in made:
            found.setdefault(judgment, []).extend(made[snapshot])
    return found


def of_annotator(scope: Scope, project: Project, annotator: Annotator) -> list[Descendant]:
    """With how many of their judgments each model learned from, and how many of these count no more."""
    if not access.may(scope.role, "model.read"):
        return []
    held = SnapshotJudgment.objects.filter(
        snapshot__project=project, version__judgment__assignment__annotator=annotator
    )
    gone = Count("pk", filter=GONE["set_aside"] | GONE["withdrawn"] | GONE["taken_down"])
    counted = {
        snapshot: (n, left)
        for snapshot, n, left in held.order_by().values_list("snapshot").annotate(n=Count("pk"), left=gone)
    }
    models = registry.of_workspace(scope).filter(snapshot__in=counted)
    return [descendant(scope, model, *counted[model.snapshot_id]) for model in models]


def descendant(scope: Scope, model: RewardModel, judgments: int = 0, gone: int = 0) -> Descendant:
    url = reverse("reward-model", kwargs={"slug": scope.workspace.slug, "pk": model.pk})
    return Descendant(model.name, url, model.standing, judgments, gone)


FAMILY = Family(of_snapshot, of_judgments, of_annotator)
