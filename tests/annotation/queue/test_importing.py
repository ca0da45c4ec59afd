"""Labels that come with a file while people work on the same tasks, on real connections."""

import json
import threading
import time

import pytest
from django.db import connection, transaction

from annotation.imports import running
from annotation.imports.running import Import, Request
from annotation.models import Assignment, Task

pytestmark = pytest.mark.django_db(transaction=True)
ROWS = [{"prompt": f"Question {n}?", "chosen": f"Good {n}.", "rejected": f"Bad {n}."} for n in range(2)]


@pytest.fixture
def bring(project, settings, tmp_path):
    """`bring(as_judgments=True)`: the import of two rows, to be stepped through."""
    settings.MEDIA_ROOT = tmp_path
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    return lambda **options: Import(Request(str(project.pk), "rows.jsonl", ".jsonl", **options))


@pytest.fixture
def of_overlap_three(project):
    project.overlap = 3
    project.save()


def until_it_ends_or_waits(thread):
    """Whether somebody else made it wait is what the test is about; neither may be left to the clock."""
    while thread.is_alive():
        with connection.cursor() as cursor:
            cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.01)


def test_an_import_and_somebody_who_gives_tasks_back_never_wait_for_each_other(
    bring, worker, of_overlap_three, monkeypatch
):
    list(bring().run())
    ann = worker("ann")
    first = ann.next()
    second = ann.next(first.assignment)
    monkeypatch.setattr(running, "BATCH", 1)
    errors = []

    def give_back():
        try:
            ann.skip(second)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=give_back)
    with transaction.atomic():
        steps = bring(as_judgments=True, counts=True).run()
        next(steps)  # the label of the first task is there
        thread.start()  # locks the second task, then the project
        until_it_ends_or_waits(thread)
        list(steps)
    thread.join()
    assert errors == []
    for task in Task.objects.all():
        held = Assignment.objects.filter(task=task, holds_place=True).count()
        assert task.open_places == task.overlap - held
