"""What a run leaves as a file: a checkpoint's folder as a tar that transformers or peft reads, or all answers."""

from django.http import FileResponse, StreamingHttpResponse
from django.utils.text import slugify
from django.utils.translation import gettext as _

from api.refusals import Conflict
from rewardmodels import exporting
from training import checkpoints, places
from training.models import Run


def answers(run: Run) -> FileResponse:
    """The answers of best-of-n with their rewards, a prompt a line."""
    if not run.is_selection:
        raise Conflict(_("Only best-of-n keeps all of its answers; others show samples of some steps."))
    place = places.answers(run.pk)
    if not run.is_over:
        raise Conflict(_("This run is not over: its answers are not whole yet."))
    if not place.is_file():
        raise Conflict(_("The answers of this run are missing; restore them from a backup."))
    name = f"{slugify(run.name)[:60] or 'run'}-answers.jsonl"
    found = FileResponse(place.open("rb"), as_attachment=True, filename=name, content_type="application/x-ndjson")
    found["ETag"] = f'"{run.sha256}"'
    return found


def response(run: Run, step: str | None) -> StreamingHttpResponse:
    """The whole answer, for the API and for pages."""
    kept = checkpoints.chosen(run, step)
    folder = places.checkpoint(run.pk, kept.step)
    if not folder.is_dir():
        raise Conflict(_("The files of this checkpoint are missing; restore them from a backup."))
    name = f"{slugify(run.name)[:60] or 'run'}-{kept.step}"
    answer = StreamingHttpResponse(exporting.tar(folder, name), content_type="application/x-tar")
    answer["Content-Length"] = str(exporting.size(folder, name))
    answer["Content-Disposition"] = f'attachment; filename="{name}.tar"'
    answer["ETag"] = f'"{kept.sha256}"'
    return answer
