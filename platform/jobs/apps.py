from typing import Any

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _

from web import cards, navigation


class JobsConfig(AppConfig):
    name = "jobs"

    def ready(self) -> None:
        from jobs import chores, home, pruning, workers

        autodiscover_modules("tasks")  # fills jobs.kinds; none of these modules may import torch
        chores.discover()
        chores.register("jobs.forget_dead_workers", every=600, run=workers.forget_the_dead)
        chores.register("jobs.drop_folders", every=3_600, run=pruning.drop_folders)
        chores.register("jobs.drop_logs", every=3_600, run=pruning.drop_logs)
        cards.register(60, home.work)
        navigation.register(navigation.Room(80, _("Jobs"), "jobs", "activity", may_follow, part="upkeep"))


def may_follow(scope: Any) -> bool:
    from accounts import access

    return access.may(scope.role, "job.read")
