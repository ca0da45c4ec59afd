from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WebConfig(AppConfig):
    name = "web"

    def ready(self) -> None:
        from web import navigation

        navigation.register_personal(navigation.Desk(20, _("Password"), "account_change_password", "lock"))
        navigation.register_personal(navigation.Desk(30, _("Two-step sign-in"), "mfa_index", "shield"))
        navigation.register_personal(navigation.Desk(40, _("Sessions"), "usersessions_list", "monitor"))
