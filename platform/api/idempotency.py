"""Idempotency-Key: sending a creation twice makes one thing and answers the same.

The answer is written in the creation's own transaction, and an advisory lock on the key is held for as long as that
transaction, so a second request meets either nothing, or a creation in progress (409), or the first answer.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, NamedTuple

from django.core.files.uploadedfile import UploadedFile
from django.db import connection, transaction
from django.http import HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.utils.timezone import now
from django.utils.translation import gettext as _
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from api.models import Idempotency
from api.refusals import Conflict, Invalid, Malformed

KEPT = timedelta(hours=24)
HEADER = "Idempotency-Key"
Handler = Callable[..., HttpResponseBase]


class Call(NamedTuple):
    """Whose key, on which path."""

    person: Any
    workspace: Any
    path: str
    key: str


def idempotent(handler: Handler | None = None, *, shown_once: tuple[str, ...] = ()) -> Any:
    """A handler that creates: one transaction, honouring Idempotency-Key. Fields `shown_once` are null in a replay."""

    def decorate(create: Handler) -> Handler:
        @wraps(create)
        def guarded(view: Any, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
            with transaction.atomic():
                call = call_of(request)
                if call is None:
                    return settled(create(view, request, *args, **kwargs))
                digest = body_digest(request)
                if (first := first_answer(call, digest)) is not None:
                    return first
                response = settled(create(view, request, *args, **kwargs))
                keep(call, digest, response, shown_once)
                return response

        guarded.is_idempotent = True  # type: ignore[attr-defined]  # the OpenAPI document names the header
        return guarded

    return decorate(handler) if handler else decorate


def call_of(request: Request) -> Call | None:
    key = request.headers.get(HEADER)
    workspace = getattr(request.auth, "workspace", None)
    if key is None or workspace is None:
        return None
    if not (0 < len(key) <= 255 and key.isascii() and key.isprintable()):
        raise Malformed(_("Write 1 to 255 printable ASCII characters, for instance a UUID."), field=HEADER)
    return Call(request.user.pk, workspace.pk, request.path[:300], key)


def first_answer(call: Call, digest: str) -> HttpResponse | None:
    """What the key was answered before; refuses another body, and a first request that is still at work."""
    if not lock(call):
        raise Conflict(_("The first request with this key is still in progress; ask again shortly."), field=HEADER)
    known = Idempotency.objects.filter(**call._asdict()).first()
    if known is None:
        return None
    if known.created_at <= now() - KEPT:
        known.delete()
        return None
    if known.body_sha256 != digest:
        raise Invalid(_("This key was used here with another body; take a new key."), field=HEADER)
    response = HttpResponse(known.answer, status=known.status, content_type="application/json")
    response["Idempotent-Replayed"] = "true"
    return response


def lock(call: Call) -> bool:
    """Holds the key until the transaction ends, or answers at once that another request does."""
    digest = hashlib.sha256("\n".join(map(str, call)).encode()).digest()
    number = int.from_bytes(digest[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
        return cursor.fetchone()[0]


def settled(response: HttpResponseBase) -> HttpResponseBase:
    """A refusal that was returned rather than raised writes nothing either."""
    if response.status_code >= 400:
        transaction.set_rollback(True)
    return response


def keep(call: Call, digest: str, response: HttpResponseBase, shown_once: tuple[str, ...]) -> None:
    if not (isinstance(response, Response) and 200 <= response.status_code < 300):
        return
    data = response.data
    if shown_once and isinstance(data, dict):
        data = {**data, **{name: None for name in shown_once if name in data}}
    answer = JSONRenderer().render(data).decode() if data is not None else ""
    Idempotency.objects.create(**call._asdict(), body_sha256=digest, status=response.status_code, answer=answer)


def body_digest(request: Request) -> str:
    """Equal for equal content: the order of JSON keys and the boundary of a multipart body do not count."""
    digest = hashlib.sha256(request.get_full_path().encode())
    if not isinstance(request.data, QueryDict):
        digest.update(json.dumps(request.data, sort_keys=True, separators=(",", ":")).encode())
        return digest.hexdigest()
    for name, values in sorted(request.data.lists()):
        for value in values:
            content, mark = file_digest(value) if isinstance(value, UploadedFile) else (str(value), "text")
            digest.update(json.dumps([name, mark, content]).encode())
    return digest.hexdigest()


def file_digest(file: UploadedFile) -> tuple[str, str]:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest(), f"file {file.name}"


def prune() -> int:
    """Forget the answers that are older than a day; how many there were."""
    return Idempotency.objects.filter(created_at__lte=now() - KEPT).delete()[0]
