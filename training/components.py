"""The reward models that a run is held against: which may take part, and under which names."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.scope import Scope
from api.refusals import Invalid
from rewardmodels.learning.settings.fields import SettingError
from rewardmodels.models import RewardModel, Standing
from rewardmodels.tracking import asking as tracking
from training.learning.settings import algorithms
from training.learning.settings import plan as plans
from training.learning.settings.plan import Plan
from training.models import Run, RunBound, RunComponent

FIELD, MODEL = "components", "model:"
LONGEST_NAME = 32  # of a slug; a number may follow


@dataclass(frozen=True)
class Part:
    """A component as it was asked for, with its reward model found."""

    model: RewardModel
    name: str
    values: Mapping[str, Any]  # weight, target and bounds, as the plan reads them


def found(*, scope: Scope, asked: Iterable[Mapping[str, Any]], allow_candidate: bool, why_flagged: str) -> list[Part]:
    """The parts in their order; Invalid at the one that may not take part."""
    parts: list[Part] = []
    for place, one in enumerate(asked):
        field = f"{FIELD}.{place}"
        model = usable(scope, one["reward_model"], allow_candidate, f"{field}.reward_model")
        must_follow_people(model, why_flagged)
        if any(part.model.pk == model.pk for part in parts):
            said = _("“{name}” is a component already; give one component all its bounds.").format(name=model.name)
            raise Invalid(said, field=f"{field}.reward_model")
        check_unit(model, one.get("unit"), f"{field}.unit")
        name = free_name(model.name, {part.name for part in parts})
        parts.append(Part(model, name, {key: one.get(key) for key in ("weight", "target", "bounds")}))
    return parts


class Leave(NamedTuple):
    """What reward models may take part beyond approved ones that still follow people."""

    allow_candidate: bool = False
    why_flagged: str = ""


def usable(scope: Scope, pk: UUID, allow_candidate: bool, field: str) -> RewardModel:
    model = RewardModel.objects.filter(workspace=scope.workspace, deleted_at=None, pk=pk).first()
    if model is None:
        raise Invalid(_("There is no such reward model in this workspace."), field=field)
    if not model.is_trained:
        raise Invalid(_("“{name}” is not trained yet.").format(name=model.name), field=field)
    if model.standing == Standing.RETIRED:
        raise Invalid(_("“{name}” is retired; choose another one.").format(name=model.name), field=field)
    if model.standing != Standing.APPROVED and not allow_candidate:
        said = _("“{name}” is only a candidate: approve it, or allow candidates in this run.")
        raise Invalid(said.format(name=model.name), field=field)
    return model


def must_follow_people(model: RewardModel, why_flagged: str) -> None:
    """A model that carries a flag takes part where somebody wrote down why."""
    if not why_flagged.strip() and tracking.flag(model) is not None:
        said = _("People have stopped agreeing with “{name}”: say why it may take part, or choose another one.")
        raise Invalid(said.format(name=model.name), field="why_flagged")


def named(scope: Scope, names: Iterable[str], *, allow_candidate: bool, why_flagged: str) -> list[Part]:
    """The reward models that settings of direct alignment name as model:<id>, each under that name."""
    found_: list[Part] = []
    for name in names:
        try:
            pk = UUID(name.removeprefix(MODEL))
        except ValueError:
            said = _("Write model:<id> for a reward model of this workspace, not {name}.").format(name=name[:80])
            raise Invalid(said, field="settings") from None
        model = usable(scope, pk, allow_candidate, "settings")
        must_follow_people(model, why_flagged)
        found_.append(Part(model, free_name(model.name, {part.name for part in found_}), {}))
    return found_


def check_unit(model: RewardModel, unit: str | None, field: str) -> None:
    """A threshold that was thought of in another unit would mean something else."""
    if unit and unit not in (model.unit, model.unit_alone):
        said = _("The unit of “{name}” is {unit}, not {other}.")
        raise Invalid(said.format(name=model.name, unit=model.unit_alone, other=unit), field=field)


def free_name(title: str, taken: set[str]) -> str:
    """Short, unique in the run, and near what people call it."""
    base = slugify(title)[:LONGEST_NAME].strip("-") or "reward"
    base = f"{base}-reward" if base == plans.KL else base
    if base not in taken:
        return base
    return next(name for number in range(2, len(taken) + 3) if (name := f"{base}-{number}") not in taken)


def plan_of(parts: Iterable[Part], kl: Mapping[str, Any] | None) -> Plan:
    """The plan that they make together; Invalid at the field that makes no sense."""
    return plan_from([{"name": part.name, **part.values} for part in parts], kl)


def plan_from(described: Sequence[Mapping[str, Any]], kl: Mapping[str, Any] | None) -> Plan:
    try:
        return plans.read(described, dict(kl) if kl else None)
    except SettingError as error:
        raise Invalid(_(error.message), field=error.name) from None


def must_fit(plan: Plan, settings: Any) -> None:
    """Invalid at the setting that this plan cannot be run with."""
    try:
        algorithms.must_fit(plan, settings)
    except SettingError as error:
        raise Invalid(_(error.message), field=f"settings.{error.name}") from None


def save(run: Run, parts: Iterable[Part], plan: Plan) -> None:
    for place, (part, component) in enumerate(zip(parts, plan.components, strict=True)):
        saved = row(run, place, part)
        saved.weight, saved.target = component.weight, component.target
        saved.save()
        RunBound.objects.bulk_create(
            RunBound(component=saved, role=bound.role, threshold=bound.threshold) for bound in component.bounds
        )


def save_named(run: Run, parts: Iterable[Part]) -> None:
    """Reward models without weight and bounds: what they are good for stands in the settings."""
    for place, part in enumerate(parts):
        row(run, place, part).save()


def row(run: Run, place: int, part: Part) -> RunComponent:
    model = part.model
    return RunComponent(
        run=run, reward_model=model, name=part.name, place=place, reward_sha256=model.sha256, unit=model.unit
    )


def plan_of_run(run: Run) -> Plan:
    """The plan behind the rows."""
    described = [
        {
            "name": part.name,
            "weight": part.weight,
            "target": part.target,
            "bounds": [{"role": bound.role, "threshold": bound.threshold} for bound in part.bounds.all()],
        }
        for part in run.components.prefetch_related("bounds")
    ]
    return plans.read(described, run.kl or None)
