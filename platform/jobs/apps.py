from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class JobsConfig(AppConfig):
    name = "jobs"

    def ready(self) -> None:
        from jobs import chores, workers

        autodiscover_modules("tasks")  # fills jobs.kinds; none of these modules may import torch
        chores.discover()
        chores.register("jobs.forget_dead_workers", every=600, run=workers.forget_the_dead)
