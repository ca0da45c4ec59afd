"""A backup that is restored on an empty machine gives the same snapshots with the same hashes."""

import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils.timezone import now

from annotation.models import Snapshot
from annotation.snapshots import reading
from config import installation
from local.dump import Database

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def elsewhere() -> Iterator[Database]:
    """An empty database on the server of the tests."""
    here = installation.database()
    name = f"{here.parameters['dbname']}_elsewhere"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {name}")
        cursor.execute(f"CREATE DATABASE {name}")
    yield Database({**here.parameters, "dbname": name})
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {name}")


def test_hashes_are_the_same_after_a_restore(
    judged: Any, freeze: Any, elsewhere: Database, settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    judged("pairwise", "cardinal", "rating")
    first, second = freeze(name="first"), freeze(name="second", seed=3)
    call_command("backup", tmp_path / "made.tar", stdout=StringIO())

    settings.MEDIA_ROOT = tmp_path / "another machine" / "files"
    settings.MEDIA_ROOT.mkdir(parents=True)
    monkeypatch.setattr(installation, "database", lambda: elsewhere)
    call_command("restore", tmp_path / "made.tar", stdout=StringIO())

    rows = elsewhere.ask("SELECT json_build_object('sha256', sha256, 'files', files) FROM annotation_snapshot")
    restored = [Snapshot(**json.loads(row), frozen_at=now()) for row in rows.splitlines()]
    assert {snapshot.sha256 for snapshot in restored} == {first.sha256, second.sha256}
    assert [reading.recompute(snapshot) for snapshot in restored] == [snapshot.sha256 for snapshot in restored]
    kept = elsewhere.ask("SELECT count(*) FROM annotation_snapshotjudgment")
    assert int(kept) == sum(snapshot.judgments.count() for snapshot in (first, second))
