"""In front of Django: requests that Django's own request class cannot be made from, made readable or refused.

Django builds its request before any of its handlers stands ready to answer an error, so a Content-Type with a codec
that is none (`charset=hex`) or a parameter in a broken encoding (`a*=x''y`) would end as a bare 500. It also takes a
body without Content-Length for an empty one. And it leaves the body of what it refuses unread: the server then closes
on a client that is still sending, which sees a broken connection where it should read why.
"""

import json
import re
from collections.abc import Callable, Iterable
from http import HTTPStatus
from io import BytesIO
from typing import Any

from django.conf import settings

from api import problems

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]
BOUNDARY = re.compile(r""";\s*boundary\s*=\s*("[^"]+"|[^\s";,]+)""", re.IGNORECASE)
MOST_READ_AWAY = 64 * 1024 * 1024  # of a refused body; whoever sends more may find the connection closed
ENCODED_PARAMETER = re.compile(r";[^,;=*]*\*[^,;=]*=[^,;]*")  # one way to match: a run of stars costs no time


class Entrance:
    def __init__(self, application: Application) -> None:
        self.application = application

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ.get("CONTENT_TYPE"):
            environ["CONTENT_TYPE"] = plain_type(environ["CONTENT_TYPE"])
        if "*" in environ.get("HTTP_ACCEPT", ""):
            environ["HTTP_ACCEPT"] = ENCODED_PARAMETER.sub("", environ["HTTP_ACCEPT"])
        if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower() and not environ.get("CONTENT_LENGTH"):
            body = read_bounded(environ["wsgi.input"], settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
            if body is None:
                read_away(environ["wsgi.input"])
                return refuse(start_response)
            environ["wsgi.input"], environ["CONTENT_LENGTH"] = BytesIO(body), str(len(body))
        stream = environ["wsgi.input"]
        answer = self.application(environ, start_response)
        read_away(stream)
        return answer


def plain_type(content_type: str) -> str:
    """The type and, of its parameters, the boundary: text is read as UTF-8 whatever else may be named."""
    kind, boundary = content_type.partition(";")[0].strip(), BOUNDARY.search(content_type)
    return f"{kind}; boundary={boundary[1]}" if boundary else kind


def read_bounded(stream: Any, most: int) -> bytes | None:
    """A chunked body, whose length nobody has said; None when it is longer than `most`."""
    body = BytesIO()
    while chunk := stream.read(min(65_536, most + 1 - body.tell())):
        body.write(chunk)
        if body.tell() > most:
            return None
    return body.getvalue()


def read_away(stream: Any) -> None:
    """What nobody read of a body, so that a client that is still sending comes to its answer."""
    left = MOST_READ_AWAY
    try:
        while left > 0 and (chunk := stream.read(65_536)):
            left -= len(chunk)
    except OSError:
        return  # it has gone, or its chunks are none: nobody is left to tell


def refuse(start_response: Callable[..., Any]) -> Iterable[bytes]:
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    body = json.dumps(problems.problem(status, problems.too_large())).encode()
    headers = [("Content-Type", problems.CONTENT_TYPE), ("Content-Length", str(len(body))), ("Connection", "close")]
    start_response(f"{status.value} {status.phrase}", headers)
    return [body]
