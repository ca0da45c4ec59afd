"""Runs, studies and campaigns that people delete, and what of training depends on what lies below."""

import shutil

from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.deletion import kinds
from accounts.deletion.kinds import Dependants, Kind
from accounts.scope import Scope
from annotation.models import Project, Snapshot
from jobs import launch
from rewardmodels.models import RewardModel
from training import places
from training.checks import hearers
from training.models import Campaign, RoundStep, Run, Study


def register() -> None:
    kinds.register(
        Kind(
            "run",
            title=_("Runs"),
            model=Run,
            index=kinds.listed("runs"),
            url=lambda slug, pk: reverse("run", kwargs={"slug": slug, "pk": pk}),
            goes=_("It stops, and its checkpoints and samples go out of reach with it."),
            stop=stop,
            remove=remove_run,
            clear=clear_run,
        )
    )
    kinds.register(
        Kind(
            "study",
            title=_("Studies"),
            model=Study,
            index=kinds.listed("studies"),
            url=lambda slug, pk: reverse("study", kwargs={"slug": slug, "pk": pk}),
            goes=_("It stops, and its curves go. The same settings and seed give them again."),
            stop=stop,
        )
    )
    kinds.register(
        Kind(
            "campaign",
            title=_("Campaigns"),
            model=Campaign,
            index=kinds.listed("campaigns"),
            url=lambda slug, pk: reverse("campaign", kwargs={"slug": slug, "pk": pk}),
            goes=_("What its steps made stays, each thing where it is: projects, snapshots, reward models and runs."),
        )
    )
    kinds.register_dependants("project", "runs", of_people)
    kinds.register_dependants("project", "searches", hearers.searches)
    kinds.register_dependants("snapshot", "runs", lambda scope, one: runs(scope, Q(snapshot=one)))
    kinds.register_dependants("reward_model", "runs", rewarded_by)
    kinds.register_dependants("run", "runs", gone_on_from)
    kinds.register_dependants("project", "campaigns", of_project)
    for kind in ("snapshot", "reward_model", "run"):
        kinds.register_dependants(kind, "campaigns", made_in)


def stop(scope: Scope, thing: Run | Study) -> None:
    if thing.job is not None and not thing.job.is_over:
        launch.cancel(thing.job, scope)


def remove_run(run: Run) -> None:
    folder = places.folder_of(run.pk)
    run.delete()
    transaction.on_commit(lambda: shutil.rmtree(folder, ignore_errors=True))


def clear_run(run: Run) -> None:
    """Samples and checkpoints go; the row stays, for the lineage of what was built on it."""
    run.samples.all().delete()
    run.checkpoints.all().delete()
    shutil.rmtree(places.folder_of(run.pk), ignore_errors=True)


def runs(scope: Scope, condition: Q) -> Dependants:
    rows = Run.objects.filter(pk__in=Run.objects.filter(condition).values("pk"))  # a join may find a run twice
    return kinds.standing(scope, "run", rows, lambda n: ngettext("%d run", "%d runs", n) % n)


def of_people(scope: Scope, project: Project) -> Dependants:
    """Those that learned from its judgments, and those that asked its people."""
    return runs(scope, Q(snapshot__project=project) | Q(polls__project=project.pk))


def rewarded_by(scope: Scope, model: RewardModel) -> Dependants:
    return runs(scope, Q(components__reward_model=model) | Q(golds__reward_model=model) | Q(policy=f"model:{model.pk}"))


def gone_on_from(scope: Scope, run: Run) -> Dependants:
    return runs(scope, Q(origin=run) | Q(sources__source=run))


def campaigns(scope: Scope, rows: QuerySet[Campaign]) -> Dependants:
    return kinds.standing(scope, "campaign", rows, lambda n: ngettext("%d campaign", "%d campaigns", n) % n)


def of_project(scope: Scope, project: Project) -> Dependants:
    return campaigns(scope, Campaign.objects.filter(Q(project=project) | Q(verdicts=project)))


def made_in(scope: Scope, thing: Snapshot | RewardModel | Run) -> Dependants:
    """Campaigns of which a step made it, or whose runs are held to it."""
    steps = RoundStep.objects.filter(subject_id=thing.pk).values("round__campaign")
    holds = Q(bounds__contains={"components": [{"reward_model": str(thing.pk)}]})
    return campaigns(scope, Campaign.objects.filter(Q(pk__in=steps) | holds))
