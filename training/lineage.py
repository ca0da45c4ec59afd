"""From a run to reward models, snapshots and judgments, and back."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.urls import reverse

from accounts import access
from accounts.models import Annotator
from accounts.scope import Scope
from annotation.descendants import Descendant, Family
from annotation.models import Project, Snapshot, SnapshotJudgment
from training import runs
from training.models import Run, RunComponent, RunSource


def card(run: Run) -> dict[str, Any]:
    """Plain values for the cards of a run's checkpoints, one a line: from the run down to hashes of judgments."""
    found: dict[str, Any] = {"run": str(run.pk), "run.name": run.name}
    if run.snapshot is not None:
        found |= {"sha256": run.snapshot.sha256, "snapshot": str(run.snapshot.pk)}
        if run.multiplier is not None and run.origin is not None:
            found |= {"step.after": f"{run.policy} ({run.origin.name})", "step.multiplier": run.multiplier}
    elif run.prompts_count:
        found |= {"prompts": run.prompts_count, "prompts.sha256": run.prompts_sha256}
    for number, one in enumerate(run.sources.select_related("source"), start=1):
        found[f"source.{number}"] = one.policy if one.source is None else f"{one.policy} ({one.source.name})"
        found |= {f"source.{number}.weight": one.weight} if one.weight is not None else {}
        found |= {f"source.{number}.margin": one.margin} if one.margin is not None else {}
        found |= {f"source.{number}.sha256": one.sha256} if one.sha256 else {}
    for part in parts(run):
        model, snapshot, key = part.reward_model, part.reward_model.snapshot, f"reward.{part.name}"
        found |= {
            key: model.name,
            f"{key}.id": str(model.pk),
            f"{key}.sha256": part.reward_sha256,
            f"{key}.unit": part.unit,
            f"{key}.snapshot.sha256": snapshot.sha256 if snapshot else "none: it was brought in",
            f"{key}.judgments": sum(sum(each.values()) for each in snapshot.counts.values()) if snapshot else "unknown",
        }
    for gold in run.golds.select_related("reward_model"):
        found[f"check.{gold.name}"] = gold.builtin or gold.title
        if gold.reward_model is not None:
            found |= {
                f"check.{gold.name}.id": str(gold.reward_model_id),
                f"check.{gold.name}.sha256": gold.reward_sha256,
            }
    return found


def parts(run: Run) -> QuerySet[RunComponent]:
    return run.components.select_related("reward_model__snapshot").prefetch_related("bounds")


def source(one: RunSource) -> dict[str, Any]:
    return {
        "policy": one.policy,
        "run": str(one.source_id) if one.source_id else None,
        "run_name": one.source.name if one.source else None,
        "sha256": one.sha256,
        "weight": one.weight,
        "margin": one.margin,
    }


def made_from(run: Run) -> list[dict[str, Any]]:
    """The runs that set out from one of its policies or merge one, in the order in which they were asked for."""
    pushed = run.followers.filter(deleted_at=None)
    merged = Run.objects.filter(sources__source=run, deleted_at=None)
    rows = {one.pk: one for one in (*merged, *pushed)}  # a merge that also measures from it is one run
    return [
        {"run": str(one.pk), "name": one.name, "algorithm": one.algorithm}
        for one in sorted(rows.values(), key=lambda one: one.created_at)
    ]


def component(part: RunComponent, states: Mapping[tuple[str, str], str]) -> dict[str, Any]:
    """With each bound's state, by component and role."""
    model, snapshot = part.reward_model, part.reward_model.snapshot
    return {
        "name": part.name,
        "reward_model": str(model.pk),
        "reward_model_name": model.name,
        "reward_model_sha256": part.reward_sha256,
        "unit": part.unit,
        "weight": part.weight,
        "target": part.target,
        "bounds": [
            {
                "role": bound.role,
                "threshold": bound.threshold,
                "quantile": bound.quantile,
                "state": states[part.name, bound.role],
            }
            for bound in part.bounds.all()
        ],
        "snapshot": str(snapshot.pk) if snapshot else None,
        "snapshot_sha256": snapshot.sha256 if snapshot else None,
        "judgments": snapshot.counts if snapshot else {},
    }


def asked(part: RunComponent) -> dict[str, Any]:
    """What the run was told of a component, by which it can be asked for again."""
    return {
        "name": part.name,
        "reward_model": str(part.reward_model_id),
        "reward_sha256": part.reward_sha256,
        "weight": part.weight,
        "target": part.target,
        "bounds": [{"role": bound.role, "threshold": bound.threshold} for bound in part.bounds.all()],
    }


def of_snapshots(scope: Scope, snapshots: Iterable[UUID]) -> dict[UUID, list[Run]]:
    """The runs that were held against a reward of a snapshot, checked by one, or learned from it directly."""
    wanted = set(snapshots)
    learned = Q(components__reward_model__snapshot__in=wanted) | Q(snapshot__in=wanted)
    learned |= Q(golds__reward_model__snapshot__in=wanted)
    found: dict[UUID, list[Run]] = {}
    rows = runs.of_workspace(scope).filter(learned).distinct()
    for run in rows.prefetch_related("components__reward_model", "golds__reward_model"):
        rewards = {part.reward_model.snapshot_id for part in run.components.all()}
        rewards |= {gold.reward_model.snapshot_id for gold in run.golds.all() if gold.reward_model}
        for snapshot in wanted & {*rewards, run.snapshot_id}:
            assert snapshot is not None
            found.setdefault(snapshot, []).append(run)
    return found


def of_snapshot(scope: Scope, snapshot: Snapshot) -> list[Descendant]:
    if not access.may(scope.role, "run.read"):
        return []
    return [descendant(scope, run) for run in of_snapshots(scope, [snapshot.pk]).get(snapshot.pk, [])]


def of_judgments(scope: Scope, judgments: Iterable[UUID]) -> dict[UUID, list[Descendant]]:
    if not access.may(scope.role, "run.read"):
        return {}
    held = SnapshotJudgment.objects.filter(version__judgment__in=list(judgments))
    pairs = set(held.values_list("version__judgment", "snapshot"))
    made = of_snapshots(scope, {snapshot for _judgment, snapshot in pairs})
    found: dict[UUID, list[Descendant]] = {}
    for judgment, snapshot in sorted(pairs):
        if snapshot in made:
            found.setdefault(judgment, []).extend(descendant(scope, run) for run in made[snapshot])
    return found


def of_annotator(scope: Scope, project: Project, annotator: Annotator) -> list[Descendant]:
    if not access.may(scope.role, "run.read"):
        return []
    held = SnapshotJudgment.objects.filter(
        snapshot__project=project, version__judgment__assignment__annotator=annotator
    )
    made = of_snapshots(scope, set(held.values_list("snapshot", flat=True)))
    return [descendant(scope, run) for run in {run.pk: run for runs in made.values() for run in runs}.values()]


def descendant(scope: Scope, run: Run) -> Descendant:
    url = reverse("run", kwargs={"slug": scope.workspace.slug, "pk": run.pk})
    return Descendant(run.name, url, run.job.state if run.job else "")


FAMILY = Family(of_snapshot, of_judgments, of_annotator)
