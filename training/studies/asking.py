"""The studies of a workspace: begun and found."""

from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from accounts.scope import Scope
from api import methods
from api.refusals import Invalid
from jobs import launch
from training.learning.studies import registry
from training.learning.studies.results import plain
from training.models import Study

KIND = "training.study"


@dataclass(frozen=True)
class Wish:
    """Which study, with a tier's settings but for those that are named, from which seed."""

    kind: str
    tier: str = "quick"
    settings: dict[str, Any] = field(default_factory=dict)
    seed: int = 0


def of_workspace(scope: Scope) -> QuerySet[Study]:
    return (
        Study.objects.filter(workspace=scope.workspace, deleted_at=None)
        .select_related("job", "created_by")
        .order_by("-created_at")
    )


def find(*, scope: Scope, study: UUID) -> Study:
    found = of_workspace(scope).filter(pk=study).first()
    if found is None:
        raise Http404(_("There is no such study."))
    return found


@transaction.atomic
def begin(*, scope: Scope, wish: Wish) -> Study:
    """Save the study and ring for the worker that runs it."""
    method = methods.find("studies", wish.kind)
    known = registry.find(wish.kind)
    if wish.tier not in known.tiers:
        raise Invalid(_("There are the tiers {names}.").format(names=", ".join(known.tiers)), field="tier")
    settings = method.build({**asdict(known.tiers[wish.tier]), **wish.settings})
    study = Study.objects.create(
        workspace=scope.workspace,
        kind=wish.kind,
        tier=known.tier_of(settings),
        settings=plain(asdict(settings)),
        seed=wish.seed,
        estimate=known.estimate(settings).seconds,
        created_by=scope.person,
    )
    study.job = launch.start(KIND, scope=scope, arguments={"study": str(study.pk)}, subject=("study", study.pk))
    study.save(update_fields=["job"])
    scope.record("study.created", "study", study.pk, study_kind=study.kind, seed=study.seed)
    return study
