"""What projects are called in a choice: two of one name are told apart by when they were begun."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from annotation.models import Project


def namer(projects: QuerySet[Project]) -> Callable[[Any], str]:
    """For the label of each of these."""
    names = Counter(projects.order_by().values_list("name", flat=True))

    def called(project: Project) -> str:
        if names[project.name] < 2:
            return project.name
        begun = date_format(localtime(project.created_at), "SHORT_DATETIME_FORMAT")
        return _("{name} (begun {when})").format(name=project.name, when=begun)

    return called
