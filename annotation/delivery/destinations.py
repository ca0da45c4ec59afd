"""Where exports may go: what admins set up, within what the operator allows."""

import re
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from accounts.models import Workspace
from accounts.scope import Scope
from annotation.delivery import folders, sealing, stores
from annotation.models import Destination
from api.refusals import Conflict, Invalid
from web import outgoing

BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
REGION = re.compile(r"[a-z0-9-]{1,60}")
ACCESS_KEY = re.compile(r"[A-Za-z0-9_.@+=:-]{3,128}")
SECRET = re.compile(r"[!-~]{8,256}")
SEGMENT = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")
Way = Destination.Way


@dataclass(frozen=True)
class Wish:
    """What somebody filled in; an empty secret keeps the one that is there."""

    name: str
    way: str
    address: str
    prefix: str = ""
    bucket: str = ""
    region: str = ""
    access_key: str = ""
    secret: str = ""


def as_it_is(destination: Destination) -> Wish:
    """What would leave it so."""
    return Wish(
        name=destination.name,
        way=destination.way,
        address=destination.address,
        prefix=destination.prefix,
        bucket=destination.bucket,
        region=destination.region,
        access_key=destination.access_key,
    )


def find(*, scope: Scope, destination: UUID) -> Destination:
    found = Destination.objects.select_related("workspace").filter(workspace=scope.workspace, pk=destination).first()
    if found is None:
        raise Http404
    return found


def chosen(*, scope: Scope, wished: str) -> Destination:
    """The one that somebody picked from a list."""
    try:
        return find(scope=scope, destination=UUID(wished))
    except (ValueError, Http404):
        raise Invalid(_("Choose one of the destinations."), field="destination") from None


def lock(scope: Scope) -> None:
    """One change at a time in a workspace: two at once are counted, and neither takes the other's name."""
    Workspace.objects.select_for_update(no_key=True).get(pk=scope.workspace.pk)


@transaction.atomic
def create(*, scope: Scope, wish: Wish) -> Destination:
    lock(scope)
    if Destination.objects.filter(workspace=scope.workspace).count() >= Destination.MOST:
        raise Conflict(_("A workspace has at most {most} destinations.").format(most=Destination.MOST))
    made = fill(Destination(workspace=scope.workspace, way=wish.way, created_by=scope.person), wish)
    made.save(force_insert=True)
    scope.record("destination.created", "destination", made.pk, way=made.way)
    return made


@transaction.atomic
def change(*, scope: Scope, destination: Destination, wish: Wish) -> Destination:
    """Everything but the way. Another store never gets to see the secret of the one before."""
    lock(scope)
    found = Destination.objects.select_for_update(no_key=True, of=("self",)).select_related("workspace")
    changed = fill(found.get(pk=destination.pk), wish)
    changed.save()
    scope.record("destination.changed", "destination", changed.pk, way=changed.way)
    return changed


@transaction.atomic
def delete(*, scope: Scope, destination: Destination) -> None:
    """What was delivered stays where it is."""
    scope.record("destination.deleted", "destination", destination.pk)
    destination.delete()


def try_out(*, scope: Scope, destination: Destination) -> None:
    """Write something small and take it away; a refusal says what is wrong."""
    scope.record("destination.tried", "destination", destination.pk)
    {Way.FOLDER: folders.try_out, Way.S3: stores.try_out}[Way(destination.way)](destination)


def fill(destination: Destination, wish: Wish) -> Destination:
    if wish.way != destination.way or wish.way not in Way.values:
        raise Invalid(_("Choose one of: {known}.").format(known=", ".join(Way.values)), field="way")
    destination.name = name(destination, wish.name)
    before = (destination.address, destination.bucket, destination.access_key)
    destination.prefix = prefix(wish.prefix)
    if destination.way == Way.FOLDER:
        destination.address = root(wish.address)
        return destination
    destination.address = endpoint(wish.address)
    destination.bucket = matched(BUCKET, wish.bucket, "bucket", _("Write the bucket's name as the store spells it."))
    destination.region = matched(
        REGION, wish.region, "region", _("Write the region as the store spells it: us-east-1.")
    )
    said = _("Write the access key as the store gave it.")
    destination.access_key = matched(ACCESS_KEY, wish.access_key, "access_key", said)
    if wish.secret or before != (destination.address, destination.bucket, destination.access_key):
        said = _("Enter the secret that belongs to this access key, at this address.")
        destination.sealed_secret = sealing.seal(matched(SECRET, wish.secret, "secret", said))
    return destination


def name(destination: Destination, wished: str) -> str:
    found = wished.strip()
    if not 0 < len(found) <= 100:
        raise Invalid(_("Give it a name of 1 to 100 characters."), field="name")
    others = Destination.objects.filter(workspace=destination.workspace, name=found).exclude(pk=destination.pk)
    if others.exists():
        raise Invalid(_("There is a destination of this name."), field="name")
    return found


def root(wished: str) -> str:
    if not settings.DELIVERY_ROOTS:
        raise Invalid(_("The operator lists no folder for deliveries (DELIVERY_ROOTS)."), field="address")
    if wished not in settings.DELIVERY_ROOTS:
        known = ", ".join(settings.DELIVERY_ROOTS)
        raise Invalid(_("Choose one of the operator's folders: {known}.").format(known=known), field="address")
    return wished


def endpoint(wished: str) -> str:
    found = wished.strip().rstrip("/")
    if len(found) > 500 or "?" in found or "#" in found:
        raise Invalid(_("Write the address of the store alone: https://s3.example.org."), field="address")
    try:
        outgoing.allowed(found)
    except outgoing.Refused as refused:
        raise Invalid(str(refused), field="address") from None
    return found


def prefix(wished: str) -> str:
    """Names between slashes, none of which leads anywhere else."""
    found = wished.strip().strip("/")
    if found and (len(found) > 200 or not all(SEGMENT.fullmatch(part) for part in found.split("/"))):
        said = _("Write names of letters, digits, - _ and . with / between them; none begins with a dot.")
        raise Invalid(said, field="prefix")
    return found


def matched(pattern: re.Pattern[str], value: str, field: str, said: str) -> str:
    found = value.strip()
    if not pattern.fullmatch(found):
        raise Invalid(said, field=field)
    return found
