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
        from jobs import ends, subjects
        from rewardmodels import reliance
        from training import algorithms, deletions, lineage, relying, told
        from training.checks import desks, hearers
        from training.learning.settings.checks import Votes
        from training.learning.settings.searches import ENDED, SPENT, NelderMead
        from training.learning.studies.registry import STUDIES
        from training.models import Campaign, Run
        from training.rounds.settings import CHOICES
        from web import navigation

        navigation.register(navigation.Room(62, _("Runs"), "runs", "trending-up", may_read, part="learning"))
        navigation.register(navigation.Room(64, _("Studies"), "studies", "flask-conical", may_read, part="learning"))
        descendants.register(lineage.FAMILY)
        descendants.register(hearers.FAMILY)
        deletions.register()
        reliance.register(relying.of_model)
        ends.listen(desks.leave)
        told.register()
        subjects.register("run", label=_("Run"), url=address, names=subjects.by_name(Run))
        subjects.register("study", label=_("Study"), url=address_of_study)
        subjects.register("campaign", label=_("Campaign"), url=address_of_campaign, names=subjects.by_name(Campaign))
        navigation.register(
            navigation.Room(66, _("Campaigns"), "campaigns", "refresh-cw", may_read_campaigns, part="learning")
        )

        for name, settings in algorithms.ALL.items():
            explained = (settings.__doc__ or "").strip()
            methods.register("algorithms", methods.Method(name, settings.title, explained, settings))
        for study in STUDIES.values():
            method = methods.Method(study.name, study.title, study.shows, study.settings, (study.assumes,))
            methods.register("studies", method)
        explained = (NelderMead.__doc__ or "").strip()
        method = methods.Method(NelderMead.name, NelderMead.title, explained, NelderMead, (SPENT, ENDED))
        methods.register("searches", method)
        explained = (Votes.__doc__ or "").strip()
        methods.register("searches", methods.Method("people", Votes.title, explained, Votes))
        for name, taken in CHOICES.items():
            methods.register("campaigns", methods.Method(name, taken.title, taken.__doc__ or "", taken))


def may_read(scope: Any) -> bool:
    from accounts import access

    return access.may(scope.role, "run.read")


def address(slug: str, pk: UUID) -> str:
    return reverse("run", kwargs={"slug": slug, "pk": pk})


def address_of_study(slug: str, pk: UUID) -> str:
    return reverse("study", kwargs={"slug": slug, "pk": pk})


def may_read_campaigns(scope: Any) -> bool:
    from accounts import access

    return access.may(scope.role, "campaign.read")


def address_of_campaign(slug: str, pk: UUID) -> str:
    return reverse("campaign", kwargs={"slug": slug, "pk": pk})
