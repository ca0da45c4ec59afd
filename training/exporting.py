"""A checkpoint's folder as one streamed tar, as transformers or peft reads it."""

from django.http import StreamingHttpResponse
from django.utils.text import slugify
from django.utils.translation import gettext as _

from api.refusals import Conflict
from rewardmodels import exporting
from training import checkpoints, places
from training.models import Run


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
