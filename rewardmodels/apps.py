from typing import Any
from uuid import UUID

from django.apps import AppConfig
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class RewardModelsConfig(AppConfig):
    name = "rewardmodels"
    verbose_name = _("reward models")

    def ready(self) -> None:
        from annotation import descendants, sections
        from annotation.sources import beside
        from api import methods
        from jobs import subjects
        from rewardmodels import deletions, home, lineage, told
        from rewardmodels.learning.settings.kinds import KINDS
        from rewardmodels.models import RewardModel
        from rewardmodels.tracking import page
        from web import cards, navigation

        navigation.register(
            navigation.Room(60, _("Reward models"), "reward-models", "award", may_read, part="learning")
        )
        cards.register(50, home.candidates)
        descendants.register(lineage.FAMILY)
        deletions.register()
        told.register()
        sections.register(sections.Section(_("Order of the tasks"), "project-order", "model.change", within="tasks"))
        beside.register(page.beside)
        named = subjects.by_name(RewardModel)
        subjects.register("reward_model", label=_("Reward model"), url=address, names=named)

        for kind, settings in KINDS.items():
            methods.register(
                "reward_model_kinds",
                methods.Method(kind, settings.title, settings.__doc__ or "", settings),
            )


def may_read(scope: Any) -> bool:
    from accounts import access

    return access.may(scope.role, "model.read")


def address(slug: str, pk: UUID) -> str:
    return reverse("reward-model", kwargs={"slug": slug, "pk": pk})
