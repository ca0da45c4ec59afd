"""What the annotator's page is told when it opens: the questions of the project, their keys, and the words it shows."""

from collections.abc import Iterable
from typing import Any

from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.scope import Scope
from annotation.desk import questions as desk_questions
from annotation.desk import review, wishes
from annotation.desk.reading import News
from annotation.models import Project, Seat
from annotation.queue import outcomes
from annotation.settings import Aspect, ProjectSettings
from api.schemas import build

WHOLE = Aspect("overall")  # a name that is kept with the judgments, so it is not translated


def configuration(*, scope: Scope, project: Project, news: News) -> dict[str, Any]:
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
        "guidelinesVersion": news.guidelines.version,
        "guidelinesRead": news.guidelines.version if not news.is_due else news.read_version,
        "coversAll": settings.covers == "all" or wishes.of(scope).covers_everything,
        "latest": review.latest(scope=scope, project=project.pk),
        "unseen": desk_questions.unseen(scope).get(project.pk, 0),
        "urls": {
            "guidelines": address("label-guidelines", scope, project),
            "questions": address("label-questions", scope, project),
            "consent": address("consent", scope, project),
        },
        "words": words(),
    }


def judged(scope: Scope, project: Project) -> int:
    """How many judgments the person has made here, until a task brings the count anew."""
    seats = Seat.objects.filter(project=project, annotator__person=scope.person)
    return seats.values_list("judged", flat=True).first() or 0


def address(name: str, scope: Scope, project: Project) -> str:
    return reverse(name, kwargs={"slug": scope.workspace.slug, "project": project.pk})


def questions(project: Project) -> dict[str, Any]:
    """For the templates: what each kind of question offers in this project."""
    settings = build(ProjectSettings, project.settings)
    return {
        "pairwise_groups": pairwise_groups(graded=settings.graded, both_bad=settings.both_bad),
        "ranking_numbers": range(1, 9),
        "rating_aspects": rating_aspects(settings.aspects or (WHOLE,)),
        "aspects": rating_aspects(settings.aspects),
        "extras": settings.asks,
        "flags": settings.flags,
        "span_labels": settings.span_labels,
        "support": settings.support,
        "asks_consent": bool(settings.consent),
        "has_stakes": settings.method == "bdm",
    }


def pairwise_groups(*, graded: bool, both_bad: bool) -> list[dict[str, Any]]:
    """The buttons in groups, from answer 1 to answer 2; keys run along the row, with "both bad" last."""
    first, second = _("Answer 1"), _("Answer 2")
    neither: list[dict[str, Any]] = [{"label": _("Equally good")}]
    if both_bad:
        neither.append({"both_bad": True, "label": _("Both bad")})
    if not graded:
        groups: list[dict[str, Any]] = [
            {"choices": [{"side": 1, "label": first}, {"side": 2, "label": second}, *neither]}
        ]
        return numbered(groups, [choice for group in groups for choice in group["choices"]])
    words = {3: _("Much better"), 2: _("Better"), 1: _("Slightly better")}
    left, right = (
        [{"side": side, "strength": n, "label": words[n], "full": f"{name}: {words[n]}"} for n in order]
        for side, name, order in ((1, first, (3, 2, 1)), (2, second, (1, 2, 3)))
    )
    groups = [{"name": first, "choices": left}, {"choices": neither}, {"name": second, "choices": right}]
    return numbered(groups, [*left, neither[0], *right, *neither[1:]])


def numbered(groups: list[dict[str, Any]], row: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for number, choice in enumerate(row, start=1):
        choice["key"] = str(number)
    return groups


def rating_aspects(named: Iterable[str | Aspect]) -> list[dict[str, Any]]:
    aspects = [Aspect(one) if isinstance(one, str) else one for one in named]
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
        "sendShort": _("Send"),
        "saveChange": _("Save the change"),
        "changed": _("Changed. What you said before is kept beside it."),
        "notChanged": _("No connection: the change is not saved yet. Try again."),
        "noOlder": _("There is nothing before this."),
        "asked": _("Asked. The answer comes here, and under My work."),
        "offlineAsk": _("No connection: the question was not sent. Try again."),
        "covered": _("Covered, as you or the project wished."),
        "marked": _("This text was marked as harmful or distressing."),
        "why": {
            "paused": _("The researchers have paused this project. The page asks again by itself."),
            "closed": _("This project is closed. What was said stays as it is."),
            "most": _("You have made as many judgments as one person may make here."),
        },
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
