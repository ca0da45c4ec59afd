"""The steps that collect: projects with questions, simulated judgments, figures of quality, frozen snapshots."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from accounts.scope import Scope
from annotation import gold, projects, starts
from annotation.imports import requests as imports
from annotation.models import Task
from annotation.quality import computing
from annotation.snapshots import freezing
from jobs.models import Job
from training.rounds.demo import questions
from training.rounds.demo.questions import ASPECTS, CURRENCY, Question

Made = Mapping[str, UUID]  # what the steps before have made, by their names
Records = list[dict[str, Any]]
SIMULATED = (
    "\n\n*The judgments that are here already were simulated by a program, from notes about each answer that "
    "annotators never see. Yours stand beside them under your own pseudonym.*"
)
MONEY = {"currency": CURRENCY, "amount_max": "50", "amount_step": "0.50"}
KNOWN = 24  # questions of the project of pairs whose answer is known
PLAIN = 2.0  # dollars by which one answer is better where nobody should miss it


@dataclass(frozen=True)
class Begun:
    """What a step has made, and the job that it waits for, where there is one."""

    subject: UUID
    job: Job | None = None


@dataclass(frozen=True)
class Plan:
    """A project of the demo: where it begins from, what it asks, how many simulated people answer each question."""

    name: str
    start: str
    kinds: tuple[str, ...]
    questions: Callable[[], list[Question]]
    overlap: int
    simulated: int
    settings: dict[str, Any]


PROJECTS = {
    "pairs": Plan("Everyday requests: which is better?", "better", ("pairwise",), questions.pairs, 3, 3, {}),
    "amounts": Plan("Everyday requests: what is it worth?", "worth", ("cardinal",), questions.amounts, 3, 3, MONEY),
    "mixed": Plan(
        "Everyday requests: every kind of question",
        "rate",
        ("pairwise", "cardinal", "binary", "rating", "ranking"),
        questions.every_kind,
        2,
        2,
        {**MONEY, "aspects": list(ASPECTS)},
    ),
}


def project(scope: Scope, made: Made, name: str) -> Begun:
    """A project with its open queue; the tasks come by an import."""
    plan = PROJECTS[name]
    start = starts.find(plan.start)
    assert start is not None
    found = projects.create(
        scope=scope,
        wish=projects.Wish(
            name=plan.name,
            guidelines=str(start.guidelines) + SIMULATED,
            kinds=list(plan.kinds),
            overlap=plan.overlap,
            ordering="random",
            status="open",
            settings={**start.given(), **plan.settings},
        ),
    )
    return Begun(found.pk)


def tasks(scope: Scope, made: Made, name: str, kind: str) -> Begun:
    """The questions of one kind."""
    asked = [question for question in PROJECTS[name].questions() if question.kind == kind]
    return brought(scope, made[f"{name}.project"], [question.record() for question in asked], kind=kind)


def judgments(scope: Scope, made: Made, name: str) -> Begun:
    """What the simulated annotators say: most questions get all their answers, some stay open."""
    from training.rounds.demo import judging

    plan = PROJECTS[name]
    sitting = judging.Sitting(seed=len(plan.kinds), overlap=plan.simulated)
    rows = judging.rows(plan.questions(), sitting)
    return brought(scope, made[f"{name}.project"], rows, as_judgments=True, counts=True)


def brought(scope: Scope, project_id: UUID, records: Iterable[dict[str, Any]], **options: Any) -> Begun:
    found = projects.find(scope=scope, project=project_id)
    job = imports.of_records(scope=scope, project=found, records=records, options=imports.Options(**options))
    return Begun(found.pk, job)


def known(scope: Scope, made: Made) -> Begun:
    """Pairs in which one answer is better beyond doubt get that as the known answer; who labels here meets them."""
    found = projects.find(scope=scope, project=made["pairs.project"])
    worth = {
        (request.prompt, answer.text): answer.worth
        for request in questions.requests.all_of_them()
        for answer in request.answers
    }
    items = []
    for task in Task.objects.filter(project=found).order_by("position").select_related("prompt"):
        gap, better = clearest(task, worth)
        if gap >= PLAIN:
            explanation = "By the notes of the data set this answer is worth much more."
            items.append(gold.Item(task.pk, {"preferred": better}, explanation=explanation))
        if len(items) == KNOWN:
            break
    gold.put(scope=scope, project=found, items=items)
    return Begun(found.pk)


def clearest(task: Task, worth: Mapping[tuple[str, str], float]) -> tuple[float, str]:
    """By how much the better of the two answers is worth more, and its id."""
    prompt = task.prompt.messages[0]["content"]
    places = task.places.select_related("response")
    order = sorted(places, key=lambda place: worth[prompt, place.response.text])
    values = [worth[prompt, place.response.text] for place in order]
    return values[-1] - values[0], str(order[-1].response_id)


def quality(scope: Scope, made: Made, name: str) -> Begun:
    found = projects.find(scope=scope, project=made[f"{name}.project"])
    return Begun(found.pk, computing.start(scope=scope, project=found))


def snapshot(scope: Scope, made: Made, name: str) -> Begun:
    found = projects.find(scope=scope, project=made[f"{name}.project"])
    frozen = freezing.start(scope=scope, project=found, name="First round", wishes={"seed": 1})
    return Begun(frozen.pk, frozen.job)


def of_the_world(scope: Scope, made: Made, quality: str) -> Begun:
    """A closed-off project of the text world: it is there to be learned from, not to be labelled in."""
    from training.rounds.demo import world

    found = projects.create(
        scope=scope,
        wish=projects.Wish(
            name=f"Text world: {quality}",
            guidelines=world.QUALITIES[quality] + SIMULATED,
            kinds=["pairwise"],
            overlap=1,
            status="paused",
        ),
    )
    return brought(scope, found.pk, world.judged(quality), as_judgments=True, counts=True)
