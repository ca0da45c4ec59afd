"""The database lets nobody change what was done."""

import pytest
from django.db import IntegrityError, connection, transaction

from audit import identities, trail
from audit.models import Entry, Seal


@pytest.fixture
def entry(workspace):
    return trail.record("member.invited", workspace=workspace.pk, actor=None, details={"role": "admin"})


@pytest.fixture
def seal(db):
    return Seal.objects.create(first_entry=1, last_entry=1, entries=1, leaves=b"x", previous="0" * 64, sha256="1" * 64)


def refused(statement, *values):
    said = pytest.raises(IntegrityError, match="may only be added to")
    with said, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
    return True


@pytest.mark.parametrize("table", ["audit_entry", "audit_seal"])
def test_rows_are_never_changed_or_deleted(entry, seal, table):
    assert refused(f"UPDATE {table} SET id = id")
    assert refused(f"DELETE FROM {table}")
    assert (Entry.objects.count(), Seal.objects.count()) == (1, 1)


@pytest.mark.parametrize("table", ["audit_entry", "audit_seal"])
def test_tables_are_never_emptied(entry, seal, table):
    assert refused(f"TRUNCATE {table}")


def test_the_orm_has_no_way_around_it(entry):
    for change in (entry.save, entry.delete, Entry.objects.all().delete):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


def test_a_deed_that_fails_leaves_no_entry(workspace):
    with pytest.raises(RuntimeError), transaction.atomic():
        trail.record("project.created", workspace=workspace.pk, actor=None)
        raise RuntimeError
    assert Entry.objects.count() == 0


def test_erasure_takes_the_name_and_leaves_the_entry(admin, entry):
    identities.remember(admin.person.pk, "Ada <ada@home.example>")
    assert identities.labels([admin.person.pk, None]) == {admin.person.pk: "Ada <ada@home.example>"}
    identities.forget([admin.person.pk])
    assert identities.labels([admin.person.pk]) == {}
    assert Entry.objects.filter(pk=entry.pk).exists()
