from typing import Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HooksConfig(AppConfig):
    name = "hooks"
    verbose_name = _("webhooks")

    def ready(self) -> None:
        from audit import trail
        from hooks import telling
        from jobs import ends
        from web import navigation

        trail.listen(telling.of_deed)
        ends.listen(telling.of_job)
        navigation.register(navigation.Room(88, _("Webhooks"), "webhooks", "webhook", may_change, part="upkeep"))


def may_change(scope: Any) -> bool:
    from accounts import access

    return access.may(scope.role, "webhook.change")
