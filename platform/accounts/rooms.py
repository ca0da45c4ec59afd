"""The rooms of people and rights in the navigation."""

from collections.abc import Callable

from django.utils.translation import gettext_lazy as _

from accounts import access
from accounts.scope import Scope
from web import navigation


def whoever_may(action: str) -> Callable[[Scope], bool]:
    return lambda scope: access.may(scope.role, action)


def open_all() -> None:
    navigation.register(navigation.Room(0, _("Home"), "workspace_home", "house", whoever_may("workspace.see")))
    navigation.register(navigation.Room(70, _("Members"), "members", "users", whoever_may("member.list")))
    navigation.register(navigation.Room(72, _("Groups"), "groups", "tag", whoever_may("group.list")))
    navigation.register(navigation.Room(74, _("Pseudonyms"), "pseudonyms", "eye", whoever_may("identity.see")))
    navigation.register(navigation.Room(80, _("API tokens"), "tokens", "key-round", whoever_may("token.own")))
    navigation.register(navigation.Room(85, _("Audit trail"), "trail", "history", whoever_may("audit.read")))
    navigation.register(
        navigation.Room(90, _("Workspace"), "workspace_settings", "settings", whoever_may("workspace.change"))
    )
    navigation.register_personal(navigation.Desk(10, _("Account"), "own_account", "user"))
