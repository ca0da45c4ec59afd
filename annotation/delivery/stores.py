"""Delivery into a bucket of a store that speaks S3: every call signed, tried again while the store is troubled.

An object appears whole or not at all: by one PUT, or, where it is large, by the call that completes its parts.
Addresses are `endpoint/bucket/key`, which every store understands.
"""

import hashlib
import html
import re
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote, urlencode

from django.utils.timezone import now
from django.utils.translation import gettext as _

from annotation.delivery import sealing, signing
from annotation.delivery.parcels import Parcel, Progress
from annotation.models import Destination
from api.refusals import Conflict
from web import outgoing
from web.outgoing import Answer, Call, Limits

PART = 16 * 1024 * 1024  # held in memory; stores take 10,000 of them
WAITS = (1.0, 4.0, 15.0, 60.0)  # seconds before another try
PATIENCE = Limits(seconds=600.0)  # for one part over a slow line
QUICK = Limits(seconds=10.0)
NOTHING = hashlib.sha256(b"").hexdigest()
PROBE = "touchstone-test.txt"


class Troubled(Exception):
    """The store did not answer, or said that it cannot now."""


@dataclass(frozen=True)
class Store:
    """One bucket, and how patient we are with it."""

    base: str  # endpoint/bucket
    keys: signing.Keys
    waits: Sequence[float]
    limits: Limits = PATIENCE

    @classmethod
    def of(cls, destination: Destination, *, waits: Sequence[float], limits: Limits = PATIENCE) -> "Store":
        keys = signing.Keys(destination.access_key, sealing.unseal(destination), destination.region)
        return cls(f"{destination.address.rstrip('/')}/{destination.bucket}", keys, waits, limits)

    def call(
        self,
        method: str,
        key: str,
        *,
        body: bytes = b"",
        query: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """The answer of the store, after as many tries as it takes; a refusal is no reason to try again."""
        url = f"{self.base}/{quote(key, safe='/-_.~')}" + asked(query)
        for wait in [*self.waits, None]:
            try:
                return self.once(method, url, body, headers or {})
            except Troubled as trouble:
                if wait is None:
                    raise Conflict(_("The store is away: {why}").format(why=trouble)) from None
                time.sleep(wait)
        raise AssertionError

    def once(self, method: str, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        payload = hashlib.sha256(body).hexdigest() if body else NOTHING
        signed = signing.sign(self.keys, method, url, headers, payload=payload, moment=now())
        try:
            answer = outgoing.send(Call(method, url, body, signed, self.limits))
        except outgoing.Refused as refused:
            raise Conflict(str(refused)) from None
        except outgoing.Failed as failed:
            raise Troubled(str(failed)) from None
        if answer.status >= 500 or answer.status == 429 or (answer.status == 200 and b"<Error>" in answer.body):
            raise Troubled(complaint(answer))
        return answer


def put(destination: Destination, parcel: Parcel, progress: Progress, *, memo: Path) -> str:
    """The address where it lies. `memo` outlives this attempt, so that the next one ends an upload left open."""
    store, key = Store.of(destination, waits=WAITS), key_of(destination, parcel.name)
    end_left_open(store, memo)
    if not holds(store, key, parcel):
        if parcel.size <= PART:
            body = parcel.path.read_bytes()
            taken(store.call("PUT", key, body=body, headers=headers_of(parcel)))
        else:
            put_in_parts(store, key, parcel, progress, memo)
        if not holds(store, key, parcel):
            said = _(
                "The store has taken the file and does not show it as it was sent; the keys need leave to read, too."
            )
            raise Conflict(said)
    return f"s3://{destination.bucket}/{key}"


def put_in_parts(store: Store, key: str, parcel: Parcel, progress: Progress, memo: Path) -> None:
    upload = told(taken(store.call("POST", key, query={"uploads": ""}, headers=headers_of(parcel))), "UploadId")
    if not upload:
        raise Conflict(_("The store began no upload: it does not speak S3 as we know it."))
    memo.write_text(f"{key}\n{upload}")
    try:
        body = send_parts(store, key, parcel, progress, upload)
        answer = store.call(
            "POST", key, body=body, query={"uploadId": upload}, headers={"content-type": "application/xml"}
        )
        if not holds(
            store, key, parcel
        ):  # where its first answer was lost, the second one says that it knows no upload
            taken(answer)
    except BaseException:
        with suppress(Conflict):
            end_left_open(replace(store, waits=()), memo)
        raise
    memo.unlink()


def send_parts(store: Store, key: str, parcel: Parcel, progress: Progress, upload: str) -> bytes:
    """What the store is told to make one object of."""
    parts, done = "", 0
    for number, piece in enumerate(parcel.pieces(PART), start=1):
        sent = taken(store.call("PUT", key, body=piece, query={"partNumber": str(number), "uploadId": upload}))
        tag = html.escape(sent.headers.get("etag", ""))
        parts += f"<Part><PartNumber>{number}</PartNumber><ETag>{tag}</ETag></Part>"
        done += len(piece)
        progress(done / parcel.size)
    return f"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>".encode()


def end_left_open(store: Store, memo: Path) -> None:
    """Parts of an upload that nobody completes lie in the bucket and cost."""
    if memo.is_file():
        key, _line, upload = memo.read_text().partition("\n")
        store.call("DELETE", key, query={"uploadId": upload})  # 404: it was completed or ended after all
        memo.unlink()


def holds(store: Store, key: str, parcel: Parcel) -> bool:
    """Whether exactly this lies there; the same content is the same bytes, so it need not be sent twice."""
    answer = store.call("HEAD", key)  # 404, or 403 where the keys may not list: not there
    found = (answer.headers.get("content-length"), answer.headers.get("x-amz-meta-sha256"))
    return answer.status == 200 and found == (str(parcel.size), parcel.sha256)


def try_out(destination: Destination) -> None:
    """Write a small object and take it away again; asked once, for somebody waits."""
    store, key = Store.of(destination, waits=(), limits=QUICK), key_of(destination, PROBE)
    taken(store.call("PUT", key, body=b"This object may be deleted.\n", headers={"content-type": "text/plain"}))
    taken(store.call("HEAD", key))
    store.call("DELETE", key)  # keys that may not delete deliver all the same


def headers_of(parcel: Parcel) -> dict[str, str]:
    return {"content-type": "application/zip", "x-amz-meta-sha256": parcel.sha256}


def key_of(destination: Destination, name: str) -> str:
    return f"{destination.prefix}/{name}" if destination.prefix else name


def asked(query: dict[str, str] | None) -> str:
    return "?" + urlencode(query, quote_via=quote, safe="") if query else ""


def taken(answer: Answer) -> Answer:
    if not 200 <= answer.status < 300:
        raise Conflict(_("The store refused it: {why}").format(why=complaint(answer)))
    return answer


def complaint(answer: Answer) -> str:
    """The store's own code and sentence; nothing else of its answer, which repeats what was signed."""
    said = " – ".join(filter(None, (told(answer, "Code"), told(answer, "Message"))))
    return (said or _("it answered {status}").format(status=answer.status))[:300]


def told(answer: Answer, name: str) -> str:
    """The text of one element of the answer."""
    found = re.search(rf"<{name}>([^<]*)</{name}>", answer.body.decode(errors="replace"))
    return "".join(filter(str.isprintable, html.unescape(found[1]))) if found else ""
