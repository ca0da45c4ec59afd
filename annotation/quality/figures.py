"""All figures of a project from its judgments: measured kind by kind, then person by person."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from annotation.models import Project
from annotation.quality import classes, coefficients, known, marks, money, orders, people, reading, verdicts
from annotation.quality.measured import Agreement, Measured
from annotation.quality.people import Person, estimate
from annotation.quality.reading import Progress
from annotation.quality.sheets import LABEL, Sheet


@dataclass(frozen=True)
class Found:
    """What one computation gave."""

    sheet: Sheet
    measured: list[Measured]
    people: list[Person]
    report: dict[str, Any]  # what QualityReport.figures holds


def compute(project: Project, progress: Progress = lambda share, phase: None) -> Found:
    """Read, measure, describe; nothing is written."""
    sheet = reading.read(project, lambda share, phase: progress(0.4 * share, phase))
    progress(0.4, _("Checking known answers"))
    answers = known.read(project)
    measured = []
    steps = kinds(sheet, answers.classes)
    for number, (words, measure) in enumerate(steps):
        progress(0.45 + 0.3 * number / len(steps), words)
        if (found := measure()) is not None:
            measured.append(found)
    progress(0.75, _("Drawing tasks again for the intervals"))
    agreement = agreements(sheet)
    progress(0.85, _("Looking at each annotator"))
    persons, overall = people.of(sheet, measured, answers.answers)
    report = {
        "counts": {**reading.counts(project), **extent(sheet, measured)},
        "agreement": agreement,
        "models": {found.name: {**found.model, "measure": found.reliability.measure} for found in measured},
        **overall._asdict(),
        "flags": flagged(persons),
    }
    return Found(sheet, measured, persons, report)


Step = tuple[str, Callable[[], Measured | None]]


def kinds(sheet: Sheet, gold: dict[int, int]) -> list[Step]:
    return [
        (_("Comparing verdicts"), lambda: verdicts.measure(sheet)),
        (_("Comparing amounts"), lambda: money.measure(sheet, pairs=True)),
        (_("Comparing amounts"), lambda: money.measure(sheet, pairs=False)),
        (_("Comparing classes"), lambda: classes.measure(sheet, gold)),
        (_("Comparing rankings"), lambda: orders.measure(sheet)),
        (_("Comparing marks"), lambda: marks.measure(sheet)),
    ]


def agreements(sheet: Sheet) -> dict[str, Any]:
    """Of each kind the coefficient to look at, and the others beside it."""
    found = {}
    for name, several in coefficients.of(sheet).items():
        first, *others = map(coefficient, several)
        found[name] = {**first, "also": others}
    return found


def coefficient(found: Agreement) -> dict[str, Any]:
    return {"measure": found.measure, "aspect": found.aspect, **estimate(found.estimate)}


def extent(sheet: Sheet, measured: list[Measured]) -> dict[str, int]:
    return {
        "annotators": len(sheet.annotators),
        "tasks": sum(len(found.tasks.task) for found in measured),
        "tasks_with_two_votes": sum(int((found.tasks.votes >= 2).sum()) for found in measured),
        "labels": int((sheet.purpose == LABEL).sum()),
    }


def flagged(persons: list[Person]) -> dict[str, int]:
    """How many people each flag is on."""
    found: dict[str, int] = {}
    for person in persons:
        for flag in set(person.flags):
            found[flag] = found.get(flag, 0) + 1
    return found
