"""Entries are sealed into a chain, latecomers with lower ids included, and every break is found and named."""

import threading
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from audit import sealing, trail, verification
from audit.models import Entry, Horizon, Seal

pytestmark = pytest.mark.django_db(transaction=True)


def record(count=1, action="project.changed"):
    return [trail.record(action, workspace=None, actor=None, details={"n": n, "share": 0.1}) for n in range(count)]


def seal_all():
    """Other tests share the server, and their open transactions hold the horizon for a moment."""
    total = 0
    for _ in range(4_000):  # transactions of other databases on the same server hold it up too
        total += sealing.seal()
        if not Entry.objects.filter(id__gt=newest_sealed()).exists():
            return total
        threading.Event().wait(0.05)
    raise AssertionError("the horizon never settled")


def newest_sealed():
    last = Seal.objects.order_by("-last_entry").first()
    return last.last_entry if last else 0


class Writer:
    """A transaction of its own that has written one entry and stays open until it is told."""

    def __init__(self, fails=False):
        self.written, self.told, self.fails = threading.Event(), threading.Event(), fails
        self.thread = threading.Thread(target=self.run)
        self.thread.start()
        assert self.written.wait(90)

    def run(self):
        try:
            with transaction.atomic():
                record(action="late.entry")
                self.written.set()
                self.told.wait(280)
                if self.fails:
                    transaction.set_rollback(True)
        finally:
            connection.close()

    def end(self):
        self.told.set()
        self.thread.join()


def test_nothing_to_seal_is_no_seal():
    assert sealing.seal() == 0
    assert verification.verify() == verification.Proof(0, 0, 0, "0" * 64)


def test_entries_are_sealed_once_in_a_chain(monkeypatch):
    monkeypatch.setattr(sealing, "BATCH", 3)
    record(7)
    assert seal_all() == 7
    record(2)
    assert seal_all() == 2
    seals = list(Seal.objects.order_by("id"))
    assert [seal.entries for seal in seals] == [3, 3, 1, 2]
    assert [seal.previous for seal in seals] == ["0" * 64, *(seal.sha256 for seal in seals[:-1])]
    assert verification.verify() == verification.Proof(4, 9, 0, seals[-1].sha256)


def test_an_entry_that_commits_late_with_a_lower_id_is_sealed_in_its_place():
    writer = Writer()
    (early,) = record()  # committed, with a higher id than the one that is still open
    try:
        for _ in range(3):
            assert sealing.seal() == 0  # nothing up to here is settled while the writer is at work
        assert Seal.objects.count() == 0
    finally:
        writer.end()
    late = Entry.objects.get(action="late.entry")
    assert late.pk < early.pk
    assert seal_all() == 2
    assert verification.verify().entries == 2


def test_an_entry_that_never_commits_holds_nothing_up():
    writer = Writer(fails=True)
    record()
    writer.end()
    assert seal_all() == 1
    assert verification.verify().unsealed == 0


def test_one_long_transaction_after_another_does_not_keep_the_trail_open_for_ever():
    record()
    first = Writer()
    sealing.seal()
    second = Writer()  # begins before the first one ends, as in a busy installation
    first.end()
    try:
        for _ in range(4_000):  # transactions of other databases on the same server hold it up too
            if sealing.seal():
                break
            threading.Event().wait(0.05)
        assert newest_sealed() > 0
    finally:
        second.end()
    seal_all()
    assert verification.verify().entries == 3


def test_two_sealers_at_once_make_one_chain():
    record(5)
    threads = [threading.Thread(target=lambda: (sealing.seal(), connection.close())) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seal_all()
    assert verification.verify().entries == 5


def test_a_restored_database_goes_on_sealing():
    record()
    Horizon.objects.create(id=1, entry=Entry.objects.latest("id").pk, transaction=2**62)  # another server's number
    assert seal_all() == 1


def test_the_command_proves_the_chain_and_tells_its_head():
    record(3)
    seal_all()
    record()
    out = StringIO()
    call_command("verify_audit", stdout=out)
    assert out.getvalue() == (
        f"3 entries in 1 seals are as they were written; 1 are not sealed yet.\nhead {Seal.objects.get().sha256}\n"
    )


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE audit_entry SET action = 'project.created' WHERE id = {second}", "Entry {second} was changed"),
        ("UPDATE audit_entry SET details = '{{}}' WHERE id = {second}", "Entry {second} was changed"),
        ("UPDATE audit_entry SET at = at + interval '1 microsecond' WHERE id = {second}", "Entry {second} was changed"),
        ("DELETE FROM audit_entry WHERE id = {second}", "Entry {second} is missing"),
        ("DELETE FROM audit_entry WHERE id = {last}", "Entry {last} is missing"),
        ("UPDATE audit_entry SET id = 0 WHERE id = {second}", "Entry {second} is missing"),
        ("UPDATE audit_seal SET entries = 4", "Seal {seal} "),
        ("UPDATE audit_seal SET leaves = leaves || leaves", "Seal {seal} "),
        ("UPDATE audit_seal SET sha256 = repeat('a', 64)", "Seal {seal} "),
        ("UPDATE audit_seal SET previous = repeat('a', 64)", "Seal {seal} "),
        ("UPDATE audit_seal SET last_entry = last_entry + 1", "Seal {seal} "),
    ],
)
def test_a_break_is_named_and_ends_the_command_with_a_failure(tamper, statement, words):
    entries = record(3)
    seal_all()
    names = {"second": entries[1].pk, "last": entries[2].pk, "seal": Seal.objects.get().pk}
    tamper(statement.format(**names))
    with pytest.raises(CommandError) as error:
        call_command("verify_audit", stdout=StringIO())
    assert words.format(**names) in str(error.value)
    assert error.value.returncode == 1


def test_an_entry_slipped_in_between_is_named(tamper):
    first, _second = record(2)
    seal_all()
    tamper(f"DELETE FROM audit_entry WHERE id = {first.pk}")
    tamper(
        "INSERT INTO audit_entry (id, at, action, object_kind, object_id, details, request_id)"
        f" VALUES ({first.pk - 1}, now(), 'x.y', '', '', '{{}}', '')"
    )
    with pytest.raises(verification.Broken, match=f"Entry {first.pk - 1} was added"):
        verification.verify()


def test_a_missing_seal_is_named(tamper, monkeypatch):
    monkeypatch.setattr(sealing, "BATCH", 1)
    record(3)
    seal_all()
    _first, second, third = Seal.objects.order_by("id")
    tamper(f"DELETE FROM audit_seal WHERE id = {second.pk}")
    with pytest.raises(verification.Broken, match=f"Seal {third.pk} does not follow"):
        verification.verify()


def test_a_chain_that_was_cut_at_its_end_no_longer_holds_the_head_that_was_noted(tamper, monkeypatch):
    monkeypatch.setattr(sealing, "BATCH", 1)
    record(2)
    seal_all()
    head = verification.verify().head
    last = Seal.objects.latest("id")
    tamper(f"DELETE FROM audit_seal WHERE id = {last.pk}")
    tamper(f"DELETE FROM audit_entry WHERE id = {last.last_entry}")
    assert verification.verify().entries == 1  # a shorter chain holds by itself
    with pytest.raises(verification.Broken, match=head):
        verification.verify(expect=head)
