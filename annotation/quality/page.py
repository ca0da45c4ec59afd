"""What the page of a report is made of."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse

from annotation.browsing.tasks import snippet
from annotation.models import AnnotatorFigure, Project, QualityReport, TaskResponse
from annotation.quality import consensus, pictures, words

MOST_REPORTS = 60
MOST_DISPUTED = 12


def people(project: Project) -> QuerySet[AnnotatorFigure]:
    return AnnotatorFigure.objects.filter(project=project).select_related("annotator")


def of(project: Project, report: QualityReport, slug: str) -> dict[str, Any]:
    """The pictures and sentences of a report."""
    figures = report.figures
    busiest = list(people(project).order_by("-judgments", "id")[: pictures.MOST_DRAWN])
    reports = list(QualityReport.objects.filter(project=project).order_by("-as_of")[:MOST_REPORTS])[::-1]

    def address(figure: AnnotatorFigure) -> str:
        return annotator_url(slug, project, figure.annotator_id)

    return {
        "agreement": pictures.agreement(report),
        "coefficients": pictures.others(report),
        "over_time": pictures.over_time(reports),
        "scatters": scatters(report, busiest, address),
        "is_cut": figures["counts"]["annotators"] > pictures.MOST_DRAWN,
        "gold": pictures.shares("", figures["gold"]),
        "gold_means": words.gold(figures["gold"]),
        "consistency": pictures.shares("", figures["consistency"]),
        "consistency_means": words.consistency(figures["consistency"]),
        "side": pictures.side(figures["side"]),
        "times": pictures.times(figures["time"]),
        "time_means": words.time(figures["time"]),
        "flags": [(*words.FLAGS[flag], count) for flag, count in sorted(figures["flags"].items())],
        "disputed": disputed(project),
        "left_out": [(words.LEFT_OUT[why], count) for why, count in figures["counts"]["left_out"].items() if count],
    }


def scatters(report: QualityReport, busiest: list[AnnotatorFigure], address: pictures.Address) -> list[Any]:
    """(the picture or None, what its measure means) for each kind."""
    found = []
    for name in words.in_order(report.figures["models"]):
        measure = report.figures["models"][name]["measure"]
        plot = pictures.annotators(busiest, name, measure, address)
        found.append((words.kind_label(name), plot, words.RELIABILITY[measure][1]))
    return found


def disputed(project: Project) -> list[dict[str, Any]]:
    found = consensus.disputed(project).filter(agreement__lt=1).select_related("task__prompt")[:MOST_DISPUTED]
    responses: dict[UUID, list[str]] = {}
    places = TaskResponse.objects.filter(task__in=[figure.task_id for figure in found]).order_by("task", "position")
    for task, response in places.values_list("task_id", "response_id"):
        responses.setdefault(task, []).append(str(response))
    return [
        {
            "task": figure.task_id,
            "snippet": snippet(figure.task.prompt),
            "kind": words.kind_label(figure.kind),
            "votes": words.votes(figure.kind, figure.consensus),
            "agreement": words.percent(figure.agreement or 0),
            "consensus": words.consensus(figure.kind, figure.consensus, responses.get(figure.task_id, [])),
        }
        for figure in found
    ]


def annotator_url(slug: str, project: Project, annotator: UUID) -> str:
    return reverse("project-annotator", kwargs={"slug": slug, "project": project.pk, "annotator": annotator})
