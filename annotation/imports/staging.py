"""Files on their way in: kept from the moment they are chosen until they are brought in, looked at meanwhile."""

import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.core import signing
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404
from django.utils.translation import gettext as _

from accounts.scope import Scope
from annotation.imports import files
from annotation.models import Project
from api.refusals import Conflict, Invalid
from jobs.models import Job

SALT = "annotation.staged"
LONGEST_PASTE = 2_000_000  # characters
STAGED = "staged-"
STAGED_SECONDS = 24 * 3_600
KEPT_SECONDS = 7 * 24 * 3_600  # of a job that failed, so that it can be tried again


@dataclass(frozen=True)
class Staged:
    """A file that waits; `token` is all that the browser holds of it."""

    project: str
    person: str
    file: str  # below uploads/
    suffix: str
    name: str  # what the person called it

    @property
    def path(self) -> Path:
        return uploads() / self.file

    @property
    def token(self) -> str:
        return signing.dumps(asdict(self), salt=SALT, compress=True)


def uploads() -> Path:
    folder = Path(settings.MEDIA_ROOT) / "uploads"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def new_path(suffix: str, prefix: str = "") -> Path:
    return uploads() / f"{prefix}{uuid4()}{suffix}"


def of_file(*, scope: Scope, project: Project, file: UploadedFile) -> Staged:
    suffix = files.suffix_of(file.name or "")
    path = new_path(suffix, STAGED)
    with path.open("wb") as target:
        for chunk in file.chunks():
            target.write(chunk)
    return staged(scope, project, path, suffix, file.name or "")


def of_text(*, scope: Scope, project: Project, text: str) -> Staged:
    """What was pasted: JSON Lines, a JSON list, or CSV with its heading."""
    if len(text) > LONGEST_PASTE:
        most = LONGEST_PASTE // 1_000_000
        raise Invalid(_("That is too much to paste: at most {most} million characters. Send a file.").format(most=most))
    is_json = text.lstrip()[:1] in {"{", "["}
    suffix = ".jsonl" if is_json else ".csv"
    path = new_path(suffix, STAGED)
    content = "".join(json_lines(text)) if is_json else text
    path.write_bytes(content.encode(errors="surrogatepass"))
    return staged(scope, project, path, suffix, "")


def json_lines(text: str) -> Iterator[str]:
    """A list becomes lines, a record that is spread over lines becomes one; anything else is left as it is."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        yield text
        return
    for record in found if isinstance(found, list) else [found]:
        yield json.dumps(record, ensure_ascii=False) + "\n"


def staged(scope: Scope, project: Project, path: Path, suffix: str, name: str) -> Staged:
    return Staged(str(project.pk), str(scope.person.pk), path.name, suffix, name[:200])


def find(*, scope: Scope, project: Project, token: str) -> Staged:
    """The file behind a token: the same person's, in the same project, still there."""
    try:
        found = Staged(**signing.loads(token, salt=SALT, max_age=STAGED_SECONDS))
    except (signing.BadSignature, TypeError):
        raise Http404 from None
    if (found.project, found.person) != (str(project.pk), str(scope.person.pk)) or not found.path.is_file():
        raise Http404
    return found


def take(found: Staged) -> Path:
    """The file under another name: who takes it second finds nothing."""
    path = new_path(found.suffix)
    try:
        found.path.rename(path)
    except FileNotFoundError:
        raise Conflict(_("This file was brought in already; choose it anew.")) from None
    return path


def forget() -> int:
    """The sweeper's chore: files that nobody brought in, and those of jobs that failed a while ago."""
    waiting = Job.objects.filter(kind="annotation.import", state__in=[Job.State.QUEUED, Job.State.RUNNING])
    wanted = {Path(place).name for place in waiting.values_list("arguments__path", flat=True) if place}
    gone = 0
    for path in uploads().iterdir():
        age = time.time() - path.stat().st_mtime
        if path.name not in wanted and age > (STAGED_SECONDS if path.name.startswith(STAGED) else KEPT_SECONDS):
            path.unlink(missing_ok=True)
            gone += 1
    return gone
