"""Opening and naming workspaces."""

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.models import Workspace
from accounts.scope import Scope
from api.refusals import Invalid
from audit import identities, trail

LONGEST_SLUG = 60
LONGEST_NAME = 120


def address(name: str) -> str:
    """The part of the address that a name becomes."""
    slug = slugify(name)[:LONGEST_SLUG].strip("-")
    if not slug:
        raise Invalid(_("A workspace's name needs at least one letter or digit."), field="workspace")
    return slug


@transaction.atomic
def find_or_open(name: str) -> Workspace:
    """The workspace at this address, made where it is missing; the installation itself acts."""
    workspace, made = Workspace.objects.get_or_create(
        slug=address(name), defaults={"name": name.strip()[:LONGEST_NAME]}
    )
    if workspace.deleted_at:
        raise Invalid(_("This workspace was deleted; choose another name."), field="workspace")
    if made:
        identities.remember(workspace.pk, workspace.name)
        trail.record(
            "workspace.created",
            workspace=workspace.pk,
            actor=None,
            object_kind="workspace",
            object_id=str(workspace.pk),
        )
    return workspace


@transaction.atomic
def rename(*, scope: Scope, name: str) -> Workspace:
    """The name changes; the address stays, so that links go on working."""
    name = name.strip()
    if not 0 < len(name) <= LONGEST_NAME:
        raise Invalid(_("A workspace's name has 1 to 120 characters."), field="name")
    workspace = scope.workspace
    workspace.name = name
    workspace.save(update_fields=["name"])
    identities.remember(workspace.pk, name)
    scope.record("workspace.renamed", "workspace", workspace.pk)
    return workspace
