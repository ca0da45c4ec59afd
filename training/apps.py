from typing import Any
from uuid import UUID

from django.apps import AppConfig
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class TrainingConfig(AppConfig):
    name = "training"
    verbose_name = _("runs")

    def ready(self) -> None:
        from annotation import descendants
        from api import methods
        from jobs import subjects
        from training import algorithms, lineage
        from web import navigation

        navigation.register(navigation.Room(62, _("Runs"), "runs", "trending-up", may_read))
        descendants.register(lineage.FAMILY)
        subjects.register("run", label=_("Run"), url=address)

        for name, settings in algorithms.ALL.items():
            described = (settings.__doc__ or "").strip()
            methods.register("algorithms", methods.Method(name, settings.title, described, settings))


def may_read(scope: Any) -> bool:
    from accounts import access

    return access.may(scope.role, "run.read")


def address(slug: str, pk: UUID) -> str:
    return reverse("run", kwargs={"slug": slug, "pk": pk})
