"""What a search is to make highest, made sure of: a reward model, what code knows or counts, or what people prefer."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.scope import Scope
from api.refusals import Invalid
from rewardmodels.models import RewardModel
from training.checks import asking as checks
from training.components import Leave, Part
from training.learning.settings.checks import Votes
from training.searches import metrics

WANTED = "wanted"  # a field
PEOPLE, UNIT = "people", "share"  # of wins and half of the ties


class Wanted(NamedTuple):
    """As it was asked for."""

    name: str  # model:<id>, builtin:textworld, code:<count>, code:-<count> or people
    people: dict[str, Any] | None  # {"project", "questions"?, "enough"?}
    source: Any  # of the prompts


def found(scope: Scope, asked: Wanted, leave: Leave, parts: Sequence[Part]) -> dict[str, Any]:
    """In plain values; Invalid at the field that makes no sense."""
    if asked.name == PEOPLE:
        return said_by_people(scope, asked.people)
    if asked.people:
        said = _("Nobody is asked anything unless people are what is to be highest: choose them there, or no project.")
        raise Invalid(said, field=f"{PEOPLE}.project")
    if asked.name == checks.WORLD:
        checks.must_be_its_own(asked.source, WANTED)
        unit = checks.WORLD_UNIT.partition(" (")[0]
        return {"key": checks.WORLD, "title": checks.WORLD, "unit": unit, "model": ""}
    if asked.name.startswith(metrics.CODE):
        return counted(asked.name)
    model = checks.of_name(scope, asked.name, leave, WANTED)
    if any(part.model.pk == model.pk for part in parts):
        said = _(
            "“{name}” is held at the threshold that is searched: what is to be highest must be another one, or nothing "
            "says where the reward stops meaning anything."
        )
        raise Invalid(said.format(name=model.name), field=WANTED)
    return measure(model)


def measure(model: RewardModel) -> dict[str, Any]:
    return {"key": model.sha256, "title": model.name, "unit": model.unit_alone, "model": str(model.pk)}


def counted(name: str) -> dict[str, Any]:
    if name not in metrics.ALL:
        said = _("Code counts nothing of that name. After code: stands one of {names}; with - before it, less of it.")
        raise Invalid(said.format(names=", ".join(metrics.BY_NAME)), field=WANTED)
    return metrics.ALL[name].described


def said_by_people(scope: Scope, asked: dict[str, Any] | None) -> dict[str, Any]:
    """How often those of a project prefer a policy's answer to the reference's."""
    if not asked:
        raise Invalid(_("Choose the project whose people are asked."), field=f"{PEOPLE}.project")
    own = checks.read(Votes, {name: asked.get(name) for name in ("questions", "enough")}, PEOPLE)
    pk: UUID = asked["project"]
    project = checks.project_of(scope, pk, f"{PEOPLE}.project")
    plain = {"key": PEOPLE, "title": project.name, "unit": UNIT, "model": ""}
    return {**plain, "project": str(project.pk), "questions": own.questions, "enough": own.awaited}
