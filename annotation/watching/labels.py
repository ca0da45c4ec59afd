"""What a project wants and what is there: labels, and tasks that have all of theirs."""

from dataclasses import dataclass
from uuid import UUID

from annotation.queue.statements import fetch
from annotation.watching.patience import Kept

# One pass over the tasks of the project, whatever they are; a million take some tenths of a second.
TASKS = """
SELECT status, overlap, open_places, count(*) FROM annotation_task WHERE project_id = %(project)s GROUP BY 1, 2, 3
"""
# By the partial index of open assignments: as many rows as people hold tasks.
LEASED = """
SELECT count(*) FILTER (WHERE a.holds_place),
       count(DISTINCT a.task_id) FILTER (WHERE a.holds_place AND t.open_places = 0),
       count(DISTINCT a.annotator_id) FILTER (WHERE a.lease_expires_at > now())
  FROM annotation_assignment a JOIN annotation_task t ON t.id = a.task_id
 WHERE a.project_id = %(project)s AND a.state = 'open'
"""


@dataclass(frozen=True)
class Labels:
    tasks: int = 0  # but for closed ones without a label
    complete: int = 0  # with every label that they want
    wanted: int = 0  # labels
    held: int = 0  # labels that are there or on somebody's desk
    leased: int = 0  # on somebody's desk
    at_work: int = 0  # people who hold a task at this moment
    out_of_reach: int = 0  # labels that paused and closed tasks still want

    @property
    def there(self) -> int:
        return max(0, self.held - self.leased)

    @property
    def left(self) -> int:
        """Labels that can still come: those of paused and closed tasks cannot."""
        return max(0, self.wanted - self.there - self.out_of_reach)

    @property
    def share(self) -> float:
        return self.there / self.wanted if self.wanted else 0.0


def count(project: UUID) -> Labels:
    tasks = complete = wanted = held = out = 0
    for status, overlap, open_places, number in fetch(TASKS, {"project": project}):
        if status == "closed" and open_places == overlap:
            continue  # nobody will be asked
        tasks += number
        complete += number if open_places == 0 else 0
        wanted += overlap * number
        held += (overlap - open_places) * number
        out += open_places * number if status != "open" else 0
    return Labels(tasks, complete, wanted, held, 0, 0, out)


kept = Kept(count)


def now(project: UUID) -> Labels:
    counted = kept(project)
    leased, unfinished, at_work = fetch(LEASED, {"project": project})[0]
    complete = max(0, counted.complete - unfinished)  # whose last label is on somebody's desk is not complete
    return Labels(**{**vars(counted), "leased": min(leased, counted.held), "complete": complete, "at_work": at_work})
