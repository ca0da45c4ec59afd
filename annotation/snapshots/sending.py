"""Files of a snapshot on their way to a browser or a script, written into the audit trail."""

from uuid import UUID

from django.http import FileResponse, Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from accounts.scope import Scope
from annotation.models import Snapshot
from annotation.snapshots import archives
from annotation.snapshots.exports import Export
from annotation.snapshots.formats import FORMATS


def file(*, scope: Scope, export: Export, known: str) -> HttpResponseBase:
    """One streamed file; nothing where `known`, an If-None-Match, names it already."""
    export.check()
    headers = {"ETag": f'"{export.etag}"', "Cache-Control": "private, no-cache"}
    if headers["ETag"] in [tag.strip() for tag in known.split(",")]:
        return HttpResponse(status=304, headers=headers)
    details = {"layout": export.layout, "format": export.format}
    scope.record("export.downloaded", "snapshot", export.snapshot.pk, **details)
    headers["Content-Disposition"] = f'attachment; filename="{export.filename}"'
    return StreamingHttpResponse(export.stream(), content_type=FORMATS[export.format].media_type, headers=headers)


def archive(*, scope: Scope, snapshot: Snapshot, job: UUID) -> HttpResponseBase:
    """A packed archive, as long as its file is there."""
    found = archives.find(snapshot, job)
    if found is None or found.result is None or not archives.place(found.result["sha256"]).is_file():
        raise Http404
    scope.record("export.downloaded", "snapshot", snapshot.pk, archive=str(job))
    path, name = archives.place(found.result["sha256"]), found.result["name"]
    return FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type="application/zip")
