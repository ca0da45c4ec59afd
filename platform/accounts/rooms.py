"""The rooms of people and rights in the navigation."""

from collections.abc import Callable, Iterator

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts import access
from accounts.scope import Scope
from web import cards, navigation


def whoever_may(action: str) -> Callable[[Scope], bool]:
    return lambda scope: access.may(scope.role, action)


def open_all() -> None:
    navigation.register(navigation.Room(0, _("Home"), "workspace_home", "house", whoever_may("workspace.see")))
    navigation.register(
        navigation.Room(70, _("Members"), "members", "users", whoever_may("member.list"), part="people")
    )
    navigation.register(navigation.Room(72, _("Groups"), "groups", "tag", whoever_may("group.list"), part="people"))
    navigation.register(
        navigation.Room(74, _("Pseudonyms"), "pseudonyms", "eye", whoever_may("identity.see"), part="people")
    )
    navigation.register(
        navigation.Room(80, _("API tokens"), "tokens", "key-round", whoever_may("token.own"), part="upkeep")
    )
    navigation.register(
        navigation.Room(84, _("Recently deleted"), "deleted", "trash-2", whoever_may("thing.delete"), part="upkeep")
    )
    navigation.register(
        navigation.Room(85, _("Audit trail"), "trail", "history", whoever_may("audit.read"), part="upkeep")
    )
    navigation.register(
        navigation.Room(
            90, _("Workspace"), "workspace_settings", "settings", whoever_may("workspace.change"), part="upkeep"
        )
    )
    cards.register(90, first_steps)
    navigation.register_personal(navigation.Desk(10, _("Account"), "own_account", "user"))


def first_steps(scope: Scope) -> Iterator[cards.Card]:
    """An admin who is alone is shown how to ask others in."""
    if access.may(scope.role, "member.change") and scope.workspace.memberships.count() == 1:
        yield cards.Card(
            title=_("Invite people"),
            text=_("You are the only member. Annotators, reviewers and researchers come by a link that you send them."),
            url=reverse("invite", kwargs={"slug": scope.workspace.slug}),
            action=_("Invite"),
            icon="users",
        )
