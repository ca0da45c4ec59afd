"""What works in one database of `benchmarks.scale`: told who shall work and how often, one JSON line at a time."""

import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from accounts import annotators  # noqa: E402
from accounts.models import Membership, Person, Workspace  # noqa: E402
from accounts.roles import Role  # noqa: E402
from accounts.scope import Scope  # noqa: E402
from annotation import projects  # noqa: E402
from annotation.models import Seat  # noqa: E402
from annotation.queue import answers, offers  # noqa: E402
from annotation.queue.answers import Submission  # noqa: E402
from annotation.queue.offers import Offer  # noqa: E402
from benchmarks.filling import execute, make_project, without_indexes, without_references  # noqa: E402

LONGEST_HISTORY = 100_000
CROWD, LAST = 32, 50
WARM = 20  # calls that make the seat, plan the statements and fill the caches

# Somebody who has labelled the first tasks, all of them still open to two others.
HISTORY = """
WITH done AS (
    INSERT INTO annotation_assignment (id, project_id, task_id, annotator_id, guidelines_id, purpose, shown_order,
                                       holds_place, state, reason, created_at, ended_at)
    SELECT gen_random_uuid(), %(project)s, id, %(annotator)s, %(guidelines)s, 'label', '{0,1}', true, 'submitted', '',
           now(), now()
      FROM annotation_task WHERE project_id = %(project)s AND position <= %(count)s
    RETURNING id, task_id
), judged AS (
    INSERT INTO annotation_judgment (id, project_id, assignment_id, version, is_late, created_at)
    SELECT gen_random_uuid(), %(project)s, id, 1, false, now() FROM done
    RETURNING id
), said AS (
    INSERT INTO annotation_judgmentversion (judgment_id, version, kind, answer, is_consistent, currency, guidelines_id,
                                            created_at)
    SELECT id, 1, 'pairwise', '{"preferred": null}', true, '', %(guidelines)s, now() FROM judged
)
UPDATE annotation_task t SET open_places = open_places - 1 FROM done WHERE t.id = done.task_id
"""
FINISH = "UPDATE annotation_task SET open_places = 0 WHERE project_id = %(project)s AND position <= %(count)s"
REOPEN = "UPDATE annotation_task SET open_places = overlap WHERE project_id = %(project)s AND position > %(count)s"


class Desk:
    """One project of a size, a person who is new to it and one who is not."""

    def __init__(self, tasks: int) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        self.workspace = Workspace.objects.create(name="scale", slug="scale")
        self.tasks = tasks
        self.people = {"new person": self.person(), "long history": self.person()}
        self.history = min(LONGEST_HISTORY, tasks // 2)
        with without_references():
            with without_indexes():
                self.project = make_project(self.people["new person"], tasks)
            self.give_history(self.people["long history"])
        execute("VACUUM ANALYZE")
        for scope in self.people.values():
            list(self.calls(scope, WARM))
        self.is_finished = False

    def person(self) -> Scope:
        found = Person.objects.create(email=f"{uuid4().hex}@scale.example")
        Membership.objects.create(workspace=self.workspace, person=found, role=Role.ADMIN)
        return Scope(found, self.workspace, Role.ADMIN)

    def give_history(self, scope: Scope) -> None:
        annotator = annotators.of_person(scope.workspace, scope.person)
        guidelines, count = projects.newest_guidelines(self.project).pk, self.history
        execute(HISTORY, project=self.project.pk, annotator=annotator.pk, guidelines=guidelines, count=count)
        reached = {"reached_rank": count, "reached_position": count, "judged": count}
        Seat.objects.create(project=self.project, annotator=annotator, **reached)

    def calls(self, scope: Scope, most: int) -> Iterator[tuple[float, float]]:
        """Milliseconds of each next and of its submit."""
        for _call in range(most):
            start = time.perf_counter()
            offer = offers.take(scope=scope, project=self.project.pk, holding=[])
            middle = time.perf_counter()
            if not isinstance(offer, Offer):
                return
            answer = {"preferred": offer.responses[0]["id"]}
            answers.submit(scope=scope, assignment=offer.assignment, submission=Submission(answer, 5))
            yield 1_000 * (middle - start), 1_000 * (time.perf_counter() - middle)

    def crowd(self) -> list[tuple[float, float]]:
        """Many who are new, at once on the few tasks that are left."""
        left = {"project": self.project.pk, "count": self.tasks - LAST}
        if not self.is_finished:
            execute(FINISH, **left)
            execute("VACUUM ANALYZE annotation_task")
            self.is_finished = True
        execute(REOPEN, **left)
        found: list[tuple[float, float]] = []

        def run(scope: Scope) -> None:
            found.extend(self.calls(scope, LAST))
            connection.close()

        threads = [threading.Thread(target=run, args=(self.person(),)) for _one in range(CROWD)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return found

    def work(self, who: str, calls: int) -> dict[str, list[float]]:
        found = list(self.calls(self.people[who], calls)) if who in self.people else self.crowd()
        return {"next": [asked for asked, _said in found], "submit": [said for _asked, said in found]}


def main() -> None:
    desk = Desk(int(sys.argv[1]))
    for line in sys.stdin:
        wish: dict[str, Any] = json.loads(line)
        told = {"history": desk.history} if wish["who"] == "fill" else desk.work(wish["who"], wish["calls"])
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
