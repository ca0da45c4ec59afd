"""The prompts of a run, frozen: read from where they come from, each once, and kept as a file by its hash."""

import hashlib
import json
import os
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import Http404
from django.utils.translation import gettext as _

from accounts.scope import Scope
from annotation import canonical, projects
from annotation.canonical import Messages
from annotation.imports.conversations import read_prompt
from annotation.imports.faults import BadRecord
from annotation.models import Prompt, Snapshot
from annotation.snapshots import reading
from api.refusals import Conflict, Invalid
from training import places

TEXTWORLD = "builtin:textworld"
MOST_RECORDS = 1_000
MOST = 20_000  # of a project or a snapshot; beyond, those with the lowest hashes are taken
DRAWN = 1_000  # of the text world
FIELD = "prompts"


@dataclass(frozen=True)
class Frozen:
    """A list of prompts that cannot change any more."""

    asked: Any  # as the run names where they come from; records are not repeated
    sha256: str
    count: int


def freeze(*, scope: Scope, asked: Any, left_out: Container[bytes] = frozenset(), is_held_out: bool = False) -> Frozen:
    """Read, take each prompt once, keep the list; Invalid where there are fewer than two.

    `left_out` are lines of frozen lists; of the text world a look at what is held out takes the requests held out.
    """
    name, found = read(scope, asked)
    if asked == TEXTWORLD and is_held_out:
        found = of_the_text_world(is_held_out=True)
    given = chosen(found)
    lines = [line for line in given if line not in left_out]
    if len(lines) < 2 <= len(given):
        said = _("All but {n} of these prompts were learned from on the way to the policies; name others.")
        raise Invalid(said.format(n=len(lines)), field=FIELD)
    if len(lines) < 2:
        said = _("A run needs at least two prompts that differ; here is {n}.").format(n=len(lines))
        raise Invalid(said, field=FIELD)
    content = b"\n".join(lines) + b"\n"
    sha256 = hashlib.sha256(content).hexdigest()
    write(sha256, content)
    return Frozen(name, sha256, len(lines))


def read(scope: Scope, asked: Any) -> tuple[Any, Iterable[Messages]]:
    """How the source is kept, and its prompts."""
    if asked == TEXTWORLD:
        return TEXTWORLD, of_the_text_world()
    if not isinstance(asked, dict):
        raise Invalid(_("Name a snapshot and a split, a project or records, or write builtin:textworld."), field=FIELD)
    given = [name for name in ("snapshot", "project", "records") if name in asked]
    if len(given) != 1:
        raise Invalid(_("Send one of snapshot, project and records."), field=FIELD)
    if unknown := set(asked) - {*given, *(["split"] if given == ["snapshot"] else [])}:
        raise Invalid(_("Prompts have no “{name}” here.").format(name=sorted(unknown)[0]), field=FIELD)
    if given == ["records"]:
        return {"records": len(asked["records"])}, of_records(asked["records"])
    if given == ["project"]:
        return {"project": str(asked["project"])}, of_project(scope, asked["project"])
    split = str(asked.get("split") or "")
    return {"snapshot": str(asked["snapshot"]), "split": split}, of_snapshot(scope, asked["snapshot"], split)


def of_records(records: Any) -> Iterator[Messages]:
    """Texts, messages, or objects with a prompt."""
    if not isinstance(records, list) or not records:
        raise Invalid(_("Send the prompts as a list."), field=f"{FIELD}.records")
    if len(records) > MOST_RECORDS:
        said = _("At most {most} records; bring more in as a project and name it.").format(most=f"{MOST_RECORDS:,}")
        raise Invalid(said, field=f"{FIELD}.records")
    return (of_record(number, record) for number, record in enumerate(records))


def of_record(number: int, record: Any) -> Messages:
    given = record.get("prompt") if isinstance(record, dict) else record
    try:
        found, _is_text = read_prompt(given)
    except BadRecord as bad:
        raise Invalid(bad.message, field=f"{FIELD}.records.{number}") from None
    if not found or not any(str(turn["content"]).strip() for turn in found):
        raise Invalid(_("The prompt is empty."), field=f"{FIELD}.records.{number}")
    return found


def of_project(scope: Scope, project: Any) -> Iterator[Messages]:
    """Every prompt that was not taken down."""
    try:
        found = projects.find(scope=scope, project=identity(project, f"{FIELD}.project"))
    except Http404:
        raise Invalid(_("There is no such project in this workspace."), field=f"{FIELD}.project") from None
    rows = Prompt.objects.filter(project=found, taken_down_at=None).order_by("pk")
    return rows.values_list("messages", flat=True).iterator(chunk_size=1_000)


def of_snapshot(scope: Scope, snapshot: Any, split: str) -> Iterator[Messages]:
    found = (
        Snapshot.objects.standing()
        .filter(pk=identity(snapshot, f"{FIELD}.snapshot"), project__workspace=scope.workspace)
        .first()
    )
    if found is None:
        raise Invalid(_("There is no such snapshot in this workspace."), field=f"{FIELD}.snapshot")
    if found.frozen_at is None:
        said = _("This snapshot is still being frozen. Wait until its job has succeeded.")
        raise Conflict(said, field=f"{FIELD}.snapshot")
    if split and split not in found.files:
        known = ", ".join(sorted(found.files))
        said = _("This snapshot has no such split; it has {known}.").format(known=known)
        raise Invalid(said, field=f"{FIELD}.split")
    return (row.prompt for row in reading.read(found, split or None))


def of_the_text_world(*, is_held_out: bool = False) -> Iterator[Messages]:
    """Requests that runs learn from, or those that are held out from all of them."""
    from rewardmodels.learning.world import prompts

    return ([dict(turn) for turn in request.messages] for request in prompts.draw(0, DRAWN, held_out=is_held_out))


def identity(given: Any, field: str) -> UUID:
    try:
        return UUID(str(given))
    except ValueError:
        raise Invalid(_("This must be an id."), field=field) from None


def chosen(found: Iterable[Messages]) -> list[bytes]:
    """Each prompt once, by its hash, so that the list does not depend on the order in which it came."""
    lines = {canonical.digest(messages): canonical.encode(messages) for messages in found}
    return [lines[digest] for digest in sorted(lines)[:MOST]]


def write(sha256: str, content: bytes) -> None:
    """The file appears whole or not at all."""
    place = places.prompts(sha256)
    if place.is_file():
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = place.with_name(f".{sha256}.{os.getpid()}")
    draft.write_bytes(content)
    draft.replace(place)


def listed(sha256: str) -> list[Messages]:
    """The prompts behind a hash; FileNotFoundError where somebody took the file away."""
    return read_lines(lines(sha256))


def read_lines(given: Iterable[bytes]) -> list[Messages]:
    return [json.loads(line) for line in given]


def lines(sha256: str) -> list[bytes]:
    """The same as it is kept, a prompt a line."""
    return places.prompts(sha256).read_bytes().splitlines()
