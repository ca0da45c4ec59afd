"""What a person asks a run to be checked by, made sure of: which rewards may say how good it is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.scope import Scope
from annotation.models import Kind, Project
from api.refusals import Invalid
from rewardmodels.learning.settings.fields import SettingError
from rewardmodels.models import RewardModel
from training import components, prompts
from training.checks import holding
from training.components import MODEL, Leave, Part
from training.learning.settings import checks as settings
from training.learning.settings.checks import Asking, Checks, Made
from training.models import Run, RunGold

FIELD = "checks"
WORLD = "builtin:textworld"  # the world's own worth of an answer, which no reward model knows
WORLD_NAME, WORLD_UNIT = "truth", "coins, simulated"
MOST_GOLDS = 8


@dataclass(frozen=True)
class Gold:
    """What says how good answers are: a reward model, or without one the text world itself."""

    model: RewardModel | None
    name: str


@dataclass(frozen=True)
class People:
    """Those of a project, and how they are asked."""

    project: Project
    own: Asking

    @property
    def described(self) -> dict[str, Any]:
        found = {"every": self.own.every, "questions": self.own.questions, "enough": self.own.awaited}
        return {"project": str(self.project.pk), **found}


@dataclass(frozen=True)
class Asked:
    """What was asked, with its reward models found."""

    own: Checks
    golds: list[Gold]  # the first decides
    people: People | None = None
    agreement: float | None = None  # of the objective with people, where the run stops by it


def found(
    *, scope: Scope, asked: Mapping[str, Any] | None, parts: Sequence[Part], source: Any, leave: Leave
) -> Asked | None:
    """Checks that make sense beside these components and prompts; Invalid at the field that makes none."""
    if not asked:
        return None
    own = read(Checks, {name: asked.get(name) for name in ("every", "held_out", "fall", "goodhart")}, FIELD)
    golds = list(listed(scope, asked.get("golds") or [], parts, source, leave))
    people = people_of(scope, asked.get("people"))
    if own.fall is not None and not golds and not (people and people.own.every):
        said = _("A run can stop after the fall of a check only where it has one that is made on its way.")
        raise Invalid(said, field=f"{FIELD}.fall")
    return Asked(own, golds, people, agreement_of(parts) if own.goodhart else None)


def agreement_of(parts: Sequence[Part]) -> float:
    """The least of what is weighted, on judgments that it did not learn from; Invalid where there is none."""
    field = f"{FIELD}.goodhart"
    weighted = [part for part in parts if part.values.get("weight") is not None]
    if not weighted or any(part.values.get("target") is not None for part in weighted):
        said = _("This stop asks what the objective has gained: give a component a weight, and pull none to a target.")
        raise Invalid(said, field=field)
    return min(of_model(part.model, field) for part in weighted)


def of_model(model: RewardModel, field: str) -> float:
    shares = (model.metrics.get(split, {}).get("accuracy") for split in ("test", "validation"))
    found = next((share for share in shares if share is not None), None)
    if found is None:
        said = _("“{name}” was held against no judgments, so it is not known how often it agrees with people.")
        raise Invalid(said.format(name=model.name), field=field)
    if found <= 0.5:
        said = _("“{name}” agrees with people on {share} of pairs, no more than by chance: it vouches for nothing.")
        raise Invalid(said.format(name=model.name, share=f"{100 * found:.0f} %"), field=field)
    return float(found)


def read(kind: type[Made], values: Mapping[str, Any], field: str) -> Made:
    try:
        return settings.read(kind, values)
    except SettingError as error:
        raise Invalid(error.message, field=f"{field}.{error.name}") from None


def people_of(scope: Scope, asked: Mapping[str, Any] | None) -> People | None:
    """Invalid at the project where nobody there could compare two answers."""
    if not asked:
        return None
    field = f"{FIELD}.people"
    own = read(Asking, {name: asked.get(name) for name in ("every", "questions", "enough")}, field)
    return People(project_of(scope, asked["project"], f"{field}.project"), own)


def project_of(scope: Scope, pk: UUID, field: str) -> Project:
    """Whose people compare two answers."""
    project = Project.objects.filter(workspace=scope.workspace, deleted_at=None, pk=pk).first()
    if project is None:
        raise Invalid(_("There is no such project in this workspace."), field=field)
    if project.status == Project.Status.CLOSED:
        raise Invalid(_("This project is closed: nobody is asked anything there."), field=field)
    if Kind.PAIRWISE not in project.kinds:
        said = _("The people of this project do not compare two answers: choose one that asks which is better.")
        raise Invalid(said, field=field)
    return project


def listed(scope: Scope, names: Sequence[str], parts: Sequence[Part], source: Any, leave: Leave) -> Iterable[Gold]:
    """The checks in their order, each under a name that nothing else in the run has."""
    if len(names) > MOST_GOLDS:
        raise Invalid(_("At most {most} checks.").format(most=MOST_GOLDS), field=f"{FIELD}.golds")
    if len(set(names)) < len(names):
        raise Invalid(_("One check is named twice."), field=f"{FIELD}.golds")
    taken = {part.name for part in parts}
    for place, name in enumerate(names):
        field = f"{FIELD}.golds.{place}"
        model = None if name == WORLD else of_name(scope, name, leave, field)
        if model is None:
            must_be_its_own(source, field)
        else:
            must_be_apart(model, parts, field)
        gold = Gold(model, components.free_name(model.name if model else WORLD_NAME, taken))
        taken.add(gold.name)
        yield gold


def must_be_its_own(source: Any, field: str) -> None:
    if source != prompts.TEXTWORLD:
        said = _("The text world knows what answers to its own prompts are worth, and to no others.")
        raise Invalid(said, field=field)


def of_name(scope: Scope, name: str, leave: Leave, field: str) -> RewardModel:
    try:
        pk = UUID(name.removeprefix(MODEL))
    except ValueError:
        said = _("Write model:<id> for a reward model of this workspace, or builtin:textworld, not {name}.")
        raise Invalid(said.format(name=name[:80]), field=field) from None
    model = components.usable(scope, pk, leave.allow_candidate, field)
    components.must_follow_people(model, leave.why_flagged)
    return model


def must_be_apart(model: RewardModel, parts: Sequence[Part], field: str) -> None:
    """What the run is pushed against cannot tell whether it still means anything."""
    if any(part.model.pk == model.pk for part in parts):
        said = _("“{name}” is a component of the run: it is checked by a reward that it does not learn from.")
        raise Invalid(said.format(name=model.name), field=field)


def described(asked: Asked | None, sha256: str, seed: int) -> dict[str, Any]:
    """As the run keeps it, with how many prompts are held out; Invalid where too few are left on a side."""
    if asked is None:
        return {}
    divided = holding.split(prompts.listed(sha256), asked.own.held_out, seed)
    if not divided.is_possible:
        said = _(
            "Of these prompts {held} would be held out and {learned} be left: two are needed on either side. Bring "
            "more prompts, or hold out another share."
        )
        counts = {"held": len(divided.held_out), "learned": len(divided.learned)}
        raise Invalid(said.format(**counts), field=f"{FIELD}.held_out")
    found = {**asdict(asked.own), "prompts": len(divided.held_out), "agreement": asked.agreement}
    if asked.agreement is None:
        del found["goodhart"], found["agreement"]
    if asked.people is None:
        return found
    if asked.people.own.questions > len(divided.held_out):
        said = _("Only {n} prompts are held out: ask about no more, or hold out a larger share.")
        raise Invalid(said.format(n=len(divided.held_out)), field=f"{FIELD}.people.questions")
    return {**found, "people": asked.people.described}


def save(run: Run, asked: Asked | None) -> None:
    RunGold.objects.bulk_create(
        RunGold(
            run=run,
            place=place,
            name=gold.name,
            reward_model=gold.model,
            builtin="" if gold.model else WORLD,
            reward_sha256=gold.model.sha256 if gold.model else "",
            unit=gold.model.unit if gold.model else WORLD_UNIT,
        )
        for place, gold in enumerate(asked.golds if asked else [])
    )
