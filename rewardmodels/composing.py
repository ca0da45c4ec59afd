"""What a composition is learned with beside texts: a language model that rates, and other reward models."""

from typing import TYPE_CHECKING
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.models import Workspace
from accounts.scope import Scope
from api.refusals import Invalid
from rewardmodels import judging, places
from rewardmodels.learning.settings.common import Settings
from rewardmodels.learning.settings.compositional import Compositional
from rewardmodels.models import RewardModel

if TYPE_CHECKING:
    from rewardmodels.learning.commissions import Asking, Ingredient

PREFIX = "model:"


def check(scope: Scope, settings: Settings) -> None:
    """Invalid at the setting that names what is not allowed or not there."""
    if not isinstance(settings, Compositional):
        return
    judging.check(settings)
    named_models(scope.workspace, settings)


def named_models(workspace: Workspace, settings: Compositional) -> list[RewardModel]:
    """The trained reward models that the settings name, in their order."""
    ids = [identity(name) for name in settings.models]
    found = {model.pk: model for model in RewardModel.objects.filter(workspace=workspace, deleted_at=None, pk__in=ids)}
    return [usable(found.get(pk), name) for pk, name in zip(ids, settings.models, strict=True)]


def identity(name: str) -> UUID:
    try:
        return UUID(name.removeprefix(PREFIX))
    except ValueError:
        raise Invalid(_("Write model:<id> for a reward model of this workspace."), field="settings.models") from None


def usable(model: RewardModel | None, name: str) -> RewardModel:
    if model is None:
        message = _("There is no reward model %(name)s in this workspace.") % {"name": name}
    elif not model.is_trained:
        message = _("%(name)s is not trained yet.") % {"name": model.name}
    elif model.kind == Compositional.kind:
        message = _("%(name)s is compositional itself; name the models that it is made of.") % {"name": model.name}
    else:
        return model
    raise Invalid(message, field="settings.models")


def asking(settings: Settings) -> "Asking | None":
    """The language model that rates and what it said before; None where none was asked for."""
    from rewardmodels.learning.commissions import Asking
    from rewardmodels.learning.composition.memory import Memory

    if not isinstance(settings, Compositional) or not settings.judge:
        return None
    judge = judging.open_judge(name=settings.judge, model=settings.judge_model, reading=settings.judge_reading)
    memory = Memory(places.ratings())
    memory.trim()
    return Asking(judge, memory)


def ingredients(model: RewardModel, settings: Settings) -> "tuple[Ingredient, ...]":
    """The other reward models, opened from folders that are as they were sealed."""
    from rewardmodels.learning import folder, scoring
    from rewardmodels.learning.commissions import Ingredient
    from rewardmodels.learning.composition.sources import Part

    if not isinstance(settings, Compositional):
        return ()
    found = []
    for part in named_models(model.workspace, settings):
        place = places.folder_of(part.pk)
        folder.verify(place, part.sha256)
        found.append(Ingredient(Part(part.sha256[:16], part.name, scoring.open_folder(place)), place, part.sha256))
    return tuple(found)
