"""A test finds nothing that another one committed, and everything that migrating made."""

import pytest
from django.contrib.auth.models import Permission
from django.db import IntegrityError, connection, transaction

from accounts.models import Workspace
from audit.models import Entry
from tests import emptying


@pytest.mark.django_db(transaction=True)
def test_what_was_committed_is_gone_and_what_guarded_it_stands_again(admin):
    permissions = Permission.objects.count()
    for _time in range(2):
        Entry.objects.create(action="one.deed")
        emptying.empty("default")
        assert not Workspace.objects.exists()
        assert not Entry.objects.exists()
    assert Permission.objects.count() == permissions > 0
    Entry.objects.create(action="one.deed")
    with pytest.raises(IntegrityError, match="only be added to"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_entry")
