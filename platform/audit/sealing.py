"""Seals settled entries into a chain of hashes.

Ids are handed out in one order and committed in another: an entry with a lower id may appear after one with a higher
id. Sealing up to the newest entry would leave such a latecomer outside for ever. So it takes two steps. First the
newest id that can be seen is noted together with a transaction number that is taken afterwards. An entry with an id up
to there was given it by a transaction with a lower number (a trigger takes the number before the id is drawn). Once
every transaction with a lower number has ended, nothing can appear up to there any more, and it is sealed.
"""

import logging
from collections.abc import Iterable

from django.db import connection, transaction
from django.db.models import Max

from audit.fingerprints import FIRST, leaf, seal_hash
from audit.models import Entry, Horizon, Seal

log = logging.getLogger(__name__)
BATCH = 10_000  # entries in one seal
LOCK = 0x5EA15  # one sealer at a time


def seal() -> int:
    """Seal what is settled and note what is next; how many entries were sealed. Runs outside any transaction."""
    sealed = seal_settled()
    note_horizon()
    return sealed + seal_settled()


def seal_settled() -> int:
    total = 0
    while count := seal_batch():
        total += count
    return total


@transaction.atomic(durable=True)
def seal_batch() -> int:
    horizon = Horizon.objects.first() if is_mine() else None
    if horizon is None or not is_settled(horizon):
        return 0
    last = Seal.objects.order_by("-last_entry").first()
    settled = Entry.objects.filter(id__gt=last.last_entry if last else 0, id__lte=horizon.entry)
    entries = list(settled.order_by("id")[:BATCH])
    if not entries:
        return 0
    made = sealed(entries, last.sha256 if last else FIRST)
    made.save(force_insert=True)
    log.info("Sealed the audit trail", extra={"entries": made.entries, "last": made.last_entry, "head": made.sha256})
    return made.entries


def sealed(entries: Iterable[Entry], previous: str) -> Seal:
    entries = list(entries)
    leaves = b"".join(map(leaf, entries))
    return Seal(
        first_entry=entries[0].pk,
        last_entry=entries[-1].pk,
        entries=len(entries),
        leaves=leaves,
        previous=previous,
        sha256=seal_hash(previous, leaves),
    )


@transaction.atomic(durable=True)
def note_horizon() -> None:
    """Look further once everything up to the last look is sealed; looking each time would never let one settle."""
    if not is_mine():
        return
    newest = Entry.objects.aggregate(newest=Max("id"))["newest"]
    last = Seal.objects.aggregate(last=Max("last_entry"))["last"] or 0
    horizon = Horizon.objects.first()
    is_waiting = horizon is not None and horizon.entry > last and not is_of_another_server(horizon)
    if newest is None or newest <= last or is_waiting:
        return
    with connection.cursor() as cursor:  # the number is taken here, after the newest id was seen
        cursor.execute(
            """
            INSERT INTO audit_horizon (id, entry, transaction) VALUES (1, %s, pg_current_xact_id()::text::bigint)
            ON CONFLICT (id) DO UPDATE SET entry = excluded.entry, transaction = excluded.transaction
            """,
            [newest],
        )


def is_settled(horizon: Horizon) -> bool:
    """No transaction with a lower number is open."""
    return number("pg_snapshot_xmin") >= horizon.transaction and not is_of_another_server(horizon)


def is_of_another_server(horizon: Horizon) -> bool:
    """A restored database counts transactions anew, so the number noted may lie ahead of it: look again."""
    return number("pg_snapshot_xmax") <= horizon.transaction


def number(function: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(pg_current_snapshot())::text::bigint")
        return cursor.fetchone()[0]


def is_mine() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        return cursor.fetchone()[0]
