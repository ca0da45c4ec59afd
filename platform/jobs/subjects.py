"""What jobs are about: the apps above say how each kind of subject is called and where its page is."""

from collections.abc import Callable
from typing import NamedTuple
from uuid import UUID

from jobs.models import Job
from web.words import Words


class Subject(NamedTuple):
    label: Words  # "Project"
    url: Callable[[str, UUID], str]  # (slug of the workspace, id) → address


_subjects: dict[str, Subject] = {}


def register(kind: str, *, label: Words, url: Callable[[str, UUID], str]) -> None:
    """Called from AppConfig.ready, for the first word of `launch.start(subject=("project", id))`."""
    _subjects[kind] = Subject(label, url)


def link(job: Job, slug: str) -> tuple[Words, str] | None:
    """The words and the address of what the job is about, where its app has named them."""
    subject = _subjects.get(job.subject_kind)
    if subject is None or job.subject_id is None:
        return None
    return subject.label, subject.url(slug, job.subject_id)
