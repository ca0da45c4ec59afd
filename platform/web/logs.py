"""Logs as one JSON object a line, with the id of the request that they belong to."""

import json
import logging
from datetime import UTC, datetime

from django.http import HttpRequest

from web.middleware import current_request_id, shown_path

STANDARD = set(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "request", "server_time", "status_code"}


def told(record: logging.LogRecord) -> str:
    """The message; where it names the path of a request, without what opens a door."""
    message, request = record.getMessage(), getattr(record, "request", None)
    return message.replace(request.path, shown_path(request)) if isinstance(request, HttpRequest) else message


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": told(record),
        }
        if request_id := current_request_id.get():
            line["request_id"] = request_id
        line |= {name: value for name, value in record.__dict__.items() if name not in STANDARD and name[0] != "_"}
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str, ensure_ascii=False)
