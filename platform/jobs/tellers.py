"""What the apps above say of jobs of their kinds: what was asked and what came of it, in words and with links."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from jobs.models import Job
from web.words import Words

Facts = list[tuple[Words, Any]]
Address = Callable[[str, UUID], str]  # (slug of the workspace, id of the job) → where what came of it stands


def nothing(_job: Job, _slug: str) -> Facts:
    return []


def bare(name: str) -> Words:
    return name


def rest(name: str) -> Words:
    """What stands behind the first slash, if there is one."""
    return name.partition("/")[2] or name


@dataclass(frozen=True)
class Teller:
    """How jobs of a kind are told to people; what is left out is told by its bare name, or not at all."""

    facts: Callable[[Job, str], Facts] = nothing
    page: tuple[Words, Address] | None = None  # for a job that is about nothing with a page of its own
    title: Callable[[str], Words] = bare  # of the chart of measurements that share what stands before a slash
    line: Callable[[str], Words] = rest  # what the legend calls a measurement, by its whole name


_tellers: dict[str, Teller] = {}
PLAIN = Teller()


def register(kind: str, teller: Teller) -> None:
    """Called from AppConfig.ready, for the kind of `launch.start`."""
    _tellers[kind] = teller


def of(job: Job) -> Teller:
    return _tellers.get(job.kind, PLAIN)


def page(job: Job, slug: str) -> tuple[Words, str] | None:
    """The words and the address of what a job made, where it has a page by the job's own id."""
    found = of(job).page
    return (found[0], found[1](slug, job.pk)) if found else None


def link(url: str, name: Words) -> SafeString:
    return format_html('<a href="{}" dir="auto" translate="no">{}</a>', url, name)


def together(parts: Iterable[SafeString]) -> SafeString:
    return format_html_join(", ", "{}", ((part,) for part in parts))


def counted(found: Mapping[str, int], labels: Mapping[str, Words]) -> Facts:
    """Counts of a result that are there, under the words for them, in the order of the words."""
    return [(words, f"{found[name]:,}") for name, words in labels.items() if name in found]
