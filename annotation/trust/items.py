"""Known answers by how people did on them: those that good people miss may be wrong themselves."""

from dataclasses import dataclass
from uuid import UUID

from annotation import wording
from annotation.agreement.proportions import wilson
from annotation.agreement.votes import Estimate
from annotation.browsing.tasks import snippet
from annotation.models import Gold, Project
from annotation.queue.statements import fetch
from annotation.settings import ProjectSettings
from annotation.trust.marks import in_order
from api.schemas import build

GOOD = 0.75  # of somebody's other known answers are right
LEAST_OTHERS = 5  # known answers that tell whether somebody is good
DOUBTFUL = 0.5  # a known answer that good people get right less often, beyond doubt
SHOWN = 100

# Whether a person is good is told by their other known answers, never by the one that is looked at.
COUNTS = """
WITH people AS (
    SELECT annotator_id, count(*) AS seen, count(*) FILTER (WHERE is_right) AS hits
      FROM annotation_mark WHERE project_id = %(project)s GROUP BY annotator_id
), judged AS (
    SELECT m.task_id, m.is_right, p.seen > %(others)s::int
           AND p.hits - m.is_right::int >= %(good)s::float8 * (p.seen - 1) AS by_good
      FROM annotation_mark m JOIN people p USING (annotator_id)
     WHERE m.project_id = %(project)s
)
SELECT task_id, count(*), count(*) FILTER (WHERE is_right),
       count(*) FILTER (WHERE by_good), count(*) FILTER (WHERE by_good AND is_right)
  FROM judged GROUP BY task_id
"""


@dataclass(frozen=True)
class Item:
    """One known answer: everybody's share right, and that of the people who are right elsewhere."""

    task: UUID
    kind: str
    in_test: bool
    right: int
    everybody: Estimate
    good_right: int
    good: Estimate

    @property
    def is_doubtful(self) -> bool:
        """Even the good ones miss it, beyond doubt."""
        return self.good.high is not None and self.good.high < DOUBTFUL


@dataclass(frozen=True)
class Described:
    """An item with the words that a page needs."""

    item: Item
    text: str
    words: str


def of(project: Project) -> list[Item]:
    """The doubtful ones first, then by the share right; what nobody has answered comes last."""
    values = {"project": project.pk, "others": LEAST_OTHERS, "good": GOOD}
    counts = {row[0]: row[1:] for row in fetch(COUNTS, values)}
    golds = Gold.objects.filter(project=project).values_list("task_id", "task__kind", "in_test")
    found = [item(task, kind, in_test, *counts.get(task, (0, 0, 0, 0))) for task, kind, in_test in golds]
    return sorted(
        found, key=lambda one: (not one.is_doubtful, one.everybody.n == 0, one.everybody.value or 0, one.task)
    )


def item(task: UUID, kind: str, in_test: bool, *counts: int) -> Item:
    seen, right, good, good_right = counts
    return Item(task, kind, in_test, right, wilson(right, seen), good_right, wilson(good_right, good))


def described(project: Project, items: list[Item]) -> list[Described]:
    golds = {gold.task_id: gold for gold in of_items(items)}
    orders = in_order(golds)
    currency = build(ProjectSettings, project.settings).currency
    return [
        Described(
            one,
            snippet(golds[one.task].task.prompt),
            wording.say(one.kind, golds[one.task].answer, orders[one.task], currency if one.kind == "cardinal" else ""),
        )
        for one in items
    ]


def of_items(items: list[Item]) -> list[Gold]:
    return list(Gold.objects.filter(task__in=[one.task for one in items]).select_related("task__prompt"))
