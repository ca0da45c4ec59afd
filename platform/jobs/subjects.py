"""What jobs are about: the apps above say how each kind of subject is called and where its page is."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import NamedTuple
from uuid import UUID

from django.db.models import Model

from jobs.models import Job
from web.words import Words

Names = Callable[[Collection[UUID]], Mapping[UUID, Words]]


def unnamed(_ids: Collection[UUID]) -> Mapping[UUID, Words]:
    return {}


class Subject(NamedTuple):
    label: Words  # "Project"
    url: Callable[[str, UUID], str]  # (slug of the workspace, id) → address
    names: Names  # what people called those that have a name


_subjects: dict[str, Subject] = {}


def register(kind: str, *, label: Words, url: Callable[[str, UUID], str], names: Names = unnamed) -> None:
    """Called from AppConfig.ready, for the first word of `launch.start(subject=("project", id))`."""
    _subjects[kind] = Subject(label, url, names)


def link(job: Job, slug: str) -> tuple[Words, str] | None:
    """The words and the address of what the job is about, where its app has named them."""
    subject = _subjects.get(job.subject_kind)
    if subject is None or job.subject_id is None:
        return None
    return subject.label, subject.url(slug, job.subject_id)


def names(jobs: Iterable[Job]) -> dict[UUID, Words]:
    """What the subjects of many jobs are called, by a query for each kind of subject."""
    ids: dict[str, set[UUID]] = defaultdict(set)
    for job in jobs:
        if job.subject_kind in _subjects and job.subject_id is not None:
            ids[job.subject_kind].add(job.subject_id)
    return {pk: name for kind, wanted in ids.items() for pk, name in _subjects[kind].names(wanted).items()}


def by_name(model: type[Model]) -> Names:
    """For a subject whose `name` is what people call it."""

    def of(ids: Collection[UUID]) -> Mapping[UUID, Words]:
        return dict(model._default_manager.filter(pk__in=ids).values_list("pk", "name"))

    return of
