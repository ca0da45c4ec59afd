from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RewardModelsConfig(AppConfig):
    name = "rewardmodels"
    verbose_name = _("reward models")

    def ready(self) -> None:
        from api import methods
        from rewardmodels.learning.settings import KINDS

        for kind, settings in KINDS.items():
            methods.register(
                "reward_model_kinds",
                methods.Method(kind, settings.title, settings.__doc__ or "", settings),
            )
