"""Files that browsers and scripts send: bounded before the first byte is kept."""

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler
from django.utils.translation import gettext as _


class TooManyBytes(RequestDataTooBig):
    """The sentence that a person reads stands in it."""


class BoundedUploads(FileUploadHandler):
    """First of FILE_UPLOAD_HANDLERS: refuses by the length that the request declares, and keeps nothing itself."""

    def handle_raw_input(
        self, input_data: Any, META: dict[str, Any], content_length: int, boundary: str, encoding: str | None = None
    ) -> None:
        if content_length > settings.MAX_UPLOAD_BYTES:
            most = settings.MAX_UPLOAD_BYTES // 1024 // 1024
            raise TooManyBytes(_("The files of one call may hold at most %(most)s MiB.") % {"most": most})

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None
