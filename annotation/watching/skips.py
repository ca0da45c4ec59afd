"""Why people skip: the reasons of late, and what they wrote."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from annotation.queue.statements import fetch
from annotation.watching.patience import Kept
from web.words import Words

RECENT = 2_000  # skips that are read, newest first
LATEST = """
SELECT reason, ended_at, task_id FROM annotation_assignment
 WHERE project_id = %(project)s AND state = 'skipped'
 ORDER BY ended_at DESC LIMIT %(recent)s::int
"""
# As the annotator's page sends them: a word, and after a colon what the person wrote.
REASONS: dict[str, Words] = {
    "unclear": _("They cannot tell"),
    "harmful": _("The text is harmful or distressing"),
    "expertise": _("It needs knowledge that they do not have"),
    "broken": _("Something is broken in it"),
    "": _("No reason given"),
}
MOST_SAID = 10


class Said(NamedTuple):
    words: str
    at: datetime
    task: UUID


class Reason(NamedTuple):
    label: Words
    times: int


class Skips(NamedTuple):
    reasons: list[Reason]  # most frequent first
    said: list[Said]  # the latest ones with words of their own
    total: int

    @property
    def is_cut(self) -> bool:
        return self.total >= RECENT


def read(project: UUID) -> Skips:
    counts: dict[str, int] = {}
    said: list[Said] = []
    rows = fetch(LATEST, {"project": project, "recent": RECENT})
    for reason, at, task in rows:
        known, words = parted(reason)
        counts[known] = counts.get(known, 0) + 1
        if words and len(said) < MOST_SAID:
            said.append(Said(words, at, task))
    ordered = sorted(counts.items(), key=lambda pair: -pair[1])
    return Skips(
        [Reason(REASONS.get(known, _("In their own words")), count) for known, count in ordered], said, len(rows)
    )


def parted(reason: str) -> tuple[str, str]:
    """The known word and the person's own ones; programs may send any text."""
    known, colon, words = reason.partition(":")
    if known.strip() in REASONS and (colon or known.strip()):
        return known.strip(), words.strip()
    return ("other", reason.strip()) if reason.strip() else ("", "")


kept = Kept(read)
