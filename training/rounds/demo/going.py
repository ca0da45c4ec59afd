"""Filling a workspace step by step: what was begun is not begun again, wherever it was stopped."""

from collections.abc import Iterator
from uuid import UUID

from django.db import transaction
from django.http import Http404

from accounts.models import Membership, Workspace
from accounts.roles import Role
from accounts.scope import Scope
from api.refusals import Conflict, Refusal
from jobs import launch
from jobs.models import Job
from training.models import DemoStep
from training.rounds.demo.steps import STEPS, Step

HEAVY = (Job.Queue.CPU, Job.Queue.GPU)
WAITS = (Job.State.QUEUED, Job.State.RUNNING)


def states(workspace: Workspace) -> dict[str, DemoStep]:
    """What has been begun, by step."""
    return {one.name: one for one in DemoStep.objects.filter(workspace=workspace).select_related("job")}


def due(begun: dict[str, DemoStep]) -> Iterator[Step]:
    """What can begin now; of what computes for long, one at a time."""
    is_computing = any(STEPS[name].is_heavy and is_under_way(one) for name, one in begun.items() if name in STEPS)
    for step in STEPS.values():
        if step.name in begun or not all(need in begun and begun[need].is_done for need in step.needs):
            continue
        if step.is_heavy and is_computing:
            continue
        is_computing = is_computing or step.is_heavy
        yield step


def is_under_way(step: DemoStep) -> bool:
    return step.job is not None and step.job.state in WAITS


def is_over(begun: dict[str, DemoStep]) -> bool:
    """Nothing is under way and nothing can begin: all is there, or what is missing needs what failed."""
    return not any(is_under_way(one) for one in begun.values()) and next(due(begun), None) is None


def advance(scope: Scope, *, light_only: bool = False) -> list[DemoStep]:
    """Begin whatever can begin; the steps that were begun."""
    found = [step for step in due(states(scope.workspace)) if not (step.is_heavy and light_only)]
    begun = (begin(scope, step) for step in found)
    return [step for step in begun if step is not None]


def begin(scope: Scope, step: Step) -> DemoStep | None:
    """The step with what it made, or with why it could not; nothing where somebody else has begun it meanwhile."""
    try:
        with transaction.atomic():
            found, is_mine = claim(scope, step)
            if not is_mine:
                return None
            made = step.begin(scope, made_so_far(scope.workspace))
            found.subject_id, found.job, found.error = made.subject, made.job, ""
            found.save(update_fields=["subject_id", "job", "error"])
    except (Refusal, Http404, Job.DoesNotExist) as reason:
        said = reason.message if isinstance(reason, Refusal) else "What it needs was deleted."
        found, _made = DemoStep.objects.update_or_create(
            workspace=scope.workspace, name=step.name, defaults={"error": said, "subject_id": None, "job": None}
        )
    return found


def claim(scope: Scope, step: Step) -> tuple[DemoStep, bool]:
    """The row of the step, made by exactly one of those who come at once: the others wait for it, and find it."""
    return DemoStep.objects.get_or_create(
        workspace=scope.workspace, name=step.name, defaults={"error": "It was not begun."}
    )


def made_so_far(workspace: Workspace) -> dict[str, UUID]:
    done = DemoStep.objects.filter(workspace=workspace, subject_id__isnull=False)
    return {name: subject for name, subject in done.values_list("name", "subject_id") if subject is not None}


def try_again(scope: Scope) -> list[DemoStep]:
    """What failed or was cancelled waits again; what could not begin may begin again."""
    again = []
    for step in states(scope.workspace).values():
        if step.error:
            step.delete()
        elif step.job is not None and step.is_broken:
            launch.retry(step.job, scope)
            again.append(step)
    return again


def give_way(scope: Scope) -> bool:
    """Whether what people ask for comes first now: what computes for the demo stops, and goes on from there later."""
    mine = [one for name, one in states(scope.workspace).items() if name in STEPS and STEPS[name].is_heavy]
    own = [one.job_id for one in mine if one.job_id]
    others = Job.objects.filter(queue__in=HEAVY, state__in=WAITS).exclude(pk__in=own)
    is_needed = others.exists()
    for step in mine:
        if step.job is not None and is_needed and is_under_way(step) and not step.job.cancel_requested_at:
            stop(step, step.job, scope)
        elif step.job is not None and not is_needed and step.gives_way:
            resume(step, step.job, scope)
    return is_needed


def give_back(scope: Scope) -> None:
    """What was stopped for others goes on whatever they do: somebody waits for it."""
    for name, step in states(scope.workspace).items():
        if name in STEPS and step.gives_way and step.job is not None:
            resume(step, step.job, scope)


def stop(step: DemoStep, job: Job, scope: Scope) -> None:
    try:
        launch.cancel(job, scope)
    except Conflict:  # it ended in this moment
        return
    DemoStep.objects.filter(pk=step.pk).update(gives_way=True)


def resume(step: DemoStep, job: Job, scope: Scope) -> None:
    if job.state in WAITS:  # it has not heard yet that it is to stop
        return
    DemoStep.objects.filter(pk=step.pk).update(gives_way=False)
    if job.state == Job.State.CANCELLED:
        launch.retry(job, scope)


def go_on() -> int:
    """The sweeper's chore: how many steps it began in workspaces whose demo was begun and is not all there."""
    count = 0
    for workspace in Workspace.objects.filter(deleted_at=None, demo_steps__isnull=False).distinct():
        scope = scope_of(workspace)
        if scope is not None and not is_complete(workspace):
            count += len(advance(scope, light_only=give_way(scope)))
    return count


def is_complete(workspace: Workspace) -> bool:
    begun = states(workspace)
    return all(name in begun and begun[name].is_done for name in STEPS)


def scope_of(workspace: Workspace) -> Scope | None:
    """A researcher of the workspace, in whose name the demo is made."""
    members = Membership.objects.filter(workspace=workspace, person__is_active=True).select_related("person")
    for role in (Role.RESEARCHER, Role.ADMIN):
        found = members.filter(role=role).order_by("pk").first()
        if found is not None:
            return Scope(found.person, workspace, role)
    return None
