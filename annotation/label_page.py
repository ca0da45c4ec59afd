"""What the annotator's page is told when it opens: the questions of the project, their keys, and the words it shows."""

from typing import Any

from django.templatetags.static import static
from django.utils.translation import gettext as _

from accounts.scope import Scope
from annotation.models import Guidelines, Project
from annotation.queue import outcomes
from annotation.settings import Aspect, ProjectSettings
from api.schemas import build


def configuration(*, scope: Scope, project: Project, guidelines: Guidelines) -> dict[str, Any]:
    """For the script: addresses, limits, words."""
    settings = build(ProjectSettings, project.settings)
    return {
        "root": "/api/v1/",
        "workspace": scope.workspace.slug,
        "project": str(project.pk),
        "person": str(scope.person.pk),
        "kinds": project.kinds,
        "modules": {kind: static(f"annotation/kinds/{kind}.js") for kind in project.kinds},
        "outcomes": {name: static(f"annotation/outcomes/{name}.js") for name in outcomes.TELLERS},
        "leases": settings.leases_per_person,
        "leaseSeconds": settings.lease_seconds,
        "guidelinesVersion": guidelines.version,
        "words": words(),
    }


def questions(project: Project) -> dict[str, Any]:
    """For the templates: what each kind of question offers in this project."""
    settings = build(ProjectSettings, project.settings)
    return {
        "pairwise_choices": pairwise_choices(graded=settings.graded, both_bad=settings.both_bad),
        "ranking_numbers": range(1, 9),
        "rating_aspects": rating_aspects(settings),
        "extras": settings.asks,
        "flags": settings.flags,
        "span_labels": settings.span_labels,
    }


def pairwise_choices(*, graded: bool, both_bad: bool) -> list[dict[str, Any]]:
    """The row of buttons, from answer 1 to answer 2; keys run along the row."""
    first, second = _("Answer 1"), _("Answer 2")
    strengths = {3: _("much better"), 2: _("better"), 1: _("slightly better")}
    if graded:
        left: list[dict[str, Any]] = [
            {"side": 1, "strength": n, "label": f"{first}: {strengths[n]}"} for n in (3, 2, 1)
        ]
        right = [{"side": 2, "strength": n, "label": f"{second}: {strengths[n]}"} for n in (1, 2, 3)]
        row: list[dict[str, Any]] = [*left, {"label": _("Equally good")}, *right]
    else:
        row = [{"side": 1, "label": first}, {"side": 2, "label": second}, {"label": _("Equally good")}]
    if both_bad:
        row.append({"both_bad": True, "label": _("Both bad")})
    return [{**choice, "key": str(number)} for number, choice in enumerate(row, start=1)]


def rating_aspects(settings: ProjectSettings) -> list[dict[str, Any]]:
    aspects = [Aspect(one) if isinstance(one, str) else one for one in settings.aspects]
    return [
        {
            "name": aspect.name,
            "help": aspect.description,
            "points": [{"value": str(n), "anchor": aspect.anchors.get(str(n), "")} for n in range(1, 6)],
        }
        for aspect in aspects
    ]


def words() -> dict[str, Any]:
    """What the script says, in the person's language."""
    return {
        "answer": _("Answer"),
        "user": _("Person"),
        "assistant": _("Assistant"),
        "system": _("Instructions"),
        "send": _("Send the answer"),
        "leaveField": _("Leave the field"),
        "offline": _("No connection. What you answered is kept here and goes out by itself."),
        "waiting": _("{count} waiting to be sent"),
        "broken": _("Something went wrong; try again."),
        "nothingToUndo": _("There is nothing to take back."),
        "undone": _("Taken back: say it anew."),
        "remove": _("Remove"),
        "trust": trust_words(),
        "selectFirst": _("Select some words in an answer first."),
        "keyNames": {
            "Ctrl+Enter": "Ctrl + Enter",
            "Escape": "Esc",
            "ArrowDown": "↓",
            "ArrowUp": "↑",
            "Backspace": "⌫",
        },
    }


def trust_words() -> dict[str, str]:
    """What it says of known answers, of the test and of a pause."""
    return {
        "right": _("That was right."),
        "wrong": _("That is not the known answer."),
        "known": _("Known answer: {answer}"),
        "passed": _("You have passed the test. From here on it is work."),
        "notPassed": _("You have not passed the test."),
        "score": _("{right} of {asked} were right; it takes {mark} %."),
        "inTest": _("This is the test of the project: question {number} of {asked}. It takes {mark} % right answers."),
        "again": _("You may try again after {when}."),
        "sent": _("What you wrote is with the reviewers."),
        "decided": _("What the reviewer says: {reason}"),
    }
