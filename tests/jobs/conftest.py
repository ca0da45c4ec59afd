"""Starting trial jobs, and running them in real child processes on the test's database."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.db import connection

from jobs import launch
from jobs.models import Job
from tests.jobs.trial import tasks  # noqa: F401  (registers the trial kinds)


@pytest.fixture
def start(researcher) -> Callable[..., Job]:
    """`start("trial.count", steps=3)`: a waiting job of the researcher."""

    def start(kind: str, **arguments: Any) -> Job:
        return launch.start(kind, scope=researcher.scope, arguments=arguments)

    return start


@pytest.fixture
def real_children(transactional_db, settings, monkeypatch, tmp_path) -> None:
    """Child processes find this test's database, folder and kinds."""
    settings.DATA_DIR, settings.MEDIA_ROOT = tmp_path, tmp_path / "files"
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", url_of(connection.settings_dict))
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "tests.jobs.trial_settings")
    monkeypatch.setattr("jobs.rings.ring", lambda job: True)


def url_of(parts: dict[str, Any]) -> str:
    password = f":{quote(parts['PASSWORD'])}" if parts["PASSWORD"] else ""
    place = {"host": parts["HOST"], "port": parts["PORT"]}
    return f"postgresql://{quote(parts['USER'])}{password}@/{quote(parts['NAME'])}?" + urlencode(
        {name: value for name, value in place.items() if value}
    )
