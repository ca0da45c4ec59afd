"""JSON up to a size, or a clear refusal."""

from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework.exceptions import APIException
from rest_framework.parsers import JSONParser


class TooLarge(APIException):
    status_code = 413
    default_detail = "The body is larger than this call takes."


class BoundedJSONParser(JSONParser):
    """Reads at most DATA_UPLOAD_MAX_MEMORY_SIZE bytes, whatever Content-Length says."""

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(most + 1)
        if len(body) > most:
            raise TooLarge(f"JSON bodies may hold at most {most // 1024 // 1024} MiB.")
        from io import BytesIO

        return super().parse(BytesIO(body), media_type, parser_context)
